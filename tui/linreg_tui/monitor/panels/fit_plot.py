"""Panel 2: what the model says beside what the data say.

For one feature, the data with the fitted line; for several, each prediction over the value that it should be. The range
is that of the data, and grows in a few steps while the model is elsewhere, so that points stay where they are.
"""

from pathlib import Path

import numpy as np

from linreg.arrays import Vector
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import BROKEN, FLOOR, LABEL, LINE, POINT, Picture
from linreg_tui.draw.raster import dashed, polyline, scatter, segments
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.script_output import last_lines
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count

_FEW_RESIDUALS, _FEW_POINTS = 12, 80
"""Rows up to which residuals are drawn, and up to which a point is a cell and not a dot."""
_MOST_STEPS = 4
"""By how many halves of the data's range the picture may grow to show the model."""


class FitPanel(ChartPanel):
    """The data and the model."""

    number = 2
    title = "fit"

    def draw(self, view: View, picture: Picture) -> str:
        """Draw what there is to draw."""
        facts = view.facts
        self.call_it(self.title if facts.script is None else "output")
        if facts.script is not None:
            return _show_output(picture, facts.script.output)
        if _line_of(facts, view.state.parameters) is None:
            return _say(picture, "A line through the data can be drawn for a module that is linear; this one is not.")
        if not len(facts.sample_y):
            return _say(picture, "No rows to draw.")
        if len(facts.features) == 1:
            return _draw_line(view, picture)
        return _draw_predictions(view, picture)


def _line_of(facts: Facts, parameters: Vector) -> tuple[Vector, float] | None:
    """Return w and b in the data's own units; None for a module of the user's own that is no linear model."""
    if not facts.is_linear and facts.quadratic is None:
        return None
    has_bias = len(parameters) > len(facts.features)
    w, b = facts.scaling.to_original(parameters, has_bias)
    return w, float(b)


def _draw_line(view: View, picture: Picture) -> str:
    """Draw the rows, the line through them, and that of least squares dashed."""
    facts = view.facts
    x, y = facts.sample_X[:, 0], facts.sample_y
    model = _line_of(facts, view.state.parameters)
    assert model is not None
    (w, *_), b = model
    across = Axis.around(float(x.min()), float(x.max()))
    ends = np.array([across.low, across.high])
    with np.errstate(over="ignore", invalid="ignore"):
        line, predicted = ends * w + b, x * w + b
    frame = Frame.inside((picture.width, picture.height), across, _range_of(y, line))
    room = (frame.width, frame.height)
    exact = None if facts.quadratic is None else _line_of(facts, facts.quadratic.optimum)
    if exact is not None:
        best = ends * exact[0][0] + exact[1]
        _dashed(picture, frame, ends, best, FLOOR)
    if len(y) <= _FEW_RESIDUALS:
        (column, point), (_, foot) = frame.dots(x, y), frame.dots(x, predicted)
        picture.dots(segments(column, point, column, foot, *room), FLOOR, frame.x)
    picture.dots(polyline(*frame.dots(ends, line), *room), LINE, frame.x)
    _draw_points(picture, frame, x, y, POINT)
    frame.label(picture)
    shares = np.linspace(0.0, 1.0, 50)
    if not frame.cells(ends[0] + shares * (ends[1] - ends[0]), line[0] + shares * (line[1] - line[0])):
        picture.text(frame.x + 1, 0, "the line is outside", BROKEN)
    words = f"{shortened(facts.target, 16)} over {shortened(facts.features[0], 16)}"
    return f"{words} · ┄ least squares" if exact is not None else words


def _draw_predictions(view: View, picture: Picture) -> str:
    """Draw each row's prediction over its target; on the dashed diagonal they are equal."""
    facts, y = view.facts, view.facts.sample_y
    model = _line_of(facts, view.state.parameters)
    assert model is not None
    with np.errstate(over="ignore", invalid="ignore"):
        predicted = facts.sample_X @ model[0] + model[1]
    across = Axis.around(float(y.min()), float(y.max()))
    frame = Frame.inside((picture.width, picture.height), across, _range_of(y, predicted))
    ends = np.array([across.low, across.high])
    if len(y) <= _FEW_POINTS:
        _dashed(picture, frame, ends, ends, FLOOR)
        _draw_points(picture, frame, y, predicted, LINE)
    else:  # a cloud would hide it
        _draw_points(picture, frame, y, predicted, LINE)
        _dashed(picture, frame, ends, ends, POINT)
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


def _dashed(picture: Picture, frame: Frame, x: Vector, y: Vector, style: str) -> None:
    """Draw a straight line of dashes."""
    dots = polyline(*frame.dots(x, y), frame.width, frame.height)
    picture.dots(dashed(dots), style, frame.x)


def _draw_points(picture: Picture, frame: Frame, x: Vector, y: Vector, style: str) -> None:
    """Draw rows as points, many of them as dots."""
    if len(x) <= _FEW_POINTS:
        for column, row in frame.cells(x, y):
            picture.text(column, row, "●", style)
    else:
        picture.dots(scatter(*frame.dots(x, y), frame.width, frame.height), style, frame.x)


def _show_output(picture: Picture, output: str) -> str:
    """Show the last lines that a script has printed."""
    if not output:
        return _say(picture, "The script keeps its data to itself, and prints to a terminal of its own.")
    lines = last_lines(Path(output), picture.height)
    if not lines:
        return _say(picture, "The script has printed nothing yet.")
    for place, line in enumerate(lines):
        picture.text(0, place, line, POINT)
    return "what the script prints"


def _say(picture: Picture, sentence: str) -> str:
    picture.words(sentence, LABEL)
    return ""
