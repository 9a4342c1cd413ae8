"""What the plain command says: on standard error what runs and what it came to, on standard output tables."""

from collections.abc import Container, Iterator, Sequence
from io import StringIO
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TextIO

from linreg.safe import safe

if TYPE_CHECKING:
    from linreg.result import Result
    from linreg.table import Source
    from linreg.trace import Matrix, Vector
    from linreg.trainer import Trainer

LONGEST_LIST = 12
"""Parameters named in the summary; the rest are counted."""


def print_table(out: TextIO, header: list[str], rows: list[list[str]], numeric: Container[int]) -> None:
    """Print a table, the columns in `numeric` flush right; strangers' names are made safe, and never read as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, name in enumerate(header):
        justify: Any = "right" if index in numeric else "left"
        table.add_column(Text(safe(name)), justify=justify, no_wrap=index in numeric)
    for row in rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    if out.isatty():
        Console(file=out, highlight=False).print(table)
        return
    console = Console(file=StringIO(), width=10_000, highlight=False)  # a file has no edge to wrap at
    with console.capture() as captured:
        console.print(table)
    out.writelines(line.rstrip() + "\n" for line in captured.get().splitlines())


def introduction(trainer: "Trainer") -> str:
    """Say what runs, where, on which engine and why."""
    problem = trainer.problem
    recipe, limit = problem.recipe, problem.largest_stable_learning_rate
    rows = "row" if problem.n_samples == 1 else "rows"
    columns = "feature" if len(problem.features) == 1 else "features"
    dropped = f" ({problem.n_dropped:,} dropped: a cell was missing)" if problem.n_dropped else ""
    stable = "" if limit is None else f" (largest stable {limit:.3g})"
    return (
        f"{safe(Path(recipe.data).name)}: {problem.n_samples:,} {rows}{dropped} × {len(problem.features):,} {columns}, "
        f"{safe(recipe.optimizer)}, learning rate {trainer.engine.learning_rate:.3g}{stable}, {trainer.device}\n"
        f"engine {problem.choice.name}: {problem.choice.reason}"
    )


def summary(trainer: "Trainer", result: "Result") -> Iterator[str]:
    """Say what the run came to: each parameter beside its least-squares value, the cost, the warnings."""
    n_epochs = 0 if result.epoch is None else result.epoch + 1
    pace = f", {n_epochs / result.seconds:,.0f} epochs/s" if result.seconds > 0 and not trainer.jumps else ""
    yield f"{result.status}: {result.reason}, {result.seconds:.3g} s{pace}"
    names, answer = list(result.w), result.least_squares
    shown = names if len(names) <= LONGEST_LIST else names[: LONGEST_LIST - 1]
    labels = [*map(safe, shown), *([] if result.b is None else ["b"]), "cost"]
    now = [*(result.w[name] for name in shown), *([] if result.b is None else [result.b]), result.cost]
    columns = [["", *labels], ["now", *aligned(now)]]
    if answer is not None:
        exact = [*answer.w[: len(shown)], *([] if result.b is None else [answer.b]), answer.cost]
        exact = [
            0.0 if abs(number) < noise else number for number, noise in zip(exact, _noise(trainer, exact), strict=True)
        ]
        columns += [["least squares", *aligned(exact)]]
        columns += [["to go", *aligned([then - here for then, here in zip(exact, now, strict=True)])]]
    yield from _side_by_side(columns)
    if len(names) > len(shown):
        yield f"  (and {len(names) - len(shown):,} more weights: --format json has them all)"
    if result.r2 is not None and isfinite(result.r2):
        yield f"R² {result.r2:.6f}"
    for warning in result.warnings:
        yield f"warning: {warning}"


def aligned(numbers: Sequence[float]) -> list[str]:
    """Format numbers with seven significant digits and their points in one column."""
    parts = [f"{number:.7g}".partition(".") for number in numbers]
    before = max(len(whole) for whole, _, _ in parts)
    after = max(len(point + decimals) for _, point, decimals in parts)
    return [whole.rjust(before) + (point + decimals).ljust(after) for whole, point, decimals in parts]


def _noise(trainer: "Trainer", numbers: Sequence[float]) -> list[float]:
    """Return the size below which a least-squares parameter is only the rounding of its sums; 0 for the cost."""
    moments = trainer.problem.moments
    if moments is None:
        return [0.0] * len(numbers)
    *features, target = moments.reach.tolist()
    sizes = [*(target / reach if reach > 0 else 0.0 for reach in features[: len(numbers) - 1]), target]
    return [*(1e-14 * size for size in sizes[: len(numbers) - 1]), 0.0]


def _side_by_side(columns: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in columns]
    for label, *cells in zip(*columns, strict=True):
        line = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {label.ljust(widths[0])}  {line}".rstrip()


class ProgressBar:
    """Epochs, epochs a second and the time left, on standard error, once a run has lasted half a second."""

    def __init__(self, trainer: "Trainer", shown: bool) -> None:
        self._trainer, self._shown = trainer, shown
        self._started = self._updated = perf_counter()
        self._progress: Any = None
        self._task: Any = None

    def update(self) -> None:
        """Redraw, at most ten times a second."""
        now = perf_counter()
        if not self._shown or now - self._started < 0.5 or now - self._updated < 0.1:
            return
        self._updated = now
        if self._progress is None:
            self._open()
        n_epochs = self._trainer.epoch + 1
        self._progress.update(self._task, completed=n_epochs, pace=f"{n_epochs / (now - self._started):,.0f} epochs/s")
        self._progress.refresh()

    def hide(self) -> None:
        """Take the bar off the screen, so that a line can be printed where it was."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _open(self) -> None:
        total = self._trainer.problem.recipe.epochs + 1
        self._progress = _bar("epoch", counted=True)
        self._task = self._progress.add_task("", total=total, pace="")
        self._progress.start()


def watched(source: "Source") -> "Iterator[tuple[Matrix, Vector]]":
    """Hand on a source's batches; once that has taken half a second, show rows, rows a second and the time left."""
    started = perf_counter()
    bar: Any = None
    task: Any = None
    try:
        for batch in source.batches():
            seconds = perf_counter() - started
            if bar is None and seconds >= 0.5:
                bar = _bar("reading", counted=False)
                task = bar.add_task("", total=1.0, pace="")
                bar.start()
            if bar is not None:
                pace = f"{source.n_read:,} rows, {source.n_read / seconds:,.0f} rows/s"
                fraction = source.fraction_read
                bar.update(task, completed=fraction or 0.0, total=None if fraction is None else 1.0, pace=pace)
                bar.refresh()
            yield batch
    finally:
        if bar is not None:
            bar.stop()


def _bar(what: str, *, counted: bool) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn(what),
        *([MofNCompleteColumn()] if counted else []),
        BarColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
