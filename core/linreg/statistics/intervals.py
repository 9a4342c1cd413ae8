"""Intervals around predictions: of the mean at x, or of the next observation there.

With z = (x − mean) B, B the map that makes the rows' directions orthonormal (`Design.influence`), the variance of a
prediction is s² (1/n + ‖z‖²), the first term only where there is a bias; an observation adds its own s².
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.recipe import Recipe
from linreg.statistics import tails
from linreg.statistics.distance import why_no_scale
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

    @classmethod
    def of_curvature(
        cls, quadratic: Quadratic, scaling: Scaling, answer: LeastSquares, n_samples: int, *, summed: bool = False
    ) -> Self:
        """Take it from the curvature of a mean (or summed) squared error that determines every parameter.

        The inverse of the rows' products is that of the Hessian but for a factor; its block of the weights is that of
        the centred rows, and the products of that with b's say where their middle is.
        """
        bias, n_features = quadratic.bias, len(scaling.scale)
        unit = quadratic.eigenvalues / 2 * (1 if summed else n_samples)
        inverse = (quadratic.eigenvectors / unit) @ quadratic.eigenvectors.T
        of_weights, middle = inverse[:n_features, :n_features], np.zeros(n_features)
        if bias:
            middle = scaling.mean - scaling.scale * np.linalg.solve(of_weights, inverse[:n_features, -1])
        return cls(
            center=middle,
            influence=np.linalg.cholesky(of_weights) / scaling.scale[:, np.newaxis],
            n_samples=n_samples,
            degrees_of_freedom=answer.degrees_of_freedom,
            residual_standard_error=float(np.sqrt(answer.cost * n_samples / answer.degrees_of_freedom)),
            bias=bias,
        )

    def half_widths(self, X: Matrix, level: float, kind: Kind) -> Vector:
        """Return how far the interval of each row of X ``(n, n_features)`` reaches to either side, ``(n,)``.

        Raises
        ------
        LinregError
            The level is not above 0 and below 1.
        """
        check_level(level, "--interval")
        squares = np.square((X - self.center) @ self.influence).sum(axis=1) + (self.bias / self.n_samples)
        if kind == "prediction":
            squares += 1
        quantile = -float(tails.special().stdtrit(self.degrees_of_freedom, (1 - level) / 2))
        half: Vector = quantile * self.residual_standard_error * np.sqrt(squares)
        return half


def spread_of(
    recipe: Recipe, quadratic: Quadratic | None, answer: LeastSquares | None, scaling: Scaling, n_samples: int
) -> Spread | None:
    """Return how sure the predictions of a run's exact answer are; None where that is untrue, or its rows have weights.

    `quadratic` is the cost over the parameters as trained, which `scaling` takes to the units of `answer`.
    """
    if why_no_scale(recipe, answer) or recipe.weights is not None or quadratic is None or answer is None:
        return None
    if not np.isfinite(quadratic.condition_number):
        return None
    return Spread.of_curvature(quadratic, scaling, answer, n_samples, summed=recipe.reduction == "sum")
