"""The table of epochs as text: epoch, as many weights as fit, b, cost and its change, in columns that never move."""

import numpy as np

from linreg.arrays import Vector
from linreg.history.epochs import Row
from linreg.numerics.least_squares import EPSILON
from linreg.training.facts import Facts
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.panels.parameter_table import exact_answer
from linreg_tui.text.alignment import flush_right
from linreg_tui.text.numbers import NumberFormat, count, scientific

NUMBERS, CHANGE, GAP = (10, 9), 8, 1
"""Cells of a number, where all columns have room and where they do not; of the change of the cost; between two."""
ELLIPSIS = " …"
_FORESEEN = 999_999
"""Steps that there is room for from the first: of a script nobody knows how many there will be."""


class EpochTable:
    """How the epochs of a run are written in `width` cells.

    Attributes
    ----------
    width
        The cells there are.
    heading
        The names of the columns.
    first
        The first weight that is shown.
    """

    def __init__(self, facts: Facts, width: int, first: int = 0) -> None:
        names = parameter_names(facts)
        weights = names[:-1] if facts.has_bias else names
        self._n_all, self.first = len(weights), max(0, min(first, len(weights) - 1))
        weights = weights[self.first :]
        self._facts, self.width = facts, width
        most = facts.recipe.epochs if facts.script is None else max(facts.recipe.epochs, _FORESEEN)
        self._epoch = max(len("epoch"), len(count(most)))
        plan = _plan(width - self._epoch, len(weights), facts.has_bias)
        self._number, self._n_weights, self._shows_bias, self._shows_change = plan
        fits = self._n_weights == len(weights)
        self._ellipsis = "" if fits else ELLIPSIS
        self._n_missing = self._n_all - self._n_weights
        self._formats = _formats(facts, slice(self.first, self.first + self._n_weights), self._number)
        cells = [" " * GAP + flush_right(name, self._number) for name in weights[: self._n_weights]]
        cells.append(self._ellipsis)
        cells += [f"{name:>{self._number + GAP}}" for name in ("b",) * self._shows_bias + ("cost",)]
        cells += [f"{'Δcost':>{CHANGE + GAP}}"] * self._shows_change
        self.heading = ("epoch" if facts.script is None else "step").rjust(self._epoch) + "".join(cells)

    def words(self, every: str) -> str:
        """Say what is left out, or else of when the cost is."""
        said = every
        if self.first:
            last = self.first + self._n_weights
            said = f"weights {count(self.first + 1)}–{count(last)} of {count(self._n_all)}, {every}"
        elif self._n_missing:
            said = f"{count(self._n_missing)} more weight{'s' * (self._n_missing > 1)}, {every}"
        return f"{said}, cost before the step"

    def row(self, row: Row, before: Row | None) -> tuple[str, str]:
        """Write one epoch, and how its cost differs from that of the epoch before, where that is kept."""
        w, b = self._facts.in_original_units(row.parameters)
        numbers = [form.text(float(x)) for form, x in zip(self._formats, self._shown(w), strict=False)]
        text = "".join(" " * GAP + number for number in numbers) + self._ellipsis
        if self._shows_bias and b is not None:
            text += " " * GAP + self._formats[-2].text(float(b))
        text += " " * GAP + self._formats[-1].text(row.cost)
        if self._shows_change:
            text += " " * GAP + _change(row, before)
        return count(row.epoch).rjust(self._epoch), text

    def _shown(self, w: Vector) -> Vector:
        return w[self.first : self.first + self._n_weights]


def _change(row: Row, before: Row | None) -> str:
    """Write the change of the cost; from the excess where that is known, as it does not cancel."""
    if before is None:
        return ("" if row.epoch == 0 else "–").rjust(CHANGE)
    known = row.excess_cost is not None and before.excess_cost is not None
    change = row.excess_cost - before.excess_cost if known else row.cost - before.cost  # type: ignore[operator]
    if not known and abs(change) <= 2 * EPSILON * abs(row.cost):  # of two costs, that is their rounding
        change = 0.0
    return "0".rjust(CHANGE) if change == 0 else scientific(change, CHANGE, signed=True, digits=2).rjust(CHANGE)


def _plan(room: int, n_weights: int, has_bias: bool) -> tuple[int, int, bool, bool]:
    """Choose the cells of a number, how many weights are shown, and whether b and the change of the cost are.

    The cost is always there. What comes next, as far as there is room: a weight, b, the change, the other weights.
    """
    number = NUMBERS[0]
    if (n_weights + has_bias + 1) * (number + GAP) + CHANGE + GAP > room:
        number = NUMBERS[1]
    each, left = number + GAP, room - (number + GAP)
    first = n_weights > 0 and left >= each + len(ELLIPSIS) * (n_weights > 1)
    left -= each * first
    left -= len(ELLIPSIS) * (n_weights > first)
    shows_bias = has_bias and left >= each
    left -= each * shows_bias
    shows_change = left >= CHANGE + GAP
    left -= (CHANGE + GAP) * shows_change
    if (n_weights - first) * each <= left + len(ELLIPSIS) * (n_weights > first):
        return number, n_weights, shows_bias, shows_change
    return number, first + max(0, left // each), shows_bias, shows_change


def _formats(facts: Facts, shown: slice, number: int) -> list[NumberFormat]:
    """Choose how each column is written, from what is known before the first epoch, so that they never change."""
    w, b = facts.in_original_units(facts.initial)
    sizes = np.abs(w[shown] if b is None else np.append(w[shown], b))
    exact = exact_answer(facts)
    if exact is not None:
        sizes = np.maximum(sizes, np.abs(exact[shown] if b is None else np.append(exact[shown], exact[-1])))
    cost = 0.0 if facts.quadratic is None else facts.quadratic.variance
    return [NumberFormat.of(float(size) or 1.0, number) for size in (*sizes, cost)]
