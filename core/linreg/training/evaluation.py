"""How far a model's predictions are from a table's targets, batch by batch."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linreg.numerics.moments import Moments
from linreg.training.fitted import FittedModel


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors in the target's own units; `r2` is None where the target is constant."""

    n_samples: int
    mean_squared_error: float
    mean_absolute_error: float
    largest_error: float
    r2: float | None


def evaluate(model: FittedModel, batches: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Errors:
    """Measure the residuals of every row; `batches` holds ``(n, n_features)`` and ``(n,)``."""
    squares = absolutes = largest = 0.0
    targets = Moments.of(np.empty((0, 1)), np.empty(0))
    for X, y in batches:
        residual = np.abs(y - model.predict(X))
        squares += float(residual @ residual)
        absolutes += float(residual.sum())
        largest = max(largest, float(residual.max(initial=0.0)))
        targets += Moments.of(y[:, np.newaxis], y)
    n_samples = targets.n_samples
    total = float(targets.cross[-1, -1])
    return Errors(
        n_samples=n_samples,
        mean_squared_error=squares / n_samples,
        mean_absolute_error=absolutes / n_samples,
        largest_error=largest,
        r2=None if total == 0 else 1 - squares / total,
    )
