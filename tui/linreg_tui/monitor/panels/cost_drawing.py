"""What panel 1 draws: a curve on its axes, with its labels and marks, and a cursor at an epoch that is pointed at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from linreg.arrays import Vector
from linreg.history.curves import Curve
from linreg.history.epochs import Row
from linreg.history.series import Series
from linreg.live.state import State
from linreg_tui.draw.axes import Axis, last_shown
from linreg_tui.draw.picture import BEHIND, BROKEN, FAINT, FLOOR, LABEL, LINE, MARK, Picture
from linreg_tui.draw.raster import Dots, dashed, extents, polyline
from linreg_tui.draw.smoothing import smooth
from linreg_tui.monitor.view import View, name_of_least
from linreg_tui.text.numbers import count, significant

AxisKind = Literal["log", "linear", "excess"]
EpochAxis = Literal["linear", "log", "seconds"]
GUTTER = 7
"""Cells beside the picture for labels: always the same, so that the curve stays where it is."""
_LEAST_WIDTH, _LEAST_HEIGHT = 24, 5
"""Of a picture that has room for labels."""
_MEMORY = 0.02
"""How far smoothing looks back, as a part of the epochs that are shown."""
_ROWS_BELOW = 2
"""How far below the least-squares cost a log axis goes, about: there it is named."""
_NAME_STEP = 4
"""Cells by which the name of the least cost is moved to the left where there is no room for it."""
_BUCKETS_A_DOT = 2


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCurve:
    """What is drawn: one series on its axes, with the room for it."""

    series: Series
    axis: Axis
    until: int
    last: int
    x: int
    width: int
    height: int
    by: EpochAxis = "linear"

    @property
    def epochs(self) -> Vector:
        """The middle of each bucket."""
        return (self.series.first + self.series.last) / 2

    def across(self, epochs: Vector | float) -> Vector:
        """Return where epochs lie, in dots; on a log axis, by how many have run."""
        share = np.asarray(epochs, np.float64) / self.last
        if self.by == "log":
            share = np.log1p(np.maximum(epochs, 0)) / np.log1p(self.last)
        return share * (2 * self.width - 1)

    def epoch_at(self, column: int) -> int:
        """Return the epoch in the middle of a cell, from 0 to the last that is shown."""
        share = float(np.clip((2 * (column - self.x) + 0.5) / (2 * self.width - 1), 0, 1))
        epoch = np.expm1(share * np.log1p(self.last)) if self.by == "log" else share * self.last
        return max(0, min(round(float(epoch)), self.until))

    def down(self, values: Vector | float) -> Vector:
        """Return where values lie, in dots; what is beyond the axis, on its edge."""
        return (1 - np.clip(self.axis.share(values), 0, 1)) * (4 * self.height - 1)

    def column(self, epoch: float) -> int:
        """Return the cell of an epoch."""
        return self.x + int(self.across(epoch) + 0.5) // 2

    def row(self, value: float) -> int:
        """Return the cell of a value."""
        return int(self.down(value) + 0.5) // 4


def curve_of(
    view: View,
    kind: AxisKind,
    room: tuple[int, int],
    until: int,
    start: float | None,
    logged: Curve | None = None,
    by: EpochAxis = "linear",
    beside: Callable[[Series], list[Vector]] = lambda own: [],
) -> DrawnCurve:
    """Choose the room, the ranges and the epochs; `beside`: what else the axis of costs is to hold, by the series."""
    width, height = room
    x = GUTTER if width >= _LEAST_WIDTH else 0
    n_rows = height - 1 if height >= _LEAST_HEIGHT else height

    def series_until(n_buckets: int, epoch: int) -> Series:
        return _series_of(view, kind, n_buckets, epoch) if logged is None else logged.series(n_buckets, epoch)

    series = series_on(series_until, width, until, by)
    last = last_shown(until, view.state.last_epoch)
    axis = _cost_axis(view, kind, series, n_rows, start, beside(series))
    return DrawnCurve(series, axis, until, last, x, width - x, n_rows, by)


def series_on(series_until: Callable[[int, int], Series], width: int, until: int, by: EpochAxis) -> Series:
    """Return a series up to an epoch, in the buckets that a picture of `width` cells has room for.

    Parameters
    ----------
    series_until
        Returns it in at most so many buckets up to an epoch.
    """
    n_buckets = 2 * (width - (GUTTER if width >= _LEAST_WIDTH else 0)) * _BUCKETS_A_DOT
    if by != "log":
        return series_until(n_buckets, until)
    return _doubling(lambda epoch: series_until(n_buckets, epoch), n_buckets, until)


def _doubling(series_until: Callable[[int], Series], n_buckets: int, until: int) -> Series:
    """Return all epochs to `until`, in buckets that are wider the later they are, as a log axis has room for them.

    Of a bucket that reaches back over what is there already all is taken: extremes are the same twice.
    """
    pieces, end, done = list[Series](), n_buckets - 1, -1
    while True:
        piece = series_until(min(end, until))
        new = piece.last > done
        columns = {name: getattr(piece, name)[new] for name in Series.__slots__}
        pieces.append(Series(**columns | {"first": np.maximum(columns["first"], done + 1)}))
        done = max([done, *piece.last[-1:].tolist()])
        if end >= until:
            return Series(*(np.concatenate([getattr(each, name) for each in pieces]) for name in Series.__slots__))
        end = 2 * end + 1


def _series_of(view: View, kind: AxisKind, n_buckets: int, until: int) -> Series:
    """Return the costs, or how far they are above least squares."""
    if kind != "excess":
        return view.history.series("cost", n_buckets, until)
    series, floor = view.history.series("excess", n_buckets, until), view.floor
    if floor is None or np.isfinite(series.low).any() or not len(series):
        return series
    # an engine that does not know it: by subtraction, as far as that goes
    cost = view.history.series("cost", n_buckets, until)
    low, high, mean, final = (each - floor for each in (cost.low, cost.high, cost.mean, cost.final))
    return Series(cost.first, cost.last, low, high, mean, final, cost.broken)


def _cost_axis(
    view: View, kind: AxisKind, series: Series, n_rows: int, excess: float | None, beside: list[Vector]
) -> Axis:
    """Choose the range: all values, the least cost, and where the run starts, so that it seldom changes."""
    values = [series.low, series.high, *beside]
    floor = view.floor
    if excess is not None and floor is not None:
        start = floor + excess
        room = (floor / start) ** (_ROWS_BELOW / n_rows) if kind == "log" and start > 0 else 1.0
        values.append(np.array([excess] if kind == "excess" else [floor * room, start]))
    known = np.concatenate(values)
    known = known[np.isfinite(known)]
    if kind == "linear":
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        return Axis.around(min(low, 0.0) if low < high / 2 else low, high)
    known = known[known > 0]
    return Axis.around(float(known.min()), float(known.max()), log=True) if len(known) else Axis(0.1, 1.0, log=True)


def draw_floor(picture: Picture, curve: DrawnCurve, view: View, kind: AxisKind) -> None:
    """Draw the least cost, dashed; and that of ridge likewise."""
    for _, floor in _floors(curve, view, kind):
        down = curve.down(floor)
        line = polyline([0, 2 * curve.width - 1], [down, down], curve.width, curve.height)
        picture.dots(dashed(line), FLOOR, curve.x)


def name_floors(picture: Picture, curve: DrawnCurve, view: View, kind: AxisKind, *, holds_out: bool) -> None:
    """Say what they are: below them, where no cost is; beside a line of rows held out, which may be, where it is not.

    Then they are named when that has been drawn, as far to the right as there is room below or above.
    """
    taken = 0
    for name, floor in _floors(curve, view, kind):
        row, words = curve.row(floor), f"{name} {significant(floor)}"
        x = picture.width - len(words)
        places = [(x, row + 1)]
        if holds_out:
            places = [(left, y) for left in range(x, curve.x, -_NAME_STEP) for y in (row + 1, row - 1)]
            places = [(left, y) for left, y in places if picture.is_free(left - 1, y, picture.width - x + 1)]
        if places and taken < places[0][1] < curve.height and x >= curve.x:
            picture.text(*places[0], words, FLOOR)
            taken = places[0][1]


def _floors(curve: DrawnCurve, view: View, kind: AxisKind) -> list[tuple[str, float]]:
    """Return the least costs on the axis, by their names."""
    if view.floor is None or kind == "excess":
        return []
    floors = [] if view.ridge is None else [(view.ridge.name, view.ridge.cost)]
    floors.append((name_of_least(view.facts), view.floor))
    return [(name, floor) for name, floor in floors if 0 <= curve.axis.share(floor) <= 1]


def draw_labels(picture: Picture, curve: DrawnCurve, state: State) -> None:
    """Write round costs beside the picture, and the first and the last epoch, or second, below it."""
    word = {"linear": state.unit, "log": f"{state.unit}, log", "seconds": "seconds of computing"}[curve.by]
    if curve.x:
        for tick in curve.axis.ticks(max(2, curve.height // 2)):
            if len(tick.label) < GUTTER:
                picture.text(GUTTER - 1 - len(tick.label), curve.row(tick.value), tick.label, LABEL)
    if curve.height < picture.height:
        last = count(curve.last)
        if curve.by == "seconds":
            last = significant(curve.last * state.seconds / max(1, state.epoch + 1), 3)
        picture.text(curve.x, curve.height, "0", LABEL)
        picture.text(picture.width - len(last), curve.height, last, LABEL)
        if curve.width >= len(last) + len(word) + 8:
            picture.text(curve.x + (curve.width - len(word)) // 2, curve.height, word, LABEL)


def draw_curve(picture: Picture, curve: DrawnCurve, view: View, smoothed: bool) -> None:
    """Draw the costs as strokes from least to greatest; smoothed, that dimmer behind the smooth line."""
    series, room = curve.series, (curve.width, curve.height)
    across = curve.across(curve.epochs)
    strokes = extents(across, curve.down(series.high), curve.down(series.low), *room)
    if smoothed:
        picture.dots(strokes, FAINT, curve.x)
        picture.dots(smooth_line(curve), LINE, curve.x)
    else:
        picture.dots(strokes, LINE, curve.x)
    if view.state.epoch < curve.until:
        here = curve.column(max(0, view.state.epoch))
        picture.restyle(LINE, BEHIND, here + (view.state.epoch >= 0))
        for row in range(curve.height):
            if picture.is_free(here, row, 1):
                picture.text(here, row, "┆", LABEL)


def smooth_line(curve: DrawnCurve) -> Dots:
    """Return the dots of a smooth line through the means."""
    series = curve.series
    n_epochs = np.diff(series.last, prepend=series.first[0] - 1)
    mean = smooth(curve.axis.share(series.mean), n_epochs, max(1.0, curve.last * _MEMORY))
    down = (1 - np.clip(mean, 0, 1)) * (4 * curve.height - 1)
    return polyline(curve.across(curve.epochs), down, curve.width, curve.height)


def draw_unshowable(picture: Picture, curve: DrawnCurve) -> None:
    """Mark what is not a finite number on the upper edge, and on a log axis what is not above 0 on the lower."""
    for epoch in curve.epochs[curve.series.broken]:
        picture.text(curve.column(epoch), 0, "✕", BROKEN)
    if curve.axis.log:
        for epoch in curve.epochs[curve.series.low <= 0]:
            picture.text(curve.column(epoch), curve.height - 1, "0", LABEL)


def draw_changes(picture: Picture, curve: DrawnCurve, view: View) -> None:
    """Mark where the learning rate was changed, and where the rows last were."""
    first_epoch = view.facts.first_epoch
    changed = [(each.epoch, f"η {significant(each.learning_rate, 3)}") for each in view.state.interventions]
    changed += [(first_epoch, "rows")] if first_epoch else []
    words_at = {curve.column(epoch): words for epoch, words in sorted(changed) if epoch <= curve.last}
    for column in words_at:
        picture.text(column, 0, "▾", MARK)
    for column, words in reversed(words_at.items()):  # where marks stand close, the latest is the one named
        if picture.is_free(column + 1, 0, len(words) + 2):
            picture.text(column + 2, 0, words, LABEL)


def draw_marks(picture: Picture, curve: DrawnCurve, view: View, kind: AxisKind) -> None:
    """Mark where the learning rate was changed, and where the run is now."""
    state = view.state
    draw_changes(picture, curve, view)
    row = view.history.row(state.epoch) if kind == "excess" and state.epoch >= 0 else None
    value = _value(view, kind, state.cost, row)
    if state.epoch >= 0 and np.isfinite(value):
        picture.text(curve.column(state.epoch), curve.row(value), "●", MARK)


def _value(view: View, kind: AxisKind, cost: float, row: Row | None) -> float:
    """Return what is drawn of a cost, or of the row that has it: itself, or how far it is above the least."""
    if kind != "excess" or view.floor is None:
        return cost
    return cost - view.floor if row is None or row.excess_cost is None else row.excess_cost


def draw_cursor(picture: Picture, curve: DrawnCurve, view: View, kind: AxisKind, row: Row) -> None:
    """Draw an upright line at an epoch that somebody points at, and a sign on its cost."""
    column = curve.column(row.epoch)
    for y in range(curve.height):
        if picture.is_free(column, y, 1):
            picture.text(column, y, "│", MARK)
    value = _value(view, kind, row.cost, row)
    if np.isfinite(value):
        picture.text(column, curve.row(value), "◆", MARK)
