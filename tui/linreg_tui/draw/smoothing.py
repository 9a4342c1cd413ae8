"""Smoothing: an exponential moving average that knows how many epochs each value stands for."""

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector


def smooth(values: Vector, n_epochs: NDArray[np.int64], memory: float) -> Vector:
    """Average values ``(n,)``, each the mean of `n_epochs`, over about the last `memory` epochs.

    Debiased: divided by the sum of the weights (Kingma and Ba 2015, section 3), so that the first value is itself and
    nothing is pulled towards 0. What is not finite is passed over; NaN before the first finite value.
    """
    smoothed = np.full(len(values), np.nan)
    total = weight = 0.0
    for index, (value, kept) in enumerate(zip(values.tolist(), np.exp(-n_epochs / memory).tolist(), strict=True)):
        if np.isfinite(value):
            total, weight = kept * total + (1 - kept) * value, kept * weight + 1 - kept
        if weight > 0:
            smoothed[index] = total / weight
    return smoothed
