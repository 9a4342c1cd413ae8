"""Leaving a run of another process: one that is on its way is asked about, and so is a script that stands."""

from dataclasses import replace
from typing import Any

import pytest

from linreg.phase import Phase
from linreg.remote.client import AttachedRun
from linreg.training.facts import ScriptFacts
from linreg_tui.app import MonitorApp
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.sheets.leaving import LeavingScreen
from tui.canned import view_of
from tui.monitor.test_snapshots import screen_text


class Elsewhere(AttachedRun):
    """A run that is attached to, without a socket: it remembers what it is told."""

    def __init__(self, phase: Phase, is_script: bool) -> None:
        view = view_of("exercise1", 40, state={"phase": phase})
        script = ScriptFacts(path="/their/train.py") if is_script else None
        self.facts, self.state, self.history = replace(view.facts, script=script), view.state, view.history
        self.name, self.title, self.recipe, self._why_left = "run", "theirs", view.facts.recipe, ""
        self.told: list[str] = []

    def play(self) -> None:
        self.told.append("play")

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("close")


async def left(phase: Phase, is_script: bool, *keys: str) -> tuple[list[str], str, Any]:
    """Leave, and answer what is asked; return what the run was told, what was asked, and the exit status."""
    run = Elsewhere(phase, is_script)
    app, asked = MonitorApp(run), ""
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        if isinstance(app.screen, LeavingScreen):
            asked = screen_text(app)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        if keys[-1:] == ("escape",):
            assert isinstance(app.screen, MonitorScreen)
    return run.told, asked, app.return_code


@pytest.mark.parametrize(
    ("key", "told"), [("g", ["play", "close"]), ("d", ["close"]), ("s", ["stop", "close"]), ("escape", [])]
)
async def test_a_script_that_stands_is_asked_about(key: str, told: list[str]) -> None:
    heard, asked, _ = await left(Phase.PAUSED, True, key)
    assert heard == told
    assert "the script stands" in asked
    assert "leave it standing: it waits until somebody attaches" in asked


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.LOADING])
async def test_what_goes_by_itself_is_left_without_that_way(phase: Phase) -> None:
    heard, asked, _ = await left(phase, True, "g", "d")
    assert heard == ["close"]
    assert "let it go on" not in asked
    assert "leave: the run goes on" in asked


@pytest.mark.parametrize(("phase", "is_script"), [(Phase.PAUSED, False), (Phase.FINISHED, True)])
async def test_what_has_ended_or_is_put_aside_by_its_own_process_is_left_at_once(phase: Phase, is_script: bool) -> None:
    heard, asked, status = await left(phase, is_script)
    assert (heard, asked, status) == (["close"], "", 0)
