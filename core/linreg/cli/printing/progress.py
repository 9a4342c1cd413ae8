"""One steady line on standard error while the plain command is silent for long: how far it is, and how fast."""

from collections.abc import Iterator
from os import environ
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from linreg.arrays import Matrix, Vector
    from linreg.data.table import Source

PATIENCE = 0.5
"""Seconds without a sign of life after which a progress bar is wanted."""
REDRAW = 0.1
"""Seconds between two drawings of a progress bar."""


def can_redraw(stream: TextIO) -> bool:
    """Whether a line on `stream` can be drawn over: it is a terminal, and one that can do more than add lines."""
    return stream.isatty() and environ.get("TERM", "").lower() not in ("dumb", "unknown")


class Advancing(Protocol):
    """What goes from one epoch to the next, and how far it is to go."""

    @property
    def epoch(self) -> int:
        """The last that has run; −1 before the first."""
        ...

    @property
    def last_epoch(self) -> int:
        """The last that will."""
        ...


class ProgressBar:
    """Epochs, epochs a second and the time left, on standard error, while a run is silent for long.

    The bar comes once half a second has passed without a row, and stays between rows that are further apart than that.
    It keeps its time while it is hidden. Used as a context, it is gone at the end.
    """

    def __init__(self, run: Advancing, shown: bool) -> None:
        self._run, self._shown = run, shown
        self._started = self._updated = self._last_row = perf_counter()
        self._rows_are_rare = False
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self._take_off()

    def update(self) -> None:
        """Take note of the epoch and redraw, at most ten times a second."""
        now = perf_counter()
        if not self._shown or now - self._started < PATIENCE or now - self._updated < REDRAW:
            return
        self._updated = now
        if self._progress is None:
            self._progress = _bar("epoch", counted=True)
            self._task = self._progress.add_task("", total=None, pace="")
        n_epochs, total = self._run.epoch + 1, self._run.last_epoch + 1
        pace = f"{n_epochs / (now - self._started):,.0f} epochs/s"
        self._progress.update(self._task, completed=n_epochs, total=total, pace=pace)
        if self._rows_are_rare or now - self._last_row >= PATIENCE:
            self._progress.start()
            self._progress.refresh()

    def make_way(self) -> None:
        """Take the bar off the screen, so that a row can be printed where it was."""
        now = perf_counter()
        self._rows_are_rare, self._last_row = now - self._last_row >= PATIENCE, now
        self._take_off()

    def _take_off(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def watched(source: "Source") -> "Iterator[tuple[Matrix, Vector]]":
    """Hand on a source's batches; once that has taken half a second, show rows, rows a second and the time left."""
    started = updated = perf_counter()
    bar: Any = None
    task: Any = None
    try:
        for batch in source.batches():
            now = perf_counter()
            if now - started >= PATIENCE and now - updated >= REDRAW:
                updated = now
                if bar is None:
                    bar = _bar("reading", counted=False)
                    task = bar.add_task("", total=None, pace="")
                fraction, pace = source.fraction_read, f"{source.n_read / (now - started):,.0f} rows/s"
                total = None if fraction is None else 1.0  # None leaves the bar as it is: it only says that it lives
                bar.update(task, completed=fraction, total=total, pace=f"{source.n_read:,} rows, {pace}")
                bar.start()
                bar.refresh()
            yield batch
    finally:
        if bar is not None:
            bar.stop()


def _bar(what: str, *, counted: bool) -> Any:
    """Make a line for a terminal that can redraw it; `start` and `stop` show and hide it, and keep its time."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    whole = Column(no_wrap=True)  # where room is short, only the bar itself shrinks
    return Progress(
        TextColumn(what),
        *([MofNCompleteColumn(table_column=whole)] if counted else []),
        BarColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(table_column=whole),
        console=Console(stderr=True, force_terminal=True, force_interactive=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
