"""A run that only remembers what was asked of it, for tests of keys."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from linreg.history.history import History
from linreg.live.state import State
from linreg.recipe import Recipe
from linreg.training.facts import Facts
from linreg_tui.monitor.view import View


@dataclass
class RecordedControl:
    """Shows one view for ever, or what `show` puts in its place, and writes down every request."""

    view: View
    requests: list[tuple[Any, ...]] = field(default_factory=list)

    def show(self, **changes: Any) -> None:
        """Let the state be another one from now on."""
        version = self.view.state.version + 1
        self.view = replace(self.view, state=replace(self.view.state, version=version, **changes))

    @property
    def recipe(self) -> Recipe:
        return self.view.facts.recipe

    @property
    def caption(self) -> tuple[str, ...]:
        return self.view.caption

    @property
    def state(self) -> State:
        return self.view.state

    @property
    def facts(self) -> Facts | None:
        return self.view.facts

    @property
    def history(self) -> History | None:
        return self.view.history

    def play(self) -> None:
        self.requests.append(("play",))

    def pause(self) -> None:
        self.requests.append(("pause",))

    def step(self, n_epochs: int = 1) -> None:
        self.requests.append(("step", n_epochs))

    def back(self, n_epochs: int = 1) -> None:
        self.requests.append(("back", n_epochs))

    def go_to(self, epoch: int) -> None:
        self.requests.append(("go_to", epoch))

    def set_learning_rate(self, learning_rate: float) -> None:
        self.requests.append(("set_learning_rate", learning_rate))

    def scale_learning_rate(self, factor: float) -> None:
        self.requests.append(("scale_learning_rate", factor))

    def set_speed(self, speed: float) -> None:
        self.requests.append(("set_speed", speed))

    def restart(self, *, new_seed: bool = False) -> None:
        self.requests.append(("restart", new_seed))

    def recover(self) -> None:
        self.requests.append(("recover",))

    def save(self, path: Path, *, replaces: bool = False) -> None:
        self.requests.append(("save", path, replaces) if replaces else ("save", path))

    def stop(self) -> None:
        self.requests.append(("stop",))
