"""A smooth line through a cloud of points that outliers do not bend: Cleveland's LOWESS (1979), as R draws it."""

import numpy as np

from linreg.arrays import Matrix, Vector

SHARE, TIMES = 2 / 3, 3
"""Of the points the part that each value looks at, and how often those far from the line are made to count less."""


def lowess(x: Vector, y: Vector) -> Vector:
    """Return the line's value at each of some points, ``(n,)``, in the order of `x`.

    At each the nearest two thirds of the points are fitted by a line of weights (1 − d³)³, d the distance over that of
    the farthest, times (1 − r²)² of its residual over six medians from the second time on.
    """
    n_points = len(x)
    if n_points < 3:
        return y.copy()
    apart = np.abs(x[:, np.newaxis] - x)
    farthest = np.partition(apart, (n_near := max(2, int(SHARE * n_points + 1e-10))) - 1, axis=1)[:, n_near - 1]
    share = np.divide(apart, farthest[:, np.newaxis], out=(apart > 0).astype(float), where=farthest[:, np.newaxis] > 0)
    near = np.where(share < 0.999, (1 - np.minimum(share, 1) ** 3) ** 3, 0.0)
    trusted, line = np.ones(n_points), y
    for _ in range(1 + TIMES):
        line = _local_lines(x, y, near * trusted)
        sizes = np.abs(y - line)
        typical = 6 * float(np.median(sizes))
        if not typical > 1e-12 * float(np.abs(y).max()):
            break
        trusted = np.square(1 - np.minimum(sizes / typical, 1) ** 2)
    return line


def _local_lines(x: Vector, y: Vector, weights: Matrix) -> Vector:
    """Return at each point the line fitted with its row of weights ``(n, n)``; its mean where all are in one place."""
    total = weights.sum(axis=1)
    total = np.where(total > 0, total, 1.0)
    mean_x, mean_y = weights @ x / total, weights @ y / total
    off = x - mean_x[:, np.newaxis]
    spread = (weights * off**2).sum(axis=1)
    slope = np.divide(
        (weights * off) @ y, spread, out=np.zeros_like(spread), where=spread > 1e-12 * np.ptp(x) ** 2 * total
    )
    line: Vector = mean_y + slope * (x - mean_x)
    return line
