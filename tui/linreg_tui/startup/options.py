"""The options that say how to watch, whatever is watched, and what their values mean."""

import math
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.recipe import Recipe

WATCH, KEPT, WEB = "Watching", "Runs that are kept", "In a browser"
THEME_NAMES = ("dark", "light", "ansi")

Paused = Annotated[
    bool,
    typer.Option("--paused", help="Start paused: the default where no run is asked for.", rich_help_panel=WATCH),
]
Speed = Annotated[
    str | None,
    typer.Option(
        metavar="N|max",
        help="At most N epochs a second.",
        show_default="so that a short run can be followed",
        rich_help_panel=WATCH,
    ),
]
Ascii = Annotated[
    bool | None,
    typer.Option(
        "--ascii/--no-ascii",
        help="Draw without braille and box characters, or with them.",
        show_default="with them, where the terminal and the locale have them",
        rich_help_panel=WATCH,
    ),
]
ThemeName = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(THEME_NAMES),
        help="Colours; ansi: the terminal's own. NO_COLOR is respected.",
        show_default="dark",
        rich_help_panel=WATCH,
    ),
]
Change = Annotated[
    list[str] | None,
    typer.Option(
        metavar="EPOCH:RATE",
        help="Another learning rate from an epoch on; repeat. y writes these.",
        rich_help_panel=WATCH,
    ),
]
At = Annotated[
    int | None, typer.Option(metavar="EPOCH", help="Go to this epoch, and stand there.", rich_help_panel=WATCH)
]
Attach = Annotated[
    str | None,
    typer.Option(
        metavar="[RUN]",
        help="Watch a run of another process, with all keys: its name or id; without one, the newest.",
        rich_help_panel=KEPT,
    ),
]
Replay = Annotated[
    str | None,
    typer.Option(metavar="[RUN]", help="Play a recorded run; without RUN, the newest.", rich_help_panel=KEPT),
]
Resume = Annotated[
    str | None,
    typer.Option(
        metavar="[RUN]",
        help="Go on with a run that was left; without RUN, the newest that can go on.",
        rich_help_panel=KEPT,
    ),
]
Web = Annotated[
    bool, typer.Option("--web", help="Show it in a browser instead, to this machine only.", rich_help_panel=WEB)
]
Host = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Serve on this address: whoever has the one that is printed can use the app, and nothing is encrypted.",
        show_default="127.0.0.1",
        rich_help_panel=WEB,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, metavar="N", help="Serve on this port.", show_default="8000", rich_help_panel=WEB),
]


def read_speed(value: str | None) -> float | None:
    """Read a speed in epochs a second, infinite for max; None where none was given.

    Raises
    ------
    LinregError
        It is neither a number above 0 nor max.
    """
    if value is None or value.lower() == "max":
        return None if value is None else math.inf
    try:
        speed = float(value)
    except ValueError:
        speed = 0
    if not (speed > 0 and math.isfinite(speed)):
        raise LinregError(f"--speed takes a number of epochs a second above 0, or max, not {shortened(repr(value))}.")
    return speed


def read_theme(value: str | None) -> str | None:
    """Read the name of a theme.

    Raises
    ------
    LinregError
        There is none of this name.
    """
    if value is not None and value.lower() not in THEME_NAMES:
        raise LinregError(f"--theme takes one of {', '.join(THEME_NAMES)}, not {shortened(repr(value))}.")
    return value and value.lower()


_WITHOUT_BRAILLE = re.compile(r"linux|vt\d|ansi|cons\d|sun|wyse|hp|dumb", re.IGNORECASE)
"""Beginnings of the names of terminals that have no braille, nor many of them a box's corners."""


def draws_ascii(asked: bool | None, environment: Mapping[str, str]) -> bool:
    """Tell whether to draw in ASCII alone: as asked, or else where terminal or locale have nothing else.

    A locale is that of the first of these variables that is set; where none is, nothing is said against UTF-8.
    """
    if asked is not None:
        return asked
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "UTF-8")
    speaks_utf8 = re.search(r"utf-?8", locale, re.IGNORECASE) is not None
    return not speaks_utf8 or _WITHOUT_BRAILLE.match(environment.get("TERM", "")) is not None


def require_data(recipe: "Recipe") -> None:
    """Say at once that a file is not there, in its reader's words; everything else about it shows on the screen.

    Raises
    ------
    LinregError
        There is no such file.
    """
    if not os.path.exists(recipe.data):
        from linreg.data.table import open_source

        open_source(recipe.data)
