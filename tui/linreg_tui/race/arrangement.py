"""Which panels of a race a screen of some size shows: a pure function of the size."""

from linreg_tui.widgets.arrangement import SMALLEST, STATUS_LINES, TALL, Arrangement, Plan

CHART, SURFACE, RANKING = 1, 2, 3
"""The numbers of the panels."""
_HEADING_AND_FRAME, _FEWEST_LINES = 3, 6
_MOST_RANKING = 0.45
_ALL_KEYS = 120
"""Columns that all keys fit into on one line."""


def arrange_race(
    width: int, height: int, current: int, enlarged: bool, *, n_racers: int, has_surface: bool
) -> Arrangement:
    """Arrange the panels on `width` × `height` cells, with the one that has the keyboard always among them.

    The ranking takes a line for every racer, but never half of the screen; what it leaves goes to the pictures.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return Arrangement(Plan.NOTHING, (), (), 0)
    key_lines = 2 if height >= TALL and width < _ALL_KEYS else 1
    room = height - STATUS_LINES - key_lines
    plan = Plan.WIDE if width >= 100 and has_surface else Plan.STACKED
    shown = (CHART, SURFACE, RANKING) if plan is Plan.WIDE else (CHART, RANKING)
    if enlarged or width < 72 or height < 20 or current not in shown:
        return Arrangement(Plan.SINGLE, (current,), (room,), key_lines)
    ranking = max(_FEWEST_LINES, min(n_racers + _HEADING_AND_FRAME, round(room * _MOST_RANKING)))
    heights = {CHART: room - ranking, SURFACE: room - ranking, RANKING: ranking}
    return Arrangement(plan, shown, tuple(heights[number] for number in shown), key_lines)
