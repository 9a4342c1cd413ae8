"""A hand on the picture of the rows: the place that it points at, the row that it holds, and how far an arrow takes it.

Arrows go to round numbers, a cell or a little more apart, so that a point can be put on 2.5 and not on 2.4897959.
"""

from dataclasses import dataclass, replace
from math import ceil, floor, isfinite, log10
from typing import Self

import numpy as np

from linreg.arrays import Vector
from linreg.text import shortened
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import LABEL, MARK, Picture
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, significant

FINE = 0.1
"""What a shifted arrow goes of the way of one that is not."""
_REACH = 4.0
"""How far from a point, in lines of dots, a hand still takes it."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Hand:
    """A place in the data's own units, and the row that is held there, from 0; None: nothing is held."""

    x: float
    y: float
    row: int | None = None

    @classmethod
    def on(cls, x: Vector, y: Vector, row: int) -> Self:
        """Hold a row where it is."""
        return cls(float(x[row]), float(y[row]), row)

    def moved(self, frame: Frame, across: float, up: float) -> Self:
        """Go so many steps of about a cell to the right and upwards; parts of one are a part as long."""
        x = stepped(self.x, across, (frame.across.high - frame.across.low) / frame.width)
        y = stepped(self.y, up, (frame.down.high - frame.down.low) / frame.height)
        return replace(self, x=x, y=y)

    def words(self, view: View, width: int) -> str:
        """Say what it holds or points at, as far as there is room."""
        facts = view.facts
        place = [
            f"{shortened(facts.features[0], 12)} {significant(self.x)}",
            f"{shortened(facts.target, 12)} {significant(self.y)}",
        ]
        if self.row is None:
            said = [" · ".join([*place, "a adds a row here"]), " · ".join(place)]
        else:
            of = f"row {count(self.row + 1)} of {count(facts.n_samples)}"
            said = [" · ".join([of, *place]), " · ".join([f"row {count(self.row + 1)}", *place]), " · ".join(place)]
        return next((each for each in said if len(each) <= width), said[-1])


def stepped(value: float, n_steps: float, cell: float) -> float:
    """Return the multiple of a round step that is `n_steps` further; the step is `cell` or a little more.

    A part of a step goes to the next multiple of a step that is as much smaller.
    """
    if not n_steps or not (isfinite(cell) and cell > 0):
        return value
    size = min(1.0, abs(n_steps))
    power = floor(log10(cell * size))
    mantissa = next((each for each in (1, 2, 5) if each * 10.0**power >= cell * size * (1 - _ROUNDING)), 10)
    at = value / (mantissa * 10.0**power)
    n_whole = max(1, round(abs(n_steps)))
    number = floor(at + _ROUNDING) + n_whole if n_steps > 0 else ceil(at - _ROUNDING) - n_whole
    return float(f"{number * mantissa}e{power}")


def nearest(frame: Frame, x: Vector, y: Vector, hand: Hand, reach: float = _REACH) -> int | None:
    """Return the row that is drawn nearest to a hand, within so many dots; None where there is none."""
    (columns, lines), (column, line) = frame.dots(x, y), frame.dots(np.array([hand.x]), np.array([hand.y]))
    apart = np.hypot(2 * (columns - column), lines - line)  # a dot is about twice as far across as down
    row = int(apart.argmin())
    return row if apart[row] <= reach else None


def following(x: Vector, y: Vector, hand: Hand, direction: int) -> int:
    """Return the row after the held one (1) or before it (−1) from left to right; else the next beside the hand."""
    order = np.lexsort((y, x)).tolist()
    if hand.row is not None and hand.row < len(order):
        return int(order[(order.index(hand.row) + direction) % len(order)])
    beside = [row for row in order if (x[row] - hand.x) * direction >= 0]
    return int((beside or order)[0 if direction > 0 else -1])


def draw_hand(picture: Picture, frame: Frame, hand: Hand) -> None:
    """Draw the point that is held; else a place with lines to the edges that lead the eye to it."""
    cells = frame.cells(np.array([hand.x]), np.array([hand.y]))
    if not cells:
        return
    column, row = cells[0]
    if hand.row is None:
        for y in range(frame.height):
            if picture.is_free(column, y, 1):
                picture.text(column, y, "│", LABEL)
        for x in range(frame.x, frame.x + frame.width):
            if picture.is_free(x, row, 1):
                picture.text(x, row, "─", LABEL)
    picture.text(column, row, "◇" if hand.row is None else "◆", MARK)
