"""The whole monitor in its main states, cell for cell, at several sizes; `pytest --snapshot-update` after a look."""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

from linreg.live.state import Intervention
from linreg.phase import Phase
from tui.canned import view_of, with_minimum
from tui.monitor.test_screen import Shown
from tui.recorded import RecordedControl

STEADY = {"seconds": 1.0}
STATES: dict[str, tuple[str, int, dict[str, Any], dict[str, Any]]] = {
    "start": ("exercise1", 0, {"speed": 300.0}, {}),
    "running": ("exercise1", 400, {"phase": Phase.RUNNING, "speed": 300.0, "pace": 299.7}, {}),
    "stepped": ("exercise1", 3, {}, {}),
    "near the edge": ("exercise1", 60, {"interventions": (Intervention(20, 0.655),)}, {"learning_rate": 0.655}),
    "diverged": ("exercise1", 3001, {}, {"learning_rate": 0.8}),
    "finished": ("exercise1", 3001, {}, {}),
    "several features": ("houses", 120, {}, {}),
    "Adam": ("valley", 200, {}, {"optimizer": "Adam", "learning_rate": 0.1}),
    "no moments": ("outlier", 200, {}, {"criterion": "L1Loss"}),
    "minimum": ("outlier", 200, {}, {"criterion": "HuberLoss"}),
}
SIZES = [(120, 40), (80, 24), (60, 20)]
SCREENS = [(name, size) for size in SIZES for name in STATES]
SCREENS += [(name, size) for size in ((160, 50), (200, 60)) for name in ("stepped", "several features")]
SCREENS += [("running", (100, 30)), ("Adam", (100, 30))]


class TextFile(SingleFileSnapshotExtension):
    """One readable file a picture."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def screen_text(app: App[Any]) -> str:
    """Return the characters on the screen, line by line."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize(
    ("name", "size"), SCREENS, ids=lambda each: each if isinstance(each, str) else f"{each[0]}x{each[1]}"
)
async def test_the_monitor_looks_as_it_did(name: str, size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    data, n_epochs, state, choices = STATES[name]
    view = view_of(data, n_epochs, state=STEADY | state, **choices)
    app = Shown(RecordedControl(with_minimum(view) if name == "minimum" else view))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert screen_text(app) == snapshot(extension_class=TextFile)
