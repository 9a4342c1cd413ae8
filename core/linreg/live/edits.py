"""The rows of a run as somebody changes them by hand: points that come, move and go, noise, and the way back.

Each change gives new rows and leaves the old ones as they were, so that taking it back is handing these out again. The
moments follow by what the change adds and takes away, never by another pass over the rows.
"""

from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from linreg.arrays import Vector, frozen
from linreg.dialect import PLAIN
from linreg.errors import LinregError
from linreg.numerics.exact_sums import ExactSums
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts

if TYPE_CHECKING:
    from linreg.data.table import Table

MOST_ROWS = 1000
"""Rows up to which they are all there to be drawn, and so to be changed."""
NOISE = 0.1
"""The standard deviation of the noise that is added to the targets, in that of the targets themselves."""
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class AddRow:
    """A row more, the last one."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A row elsewhere; `row` counts from 0. Moves of the same row on end are taken back together."""

    row: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """A row less."""

    row: int


@dataclass(frozen=True, slots=True)
class ScatterTargets:
    """Normal noise on every target, another at each time."""


@dataclass(frozen=True, slots=True)
class UndoEdit:
    """The latest change taken back."""


@dataclass(frozen=True, slots=True)
class RedoEdit:
    """The latest change that was taken back made again."""


RowEdit = AddRow | MoveRow | RemoveRow | ScatterTargets | UndoEdit | RedoEdit


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of one feature, ``(n_samples,)`` each, and their exact sums."""

    x: Vector
    y: Vector
    sums: ExactSums

    @classmethod
    def of(cls, x: Vector, y: Vector) -> Self:
        """Add rows up, once."""
        return cls(frozen(x.copy()), frozen(y.copy()), ExactSums.of(x, y))

    @property
    def moments(self) -> Moments:
        """Their moments.

        Raises
        ------
        LinregError
            A column's squares are too large or too small for float64.
        """
        return self.sums.moments(self.x, self.y)

    def table(self, features: tuple[str, ...], target: str) -> "Table":
        """Return them under the names of their columns."""
        from linreg.data.table import Table  # the screen does not wait for what reads files

        return Table(features, target, self.x[:, np.newaxis].copy(), self.y.copy())

    def added(self, x: float, y: float) -> Self:
        """Return them with a row more."""
        _require_finite(x, y)
        if len(self.x) >= MOST_ROWS:
            raise LinregError(f"there are {MOST_ROWS:,} rows, and no more can be added by hand.")
        sums = self.sums.with_row(x, y)
        return replace(self, x=frozen(np.append(self.x, x)), y=frozen(np.append(self.y, y)), sums=sums)

    def removed(self, row: int) -> Self:
        """Return them without a row."""
        self._require(row)
        if len(self.x) == 1:
            raise LinregError("this is the last row, and without one there is nothing to fit.")
        sums = self.sums.with_row(float(self.x[row]), float(self.y[row]), -1)
        return replace(self, x=frozen(np.delete(self.x, row)), y=frozen(np.delete(self.y, row)), sums=sums)

    def moved(self, row: int, x: float, y: float) -> Self:
        """Return them with a row elsewhere."""
        self._require(row)
        _require_finite(x, y)
        sums = self.sums.with_row(float(self.x[row]), float(self.y[row]), -1).with_row(x, y)
        xs, ys = self.x.copy(), self.y.copy()
        xs[row], ys[row] = x, y
        return replace(self, x=frozen(xs), y=frozen(ys), sums=sums)

    def scattered(self, seed: int) -> Self:
        """Return them with normal noise on every target: a tenth of the targets' own spread."""
        return self.of(self.x, self.y + np.random.default_rng(seed).normal(0.0, self.noise, len(self.y)))

    @property
    def noise(self) -> float:
        """How large the noise of `scattered` is, its standard deviation; where all targets are equal, by their size."""
        return NOISE * (float(self.y.std(ddof=1)) if len(self.y) > 1 and np.ptp(self.y) else abs(float(self.y[0])) or 1)

    def _require(self, row: int) -> None:
        if not 0 <= row < len(self.x):
            raise LinregError(f"there is no row {row + 1:,}: there are {len(self.x):,}.")


def _require_finite(*values: float) -> None:
    if not all(map(isfinite, values)):
        raise LinregError("a point has two finite numbers.")


