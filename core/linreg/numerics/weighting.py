"""Moments of rows that count differently: each squared error times the weight of its row.

Least squares and its standard errors do not change where all weights are multiplied by a number. So the weights are
scaled to a mean of 1 in the end, and what comes of it are moments like any others, whose cost is the weighted mean of
the squared errors. Rows of weight 0 do not count as rows, as in R.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from linreg.arrays import Array
from linreg.errors import LinregError
from linreg.numerics.factorization import FACTORED_CELLS
from linreg.numerics.moments import Moments, combined
from linreg.numerics.spectrum import is_wide

_LEAST = 1e-100
"""Of what rows may count on average, and one over it the most: their squares' sums are finite, and not 0."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightedMoments:
    """Weighted moments on their way: those of several sets of rows add up.

    Attributes
    ----------
    moments
        With the weighted mean, and the weighted cross-products about it.
    weight, log_weight
        The sum of the weights, and of their logarithms.
    """

    moments: Moments
    weight: float
    log_weight: float

    @classmethod
    def of(cls, X: Array, y: Array, weights: Array) -> Self:
        """Add up rows: X ``(n_samples, n_features)``, y and weights ``(n_samples,)``, none below 0.

        Raises
        ------
        LinregError
            The weights, or a column's squares, are too large or too small for float64.
        """
        counts = weights > 0
        rows, weights = np.column_stack([X, y])[counts], weights[counts]
        if not len(rows):
            return cls(Moments.of(np.empty((0, X.shape[1])), np.empty(0)), 0.0, 0.0)
        with np.errstate(over="ignore"):
            total = float(weights.sum())
        usual = total / len(rows)
        if not _LEAST < usual < 1 / _LEAST:
            size, remedy = ("large", "divide") if usual > 1 else ("small", "multiply")
            raise LinregError(
                f"the weights are too {size} for float64, {usual:.3g} on average; {remedy} all of them by a power of "
                "ten, which changes nothing else."
            )
        with np.errstate(over="ignore", invalid="ignore"):
            minimum, maximum = rows.min(axis=0), rows.max(axis=0)
            mean = np.where(minimum == maximum, minimum, weights @ rows / total)
            mean = mean + weights @ (rows - mean) / total  # what the first sum was rounded by
            centred = (rows - mean) * np.sqrt(weights)[:, np.newaxis]
            centred[:, minimum == maximum] = 0.0
            if is_wide(len(rows), X.shape[1]):
                moments = Moments(len(rows), mean, None, minimum, maximum, centred)
            else:
                moments = Moments(len(rows), mean, centred.T @ centred, minimum, maximum)
            if moments.cross is not None and rows.size <= FACTORED_CELLS:
                moments = replace(moments, factor=np.asarray(np.linalg.qr(centred, mode="r")))
        return cls(moments, total, float(np.log(weights).sum()))

    def __add__(self, other: Self) -> Self:
        """Return those of both sets of rows; either may be empty."""
        if not (self.weight and other.weight):
            return self if self.weight else other
        first, second, total = self.moments, other.moments, self.weight + other.weight
        apart, n_samples = second.mean - first.mean, first.n_samples + second.n_samples
        between = apart * np.sqrt(self.weight * (other.weight / total))
        cross, factor = combined(first, second, between)
        moments = Moments(
            n_samples=n_samples,
            mean=first.mean + apart * (other.weight / total),
            cross=cross,
            minimum=np.minimum(first.minimum, second.minimum),
            maximum=np.maximum(first.maximum, second.maximum),
            factor=factor,
        )
        return replace(self, moments=moments, weight=total, log_weight=self.log_weight + other.log_weight)

    def scaled(self) -> Moments:
        """Return the moments for weights of mean 1."""
        moments = self.moments
        if not self.weight:
            return moments
        mean_weight = self.weight / moments.n_samples
        return replace(
            moments,
            cross=None if moments.cross is None else moments.cross / mean_weight,
            factor=None if moments.factor is None else moments.factor / np.sqrt(mean_weight),
            mean_weight=mean_weight,
            log_weights=self.log_weight,
        )
