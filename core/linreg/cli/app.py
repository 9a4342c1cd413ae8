"""The plain command, thin: parse, build, loop, print. Standard output is data, standard error is narration.

Exit status: 0 finished or converged, 1 output could not be written, 2 bad usage or input, 3 diverged, 70 an internal
error, 128+N ended by signal N. Whatever needs numpy, polars or torch is imported inside the commands, so that help is
instant.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Annotated

import typer

from linreg.cli.status import BAD_INPUT, BAD_OUTPUT, FAULT, complain
from linreg.data.formats.quiet import OwnStandardError
from linreg.errors import LinregError, OutputError
from linreg.files.faults import reported, shortage, try_threads
from linreg.text import safe

_COMMANDS = {
    "run": "run",
    "resume": "resume",
    "race": "race",
    "summary": "summary",
    "diagnose": "diagnose",
    "cross-validate": "cross_validate",
    "path": "path",
    "predict": "model",
    "evaluate": "model",
    "learn": "learn",
    "datasets": "listings",
    "optimizers": "listings",
    "devices": "listings",
    "watch": "watch",
    "runs": "runs",
}
"""The commands in the order of the help, and the module of `linreg.cli.commands` that each is in.

`AS_TYPED` in a module is how the words of its command are taken where not as usual.
"""


def _version(asked: bool) -> None:
    if asked:
        from linreg.version import __version__

        typer.echo(f"linreg {__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def _app(asked: str) -> typer.Typer:
    """Make the app with the one command that is asked for, or with all of them where what is asked is none.

    Typer works out the options of every command that it has before it looks which one is meant.
    """
    app = typer.Typer(
        name="linreg",
        help="Linear regression by gradient descent: the lecture's three points, or your million rows.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_main)
    for name in [asked] if asked in _COMMANDS else _COMMANDS:
        module = import_module(f"linreg.cli.commands.{_COMMANDS[name]}")
        command = getattr(module, name.replace("-", "_"))
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(context_settings=getattr(module, "AS_TYPED", None))(command)
    return app


def run_command_line(arguments: list[str]) -> int:
    """Run the command with its arguments and return the exit status; every error is one sentence on stderr."""
    if arguments[:1] != ["watch"]:  # a screen has use for descriptor 2, and so may a script
        sys.stderr = OwnStandardError.beside(sys.stderr) or sys.stderr
    words = arguments or ["--help"]
    return answer(_app(words[0]), words, "linreg")


def answer(command: typer.Typer, arguments: list[str], name: str) -> int:
    """Run a command of this name, whoever's it is, and return the exit status; every error is one sentence.

    A command may return what is still to be done once nothing of this stands around it: a script that raises what it
    likes.
    """
    if arguments[:1] != ["watch"]:  # a script's streams are its own
        _prepare_streams()
    try:
        try_threads()
        status = command(arguments, standalone_mode=False, prog_name=name)
        sys.stdout.flush()
    except OutputError as problem:
        return complain(str(problem), BAD_OUTPUT)
    except LinregError as problem:
        return complain(str(problem), BAD_INPUT)
    except typer.TyperException as problem:
        said = safe(problem.format_message()).replace(": Value error, ", ": ").rstrip(".")
        return complain(f"{said}; see {name} --help.", BAD_INPUT)
    except BrokenPipeError:
        return _close_quietly()
    except (KeyboardInterrupt, typer.Abort):
        return 128 + signal.SIGINT
    except OSError as problem:
        if short := shortage(problem):
            return complain(short, BAD_INPUT)
        where = safe(str(problem.filename)) if problem.filename else "the output"
        _drop_output()
        return complain(f"cannot write {where}: {problem.strerror}.", BAD_OUTPUT)
    except Exception as problem:  # a fault of ours, mostly: still one sentence, which says where the traceback is
        if short := shortage(problem):
            return complain(short, BAD_INPUT)
        if os.environ.get("LINREG_DEBUG"):
            raise
        return complain(reported(problem), FAULT)
    return int((status() if callable(status) else status) or 0)


def _prepare_streams() -> None:
    """Make both streams take any text; one that the caller closed is as good as /dev/null."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's stand-in has none
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _close_quietly() -> int:
    """Nobody reads standard output any more: end as SIGPIPE would."""
    _drop_output()
    return 128 + getattr(signal, "SIGPIPE", 13)


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that closing standard output cannot fail a second time."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
