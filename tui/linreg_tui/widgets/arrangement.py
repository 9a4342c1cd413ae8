"""Which panels a screen of some size shows, and in how many columns: a pure function of the size."""

from dataclasses import dataclass
from enum import StrEnum

SMALLEST = (30, 9)
"""Columns and rows below which not even one panel is legible."""
TALL = 34
"""Rows from which the keys have two lines."""


class Plan(StrEnum):
    """How the panels are laid out; the value is the style class of the screen."""

    SIX = "-six"
    FOUR = "-four"
    WIDE = "-wide"
    """Of a race or of the runs: two panels side by side, one below or above them."""
    STACKED = "-stacked"
    """Of a race or of the runs: one above the other."""
    SINGLE = "-single"
    NOTHING = "-nothing"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is shown.

    Attributes
    ----------
    plan
        The layout.
    shown
        The numbers of the panels, in reading order.
    heights
        The rows of each of them, frame included; none where the style sheet says.
    key_lines
        Lines of the footer.
    """

    plan: Plan
    shown: tuple[int, ...]
    heights: tuple[int, ...]
    key_lines: int

    @property
    def columns(self) -> int:
        """How many panels are side by side."""
        return 2 if self.plan in (Plan.SIX, Plan.FOUR, Plan.WIDE) else 1


def arrange(
    width: int, height: int, current: int, enlarged: bool, n_parameters: int = 3, *, has_surface: bool = True
) -> Arrangement:
    """Arrange the panels on `width` × `height` cells, with the one that has the keyboard always among them.

    `n_parameters` lines are wanted in the panel of parameters; what it leaves goes to the epochs below it. Where no
    surface can be drawn, the panel above it has most of its room.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return Arrangement(Plan.NOTHING, (), (), 0)
    key_lines = 2 if height >= TALL else 1
    room = height - STATUS_LINES - key_lines
    plan = Plan.SIX if width >= 100 and height >= 30 else Plan.FOUR if width >= 72 and height >= 20 else Plan.SINGLE
    if enlarged or current not in _PANELS[plan]:
        return Arrangement(Plan.SINGLE, (current,), (room,), key_lines)
    top = round(room * _TOP_SHARE[plan])
    if plan is Plan.FOUR:
        return Arrangement(plan, _PANELS[plan], (top, top, room - top, room - top), key_lines)
    parameters = max(_FEWEST_LINES, min(n_parameters + _HEADING_AND_FRAME, round(room * _MOST_PARAMETERS)))
    surface = max(parameters, round(room * _surface_share(height)))
    beside = top
    if not has_surface:  # a panel is placed in the column that is free first: it must not reach beyond the third
        surface, beside = _SENTENCE, min(room - _SENTENCE - _SHORTEST_STEP, top + parameters - 1)
    heights = (top, beside, parameters, surface, room - top - parameters, room - beside - surface)
    return Arrangement(plan, _PANELS[plan], heights, key_lines)


STATUS_LINES = 3
_PANELS = {Plan.SIX: (1, 2, 3, 4, 5, 6), Plan.FOUR: (1, 2, 3, 5), Plan.SINGLE: ()}
_TOP_SHARE = {Plan.SIX: 0.4, Plan.FOUR: 0.55}
_SURFACE_SHARE, _LOWER_SURFACE_SHARE, _MOST_PARAMETERS = 0.36, 0.31, 0.3
_ROOMY = 45
"""Rows from which the step below the surface has more to write than the surface has to draw."""
_FEWEST_LINES, _HEADING_AND_FRAME = 5, 3
_SENTENCE, _SHORTEST_STEP = 4, 7
"""Rows of a panel that only says why it is empty, and of that of the step; frames included."""


def _surface_share(height: int) -> float:
    """Choose the part of the room that the surface has: less where the step below has hardly any, or much to write."""
    return _SURFACE_SHARE if TALL <= height < _ROOMY else _LOWER_SURFACE_SHARE
