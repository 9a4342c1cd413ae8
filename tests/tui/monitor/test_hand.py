"""A hand on the rows of panel 2, by keys and by the mouse, on a run that trains in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from linreg.data import bundled
from linreg.live.edits import RowEdit
from linreg.live.run import LiveRun
from linreg.session.start import StartOptions, live_run
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import Picture
from linreg_tui.monitor.fit.hand import Hand, following, nearest, stepped
from linreg_tui.monitor.keys import ROW_KEYS
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.monitor.view import View
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.sheets.question import Question
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import ONLY_IN_HELP
from tui.canned import view_of
from tui.monitor.test_screen import Shown, monitor
from tui.monitor.test_snapshots import TextFile, screen_text
from tui.recorded import RecordedControl
from tui.runs.test_screen import until


@dataclass
class HandControl(RecordedControl):
    """Has rows changed at once, and is shown as it is then."""

    run: LiveRun | None = None

    def edit_rows(self, edit: RowEdit) -> None:
        assert self.run is not None
        self.run.edit_rows(edit)
        self._look()

    def save_rows(self, path: Path, *, replaces: bool = False) -> None:
        assert self.run is not None
        self.run.save_rows(path, replaces)
        self._look()

    def _look(self) -> None:
        assert self.run is not None
        state = replace(self.run.state(self.view.state.version + 1), seconds=1.0)
        self.view = View(self.run.facts, replace(state, answered=self.view.state.answered + 1), self.run.history)


@asynccontextmanager
async def holding(size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[Pilot[None], LiveRun, FitPanel, Shown]]:
    run = live_run(bundled.find("exercise1"), lambda source: source.batches(), StartOptions(inf, False))
    run.go_to(20)
    while run.phase.is_moving:
        run.work()
    control = HandControl(View(run.facts, replace(run.state(1), seconds=1.0), run.history), run=run)
    app = Shown(control)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, run, monitor(app).query_one(FitPanel), app


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, and let each that waits for the answer to another have it."""
    await pilot.press(*keys)
    for _ in range(1 + len(keys)):
        monitor(pilot.app)._poll()  # type: ignore[arg-type]
        await pilot.pause()


def rows(run: LiveRun) -> list[tuple[float, float]]:
    return list(zip(run.facts.sample_X[:, 0].tolist(), run.facts.sample_y.tolist(), strict=True))


def footer(app: Shown) -> str:
    return str(monitor(app).query_one(KeyLine).render())


async def test_the_keys_of_a_hand_change_the_rows_and_what_is_seen_of_them() -> None:
    async with holding() as (pilot, run, panel, app):
        assert panel.may_edit
        await pressed(pilot, "a")
        assert panel.has_focus
        assert panel.hand == Hand(1.0, 2.0, 2)
        assert "row 3 of 3" in str(panel.border_subtitle)
        assert "add" in footer(app)
        await pressed(pilot, "up", "up", "shift+up")
        (*_, (x, y)) = rows(run)
        assert (x, y) == (1.0, panel.hand.y)
        assert y > 2.3
        await pressed(pilot, "a", "right", "down")
        assert len(rows(run)) == 4
        assert rows(run)[3] == (panel.hand.x, panel.hand.y) != rows(run)[2]
        assert "4 rows, changed" in monitor(app).query_one(MonitorStatus).text
        await pressed(pilot, "z")
        assert len(rows(run)) == 3
        assert panel.hand is not None
        assert panel.hand.row is None
        await pressed(pilot, "Z", "tab", "x")
        assert len(rows(run)) == 3
        await pressed(pilot, *["up"] * 5, "x", "enter")
        assert len(rows(run)) == 3
        assert "no row is here" in footer(app)
        await pressed(pilot, "N")
        noisy = rows(run)
        await pressed(pilot, "z", "z", "z", "z")
        assert rows(run) == [(0.0, 0.0), (1.0, 1.0), (1.0, 2.0)] != noisy
        assert run.epoch == 20  # it goes on from where it stands
        await pressed(pilot, "n", "B")  # which are the screen's as ever, and N is not
        assert [each[0] for each in app.control.requests] == ["step", "back"]
        assert "add" in footer(app)
        await pressed(pilot, "escape")
        assert "add" not in footer(app)


async def test_keys_that_are_faster_than_the_answers_mean_the_rows_that_are_there_then() -> None:
    async with holding() as (pilot, run, panel, _):
        await pressed(pilot, "a", "a", "up", "a", "right", "z", "x", "z", "z", "a", "left", "tab", "tab")
        assert len(rows(run)) == 4
        assert panel.hand is not None
        assert panel.hand.row is not None
        assert rows(run)[panel.hand.row] == (panel.hand.x, panel.hand.y)
        assert rows(run)[:2] == [(0.0, 0.0), (1.0, 1.0)]


