"""Pictures of what lies beside the monitor: all runs, a race, a recording, a script of somebody else's.

What no two runs have alike, such as clocks, ids and the folder of the home, is the same in each picture.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from linreg.phase import Phase
from linreg.racing.entries import Choices
from linreg.racing.state import RaceControl
from linreg.replay.replay import open_replay
from linreg.store.store import RunStore
from linreg.watching.watched import OUTPUT_VARIABLE
from linreg_tui import app as program
from linreg_tui.app import MonitorApp
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.monitor.view import View
from linreg_tui.race.screen import RaceScreen
from linreg_tui.runs.header import RunsHeader
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.themes import NAMES, THEMES
from pictures.states import RUNNING, Picture
from tui.canned_race import entrants, race_view_of
from tui.recorded import RecordedControl
from tui.recorded_race import RecordedRace
from tui.stored import fill, record, steady

STYLES = Path(program.__file__).with_name("app.tcss")
HOME = Path("~/.local/share/linreg")
"""Which home is shown."""
RACES = {
    "valley": (Choices(optimizers=["SGD", "Adam"], learning_rates=[0.4, 0.1], settings={"momentum": [0, 0.9]}), 600),
    "exercise1": (Choices(learning_rates=[0.05, 0.3, 0.9], settings={"momentum": [0, 0.8]}), 160),
}
"""Who races on which data, and how far."""


SCRIPTS = {
    "lecture": (
        """import torch
import torch.optim as optim

x_train = torch.FloatTensor([[0], [1], [1]])
y_train = torch.FloatTensor([[0], [1], [2]])
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w, b], lr=0.01)

nb_epochs = 3000
for epoch in range(nb_epochs + 1):
    hypothesis = x_train * w + b
    cost = torch.mean((hypothesis - y_train) ** 2)

    optimizer.zero_grad()
    cost.backward()
    optimizer.step()

    if epoch % 100 == 0:
        print('Epoch {:4d}/{} w: {:.3f} b: {:.3f} cost: {:.6f}'.format(
            epoch, nb_epochs, w.item(), b.item(), cost.item()))
""",
        1234,
    )
}
"""Scripts, and the step at which they are looked at."""


class OneScreen(App[None]):
    """An app of one screen."""

    CSS_PATH = STYLES

    def __init__(self, screen: Screen[None], theme: str) -> None:
        super().__init__()
        self._first, self._theme = screen, NAMES[theme]
        self.animation_level = "none"

    async def on_mount(self) -> None:
        """Show it."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._theme
        await self.push_screen(self._first)


@contextmanager
def _runs(picture: Picture) -> Iterator[App[Any]]:
    with _home() as home:
        fill(home)
        with RunStore(home) as store:
            store.finish("going on", Phase.INTERRUPTED)
        screen = RunsScreen(home, ascii_only=picture.ascii_only)
        screen._header = RunsHeader(HOME)
        yield OneScreen(screen, picture.theme)


@contextmanager
def _race(picture: Picture) -> Iterator[App[Any]]:
    racers, n_epochs = RACES[picture.data]
    view = race_view_of(racers, picture.data, n_epochs, state={**RUNNING, "pace": 300.0}, **picture.choices)
    control: RaceControl = RecordedRace(entrants(racers, picture.data, **picture.choices), view)
    yield OneScreen(RaceScreen(control, ascii_only=picture.ascii_only), picture.theme)


@contextmanager
def _replay(picture: Picture) -> Iterator[App[Any]]:
    with _home() as home, RunStore(home) as store:
        record(store, "night", picture.data, options={"momentum": 0.9})
        replay = open_replay(store, "night", speed=inf)
        replay.go_to(240)
        yield MonitorApp(replay, theme=picture.theme)


@contextmanager
def _script(picture: Picture) -> Iterator[App[Any]]:
    """Watch a script to its end, and show how it stood at a step, as a screen that is attached to it does."""
    source, step = SCRIPTS[picture.data]
    with _home() as home, TemporaryDirectory() as folder:
        script, output = Path(folder, f"{picture.data}.py"), Path(folder, "output")
        script.write_text(source)
        (home / "runs").mkdir(parents=True, mode=0o700)
        with output.open("wb") as file:
            command = [sys.executable, "-m", "linreg", "watch", str(script)]
            places = {"LINREG_HOME": str(home), OUTPUT_VARIABLE: str(output)}
            subprocess.run(command, env={**os.environ, **places}, stdout=file, check=True)
        lines = output.read_text().splitlines(keepends=True)
        output.write_text("".join(lines[: 1 + step // 100]))
        with RunStore(home) as store:
            replay = open_replay(store, picture.data, speed=inf)
        replay.go_to(step)
        state = replace(replay.state, phase=Phase.RUNNING, pace=300.0, speed=300.0, unit="step")
        view = View(replay.facts, state, replay.history, (f"attached to {picture.data}", "attached"))
        yield OneScreen(MonitorScreen(RecordedControl(view)), picture.theme)


@contextmanager
def _home() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="lr") as folder:
        steady(patch)
        yield Path(folder)


SCREENS: dict[str, Callable[[Picture], AbstractContextManager[App[Any]]]] = {
    "runs": _runs,
    "race": _race,
    "replay": _replay,
    "script": _script,
}
