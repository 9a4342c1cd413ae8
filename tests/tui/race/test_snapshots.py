"""The race in its main states, cell for cell, at three sizes; `pytest --snapshot-update` after a look."""

from math import inf
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from linreg.phase import Phase
from linreg.racing.entries import Choices
from linreg_tui.race.view import RaceView
from tui.canned_race import MANY, MIXED, NOISY, TWO, entrants, race_view_of
from tui.monitor.test_snapshots import SIZES, TextFile, screen_text
from tui.race.test_screen import Shown
from tui.recorded_race import RecordedRace

RUNNING = {"phase": Phase.RUNNING, "pace": 299.7}
STATES: dict[str, tuple[Choices, str, int, dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "start": (MIXED, "exercise1", 0, {}, {}, ()),
    "running": (MIXED, "exercise1", 400, RUNNING, {}, ()),
    "chosen": (MIXED, "exercise1", 400, RUNNING, {}, ("down", "down")),
    "finished": (TWO, "exercise1", 3001, {}, {}, ()),
    "noisy, epochs linear": (NOISY, "exercise1", 120, RUNNING, {"epochs": 400}, ("l",)),
    "three features": (MIXED, "houses", 120, {}, {"epochs": 1000}, ()),
    "no least squares": (TWO, "outlier", 200, {}, {"criterion": "L1Loss"}, ()),
    "many": (MANY, "exercise1", 60, {"speed": inf}, {"epochs": 500}, ("up",)),
    "all diverged": (Choices(learning_rates=[5.0, 6.0]), "exercise1", 3001, {}, {}, ()),
}
_VIEWS: dict[str, RaceView] = {}


def recorded(name: str) -> RecordedRace:
    """The race of a state, which is run once."""
    choices, data, n_epochs, state, changes, _ = STATES[name]
    if name not in _VIEWS:
        _VIEWS[name] = race_view_of(choices, data, n_epochs, state=state, **changes)
    return RecordedRace(entrants(choices, data, **changes), _VIEWS[name])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", STATES)
async def test_the_race_looks_as_it_did(name: str, size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    app = Shown(recorded(name))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*STATES[name][-1])
        await pilot.pause()
        assert screen_text(app) == snapshot(extension_class=TextFile)


async def test_the_ranking_alone_fills_a_small_screen(snapshot: SnapshotAssertion) -> None:
    app = Shown(recorded("running"))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("tab", "tab", "down")
        await pilot.pause()
        assert screen_text(app) == snapshot(extension_class=TextFile)