async def test_a_changed_row_is_painted_once_and_ahead_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[type, str]] = []

    def noted(self: ChartPanel, picture: Picture, paint: Any = ChartPanel.paint) -> str | None:
        said: str | None = paint(self, picture)
        painted.append((type(self), str(said)))
        return said

    async with holding() as (pilot, run, panel, app):
        await pressed(pilot, "a")
        monkeypatch.setattr(ChartPanel, "paint", noted)
        await pressed(pilot, "a")
        assert [kind for kind, _ in painted] == [FitPanel, CostPanel, SurfacePanel]
        assert painted[0][1].startswith("row 4 of 4")
        painted.clear()
        monkeypatch.setattr(
            app.control, "edit_rows", lambda _: None
        )  # as while an epoch takes long: there is no answer yet
        await pilot.press("up")
        await until(pilot, lambda: painted)
        assert [kind for kind, _ in painted] == [FitPanel]
        assert panel.hand is not None
        assert painted[0][1].endswith(f"y {panel.hand.y}")
        assert rows(run)[3] == (1.0, 2.0)


async def test_changed_rows_are_for_no_other_run_until_they_are_in_a_file_which_is_asked_about(tmp_path: Path) -> None:
    async with holding() as (pilot, _, _, app):
        await pressed(pilot, "a", "up", "escape")
        for key in ("o", "v", "y"):
            await pressed(pilot, key)
            assert app.screen is monitor(app)
            assert "in no file" in footer(app)
        await pressed(pilot, "w")
        question = app.screen
        assert isinstance(question, Question)
        path = tmp_path / "mine.csv"
        path.write_text("there\n")
        question.query_one("Input").value = str(path)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Confirmation)
        await pilot.press("y")
        await pilot.pause()
        assert path.read_text().startswith("x,y\n0.0,0.0\n1.0,1.0\n1.0,2.")
        assert app.control.recipe.data == str(path)


async def test_the_mouse_draws_a_row_along_once_there_is_a_hand() -> None:
    async with holding() as (pilot, run, panel, _):
        assert panel._frame is not None
        [cell] = panel._frame.cells(np.array([0.0]), np.array([0.0]))
        at = (cell[0] + 2, cell[1] + 1)  # within the frame, and its margin
        await pilot.click(panel, offset=at)
        assert panel.hand == Hand(0.0, 0.0, 0)
        assert rows(run)[0] == (0.0, 0.0)
        await pilot.mouse_down(panel, offset=at)
        await pilot.hover(panel, offset=(at[0] + 10, at[1] - 3))
        await pilot.mouse_up(panel, offset=(at[0] + 10, at[1] - 3))
        await pilot.pause()
        x, y = rows(run)[0]
        assert (x > 0.1, y > 0.2) == (True, True)
        await pilot.hover(panel, offset=at)
        assert rows(run)[0] == (x, y)


async def test_the_help_has_the_keys_of_a_hand_while_there_is_one() -> None:
    size = (60, 20)
    async with holding(size) as (pilot, _, panel, app):
        await pressed(pilot, "a")
        assert panel.display
        assert "◆" in panel.text
        for line in footer(app).splitlines():
            assert len(line) <= size[0]
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        words = " ".join(str(app.screen.query_one("#sheet Static").render()).split())
        assert all(key.meaning in words for key in ROW_KEYS if key.rank != ONLY_IN_HELP)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_a_hand_looks_as_it_did(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with holding(size) as (pilot, _, _, app):
        await pressed(pilot, "a", "up", "up", "a", "left", "left", "down")
        assert screen_text(app) == snapshot(extension_class=TextFile)


@pytest.mark.parametrize(("key", "data"), [("w", "houses"), ("a", "exercise1")])
async def test_a_key_that_cannot_change_rows_says_why(key: str, data: str) -> None:
    kind: Any = HandControl if data == "houses" else RecordedControl
    app = Shown(kind(view_of(data, 5)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert ("one feature" if data == "houses" else "recording") in footer(app)
        assert monitor(app).query_one(FitPanel).hand is None
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        assert "Write the rows" not in str(app.screen.query_one("#sheet Static").render())


@pytest.mark.parametrize(
    ("value", "n_steps", "cell", "there"),
    [
        (1.0, 1, 0.04, 1.05),
        (1.05, 1, 0.04, 1.1),
        (1.03, 1, 0.04, 1.05),
        (1.03, -1, 0.04, 1.0),
        (0.0, -1, 0.13, -0.2),
        (2.0, 0.1, 0.13, 2.02),
        (2.0, -0.1, 0.13, 1.98),
        (1e9, 1, 3e7, 1.05e9),
        (3.0, 3, 0.5, 4.5),
        (3.0, 0, 0.5, 3.0),
        (5.0, 1, inf, 5.0),
    ],
)
def test_an_arrow_goes_to_a_round_number_about_a_cell_away(
    value: float, n_steps: float, cell: float, there: float
) -> None:
    assert stepped(value, n_steps, cell) == there


def test_a_hand_takes_the_row_under_it_and_the_next_one_is_to_its_right() -> None:
    x, y = np.array([3.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])
    frame = Frame.inside((60, 16), Axis(0.0, 4.0), Axis(0.0, 2.0))
    assert nearest(frame, x, y, Hand(1.02, 1.01)) == 1
    assert nearest(frame, x, y, Hand(1.5, 0.5)) is None
    assert [following(x, y, Hand(1.0, 1.0, 1), 1), following(x, y, Hand(3.0, 0.0, 0), 1)] == [2, 1]
    assert [following(x, y, Hand(1.5, 0.0), 1), following(x, y, Hand(1.5, 0.0), -1)] == [2, 1]
