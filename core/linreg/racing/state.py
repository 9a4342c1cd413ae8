"""What whoever watches a race can read of it and ask of it: an immutable state, replaced whole between two blocks.

As `linreg.live.control` is for one run. Every request returns at once and takes effect between two blocks of epochs.
"""

from dataclasses import dataclass
from typing import Protocol

from linreg.history.history import History
from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.racing.positions import Position
from linreg.racing.race import Yardstick
from linreg.training.facts import Facts


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RaceState:
    """How a race stands between two blocks.

    Attributes
    ----------
    version
        Grows whenever anything here or in a history has changed, and at no other time.
    phase, reason
        What the race is doing, and a phrase that says why; while it loads, how far reading has come.
    epoch
        The last epoch that anyone has run; −1 before the first.
    last_epoch
        The recipes' last.
    goal
        The epoch that is sought, while the phase is SEEKING.
    speed
        Epochs a second asked for, of every racer; infinite: as fast as they come.
    pace
        Epochs a second over the last second or so; 0 while the race stands still.
    seconds
        Spent in all engines together.
    ranking
        All racers, the best first; empty while the race loads.
    yardstick
        What their costs are compared with; None while the race loads.
    answered
        How many requests have been heard so far.
    """

    version: int
    phase: Phase
    epoch: int
    last_epoch: int
    speed: float
    reason: str = ""
    goal: int | None = None
    pace: float = 0.0
    seconds: float = 0.0
    ranking: tuple[Position, ...] = ()
    yardstick: Yardstick | None = None
    answered: int = 0


class RaceControl(Protocol):
    """A race that can be watched, paused, stepped and started again."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Who races."""
        ...

    @property
    def state(self) -> RaceState:
        """The newest state."""
        ...

    @property
    def facts(self) -> tuple[Facts, ...]:
        """What is known of each racer before the first epoch; empty while the race loads."""
        ...

    @property
    def histories(self) -> tuple[History, ...]:
        """The epochs of each racer so far, safe to read from any thread; empty while the race loads."""
        ...

    def play(self) -> None:
        """Run on, at the speed that is set."""
        ...

    def pause(self) -> None:
        """Stand still, all at the same epoch; where an epoch of all takes long, some may be one behind."""
        ...

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs of every racer, then stand still."""
        ...

    def set_speed(self, speed: float) -> None:
        """Let every racer run at most this many epochs a second; infinite: as fast as they come."""
        ...

    def restart(self) -> None:
        """Start everyone again from the same initial parameters, and stand."""
        ...
