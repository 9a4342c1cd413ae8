"""``linreg watch``: run a script as python would, and look on."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from linreg.cli import options
from linreg.cli.status import narrate
from linreg.errors import LinregError
from linreg.text import safe
from linreg.watching.script import OnNan

AS_TYPED = {"allow_extra_args": True, "allow_interspersed_args": False, "ignore_unknown_options": True}

ScriptWord = Annotated[
    str | None,
    typer.Argument(metavar="SCRIPT.py [ARGS…]", help="The script, and its own arguments.", show_default=False),
]
ModuleWord = Annotated[
    str | None, typer.Option("-m", metavar="MODULE", help="A module instead of a file, as after python -m.")
]

OnNanOption = Annotated[
    OnNan | None,
    typer.Option(
        metavar="stop|pause|go",
        help="At the first cost or parameter that is not finite: raise KeyboardInterrupt, stand there, or go on.",
        show_default="pause while a screen shows it, else go",
    ),
]


def watch(
    context: typer.Context,
    script: ScriptWord = None,
    module: ModuleWord = None,
    name: options.Name = None,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Keep the run.")] = True,
    on_nan: OnNanOption = None,
) -> Callable[[], int]:
    """Run a training script that is not ours, unchanged, and watch its loop.

    Its output, files and exit status are those it has without linreg. What it trains is recorded step by step.
    """
    from linreg.watching.script import Script

    if on_nan == "pause" and not record:
        raise LinregError("--on-nan pause needs a run that can be attached to; leave out --no-record.")
    asked = Script.of_words(module, [*([] if script is None else [script]), *context.args])

    def run() -> int:
        from linreg.watching.running import run_watched

        run_watched(asked, name=name, record=record, on_nan=on_nan, tell=_tell)
        return 0

    return run


def _tell(line: str) -> None:
    """Say a line in front of what the script says, where that is read on a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        narrate(safe(line))
