"""Panel 1 of a race: everybody's cost over the same epochs.

Measured above least squares, the axis is fixed by where they start and by the finishing lines, 1e−3 and 1e−6 of it, so
that curves are drawn on and never move. One that passes the last line leaves at the bottom, and its letter stays where
it did: the letters there are in the order of arrival. One that diverges leaves at the top.
"""

from dataclasses import dataclass
from math import log10
from typing import ClassVar, Literal

import numpy as np
from textual.reactive import reactive

from linreg.arrays import Vector
from linreg.history.history import History
from linreg.history.series import Series
from linreg.phase import Phase
from linreg.racing.race import TOLERANCES
from linreg_tui.draw.axes import Axis, Tick, last_shown
from linreg_tui.draw.curves import n_buckets
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.lettering import MARGIN, Lettering
from linreg_tui.draw.picture import BROKEN, FAINT, FLOOR, Picture
from linreg_tui.draw.raster import dashed, extents, polyline
from linreg_tui.race.arrangement import CHART
from linreg_tui.race.table import tolerance_name
from linreg_tui.race.view import RaceView
from linreg_tui.text.numbers import count
from linreg_tui.widgets.picture_panel import PicturePanel

AxisKind = Literal["both log", "excess", "log", "linear"]
MOST_CURVES = 16
"""More are a thicket; of these, the best are drawn, and the chosen one."""
_LEAST_WIDTH = 20
"""Cells from which some are left free for letters."""
_ABOVE, _BELOW = 3.0, 0.3
"""How far the axis goes above the highest start, and below the last finishing line."""
_WORDS = {
    "both log": "both log",
    "excess": "log",
    "log": "log",
    "linear": "linear",
}
_MEASURES = ("above least squares, in parts of it", "above least squares")


@dataclass(frozen=True, slots=True)
class _PartsAxis(Axis):
    """Costs in parts of that of least squares, with labels at the finishing lines and by the thousandfold above."""

    def ticks(self, most: int) -> list[Tick]:
        """Return the finishing lines, and as many powers of a thousand as there is room for."""
        lines = [Tick(tolerance, tolerance_name(tolerance)) for tolerance in sorted(TOLERANCES)]
        thousands = [tick for tick in super(_PartsAxis, self).ticks(10_000) if _is_thousandfold(tick.value)]
        return (lines + thousands)[: max(most, len(lines))]


def _is_thousandfold(value: float) -> bool:
    return value >= 1 and round(log10(value)) % 3 == 0


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """One racer's costs, in buckets of epochs."""

    number: int
    series: Series
    style: str

    @property
    def epochs(self) -> Vector:
        """The middle of each bucket."""
        return (self.series.first + self.series.last) / 2


