"""Intervals around predictions: of the mean at x, or of the next observation there.

With z = (x − mean) B, B the map that makes the rows' directions orthonormal (`Design.influence`), the variance of a
prediction is s² (1/n + ‖z‖²), the first term only where there is a bias; an observation adds its own s².
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.statistics.inference import check_level

Kind = Literal["mean", "prediction"]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How sure the predictions of a least-squares fit are.

    Attributes
    ----------
    center
        ``(n_features,)``, the features' means, or 0 without a bias.
    influence
        ``(n_features, rank)``.
    n_samples, degrees_of_freedom
        Rows, and those left over; at least one is.
    residual_standard_error
        s, of one observation.
    bias
        Whether there is one.
    """

    center: Vector
    influence: Matrix
    n_samples: int
    degrees_of_freedom: int
    residual_standard_error: float
    bias: bool

    @classmethod
    def of(cls, moments: Moments, answer: LeastSquares, bias: bool) -> Self:
        """Take it from the moments of rows that leave something over, and the exact answer that follows."""
        design, n_features = moments.design(bias), moments.n_features
        return cls(
            center=moments.mean[:-1] if bias else np.zeros(n_features),
            influence=np.ascontiguousarray(design.influence()[:n_features, : design.rank]),
            n_samples=moments.n_samples,
            degrees_of_freedom=answer.degrees_of_freedom,
            residual_standard_error=float(np.sqrt(answer.cost * moments.n_samples / answer.degrees_of_freedom)),
            bias=bias,
        )

    def half_widths(self, X: Matrix, level: float, kind: Kind) -> Vector:
        """Return how far the interval of each row of X ``(n, n_features)`` reaches to either side, ``(n,)``.

        Raises
        ------
        LinregError
            The level is not above 0 and below 1.
        """
        from scipy.special import stdtrit

        check_level(level, "--interval")
        squares = np.square((X - self.center) @ self.influence).sum(axis=1) + (self.bias / self.n_samples)
        if kind == "prediction":
            squares += 1
        quantile = float(stdtrit(self.degrees_of_freedom, (1 + level) / 2))
        half: Vector = quantile * self.residual_standard_error * np.sqrt(squares)
        return half
