"""The picture of the rows and the model: over the one feature, or each prediction over what it should be.

The range is that of the data, and grows in a few steps while the model is elsewhere, so that points stay where they
are. Each row is tied to where the model has it as far as that can be told apart.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linreg.arrays import Vector
from linreg.statistics import tails
from linreg.statistics.intervals import spread_of
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import BROKEN, FLOOR, LABEL, LINE, POINT, Picture
from linreg_tui.draw.raster import Dots, blobs, dashed, in_cells_of, no_dots, polyline, scatter, segments
from linreg_tui.monitor.fit.hand import Hand
from linreg_tui.monitor.script_output import last_lines
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count

_MOST_CELLS, _MOST_BLOBS, _MOST_RESIDUALS = 4, 80, 50
"""Rows up to which a point is a cell; up to which it is a few dots and not one; up to which residuals are drawn."""
_MOST_STEPS = 4
"""By how many halves of the data's range the picture may grow to show the model."""
_BAND, _APART = 0.95, 3
"""How sure the band is, and how many dots apart those of its edges are."""
Line = tuple[Vector, float]
"""w and b, in the data's own units."""


def line_of(facts: Facts, parameters: Vector) -> Line | None:
    """Return w and b in the data's own units; None for a module of the user's own that is no linear model."""
    if not facts.is_linear and facts.quadratic is None:
        return None
    has_bias = len(parameters) > len(facts.features)
    w, b = facts.scaling.to_original(parameters, has_bias)
    return w, float(b)


def _line_of_least_squares(facts: Facts) -> Line | None:
    """Return the exact answer, or what it would be where another criterion is trained that it is compared with."""
    if facts.quadratic is not None:
        return line_of(facts, facts.quadratic.optimum)
    least = facts.minimum
    return None if least is None else (least.least_squares.w, least.least_squares.b)


def predicted_by(facts: Facts, line: Line) -> Vector:
    """Return what a line answers to the rows at hand, ``(n,)``."""
    with np.errstate(over="ignore", invalid="ignore"):
        predicted: Vector = facts.sample_X @ line[0] + line[1]
    return predicted


@dataclass(frozen=True, eq=False)
class Model:
    """What the model answers: to the rows, ``(n,)``, and where it is a straight line, that line."""

    line: Line | None
    predicted: Vector

    def over(self, x: Vector, across: Axis) -> tuple[Vector, Vector]:
        """Return points of it from the left to the right, for what of it is inside: its ends may be far out."""
        if self.line is None:
            in_order = np.argsort(x, kind="stable")
            return x[in_order], self.predicted[in_order]
        shares = np.linspace(0.0, 1.0, 50)
        with np.errstate(over="ignore", invalid="ignore"):
            xs = across.low + shares * (across.high - across.low)
            return xs, xs * self.line[0][0] + self.line[1]


def frame_over_feature(
    facts: Facts, room: tuple[int, int], model: Model, hand: Hand | None = None, before: Frame | None = None
) -> Frame:
    """Frame the rows, and a hand; while it is on them the picture grows, and never shrinks from one `before`."""
    x, y = facts.sample_X[:, 0], facts.sample_y
    if hand is not None:
        x, y = np.append(x, hand.x), np.append(y, hand.y)
    across = Axis.around(float(x.min()), float(x.max()))
    across = across if before is None else _covering(across, before.across)
    down = _range_of(y, model.over(facts.sample_X[:, 0], across)[1])
    return Frame.inside(room, across, down if before is None else _covering(down, before.down))


def _covering(axis: Axis, before: Axis) -> Axis:
    if before.low <= axis.low and axis.high <= before.high:
        return before
    return Axis.around(min(axis.low, before.low), max(axis.high, before.high))


def draw_over_feature(view: View, picture: Picture, model: Model, frame: Frame) -> str:
    """Draw the rows, the model through them, and the line of least squares dashed."""
    facts, line = view.facts, model.line
    x, y = facts.sample_X[:, 0], facts.sample_y
    ends, (xs, ys) = np.array([frame.across.low, frame.across.high]), model.over(x, frame.across)
    exact = _line_of_least_squares(facts)
    if exact is not None:
        _dashed(picture, frame, ends, ends * exact[0][0] + exact[1], FLOOR)
    has_band = exact is not None and _draw_band(view, picture, frame, exact)
    drawn = polyline(*frame.dots(xs[[0, -1]] if line else xs, ys[[0, -1]] if line else ys), frame.width, frame.height)
    ties = _ties(frame, x, y, model.predicted)
    picture.dots(ties, FLOOR, frame.x)
    picture.dots(drawn | in_cells_of(drawn, ties), LINE, frame.x)
    _draw_points(picture, frame, (x, y), POINT, drawn | ties)
    frame.label(picture)
    if not frame.cells(xs, ys):
        picture.text(frame.x + 1, 0, "the line is outside", BROKEN)
    words = f"{shortened(facts.target, 16)} over {shortened(facts.features[0], 16)}"
    band = f" ⋯ {100 * _BAND:g} % band" if has_band else ""
    return f"{words} · ┄ least squares{band}" if exact is not None else words


