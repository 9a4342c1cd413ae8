"""One step of full-batch SGD along an eigenvector of the Hessian as a 3×3 matrix, and the states that follow."""

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector

_SLOW = 1e-8
"""Coordinates with less than this part of the largest curvature count as flat for as long as anyone waits."""


def is_slow(curvature: Vector) -> NDArray[np.bool_]:
    """Tell which coordinates have so little curvature that they count as flat; the last is the steepest."""
    slow: NDArray[np.bool_] = curvature <= _SLOW * curvature[-1]
    return slow


def transition(
    curvature: Vector, learning_rate: float, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False
) -> Matrix:
    """Return the 3×3 matrices, ``(n_parameters, 3, 3)``, that take (gradient, buffer, displacement) one step on."""
    of_gradient, of_buffer = 1 - dampening, momentum
    if nesterov:
        of_gradient, of_buffer = 1 + momentum * of_gradient, momentum * momentum
    matrices = np.zeros((len(curvature), 3, 3))
    matrices[:, 0, 0] = 1 - learning_rate * curvature * of_gradient
    matrices[:, 0, 1] = -learning_rate * curvature * of_buffer
    matrices[:, 1, 0], matrices[:, 1, 1] = 1 - dampening, momentum
    matrices[:, 2] = -learning_rate * of_gradient, -learning_rate * of_buffer, 1.0
    return matrices


def unroll(step: Matrix, start: Matrix, n_epochs: int) -> Matrix:
    """Return the states after 0 … n_epochs steps, ``(n_parameters, 3, n_epochs + 1)``, doubling what is known.

    Overflow to infinity, and what follows from it, passes in silence.
    """
    states = np.empty((*start.shape, n_epochs + 1))
    states[..., 0] = start
    known = 1
    with np.errstate(over="ignore", invalid="ignore"):
        while known <= n_epochs:
            fresh = min(known, n_epochs + 1 - known)
            states[..., known : known + fresh] = step @ states[..., :fresh]
            known += fresh
            if known <= n_epochs:
                step = step @ step
    return states
