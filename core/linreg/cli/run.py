"""``linreg run``: train, and print the epochs."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from linreg.atomic import check_destination
from linreg.cli import options
from linreg.cli.choosing import describing_a_run
from linreg.cli.status import DIVERGED, complain, narrate
from linreg.errors import LinregError
from linreg.safe import safe, shortened

if TYPE_CHECKING:
    from linreg.printers import Printer
    from linreg.recipe import Recipe
    from linreg.result import Result
    from linreg.trainer import Trainer


@describing_a_run
def run(
    recipe: "Recipe",
    format_: options.Format = "text",
    quiet: options.Quiet = False,
    save: options.Save = None,
) -> int:
    """Train, and print the epochs.

    Exit status: 0 finished or converged, 2 bad usage or input, 3 diverged, 128+N ended by signal N.
    """
    from linreg.console import can_redraw, watched
    from linreg.distributed import joined
    from linreg.printers import PRINTERS

    if format_ not in PRINTERS:
        raise LinregError(f"--format takes one of {', '.join(PRINTERS)}, not {shortened(repr(format_))}.")
    if save is not None:
        check_destination(save)
        if save.exists() and os.path.exists(recipe.data) and save.samefile(recipe.data):
            raise LinregError(f"cannot write {safe(str(save))}: the data are read from there; give another name.")
    from linreg.problem import pose
    from linreg.trainer import Trainer

    with joined() as ranks, _silent(ranks.rank > 0):
        quiet = quiet or ranks.rank > 0
        trainer = Trainer(pose(recipe, watched if not quiet and can_redraw(sys.stderr) else None, ranks))
        return _train(trainer, PRINTERS[format_](trainer, sys.stdout, quiet), quiet, None if ranks.rank else save)


@contextmanager
def _silent(really: bool) -> Iterator[None]:
    """Send standard output nowhere, if really so: of several processes only the first has data to print."""
    if not really:
        yield
        return
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield


class _Output:
    """Standard output, until it breaks: then the run is cut short, and what was reached is still saved."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.broken: OSError | None = None

    def print(self, moment: Callable[..., None], *arguments: object) -> None:
        if self.broken is None:
            try:
                moment(*arguments)
                self._stream.flush()
            except OSError as problem:
                self.broken = problem


def _train(trainer: "Trainer", printer: "Printer", quiet: bool, save: Path | None) -> int:
    """Run to the end or to a signal, print on the way, and keep what was reached whatever becomes of the output."""
    from linreg.console import ProgressBar, can_redraw, introduction, summary
    from linreg.interruption import Interruption
    from linreg.result import result_of

    if not quiet:
        narrate(introduction(trainer))
    output, bar = _Output(sys.stdout), ProgressBar(trainer, shown=not quiet and can_redraw(sys.stderr))
    on_screen, ranks, ended_by = sys.stdout.isatty(), trainer.problem.ranks, None
    with Interruption().listening() as interruption, bar, redirect_stdout(sys.stderr):  # a module prints no data
        output.print(printer.start)
        recipe = trainer.problem.recipe
        for trace in trainer.run(stride=max(1, recipe.epochs) if quiet else recipe.every):
            if on_screen and printer.writes(trace):
                bar.make_way()
            output.print(printer.epochs, trace)
            bar.update()
            ended_by = ranks.any(interruption.signal)
            if ended_by is not None:
                trainer.interrupt(f"ended by {ended_by.name}")
            elif ranks.any(output.broken) is not None:
                trainer.interrupt("nobody reads the output")
    result = result_of(trainer)
    if save is not None:
        from linreg.fitted import FittedModel

        FittedModel.of(trainer, result).save(save)
    output.print(printer.result, result)
    if output.broken is not None:
        raise output.broken
    if not quiet:
        for line in summary(trainer, result):
            narrate(line)
    return _status(result, ended_by, quiet)


def _status(result: "Result", ended_by: signal.Signals | None, quiet: bool) -> int:
    if result.status == "interrupted" and ended_by is not None:
        return 128 + ended_by
    if result.status == "diverged":
        return complain(result.warnings[-1], DIVERGED) if quiet else DIVERGED
    return 0