class RaceCostPanel(PicturePanel):
    """The curves of a race."""

    number = CHART
    title = "cost"
    KINDS: ClassVar[tuple[AxisKind, ...]] = ("both log", "excess", "log", "linear")

    axis: reactive[AxisKind] = reactive[AxisKind]("both log", repaint=False, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._view: RaceView | None = None

    def show(self, view: RaceView) -> None:
        """Draw this moment of the race."""
        self._view = view
        self.draw_again()

    def watch_axis(self) -> None:
        """Draw on the other axis."""
        self.draw_again()

    def next_axis(self) -> None:
        """Choose the next axis; above least squares only where that is known."""
        is_relative = self._view is None or self._view.is_relative
        kinds = [kind for kind in self.KINDS if is_relative or kind != "excess"]
        self.axis = kinds[(kinds.index(self.axis) + 1) % len(kinds)] if self.axis in kinds else kinds[0]

    def paint(self, picture: Picture) -> str | None:
        """Draw the finishing lines, and the curves from the last to the best."""
        view = self._view
        if view is None:
            return None
        kind = self.axis if view.is_relative or self.axis != "excess" else "log"
        in_parts = view.is_relative and kind in ("both log", "excess")
        across = _epoch_axis(view, kind)
        curves = _curves(view, in_parts, picture.width, is_fine=across.log)
        down = _axis_in_parts(view) if in_parts else _cost_axis(kind, curves)
        margin = MARGIN if picture.width >= _LEAST_WIDTH else 0
        frame = Frame.inside((picture.width - margin, picture.height), across, down)
        if in_parts:
            _draw_finish(picture, frame)
        for curve in curves:
            _draw(picture, frame, curve)
        if in_parts:
            _name_finish(picture, frame)
        frame.label(picture)
        _write_letters(picture, frame, curves, view)
        n_racers = len(view.facts)
        some = f"{len(curves)} of {count(n_racers)} drawn" if 0 < len(curves) < n_racers else ""
        return _subtitle(picture.width - 2, some, _MEASURES if in_parts else ("",), _WORDS[kind])


def _subtitle(width: int, some: str, measures: tuple[str, ...], axes: str) -> str:
    """Say how many are drawn, what is measured and on which axes, as far as there is room."""
    choices: list[tuple[str, ...]] = [(some, measure, axes) for measure in measures]
    choices += [(some, axes), (some,), (axes,)]
    texts = (" · ".join(filter(None, choice)) for choice in choices)
    return next((text for text in texts if len(text) <= width), "")


def _curves(view: RaceView, in_parts: bool, width: int, *, is_fine: bool) -> list[_Curve]:
    """Take the curves to draw, the last one foremost: the best, and before it the chosen one, all others dim."""
    numbers = [position.number for position in view.state.ranking]
    if view.selected is not None:
        numbers = [view.selected, *(number for number in numbers if number != view.selected)]
    curves = []
    for number in reversed(numbers[:MOST_CURVES]):
        series = _series(view.histories[number], "excess" if in_parts else "cost", n_buckets(width), is_fine)
        style = view.style(number) if view.selected in (None, number) else FAINT
        if len(series):
            curves.append(_Curve(number, _in_parts(series, view.yardstick.unit) if in_parts else series, style))
    return curves


def _series(history: History, quantity: Literal["cost", "excess"], most: int, is_fine: bool) -> Series:
    """Read a series in `most` buckets; where it `is_fine` at the start, the first epochs one by one."""
    series = history.series(quantity, most)
    if not is_fine or len(series) < most // 2:
        return series
    early = history.series(quantity, most, min(history.last_epoch, most - 1))
    later = series.first > early.last[-1]
    return Series(*(np.concatenate([getattr(early, name), getattr(series, name)[later]]) for name in Series.__slots__))


def _in_parts(series: Series, unit: float) -> Series:
    """Divide a series by what an excess cost is measured by."""
    with np.errstate(over="ignore"):  # of one that diverges
        low, high, mean, final = (each / unit for each in (series.low, series.high, series.mean, series.final))
    return Series(series.first, series.last, low, high, mean, final, series.broken)


def _epoch_axis(view: RaceView, kind: AxisKind) -> Axis:
    """Choose the range of epochs; on a log axis, of how many have run, which is 1 after epoch 0."""
    if kind == "both log":
        return Axis(1.0, float(max(10, view.state.last_epoch + 1)), log=True)
    return Axis(0.0, float(last_shown(view.state.epoch, view.state.last_epoch)))


def _axis_in_parts(view: RaceView) -> Axis:
    """Choose the range above least squares: from where all start to below the last finishing line."""
    top = max(view.highest_start or 0.0, max(TOLERANCES))
    return _PartsAxis.around(min(TOLERANCES) * _BELOW, top * _ABOVE, log=True)


def _cost_axis(kind: AxisKind, curves: list[_Curve]) -> Axis:
    """Choose the range of plain costs: it holds where everyone starts, and not those who diverge."""
    is_log = kind != "linear"
    starts = [float(curve.series.high[0]) for curve in curves if np.isfinite(curve.series.high[0])]
    if not starts:
        return Axis(0.1, 1.0, log=True) if is_log else Axis(0.0, 1.0)
    values = np.concatenate([curve.series.low for curve in curves])
    values = values[np.isfinite(values) & ((values > 0) | (not is_log))]
    low, high = float(values.min(initial=max(starts))), max(starts)
    if not is_log:
        return Axis.around(min(low, 0.0) if low < high / 2 else low, high)
    return Axis.around(low, high, log=True) if low > 0 else Axis(0.1, 1.0, log=True)


def _draw_finish(picture: Picture, frame: Frame) -> None:
    """Draw the finishing lines, dashed, with room for their names at the right."""
    for tolerance in TOLERANCES:
        _, y = frame.dots(np.array([frame.across.low]), np.array([tolerance]))
        x = [0, 2 * (frame.width - len(_finish(tolerance)) - 1)]
        picture.dots(dashed(polyline(x, [y[0], y[0]], frame.width, frame.height)), FLOOR, frame.x)


def _name_finish(picture: Picture, frame: Frame) -> None:
    """Name the finishing lines where no curve is."""
    for tolerance in TOLERANCES:
        _, row = frame.cells(np.array([frame.across.low]), np.array([tolerance]))[0]
        words = _finish(tolerance)
        x = frame.x + frame.width - len(words)
        if picture.is_free(x - 1, row, len(words) + 1):
            picture.text(x, row, words, FLOOR)


def _finish(tolerance: float) -> str:
    return f"within {tolerance_name(tolerance)}"


def _draw(picture: Picture, frame: Frame, curve: _Curve) -> None:
    """Draw a curve as strokes from least to greatest; what is beyond the axis is cut off."""
    epochs = curve.epochs + frame.across.log
    x, top = frame.dots(epochs, curve.series.high)
    bottom = frame.dots(epochs, curve.series.low)[1]
    picture.dots(extents(x, top, bottom, frame.width, frame.height), curve.style, frame.x)


def _write_letters(picture: Picture, frame: Frame, curves: list[_Curve], view: RaceView) -> None:
    """Write each racer's letter where its curve ends, or where it left the picture; the best have the first choice."""
    lettering = Lettering(picture, frame.height)
    for curve in reversed(curves):
        column, row = _end(frame, curve)
        if view.by_number[curve.number].status is Phase.DIVERGED:
            picture.text(column, row, "✕", BROKEN)
        lettering.put(column, row, view.letter(curve.number), curve.style)


def _end(frame: Frame, curve: _Curve) -> tuple[int, int]:
    """Return the cell where a curve is now; of one that is beyond the axis, where it left and did not come back."""
    epochs = frame.across.share(curve.epochs + frame.across.log)
    share = np.nan_to_num(frame.down.share(curve.series.mean), nan=1.0)
    x, y = float(epochs[-1]), float(share[-1])
    inside = np.flatnonzero((share >= 0) & (share <= 1))
    if not 0 <= y <= 1:
        edge = 0.0 if y < 0 else 1.0
        last = int(inside[-1]) if len(inside) else 0
        following = min(last + 1, len(share) - 1)
        way = min(max(share[following], -1e9), 1e9) - share[last]
        x = float(epochs[last] + (epochs[following] - epochs[last]) * ((edge - share[last]) / way if way else 0.0))
        y = edge
    column, row = int(x * (2 * frame.width - 1) + 0.5) // 2, int((1 - y) * (4 * frame.height - 1) + 0.5) // 4
    return frame.x + min(column, frame.width - 1), row
