"""How many epochs it takes until the cost is as good as that of least squares, without running them."""

from collections.abc import Callable
from itertools import accumulate, repeat

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.recurrence import Recurrence
from linreg.numerics.transition import unroll

_TRIES = 500
"""How often an epoch is sought at which the swings of a momentum are small enough."""
_SCANNED_CELLS = 2**21
"""How far the first epoch below a tolerance is looked for one by one where the cost can rise again …"""
_BLOCK_CELLS = 2**15
"""… and how much of that at a time."""


def epochs_to_converge(
    quadratic: Quadratic,
    initial: Vector,
    learning_rate: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    tolerance: float = 1e-6,
    buffer: Vector | None = None,
    rounded: Callable[[int], int] = int,
) -> int | None:
    """Count the steps from `initial` until excess cost / `reference` is at most `tolerance`; None if that is never.

    `buffer` ``(n_parameters,)`` is the momentum that SGD carries there; None before its first step.
    As row e of a trace holds the cost after e steps, it is also the first row that has converged. Without momentum
    and decay the cost only falls, and bisection over powers of the recurrence finds the count. Otherwise it may
    rise again: epochs are looked through one by one as far as that takes no time, and beyond it the count is
    *an* epoch at which the cost comes below. `rounded` raises a count to one that may be returned, at which the cost
    is below as well.
    """
    recurrence = Recurrence.of(quadratic, initial, momentum, dampening, nesterov, weight_decay)
    if buffer is not None:
        recurrence.start[:, 1] = buffer @ recurrence.quadratic.eigenvectors
    step, goal = recurrence.step(learning_rate), tolerance * quadratic.reference

    def reached(state: Matrix) -> bool:
        return bool(recurrence.excess(recurrence.offsets(state)) <= goal)

    with np.errstate(over="ignore", invalid="ignore"):
        n_steps: int | None = 0
        if not reached(recurrence.start):
            if goal == 0:
                return None
            n_steps = _scan(recurrence, step, goal) if momentum or weight_decay else None
            n_steps = n_steps or _first_power(step, recurrence.start, reached)
        return _raised(step, recurrence.start, reached, n_steps, rounded)


def epochs_to_within(
    quadratic: Quadratic,
    initial: Vector,
    learning_rate: float,
    reach: Matrix | None,
    tolerance: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    buffer: Vector | None = None,
    at_rest: bool = False,
    rounded: Callable[[int], int] = int,
) -> int | None:
    """Count the steps from `initial` until no parameter is farther from the optimum than `tolerance`; None: never.

    With `at_rest` it is the distance from where the parameters settle, which weight decay keeps away from the optimum.
    `reach` ``(n, n_parameters)`` says how a distance as trained is measured; None: as it is. What is bounded is the sum
    of what every direction adds to that distance, so that none of them cancels another by chance, and without momentum
    the count is one after which it stays there. `rounded` raises a count to one that may be returned, at which they are
    as near as well.
    """
    recurrence = Recurrence.of(quadratic, initial, momentum, dampening, nesterov, weight_decay)
    if buffer is not None:
        recurrence.start[:, 1] = buffer @ recurrence.quadratic.eigenvectors
    step, directions = recurrence.step(learning_rate), recurrence.quadratic.eigenvectors
    parts = np.abs(directions if reach is None else reach @ directions)
    shift = np.zeros_like(recurrence.shift) if at_rest else recurrence.shift

    def reached(state: Matrix) -> bool:
        distance = parts @ np.abs(recurrence.offsets(state) + shift)
        return bool((distance <= tolerance).all())

    with np.errstate(over="ignore", invalid="ignore"):
        n_steps = 0 if reached(recurrence.start) else _first_power(step, recurrence.start, reached)
        return _raised(step, recurrence.start, reached, n_steps, rounded)


def _raised(
    step: Matrix, start: Matrix, reached: Callable[[Matrix], bool], n_steps: int | None, rounded: Callable[[int], int]
) -> int | None:
    """Return the rounded count of steps, or one above it, after which `reached` is true."""
    for _ in range(_TRIES):
        if n_steps is None:
            break
        n_steps = rounded(n_steps)
        if reached(_applied(np.linalg.matrix_power(step, n_steps), start)):
            break
        n_steps += 1 + n_steps // 100  # it swings: not yet, but the swings shrink
    return n_steps


def _first_power(step: Matrix, start: Matrix, reached: Callable[[Matrix], bool]) -> int | None:
    """Return the smallest k with `reached` true after k steps, for a `reached` that stays true; None beyond 2⁶²."""
    powers = list(accumulate(repeat(step, 62), lambda power, _: power @ power))
    state, n_steps = start, 0
    for exponent, power in reversed(list(enumerate(powers))):
        later = _applied(power, state)
        if not reached(later):
            state, n_steps = later, n_steps + 2**exponent
    return n_steps + 1 if n_steps < 2**62 - 1 else None


def _scan(recurrence: Recurrence, step: Matrix, goal: float) -> int | None:
    """Return the first step count with an excess of at most `goal`, looking at every epoch of the nearest."""
    n_parameters = len(recurrence.start)
    n_block = max(1, _BLOCK_CELLS // n_parameters)
    state = recurrence.start
    for first in range(0, _SCANNED_CELLS // n_parameters, n_block):
        states = unroll(step, state, n_block)
        excess = recurrence.excess(recurrence.offsets(states))
        if (excess <= goal).any():
            return first + int((excess <= goal).argmax())
        if not np.isfinite(excess[-1]):
            return None
        state = states[..., -1]
    return None


def _applied(matrices: Matrix, state: Matrix) -> Matrix:
    applied: Matrix = (matrices @ state[..., np.newaxis])[..., 0]
    return applied
