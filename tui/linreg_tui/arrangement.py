"""Which panels a screen of some size shows, and in how many columns: a pure function of the size."""

from dataclasses import dataclass
from enum import StrEnum

SMALLEST = (30, 9)
"""Columns and rows below which not even one panel is legible."""


class Plan(StrEnum):
    """How the panels are laid out; the value is the style class of the screen."""

    SIX = "-six"
    FOUR = "-four"
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
    key_lines
        Lines of the footer.
    """

    plan: Plan
    shown: tuple[int, ...]
    key_lines: int


def arrange(width: int, height: int, current: int, enlarged: bool) -> Arrangement:
    """Arrange the panels on `width` × `height` cells, with the one that has the keyboard always among them."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return Arrangement(Plan.NOTHING, (), 0)
    key_lines = 2 if height >= 34 else 1
    if width >= 100 and height >= 30:
        plan, shown = Plan.SIX, (1, 2, 3, 4, 5, 6)
    elif width >= 72 and height >= 20:
        plan, shown = Plan.FOUR, (1, 2, 3, 5)
    else:
        plan, shown = Plan.SINGLE, (current,)
    if enlarged or current not in shown:
        plan, shown = Plan.SINGLE, (current,)
    return Arrangement(plan, shown, key_lines)
