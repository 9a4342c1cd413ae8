"""What to train, and how: every hyper-parameter, its default and its check.

A recipe comes from flags, from a TOML file or from Python; all three meet here, so that a wrong value gets the same
sentence whichever way it came. Standard library only: reading a recipe must not wait for torch.
"""

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from numbers import Integral, Real
from operator import index
from pathlib import Path
from typing import Any, Literal

from linreg.dialect import DIALECT_KEYS, PLAIN, TextDialect, dialect_of
from linreg.errors import LinregError, nearest
from linreg.text import safe, shortened, shown

CRITERIA = ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss")
REDUCTIONS = ("mean", "sum")
INITS = ("zeros", "linear", "normal")
DTYPES = ("auto", "float64", "float32")
ENGINES = ("auto", "autograd", "analytic", "gram", "spectral")
LARGEST_WHOLE_NUMBER = 2**63 - 1

OptionValue = bool | int | float | str | tuple[float, ...] | list[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Every choice that decides a run.

    Attributes
    ----------
    data
        A bundled data set's name, a file's path, or ``-`` for standard input.
    dialect
        How the data are written, where their name does not tell; in a recipe's file its keys stand by themselves.
    target, features, exclude, drop_missing
        Which columns and rows to use; by default the last column is predicted from all others.
    bias
        Fit b.
    standardize
        Train on (x − mean) / std, with n − 1 in std; w and b are always reported in the data's own units.
    epochs
        Run epochs 0 to `epochs`.
    until_step, until_cost
        Stop when the largest change of a parameter, or the change of the cost, over one epoch is below this.
    learning_rate
        A number, or ``"auto"``: from the cost's curvature for full-batch SGD, else the optimizer's own default.
    optimizer, options
        A class of torch.optim, and any other arguments of that class.
    criterion, reduction
        A class of torch.nn, and how it sums over rows.
    batch_size
        Rows a step, reshuffled each epoch from the seed; None for the full batch.
    init, seed
        Where the parameters start.
    module
        ``FILE.py:CLASS``, to train the user's own nn.Module instead of w and b.
    device, dtype, engine
        Where and how to compute; ``"auto"`` picks the fastest that serves the recipe.
    every
        Print every Nth epoch.
    """

    title: str = ""
    origin: str = ""
    data: str = "exercise1"
    dialect: TextDialect = PLAIN
    target: str | None = None
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    drop_missing: bool = False
    bias: bool = True
    standardize: bool = True
    epochs: int = 1000
    until_step: float | None = None
    until_cost: float | None = None
    learning_rate: float | Literal["auto"] = "auto"
    optimizer: str = "SGD"
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    criterion: str = "MSELoss"
    reduction: str = "mean"
    batch_size: int | None = None
    init: str = "zeros"
    seed: int = 0
    module: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    engine: str = "auto"
    every: int = 100

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))

    def changed(self, **choices: Any) -> "Recipe":
        """Replace the choices that are not None: options given over the recipe's own values."""
        return replace(self, **{name: value for name, value in choices.items() if value is not None})

    def as_dict(self) -> dict[str, Any]:
        """Return every field as plain JSON values."""
        values = asdict(self) | {"dialect": self.dialect.as_dict()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def load_recipe(path: Path) -> Recipe:
    """Read a TOML recipe; the files it names are relative to its own folder.

    Raises
    ------
    LinregError
        The file cannot be read, is not TOML, or a key or value is not a recipe's.
    """
    where = shown(path)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as problem:
        raise LinregError(f"cannot read the recipe {where}: {getattr(problem, 'strerror', None) or problem}.") from None
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        reason = safe(str(problem))
        raise LinregError(f"cannot read the recipe {where}: it is not valid TOML: {reason}.") from None
    known = [*(f.name for f in fields(Recipe) if f.name != "dialect"), *DIALECT_KEYS]
    for key in values:
        if key not in known:
            raise LinregError(
                f"{where}: a recipe has no key {shortened(key)!r}{nearest(key, known)}; "
                f"the keys are {', '.join(known)}."
            )
    if not values.get("data"):
        raise LinregError(f'{where}: the recipe names no data; add a line like data = "points.csv".')
    dialect = {key: values.pop(key) for key in DIALECT_KEYS if key in values}
    try:
        recipe = Recipe(**values, dialect=dialect_of(dialect))
    except LinregError as problem:
        raise LinregError(f"{where}: {problem}") from None
    module = recipe.module and str(path.parent / recipe.module)
    return replace(recipe, data=_relative_to(path.parent, recipe.data), module=module)


def _relative_to(folder: Path, data: str) -> str:
    return data if data == "-" or "://" in data else str(folder / data)


def option_name(name: str) -> str:
    """Name a field as the command line does: ``until_step`` is ``--until-step``; what has no option keeps its name."""
    if name in ("title", "origin", "data", "dialect"):
        return name
    return "--" + {"learning_rate": "learning-rate", "features": "feature", "options": "set"}.get(
        name, name.replace("_", "-")
    )


def _fail(name: str, value: object, wanted: str) -> LinregError:
    return LinregError(f"{option_name(name)} takes {wanted}, not {_shown(value)}.")


def _shown(value: object) -> str:
    try:
        return shortened(repr(value))
    except ValueError:  # Python refuses to write out integers of more than 4,300 digits
        return "a number of thousands of digits"
    except RecursionError:
        return "a deeply nested value"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _fail(name, value, "text")
    return value


def _optional_text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise _fail(name, value, "a name")
    return value


def _names(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
        raise _fail(name, value, "a list of column names")
    return tuple(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _fail(name, value, "true or false")
    return value


def _whole(minimum: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        try:
            number = index(value)
        except TypeError:
            number = minimum - 1
        if isinstance(value, bool) or number < minimum:
            raise _fail(name, value, f"a whole number from {minimum}")
        if number > LARGEST_WHOLE_NUMBER:
            raise _fail(name, value, f"a whole number from {minimum} to {LARGEST_WHOLE_NUMBER}")
        return number

    return check


def _positive(name: str, value: Any) -> float:
    if isinstance(value, bool | str):
        raise _fail(name, value, "a number above 0")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _fail(name, value, "a number above 0") from None
    if not (number > 0 and math.isfinite(number)):
        raise _fail(name, value, "a number above 0")
    return number


def _optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else check(name, value)


def _learning_rate(name: str, value: Any) -> float | str:
    if isinstance(value, str) and value.lower() == "auto":
        return "auto"
    try:
        return _positive(name, float(value.replace("_", "no")) if isinstance(value, str) else value)
    except (ValueError, LinregError):
        raise _fail(name, value, "a number above 0, or auto") from None


def _choice(choices: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        for choice in choices:
            if isinstance(value, str) and value.lower() == choice.lower():
                return choice
        suggestion = nearest(value, list(choices)) if isinstance(value, str) else ""
        raise LinregError(f"{option_name(name)} takes one of {', '.join(choices)}, not {_shown(value)}{suggestion}.")

    return check


def _options(name: str, value: Any) -> dict[str, OptionValue]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _fail(name, value, "the optimizer's arguments by name")
    for key, entry in value.items():
        if not (entry is None or isinstance(entry, str) or all(map(_is_number, _entries(entry)))):
            raise LinregError(
                f"{option_name(name)} {shortened(key)} takes a number, true or false, text or a list of numbers, "
                f"not {_shown(entry)}."
            )
    return dict(value)


def _entries(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _is_number(value: Any) -> bool:
    in_range = not isinstance(value, Integral) or abs(int(value)) <= LARGEST_WHOLE_NUMBER
    return isinstance(value, Real) and in_range


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "title": _text,
    "origin": _text,
    "data": _text,
    "dialect": lambda name, value: dialect_of(value),
    "target": _optional_text,
    "features": _names,
    "exclude": _names,
    "drop_missing": _flag,
    "bias": _flag,
    "standardize": _flag,
    "epochs": _whole(0),
    "until_step": _optional(_positive),
    "until_cost": _optional(_positive),
    "learning_rate": _learning_rate,
    "optimizer": _text,
    "options": _options,
    "criterion": _choice(CRITERIA),
    "reduction": _choice(REDUCTIONS),
    "batch_size": _optional(_whole(1)),
    "init": _choice(INITS),
    "seed": _whole(0),
    "module": _optional_text,
    "device": _text,
    "dtype": _choice(DTYPES),
    "engine": _choice(ENGINES),
    "every": _whole(1),
}
