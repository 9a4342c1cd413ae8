"""What the panels of a race are shown: one moment of it, the same for all of them."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from linreg.history.history import History
from linreg.racing.positions import Position
from linreg.racing.race import Yardstick
from linreg.racing.state import RaceState
from linreg.training.facts import Facts
from linreg_tui.draw.curves import letter, style_of
from linreg_tui.draw.landscape import Landscape, landscape_of


@dataclass(frozen=True, eq=False)
class RaceView:
    """A moment of a race, with what follows from it worked out once, and only if a panel asks.

    Attributes
    ----------
    facts, histories
        Of each racer, in the order of the entries.
    selected
        The number of the racer that somebody looks at; None while nobody is chosen.
    """

    facts: tuple[Facts, ...]
    state: RaceState
    histories: tuple[History, ...] = field(repr=False)
    selected: int | None = None

    @property
    def yardstick(self) -> Yardstick:
        """What the costs are compared with."""
        assert self.state.yardstick is not None
        return self.state.yardstick

    @property
    def is_relative(self) -> bool:
        """Whether costs can be shown as parts of that of least squares: it is known, and not 0."""
        return self.yardstick.is_exact and self.yardstick.unit > 0

    @cached_property
    def by_number(self) -> dict[int, Position]:
        """Where each racer stands."""
        return {position.number: position for position in self.state.ranking}

    @cached_property
    def highest_start(self) -> float | None:
        """The greatest excess cost that anyone starts with, over the yardstick's unit; None where it is not known."""
        quadratic = self.facts[0].quadratic  # of all: they are on the same rows
        if quadratic is None or not self.is_relative:
            return None
        excess = quadratic.excess(np.stack([facts.initial for facts in self.facts])) / self.yardstick.unit
        return float(excess.max()) if np.isfinite(excess).all() else None

    def letter(self, number: int) -> str:
        """Return what a racer is marked with beside its colour; all after the 52nd alike."""
        return letter(number) or "*"

    def style(self, number: int) -> str:
        """Return a racer's style."""
        return style_of(number)


def surface_of(facts: tuple[Facts, ...]) -> Landscape | None:
    """Find the cost over the parameters that everybody's path lies on: where they are two, or one."""
    if len(facts[0].initial) > 2:
        return None
    landscape = landscape_of(facts[0])
    return landscape if isinstance(landscape, Landscape) else None
