"""What ``linreg run`` and ``linreg resume`` share: run to the end or to a signal, and keep what was reached."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, redirect_stdout
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from linreg.atomic import check_destination
from linreg.cli.status import DIVERGED, complain, narrate
from linreg.errors import LinregError
from linreg.safe import safe, shortened

if TYPE_CHECKING:
    from linreg.printers import Printer
    from linreg.recipe import Recipe
    from linreg.recording import Recording
    from linreg.result import Result
    from linreg.trace import Trace
    from linreg.trainer import Trainer


def printer_of(format_: str) -> Any:
    """Return the class of a format's printer.

    Raises
    ------
    LinregError
        There is no such format.
    """
    from linreg.printers import PRINTERS

    if format_ not in PRINTERS:
        raise LinregError(f"--format takes one of {', '.join(PRINTERS)}, not {shortened(repr(format_))}.")
    return PRINTERS[format_]


def check_model(save: Path | None, recipe: "Recipe") -> None:
    """Refuse a file for the model that could not be written, or that the data are read from.

    Raises
    ------
    LinregError
        It is such a file.
    """
    if save is None:
        return
    check_destination(save)
    if save.exists() and os.path.exists(recipe.data) and save.samefile(recipe.data):
        raise LinregError(f"cannot write {safe(str(save))}: the data are read from there; give another name.")


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


def train(
    trainer: "Trainer",
    printer: "Printer",
    quiet: bool,
    save: Path | None,
    recording: "Recording | None" = None,
    before: "Iterable[Trace]" = (),
) -> int:
    """Run to the end or to a signal, print on the way, and keep what was reached whatever becomes of the output.

    Parameters
    ----------
    before
        Epochs to go through before those that the trainer runs by itself.
    """
    with recording or nullcontext():
        output = _Output(sys.stdout)
        ended_by = _through(trainer, _recorded(_traces(trainer, quiet, before), recording), printer, output, quiet)
        from linreg.result import result_of

        result = result_of(trainer)
        is_kept = recording is not None and recording.finish(result)
    if save is not None:
        from linreg.fitted import FittedModel

        FittedModel.of(trainer, result).save(save)
    output.print(printer.result, result)
    if recording is not None:
        _tell(recording)
    if output.broken is not None:
        raise output.broken
    if not quiet:
        _sum_up(trainer, result, recording if is_kept else None)
    return _status(result, ended_by, quiet)


def _traces(trainer: "Trainer", quiet: bool, before: "Iterable[Trace]") -> "Iterator[Trace]":
    recipe = trainer.problem.recipe
    return chain(before, trainer.run(stride=max(1, recipe.epochs) if quiet else recipe.every))


def _recorded(traces: "Iterator[Trace]", recording: "Recording | None") -> "Iterator[Trace]":
    return traces if recording is None else recording.watch(traces)


def _through(
    trainer: "Trainer", traces: "Iterator[Trace]", printer: "Printer", output: _Output, quiet: bool
) -> signal.Signals | None:
    """Go through the epochs, and return the signal that ended them, if one did."""
    from linreg.console import ProgressBar, can_redraw
    from linreg.interruption import Interruption

    bar = ProgressBar(trainer, shown=not quiet and can_redraw(sys.stderr))
    on_screen, ranks, ended_by = sys.stdout.isatty(), trainer.problem.ranks, None
    with Interruption().listening() as interruption, bar, redirect_stdout(sys.stderr):  # a module prints no data
        output.print(printer.start)
        for trace in traces:
            if on_screen and printer.writes(trace):
                bar.make_way()
            output.print(printer.epochs, trace)
            bar.update()
            ended_by = ranks.any(interruption.signal)
            if ended_by is not None:
                trainer.interrupt(f"ended by {ended_by.name}")
            elif ranks.any(output.broken) is not None:
                trainer.interrupt("nobody reads the output")
    return ended_by


def _tell(recording: "Recording") -> None:
    """Say what the disk refused: who wants a run recorded must know that it is not, however quiet the rest."""
    for notice in recording.notices():
        narrate(f"warning: {notice}")


def _sum_up(trainer: "Trainer", result: "Result", resumable: "Recording | None") -> None:
    from linreg.console import summary

    for line in summary(trainer, result):
        narrate(line)
    if resumable is not None and result.status == "interrupted":
        narrate(f"linreg resume {shlex.quote(safe(resumable.run.name))} goes on from epoch {trainer.epoch + 1:,}")


def _status(result: "Result", ended_by: signal.Signals | None, quiet: bool) -> int:
    if result.status == "interrupted" and ended_by is not None:
        return 128 + ended_by
    if result.status == "diverged":
        return complain(result.warnings[-1], DIVERGED) if quiet else DIVERGED
    return 0
