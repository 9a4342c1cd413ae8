"""The table of epochs as text: epoch, as many weights as fit, b, cost and its change, in columns that never move.

Where there is room for more, the columns of `EXTRAS` follow. The cost and its excess are those that an epoch started
from; the parameters, and what is measured of them, are those after its step.
"""

from collections.abc import Iterable

import numpy as np

from linreg.arrays import EPSILON, Vector
from linreg.history.epochs import Row
from linreg.training.facts import Facts
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.panels.answer import exact_answer
from linreg_tui.text.alignment import flush_right
from linreg_tui.text.distance import NOTHING, errors_text, excess_text
from linreg_tui.text.numbers import NumberFormat, count, scientific, significant

NUMBERS, CHANGE, GAP = (10, 9), 8, 1
"""Cells of a number, where all columns have room and where they do not; of the change of the cost; between two."""
ELLIPSIS = " …"
HELD_OUT = "held out"
EXCESS, ERRORS, STEP, RATE = "excess", "std. errors", "step length", "rate"
EXTRAS = {EXCESS: 10, RATE: 9, ERRORS: 11, STEP: 11}
"""Columns that join where there is room, the first of them first, with their cells: the excess cost; the learning rate,
once it varies; how many standard errors the farthest parameter is from least squares; the length of the step."""
_WEIGHTS_BEFORE_EXTRAS = 4
"""So many weights are shown, where there are more than fit, before the excess cost takes the place of others."""
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
    varies
        Whether the learning rate does.
    """

    def __init__(self, facts: Facts, width: int, first: int = 0, *, varies: bool = False) -> None:
        names = parameter_names(facts)
        weights = names[:-1] if facts.has_bias else names
        self._n_all, self.first = len(weights), max(0, min(first, len(weights) - 1))
        weights = weights[self.first :]
        self._facts, self.width, self.varies = facts, width, varies
        most = facts.recipe.last_epoch if facts.script is None else max(facts.recipe.last_epoch, _FORESEEN)
        self._epoch = max(len("epoch"), len(count(most)))
        known = _known(facts, varies=varies)
        n_others = facts.has_bias + (facts.recipe.hold_out is not None)
        plan = _plan(width - self._epoch, len(weights), n_others, EXTRAS[EXCESS] if EXCESS in known else 0)
        if facts.recipe.hold_out is not None and not plan[2]:  # of several weights one says less than that cost
            plan = _plan(width - self._epoch, len(weights), n_others, 0, least_weights=0)
        self._number, self._n_weights, n_others, self._shows_change = plan
        self._shows_held_out = facts.recipe.hold_out is not None and n_others > 0
        self._shows_bias = facts.has_bias and n_others > self._shows_held_out
        fits = self._n_weights == len(weights)
        self._ellipsis = "" if fits else ELLIPSIS
        self._n_missing = self._n_all - self._n_weights
        self._formats = _formats(facts, slice(self.first, self.first + self._n_weights), self._number)
        headings = [flush_right(name, self._number) for name in weights[: self._n_weights]]
        others = ["b".rjust(self._number)] * self._shows_bias + ["cost".rjust(self._number)]
        others += [HELD_OUT.rjust(self._number)] * self._shows_held_out
        others += ["Δcost".rjust(CHANGE)] * self._shows_change
        room = width - self._epoch - sum(GAP + len(each) for each in others) - len(self._ellipsis)
        room -= (GAP + self._number) * len(headings)
        self._extras = _joining(known, room) if self._shows_change else ()
        others += [each.rjust(EXTRAS[each]) for each in self._extras]
        room -= sum(GAP + EXTRAS[each] for each in self._extras)
        self._gap = " " * (GAP + (room >= len(headings) + len(others)))
        self.heading = ("epoch" if facts.script is None else "step").rjust(self._epoch) + self._joined(headings, others)

    def _joined(self, weights: Iterable[str], others: Iterable[str]) -> str:
        """Put the cells of a row, or of the heading, beside one another."""
        return "".join(
            [*(self._gap + each for each in weights), self._ellipsis, *(self._gap + each for each in others)]
        )

    def words(self, every: str) -> str:
        """Say what is left out, or else of when the cost is."""
        said = every
        if self.first:
            last = self.first + self._n_weights
            said = f"weights {count(self.first + 1)}–{count(last)} of {count(self._n_all)}, {every}"
        elif self._n_missing:
            said = f"{count(self._n_missing)} more weight{'s' * (self._n_missing > 1)}, {every}"
        after = f", {HELD_OUT} after it" * self._shows_held_out
        return f"{said}, cost{' and excess' * (EXCESS in self._extras)} before the step{after}"

    def row(self, row: Row, before: Row | None) -> tuple[str, str]:
        """Write one epoch, and how its cost differs from that of the epoch before, where that is kept."""
        w, b = self._facts.in_original_units(row.parameters)
        numbers = [form.text(float(x)) for form, x in zip(self._formats, self._shown(w), strict=False)]
        others = [self._formats[-2].text(float(b))] if self._shows_bias and b is not None else []
        others.append(self._formats[-1].text(row.cost))
        if self._shows_held_out:
            held_out = row.held_out_cost
            others.append(NOTHING.rjust(self._number) if held_out is None else self._formats[-1].text(held_out))
        others += [_change(row, before, self._facts.first_epoch)] * self._shows_change
        others += [self._extra(each, row, before).rjust(EXTRAS[each]) for each in self._extras]
        return count(row.epoch).rjust(self._epoch), self._joined(numbers, others)

    def _extra(self, extra: str, row: Row, before: Row | None) -> str:
        """Write what else is known of an epoch."""
        start = self._facts.initial if row.epoch == 0 else None if before is None else before.parameters
        match extra:
            case "excess":
                return excess_text(_share_above(self._facts, row, start), EXTRAS[extra], 3)
            case "rate":
                return significant(row.learning_rate) if row.learning_rate > 0 else NOTHING
            case "std. errors":
                scale = self._facts.error_scale
                away = np.nan if scale is None else float(scale.distance(row.parameters))
                return errors_text(away) if np.isfinite(away) else NOTHING
            case _:
                with np.errstate(over="ignore", invalid="ignore"):  # of one that diverges
                    length = np.nan if start is None else float(np.linalg.norm(row.parameters - start))
                return scientific(length, EXTRAS[extra], digits=3) if np.isfinite(length) and length else NOTHING

    def _shown(self, w: Vector) -> Vector:
        return w[self.first : self.first + self._n_weights]


def _known(facts: Facts, *, varies: bool) -> set[str]:
    """Return what of `EXTRAS` can be told of a run; the length of a step only in the units that the weights are in."""
    is_scaled = facts.is_linear and facts.recipe.standardize
    has_ratio = facts.quadratic is not None and facts.quadratic.floor >= facts.quadratic.reference
    known = {EXCESS: has_ratio, RATE: varies, ERRORS: facts.error_scale is not None, STEP: not is_scaled}
    return {extra for extra, is_known in known.items() if is_known}


def _joining(known: set[str], room: int) -> tuple[str, ...]:
    """Choose the columns that there is room for; the learning rate stands last."""
    joined = []
    for extra, cells in EXTRAS.items():
        if extra in known and room >= cells + GAP:
            joined.append(extra)
            room -= cells + GAP
    return tuple(sorted(joined, key=lambda extra: extra == RATE))


def _share_above(facts: Facts, row: Row, start: Vector | None) -> float | None:
    """Return the excess cost that an epoch started from, over that of least squares; None on earlier rows."""
    quadratic, excess = facts.quadratic, row.excess_cost
    if quadratic is None or (excess is None and start is None) or row.epoch < facts.first_epoch:
        return None
    if excess is None or not np.isfinite(excess):
        excess = np.inf if start is None else float(quadratic.excess(start))
    return excess / quadratic.reference


def _change(row: Row, before: Row | None, first_epoch: int) -> str:
    """Write the change of the cost; from the excess where that is known, on the same rows, as it does not cancel."""
    if before is None:
        return ("" if row.epoch == 0 else "–").rjust(CHANGE)
    known = row.excess_cost is not None and before.excess_cost is not None and before.epoch >= first_epoch
    change = row.excess_cost - before.excess_cost if known else row.cost - before.cost  # type: ignore[operator]
    if not known and abs(change) <= 2 * EPSILON * abs(row.cost):  # of two costs, that is their rounding
        change = 0.0
    return "0".rjust(CHANGE) if change == 0 else scientific(change, CHANGE, signed=True, digits=2).rjust(CHANGE)


def _plan(room: int, n_weights: int, n_others: int, excess: int, least_weights: int = 1) -> tuple[int, int, int, bool]:
    """Choose the cells of a number, how many weights and others are shown, and whether the change of the cost is.

    The cost is always there. What comes next, as far as there is room: `least_weights`, one or none, the held-out cost
    and b, which are the others, the change, some other weights, the column of the excess in so many cells, the rest of
    the weights.
    """
    number = NUMBERS[0]
    if (n_weights + n_others + 1) * (number + GAP) + CHANGE + GAP + (excess + GAP) * bool(excess) > room:
        number = NUMBERS[1]
    each, left = number + GAP, room - (number + GAP)
    first = n_weights >= least_weights > 0 and left >= each + len(ELLIPSIS) * (n_weights > 1)
    left -= each * first
    left -= len(ELLIPSIS) * (n_weights > first)
    n_others = min(n_others, max(0, left // each))
    left -= each * n_others
    shows_change = left >= CHANGE + GAP
    left -= (CHANGE + GAP) * shows_change
    if (n_weights - first) * each <= left + len(ELLIPSIS) * (n_weights > first):
        return number, n_weights, n_others, shows_change
    if left - (excess + GAP) >= (_WEIGHTS_BEFORE_EXTRAS - first) * each:
        left -= (excess + GAP) * bool(excess)
    return number, first + max(0, left // each), n_others, shows_change


def _formats(facts: Facts, shown: slice, number: int) -> list[NumberFormat]:
    """Choose how each column is written, from what is known before the first epoch, so that they never change."""
    w, b = facts.in_original_units(facts.initial)
    sizes = np.abs(w[shown] if b is None else np.append(w[shown], b))
    exact = exact_answer(facts)
    if exact is not None:
        sizes = np.maximum(sizes, np.abs(exact[shown] if b is None else np.append(exact[shown], exact[-1])))
    cost = 0.0 if facts.quadratic is None else facts.quadratic.variance
    return [NumberFormat.of(float(size) or 1.0, number) for size in (*sizes, cost)]
