"""The ridge path: what every strength of weight decay leads to, all of them from one eigendecomposition.

Generalised cross-validation (Golub, Heath & Wahba 1979) judges a strength by its cost over the square of the part of
the rows that is left, 1 − degrees of freedom / n: that is about what leaving out one row at a time comes to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.scaling import Scaling
from linreg.numerics.shrinkage import shrunken

A_DECADE = 10
"""Strengths in each, so that the tenth is a power of ten again."""
_FLATTEST = 1e-6
"""The least curvature, relative to the largest, from which on the path begins."""


@dataclass(frozen=True, slots=True, eq=False)
class RidgePath:
    """Where weight decay leads, by its strength.

    Attributes
    ----------
    features, target, n_samples, n_dropped
        Of the data.
    weight_decay
        ``(n,)``, rising: from where it changes next to nothing to where it leaves next to nothing.
    w, b
        ``(n, n_features)`` and ``(n,)``, in the data's own units; b is None without one.
    trained
        ``(n, n_features)``, the weights as trained, on standardised features where the recipe has it so.
    cost, r2
        ``(n,)``, the mean squared error, and R²; that is NaN where the target never changes.
    degrees_of_freedom
        ``(n,)``, Σ h / (h + λ) over the curvatures h: how many parameters are left free, b among them.
    gcv
        ``(n,)``, the score of generalised cross-validation; NaN where no rows are left over.
    """

    features: tuple[str, ...]
    target: str
    n_samples: int
    n_dropped: int
    weight_decay: Vector
    w: Matrix
    b: Vector | None
    trained: Matrix
    cost: Vector
    r2: Vector
    degrees_of_freedom: Vector
    gcv: Vector

    @property
    def least_gcv(self) -> int | None:
        """The place of the least score; None where there is none."""
        return int(np.nanargmin(self.gcv)) if np.isfinite(self.gcv).any() else None

    @property
    def round_ones(self) -> slice:
        """The powers of ten among the strengths."""
        return slice(0, None, A_DECADE)

    def record(self, place: int) -> Mapping[str, Any]:
        """Return one strength and where it leads, as programs read it."""
        return {
            "weight_decay": float(self.weight_decay[place]),
            "w": dict(zip(self.features, self.w[place].tolist(), strict=True)),
            "b": None if self.b is None else float(self.b[place]),
            "cost": float(self.cost[place]),
            "r2": float(self.r2[place]),
            "degrees_of_freedom": float(self.degrees_of_freedom[place]),
            "gcv": float(self.gcv[place]),
        }


def ridge_path(
    quadratic: Quadratic, scaling: Scaling, features: tuple[str, ...], target: str, n_samples: int, n_dropped: int = 0
) -> RidgePath:
    """Follow the path of a mean squared error over parameters as trained, which `scaling` takes to the data's units."""
    decays = _strengths(quadratic.eigenvalues)
    parameters = shrunken(quadratic, decays)
    w, b = scaling.to_original(parameters, quadratic.bias)
    curvature = quadratic.eigenvalues
    free = (curvature / (curvature + decays[:, np.newaxis])).sum(axis=1)
    cost = quadratic.cost(quadratic.excess(parameters))
    left = 1 - free / n_samples
    known = quadratic.variance > 0
    return RidgePath(
        features=features,
        target=target,
        n_samples=n_samples,
        n_dropped=n_dropped,
        weight_decay=decays,
        w=w,
        b=b if quadratic.bias else None,
        trained=parameters[:, : len(features)],
        cost=cost,
        r2=1 - cost / quadratic.variance if known else np.full(len(decays), np.nan),
        degrees_of_freedom=free,
        gcv=np.divide(cost, np.square(left), out=np.full(len(decays), np.nan), where=left > 1e-9),
    )


def _strengths(curvature: Vector) -> Vector:
    """Choose strengths from a thousandth of the flattest curvature to a hundred times the steepest."""
    steepest = float(curvature[-1]) or 1.0
    curved = curvature[curvature > _FLATTEST * steepest]
    flattest = float(curved[0]) if len(curved) else steepest
    first, last = floor(log10(flattest)) - 3, ceil(log10(steepest)) + 2
    return 10.0 ** (np.arange(first * A_DECADE, last * A_DECADE + 1) / A_DECADE)
