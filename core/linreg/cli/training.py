"""What ``linreg run`` and ``linreg resume`` share: run to the end or to a signal, and keep what was reached."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from linreg.cli.options import RowFormat
from linreg.cli.status import DIVERGED, complain, narrate
from linreg.errors import ExistsError, OutputError
from linreg.phase import Phase
from linreg.text import safe

if TYPE_CHECKING:
    from linreg.arrays import Batch
    from linreg.cli.printing.epochs import Printer
    from linreg.data.table import Source
    from linreg.trace import Trace
    from linreg.training.result import Result
    from linreg.training.trainer import Trainer


def unwatched(source: "Source") -> "Iterator[Batch]":
    """Hand on a source's batches, and say nothing."""
    return source.batches()


@contextmanager
def silent(really: bool) -> Iterator[None]:
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


class Training:
    """What trains, as the command drives it: a trainer by itself.

    Attributes
    ----------
    trainer
        Where it stands.
    quiet
        Whether only the last row is printed.
    """

    def __init__(self, trainer: "Trainer", quiet: bool) -> None:
        self.trainer, self.quiet = trainer, quiet

    @property
    def stride(self) -> int:
        """How many epochs lie between two that are printed."""
        problem = self.trainer.problem
        return max(1, problem.last_epoch) if self.quiet else problem.every

    def traces(self) -> "Iterator[Trace]":
        """Run to the end, block by block."""
        return self.trainer.run(stride=self.stride)

    def interrupt(self, reason: str) -> None:
        """End the run after the block that is being run."""
        self.trainer.interrupt(reason)

    def end(self) -> str:
        """Write what is to be kept, and return the name under which the run can be taken up; empty: it can't."""
        return ""

    def fail(self, problem: BaseException) -> None:
        """Write that the run broke off."""

    def notices(self) -> tuple[str, ...]:
        """Return what the user must be told."""
        return ()


def train(training: Training, format_: RowFormat, quiet: bool, save: Path | None, *, replaces: bool = False) -> int:
    """Run to the end or to a signal, print on the way, and keep what was reached whatever becomes of the output."""
    from linreg.cli.printing.epochs import PRINTERS

    output = _Output(sys.stdout)
    printer: Printer = PRINTERS[format_](training.trainer, sys.stdout, quiet)
    search = training.trainer.problem.minimum_search
    try:
        ended_by = _through(training, printer, output, quiet)
    except BaseException as problem:
        search.cancel()
        training.fail(problem)
        raise
    if ended_by is None and output.broken is None:
        with suppress(KeyboardInterrupt):  # who does not want to wait for it has the result without
            search.find()
    search.cancel()
    trainer, name = training.trainer, training.end()
    result = trainer.result()
    refused = None if save is None else _saved(trainer, result, save, replaces)
    output.print(printer.result, result)
    for notice in training.notices():
        narrate(f"warning: {notice}")
    if output.broken is not None:
        raise output.broken
    if refused is not None:
        raise refused
    if not quiet:
        _sum_up(trainer, result, name)
    return _status(result, ended_by, quiet)


def _saved(trainer: "Trainer", result: "Result", path: Path, replaces: bool) -> OutputError | None:
    """Save the model where it was asked for, or beside a file that has come there since; return what went wrong."""
    from linreg.training.fitted import FittedModel

    model = FittedModel.of(trainer, result)
    try:
        model.save(path, replaces=replaces)
    except OutputError as problem:
        return problem
    except ExistsError:
        for number in count(2):
            other = path.with_name(f"{path.stem}-{number}{path.suffix}")
            with suppress(ExistsError):
                model.save(other, replaces=False)
                return OutputError(f"{safe(str(path))} has come meanwhile: the model is saved as {safe(str(other))}.")
    return None


def _through(training: Training, printer: "Printer", output: _Output, quiet: bool) -> signal.Signals | None:
    """Go through the epochs, and return the signal that ended them, if one did."""
    from linreg.cli.printing.progress import ProgressBar, can_redraw
    from linreg.cli.signals import Interruption

    trainer = training.trainer
    bar = ProgressBar(trainer, shown=not quiet and can_redraw(sys.stderr))
    on_screen, ranks, ended_by = sys.stdout.isatty(), trainer.problem.ranks, None
    with Interruption().listening() as interruption, bar, redirect_stdout(sys.stderr):  # a module prints no data
        output.print(printer.start)
        for trace in training.traces():
            if on_screen and printer.writes(trace):
                bar.make_way()
            output.print(printer.epochs, trace)
            for notice in training.notices():
                bar.make_way()
                narrate(f"warning: {notice}")
            bar.update()
            ended_by = ranks.any(interruption.signal)
            if ended_by is not None:
                training.interrupt(f"ended by {ended_by.name}")
            elif ranks.any(output.broken) is not None:
                training.interrupt("nobody reads the output")
    return ended_by


def _sum_up(trainer: "Trainer", result: "Result", name: str) -> None:
    from linreg.cli.printing.narration import summary

    for line in summary(trainer, result):
        narrate(line)
    if name and result.status is Phase.INTERRUPTED:
        narrate(f"linreg resume {shlex.quote(safe(name))} goes on from epoch {trainer.epoch + 1:,}")


def _status(result: "Result", ended_by: signal.Signals | None, quiet: bool) -> int:
    if result.status is Phase.INTERRUPTED and ended_by is not None:
        return 128 + ended_by
    if result.status is Phase.DIVERGED:
        return complain(result.warnings[-1], DIVERGED) if quiet else DIVERGED
    return 0
