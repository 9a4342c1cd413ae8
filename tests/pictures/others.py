"""Pictures of what lies beside the monitor: all runs, a race, a recording, the question before a run is left.

What no two runs have alike, such as clocks, ids and the folder of the home, is the same in each picture.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
from linreg_tui import app as program
from linreg_tui.app import MonitorApp
from linreg_tui.race.screen import RaceScreen
from linreg_tui.runs.header import RunsHeader
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.themes import NAMES, THEMES
from pictures.states import RUNNING, Picture
from tui.canned_race import entrants, race_view_of
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
def _home() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="lr") as folder:
        steady(patch)
        yield Path(folder)


SCREENS: dict[str, Callable[[Picture], AbstractContextManager[App[Any]]]] = {
    "runs": _runs,
    "race": _race,
    "replay": _replay,
}
