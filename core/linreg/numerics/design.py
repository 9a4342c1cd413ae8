"""The rows' triangular factor taken apart by its singular values: what they determine, and what is left of the target.

Whatever is asked of least squares is answered from that one decomposition.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import EPSILON, Array
from linreg.numerics.spectrum import Spectrum, is_wide, smallest_of, taken_apart

_PERFECT, _PERFECT_FROM_SUMS = 1e-30, 64 * EPSILON
"""A squared error below this part of the target's squares is nothing but rounding, of the rows' factor or of sums."""
_INTERPOLATED = 1e-24
"""The same where there are as many parameters as rows: the answer goes through all of them."""
_UNDETERMINED = 1e-6
"""A weight of which more than this part lies along directions that the rows do not determine is not determined."""


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

    def leaves_nothing(self, squared_error: float, target_squares: float) -> bool:
        """Whether a squared error is but the rounding of rows that the answer goes through, and the cost 0."""
        interpolates = self.n_determined >= self.n_samples
        return squared_error <= (_INTERPOLATED if interpolates else _PERFECT) * target_squares


def _rank(lengths: Array, resolution: float) -> int:
    return int(np.count_nonzero(lengths > resolution * lengths.max(initial=0.0)))
