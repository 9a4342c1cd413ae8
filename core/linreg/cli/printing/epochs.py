"""The formats of standard output: the lecture's lines, a table, JSON lines, CSV.

Each is a printer with the same three moments: the start, a block of epochs, the result.
"""

import csv
from collections.abc import Iterator
from typing import Any, Protocol, TextIO

import numpy as np

from linreg.cli.printing.due_epochs import DueEpochs
from linreg.cli.printing.tables import print_numbers
from linreg.export.column_names import epoch_columns
from linreg.export.epochs import EpochRow
from linreg.files.json_lines import to_json
from linreg.text import safe
from linreg.trace import Trace
from linreg.training.result import Result
from linreg.training.trainer import Trainer

LECTURE_DIGITS = ".3f"
FULL_DIGITS = ".6g"
LARGEST_IN_FULL = 1e15
"""From here on a float64 has no decimals, and a diverging run would fill the screen with its digits."""
MOST_WEIGHTS = 32
"""So many weights a line has on a terminal, which a thousand would fill; a file gets them all."""


class Printer(Protocol):
    """One format of standard output."""

    def start(self) -> None:
        """Say what is about to run."""

    def epochs(self, trace: Trace) -> None:
        """Print the rows of a block that are due."""

    def writes(self, trace: Trace) -> bool:
        """Whether `epochs` has a row of this block to print at once."""

    def result(self, result: Result) -> None:
        """Print what the run came to, with its last row if it is not yet there."""


class TextPrinter:
    """The lecture's lines, to the letter."""

    def __init__(self, trainer: Trainer, out: TextIO, quiet: bool) -> None:
        self._trainer, self._out, self._rows = trainer, out, DueEpochs(trainer, quiet)
        self._w_digits, self._b_digits, self._cost_digits = column_digits(trainer)
        self._n_shown = MOST_WEIGHTS if out.isatty() and len(self._w_digits) > MOST_WEIGHTS else len(self._w_digits)

    def start(self) -> None:
        """Print nothing: the lecture's program does not."""

    def epochs(self, trace: Trace) -> None:
        """Print the rows that are due."""
        for row in self._rows.due(trace):
            self._print(row)

    def writes(self, trace: Trace) -> bool:
        """Whether a row is due."""
        return self._rows.any_due(trace)

    def result(self, result: Result) -> None:
        """Print the last row."""
        for row in self._rows.rest():
            self._print(row)

    def _print(self, row: EpochRow) -> None:
        epoch, w, b, cost, *_ = row
        problem = self._trainer.problem
        last = problem.last_epoch
        if problem.recipe.module is not None:  # the lecture's third program prints no parameters, and six decimals
            line = f"Epoch {epoch:4d}/{last:4d} Cost: {shown(cost, '.6f')}"
        else:
            some = zip(w[: self._n_shown], self._w_digits[: self._n_shown], strict=True)
            numbers = " ".join(shown(number, digits) for number, digits in some)
            more = f" … {len(w) - self._n_shown:,} more" if len(w) > self._n_shown else ""
            weights = numbers if len(w) == 1 else f"[{numbers}{more}]"
            bias = "" if b is None else f" b:{shown(b, self._b_digits)}"
            line = f"Epoch {epoch:5d}/{last} w:{weights}{bias} cost: {shown(cost, self._cost_digits)}"
        self._out.write(line + "\n")


class CsvPrinter:
    """A header and the rows, in full precision."""

    def __init__(self, trainer: Trainer, out: TextIO, quiet: bool) -> None:
        self._trainer, self._out, self._rows = trainer, out, DueEpochs(trainer, quiet)
        self._writer = csv.writer(out, lineterminator="\n")

    def start(self) -> None:
        """Print the header; on a terminal its names are made safe, in a file they are kept."""
        names = epoch_columns(self._trainer.weight_names, has_bias(self._trainer), holds_out(self._trainer))
        self._writer.writerow([safe(name) for name in names] if self._out.isatty() else names)

    def epochs(self, trace: Trace) -> None:
        """Print the rows that are due."""
        self._print(self._rows.due(trace))

    def writes(self, trace: Trace) -> bool:
        """Whether a row is due."""
        return self._rows.any_due(trace)

    def result(self, result: Result) -> None:
        """Print the last row."""
        self._print(self._rows.rest())

    def _print(self, rows: Iterator[EpochRow]) -> None:
        self._writer.writerows(row.cells() for row in rows)


