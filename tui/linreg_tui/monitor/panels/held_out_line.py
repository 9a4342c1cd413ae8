"""The cost of the rows that are held out, on panel 1: a line of its own over the same epochs, and a star at its least.

Beside the star stands the epoch, and the line has its name, so that neither is known by its colour alone. Above least
squares there is no such line: what that is the least of is the cost of the other rows.
"""

from dataclasses import replace

import numpy as np

from linreg.history.series import Series
from linreg_tui.draw.curves import style_of
from linreg_tui.draw.picture import FAINT, MARK, Picture
from linreg_tui.draw.raster import extents
from linreg_tui.monitor.panels.cost_drawing import AxisKind, DrawnCurve, EpochAxis, series_on, smooth_line
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count

STYLE = style_of(1)
NAME, STAR = "held out", "★"
_PLACES = 12
"""Where along the line its name is tried."""


def held_out_series(view: View, kind: AxisKind, by: EpochAxis, until: int, width: int) -> Series | None:
    """Return the held-out costs up to an epoch, for `width` cells; None where there are none to draw."""
    if view.facts.recipe.hold_out is None or kind == "excess" or until < 0:
        return None
    return series_on(lambda n, epoch: view.history.series("held_out", n, epoch), width, until, by)


def draw_held_out(picture: Picture, curve: DrawnCurve, series: Series, view: View, *, smoothed: bool) -> None:
    """Draw them on the axes of the cost; what lies beyond now, where the run was taken back, is faint."""
    line, room = replace(curve, series=series), (curve.width, curve.height)
    if smoothed:
        picture.dots(smooth_line(line), STYLE, curve.x)
    else:
        across, top, bottom = curve.across(line.epochs), curve.down(series.high), curve.down(series.low)
        picture.dots(extents(across, top, bottom, *room), STYLE, curve.x)
    if view.state.epoch < curve.until:
        picture.restyle(STYLE, FAINT, curve.column(max(0, view.state.epoch)) + (view.state.epoch >= 0))


def draw_name(picture: Picture, curve: DrawnCurve, series: Series) -> None:
    """Write the name beside the line, where nothing else is: as far to the right as there is room."""
    shown = np.flatnonzero(np.isfinite(series.mean))
    for at in shown[:: -max(1, len(shown) // _PLACES)].tolist():
        x = curve.column((series.first[at] + series.last[at]) / 2) - len(NAME) + 1
        row = curve.row(series.mean[at])
        for y in (row - 1, row + 1):
            if y < curve.height and picture.is_free(x - 1, y, len(NAME) + 2):
                picture.text(x, y, NAME, STYLE)
                return


def draw_best(picture: Picture, curve: DrawnCurve, view: View) -> None:
    """Mark the epoch of the least held-out cost, and say which it is."""
    epoch, cost = view.state.best_epoch, view.state.best_cost
    if epoch is None or epoch > curve.until or not np.isfinite(cost):
        return
    column, row = curve.column(epoch), curve.row(cost)
    picture.text(column, row, STAR, MARK)
    words = f"best {count(epoch)}"
    places = [(column - len(words) // 2, row + 1), (column - len(words) // 2, row - 1), (column + 2, row)]
    for x, y in (*places, *((x, y) for y in (row + 1, row - 1) for x in (column + 2, column - 1 - len(words)))):
        if curve.x <= x and y < curve.height and picture.is_free(x - 1, y, len(words) + 2):
            picture.text(x, y, words, MARK)
            return
