"""The cost as a landscape over one or two directions of the parameters, in the units in which it is drawn.

For one or two parameters these are the parameters themselves, in the data's own units. For more it is the slice through
the optimum along the steepest and the flattest direction that has any curvature: those two decide how the run goes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from linreg.arrays import EPSILON, Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.text import shortened
from linreg.training.facts import Facts

_MOST_ROWS = 400
"""Sample rows that a cost without a closed form is computed on."""
_NEAR = 1e-3
"""A part of a contour's size; what starts nearer to its best has no distance to show."""


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """A cost over a line or a plane.

    Attributes
    ----------
    names
        Of the directions, one or two; safe to show.
    words
        What is drawn, where that is not simply the cost.
    cost
        From points ``(…, n_directions)`` to the cost ``(…)``, above least squares where that is known.
    project
        From parameters as trained, ``(n, n_parameters)``, to points ``(n, n_directions)``.
    optimum
        ``(n_directions,)``, the point of least cost; None where it is not known.
    centre, reach
        ``(n_directions,)``, the middle of the view, and how far it goes to either side at first.
    lift
        From a point ``(n_directions,)`` to the parameters as trained, ``(n_parameters,)``: those that `project` to it,
        and of a slice those on it.
    floor
        What is to be added to `cost` for the whole of it.
    """

    names: tuple[str, ...]
    words: str
    cost: Callable[[Matrix], Vector]
    project: Callable[[Matrix], Matrix]
    optimum: Vector | None
    centre: Vector
    reach: Vector
    lift: Callable[[Vector], Vector]
    floor: float = 0.0


def landscape_of(facts: Facts) -> Landscape | str:
    """Find what can be drawn of the cost, or say why nothing can."""
    if not facts.is_linear and facts.quadratic is None:
        return (
            "The surface can be drawn for a linear model, not for a module of your own."
            if facts.script is None
            else "The surface can be drawn where the script's cost is quadratic in its parameters."
        )
    n_parameters = len(facts.initial)
    if facts.quadratic is not None:
        return _own(facts, facts.quadratic) if n_parameters <= 2 else _slice(facts, facts.quadratic)
    if n_parameters <= 2 and len(facts.sample_y):
        return _sampled(facts)
    if facts.recipe.criterion == "MSELoss":
        return "The surface is not worked out for so many features."
    return "With more than two parameters, the surface can be drawn for the squared error only."


def _own(facts: Facts, quadratic: Quadratic) -> Landscape:
    """Take the parameters themselves."""

    def cost(points: Matrix) -> Vector:
        return quadratic.excess(_as_trained(facts, points))

    def project(parameters: Matrix) -> Matrix:
        return _as_shown(facts, parameters)

    optimum, start = project(quadratic.optimum), project(facts.initial)
    edges = np.eye(len(optimum))
    jacobian = np.stack([_as_trained(facts, edge) - _as_trained(facts, 0 * edge) for edge in edges], axis=-1)
    hessian = jacobian.T @ (quadratic.eigenvectors * quadratic.eigenvalues) @ quadratic.eigenvectors.T @ jacobian
    box = _box(np.diag(np.linalg.pinv(hessian)), float(quadratic.excess(facts.initial)))

    def lift(point: Vector) -> Vector:
        return _as_trained(facts, point)

    reach = _reach(np.abs(start - optimum), box)
    return Landscape(_names(facts), "", cost, project, optimum, optimum, reach, lift, quadratic.floor)