def why_not(facts: Facts) -> str:
    """Say why the rows of a run cannot be changed by hand; nothing where they can be."""
    recipe, n_features = facts.recipe, len(facts.features)
    if facts.script is not None:
        return "a script keeps its rows to itself: they can be changed only where it makes them."
    if n_features != 1:
        return f"rows can be changed by hand where one feature predicts the target; here there are {n_features:,}."
    if recipe.categorical:
        return f"{shortened(facts.features[0])} stands for a category: there is nothing between its two numbers."
    if recipe.weights is not None:
        return "rows of different weights cannot be changed by hand: a new one would have none."
    if recipe.schedule is not None:
        return f"{recipe.schedule} lays the learning rate out over the whole run: choose none to change rows by hand."
    if recipe.hold_out is not None:
        return "rows cannot be changed by hand while others are held out to judge by."
    if facts.n_samples != len(facts.sample_y) or facts.n_samples > MOST_ROWS:
        return f"{facts.n_samples:,} rows are too many to be changed by hand: at most {MOST_ROWS:,} are."
    return ""


def recipe_of_file(recipe: Recipe, path: Path) -> Recipe:
    """Return the recipe that reads its rows from a file that was just written of them.

    Raises
    ------
    LinregError
        It cannot be read again.
    """
    named = replace(
        recipe,
        title="",
        origin="",
        data=str(path),
        dialect=PLAIN,
        target=None,
        features=(),
        exclude=(),
        drop_missing=False,
    )
    from linreg.data.table import open_source

    try:
        open_source(named.data)
    except LinregError:  # the names look like data
        named = replace(named, dialect=PLAIN.changed(header=True))
        open_source(named.data, dialect=named.dialect)
    return named


class Edits:
    """The rows as they are now, and every change of them that can be taken back or made again.

    Attributes
    ----------
    rows
        As they are now.
    named
        As the recipe's own data have them.
    read_from
        What the recipe had for its data when they were read.
    """

    def __init__(self, rows: Rows, read_from: str) -> None:
        self.rows = self.named = rows
        self.read_from = read_from
        self._before: list[tuple[Rows, RowEdit]] = []
        self._undone: list[tuple[Rows, RowEdit]] = []
        self._n_scattered = 0

    def edited(self, edit: RowEdit) -> str:
        """Change the rows; return what is to be said of it, which may be nothing.

        Raises
        ------
        LinregError
            That cannot be done; the rows are as they were.
        """
        if isinstance(edit, UndoEdit):
            self._go(self._before, self._undone, "there is no change of the rows to take back.")
            return ""
        if isinstance(edit, RedoEdit):
            self._go(self._undone, self._before, "no change of the rows was taken back.")
            return ""
        rows = self._changed(edit)
        rows.moments  # noqa: B018 -- raises where they cannot be fitted
        said = f"noise with a standard deviation of {self.rows.noise:.3g} on every target; z takes it back."
        if not self._moves_on(edit):
            self._before = [*self._before, (self.rows, edit)][-_MOST_KEPT:]
        self.rows, self._undone = rows, []
        return said if isinstance(edit, ScatterTargets) else ""

    def _changed(self, edit: AddRow | MoveRow | RemoveRow | ScatterTargets) -> Rows:
        if isinstance(edit, AddRow):
            return self.rows.added(edit.x, edit.y)
        if isinstance(edit, MoveRow):
            return self.rows.moved(edit.row, edit.x, edit.y)
        if isinstance(edit, RemoveRow):
            return self.rows.removed(edit.row)
        self._n_scattered += 1
        return self.rows.scattered(self._n_scattered)

    def _moves_on(self, edit: RowEdit) -> bool:
        """Whether a change goes on with the latest: it moves the row that this one moved, or brought."""
        if not self._before or self._undone or not isinstance(edit, MoveRow):
            return False
        latest = self._before[-1][1]
        is_new = isinstance(latest, AddRow) and edit.row == len(self.rows.x) - 1
        return is_new or (isinstance(latest, MoveRow) and latest.row == edit.row)

    def _go(self, away: list[tuple[Rows, RowEdit]], to: list[tuple[Rows, RowEdit]], else_: str) -> None:
        if not away:
            raise LinregError(else_)
        rows, edit = away.pop()
        to.append((self.rows, edit))
        self.rows = rows
