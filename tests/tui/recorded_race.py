"""A race that only remembers what was asked of it, for tests of keys."""

from dataclasses import dataclass, field, replace
from typing import Any

from linreg.history.history import History
from linreg.racing.entries import Entry
from linreg.racing.state import RaceState
from linreg.training.facts import Facts
from linreg_tui.race.view import RaceView


@dataclass
class RecordedRace:
    """Shows one view for ever, or what `show` puts in its place, and writes down every request."""

    entries: tuple[Entry, ...]
    view: RaceView
    requests: list[tuple[Any, ...]] = field(default_factory=list)

    def show(self, **changes: Any) -> None:
        """Let the state be another one from now on."""
        version = self.view.state.version + 1
        self.view = replace(self.view, state=replace(self.view.state, version=version, **changes))

    @property
    def state(self) -> RaceState:
        return self.view.state

    @property
    def facts(self) -> tuple[Facts, ...]:
        return self.view.facts

    @property
    def histories(self) -> tuple[History, ...]:
        return self.view.histories

    def play(self) -> None:
        self.requests.append(("play",))

    def pause(self) -> None:
        self.requests.append(("pause",))

    def step(self, n_epochs: int = 1) -> None:
        self.requests.append(("step", n_epochs))

    def set_speed(self, speed: float) -> None:
        self.requests.append(("set_speed", speed))

    def restart(self) -> None:
        self.requests.append(("restart",))
