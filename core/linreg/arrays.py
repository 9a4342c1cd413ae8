"""What the arrays that travel are called: float64, and what their axes are is said where they are used."""

import numpy as np
from numpy.typing import NDArray

EPSILON: float = float(np.finfo(np.float64).eps)

Array = NDArray[np.float64]
Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Batch = tuple[Matrix, Vector]
"""Rows that are read together: features ``(n_rows, n_features)`` and targets ``(n_rows,)``."""


class WeightedBatch(tuple[Matrix, Vector]):
    """Rows of which each counts as its weight says; to who does not ask for that, rows like any others.

    Attributes
    ----------
    weights
        ``(n_rows,)``, none below 0.
    """

    weights: Vector

    @classmethod
    def of(cls, X: Matrix, y: Vector, weights: Vector) -> "WeightedBatch":
        """Put rows and their weights together."""
        batch = cls((X, y))
        batch.weights = weights
        return batch


def frozen(vector: Vector) -> Vector:
    """Copy, so that what travels keeps no block of epochs in memory, and nobody changes it on the way."""
    copy = vector.copy()
    copy.flags.writeable = False
    return copy
