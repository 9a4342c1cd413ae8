"""Panel 1: the cost over the epochs, or over the same epochs a curve that a script has logged.

Both ranges grow in steps of round numbers: the curve is then drawn on, not drawn anew, and a frame costs a few cells.
Nothing is left out to look tidy: a spike keeps its height however many epochs share a column, what is not a finite
number has its mark on the upper edge, and a cost that a log axis cannot show (exactly 0) its own on the lower one.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from textual.reactive import reactive

from linreg.arrays import Vector
from linreg.history.curves import Curve
from linreg.history.series import Series
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.draw.axes import Axis, last_shown
from linreg_tui.draw.picture import BEHIND, BROKEN, FAINT, FLOOR, LABEL, LINE, MARK, Picture
from linreg_tui.draw.raster import dashed, extents, polyline
from linreg_tui.draw.smoothing import smooth
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, significant

AxisKind = Literal["log", "linear", "excess"]
GUTTER = 7
"""Cells beside the picture for labels: always the same, so that the curve stays where it is."""
_LEAST_WIDTH, _LEAST_HEIGHT = 24, 5
"""Of a picture that has room for labels."""
_MEMORY = 0.02
"""How far smoothing looks back, as a part of the epochs that are shown."""
_ROWS_BELOW = 2
"""How far below the least-squares cost a log axis goes, about: there it is named."""
_BUCKETS_A_DOT = 2
_WORDS = {"log": "log", "linear": "linear", "excess": "above least squares, log"}


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """What is drawn: one series on its axes, with the room for it."""

    series: Series
    axis: Axis
    until: int
    last: int
    x: int
    width: int
    height: int

    @property
    def epochs(self) -> Vector:
        """The middle of each bucket."""
        return (self.series.first + self.series.last) / 2

    def across(self, epochs: Vector | float) -> Vector:
        """Return where epochs lie, in dots."""
        return np.asarray(epochs) / self.last * (2 * self.width - 1)

    def down(self, values: Vector | float) -> Vector:
        """Return where values lie, in dots; what is beyond the axis, on its edge."""
        return (1 - np.clip(self.axis.share(values), 0, 1)) * (4 * self.height - 1)

    def column(self, epoch: float) -> int:
        """Return the cell of an epoch."""
        return self.x + int(self.across(epoch) + 0.5) // 2

    def row(self, value: float) -> int:
        """Return the cell of a value."""
        return int(self.down(value) + 0.5) // 4


class CostPanel(ChartPanel):
    """The cost over the epochs."""

    number = 1
    title = "cost"
    KINDS: ClassVar[tuple[AxisKind, ...]] = ("log", "linear", "excess")

    axis: reactive[AxisKind] = reactive[AxisKind]("log", repaint=False, init=False)
    smoothed: reactive[bool] = reactive(False, repaint=False, init=False)
    place: reactive[int] = reactive(0, repaint=False, init=False)
    """Which of the curves is shown: 0 is the cost, and those that were logged are counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self._axes: dict[int, AxisKind] = {}
        self._known = -1
        self._facts: Facts | None = None
        self._start: float | None = None

    def watch_axis(self) -> None:
        """Draw on the other axis."""
        self.draw_again()

    def watch_smoothed(self) -> None:
        """Draw the other curve."""
        self.draw_again()

    def watch_place(self) -> None:
        """Draw another curve."""
        self.draw_again()

    def next_curve(self) -> bool:
        """Show the next curve that was logged, after the last the cost; tell whether there are any."""
        n_curves = 0 if self._view is None else len(self._view.history.curves)
        self.place = (self.place + 1) % (1 + n_curves)
        return n_curves > 0

    def next_axis(self) -> None:
        """Choose the next axis: log, linear, and for the cost above least squares where that is known."""
        if self.place:
            self._axes[self.place] = "linear" if self._axes.get(self.place) == "log" else "log"
            self.draw_again()
            return
        kinds = self.KINDS if self._view is None or self._view.facts.quadratic is not None else self.KINDS[:2]
        self.axis = kinds[(kinds.index(self.axis) + 1) % len(kinds)] if self.axis in kinds else kinds[0]

    def draw(self, view: View, picture: Picture) -> str:
        """Draw the curve with what is around it, from the back to the front."""
        logged = tuple(view.history.curves)
        self.place = min(self.place, len(logged))
        self._say_which(logged)
        if self.place:
            return self._draw_logged(logged[self.place - 1], view, picture)
        kind = "log" if self.axis == "excess" and view.facts.quadratic is None else self.axis
        if view.facts is not self._facts:
            self._facts, self._start = view.facts, view.facts.excess(view.facts.initial)
        curve = _curve_of(view, kind, (picture.width, picture.height), self._shown_until(view), self._start)
        _draw_floor(picture, curve, view, kind)
        _draw_labels(picture, curve, view.state.unit)
        if len(curve.series):
            _draw_curve(picture, curve, view, self.smoothed)
            _draw_unshowable(picture, curve)
        _draw_marks(picture, curve, view, kind)
        words = f"{_WORDS[kind]} · {'smoothed' if self.smoothed else 'raw'}"
        before = f"before each {view.state.unit if view.facts.script is not None else 'step'} · "
        return f"{before}{words}" if len(before + words) <= picture.width - 2 else words

    def _say_which(self, logged: tuple[Curve, ...]) -> None:
        """Write what is shown into the frame, and where there are more, of how many."""
        which = f" · {self.place + 1} of {1 + len(logged)}" if logged else ""
        name = logged[self.place - 1].name if self.place else self.title
        self.call_it(f"{shortened(name, max(8, self.size.width - len(which) - 6))}{which}")

    def _draw_logged(self, logged: Curve, view: View, picture: Picture) -> str:
        """Draw a curve that was logged: on a linear axis, until somebody chooses otherwise."""
        kind = self._axes.get(self.place, "linear")
        curve = _curve_of(view, kind, (picture.width, picture.height), self._shown_until(view), None, logged)
        _draw_labels(picture, curve, view.state.unit)
        if len(curve.series):
            _draw_curve(picture, curve, view, self.smoothed)
            _draw_unshowable(picture, curve)
        _draw_changes(picture, curve, view)
        step, value = logged.newest(view.state.epoch)
        if np.isfinite(value):
            picture.text(curve.column(step), curve.row(value), "●", MARK)
        now = f"{significant(value)} · " if step >= 0 else ""
        return f"{now}{_WORDS[kind]} · {'smoothed' if self.smoothed else 'raw'}"

    def _shown_until(self, view: View) -> int:
        """Return the last epoch to show: now, or beyond where the run was taken back.

        A run that moves adds epochs to its history after the state was read: those are not beyond, only newer.
        """
        newest = view.history.last_epoch
        self._known = min(self._known, newest) if view.state.phase.is_moving else newest
        return max(self._known, view.state.epoch)


