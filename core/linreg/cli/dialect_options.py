"""The options that say how a table is written: one list for every command that reads one."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from linreg.cli.handed_on import with_options_of
from linreg.cli.options import DATA

R = TypeVar("R")

Separator = Annotated[
    str | None,
    typer.Option(
        metavar="X",
        help="Between the columns of a text: ';', '|', tab, blank (any number), or another character.",
        show_default="by extension; comma",
        rich_help_panel=DATA,
    ),
]

Decimal = Annotated[
    str | None,
    typer.Option(metavar=".|,", help="The decimal sign.", show_default="a point", rich_help_panel=DATA),
]

Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD",
        help="Cells that mean no value, such as '?', beside the empty cell; repeat.",
        show_default="NaN, NA, null",
        rich_help_panel=DATA,
    ),
]

Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Line 1 holds the names, though they look like data; or there are none: c1, c2, …",
        show_default="names",
        rich_help_panel=DATA,
    ),
]

SkipLines = Annotated[
    int | None,
    typer.Option(metavar="N", help="Pass over N lines above the header.", show_default="0", rich_help_panel=DATA),
]

Quote = Annotated[
    str | None,
    typer.Option(
        metavar="double|none",
        help='none: a " is a character like any other.',
        show_default="double",
        rich_help_panel=DATA,
    ),
]

InputFormat = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="csv, tsv, jsonl, parquet or arrow.",
        show_default="by extension; by the first bytes for -",
        rich_help_panel=DATA,
    ),
]

Said = dict[str, Any]
"""What was said, by the names of a dialect's fields; None where nothing was."""


def said(
    separator: Separator = None,
    decimal: Decimal = None,
    missing: Missing = None,
    header: Header = None,
    skip_lines: SkipLines = None,
    quote: Quote = None,
    input_format: InputFormat = None,
) -> Said:
    """Return what was said."""
    return locals() | {"missing": tuple(missing) if missing else None}


def saying_how_it_is_written(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options of `said` in the place of its parameter `dialect`."""
    return with_options_of(said, "dialect", command)
