"""What a value of a recipe must be: each check returns the value, or says in a sentence what the option takes.

Standard library only, as a recipe is.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from operator import index
from os import PathLike, fspath
from typing import Any

from linreg.errors import LinregError, nearest
from linreg.text import shortened

LARGEST_WHOLE_NUMBER = 2**63 - 1
FEWEST_HELD_OUT = 1000
"""One of so many rows is the smallest share that can be held out."""
OptionValue = bool | int | float | str | tuple[float, ...] | list[float] | None


def option_name(name: str) -> str:
    """Name a field as the command line does: ``until_step`` is ``--until-step``; what has no option keeps its name."""
    if name in ("title", "origin", "data", "dialect"):
        return name
    return "--" + {
        "learning_rate": "learning-rate",
        "features": "feature",
        "options": "set",
        "schedule_options": "schedule-set",
    }.get(name, name.replace("_", "-"))


def fail(name: str, value: object, wanted: str) -> LinregError:
    """Return the error of a value that is none of those that are wanted."""
    return LinregError(f"{option_name(name)} takes {wanted}, not {_shown(value)}.")


def _shown(value: object) -> str:
    try:
        return shortened(repr(value))
    except ValueError:  # Python refuses to write out integers of more than 4,300 digits
        return "a number of thousands of digits"
    except RecursionError:
        return "a deeply nested value"


def text(name: str, value: Any) -> str:
    """Take text."""
    if not isinstance(value, str):
        raise fail(name, value, "text")
    return value


def optional_text(name: str, value: Any) -> str | None:
    """Take a name, or None."""
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise fail(name, value, "a name")
    return value


def names(name: str, value: Any) -> tuple[str, ...]:
    """Take a list of column names."""
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
        raise fail(name, value, "a list of column names")
    return tuple(value)


def flag(name: str, value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise fail(name, value, "true or false")
    return value


def whole(minimum: int) -> Callable[[str, Any], int]:
    """Return a check that takes whole numbers from `minimum` on."""

    def check(name: str, value: Any) -> int:
        try:
            number = index(value)
        except TypeError:
            number = minimum - 1
        if isinstance(value, bool) or number < minimum:
            raise fail(name, value, f"a whole number from {minimum}")
        if number > LARGEST_WHOLE_NUMBER:
            raise fail(name, value, f"a whole number from {minimum} to {LARGEST_WHOLE_NUMBER}")
        return number

    return check


def whole_or_auto(minimum: int) -> Callable[[str, Any], int | str]:
    """Return a check that takes whole numbers from `minimum` on, or ``auto``."""

    def check(name: str, value: Any) -> int | str:
        if isinstance(value, str) and value.strip().lower() == "auto":
            return "auto"
        try:
            return whole(minimum)(name, value)
        except LinregError as problem:
            raise LinregError(str(problem).replace(", not ", ", or auto, not ", 1)) from None

    return check


def positive(name: str, value: Any) -> float:
    """Take a finite number above 0."""
    if isinstance(value, bool | str):
        raise fail(name, value, "a number above 0")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise fail(name, value, "a number above 0") from None
    if not (number > 0 and math.isfinite(number)):
        raise fail(name, value, "a number above 0")
    return number


def optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return a check that takes None too."""
    return lambda name, value: None if value is None else check(name, value)


def learning_rate(name: str, value: Any) -> float | str:
    """Take a number above 0, or ``auto``."""
    if isinstance(value, str) and value.lower() == "auto":
        return "auto"
    try:
        return positive(name, float(value.replace("_", "no")) if isinstance(value, str) else value)
    except (ValueError, LinregError):
        raise fail(name, value, "a number above 0, or auto") from None


def hold_out(name: str, value: Any) -> str | None:
    """Take a share of the rows, ``SHARE`` or ``SHARE:SEED``, or the path of a file."""
    if value is None:
        return None
    wanted = f"a share of the rows from {1 / FEWEST_HELD_OUT:g} to {1 - 1 / FEWEST_HELD_OUT:g}, or a file of others"
    try:
        text = fspath(value) if isinstance(value, str | PathLike) else repr(positive(name, value))
    except LinregError:
        raise fail(name, value, wanted) from None
    if not isinstance(text, str) or text.strip() in ("", "-"):
        raise fail(name, value, wanted)
    share = share_of(text)
    if share is not None and not 1 <= share[0] * FEWEST_HELD_OUT <= FEWEST_HELD_OUT - 1:
        raise fail(name, value, wanted)
    return text


def share_of(text: str) -> tuple[float, int | None] | None:
    """Read a share of rows and the seed it is chosen by, None where it names none; None where it names a file."""
    number, colon, seed = text.partition(":")
    if colon and not (seed.isascii() and seed.isdigit()):
        return None
    try:
        return float(number.replace("_", "no")), int(seed) if colon else None
    except ValueError:
        return None


def choice(choices: tuple[str, ...]) -> Callable[[str, Any], str]:
    """Return a check that takes one of some words, in any case."""

    def check(name: str, value: Any) -> str:
        for choice in choices:
            if isinstance(value, str) and value.lower() == choice.lower():
                return choice
        suggestion = nearest(value, list(choices)) if isinstance(value, str) else ""
        raise LinregError(f"{option_name(name)} takes one of {', '.join(choices)}, not {_shown(value)}{suggestion}.")

    return check


def start(words: tuple[str, ...]) -> Callable[[str, Any], str]:
    """Return a check that takes one of some words, or finite numbers between commas, written as Python writes them."""

    def check(name: str, value: Any) -> str:
        numbers = numbers_of(value) if isinstance(value, str) else None
        if numbers is not None:
            return ",".join(map(repr, numbers))
        try:
            return choice(words)(name, value)
        except LinregError as problem:
            meant = f"{', '.join(words)}, or the numbers to start at, w and then b, as in 1.5,-2"
            raise LinregError(str(problem).replace(", ".join(words), meant)) from None

    return check


def numbers_of(value: str) -> tuple[float, ...] | None:
    """Read finite numbers between commas; None where it is anything else."""
    try:
        numbers = tuple(map(float, value.replace("_", "no").split(",")))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def options(name: str, value: Any) -> dict[str, OptionValue]:
    """Take the arguments of an optimizer, or of a schedule, by name."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        whose = "schedule" if name == "schedule_options" else "optimizer"
        raise fail(name, value, f"the {whose}'s arguments by name")
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
