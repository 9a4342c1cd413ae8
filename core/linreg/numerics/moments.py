"""All that full-batch squared error needs of the rows: how many, their means, their centred cross-products.

Moments of two sets of rows add up to the moments of both, so a table is read once, block by block, from any number of
files, processes or machines. Columns are the features in their order and then the target.

Everything is float64 and centred before it is multiplied: x'x − n·mean² would cancel. A cross-product still squares
the condition number, so while the data are small their triangular factor R (R'R = cross) is kept beside it, by QR of
the centred rows: with it NIST's Filip comes out to seven digits, without it to none. Of fewer rows than features (of
hundreds of those, or thousands) the factor is the centred rows themselves, and there are no products at all.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import EPSILON, Array, Batch
from linreg.errors import LinregError
from linreg.numerics.accumulation import Accumulation, few_rows, left_out
from linreg.numerics.design import Design
from linreg.numerics.factorization import FACTORED_CELLS, factor_of_rows, merged_factor
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.spectrum import Spectrum, is_wide

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
        ``(n_features + 1, n_features + 1)``, Σ (row − mean)(row − mean)'; None of fewer rows than features, where these
        are many.
    rest
        ``(n_features + 1,)``, what rounding left out of `mean`; None where it was not kept.
    fractional
        ``(n_features + 1,)``, which columns have cells that are no integers below 2⁵³, where they are so large beside
        their differences that this matters; None where it is not known.
    factor
        ``(≤ n_features + 1, n_features + 1)``, R with R'R = cross: upper triangular, or the centred rows themselves
        where there is no `cross`. None for many rows.
    mean_weight, log_weights
        Of rows that count differently: their mean weight before it was made 1, and the sum of the weights' logarithms.
    """

    n_samples: int
    mean: Array
    cross: Array | None
    minimum: Array
    maximum: Array
    factor: Array | None = None
    rest: Array | None = None
    fractional: NDArray[np.bool_] | None = None
    mean_weight: float = 1.0
    log_weights: float = 0.0

    def __post_init__(self) -> None:
        squares = self.squares
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
        with np.errstate(over="ignore", invalid="ignore"):
            if is_wide(*X.shape):
                return cls._of_few(deque([(X, y)]), X.shape[1])
            rows = Accumulation(X.shape[1])
            rows.add(X, y)
            moments = cls._of_sums(rows)
            if len(y) * len(moments.mean) > FACTORED_CELLS:
                return moments
            return replace(moments, factor=factor_of_rows(X, y, moments.mean, rows.rest))

    @classmethod
    def of_batches(cls, batches: Iterable[Batch], n_features: int) -> "Moments":
        """Add up batches of rows as they come; of many features in the memory of one matrix of products.

        Raises
        ------
        LinregError
            As `of` does.
        """
        if not is_wide(0, n_features):
            none = cls.of(np.empty((0, n_features)), np.empty(0))
            return reduce(cls.merged, (cls.of(X, y) for X, y in batches), none)
        with np.errstate(over="ignore", invalid="ignore"):
            waiting, n_samples, rows = deque[Batch](), 0, None
            for batch in batches:
                waiting.append(batch)
                n_samples += len(batch[1])
                if rows is None and not is_wide(n_samples, n_features):
                    rows = Accumulation(n_features)
                while rows is not None and waiting:
                    rows.add(*waiting.popleft())
            return cls._of_few(waiting, n_features) if rows is None else cls._of_sums(rows)

    @classmethod
    def _of_sums(cls, rows: Accumulation) -> "Moments":
        sums = (rows.mean, rows.cross, rows.minimum, rows.maximum)
        return cls(rows.n_samples, *sums, rest=rows.rest, fractional=rows.fractional)

    @classmethod
    def _of_few(cls, parts: deque[Batch], n_features: int) -> "Moments":
        few = few_rows(parts, n_features)
        extremes = few.minimum, few.maximum
        return cls(len(few.factor), few.mean, None, *extremes, few.factor, few.rest, few.fractional)

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
            cross, factor = combined(self, other, between)
            return Moments(
                n_samples=n_samples,
                mean=mean,
                cross=cross,
                minimum=np.minimum(self.minimum, other.minimum),
                maximum=np.maximum(self.maximum, other.maximum),
                factor=factor,
                rest=left_out(self.mean, shift, mean) + self.left_out,
                fractional=self.may_be_fractional | other.may_be_fractional,
            )

    __add__ = merged

    @property
    def n_features(self) -> int:
        """Columns but the target."""
        return len(self.mean) - 1

    @property
    def products(self) -> Array:
        """The cross-products, ``(n_features + 1, n_features + 1)``, multiplied out where they are not kept."""
        if self.cross is not None:
            return self.cross
        assert self.factor is not None
        return self.factor.T @ self.factor

    @property
    def squares(self) -> Array:
        """Each column's sum of squared distances from its mean, ``(n_features + 1,)``."""
        if self.cross is not None:
            return np.diagonal(self.cross)
        assert self.factor is not None
        squares: Array = np.einsum("ij,ij->j", self.factor, self.factor)
        return squares

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
        return np.sqrt(self.squares[:-1] / max(1, self.n_samples - 1))

    @property
    def target_variance(self) -> float:
        """The target's mean squared distance from its mean: the cost of predicting the mean."""
        return float(self.squares[-1]) / max(1, self.n_samples)

    def transformed(self, mean: Array, scale: Array) -> "Moments":
        """Return the moments of rows with features (x − mean) / scale; both ``(n_features,)``, the target as it was."""
        mean, scale = np.append(mean, 0.0), np.append(scale, 1.0)
        return Moments(
            n_samples=self.n_samples,
            mean=(self.mean - mean) / scale,
            cross=None if self.cross is None else self.cross / scale / scale[:, np.newaxis],
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
        spectrum = Spectrum.of_products(self.products)
        top = np.column_stack([spectrum.lengths[:, np.newaxis] * spectrum.Vt * spectrum.scale, spectrum.along])
        return np.vstack([top, np.append(np.zeros(self.n_features), spectrum.beyond)])

    def least_squares(self, bias: bool, design: Design | None = None) -> LeastSquares:
        """Solve for the parameters with the least squared error.

        By a singular value decomposition of the rows' triangular factor with its columns scaled to unit length; a
        singular value that the rounding of the cells alone could have made counts as 0. `design` is that decomposition,
        where somebody has it.

        Raises
        ------
        LinregError
            There are no rows.
        """
        design = self.design(bias) if design is None else design
        return LeastSquares.of(design, self)

    def design(self, bias: bool, spectrum: Spectrum | None = None) -> Design:
        """Return what decides w: the rows' triangular factor, taken apart; or a spectrum that has been already.

        Raises
        ------
        LinregError
            There are no rows.
        """
        if not self.n_samples:
            raise LinregError("there are no rows to fit.")
        mean = self.mean[:-1] if bias else None
        if spectrum is not None and mean is not None:
            resolution, unseen = self._resolution(bias, spectrum.Vt), ~(self.squares[:-1] > 0)
            return Design.of_spectrum(spectrum, self.factor, mean, self.n_samples, unseen, resolution)
        root = self._design_root(bias)
        A = root[:, :-1]
        return Design.of(A, root[:, -1], mean, self.n_samples, self._resolution(bias, A))

    def spectrum(self) -> Spectrum | None:
        """Take the centred columns apart where they are many: from the products, or few rows; else None."""
        if self.cross is None:
            assert self.factor is not None
            return Spectrum.of_rows(self.factor)
        return Spectrum.of_products(self.cross) if self.factor is None else None

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
        squares = self.squares[:-1]
        norms: Array = np.sqrt(squares if bias else squares + self.n_samples * np.square(self.mean[:-1]))
        return norms

    def _resolution(self, bias: bool, A: Array) -> float:
        """Return the singular value, relative to the largest, that rounding each cell by ½ε can make of nothing."""
        norms = self._feature_norms(bias)
        reach = self.reach[:-1] * np.sqrt(self.n_samples)
        rounding = float(np.linalg.norm(np.divide(reach, norms, out=np.zeros_like(norms), where=norms > 0)))
        return float(max(4 * max(A.shape) * EPSILON, min(_COARSEST, rounding * EPSILON)))


def combined(first: Moments, second: Moments, between: Array) -> tuple[Array | None, Array | None]:
    """Return the products and the factor of both sets of rows, each as far as it is kept.

    `between` ``(n_features + 1,)`` is the row that the distance of their means adds.
    """
    n_columns, factor = len(between), None
    if first.factor is not None and second.factor is not None:
        n_rows = len(first.factor) + len(second.factor) + 1
        if first.cross is None or second.cross is None:
            if is_wide(n_rows, n_columns - 1):
                return None, np.vstack([first.factor, second.factor, between])
        elif (first.n_samples + second.n_samples) * n_columns <= FACTORED_CELLS:
            factor = merged_factor(first.factor, second.factor, between)
    return first.products + second.products + np.outer(between, between), factor
