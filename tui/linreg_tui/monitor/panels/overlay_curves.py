"""Earlier runs on panel 1: their costs behind the run's own, each with a colour and a letter, and a label that says it.

They are compared epoch by epoch, as far as the run's own axis goes; what cannot be compared is only named, with the
reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linreg.history.series import Series
from linreg.text import shortened
from linreg_tui.draw.axes import last_shown
from linreg_tui.draw.curves import bucketed, letter, style_of
from linreg_tui.draw.picture import LABEL, Picture
from linreg_tui.draw.raster import extents
from linreg_tui.monitor.panels.cost_drawing import AxisKind, DrawnCurve, EpochAxis
from linreg_tui.monitor.view import View
from linreg_tui.runs.overlay import Overlay

_HIGHEST = {"log": 1e2, "linear": 2.0, "excess": 1e2}
"""How far above the run's own costs an earlier one is followed; where it leaves, it must not flatten the others."""
_LOWEST = 1e-16
_MOST_NAMED, _LONGEST_NAME = 4, 24


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """An earlier run as it is drawn: its costs where they can be compared, and what its label says besides the name.

    `style` is that of its curve and its letter.
    """

    overlay: Overlay
    series: Series | None
    words: str
    style: str


def laid_over(
    overlays: Sequence[Overlay], view: View, kind: AxisKind, by: EpochAxis, until: int, width: int
) -> tuple[Laid, ...]:
    """Find what of earlier runs can be drawn over the run's epochs up to `until`, in `width` cells."""
    last, floor = last_shown(until, view.state.last_epoch), view.floor if kind == "excess" else 0.0
    first = 1 if view.facts.recipe.hold_out is None else 2  # after the run's own lines
    laid = []
    for number, each in enumerate(overlays, start=first):
        words = each.why_not(view.facts.recipe, view.facts.script is not None)
        words = words or ("drawn by epoch only: x" if by == "seconds" else "")
        here = each.costs.epoch <= last
        if words or not here.any():
            laid.append(Laid(each, None, words or "nothing is kept of it", style_of(number)))
            continue
        away = 0.0 if floor is None else floor
        costs = each.costs.cost[here] - away, each.costs.low[here] - away, each.costs.high[here] - away
        most = last + 1 if by == "log" else 4 * width
        laid.append(Laid(each, bucketed(each.costs.epoch[here], costs[0], most, costs[1:]), "", style_of(number)))
    return tuple(laid)


def extremes_of(laid: Sequence[Laid], own: Series, kind: AxisKind) -> list[np.ndarray]:
    """Return the numbers that the axis is to hold for them: none so far out that the run's own would be flat."""
    known = [each.series for each in laid if each.series is not None]
    high = own.high[np.isfinite(own.high)]
    if not known:
        return []
    values = np.concatenate([np.concatenate([each.low, each.high]) for each in known])
    if not len(high):
        return [values]
    ceiling, ground = float(high.max()) * _HIGHEST[kind], float(high.max()) * _LOWEST
    return [np.clip(values, None if kind == "linear" else ground, ceiling)]


def draw_overlays(picture: Picture, curve: DrawnCurve, laid: Sequence[Laid]) -> None:
    """Draw their curves; the run's own goes on top."""
    room = curve.width, curve.height
    for each in laid:
        series = each.series
        if series is not None:
            across = curve.across((series.first + series.last) / 2)
            inside = (series.low <= curve.axis.high) & (series.high >= curve.axis.low)
            top, bottom = (np.where(inside, curve.down(extreme), np.nan) for extreme in (series.high, series.low))
            picture.dots(extents(across, top, bottom, *room), each.style, curve.x)


def draw_names(picture: Picture, curve: DrawnCurve, laid: Sequence[Laid]) -> None:
    """Write the letter of each on its curve, and its name in a corner: after it why it is not drawn."""
    for number, each in enumerate(laid):
        style, sign, series = each.style, letter(number), each.series
        if series is not None:
            shown = np.isfinite(series.mean) & (series.mean <= curve.axis.high) & (series.mean >= curve.axis.low)
            places = list(zip(((series.first + series.last) / 2)[shown], series.mean[shown], strict=True))
            if places:
                epoch, value = places[len(places) * (number + 1) // (len(laid) + 1)]
                picture.text(curve.column(float(epoch)), curve.row(float(value)), sign, style)
    lines = [_label(number, each, len(laid), curve.width - 2) for number, each in enumerate(laid[:_MOST_NAMED])]
    if lines:
        longest = max(len(words) for words, _ in lines)
        above = 1, picture.width - longest
        below = curve.height - len(lines), curve.x + 1
        top, x = min(above, below, key=lambda at: _n_taken(picture, at, len(lines), longest))
        for row, (words, style) in enumerate(lines):
            at = x + longest - len(words) if x == above[1] else x
            if 0 <= top + row < curve.height:
                picture.text(at, top + row, words, style)


def _label(number: int, laid: Laid, n_laid: int, width: int) -> tuple[str, str]:
    """Name a run, and say why it is not drawn; of many, how many more there are."""
    if number == _MOST_NAMED - 1 and n_laid > _MOST_NAMED:
        return f"and {n_laid - number} more", LABEL
    name = shortened(laid.overlay.run.name, _LONGEST_NAME)
    words = f"{letter(number)} {name}" + (f": {laid.words}" if laid.words else "")
    return shortened(words, max(1, width)), LABEL if laid.series is None else laid.style


def _n_taken(picture: Picture, at: tuple[int, int], n_lines: int, width: int) -> int:
    """Count the cells of a corner in which something is drawn already."""
    top, x = at
    cells = ((x + column, row) for row in range(top, top + n_lines) for column in range(width))
    return sum(not picture.is_free(*cell, 1) for cell in cells)
