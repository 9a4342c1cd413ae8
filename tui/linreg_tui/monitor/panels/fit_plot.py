"""Panel 2: what the model says beside what the data say.

For one feature, the data with the fitted line, or what a module of the user's own answers, each row tied to where the
model has it as far as that can be told apart; for several, each prediction over the value that it should be. The range
is that of the data, and grows in a few steps while the model is elsewhere, so that points stay where they are.
"""

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
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.panels.residual_plot import VIEWS, draw_residuals, leverage_of, residuals_of
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


class FitPanel(ChartPanel):
    """The data and the model."""

    number = 2
    title = "fit"

    def __init__(self) -> None:
        super().__init__()
        self.place = 0
        """Which of the views is shown: 0 is the fit, and what its residuals say is counted from 1."""
        self._leverage: tuple[Facts, Vector | None] | None = None

    def turn(self) -> None:
        """Show the next view: the fit, its residuals, their normal quantiles, their sizes, the leverages."""
        self.place = (self.place + 1) % (1 + len(VIEWS))
        self.draw_again()

    def draw(self, view: View, picture: Picture) -> str:
        """Draw what there is to draw."""
        facts = view.facts
        self.call_it(self.title if facts.script is None else "output")
        if facts.script is not None:
            return _show_output(picture, facts.script.output)
        if not len(facts.sample_y):
            return _say(picture, "No rows to draw.")
        line = _line_of(facts, view.state.parameters)
        predicted = view.state.predicted if line is None else _predicted(facts, line)
        if predicted is None:
            return _say(picture, "What this module answers is not known here: it is no linear model.")
        if self.place and facts.is_linear:
            self.call_it(VIEWS[self.place - 1])
            found = residuals_of(facts, predicted, self._leverage_of(facts))
            return draw_residuals(facts, picture, VIEWS[self.place - 1], found)
        if len(facts.features) == 1:
            return _draw_over_feature(view, picture, line, predicted)
        return _draw_over_actual(view, picture, predicted)

    def _leverage_of(self, facts: Facts) -> Vector | None:
        """Return the leverages of the rows at hand, which are the same all through a run."""
        if self._leverage is None or self._leverage[0] is not facts:
            self._leverage = facts, leverage_of(facts)
        return self._leverage[1]


def _line_of(facts: Facts, parameters: Vector) -> Line | None:
    """Return w and b in the data's own units; None for a module of the user's own that is no linear model."""
    if not facts.is_linear and facts.quadratic is None:
        return None
    has_bias = len(parameters) > len(facts.features)
    w, b = facts.scaling.to_original(parameters, has_bias)
    return w, float(b)


def _line_of_least_squares(facts: Facts) -> Line | None:
    """Return the exact answer, or what it would be where another criterion is trained that it is compared with."""
    if facts.quadratic is not None:
        return _line_of(facts, facts.quadratic.optimum)
    least = facts.minimum
    return None if least is None else (least.least_squares.w, least.least_squares.b)


def _predicted(facts: Facts, line: Line) -> Vector:
    with np.errstate(over="ignore", invalid="ignore"):
        predicted: Vector = facts.sample_X @ line[0] + line[1]
    return predicted


def _draw_over_feature(view: View, picture: Picture, line: Line | None, predicted: Vector) -> str:
    """Draw the rows, the model through them, and the line of least squares dashed."""
    facts = view.facts
    x, y = facts.sample_X[:, 0], facts.sample_y
    across = Axis.around(float(x.min()), float(x.max()))
    ends = np.array([across.low, across.high])
    if line is None:
        in_order = np.argsort(x, kind="stable")
        xs, ys = x[in_order], predicted[in_order]
    else:
        shares = np.linspace(0.0, 1.0, 50)  # for what of it is inside: its ends may be far out on either side
        with np.errstate(over="ignore", invalid="ignore"):
            xs = ends[0] + shares * (ends[1] - ends[0])
            ys = xs * line[0][0] + line[1]
    frame = Frame.inside((picture.width, picture.height), across, _range_of(y, ys))
    exact = _line_of_least_squares(facts)
    if exact is not None:
        _dashed(picture, frame, ends, ends * exact[0][0] + exact[1], FLOOR)
    has_band = exact is not None and _draw_band(view, picture, frame, exact)
    drawn = polyline(*frame.dots(xs[[0, -1]] if line else xs, ys[[0, -1]] if line else ys), frame.width, frame.height)
    ties = _ties(frame, x, y, predicted)
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


def _draw_over_actual(view: View, picture: Picture, predicted: Vector) -> str:
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