def _draw_band(view: View, picture: Picture, frame: Frame, exact: Line) -> bool:
    """Draw the edges of where the line of all rows like these is; return whether any of that is in sight."""
    facts = view.facts
    spread = spread_of(facts.recipe, facts.quadratic, facts.least_squares, facts.scaling, facts.n_samples)
    if spread is None or not tails.are_loaded():
        return False
    x = np.linspace(frame.across.low, frame.across.high, 2 * frame.width)
    half, line = spread.half_widths(x[:, np.newaxis], _BAND, "mean"), x * exact[0][0] + exact[1]
    edges = no_dots(frame.width, frame.height)
    for y in (line - half, line + half):
        columns, rows = frame.dots(x[::_APART], y[::_APART])
        edges |= scatter(columns, rows, frame.width, frame.height)
    picture.dots(edges, FLOOR, frame.x)
    return bool(edges.any())


def draw_over_actual(view: View, picture: Picture, predicted: Vector) -> str:
    """Draw each row's prediction over its target; on the dashed diagonal they are equal."""
    facts, y = view.facts, view.facts.sample_y
    across = Axis.around(float(y.min()), float(y.max()))
    frame = Frame.inside((picture.width, picture.height), across, _range_of(y, predicted))
    ends = np.array([across.low, across.high])
    equal = dashed(polyline(*frame.dots(ends, ends), frame.width, frame.height))
    if len(y) <= _MOST_BLOBS:
        picture.dots(equal, FLOOR, frame.x)
        _draw_points(picture, frame, (y, predicted), LINE, equal)
    else:  # a cloud would hide it
        _draw_points(picture, frame, (y, predicted), LINE, equal)
        picture.dots(equal, POINT, frame.x)
    frame.label(picture)
    n_inside = len(frame.cells(y, predicted))
    if n_inside < len(y):
        picture.text(frame.x + 1, 0, f"{count(len(y) - n_inside)} of {count(len(y))} rows outside", BROKEN)
    return f"predicted over actual {shortened(facts.target, 20)} · ┄ equal"


def _range_of(y: Vector, model: Vector) -> Axis:
    """Choose the range upwards: the data's, grown in steps while the model is near but not inside."""
    data = Axis.around(float(y.min()), float(y.max()))
    half = data.high / 2 - data.low / 2
    model = model[np.isfinite(model)]
    if not len(model):
        return data
    below, above = (data.low - float(model.min())) / half, (float(model.max()) - data.high) / half
    n_below, n_above = (int(np.ceil(np.clip(each, 0, _MOST_STEPS))) for each in (below, above))
    return Axis.around(data.low - n_below * half, data.high + n_above * half)


def draw_output(picture: Picture, output: str) -> str:
    """Show the last lines that a script has printed."""
    if not output:
        return draw_sentence(picture, "The script keeps its data to itself, and prints to a terminal of its own.")
    lines = last_lines(Path(output), picture.height)
    if not lines:
        return draw_sentence(picture, "The script has printed nothing yet.")
    for place, line in enumerate(lines):
        picture.text(0, place, line, POINT)
    return "what the script prints"


def draw_sentence(picture: Picture, sentence: str) -> str:
    """Say why there is no picture."""
    picture.words(sentence, LABEL)
    return ""


def _dashed(picture: Picture, frame: Frame, x: Vector, y: Vector, style: str) -> None:
    """Draw a straight line of dashes."""
    dots = polyline(*frame.dots(x, y), frame.width, frame.height)
    picture.dots(dashed(dots), style, frame.x)


def _ties(frame: Frame, x: Vector, y: Vector, foot: Vector) -> Dots:
    """Tie points to where the model has them, as far as there are few, and room between them."""
    if len(x) > min(_MOST_RESIDUALS, frame.width // 2):
        return no_dots(frame.width, frame.height)
    (column, top), (_, bottom) = frame.dots(x, y), frame.dots(x, foot)
    return segments(column, top, column, bottom, frame.width, frame.height)


def _draw_points(picture: Picture, frame: Frame, points: tuple[Vector, Vector], style: str, below: Dots) -> None:
    """Draw rows as points, of which only a few may take a cell: the dots `below` stay in sight in that of a point."""
    n = len(points[0])
    if n <= _MOST_CELLS or (picture.plain and n <= _MOST_BLOBS):
        for column, row in frame.cells(*points):
            picture.text(column, row, "●", style)
        return
    draw = blobs if n <= _MOST_BLOBS else scatter
    dots = draw(*frame.dots(*points), frame.width, frame.height)
    if n <= _MOST_BLOBS:
        dots |= in_cells_of(dots, below)
    picture.dots(dots, style, frame.x)
