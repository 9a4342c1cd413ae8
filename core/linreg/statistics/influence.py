"""What each row says of a least-squares fit, and how much it decides of it: residual, leverage, Cook's distance.

With q the row's directions, an orthonormal basis of what the rows determine (`Design.influence`), the leverage is ‖q‖².
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Array, Batch, Matrix, Vector, WeightedBatch
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments

LEAST_LEFT = 1e-10
"""A row of which less is left over decides its own prediction: its error says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class RowDiagnostics:
    """Rows of a fit, a number each of ``(n,)``.

    Attributes
    ----------
    number
        Its place among the rows that were used, from 1.
    fitted, residual
        In the target's units.
    leverage
        How much of its own prediction it decides, from 0 to 1.
    standardized
        The residual, times the root of the row's weight, over its standard error; NaN where the leverage is 1.
    cooks_distance
        How far all predictions would move without it, as Cook (1977) measures it; NaN likewise.
    """

    number: Vector
    fitted: Vector
    residual: Vector
    leverage: Vector
    standardized: Vector
    cooks_distance: Vector

    @classmethod
    def of(cls, rows: Matrix) -> "RowDiagnostics":
        """Take the columns of ``(n, 6)``, as `as_rows` returns them."""
        return cls(*rows.T)

    def as_rows(self) -> Matrix:
        """Return them side by side, ``(n, 6)``."""
        return np.column_stack([getattr(self, name) for name in self.__slots__])

    def __len__(self) -> int:
        return len(self.number)


class Influence:
    """The directions and the errors of the rows of a fit.

    Parameters
    ----------
    moments, answer
        Of all rows, and the exact answer that follows.
    """

    def __init__(self, moments: Moments, answer: LeastSquares, bias: bool) -> None:
        self._moments, self._answer, self._bias = moments, answer, bias
        self.design = moments.design(bias)
        self.estimates = self.design.influence()

    def directions(self, batch: Batch) -> tuple[Matrix, Vector]:
        """Return the directions ``(n, n_determined)`` and the errors ``(n,)`` of rows, times the roots of weights."""
        (X, y), moments, n_features = batch, self._moments, self._moments.n_features
        mean = moments.mean if self._bias else np.zeros(n_features + 1)
        rows = X - mean[:-1]
        directions = rows @ self.estimates[:n_features, : self.design.rank]
        error = (y - mean[-1]) - rows @ self._answer.w
        if self._bias:
            directions = np.column_stack([directions, np.full(len(y), 1 / np.sqrt(moments.n_samples))])
        roots = self._roots(batch)
        return (directions, error) if roots is None else (directions * roots[:, np.newaxis], error * roots)

    def diagnose(self, batch: Batch, first: int) -> RowDiagnostics:
        """Diagnose rows, which are numbered from `first` on; those of weight 0 are none."""
        X, y = batch
        directions, error = self.directions(batch)
        leverage, answer = np.minimum(1.0, np.square(directions).sum(axis=1)), self._answer
        left = np.where(1 - leverage < LEAST_LEFT, np.nan, 1 - leverage)
        scale = np.sqrt(answer.cost * self._moments.n_samples / answer.degrees_of_freedom)
        standardized = error / (scale * np.sqrt(left))
        fitted = X @ answer.w + answer.b
        diagnosed = RowDiagnostics(
            number=np.arange(first, first + len(y), dtype=np.float64),
            fitted=fitted,
            residual=y - fitted,
            leverage=leverage,
            standardized=standardized,
            cooks_distance=np.square(standardized) * (leverage / left) / self.design.n_determined,
        )
        if not isinstance(batch, WeightedBatch):
            return diagnosed
        return RowDiagnostics.of(diagnosed.as_rows()[batch.weights > 0])

    def _roots(self, batch: Batch) -> Array | None:
        return np.sqrt(batch.weights / self._moments.mean_weight) if isinstance(batch, WeightedBatch) else None
