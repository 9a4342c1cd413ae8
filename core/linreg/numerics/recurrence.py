"""Full-batch SGD in the eigenbasis of the cost's Hessian: every coordinate is a small linear recurrence of its own.

With g the gradient (and weight decay) along an eigenvector of curvature λ, torch.optim.SGD does

    m ← β m + (1 − τ) g        momentum buffer; at the very first step m ← g
    s ← g + β m (Nesterov), or m
    d ← d − η s                displacement from where the run started
    g ← g − η λ s              because g is linear in d

so (g, m, d) after k steps is (g, m, d) times the k-th power of a 3×3 matrix, which repeated squaring reaches in log k
products; a closed form through the matrix's own eigenvalues would break down where they coincide, as they do for the
best momentum. The gradient keeps its digits however small it gets, so the distance to the optimum is g/λ. Where there
is next to no curvature, that quotient would blow rounding up; there it is taken from d.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.transition import is_slow, transition


@dataclass(frozen=True, slots=True, eq=False)
class Recurrence:
    """The recurrences of one run. States are ``(n_directions, 3[, n_epochs])``: gradient, buffer, displacement.

    Attributes
    ----------
    quadratic
        The cost, with a direction for where the run starts; `curvature` is its eigenvalues with weight decay added.
    momentum, dampening, nesterov
        As torch.optim.SGD has them.
    start
        ``(n_directions, 3)``, the state before the first step.
    slow
        ``(n_directions,)``, the coordinates with too little curvature to divide by.
    origin
        ``(n_parameters,)``, the parameters at which every coordinate's offset is 0.
    shift
        ``(n_directions,)``, the error of that point in the eigenbasis.
    """

    quadratic: Quadratic
    momentum: float
    dampening: float
    nesterov: bool
    curvature: Vector
    start: Matrix
    slow: NDArray[np.bool_]
    origin: Vector
    shift: Vector

    @classmethod
    def of(
        cls,
        quadratic: Quadratic,
        initial: Vector,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> Self:
        """Start from `initial` ``(n_parameters,)``."""
        dampening = dampening if momentum else 0.0  # as in torch: without momentum there is no buffer to dampen
        quadratic = quadratic.reaching(initial)
        curvature = quadratic.eigenvalues + weight_decay
        slow = is_slow(curvature)
        coordinates, error = initial @ quadratic.eigenvectors, quadratic.error(initial)
        goal = quadratic.coordinates * np.divide(
            quadratic.eigenvalues, curvature, out=np.zeros_like(curvature), where=~slow
        )
        start = np.zeros((len(curvature), 3))
        start[:, 0] = quadratic.eigenvalues * error + weight_decay * coordinates
        if momentum:
            start[:, 1] = start[:, 0] * (dampening / momentum)  # makes the first buffer the gradient, undampened
        return cls(
            quadratic=quadratic,
            momentum=momentum,
            dampening=dampening,
            nesterov=nesterov,
            curvature=curvature,
            start=start,
            slow=slow,
            origin=quadratic.optimum
            if weight_decay == 0 and not slow.any()
            else quadratic.eigenvectors @ np.where(slow, coordinates, goal),
            shift=np.where(slow, error, goal - quadratic.coordinates),
        )

    def step(self, learning_rate: float) -> Matrix:
        """Return the matrices of one step, ``(n_directions, 3, 3)``. A coordinate at rest is held there, exactly."""
        at_rest = ~self.start[:, :2].any(axis=1)
        curvature = np.where(at_rest, 0.0, self.curvature)
        with np.errstate(over="ignore", invalid="ignore"):  # an absurd rate diverges, in silence
            return transition(curvature, learning_rate, self.momentum, self.dampening, self.nesterov)

    def offsets(self, states: Matrix) -> Matrix:
        """Return how far each coordinate is from `origin`, ``(n_directions[, n_epochs])``."""
        scale = np.divide(1.0, self.curvature, out=np.zeros_like(self.curvature), where=~self.slow)
        offsets = states[:, 0] * scale.reshape(-1, *[1] * (states.ndim - 2))
        offsets[self.slow] = states[self.slow, 2]
        return offsets

    def excess(self, offsets: Matrix) -> Vector:
        """Return the cost above its minimum, ``([n_epochs])``, as a sum of squares."""
        error = offsets + self.shift.reshape(-1, *[1] * (offsets.ndim - 1))
        excess: Vector = 0.5 * (self.quadratic.eigenvalues @ np.square(error))
        return excess

    def parameters(self, offsets: Matrix) -> Matrix:
        """Return the parameters, ``(n_epochs, n_parameters)``."""
        return offsets.T @ self.quadratic.eigenvectors.T + self.origin