class JsonPrinter:
    """One JSON object a line: a start, the epochs, the result."""

    def __init__(self, trainer: Trainer, out: TextIO, quiet: bool) -> None:
        self._trainer, self._out, self._quiet, self._rows = trainer, out, quiet, DueEpochs(trainer, quiet)

    def start(self) -> None:
        """Print what is about to run."""
        if self._quiet:
            return
        problem = self._trainer.problem
        self._print(
            event="start",
            recipe=problem.settled_recipe.as_dict(),
            n_samples=problem.n_samples,
            n_features=len(problem.features),
            n_dropped=problem.n_dropped,
            features=problem.features,
            target=problem.target,
            device=self._trainer.device,
            engine=problem.choice.name,
            engine_reason=problem.choice.reason,
            dtype=self._trainer.dtype,
            learning_rate=self._trainer.engine.learning_rate,
            largest_stable_learning_rate=problem.largest_stable_learning_rate,
            condition_number=None if problem.quadratic is None else problem.quadratic.condition_number,
        )

    def epochs(self, trace: Trace) -> None:
        """Print the rows that are due."""
        self._print_rows(self._rows.due(trace))

    def writes(self, trace: Trace) -> bool:
        """Whether a row is due."""
        return self._rows.any_due(trace)

    def result(self, result: Result) -> None:
        """Print the last row and the result."""
        if not self._quiet:
            self._print_rows(self._rows.rest())
        self._print(event="result", **result.as_dict())

    def _print_rows(self, rows: Iterator[EpochRow]) -> None:
        for row in rows:
            self._print(**row.event(self._trainer.weight_names))

    def _print(self, **record: Any) -> None:
        self._out.write(to_json(record) + "\n")


class TablePrinter:
    """A table, whole at the end, when the widths of its columns are known."""

    def __init__(self, trainer: Trainer, out: TextIO, quiet: bool) -> None:
        self._trainer, self._out, self._rows = trainer, out, DueEpochs(trainer, quiet)
        self._kept: list[EpochRow] = []

    def start(self) -> None:
        """Print nothing yet."""

    def epochs(self, trace: Trace) -> None:
        """Keep the rows that are due."""
        self._kept.extend(self._rows.due(trace))

    def writes(self, trace: Trace) -> bool:
        """Nothing is written before the end."""
        return False

    def result(self, result: Result) -> None:
        """Print the table."""
        self._kept.extend(self._rows.rest())
        bias = has_bias(self._trainer)
        also = holds_out(self._trainer)
        names = epoch_columns(self._trainer.weight_names, bias, also)
        rows = [[f"{row.epoch:,}", *(f"{number:{FULL_DIGITS}}" for number in row.numbers)] for row in self._kept]
        print_numbers(self._out, names, rows, n_last=1 + bias + also)


PRINTERS: dict[str, Any] = {"text": TextPrinter, "table": TablePrinter, "json": JsonPrinter, "csv": CsvPrinter}


def has_bias(trainer: Trainer) -> bool:
    """Whether b is a column of its own."""
    recipe = trainer.problem.recipe
    return recipe.bias and recipe.module is None


def holds_out(trainer: Trainer) -> bool:
    """Whether rows are held out, whose cost is a column of its own."""
    return trainer.problem.held_out is not None


def shown(number: float, digits: str) -> str:
    """Format a number, with an exponent once it is too large for its decimals to mean anything."""
    return f"{number:{digits if abs(number) < LARGEST_IN_FULL else FULL_DIGITS}}"


def column_digits(trainer: Trainer) -> tuple[list[str], str, str]:
    """Choose the digits of w, b and cost: the lecture's three decimals, unless they would hide a number that matters.

    A parameter matters here when its least-squares value, times the spread of its feature, is more than a millionth of
    the target's own size.
    """
    problem = trainer.problem
    n_weights, answer, moments = len(trainer.weight_names), problem.least_squares, problem.moments
    if answer is None or moments is None:
        return [LECTURE_DIGITS] * n_weights, LECTURE_DIGITS, LECTURE_DIGITS
    reach = moments.reach
    b = 0.0 if answer.b is None else answer.b
    parameters, sizes = np.append(answer.w, b), np.append(reach[:-1], 1.0)
    hidden = (np.abs(parameters) < 0.01) & (np.abs(parameters) * sizes > 1e-6 * reach[-1])
    digits = [FULL_DIGITS if hide else LECTURE_DIGITS for hide in hidden]
    cost_digits = LECTURE_DIGITS if answer.cost >= 0.01 else FULL_DIGITS
    return digits[:-1], digits[-1], cost_digits
