"""The exact answer, and how sure the rows make it: both from one decomposition of the rows' triangular factor.

The covariance of the estimates is σ² (A'A)⁻¹, and with A = U L V' its diagonal is the squared lengths of the rows of
V L⁻¹: no matrix is inverted and nothing is squared, so a standard error has the digits that the estimate has.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Array

EPSILON: float = float(np.finfo(np.float64).eps)
_PERFECT, _PERFECT_FROM_SUMS = 1e-30, 64 * EPSILON
"""A squared error below this part of the target's squares is nothing but rounding, of the rows' factor or of sums."""
_UNDETERMINED = 1e-6
"""A weight of which more than this part lies along directions that the rows do not determine is not determined."""


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

    @property
    def telling_errors(self) -> Array | None:
        """The standard errors where each of them says something: every parameter is determined, the fit not perfect."""
        errors = self.standard_errors
        if errors is None or self.is_perfect or not self.determined or not (errors > 0).all():
            return None
        return errors


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A and a target with ‖target − A w‖² the squared error at w, taken apart: A / scale = U · diag(lengths) · Vt.

    Attributes
    ----------
    A, target
        ``(n_rows, n_features)`` and ``(n_rows,)``; where there is a bias, without the means.
    mean
        ``(n_features,)``, what the features' means are where there is a bias; else None.
    n_samples
        Rows of the data.
    scale
        ``(n_features,)``, the lengths of A's columns; 1 for a column of zeros.
    U, lengths, Vt
        The singular value decomposition, of which the first `rank` directions count.
    """

    A: Array
    target: Array
    mean: Array | None
    n_samples: int
    scale: Array
    U: Array
    lengths: Array
    Vt: Array
    rank: int

    @classmethod
    def of(cls, A: Array, target: Array, mean: Array | None, n_samples: int, resolution: float) -> Self:
        """Take A apart; a singular value below `resolution`, relative to the largest, counts as 0."""
        norms = np.linalg.norm(A, axis=0)
        scale = np.where(norms > 0, norms, 1.0)
        U, lengths, Vt = np.linalg.svd(A / scale)
        rank = int(np.count_nonzero(lengths > resolution * lengths.max(initial=0.0)))
        return cls(A, target, mean, n_samples, scale, U, lengths, Vt, rank)

    @property
    def is_full(self) -> bool:
        """Whether every feature that changes has a direction of its own."""
        return bool(self.rank == np.count_nonzero(np.any(self.A, axis=0)))

    @property
    def condition_number(self) -> float:
        """Largest over smallest eigenvalue of A'A, of the directions that count."""
        return 1.0 if self.rank == 0 else float((self.lengths[0] / self.lengths[self.rank - 1]) ** 2)

    @property
    def n_determined(self) -> int:
        """How many parameters the rows determine, b included."""
        return self.rank + (self.mean is not None)

    def weights(self) -> Array:
        """Return the w of least squared error, ``(n_features,)``: of many the smallest."""
        explained = (self.U.T[: self.rank] @ self.target) / self.lengths[: self.rank]
        w: Array = self.Vt[: self.rank].T @ explained / self.scale
        if self.rank < len(self.scale):
            free, _ = np.linalg.qr(self.Vt[self.rank :].T / self.scale[:, np.newaxis])
            w -= free @ (free.T @ w)
        return w

    def influence(self) -> Array:
        """Return C ``(n_parameters, n_determined)`` with C C' the estimates' covariance for errors of variance 1.

        The estimates are C times the products of the errors with as many orthonormal directions of the rows: those of
        w, and then the direction of b.
        """
        of_w = self.Vt[: self.rank].T / self.lengths[: self.rank] / self.scale[:, np.newaxis]
        if self.mean is None:
            return of_w
        of_b = np.append(-self.mean @ of_w, 1 / np.sqrt(self.n_samples))
        return np.vstack([np.column_stack([of_w, np.zeros(len(of_w))]), of_b])

    def is_undetermined(self) -> NDArray[np.bool_]:
        """Return which parameters, ``(n_parameters,)``, can be anything without another fit.

        A constant feature beside a bias is; b is not for its sake, for that takes the feature's place.
        """
        free, unseen = self.Vt[self.rank :], ~np.any(self.A, axis=0)
        of_w: NDArray[np.bool_] = np.linalg.norm(free, axis=0) > _UNDETERMINED
        if self.mean is None:
            return of_w
        means = np.where(unseen, 0.0, self.mean / self.scale)
        least = _UNDETERMINED * (float(np.linalg.norm(means)) + 1 / np.sqrt(self.n_samples))
        return np.append(of_w, np.linalg.norm(free @ means) > least)

    def inflation(self) -> Array:
        """Return the variance inflation of each weight, ``(n_features,)``."""
        inflation: Array = np.square(self.Vt[: self.rank].T / self.lengths[: self.rank]).sum(axis=1)
        return inflation

    def is_perfect(self, squared_error: float, target_squares: float, *, from_sums: bool) -> bool:
        """Whether a squared error is only the rounding of the target, whose sum of squares about 0 is given."""
        limit = _PERFECT_FROM_SUMS * float(self.target @ self.target) if from_sums else 0.0
        return squared_error <= max(limit, _PERFECT * target_squares)
