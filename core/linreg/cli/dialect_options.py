"""The options that say how a table is written: one list for every command that reads one."""

from collections.abc import Callable
from typing import Any, TypeVar

from linreg.cli import options
from linreg.cli.handed_on import with_options_of

R = TypeVar("R")

Said = dict[str, Any]
"""What was said, by the names of a dialect's fields; None where nothing was."""


def said(
    separator: options.Separator = None,
    decimal: options.Decimal = None,
    missing: options.Missing = None,
    header: options.Header = None,
    skip_lines: options.SkipLines = None,
    quote: options.Quote = None,
    input_format: options.InputFormat = None,
) -> Said:
    """Return what was said."""
    return locals() | {"missing": tuple(missing) if missing else None}


def saying_how_it_is_written(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options of `said` in the place of its parameter `dialect`."""
    return with_options_of(said, "dialect", command)
