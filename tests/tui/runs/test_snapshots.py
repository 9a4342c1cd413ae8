"""The screen of runs in its main states, cell for cell, at three sizes; `pytest --snapshot-update` after a look."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from linreg.phase import Phase
from linreg.store.store import RunStore
from tui.monitor.test_snapshots import SIZES, TextFile, screen_text
from tui.runs.test_screen import Shown, settle, until
from tui.stored import fill, steady

STATES: dict[str, tuple[str, ...]] = {
    "first": (),
    "left": ("down", "down"),
    "three marked": ("down", "down", "down", "space", "down", "down", "space", "down", "space", "down"),
    "by cost, linear": ("O", "l", "end"),
    "filtered": ("slash", *"valley", "down", "down"),
    "description": ("end", "3"),
}


@pytest.mark.parametrize("name", STATES)
async def test_the_runs_look_as_they_did(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    steady(monkeypatch)
    fill(tmp_path)
    with RunStore(tmp_path) as store:
        store.finish("going on", Phase.STOPPED)
    app = Shown(tmp_path)
    async with app.run_test(size=SIZES[0]) as pilot:
        await until(pilot, lambda: app.names)
        await pilot.press(*STATES[name])
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await settle(pilot, app)
            below = screen_text(app).partition("\n")[2]  # the first line ends with the path of a temporary folder
            assert below == snapshot(name=f"{name}-{width}x{height}", extension_class=TextFile)
