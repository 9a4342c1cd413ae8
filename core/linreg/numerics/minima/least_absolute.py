"""Least absolute error: a linear programme, solved by scipy's HiGHS for the rows that decide it.

A minimum of Σ |r| lies on some rows, as many as there are parameters, and of every other row only the side counts on
which it lies. So the rows near to what Huber's criterion finds are solved for, those far away enter as their sides,
and if a row has changed sides more of them are solved for. HiGHS works on the dual: few equations, however many rows.

The end is held against the criterion's own condition: slopes of −1 to 1 for the rows that are met, which balance the
sides of all others. If they can be balanced by less than 1, there is no other minimum (Koenker & Bassett 1978).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.numerics.minima.least_huber import huber_step

_FEW, _MORE = 2000, 4
"""Rows that are solved for at first, at least, and how many times as many after that."""
_ROUNDING, _NEAREST = 1e-11, 1e-9
"""A residual below this part of what it is left of is met; and from where on one row is as near as another."""
_TIE = 1e-6
"""How near to 1 a balance counts as 1."""
_LONGEST = 60.0
"""Seconds after which a programme is given up."""


def least_absolute(B: Matrix, left: Vector, check: Callable[[], None]) -> tuple[Vector, bool] | None:
    """Return the step ``(rank,)`` at which Σ abs(left − B step) is least, and whether it is the only one.

    Parameters
    ----------
    B
        ``(n_samples, rank)``, columns that are orthogonal, of about the size 1.
    left
        ``(n_samples,)``, residuals of about that size.

    Returns
    -------
    None where the solver has not reached a minimum.
    """
    n_samples, rank = B.shape
    step, n_free = np.zeros(rank), max(_FEW, 20 * rank)
    if n_free < n_samples:
        step = huber_step(B, left, 0.1, step, check)
    while True:
        check()
        size = np.abs(left - B @ step)
        free = np.arange(n_samples) if n_free >= n_samples else np.sort(np.argpartition(size, n_free)[:n_free])
        found = _vertex(B, left, step, free)
        if found is not None:
            balance = _balance(B, np.sign(left - B @ found), _are_met(B, left, found))
            if balance <= 1 + _TIE:
                return found, balance < 1 - _TIE
        if n_free >= n_samples:
            return None
        n_free *= _MORE


def _vertex(B: Matrix, left: Vector, near: Vector, free: NDArray[np.int64]) -> Vector | None:
    """Solve for the `free` rows, all others on the side where `near` has them; None where that has no solution."""
    from scipy.optimize import linprog

    sides = np.sign(left - B @ near)
    sides[free] = 0.0
    options = {"time_limit": _LONGEST}
    dual = linprog(-left[free], A_eq=B[free].T, b_eq=-(B.T @ sides), bounds=(-1, 1), method="highs-ds", options=options)
    if dual.status != 0:
        return None
    return _exactly(B[free], left[free], -dual.eqlin.marginals, np.abs(dual.x) < 1 - _TIE)


def _exactly(B: Matrix, left: Vector, step: Vector, decides: NDArray[np.bool_]) -> Vector:
    """Meet the rows that a vertex lies on to the last digit, where the solver has left them within its tolerance.

    First those of which the solution `decides` so, then those that are nearest.
    """
    from scipy.linalg import qr

    size = np.where(decides, 0.0, np.abs(left - B @ step))
    nearest = np.argsort(size, kind="stable")[: 8 * B.shape[1]]
    weights = 1 / np.maximum(size[nearest], _NEAREST)
    *_, order = qr((B[nearest] * weights[:, np.newaxis]).T, mode="economic", pivoting=True)
    rows = nearest[order[: B.shape[1]]]
    try:
        exact: Vector = np.linalg.solve(B[rows], left[rows])
    except np.linalg.LinAlgError:
        return step
    return exact


def _are_met(B: Matrix, left: Vector, step: Vector) -> NDArray[np.bool_]:
    """Whether what is left of each row is nothing but rounding."""
    met: NDArray[np.bool_] = np.abs(left - B @ step) <= _ROUNDING * (np.abs(left) + np.abs(B) @ np.abs(step))
    return met


def _balance(B: Matrix, sides: Vector, met: NDArray[np.bool_]) -> float:
    """Return the least size of slopes of the rows that are met that balances the `sides` of all others.

    As a programme: how far the sides can be scaled up until slopes of at most 1 no longer balance them.
    """
    from scipy.optimize import linprog

    needed, rows = -(B[~met].T @ sides[~met]), B[met]
    if len(rows) < B.shape[1]:  # in the middle of a flat bottom, if at all at one
        slopes = np.linalg.lstsq(rows.T, needed, rcond=None)[0]
        is_balanced = np.allclose(rows.T @ slopes, needed, rtol=0, atol=_TIE)
        return float(np.abs(slopes).max(initial=1.0)) if is_balanced else np.inf
    scaled = linprog(
        np.append(np.zeros(len(rows)), -1.0),
        A_eq=np.column_stack([rows.T, -needed]),
        b_eq=np.zeros(B.shape[1]),
        bounds=[(-1, 1)] * len(rows) + [(0, 2)],
        method="highs-ds",
        options={"time_limit": _LONGEST},
    )
    return -1 / scaled.fun if scaled.status == 0 and scaled.fun < 0 else np.inf
