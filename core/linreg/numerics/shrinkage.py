"""Where weight decay leads: the parameters as trained of least squared error plus ½ λ ‖θ‖², the ridge solution.

SGD adds λ θ to the gradient, so that it comes to rest where ∇cost + λ θ = 0 (Hoerl & Kennard 1970). Along an
eigenvector of curvature h a coordinate c of the exact answer shrinks to c h / (h + λ): one decomposition serves every
λ. All parameters are pulled, b as any weight, and in the units that are trained on.
"""

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic


def shrunken(quadratic: Quadratic, weight_decay: Vector | float, initial: Vector | None = None) -> Matrix:
    """Return where full-batch SGD comes to rest, ``(…, n_parameters)`` as trained, for decays ``(…)`` of 0 or more.

    Without a decay it is the exact answer; a direction that neither the rows nor a decay say anything of stays where
    the parameters start, at `initial` or 0.
    """
    decay = np.asarray(weight_decay, np.float64)[..., np.newaxis]
    curvature, start = quadratic.eigenvalues, np.zeros(len(quadratic.eigenvalues))
    if initial is not None:
        quadratic = quadratic.reaching(initial)
        curvature = quadratic.eigenvalues
        start = np.where(curvature > 0, 0.0, initial @ quadratic.eigenvectors)
    pulled = curvature + decay
    kept = np.divide(curvature, pulled, out=np.zeros_like(pulled), where=pulled > 0)
    coordinates = np.where(pulled > 0, kept * quadratic.coordinates, start)
    rest = coordinates @ quadratic.eigenvectors.T
    exact = quadratic.optimum + start @ quadratic.eigenvectors.T
    parameters: Matrix = np.where(decay > 0, rest, exact)
    return parameters


def above_rest(quadratic: Quadratic, parameters: Matrix, weight_decay: float) -> Vector:
    """Return how far the cost with its penalty is above its least, ``(…)``: ½ Σ (h + λ) of squared distances to it."""
    away = parameters - shrunken(quadratic, weight_decay)
    distance = away @ quadratic.eigenvectors
    with np.errstate(over="ignore", invalid="ignore"):
        above: Vector = 0.5 * (np.square(distance) @ (quadratic.eigenvalues + weight_decay))
        if not quadratic.is_complete:  # along all other directions the cost is flat
            flat = away - distance @ quadratic.eigenvectors.T
            above = above + 0.5 * weight_decay * np.square(flat).sum(axis=-1)
    return above


def penalty(parameters: Matrix, weight_decay: Vector | float) -> Vector:
    """Return what a decay adds to the cost that SGD descends, ``(…)``: ½ λ ‖θ‖² of parameters as trained."""
    added: Vector = 0.5 * np.asarray(weight_decay) * np.square(parameters).sum(axis=-1)
    return added
