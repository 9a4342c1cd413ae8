"""The learning rate over the epochs, where a schedule changes it: a thin line in two rows under the cost, from 0 up."""

import numpy as np

from linreg_tui.draw.picture import FAINT, LABEL, Picture
from linreg_tui.draw.raster import polyline
from linreg_tui.monitor.panels.cost_drawing import GUTTER, DrawnCurve
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import significant

N_ROWS = 2
_LEAST_HEIGHT = 9
"""Of a picture that has rows to spare for it."""
_MOST_EPOCHS = 2000


def room_for_rates(view: View, height: int) -> int:
    """Return how many rows at the bottom of a picture the course of the rate takes."""
    return N_ROWS if view.facts.recipe.schedule is not None and height >= _LEAST_HEIGHT else 0


def draw_rates(picture: Picture, curve: DrawnCurve, view: View) -> None:
    """Draw the rate of every epoch that is kept, below the epochs that the curve is labelled with."""
    epochs, rates = view.history.learning_rates(curve.until, _MOST_EPOCHS)
    known = np.isfinite(rates)
    if not known.any():
        return
    top = float(rates[known].max())
    share = rates[known] / top if top > 0 else np.zeros(known.sum())
    down = (1 - share) * (4 * N_ROWS - 1)
    across, first = curve.across(epochs[known].astype(np.float64)), picture.height - N_ROWS
    line = polyline(np.repeat(across, 2)[1:], np.repeat(down, 2)[:-1], curve.width, N_ROWS)
    picture.dots(line, FAINT, curve.x, first)
    for words in (f"η {significant(top, 2)}", f"η{significant(top, 2)}"):
        if curve.x and len(words) < GUTTER and picture.is_free(0, first, GUTTER - 1):
            picture.text(GUTTER - 1 - len(words), first, words, LABEL)
