"""The exact answer, and how sure the rows make it: both from one decomposition of the rows' triangular factor.

The covariance of the estimates is σ² (A'A)⁻¹, and with A = U L V' its diagonal is the squared lengths of the rows of
V L⁻¹: no matrix is inverted and nothing is squared, so a standard error has the digits that the estimate has.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from linreg.arrays import EPSILON, Array
from linreg.numerics.design import Design
from linreg.numerics.factorization import intercept


class Sums(Protocol):
    """What is read of moments, which are some."""

    @property
    def n_samples(self) -> int:
        """Rows."""
        ...

    @property
    def mean(self) -> Array:
        """Of every column, the target's last."""
        ...

    @property
    def left_out(self) -> Array:
        """What rounding left out of the mean."""
        ...

    @property
    def squares(self) -> Array:
        """Of every column's distances from its mean, summed."""
        ...

    @property
    def factor(self) -> Array | None:
        """The rows' factor, where it is kept."""
        ...

    @property
    def mean_weight(self) -> float:
        """Of rows that count differently."""
        ...

    @property
    def log_weights(self) -> float:
        """The sum of their logarithms."""
        ...

    def r2(self, cost: float) -> float | None:
        """Return R² of a mean squared error."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """The exact answer, in the units of the moments that it was asked of.

    Attributes
    ----------
    w, b
        ``(n_features,)`` and the bias, 0 without one. Where many w fit equally well, the smallest (in ‖w‖).
    cost
        The mean squared error of this answer: no parameters have less.
    rank
        Directions of w that the rows determine; a constant feature beside a bias determines none.
    condition_number
        Largest over smallest eigenvalue of the Hessian over w, with every feature centred (where there is a bias) and
        scaled to the same length; infinite where features are collinear. Constant features are left out.
    determined
        Whether float64 can tell the weights from the rows: the features are not collinear, and the condition number is
        below 1/ε = 4.5e15.
    r2
        1 − cost / variance of the target, as `Moments.r2`.
    degrees_of_freedom
        Rows less the parameters that they determine; 0 where nothing is left over, and where there are no rows to ask.
    standard_errors
        ``(n_parameters,)``, of w and then of b where there is one, under errors of equal variance; NaN where the rows
        do not determine the parameter. None without degrees of freedom.
    inflation
        ``(n_features,)``, by how much the other features inflate the variance of each weight (1: not at all); NaN as
        above.
    explained
        The sum of squares that the answer explains: about the target's mean where there is a bias, else about 0.
    is_perfect
        Whether all that is left of the target is rounding, so that the standard errors are rounding too.
    mean_weight, log_weights
        As `Moments` has them: 1 and 0 where all rows count alike.
    """

    w: Array
    b: float
    cost: float
    rank: int
    condition_number: float
    determined: bool
    r2: float | None
    degrees_of_freedom: int = 0
    standard_errors: Array | None = None
    inflation: Array | None = None
    explained: float = 0.0
    is_perfect: bool = False
    mean_weight: float = 1.0
    log_weights: float = 0.0

    @classmethod
    def of(cls, design: Design, moments: Sums) -> Self:
        """Solve for it, in the units of the moments whose design it is."""
        w, n_samples, mean = design.weights(), moments.n_samples, moments.mean
        fitted, condition_number = design.fitted(w), design.condition_number
        squared_error = float(np.square(design.target - fitted).sum())
        undetermined, inflation = design.is_undetermined(), design.inflation()
        errors, degrees_of_freedom = None, max(0, n_samples - design.n_determined)
        if degrees_of_freedom:
            errors = np.where(undetermined, np.nan, design.spread() * np.sqrt(squared_error / degrees_of_freedom))
        target_squares = float(moments.squares[-1]) + n_samples * mean[-1] ** 2
        cost = 0.0 if design.leaves_nothing(squared_error, target_squares) else squared_error / n_samples
        return cls(
            w=w,
            b=0.0 if design.mean is None else intercept(w, mean, moments.left_out),
            cost=cost,
            rank=design.rank,
            condition_number=condition_number if design.is_full else np.inf,
            determined=design.is_full and condition_number * EPSILON < 1,
            r2=moments.r2(cost),
            degrees_of_freedom=degrees_of_freedom,
            standard_errors=errors,
            inflation=np.where(undetermined[: len(w)], np.nan, inflation),
            explained=float(np.square(fitted).sum()),
            is_perfect=design.is_perfect(squared_error, target_squares, from_sums=moments.factor is None),
            mean_weight=moments.mean_weight,
            log_weights=moments.log_weights,
        )

    @property
    def telling_errors(self) -> Array | None:
        """The standard errors where each of them says something: every parameter is determined, the fit not perfect."""
        errors = self.standard_errors
        if errors is None or self.is_perfect or not self.determined or not (errors > 0).all():
            return None
        return errors
