"""The exact answer, and how sure the rows make it: both from one decomposition of the rows' triangular factor.

The covariance of the estimates is σ² (A'A)⁻¹, and with A = U L V' its diagonal is the squared lengths of the rows of
V L⁻¹: no matrix is inverted and nothing is squared, so a standard error has the digits that the estimate has.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import EPSILON, Array
from linreg.numerics.factorization import intercept
from linreg.numerics.spectrum import Spectrum, is_wide, smallest_of, taken_apart

_PERFECT, _PERFECT_FROM_SUMS = 1e-30, 64 * EPSILON
"""A squared error below this part of the target's squares is nothing but rounding, of the rows' factor or of sums."""
_INTERPOLATED = 1e-24
"""The same where there are as many parameters as rows: the answer goes through all of them."""
_UNDETERMINED = 1e-6
"""A weight of which more than this part lies along directions that the rows do not determine is not determined."""


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
    def of(cls, design: "Design", moments: Sums) -> Self:
        """Solve for it, in the units of the moments whose design it is."""
        w, n_samples, mean = design.weights(), moments.n_samples, moments.mean
        fitted, condition_number = design.fitted(w), design.condition_number
        squared_error = float(np.square(design.target - fitted).sum())
        undetermined, inflation = design.is_undetermined(), design.inflation()
        errors, degrees_of_freedom = None, max(0, n_samples - design.n_determined)
        if degrees_of_freedom:
            errors = np.where(undetermined, np.nan, design.spread() * np.sqrt(squared_error / degrees_of_freedom))
        target_squares = float(moments.squares[-1]) + n_samples * mean[-1] ** 2
        nothing = _PERFECT if degrees_of_freedom else _INTERPOLATED
        cost = 0.0 if squared_error <= nothing * target_squares else squared_error / n_samples
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


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A and a target with ‖target − A w‖² the squared error at w, taken apart: A / scale = U · diag(lengths) · Vt.

    Attributes
    ----------
    A, target
        ``(n_rows, n_features)`` and ``(n_rows,)``; where there is a bias, without the means. Of a spectrum of products
        A is None, and the target that along the directions, and the length of the rest.
    mean
        ``(n_features,)``, what the features' means are where there is a bias; else None.
    n_samples
        Rows of the data.
    scale
        ``(n_features,)``, the lengths of A's columns; 1 for a column of zeros.
    unseen
        ``(n_features,)``, which of them are zeros.
    lengths, Vt, along
        The singular value decomposition, of which the first `rank` directions count, and U' target. Vt is square, or
        has no others.
    """

    A: Array | None
    target: Array
    mean: Array | None
    n_samples: int
    scale: Array
    unseen: NDArray[np.bool_]
    lengths: Array
    Vt: Array
    along: Array
    rank: int

    @classmethod
    def of(cls, A: Array, target: Array, mean: Array | None, n_samples: int, resolution: float) -> Self:
        """Take A apart; a singular value below `resolution`, relative to the largest, counts as 0."""
        norms = np.linalg.norm(A, axis=0)
        scale = np.where(norms > 0, norms, 1.0)
        if is_wide(*A.shape):
            U, lengths, Vt = taken_apart(np.ascontiguousarray(A / scale))
            Vt = Vt[: _rank(lengths, resolution)]
        else:
            U, lengths, Vt = np.linalg.svd(A / scale)
        along = (U.T @ target)[: len(lengths)]
        rank = _rank(lengths, resolution)
        return cls(A, target, mean, n_samples, scale, ~np.any(A, axis=0), lengths, Vt, along, rank)

    @classmethod
    def of_spectrum(
        cls,
        spectrum: Spectrum,
        rows: Array | None,
        mean: Array,
        n_samples: int,
        unseen: NDArray[np.bool_],
        resolution: float,
    ) -> Self:
        """Take it from what has been taken apart: rows ``(n, n_features + 1)``, or products where these are None."""
        rank = _rank(spectrum.lengths, resolution)
        return cls(
            A=None if rows is None else rows[:, :-1],
            target=np.append(spectrum.along, spectrum.beyond) if rows is None else rows[:, -1],
            mean=mean,
            n_samples=n_samples,
            scale=spectrum.scale,
            unseen=unseen,
            lengths=spectrum.lengths,
            Vt=spectrum.Vt[:rank],
            along=spectrum.along,
            rank=rank,
        )

    @property
    def is_full(self) -> bool:
        """Whether every feature that changes has a direction of its own."""
        return bool(self.rank == np.count_nonzero(~self.unseen))

    @property
    def condition_number(self) -> float:
        """Largest over smallest eigenvalue of A'A, of the directions that count."""
        return 1.0 if self.rank == 0 else float((self.lengths[0] / self.lengths[self.rank - 1]) ** 2)

    @property
    def n_determined(self) -> int:
        """How many parameters the rows determine, b included."""
        return self.rank + (self.mean is not None)

    def fitted(self, w: Array) -> Array:
        """Return A w, as `target` is."""
        if self.A is not None:
            fitted: Array = self.A @ w
            return fitted
        fitted = np.zeros(len(self.target))
        fitted[: len(self.Vt)] = self.lengths[: len(self.Vt)] * (self.Vt @ (self.scale * w))
        return fitted

    def weights(self) -> Array:
        """Return the w of least squared error, ``(n_features,)``: of many the smallest."""
        explained = self.along[: self.rank] / self.lengths[: self.rank]
        if self.rank < len(self.scale) and len(self.Vt) < len(self.scale):
            smallest = smallest_of(self.Vt[: self.rank], self.scale, explained)
            smallest[self.unseen] = 0.0
            return smallest
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

    def spread(self) -> Array:
        """Return the standard errors for errors of variance 1, ``(n_parameters,)``: the lengths of C's rows."""
        of_w = np.sqrt(self.inflation()) / self.scale
        if self.mean is None:
            return of_w
        of_b = self.Vt[: self.rank] @ (self.mean / self.scale) / self.lengths[: self.rank]
        return np.append(of_w, np.hypot(np.linalg.norm(of_b), 1 / np.sqrt(self.n_samples)))

    def is_undetermined(self) -> NDArray[np.bool_]:
        """Return which parameters, ``(n_parameters,)``, can be anything without another fit.

        A constant feature beside a bias is; b is not for its sake, for that takes the feature's place.
        """
        means = np.zeros(len(self.scale)) if self.mean is None else np.where(self.unseen, 0.0, self.mean / self.scale)
        if len(self.Vt) == len(self.scale):
            free = self.Vt[self.rank :]
            of_w: NDArray[np.bool_] = np.linalg.norm(free, axis=0) > _UNDETERMINED
            of_means = free @ means
        else:
            kept = self.Vt[: self.rank]
            of_w = np.einsum("ij,ij->j", kept, kept) < 1 - _UNDETERMINED**2
            of_means = means - kept.T @ (kept @ means)
        if self.mean is None:
            return of_w
        least = _UNDETERMINED * (float(np.linalg.norm(means)) + 1 / np.sqrt(self.n_samples))
        return np.append(of_w, np.linalg.norm(of_means) > least)

    def inflation(self) -> Array:
        """Return the variance inflation of each weight, ``(n_features,)``."""
        kept, inverse = self.Vt[: self.rank], np.square(1 / self.lengths[: self.rank])
        inflation: Array = np.einsum("ij,ij,i->j", kept, kept, inverse)
        return inflation

    def is_perfect(self, squared_error: float, target_squares: float, *, from_sums: bool) -> bool:
        """Whether a squared error is only the rounding of the target, whose sum of squares about 0 is given."""
        limit = _PERFECT_FROM_SUMS * float(self.target @ self.target) if from_sums else 0.0
        return squared_error <= max(limit, _PERFECT * target_squares)


def _rank(lengths: Array, resolution: float) -> int:
    return int(np.count_nonzero(lengths > resolution * lengths.max(initial=0.0)))
