"""Panel 2 turned: what the residuals of the model as it stands say against it, the four charts of R's ``plot(lm)``.

The rows are those at hand, all of them where they are few. A residual is standardised by what is left over of all rows
at this moment; at least squares these are the numbers of ``linreg diagnose``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.statistics import tails
from linreg.statistics.diagnostics import cook_limits, farthest, quartile_line
from linreg.statistics.smoothing import lowess
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import BROKEN, FLOOR, LABEL, LINE, POINT, Picture
from linreg_tui.draw.raster import Dots, blobs, dashed, in_cells_of, no_dots, polyline, scatter
from linreg_tui.text.numbers import count

VIEWS = ("residuals", "normal quantiles", "scale over location", "leverage")
_MOST_BLOBS, _MOST_NAMED, _LEAST_SMOOTHED, _MOST_SMOOTHED = 80, 60, 4, 200
"""Rows up to which a point is a few dots, and the farthest have names; from and up to which a smooth line takes all."""
_ALL_LEFT = 1e-10
_DISTANCE = 0.5


@dataclass(frozen=True, eq=False)
class Residuals:
    """The residuals of some rows, ``(n,)`` each.

    `leverage` is None where the rows at hand do not tell it; `standardized` is NaN of a row that decides its own.
    """

    fitted: Vector
    residual: Vector
    standardized: Vector
    leverage: Vector | None


def leverage_of(facts: Facts) -> Vector | None:
    """Return how much of its own prediction each row at hand decides, ``(n,)``; None where that takes other rows."""
    trained = facts.scaling.apply(facts.sample_X)
    rows = np.column_stack([trained, np.ones(len(trained))]) if facts.has_bias else trained
    if len(rows) == facts.n_samples:
        U, lengths, _ = np.linalg.svd(rows, full_matrices=False)
        counts = lengths > max(rows.shape) * np.finfo(float).eps * lengths.max(initial=0.0)
        leverage: Vector = np.square(U[:, counts]).sum(axis=1)
        return np.minimum(leverage, 1.0)
    if facts.quadratic is None or not np.isfinite(facts.quadratic.condition_number):
        return None
    unit = facts.quadratic.eigenvalues / 2 * (1 if facts.recipe.reduction == "sum" else facts.n_samples)
    of_directions: Vector = (np.square(rows @ facts.quadratic.eigenvectors) / unit).sum(axis=1)
    return np.minimum(of_directions, 1.0)


def residuals_of(facts: Facts, predicted: Vector, leverage: Vector | None) -> Residuals | str:
    """Return the residuals of the rows at hand, or why they say nothing."""
    n_left = facts.n_samples - len(facts.initial)
    if n_left < 1:
        return "There are no more rows than parameters: nothing is left over that residuals could tell."
    if facts.recipe.weights is not None:
        return "The rows count differently, and their weights are not known here: linreg diagnose knows them."
    residual = facts.sample_y - predicted
    if not np.isfinite(residual).all() or not residual.any():
        return "There are no residuals to draw."
    scale = np.sqrt(np.square(residual).mean() * facts.n_samples / n_left)
    left = 1.0 if leverage is None else np.where(1 - leverage < _ALL_LEFT, np.nan, 1 - leverage)
    return Residuals(predicted, residual, residual / (scale * np.sqrt(left)), leverage)


def draw_residuals(facts: Facts, picture: Picture, which: str, found: Residuals | str) -> str:
    """Draw one of `VIEWS` on a blank picture, and return what the frame says of it."""
    if isinstance(found, str):
        picture.words(found, LABEL)
        return ""
    if which == "leverage" and found.leverage is None:
        picture.words("The leverage of so many rows follows from the curvature of the squared error only.", LABEL)
        return ""
    if which == "quantiles" and not tails.are_loaded():
        picture.words("…", LABEL)
        return ""
    words = _DRAWN[which](facts, picture, found)
    n_drawn = len(found.residual)
    return words if n_drawn == facts.n_samples else f"{words} · {count(n_drawn)} of {count(facts.n_samples)} rows"


def _draw_over_fitted(facts: Facts, picture: Picture, found: Residuals) -> str:
    frame = _framed(picture, found.fitted, found.residual)
    below = _line(picture, frame, (0.0, 0.0)) | _smooth(picture, frame, found.fitted, found.residual)
    _points(facts, picture, frame, (found.fitted, found.residual), found.standardized, below)
    return f"residual over fitted {shortened(facts.target, 16)}"


def _draw_quantiles(facts: Facts, picture: Picture, found: Residuals) -> str:
    known = np.flatnonzero(~np.isnan(found.standardized))
    order = known[np.argsort(found.standardized[known], kind="stable")]
    shift = 3 / 8 if len(order) <= 10 else 1 / 2  # as linreg diagnose has it
    quantiles = tails.special().ndtri((np.arange(1, len(order) + 1) - shift) / (len(order) + 1 - 2 * shift))
    values = found.standardized[order]
    frame, (slope, intercept) = _framed(picture, quantiles, values), quartile_line(quantiles, values)
    ends = intercept + slope * frame.across.low, intercept + slope * frame.across.high
    _points(facts, picture, frame, (quantiles, values), values, _line(picture, frame, ends), order)
    return "standardised residual over normal quantile"


def _draw_scale(facts: Facts, picture: Picture, found: Residuals) -> str:
    sizes = np.sqrt(np.abs(found.standardized))
    frame = _framed(picture, found.fitted, np.append(sizes, 0.0))
    below = _smooth(picture, frame, found.fitted, sizes)
    _points(facts, picture, frame, (found.fitted, sizes), found.standardized, below)
    return f"√|standardised residual| over fitted {shortened(facts.target, 12)}"


def _draw_leverage(facts: Facts, picture: Picture, found: Residuals) -> str:
    assert found.leverage is not None
    known = ~np.isnan(found.standardized)
    leverage, values = found.leverage[known], found.standardized[known]
    frame = _framed(picture, np.append(leverage, 0.0), values)
    below = _line(picture, frame, (0.0, 0.0))
    across = np.linspace(frame.across.high / (2 * frame.width), min(1.0, frame.across.high), 2 * frame.width)
    limit = cook_limits(_DISTANCE, len(facts.initial), across)
    edges = no_dots(frame.width, frame.height)
    for y in (limit, -limit):
        edges |= scatter(*frame.dots(across[::3], y[::3]), frame.width, frame.height)
    picture.dots(edges, FLOOR, frame.x)
    distance = np.square(found.standardized) * found.leverage / np.maximum(1 - found.leverage, _ALL_LEFT)
    _points(facts, picture, frame, (leverage, values), distance[known], below, np.flatnonzero(known))
    return f"standardised residual over leverage{' · ⋯ Cook 0.5' if edges.any() else ''}"


_DRAWN = dict(zip(VIEWS, (_draw_over_fitted, _draw_quantiles, _draw_scale, _draw_leverage), strict=True))


def _framed(picture: Picture, x: Vector, y: Vector) -> Frame:
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    across, down = (Axis.around(float(each.min()), float(each.max())) for each in (x, y))
    return Frame.inside((picture.width, picture.height), across, down)


def _line(picture: Picture, frame: Frame, heights: tuple[float, float]) -> Dots:
    """Draw a straight line of dashes all across, and return its dots."""
    ends = frame.dots(np.array([frame.across.low, frame.across.high]), np.array(heights))
    dots = dashed(polyline(*ends, frame.width, frame.height))
    picture.dots(dots, FLOOR, frame.x)
    return dots


def _points(
    facts: Facts,
    picture: Picture,
    frame: Frame,
    points: tuple[Vector, Vector],
    sizes: Vector,
    below: Dots,
    order: Sequence[int] | NDArray[np.int64] | None = None,
) -> None:
    """Draw rows over the dots `below`, number the axes, and name the three of few rows that stand out by `sizes`.

    `order` has the places that the rows have in the table.
    """
    known = ~np.isnan(points[1])
    draw = blobs if len(known) <= _MOST_BLOBS else scatter
    dots = draw(*frame.dots(points[0][known], points[1][known]), frame.width, frame.height)
    picture.dots(dots | in_cells_of(dots, below), POINT, frame.x)
    frame.label(picture)
    if not len(facts.sample_y) == facts.n_samples <= _MOST_NAMED or facts.n_dropped:
        return
    taken = set[tuple[int, int]]()
    for place in farthest(sizes):
        name = str(1 + (place if order is None else int(order[place])))
        for column, row in frame.cells(points[0][[place]], points[1][[place]]) if known[place] else ():
            start = column + 1 if column + 1 + len(name) <= picture.width else column - len(name)
            wanted = {(each, row) for each in range(start - 1, start + len(name) + 1)}
            if not wanted & taken:
                picture.text(start, row, name, BROKEN)
                taken |= wanted


def _smooth(picture: Picture, frame: Frame, x: Vector, y: Vector) -> Dots:
    """Draw LOWESS through the rows, of many through some, and return its dots."""
    known = np.flatnonzero(np.isfinite(y))
    order = known[np.argsort(x[known], kind="stable")]
    chosen = order[np.unique(np.linspace(0, len(order) - 1, _MOST_SMOOTHED).round().astype(int))]
    if len(chosen) < _LEAST_SMOOTHED or not np.ptp(x[chosen]) > 0:
        return no_dots(frame.width, frame.height)
    line = polyline(*frame.dots(x[chosen], lowess(x[chosen], y[chosen])), frame.width, frame.height)
    picture.dots(line, LINE, frame.x)
    return line
