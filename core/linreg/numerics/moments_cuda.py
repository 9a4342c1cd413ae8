"""Moments on an accelerator: a batch is moved there once, centred and multiplied in float64, and its sums come back."""

import numpy as np
import torch
from numpy.typing import NDArray

from linreg.numerics.moments import Moments

LEAST_CELLS = 2**18
"""A smaller batch is not worth the way, and the CPU keeps its triangular factor besides."""


def moments_on(device: str, X: NDArray[np.float64], y: NDArray[np.float64]) -> Moments:
    """Add up rows on a device that has float64: X ``(n_samples, n_features)``, y ``(n_samples,)``.

    The same moments as :meth:`Moments.of` gives for as many rows, but for the order of the sums.

    Raises
    ------
    LinregError
        A column's squares overflow float64.
    """
    n_samples, n_features = X.shape
    if n_samples * (n_features + 1) <= LEAST_CELLS:
        return Moments.of(X, y)
    rows = torch.empty((n_samples, n_features + 1), dtype=torch.float64, device=device)
    rows[:, :n_features] = torch.from_numpy(np.ascontiguousarray(X))
    rows[:, n_features] = torch.from_numpy(np.ascontiguousarray(y))
    minimum, maximum = rows.amin(dim=0), rows.amax(dim=0)
    mean = torch.where(minimum == maximum, minimum, rows.mean(dim=0))  # a constant column has no spread at all
    rows -= mean
    cross, total = rows.T @ rows, rows.sum(dim=0)
    cross -= torch.outer(total, total / n_samples)  # what rounding left of the mean
    sums = (mean + total / n_samples, cross, minimum, maximum)
    own_mean, own_cross, least, most = (each.cpu().numpy() for each in sums)
    return Moments(n_samples, own_mean, own_cross, least, most)
