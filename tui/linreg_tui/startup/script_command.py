"""``linreg-tui watch SCRIPT.py``: a script in a process of its own, and the monitor attached to it.

The terminal is the monitor's alone. What the script prints goes into a file, whose end is shown in a panel; what it
reads is empty, so that a script that asks its user for something is told at once that there is nobody.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import sleep
from typing import TYPE_CHECKING, Any

import typer

from linreg.cli import options
from linreg.cli.app import answer
from linreg.cli.commands.watch import AS_TYPED, ModuleWord, ScriptWord
from linreg.cli.status import narrate
from linreg.errors import LinregError
from linreg.text import safe, shortened
from linreg_tui.startup.options import Ascii, ThemeName, read_theme

if TYPE_CHECKING:
    from linreg.remote.client import AttachedRun

LOOK = 0.05
"""Seconds between two looks for the script's run."""

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
    ascii_: Ascii = False,
    theme: ThemeName = None,
) -> int:
    """Run a training script that is not ours, unchanged, and watch its loop: pause it, step it, change its rate.

    The script runs in a process of its own and goes on when the screen is left; linreg-tui --attach NAME comes back to
    it, linreg runs stop NAME ends it. What it prints is in a panel, and in a file. Its standard input is empty.

    Exit status: that of the script, if it has ended; 0 while it goes on; 2 bad usage, or no terminal.
    """
    from linreg.watching.script import Script
    from linreg_tui.term import terminal

    asked = Script.of_words(module, [*([] if script is None else [script]), *context.args])
    terminal.require_terminal()
    running, output = _start([*([] if name is None else ["--name", name]), *asked.words])
    run = _attached(running)
    if run is None:
        return _say_how_it_ended(running, output)
    return _show(running, run, ascii_only=ascii_, theme=read_theme(theme), over_ssh="SSH_CONNECTION" in os.environ)


def _start(arguments: list[str]) -> tuple["subprocess.Popen[bytes]", Path]:
    """Start the script where no signal of this terminal reaches it; what it prints is written as it is printed."""
    from linreg.files.home import open_home, own_folder

    output = own_folder(open_home() / "output") / f"{token_hex(5)}.log"
    environment = {**os.environ, "LINREG_OUTPUT": str(output), "PYTHONUNBUFFERED": "1"}
    with output.open("xb") as file:
        output.chmod(0o600)
        command = [sys.executable, "-m", "linreg", "watch", *arguments]
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return running, output


def _attached(running: "subprocess.Popen[bytes]") -> "AttachedRun | None":
    """Wait until the script's run can be attached to, and do so; None if it has ended before."""
    from linreg.files.home import open_home
    from linreg.remote.client import attach
    from linreg.remote.sockets import sockets_folder
    from linreg.store.store import RunStore

    with RunStore(open_home()) as store:
        while running.poll() is None:
            for run in store.runs():
                if run.owner.pid == running.pid and run.script:
                    with suppress(LinregError):  # it does not answer yet, or no more
                        return attach(sockets_folder(), run.id)
            sleep(LOOK)
    return None


def _say_how_it_ended(running: "subprocess.Popen[bytes]", output: Path) -> int:
    """Hand on what a script has printed that was over before it could be watched."""
    with suppress(OSError):
        sys.stdout.write(output.read_text(errors="backslashreplace"))
        output.unlink()
    return _status_of(running)


def _show(running: "subprocess.Popen[bytes]", run: "AttachedRun", **choices: Any) -> int:
    from linreg_tui.startup.terminal_monitor import show

    title = run.title or run.name
    status = show(run, None, recorded=True, **choices)
    if running.poll() is None:
        narrate(f"{safe(shortened(title))} goes on: linreg-tui --attach comes back to it, linreg runs stop ends it.")
        return status
    return _status_of(running)


def _status_of(running: "subprocess.Popen[bytes]") -> int:
    status = running.wait()
    return status if status >= 0 else 128 - status


def run_script_command(arguments: list[str]) -> int:
    """Run the command with its arguments, those after ``watch``, and return the exit status."""
    return answer(app, arguments, "linreg-tui watch")