def _curve_of(
    view: View,
    kind: AxisKind,
    room: tuple[int, int],
    until: int,
    start: float | None,
    logged: Curve | None = None,
) -> _Curve:
    """Choose the room, the ranges and the epochs."""
    width, height = room
    x = GUTTER if width >= _LEAST_WIDTH else 0
    n_rows = height - 1 if height >= _LEAST_HEIGHT else height
    n_buckets = 2 * (width - x) * _BUCKETS_A_DOT
    series = _series_of(view, kind, n_buckets, until) if logged is None else logged.series(n_buckets, until)
    last = last_shown(until, view.state.last_epoch)
    return _Curve(series, _cost_axis(view, kind, series, n_rows, start), until, last, x, width - x, n_rows)


def _series_of(view: View, kind: AxisKind, n_buckets: int, until: int) -> Series:
    """Return the costs, or how far they are above least squares."""
    if kind != "excess":
        return view.history.series("cost", n_buckets, until)
    series, quadratic = view.history.series("excess", n_buckets, until), view.facts.quadratic
    if quadratic is None or np.isfinite(series.low).any() or not len(series):
        return series
    # an engine that does not know it: by subtraction, as far as that goes
    cost = view.history.series("cost", n_buckets, until)
    low, high, mean, final = (each - quadratic.floor for each in (cost.low, cost.high, cost.mean, cost.final))
    return Series(cost.first, cost.last, low, high, mean, final, cost.broken)


def _cost_axis(view: View, kind: AxisKind, series: Series, n_rows: int, excess: float | None) -> Axis:
    """Choose the range: all values, the least-squares cost, and where the run starts, so that it seldom changes."""
    values = [series.low, series.high]
    quadratic = view.facts.quadratic
    if excess is not None and quadratic is not None:
        floor, start = quadratic.floor, quadratic.floor + excess
        room = (floor / start) ** (_ROWS_BELOW / n_rows) if kind == "log" and start > 0 else 1.0
        values.append(np.array([excess] if kind == "excess" else [floor * room, start]))
    known = np.concatenate(values)
    known = known[np.isfinite(known)]
    if kind == "linear":
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        return Axis.around(min(low, 0.0) if low < high / 2 else low, high)
    known = known[known > 0]
    return Axis.around(float(known.min()), float(known.max()), log=True) if len(known) else Axis(0.1, 1.0, log=True)


