"""``linreg-tui watch SCRIPT.py``: a script in a process of its own, and the monitor attached to it.

The terminal is the monitor's alone. What the script prints goes into a file, whose end is shown in a panel; what it
reads is empty, so that a script that asks its user for something is told at once that there is nobody.
"""

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from linreg.cli import options
from linreg.cli.app import answer
from linreg.cli.commands.watch import AS_TYPED, ModuleWord, OnNanOption, ScriptWord
from linreg.cli.status import narrate
from linreg.phase import Phase
from linreg.text import safe, shortened, shown
from linreg_tui.startup.options import Ascii, ThemeName, draws_ascii, read_theme
from linreg_tui.startup.script_process import PATIENCE, ScriptProcess

if TYPE_CHECKING:
    from linreg.remote.client import AttachedRun

app = typer.Typer(
    name="linreg-tui watch",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(context_settings=AS_TYPED)
def watch(
    context: typer.Context,
    script: ScriptWord = None,
    module: ModuleWord = None,
    name: options.Name = None,
    on_nan: OnNanOption = None,
    ascii_: Ascii = None,
    theme: ThemeName = None,
) -> int:
    """Run a training script that is not ours, unchanged, and watch its loop: pause it, step it, change its rate.

    The script runs in a process of its own and goes on when the screen is left; linreg-tui --attach NAME comes back to
    it, linreg runs stop NAME ends it; r runs it again from its start, as a new run. What it prints is in a panel, and
    in a file. Its standard input is empty.

    Exit status: that of the script, if it has ended; 0 while it goes on; 2 bad usage, or no terminal.
    """
    from linreg.watching.script import Script
    from linreg_tui.term import terminal

    asked = Script.of_words(module, [*([] if script is None else [script]), *context.args])
    terminal.require_terminal()
    given_options = {"--name": name, "--on-nan": on_nan}
    given = [word for option, value in given_options.items() if value is not None for word in (option, value)]
    process = ScriptProcess([*given, *asked.words])
    run = process.attached()
    if run is None:
        return _say_how_it_ended(process)
    plain = draws_ascii(ascii_, os.environ)
    return _show(process, run, ascii_only=plain, theme=read_theme(theme), over_ssh="SSH_CONNECTION" in os.environ)


def _say_how_it_ended(process: ScriptProcess) -> int:
    """Hand on what a script has printed that was over before it could be watched."""
    with suppress(OSError):
        sys.stdout.write(process.output.read_text(errors="backslashreplace"))
        process.output.unlink()
    return process.status()


def _show(process: ScriptProcess, run: "AttachedRun", **choices: Any) -> int:
    from linreg_tui.startup.terminal_monitor import show

    status = show(run, None, recorded=True, starter=process, **choices)
    run = process.run or run
    name = safe(shortened(run.title or run.name))
    if process.is_running and not run.is_ending:
        how = "is left to itself" if run.state.phase is Phase.PAUSED else "goes on"
        narrate(f"{name} {how}: linreg-tui --attach comes back to it, linreg runs stop ends it.")
        return status
    return _end_of(process, name)


def _end_of(process: ScriptProcess, name: str) -> int:
    """Wait for a script's end as a shell does, and say where to read what it printed, if it did not end well."""
    if not process.ends_within(PATIENCE):
        narrate(f"{name} has not ended yet: ctrl+c leaves it to itself, linreg runs stop asks it again.")
    status = process.status()
    if status:
        narrate(f"{name} has ended with status {status}: what it printed is in {shown(process.output)}.")
    return status


def run_script_command(arguments: list[str]) -> int:
    """Run the command with its arguments, those after ``watch``, and return the exit status."""
    return answer(app, arguments, "linreg-tui watch")
