"""One list of options for several commands: a command asks for what they make, and has the options themselves."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, TypeVar

R = TypeVar("R")


def with_options_of(maker: Callable[..., object], parameter: str, command: Callable[..., R]) -> Callable[..., R]:
    """Put the parameters of `maker` in the place of one of the command's, which is handed what `maker` makes of them.

    They are in the signature that Typer reads. One that the command has by the same name takes the place of that one,
    and is the command's own business.
    """
    described, of_command = signature(maker).parameters, signature(command).parameters
    own = {name: option for name, option in of_command.items() if name != parameter}
    in_order: dict[str, Parameter] = {}
    for name, option in of_command.items():
        if name == parameter:
            in_order |= {each: own.get(each, its_option) for each, its_option in described.items()}
        else:
            in_order.setdefault(name, option)
    combined = signature(command).replace(parameters=list(in_order.values()))

    def with_options(*arguments: Any, **options: Any) -> R:
        given = combined.bind(*arguments, **options).arguments
        made = maker(**{name: given.pop(name) for name in described if name in given and name not in own})
        return command(**given, **{parameter: made})

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    with_options.__annotations__ = {}  # the signature has them, evaluated
    with_options.__signature__ = combined  # type: ignore[attr-defined]
    return with_options
