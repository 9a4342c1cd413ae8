"""An optimizer's options: found in its class's signature, parsed to the types that the signature wants.

Values are text from flags (``--set betas=0.9,0.99``) or typed from TOML and Python; both end as the same argument.
`shown` writes a value the way a flag is typed, and reading that gives the value back.

Not every argument is an option. `params` and `lr` come from elsewhere. `maximize` would climb the cost, and
`differentiable` keeps the graph of every step, which parameters trained in place don't have: both can only be false.

Decay is 0 unless it is asked for, whatever torch's own default (AdamW 0.01, Muon 0.1, ASGD's lambd 1e-4): it would pull
the fit away from least squares.
"""

import inspect
import math
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin

from linreg.checks import OptionValue
from linreg.errors import LinregError, nearest
from linreg.text import shortened

_ELSEWHERE = {
    "lr": "the learning rate has an option of its own: use --learning-rate",
    "params": "the parameters are those of the model",
}
_ONLY_FALSE = {
    "maximize": "it would climb the cost instead of descending it",
    "differentiable": "it keeps the graph of every step, and parameters that are trained in place have none",
}
_DECAYS = ("weight_decay", "lambd")  # lambd: ASGD's second decay, 1e-4 in torch
_SEVERAL: tuple[Any, ...] = (list, Iterable, Sequence)
_ONLY_FOR_CHECKERS = {"Iterable": Iterable, "Sequence": Sequence, "Callable": Callable}
_TRUE, _FALSE, _NONE = ("true", "yes", "on", "1"), ("false", "no", "off", "0"), ("none", "null")


def option_defaults(optimizer: type) -> dict[str, Any]:
    """Return every option of a torch.optim class with the value it has here unless it is set."""
    return {
        name: 0.0 if name in _DECAYS else parameter.default
        for name, parameter in signature_of(optimizer).items()
        if name not in _ELSEWHERE and name not in _ONLY_FALSE
    }


def without_decay(optimizer: type) -> dict[str, float]:
    """Return the arguments that turn off every decay the class has."""
    return {name: 0.0 for name in signature_of(optimizer) if name in _DECAYS}


def parse(optimizer: type, options: Mapping[str, OptionValue]) -> dict[str, Any]:
    """Turn the user's options into arguments of the class, and turn its decay off where they don't set it.

    Raises
    ------
    LinregError
        An option is unknown, reserved, or not of the type that the class wants.
    """
    arguments = signature_of(optimizer)
    parsed: dict[str, Any] = dict(without_decay(optimizer))
    for name, value in options.items():
        if name in _ELSEWHERE:
            raise LinregError(f"{name} cannot be set as an option of {optimizer.__name__}: {_ELSEWHERE[name]}.")
        if name not in arguments:
            raise _unknown(optimizer, name)
        parsed[name] = parsed_argument(optimizer, arguments[name], value)
        if name in _ONLY_FALSE and parsed[name]:
            raise LinregError(f"{optimizer.__name__} cannot be used with {name}: {_ONLY_FALSE[name]}.")
    return parsed


def shown(value: Any) -> str:
    """Write an option's value as it is typed after ``--set NAME=``."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(shown, value)) if isinstance(value, tuple | list) else str(value).removesuffix(".0")


def signature_of(optimizer: type) -> Mapping[str, inspect.Parameter]:
    """Return what a class takes, with the types of its annotations."""
    try:  # annotations name what only a type checker imports
        return inspect.signature(optimizer, locals=_ONLY_FOR_CHECKERS, eval_str=True).parameters
    except NameError:
        return inspect.signature(optimizer).parameters


def _unknown(optimizer: type, name: str) -> LinregError:
    known = list(option_defaults(optimizer))
    return LinregError(
        f"{optimizer.__name__} has no option {shortened(repr(name))}{nearest(name, known)}; it has {', '.join(known)}."
    )


def parsed_argument(optimizer: type, argument: inspect.Parameter, value: OptionValue) -> Any:
    """Turn a value as typed into what an argument of a class takes.

    Raises
    ------
    LinregError
        It is not of the type that the class wants.
    """
    kind = argument.annotation
    if isinstance(kind, str) or kind is argument.empty:
        kind = type(argument.default)
    try:
        return _as_kind(kind, value)
    except ValueError:
        wanted = _wanted(kind, argument.default)
        raise LinregError(
            f"{optimizer.__name__}'s option {argument.name} takes {wanted}, not {shortened(repr(value))}."
        ) from None


def _members(kind: Any) -> tuple[Any, ...]:
    """Return the types of a union that can be typed in: None first, as text would take anything, and several last."""
    members = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    plain = [member for member in members if member in (bool, int, float, str, types.NoneType) or get_origin(member)]
    return tuple(sorted(plain, key=lambda member: (member is not types.NoneType, get_origin(member) in _SEVERAL)))


def _as_kind(kind: Any, value: Any) -> Any:
    for member in _members(kind):
        try:
            return _as_member(member, value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise ValueError


def _as_member(kind: Any, value: Any) -> Any:
    text = value.strip().lower() if isinstance(value, str) else None
    if kind is types.NoneType and (value is None or text in _NONE):
        return None
    if kind is bool and (isinstance(value, bool) or text in _TRUE + _FALSE):
        return value if text is None else text in _TRUE
    if kind is int and _is_number(value, Integral):
        return int(value)
    if kind is float and _is_number(value, Real) and not math.isnan(float(value)):
        return float(value)
    if kind is str and text:
        return value.strip()
    if get_origin(kind) is Literal and (text or value) in get_args(kind):
        return text or value
    if get_origin(kind) is tuple:
        return _as_tuple(get_args(kind), value)
    if get_origin(kind) in _SEVERAL:
        return list(_as_tuple((*get_args(kind), ...), value if isinstance(value, str | list | tuple) else (value,)))
    raise ValueError


def _is_number(value: Any, abstract: type) -> bool:
    return isinstance(value, str) or (isinstance(value, abstract) and not isinstance(value, bool))


def _as_tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = value.strip().strip("()[]").rstrip(", ").split(",")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    return tuple(_as_kind(kind, entry) for kind, entry in zip(kinds, value, strict=True))


def _wanted(kind: Any, default: Any) -> str:
    return " or ".join(_wanted_member(member, default) for member in reversed(_members(kind))) or "no value"


def _wanted_member(kind: Any, default: Any) -> str:
    if get_origin(kind) is tuple:
        return f"{len(get_args(kind))} values such as {shown(default)}"
    if get_origin(kind) in _SEVERAL:
        return "values such as 30,80"
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a name", types.NoneType: "none"}
    return names.get(kind, "a value")
