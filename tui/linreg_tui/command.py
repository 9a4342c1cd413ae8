"""``linreg-tui``: the options that describe a run, and how to watch it. Thin; the screen is imported when it opens."""

import math
import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from linreg.cli.app import answer
from linreg.cli.choosing import describing_a_run
from linreg.errors import LinregError
from linreg.safe import shortened
from linreg_tui.opening import opening

if TYPE_CHECKING:
    from linreg.recipe import Recipe

WATCH, WEB = "Watching", "In a browser"
THEMES = ("dark", "light", "ansi")

app = typer.Typer(
    name="linreg-tui",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"linreg-tui {version('linreg')}")
        raise typer.Exit


@app.command()
@describing_a_run
def watch(
    recipe: "Recipe",
    paused: Annotated[
        bool,
        typer.Option(
            "--paused",
            help="Start paused, before the first epoch.",
            show_default="only without arguments",
            rich_help_panel=WATCH,
        ),
    ] = False,
    speed: Annotated[
        str | None,
        typer.Option(
            metavar="N|max",
            help="At most N epochs a second.",
            show_default="so that a short run can be followed",
            rich_help_panel=WATCH,
        ),
    ] = None,
    ascii_: Annotated[
        bool, typer.Option("--ascii", help="Draw without braille and box characters.", rich_help_panel=WATCH)
    ] = False,
    theme: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(THEMES),
            help="Colours; ansi: the terminal's own. NO_COLOR is respected.",
            show_default="dark",
            rich_help_panel=WATCH,
        ),
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Show it in a browser instead, to this machine only.", rich_help_panel=WEB)
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Serve on this address; whoever reaches it can use the app.",
            show_default="127.0.0.1",
            rich_help_panel=WEB,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, metavar="N", help="Serve on this port.", show_default="8000", rich_help_panel=WEB
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> int:
    """Watch linear regression learn: pause, step, go back, change the learning rate.

    Without arguments it opens exercise1, paused. Keys: ? on the screen. What anything prints meanwhile goes to
    linreg-tui.log in your state folder, or in LINREG_HOME.

    Exit status: 0, 1 internal error, 2 bad usage or input, or no terminal, 128+N ended by signal N.
    """
    if os.name != "posix":
        raise LinregError("linreg-tui runs on Linux, macOS and in WSL; linreg run trains here too.")
    from linreg_tui import terminal
    from linreg_tui import web as browser

    pace, theme = _speed(speed), _theme(theme)
    if (host is not None or port is not None) and not web:
        raise LinregError("--host and --port belong to --web.")
    if web and recipe.data == "-":
        raise LinregError("--web starts anew for every visitor and cannot read rows from standard input; name a file.")
    if web and not terminal.is_served():
        return browser.serve(sys.argv[1:], host or browser.LOOPBACK, port or browser.PORT)
    with terminal.rows_from_standard_input(recipe) as recipe:
        if not terminal.is_served():
            terminal.require_terminal()
        _require_data(recipe)
        with nullcontext() if terminal.is_served() else opening(recipe, ascii_only=ascii_):
            from linreg_tui.showing import show

        over_ssh = "SSH_CONNECTION" in os.environ
        return show(recipe, speed=pace, paused=paused, ascii_only=ascii_, over_ssh=over_ssh, theme=theme)


def run_command_line(arguments: list[str]) -> int:
    """Run the command with its arguments and return the exit status; every error is one sentence on stderr."""
    return answer(app, arguments or ["--paused"], "linreg-tui")


def _speed(value: str | None) -> float | None:
    if value is None or value.lower() == "max":
        return None if value is None else math.inf
    try:
        speed = float(value)
    except ValueError:
        speed = 0
    if not (speed > 0 and math.isfinite(speed)):
        raise LinregError(f"--speed takes a number of epochs a second above 0, or max, not {shortened(repr(value))}.")
    return speed


def _theme(value: str | None) -> str | None:
    if value is not None and value.lower() not in THEMES:
        raise LinregError(f"--theme takes one of {', '.join(THEMES)}, not {shortened(repr(value))}.")
    return value and value.lower()


def _require_data(recipe: "Recipe") -> None:
    """Say at once that a file is not there, in its reader's words; everything else about it shows on the screen."""
    if not os.path.exists(recipe.data):
        from linreg.table import open_source

        open_source(recipe.data)
