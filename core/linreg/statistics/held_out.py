"""Rows that are held out from a fit, on their way and as they stay: their moments, and the score that they give.

A share of the rows is dealt by a seed as cross-validation deals its folds: 0.2 is the first of five.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite, sqrt
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Batch, Matrix, Vector, WeightedBatch
from linreg.checks import FEWEST_HELD_OUT
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.numerics.weighting import WeightedMoments
from linreg.statistics.folds import Deal
from linreg.text import safe


@dataclass(frozen=True, slots=True)
class Score:
    """How well parameters predict rows that were held out.

    Attributes
    ----------
    n_samples
        How many they are.
    cost
        By the recipe's own criterion and reduction, over them.
    rmse
        Root of the mean squared error, in the target's units; of weighted rows the weighted one.
    r2
        1 − SSE / SST about their own mean; None where their target is constant.
    """

    n_samples: int
    cost: float
    rmse: float
    r2: float | None

    def words(self, rmse: float | None) -> str:
        """Say it beside the root mean squared error of the rows that were trained on."""
        own = "" if rmse is None else f"RMSE {rmse:.6g}; "
        rows = "row" if self.n_samples == 1 else "rows"
        r2 = "" if self.r2 is None or not isfinite(self.r2) else f", {r2_words(self.r2)}"
        return f"{own}of {self.n_samples:,} {rows} held out: RMSE {self.rmse:.6g}{r2}"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Rows that are held out, in the data's own units.

    Attributes
    ----------
    n_samples, n_dropped
        How many they are, and how many of a file of their own were left out because a cell was missing.
    moments
        Theirs; None of many features, where the rows are kept.
    X, y
        ``(n_samples, n_features)`` and ``(n_samples,)``, where the engine needs rows; None where moments do.
    file
        The name of their own file; empty where they are a share of the rows.
    """

    n_samples: int
    moments: Moments | None
    X: Matrix | None = None
    y: Vector | None = None
    n_dropped: int = 0
    file: str = ""

    @property
    def words(self) -> str:
        """Say how many they are, and where they come from."""
        source = f" in {safe(Path(self.file).name)}" if self.file else " besides"
        dropped = f", {self.n_dropped:,} dropped" if self.n_dropped else ""
        return f"{self.n_samples:,} held out{source}{dropped}"


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Residuals as a matrix product with the parameters as trained: of every row, or as many as have the same squares.

    Attributes
    ----------
    A, target
        ``(n_residuals, n_parameters)`` and ``(n_residuals,)``.
    n_samples
        The rows that they stand for.
    """

    A: Matrix
    target: Vector
    n_samples: int

    def __len__(self) -> int:
        return len(self.target)

    @classmethod
    def of_moments(cls, moments: Moments, scaling: Scaling, *, bias: bool) -> Self:
        """Return a few whose squares add up to those of all rows: those about the rows' mean, and of the mean."""
        root, mean = moments.root(), moments.mean
        weight = sqrt(moments.n_samples)
        A = np.vstack([root[:, :-1] / scaling.scale, weight * scaling.apply(mean[:-1])])
        ones = np.append(np.zeros(len(root)), weight)[:, np.newaxis]
        target = np.append(root[:, -1], weight * mean[-1])
        return cls(np.hstack([A, ones]) if bias else A, target, moments.n_samples)

    @classmethod
    def of_rows(cls, X: Matrix, y: Vector, scaling: Scaling, *, bias: bool) -> Self:
        """Return those of all rows, X ``(n_samples, n_features)`` in the data's own units."""
        A = scaling.apply(X)
        return cls(np.hstack([A, np.ones((len(y), 1))]) if bias else A, y, len(y))

    def at(self, parameters: Matrix) -> Matrix:
        """Return them at parameters ``(n_epochs, n_parameters)``, ``(n_epochs, n_residuals)``.

        Of each epoch by a product of its own: one of all together would round differently with their number.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            residuals: Matrix = self.target - np.matmul(self.A, parameters[..., np.newaxis])[..., 0]
        return residuals


class Division:
    """Takes the rows that are held out from batches that go by once.

    Parameters
    ----------
    share
        Which part of the rows is held out, and by which seed.
    totals
        What adds up those that are taken.
    is_kept
        Whether the rows themselves are wanted, besides their moments.
    """

    def __init__(self, share: tuple[float, int], totals: "Totals", *, is_kept: bool) -> None:
        part = Fraction(share[0]).limit_denominator(FEWEST_HELD_OUT)
        self._of_each, self._deal = part.numerator, Deal(part.denominator, share[1])
        self._totals, self._is_kept, self._kept = totals, is_kept, list[Batch]()

    @property
    def n_taken(self) -> int:
        """How many rows have been taken so far."""
        return self._totals.n_samples

    def rest(self, batch: Batch) -> Batch:
        """Take some of the rows, and return the others."""
        is_taken = self._deal.next(len(batch[1])) < self._of_each
        if is_taken.any():
            taken = _chosen(batch, is_taken)
            self._totals.add(taken)
            if self._is_kept:
                self._kept.append((taken[0], taken[1]))
        return _chosen(batch, ~is_taken)

    def held_out(self, n_trained_on: int) -> HeldOut:
        """Return what was taken.

        Raises
        ------
        LinregError
            There is not a row, or so few are trained on.
        """
        if not self._totals.n_samples:
            rows = "the only row" if n_trained_on == 1 else f"any of the {n_trained_on:,} rows"
            raise LinregError(f"--hold-out does not take {rows}: give a larger share, or a file of others.")
        return self._totals.held_out(self._kept)


class Totals:
    """The moments of rows that are held out, on their way; where they are wanted."""

    def __init__(self, n_features: int, *, has_moments: bool) -> None:
        self._has_moments, self.n_samples = has_moments, 0
        nothing = np.empty((0, n_features)), np.empty(0)
        self._plain, self._weighted = Moments.of(*nothing), WeightedMoments.of(*nothing, np.empty(0))

    def add(self, batch: Batch) -> None:
        """Add rows."""
        self.n_samples += len(batch[1])
        if isinstance(batch, WeightedBatch):
            self._weighted += WeightedMoments.of(*batch, batch.weights)
        elif self._has_moments:
            self._plain += Moments.of(*batch)

    def held_out(self, kept: Iterable[Batch], n_dropped: int = 0, file: str = "") -> HeldOut:
        """Return the rows that were added, those of weight 0 not counted.

        Raises
        ------
        LinregError
            None of them counts.
        """
        moments, n_samples = self._plain, self.n_samples
        if self._weighted.weight:
            moments = self._weighted.scaled()
            n_samples = moments.n_samples
        elif self._has_moments and not moments.n_samples:
            raise LinregError("every row that is held out has weight 0; hold out rows that count.")
        if self._has_moments:
            moments = replace(moments, factor=moments.root())  # taken apart once, and not for every block of epochs
        parts = list(kept)
        return HeldOut(
            n_samples=n_samples,
            moments=moments if self._has_moments else None,
            X=np.concatenate([X for X, _ in parts]) if parts else None,
            y=np.concatenate([y for _, y in parts]) if parts else None,
            n_dropped=n_dropped,
            file=file,
        )


def _chosen(batch: Batch, is_chosen: NDArray[np.bool_]) -> Batch:
    X, y = batch
    if isinstance(batch, WeightedBatch):
        return WeightedBatch.of(X[is_chosen], y[is_chosen], batch.weights[is_chosen])
    return X[is_chosen], y[is_chosen]


def r2_words(r2: float) -> str:
    """Name a share of the target's variance with six decimals; one that is far below 0, after a divergence, shortly."""
    return f"R² {r2:.6f}" if abs(r2) < 1e6 else f"R² {r2:.6g}"
