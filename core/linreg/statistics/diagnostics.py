"""What the residuals of a least-squares fit say against it: some rows drawn at random, and those that stand out.

Of many rows a random thousand shows the cloud as well as all of them would; what it would miss are the few that decide
the fit, and so these are kept exactly: the largest leverages and Cook's distances, and both tails of the residuals.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.data.sample import Sample
from linreg.statistics import tails
from linreg.statistics.influence import RowDiagnostics

MOST_INFLUENTIAL, TAIL = 10, 25
"""How many rows of the largest leverages and distances, and of either tail of the residuals, are kept."""
_NUMBER, _LEVERAGE, _STANDARDIZED, _DISTANCE = 0, 3, 4, 5
_KEPT = (
    (_LEVERAGE, 1, MOST_INFLUENTIAL),
    (_DISTANCE, 1, MOST_INFLUENTIAL),
    (_STANDARDIZED, 1, TAIL),
    (_STANDARDIZED, -1, TAIL),
)
"""By which column, its end, and how many."""


@dataclass(frozen=True, slots=True, eq=False)
class Diagnostics:
    """The rows of a fit by which it is judged.

    Attributes
    ----------
    target, n_samples, n_dropped
        Of the data.
    n_parameters
        How many the rows determine, b included.
    residual_standard_error
        The square root of the residual variance.
    rows
        Those drawn at random and those that stand out, by their numbers; of few rows all.
    n_drawn
        How many were drawn at random: all where they are few.
    is_drawn
        ``(n,)``, which of `rows` were.
    n_decided
        Rows whose leverage is 1: their residuals say nothing.
    warnings
        One sentence each.
    """

    target: str
    n_samples: int
    n_dropped: int
    n_parameters: int
    residual_standard_error: float
    rows: RowDiagnostics
    n_drawn: int
    is_drawn: NDArray[np.bool_]
    n_decided: int
    warnings: tuple[str, ...] = ()

    @property
    def is_sample(self) -> bool:
        """Whether there are rows that are not among `rows`."""
        return len(self.rows) < self.n_samples

    def said(self) -> str:
        """Say how many rows are drawn, and of how many."""
        if not self.is_sample:
            return "1 row" if self.n_samples == 1 else f"{self.n_samples:,} rows"
        return f"{self.n_drawn:,} of {self.n_samples:,} rows drawn at random, and as rings those that stand out"

    def most_influential(self, n_rows: int = MOST_INFLUENTIAL) -> RowDiagnostics:
        """Return the rows of the largest Cook's distances, the largest first."""
        distance = np.nan_to_num(self.rows.cooks_distance, nan=-1.0)
        return RowDiagnostics.of(self.rows.as_rows()[np.argsort(-distance, kind="stable")[:n_rows]])

    def normal_quantiles(self) -> tuple[Vector, Vector, Vector]:
        """Return normal quantiles, the standardised residuals beside them and the rows' numbers, ``(n,)`` each.

        In both tails of all rows at their exact ranks, between them at those that the sample gives.
        """
        ndtri = tails.special().ndtri
        rows = self.rows.as_rows()
        known = ~np.isnan(rows[:, _STANDARDIZED])
        rows, drawn = rows[known], self.is_drawn[known]
        order = np.argsort(rows[:, _STANDARDIZED], kind="stable")
        rows, drawn = rows[order], drawn[order]
        if not self.is_sample:
            chance = _plotting_positions(np.arange(1, len(rows) + 1), len(rows))
            return ndtri(chance), rows[:, _STANDARDIZED], rows[:, _NUMBER]
        shown, n_all = drawn.copy(), self.n_samples - self.n_decided
        shown[:TAIL] = shown[-TAIL:] = True
        n_between = int(shown.sum()) - 2 * TAIL
        between = _plotting_positions(np.arange(1, n_between + 1), n_between) * (n_all - 2 * TAIL) + TAIL
        low, high = np.arange(1, TAIL + 1), np.arange(n_all - TAIL + 1, n_all + 1)
        ends = [_plotting_positions(ranks, n_all) for ranks in (low, high)]
        chance = np.concatenate([ends[0], between / n_all, ends[1]])
        return ndtri(chance), rows[shown, _STANDARDIZED], rows[shown, _NUMBER]


@dataclass(slots=True)
class Standouts:
    """Draws rows from those that go by, and keeps those that stand out."""

    seed: int = 0
    n_samples: int = 0
    n_decided: int = 0
    _kept: list[Matrix] = field(default_factory=lambda: [np.empty((0, 6)) for _ in _KEPT])
    _sample: Sample = field(default_factory=lambda: Sample(5))

    def add(self, diagnosed: RowDiagnostics) -> None:
        """Let rows go by."""
        rows = diagnosed.as_rows()
        self.n_samples += len(rows)
        self.n_decided += int(np.isnan(diagnosed.standardized).sum())
        self._sample.add(rows[:, :-1], rows[:, -1])
        self._kept = [_largest(kept, rows, *rule) for kept, rule in zip(self._kept, _KEPT, strict=True)]

    def rows(self) -> tuple[RowDiagnostics, NDArray[np.bool_]]:
        """Return the rows by their numbers, and which of them were drawn."""
        drawn = np.column_stack([self._sample.X, self._sample.y])
        together = np.concatenate([drawn, *self._kept])
        numbers, first = np.unique(together[:, _NUMBER], return_index=True)
        return RowDiagnostics.of(together[first]), np.isin(numbers, drawn[:, _NUMBER])


def _largest(kept: Matrix, rows: Matrix, column: int, end: int, most: int) -> Matrix:
    """Return of the rows that are kept and those that come the `most` that are farthest towards an end of a column."""
    values = end * rows[:, column]
    limit = (end * kept[:, column]).min() if len(kept) == most else -np.inf
    together = np.concatenate([kept, rows[values > limit]])  # which NaN never is
    return together[np.argsort(-end * together[:, column], kind="stable")[:most]]


def _plotting_positions(ranks: NDArray[Any], n_rows: int) -> Vector:
    """Return the chance of less than a rank among so many, as R's ``ppoints`` has it (Blom 1958, Hazen 1914)."""
    shift = 3 / 8 if n_rows <= 10 else 1 / 2
    positions: Vector = (ranks - shift) / (n_rows + 1 - 2 * shift)
    return positions


def cook_limits(distance: float, n_parameters: int, leverage: Vector) -> Vector:
    """Return the standardised residual, ``(n,)``, at which a leverage above 0 makes for this Cook's distance."""
    limits: Vector = np.sqrt(distance * n_parameters * (1 - leverage) / leverage)
    return limits


def quartile_line(quantiles: Vector, values: Vector) -> tuple[float, float]:
    """Return slope and intercept of the line through both quartiles, as R's ``qqline`` draws it."""
    ndtri = tails.special().ndtri
    low, high = np.quantile(values, [0.25, 0.75])
    slope = float((high - low) / (ndtri(0.75) - ndtri(0.25)))
    return slope, float(low - slope * ndtri(0.25))


def farthest(sizes: Vector, n_places: int = 3) -> list[int]:
    """Return the places of the largest sizes, ``(n,)``, by their absolute values."""
    order = np.argsort(-np.nan_to_num(np.abs(sizes), nan=-1.0), kind="stable")
    places: list[int] = order[:n_places].tolist()
    return places
