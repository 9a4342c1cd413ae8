"""Least Huber error: by scipy's trust region, and finished by Newton's steps.

The criterion is a parabola wherever the same rows are counted squared, so one step of Newton's ends exactly once these
are the right ones. Its slope is then 0 to the last digits, and that is what is asked of a minimum.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from linreg.arrays import Matrix, Vector

_BALANCED = 1e-9
"""A slope that is 0, for columns of the size 1."""
_MOST_STEPS = 60


def least_huber(
    B: Matrix, left: Vector, delta: float, start: Vector, check: Callable[[], None]
) -> tuple[Vector, bool] | None:
    """Return the step ``(rank,)`` at which Huber's criterion of ``left − B step`` is least, and whether it is the only.

    Parameters
    ----------
    B
        ``(n_samples, rank)``, columns that are orthogonal, of about the size 1.
    left
        ``(n_samples,)``, residuals of about that size.
    delta
        From where on a residual counts by its size.

    Returns
    -------
    None where a slope is left.
    """
    step = huber_step(B, left, delta, start, check)
    slope = B.T @ np.clip(left - B @ step, -delta, delta) / len(left)
    if not np.abs(slope).max(initial=0.0) <= _BALANCED * min(delta, 1.0):
        return None
    return step, _is_only(B, left - B @ step, delta)


def huber_step(B: Matrix, left: Vector, delta: float, start: Vector, check: Callable[[], None]) -> Vector:
    """Go from `start` to where Huber's criterion of ``left − B step`` is least, as far as float64 goes."""
    from scipy.optimize import minimize

    n_samples = len(left)

    def cost(step: Vector) -> float:
        check()
        size = np.abs(left - B @ step)
        inside = np.minimum(size, delta)
        return float((inside * (size - 0.5 * inside)).mean())

    def slope(step: Vector) -> Vector:
        towards: Vector = -(B.T @ np.clip(left - B @ step, -delta, delta)) / n_samples
        return towards

    def curvature(step: Vector) -> Matrix:
        near = B[np.abs(left - B @ step) <= delta]
        return near.T @ near / n_samples

    options: dict[str, Any] = {"gtol": 1e-8 * min(delta, 1.0), "maxiter": 500}
    step: Vector = minimize(cost, start, jac=slope, hess=curvature, method="trust-exact", options=options).x
    best, at_best = step, float(np.abs(slope(step)).max(initial=0.0))
    for _ in range(_MOST_STEPS):
        if at_best <= _BALANCED * 1e-4 * min(delta, 1.0):
            break
        step = step - np.linalg.lstsq(curvature(step), slope(step), rcond=None)[0]
        now = float(np.abs(slope(step)).max(initial=0.0))
        if now >= at_best:
            break
        best, at_best = step, now
    return best


def _is_only(B: Matrix, residuals: Vector, delta: float) -> bool:
    """Whether no direction leads on along the bottom: one that no row counted squared feels, and none at the edge.

    A row at the edge of its squared part feels it on one side; such a tie is taken for a flat bottom only where all
    that feel it let it pass.
    """
    from scipy.optimize import linprog

    size, edge = np.abs(residuals), _BALANCED * delta
    inside = B[size < delta - edge]
    _, lengths, Vt = np.linalg.svd(inside.T @ inside)
    free = Vt[lengths <= 1e-12 * len(B)].T
    if not free.shape[1]:
        return True
    at_edge = np.abs(size - delta) <= edge
    outwards = -np.sign(residuals[at_edge])[:, np.newaxis] * (B[at_edge] @ free)
    if len(outwards) < free.shape[1] or np.linalg.matrix_rank(outwards) < free.shape[1]:
        return False
    way = linprog(-outwards.sum(axis=0), A_ub=-outwards, b_ub=np.zeros(len(outwards)), bounds=(-1, 1))
    return bool(way.fun > -_BALANCED)
