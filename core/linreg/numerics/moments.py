"""All that full-batch squared error needs of the rows: how many, their means, their centred cross-products.

Moments of two sets of rows add up to the moments of both, so a table is read once, block by block, from any number of
files, processes or machines. Columns are the features in their order and then the target.

Everything is float64 and centred before it is multiplied: x'x − n·mean² would cancel. A cross-product still squares
the condition number, so while the data are small their triangular factor R (R'R = cross) is kept beside it, by QR of
the centred rows: with it NIST's Filip comes out to seven digits, without it to none.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Array
from linreg.errors import LinregError
from linreg.numerics.accumulation import Accumulation
from linreg.numerics.factorization import FACTORED_CELLS, factor_of_rows, intercept, merged_factor
from linreg.numerics.least_squares import EPSILON, Design, LeastSquares

_SMALLEST_SQUARES = 1e-290
"""Of a column that changes: below it squares lose their digits, and soon vanish."""
_COARSEST = 1e-8
"""A singular value above this, relative to the largest, always counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The moments of some rows.

    Attributes
    ----------
    n_samples
        Rows, an exact integer.
    mean, minimum, maximum
        ``(n_features + 1,)``; of no rows: 0, ∞ and −∞.
    cross
        ``(n_features + 1, n_features + 1)``, Σ (row − mean)(row − mean)'.
    rest
        ``(n_features + 1,)``, what rounding left out of `mean`; None where it was not kept.
    fractional
        ``(n_features + 1,)``, which columns have cells that are no integers below 2⁵³, where they are so large beside
        their differences that this matters; None where it is not known.
    factor
        ``(≤ n_features + 1, n_features + 1)``, upper triangular R with R'R = cross; None for many rows.
    mean_weight, log_weights
        Of rows that count differently: their mean weight before it was made 1, and the sum of the weights' logarithms.
    """

    n_samples: int
    mean: Array
    cross: Array
    minimum: Array
    maximum: Array
    factor: Array | None = None
    rest: Array | None = None
    fractional: NDArray[np.bool_] | None = None
    mean_weight: float = 1.0
    log_weights: float = 0.0

    def __post_init__(self) -> None:
        squares = np.diagonal(self.cross)
        lost = (squares < _SMALLEST_SQUARES) & (self.minimum < self.maximum)
        for column in np.flatnonzero(lost | ~np.isfinite(squares)).tolist():
            name = "the target" if column == self.n_features else f"feature {column + 1}"
            size, remedy = ("small", "multiply") if lost[column] else ("large", "divide")
            raise LinregError(f"the squares of {name} are too {size} for float64; {remedy} it by a power of ten first.")

    @classmethod
    def of(cls, X: NDArray[Any], y: NDArray[Any]) -> "Moments":
        """Add up rows: X ``(n_samples, n_features)`` in any memory order, y ``(n_samples,)``.

        Raises
        ------
        LinregError
            A column's squares overflow float64.
        """
        rows = Accumulation(X.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            rows.add(X, y)
            sums = (rows.mean, rows.cross, rows.minimum, rows.maximum)
            moments = cls(rows.n_samples, *sums, rest=rows.rest, fractional=rows.fractional)
            if len(y) * len(moments.mean) > FACTORED_CELLS:
                return moments
            return replace(moments, factor=factor_of_rows(X, y, moments.mean, rows.rest))

    def merged(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of rows (Chan, Golub & LeVeque 1983); either may be empty."""
        if not (self.n_samples and other.n_samples):
            return self if self.n_samples else other
        n_samples = self.n_samples + other.n_samples
        apart = (other.mean - self.mean) + (other.left_out - self.left_out)
        with np.errstate(over="ignore", invalid="ignore"):
            between = apart * np.sqrt(self.n_samples * (other.n_samples / n_samples))
            shift = apart * (other.n_samples / n_samples)
            mean = self.mean + shift
            merged = Moments(
                n_samples=n_samples,
                mean=mean,
                cross=self.cross + other.cross + np.outer(between, between),
                minimum=np.minimum(self.minimum, other.minimum),
                maximum=np.maximum(self.maximum, other.maximum),
                rest=_left_out(self.mean, shift, mean) + self.left_out,
                fractional=self.may_be_fractional | other.may_be_fractional,
            )
        if self.factor is None or other.factor is None or n_samples * len(apart) > FACTORED_CELLS:
            return merged
        return replace(merged, factor=merged_factor(self.factor, other.factor, between))

    __add__ = merged

    @property
    def n_features(self) -> int:
        """Columns but the target."""
        return len(self.mean) - 1

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which columns never change, ``(n_features + 1,)``: by their extremes, not by a sum that rounds."""
        return ~(self.minimum < self.maximum)

    @property
    def left_out(self) -> Array:
        """What is known of `rest`, ``(n_features + 1,)``."""
        return np.zeros_like(self.mean) if self.rest is None else self.rest

    @property
    def may_be_fractional(self) -> NDArray[np.bool_]:
        """Which columns may have other cells than integers below 2⁵³, ``(n_features + 1,)``."""
        return np.ones(len(self.mean), bool) if self.fractional is None else self.fractional

    @property
    def reach(self) -> Array:
        """Each column's largest absolute value, ``(n_features + 1,)``."""
        return np.maximum(np.abs(self.minimum), np.abs(self.maximum))

    @property
    def feature_std(self) -> Array:
        """Each feature's standard deviation with n − 1, ``(n_features,)``; 0 for a single row."""
        return np.sqrt(np.diagonal(self.cross)[:-1] / max(1, self.n_samples - 1))

    @property
    def target_variance(self) -> float:
        """The target's mean squared distance from its mean: the cost of predicting the mean."""
        return float(self.cross[-1, -1]) / max(1, self.n_samples)

    def transformed(self, mean: Array, scale: Array) -> "Moments":
        """Return the moments of rows with features (x − mean) / scale; both ``(n_features,)``, the target as it was."""
        mean, scale = np.append(mean, 0.0), np.append(scale, 1.0)
        return Moments(
            n_samples=self.n_samples,
            mean=(self.mean - mean) / scale,
            cross=self.cross / scale / scale[:, np.newaxis],
            minimum=(self.minimum - mean) / scale,
            maximum=(self.maximum - mean) / scale,
            factor=None if self.factor is None else self.factor / scale,
            rest=None if self.rest is None else self.rest / scale,
        )

    def standardized(self, bias: bool) -> tuple["Moments", Array, Array]:
        """Standardise the features without touching the rows.

        With a bias: (x − mean) / std, with n − 1 in std; a constant feature, or a single row, keeps its scale. Without
        one: x / root mean square, because subtracting a mean would bring an intercept back.

        Returns
        -------
        moments, mean, scale
            The standardised moments; ``(n_features,)`` each.
        """
        if bias:
            mean, scale = self.mean[:-1], np.where(self.constant[:-1], 0.0, self.feature_std)
        else:
            mean, scale = np.zeros(self.n_features), self._feature_norms(bias) / np.sqrt(max(1, self.n_samples))
        scale = np.where(scale > 0, scale, 1.0)
        return self.transformed(mean, scale), mean, scale

    def root(self) -> Array:
        """Return a matrix F ``(≤ n_features + 1, n_features + 1)`` with F'F = cross, the target's own row last.

        The factor where there is one. Else the square root of the features' correlation matrix, without the
        eigenvalues that are nothing but the rounding of the sums.
        """
        if self.factor is not None:
            return self.factor
        n_features = self.n_features
        scale = _ones_for_zeros(np.sqrt(np.diagonal(self.cross)[:-1]))
        eigenvalues, vectors = np.linalg.eigh(self.cross[:-1, :-1] / scale / scale[:, np.newaxis])
        kept = eigenvalues > 8 * max(1, n_features) * EPSILON * max(1.0, eigenvalues.max(initial=0.0))
        lengths, vectors = np.sqrt(eigenvalues[kept]), vectors[:, kept]
        explained = vectors.T @ (self.cross[:-1, -1] / scale) / lengths
        unexplained = np.sqrt(max(0.0, float(self.cross[-1, -1] - explained @ explained)))
        top = np.column_stack([lengths[:, np.newaxis] * vectors.T * scale, explained])
        return np.vstack([top, np.append(np.zeros(n_features), unexplained)])

    def least_squares(self, bias: bool) -> LeastSquares:
        """Solve for the parameters with the least squared error.

        By a singular value decomposition of the rows' triangular factor with its columns scaled to unit length; a
        singular value that the rounding of the cells alone could have made counts as 0.

        Raises
        ------
        LinregError
            There are no rows.
        """
        design = self.design(bias)
        w, n_samples = design.weights(), self.n_samples
        squared_error = float(np.square(design.target - design.A @ w).sum())
        degrees_of_freedom, condition_number = max(0, n_samples - design.n_determined), design.condition_number
        undetermined = design.is_undetermined()
        errors = None
        if degrees_of_freedom:
            units = np.linalg.norm(design.influence(), axis=1)
            errors = np.where(undetermined, np.nan, units * np.sqrt(squared_error / degrees_of_freedom))
        cost, target_squares = squared_error / n_samples, float(self.cross[-1, -1]) + n_samples * self.mean[-1] ** 2
        return LeastSquares(
            w=w,
            b=intercept(w, self.mean, self.left_out) if bias else 0.0,
            cost=cost,
            rank=design.rank,
            condition_number=condition_number if design.is_full else np.inf,
            determined=design.is_full and condition_number * EPSILON < 1,
            r2=self.r2(cost),
            degrees_of_freedom=degrees_of_freedom,
            standard_errors=errors,
            inflation=np.where(undetermined[: self.n_features], np.nan, design.inflation()),
            explained=float(np.square(design.A @ w).sum()),
            is_perfect=design.is_perfect(squared_error, target_squares, from_sums=self.factor is None),
            mean_weight=self.mean_weight,
            log_weights=self.log_weights,
        )

    def design(self, bias: bool) -> Design:
        """Return what decides w: the rows' triangular factor, taken apart.

        Raises
        ------
        LinregError
            There are no rows.
        """
        if not self.n_samples:
            raise LinregError("there are no rows to fit.")
        root = self._design_root(bias)
        A, mean = root[:, :-1], self.mean[:-1] if bias else None
        return Design.of(A, root[:, -1], mean, self.n_samples, self._resolution(bias, A))

    def cost(self, w: Array, b: Array | float = 0.0) -> Array:
        """Return the mean squared error at any parameters, as sums of squares only: nothing cancels.

        Parameters
        ----------
        w, b
            ``(…, n_features)`` and ``(…,)``. Non-finite values give a non-finite cost.
        """
        root = self.root()
        with np.errstate(over="ignore", invalid="ignore"):
            residual = root[:, -1] - w @ root[:, :-1].T
            mean_residual = self.mean[-1] - w @ self.mean[:-1] - b
            cost: Array = np.square(residual).sum(axis=-1) / max(1, self.n_samples) + np.square(mean_residual)
        return cost

    def r2(self, cost: float) -> float | None:
        """Return 1 − cost / variance of the target for a mean squared error; None where the target is constant."""
        return 1 - cost / self.target_variance if self.target_variance > 0 else None

    def _design_root(self, bias: bool) -> Array:
        """Return F with F'F the cross-products about the mean where there is a bias, else about 0."""
        root = self.root()
        return root if bias else np.vstack([root, np.sqrt(self.n_samples) * self.mean])

    def _feature_norms(self, bias: bool) -> Array:
        squares = np.diagonal(self.cross)[:-1]
        norms: Array = np.sqrt(squares if bias else squares + self.n_samples * np.square(self.mean[:-1]))
        return norms

    def _resolution(self, bias: bool, A: Array) -> float:
        """Return the singular value, relative to the largest, that rounding each cell by ½ε can make of nothing."""
        norms = self._feature_norms(bias)
        reach = self.reach[:-1] * np.sqrt(self.n_samples)
        rounding = float(np.linalg.norm(np.divide(reach, norms, out=np.zeros_like(norms), where=norms > 0)))
        return float(max(4 * max(A.shape) * EPSILON, min(_COARSEST, rounding * EPSILON)))


def _left_out(first: Array, second: Array, total: Array) -> Array:
    """Return what rounding left out of the sum of two (Knuth)."""
    of_second = total - first
    return (first - (total - of_second)) + (second - of_second)


def _ones_for_zeros(values: Array) -> Array:
    return np.where(values > 0, values, 1.0)