def _slice(facts: Facts, quadratic: Quadratic) -> Landscape | str:
    """Take the steepest and the flattest direction."""
    curved = np.flatnonzero(quadratic.eigenvalues > EPSILON * quadratic.eigenvalues[-1])
    if len(curved) < 2:
        return "The cost is curved in fewer than two directions: there is no surface to draw."
    which = np.array([curved[-1], curved[0]])
    curvature, origin = quadratic.eigenvalues[which], np.zeros(2)
    two = replace(  # of thousands of directions, a frame must not work out more than these; ascending, as it must be
        quadratic,
        eigenvalues=curvature[::-1],
        eigenvectors=quadratic.eigenvectors[:, which[::-1]],
        coordinates=quadratic.coordinates[which[::-1]],
    )

    def cost(points: Matrix) -> Vector:
        excess: Vector = 0.5 * (np.square(points) @ curvature)
        return excess

    def project(parameters: Matrix) -> Matrix:
        return two.error(parameters)[..., ::-1]

    start = project(facts.initial)
    distance, box = np.abs(start), _box(1 / curvature, float(cost(start)))
    reach = np.where(distance > _NEAR * box, 1.25 * distance, _reach(distance, box))
    words = f"slice of {len(facts.initial):,}-D"

    def lift(point: Vector) -> Vector:
        on_slice: Vector = quadratic.optimum + quadratic.eigenvectors[:, which] @ point
        return on_slice

    names = ("steepest", "flattest")
    return Landscape(names, words, cost, project, origin, origin, reach, lift, quadratic.floor)


def _sampled(facts: Facts) -> Landscape:
    """Take the parameters themselves, and the mean cost of the rows at hand."""
    X, y, loss = facts.sample_X[:_MOST_ROWS], facts.sample_y[:_MOST_ROWS], CRITERIA[facts.recipe.criterion]

    def cost(points: Matrix) -> Vector:
        w, b = (points[..., :-1], points[..., -1:]) if facts.has_bias else (points, 0.0)
        mean: Vector = loss(w @ X.T + b - y).mean(axis=-1)
        return mean

    def project(parameters: Matrix) -> Matrix:
        return _as_shown(facts, parameters)

    design = np.column_stack([X, np.ones(len(y))]) if facts.has_bias else X
    near = np.linalg.lstsq(design, y, rcond=None)[0].astype(np.float64)
    start = project(facts.initial)
    inverse: Vector = np.diag(np.linalg.pinv(2 * design.T @ design / len(y)))
    excess = max(0.0, float(np.square(design @ start - y).mean() - np.square(design @ near - y).mean()))
    reach = _reach(np.abs(start - near), _box(inverse, excess))
    optimum = None if facts.minimum is None else np.append(facts.minimum.w, facts.minimum.b)[: len(near)]

    def lift(point: Vector) -> Vector:
        return _as_trained(facts, point)

    return Landscape(_names(facts), "of the sample rows", cost, project, optimum, near, reach, lift)


def _huber(residual: Matrix) -> Matrix:
    size = np.abs(residual)
    return np.where(size < 1, 0.5 * np.square(residual), size - 0.5)


CRITERIA: dict[str, Callable[[Matrix], Matrix]] = {
    "MSELoss": np.square,
    "L1Loss": np.abs,
    "SmoothL1Loss": _huber,
    "HuberLoss": _huber,
}
"""torch.nn's criteria for one residual, at their own defaults: beta and delta 1, where the last two are the same."""


def _names(facts: Facts) -> tuple[str, ...]:
    if not facts.is_linear:
        return tuple(shortened(name, 14) for name in facts.weight_names)
    names = ("w",) if len(facts.features) == 1 else tuple(f"w {shortened(name, 12)}" for name in facts.features)
    return (*names, "b") if facts.has_bias else names


def _as_trained(facts: Facts, points: Matrix) -> Matrix:
    """Turn points in the data's own units into parameters as trained."""
    if not facts.is_linear:
        return points
    if not facts.has_bias:
        return facts.scaling.to_trained(points, 0.0, False)
    return facts.scaling.to_trained(points[..., :-1], points[..., -1], True)


def _as_shown(facts: Facts, parameters: Matrix) -> Matrix:
    """Turn parameters as trained into points in the data's own units."""
    w, b = facts.in_original_units(parameters)
    return w if b is None else np.concatenate([w, b[..., np.newaxis]], axis=-1)


def _box(inverse: Vector, excess: float) -> Vector:
    """Return how far the contour of an excess cost goes along each direction: √(2 · excess · H⁻¹)."""
    box: Vector = np.sqrt(2 * excess * np.maximum(inverse, 0.0))
    return box


def _reach(distance: Vector, box: Vector) -> Vector:
    """Choose how far the view goes: beyond the start, and along a direction that starts at its best, some way."""
    reach: Vector = 1.25 * np.maximum(distance, 0.5 * box)
    return np.where(reach > 0, reach, 1.0)
