"""``linreg-tui``: the options that describe a run, and how to watch it. Thin; the screen is imported when it opens."""

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linreg.cli import options
from linreg.cli.app import answer
from linreg.cli.recipe_options import describing_a_run
from linreg.errors import LinregError
from linreg.store.names import LATEST
from linreg_tui.startup.launcher import Launcher, launch
from linreg_tui.startup.options import (
    Ascii,
    At,
    Attach,
    Change,
    Host,
    Paused,
    Port,
    Replay,
    Resume,
    Speed,
    ThemeName,
    Web,
    draws_ascii,
    read_speed,
    read_theme,
    require_data,
)
from linreg_tui.startup.piped_rows import rows_from_standard_input
from linreg_tui.startup.splash import opening

if TYPE_CHECKING:
    from linreg.recipe import Recipe

KEPT_OPTIONS = ("--attach", "--replay", "--resume")
RACE, WATCH, LEARN = "race", "watch", "learn"
"""The words that ask for a race, for a script's loop and for lessons; a file of such a name is ./race."""

app = typer.Typer(
    name="linreg-tui",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from linreg.version import __version__

        typer.echo(f"linreg-tui {__version__}")
        raise typer.Exit


@app.command()
@describing_a_run
def watch(
    recipe: "Recipe",
    paused: Paused = False,
    speed: Speed = None,
    change: Change = None,
    at: At = None,
    ascii_: Ascii = None,
    theme: ThemeName = None,
    name: options.Name = None,
    attach: Attach = None,
    replay: Replay = None,
    resume: Resume = None,
    web: Web = False,
    host: Host = None,
    port: Port = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> int:
    """Watch linear regression learn: pause, step, go back, change the learning rate.

    Without data or options of a run it opens exercise1, paused. On the screen, ? shows the keys.
    Every run of one model is kept, once an epoch has run: see linreg runs. One that is going
    survives its terminal.
    Several optimizers side by side: linreg-tui race --help. A training script of
    your own: linreg-tui watch --help. Lessons: linreg-tui learn --help. What anything prints goes to linreg-tui.log
    in your state folder, or in LINREG_HOME.

    Exit status: 0, 1 the run that was attached to is gone, 2 bad usage or input, or no terminal,
    70 internal error, 128+N ended by signal N.
    """
    if os.name != "posix":
        raise LinregError("linreg-tui runs on Linux, macOS and in WSL; linreg run trains here too.")
    from linreg_tui.startup import web as browser
    from linreg_tui.term import terminal

    pace, theme = read_speed(speed), read_theme(theme)
    if (host is not None or port is not None) and not web:
        raise LinregError("--host and --port belong to --web.")
    if web and recipe.data == "-":
        raise LinregError("--web starts anew for every visitor and cannot read rows from standard input; name a file.")
    if web and not terminal.is_served():
        return browser.serve(sys.argv[1:], host or browser.LOOPBACK, port or browser.PORT)
    plain = draws_ascii(ascii_, os.environ)
    choices = {"ascii_only": plain, "theme": theme, "over_ssh": "SSH_CONNECTION" in os.environ}
    kept = _kept_run(attach=attach, replay=replay, resume=resume)
    way = None
    if change or at is not None:
        from linreg.live.reproduction import retrace_of

        way = retrace_of(change or [], at)
    if kept is not None and way is not None:
        raise LinregError("--change and --at belong to a new run; a run that is kept has its own.")
    if kept is not None:
        return _show_kept(*kept, choices | {"speed": pace, "paused": paused})
    return _show_new(recipe, choices | {"speed": pace, "paused": paused, "name": name, "retrace": way})


def _kept_run(**words: str | None) -> tuple[str, str] | None:
    """Return which of the options was given, and its run.

    Raises
    ------
    LinregError
        More than one was given.
    """
    given = [(option, word) for option, word in words.items() if word is not None]
    if len(given) > 1:
        raise LinregError(f"--{given[0][0]} and --{given[1][0]} each show another run; give one of them.")
    return given[0] if given else None


def _show_new(recipe: "Recipe", choices: dict[str, Any]) -> int:
    """Train a recipe: in a process of its own, so that it can go on without this terminal."""
    from linreg_tui.term import terminal

    if terminal.is_served():
        from linreg.training.usability import require_usable
        from linreg_tui.startup.terminal_monitor import show

        require_usable(recipe)
        return show(recipe, recorded=True, **choices)

    def work(launcher: Launcher) -> int:
        with rows_from_standard_input(recipe) as found:
            terminal.require_terminal()
            require_data(found)
            with opening(found, ascii_only=choices["ascii_only"]):
                from linreg.training.usability import require_usable
                from linreg_tui.startup.terminal_monitor import show

                require_usable(found)
            return show(found, launcher, recorded=True, **choices)

    return launch(work, terminal.tidying())


def _show_kept(option: str, word: str, choices: dict[str, Any]) -> int:
    """Show a run that is kept: as it goes in its own process, as it went, or as it goes on from where it was left."""
    from linreg_tui.term import terminal

    if not terminal.is_served():
        terminal.require_terminal()

    def work(launcher: Launcher | None) -> int:
        from linreg_tui.startup.kept_run import find

        run = find(option, word)
        with nullcontext() if terminal.is_served() else opening(run.recipe, ascii_only=choices["ascii_only"]):
            from linreg_tui.startup.terminal_monitor import show
        return show(run, launcher, recorded=True, **choices)

    in_two = option == "resume" and not terminal.is_served()
    return launch(work, terminal.tidying()) if in_two else work(None)


def run_command_line(arguments: list[str]) -> int:
    """Run the command with its arguments and return the exit status; every error is one sentence on stderr."""
    if arguments[:1] == [RACE]:
        from linreg_tui.startup.race_command import run_race_command

        return run_race_command(arguments[1:])
    if arguments[:1] == [LEARN]:
        from linreg_tui.startup.learn_command import run_learn_command

        return run_learn_command(arguments[1:])
    if arguments[:1] == [WATCH] or (arguments and arguments[0].endswith(".py")):
        from linreg_tui.startup.script_command import run_script_command

        return run_script_command(arguments[arguments[0] == WATCH :])
    return answer(app, [*_with_latest(arguments), *["--paused"] * is_bare(arguments)], "linreg-tui")


def is_bare(arguments: list[str]) -> bool:
    """Tell whether arguments say at most how to show a run, and nothing of which: then nobody has asked for it to go.

    What is to be shown, and at which speed, says that it is to run.
    """
    rest = iter(arguments)
    for argument in rest:
        option, equals, _ = argument.partition("=")
        if option not in _OF_LOOKS:
            return False
        if _OF_LOOKS[option] and not equals:
            next(rest, None)
    return True


_OF_LOOKS = {"--ascii": False, "--no-ascii": False, "--theme": True, "--web": False, "--host": True, "--port": True}
"""Options that decide nothing but how a run is shown, and whether a value follows each."""


def _with_latest(arguments: list[str]) -> list[str]:
    """Let --attach, --replay and --resume mean the newest run where none follows."""
    filled: list[str] = []
    for index, argument in enumerate(arguments):
        filled.append(argument)
        following = arguments[index + 1] if index + 1 < len(arguments) else "-"
        if argument in KEPT_OPTIONS and following.startswith("-"):
            filled.append(LATEST)
    return filled
