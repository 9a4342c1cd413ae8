"""The exact minimum of the criteria that are no squared error: L1, Huber's, and SmoothL1, of a linear model.

All three are convex, so a point where the slopes of the rows balance is a minimum, and nothing is called one that has
not been held against that. How one is found is the matter of `linreg.numerics.minima.least_huber`, and of
`linreg.numerics.minima.least_absolute`.

Everything is worked out for orthonormal columns: the features' units and their correlations do not matter then.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from linreg.arrays import EPSILON, Matrix, Vector
from linreg.numerics.minima.least_absolute import least_absolute
from linreg.numerics.minima.least_huber import least_huber

MOST_ROWS, MOST_FEATURES, MOST_CELLS = 100_000, 256, 2**22
"""Of a table up to which the minimum is looked for: some seconds of one core."""
DELTA = 1.0
"""From where on Huber's criterion counts a residual by its size, as torch.nn has it; SmoothL1's beta is the same."""
_NOISE = 1e-13
"""A residual below this part of the target is nothing but rounding."""
_ABRUPT = 0.05
"""Of the typical residual: where the squared part is narrower, Huber's criterion is nearly L1, and starts from it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A w ``(n_features,)`` and a b in the data's own units, 0 without one, and what they cost."""

    w: Vector
    b: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where a criterion is least, in the data's own units; or the ridge solution, where a weight decay is added to it.

    Attributes
    ----------
    criterion
        A class of torch.nn.
    w, b
        ``(n_features,)`` and the bias, 0 without one. Where many cost the same, one of them.
    cost
        The criterion there: no parameters have less, but for a weight decay.
    is_unique
        Whether no other parameters cost as little.
    least_squares
        The answer of least squared error, and what it costs by this criterion.
    weight_decay, penalty
        λ, and the ½ λ ‖θ‖² that it adds to the cost there, θ the parameters as trained: no others have less of the two
        together. 0 without a decay.
    """

    criterion: str
    w: Vector
    b: float
    cost: float
    is_unique: bool
    least_squares: Fit
    weight_decay: float = 0.0
    penalty: float = 0.0

    @property
    def name(self) -> str:
        """What it is called beside the parameters."""
        return "ridge" if self.weight_decay else "minimum"


@dataclass(frozen=True, slots=True, eq=False)
class Orthonormal:
    """Features, and the bias's column of ones, as orthonormal directions times √n.

    Attributes
    ----------
    B
        ``(n_samples, rank)``.
    back
        ``(n_parameters, rank)``, from coordinates to the weights of standardised features, and the bias.
    mean, scale
        ``(n_features,)`` each, of the standardising.
    """

    B: Matrix
    back: Matrix
    mean: Vector
    scale: Vector

    @classmethod
    def of(cls, X: Matrix, bias: bool) -> Self:
        """Take ``(n_samples, n_features)`` apart; a direction that is only rounding does not count."""
        mean = np.where(np.ptp(X, axis=0) > 0, X.mean(axis=0), X[0]) if bias else np.zeros(X.shape[1])
        size = np.sqrt(np.square(X - mean).mean(axis=0))
        scale = np.where(size > EPSILON * np.abs(mean), size, 1.0)
        design = (X - mean) / scale
        if bias:
            design = np.column_stack([design, np.ones(len(X))])
        U, lengths, Vt = np.linalg.svd(design, full_matrices=False)
        rank = int(np.count_nonzero(lengths > max(design.shape) * EPSILON * lengths.max(initial=0.0)))
        root = np.sqrt(len(X))
        return cls(U[:, :rank] * root, Vt[:rank].T * (root / lengths[:rank]), mean, scale)

    @property
    def is_full(self) -> bool:
        """Whether the rows determine every parameter."""
        return bool(self.back.shape[0] == self.back.shape[1])

    def in_original_units(self, coordinates: Vector, bias: bool) -> tuple[Vector, float]:
        """Return w ``(n_features,)`` and b."""
        trained = self.back @ coordinates
        w: Vector = trained[: len(self.scale)] / self.scale
        return w, float(trained[-1] - w @ self.mean) if bias else 0.0


def minimum_of(
    X: Matrix,
    y: Vector,
    criterion: str,
    *,
    bias: bool = True,
    reduction: str = "mean",
    check: Callable[[], None] = lambda: None,
) -> Minimum | None:
    """Find the parameters of least cost; None where that was not reached, or the table is too large to try.

    Parameters
    ----------
    X, y
        ``(n_samples, n_features)`` and ``(n_samples,)``, in the data's own units.
    criterion, reduction
        As torch.nn has them: ``"L1Loss"``, ``"HuberLoss"`` or ``"SmoothL1Loss"``, and ``"mean"`` or ``"sum"``.
    check
        Called now and then; what it raises ends the search.
    """
    n_samples, n_features = X.shape
    if n_samples > MOST_ROWS or n_features > MOST_FEATURES or X.size > MOST_CELLS or not X.size:
        return None
    columns = Orthonormal.of(X, bias)
    first = columns.B.T @ y / n_samples
    left = y - columns.B @ first
    n_counted = 1 if reduction == "sum" else n_samples

    def fit(step: Vector) -> Fit:
        cost = float(cost_of_residuals(criterion, left - columns.B @ step).sum()) / n_counted
        return Fit(*columns.in_original_units(first + step, bias), cost)

    if np.abs(left).max() <= _NOISE * np.abs(y).max():
        perfect = replace(fit(np.zeros_like(first)), cost=0.0)
        return Minimum(criterion, perfect.w, perfect.b, 0.0, columns.is_full, perfect)
    found = _from_least_squares(columns.B, left, criterion, check)
    if found is None:
        return None
    least = fit(found[0])
    is_unique = found[1] and columns.is_full
    return Minimum(criterion, least.w, least.b, least.cost, is_unique, fit(np.zeros_like(first)))


def cost_of_residuals(criterion: str, residuals: Vector) -> Vector:
    """Return what each residual costs."""
    size = np.abs(residuals)
    if criterion == "L1Loss":
        return size
    cost: Vector = np.where(size < DELTA, 0.5 * np.square(size), DELTA * (size - 0.5 * DELTA))
    return cost


def _from_least_squares(
    B: Matrix, left: Vector, criterion: str, check: Callable[[], None]
) -> tuple[Vector, bool] | None:
    """Return how far the minimum is from least squares, ``(rank,)``, and whether it is the only one."""
    unit = float(np.median(np.abs(left))) or float(np.abs(left).max())  # so that no number is far from 1
    B, left = B, left / unit
    if criterion == "L1Loss":
        found = least_absolute(B, left, check)
        return None if found is None else (found[0] * unit, found[1])
    delta, start = DELTA / unit, np.zeros(B.shape[1])
    if delta < _ABRUPT and (found := least_absolute(B, left, check)) is not None:
        start = found[0]
    found = least_huber(B, left, delta, start, check)
    return None if found is None else (found[0] * unit, found[1])