def _draw_floor(picture: Picture, curve: _Curve, view: View, kind: AxisKind) -> None:
    """Draw the least-squares cost, dashed, and below it, where no cost is, say what it is."""
    quadratic = view.facts.quadratic
    if quadratic is None or kind == "excess" or not 0 <= curve.axis.share(quadratic.floor) <= 1:
        return
    row, down = curve.row(quadratic.floor), curve.down(quadratic.floor)
    line = polyline([0, 2 * curve.width - 1], [down, down], curve.width, curve.height)
    picture.dots(dashed(line), FLOOR, curve.x)
    words = f"least squares {significant(quadratic.floor)}"
    if row + 1 < curve.height and len(words) <= curve.width:
        picture.text(picture.width - len(words), row + 1, words, FLOOR)


def _draw_labels(picture: Picture, curve: _Curve, word: str) -> None:
    """Write round costs beside the picture, and the first and the last epoch below it."""
    if curve.x:
        for tick in curve.axis.ticks(max(2, curve.height // 2)):
            if len(tick.label) < GUTTER:
                picture.text(GUTTER - 1 - len(tick.label), curve.row(tick.value), tick.label, LABEL)
    if curve.height < picture.height:
        last = count(curve.last)
        picture.text(curve.x, curve.height, "0", LABEL)
        picture.text(picture.width - len(last), curve.height, last, LABEL)
        if curve.width >= len(last) + len(word) + 8:
            picture.text(curve.x + (curve.width - len(word)) // 2, curve.height, word, LABEL)


def _draw_curve(picture: Picture, curve: _Curve, view: View, smoothed: bool) -> None:
    """Draw the costs as strokes from least to greatest; smoothed, that dimmer behind the smooth line."""
    series, room = curve.series, (curve.width, curve.height)
    across = curve.across(curve.epochs)
    strokes = extents(across, curve.down(series.high), curve.down(series.low), *room)
    if smoothed:
        n_epochs = np.diff(series.last, prepend=series.first[0] - 1)
        mean = smooth(curve.axis.share(series.mean), n_epochs, max(1.0, curve.last * _MEMORY))
        picture.dots(strokes, FAINT, curve.x)
        picture.dots(polyline(across, (1 - np.clip(mean, 0, 1)) * (4 * curve.height - 1), *room), LINE, curve.x)
    else:
        picture.dots(strokes, LINE, curve.x)
    if view.state.epoch < curve.until:
        here = curve.column(max(0, view.state.epoch))
        picture.restyle(LINE, BEHIND, here + (view.state.epoch >= 0))
        for row in range(curve.height):
            if picture.is_free(here, row, 1):
                picture.text(here, row, "┆", LABEL)


def _draw_unshowable(picture: Picture, curve: _Curve) -> None:
    """Mark what is not a finite number on the upper edge, and on a log axis what is not above 0 on the lower."""
    for epoch in curve.epochs[curve.series.broken]:
        picture.text(curve.column(epoch), 0, "✕", BROKEN)
    if curve.axis.log:
        for epoch in curve.epochs[curve.series.low <= 0]:
            picture.text(curve.column(epoch), curve.height - 1, "0", LABEL)


def _draw_changes(picture: Picture, curve: _Curve, view: View) -> None:
    """Mark where the learning rate was changed."""
    changes = [each for each in view.state.interventions if each.epoch <= curve.last]
    changed = {curve.column(each.epoch): each.learning_rate for each in changes}
    for column in changed:
        picture.text(column, 0, "▾", MARK)
    for column, learning_rate in reversed(changed.items()):  # where marks stand close, the latest rate is the one named
        words = f"η {significant(learning_rate, 3)}"
        if picture.is_free(column + 1, 0, len(words) + 2):
            picture.text(column + 2, 0, words, LABEL)


def _draw_marks(picture: Picture, curve: _Curve, view: View, kind: AxisKind) -> None:
    """Mark where the learning rate was changed, and where the run is now."""
    state = view.state
    _draw_changes(picture, curve, view)
    floor = view.facts.quadratic.floor if kind == "excess" and view.facts.quadratic is not None else 0.0
    row = view.history.row(state.epoch) if kind == "excess" and state.epoch >= 0 else None
    value = state.cost - floor if row is None or row.excess_cost is None else row.excess_cost
    if state.epoch >= 0 and np.isfinite(value):
        picture.text(curve.column(state.epoch), curve.row(value), "●", MARK)
