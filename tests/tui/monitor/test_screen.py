"""Every key of the monitor, on a run that writes down what it is asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from bad_paths import bad_paths
from linreg.live.reproduction import command_of
from linreg.live.state import Intervention, Notice
from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.recipe import Recipe
from linreg_tui.draw.landscape import Landscape
from linreg_tui.monitor.keys import OF_ROWS, keys_of
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.race.race_input import read_race
from linreg_tui.setup.screen import SetupScreen
from linreg_tui.sheets.command import CommandSheet
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.sheets.question import Question
from linreg_tui.text.numbers import significant
from linreg_tui.themes import THEMES
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.panel import Panel
from patience import PATIENCE
from tui.canned import view_of
from tui.recorded import RecordedControl

WIDE, MIDDLE, SMALL = (120, 40), (80, 24), (60, 20)


class Shown(App[None]):
    """The monitor around a recorded run."""

    CSS_PATH = Path(__file__).parents[3] / "tui" / "linreg_tui" / "app.tcss"

    def __init__(self, control: RecordedControl) -> None:
        super().__init__()
        self.control = control
        self.chosen: list[object] = []
        self.times_left = 0

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.push_screen(self.screen_around())

    def screen_around(self) -> MonitorScreen:
        return MonitorScreen(self.control)

    def on_monitor_screen_recipe_chosen(self, message: MonitorScreen.RecipeChosen) -> None:
        self.chosen.append(message.recipe)

    def on_monitor_screen_left(self, _: MonitorScreen.Left) -> None:
        self.times_left += 1


@asynccontextmanager
async def watching(
    size: tuple[int, int] = WIDE, data: str = "exercise1", n_epochs: int = 500, **changes: Any
) -> AsyncIterator[tuple[Pilot[None], RecordedControl, Shown]]:
    control = RecordedControl(view_of(data, n_epochs, state=changes))
    app = Shown(control)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, control, app


def monitor(app: Shown) -> MonitorScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, MonitorScreen))


def panel(app: Shown, number: int) -> Panel:
    return next(panel for panel in monitor(app).query(Panel) if panel.number == number)


def shown_panels(app: Shown) -> list[int]:
    return [panel.number for panel in monitor(app).query(Panel) if panel.display]


@pytest.mark.parametrize(
    ("key", "phase", "asked"),
    [
        ("space", Phase.PAUSED, ("play",)),
        ("space", Phase.RUNNING, ("pause",)),
        ("space", Phase.SEEKING, ("pause",)),
        ("n", Phase.PAUSED, ("step", 1)),
        ("right", Phase.PAUSED, ("step", 1)),
        ("N", Phase.PAUSED, ("step", 10)),
        ("left", Phase.PAUSED, ("back", 1)),
        ("B", Phase.PAUSED, ("back", 10)),
        ("plus", Phase.RUNNING, ("scale_learning_rate", 1.25)),
        ("minus", Phase.RUNNING, ("scale_learning_rate", 0.8)),
        ("r", Phase.RUNNING, ("restart", False)),
        ("R", Phase.RUNNING, ("restart", True)),
        ("u", Phase.DIVERGED, ("recover",)),
    ],
)
async def test_a_key_is_one_request(key: str, phase: Phase, asked: tuple[Any, ...]) -> None:
    async with watching(phase=phase) as (pilot, control, _):
        await pilot.press(key)
        assert control.requests == [asked]


@pytest.mark.parametrize(
    ("key", "speed", "asked"),
    [
        ("greater_than_sign", 300.0, 1000.0),
        ("greater_than_sign", 1000.0, inf),
        ("greater_than_sign", inf, inf),
        ("full_stop", 1.0, 10.0),
        ("less_than_sign", 300.0, 100.0),
        ("less_than_sign", inf, 1000.0),
        ("comma", 1.0, 1.0),
    ],
)
async def test_the_speed_goes_up_and_down_a_ladder(key: str, speed: float, asked: float) -> None:
    async with watching(speed=speed) as (pilot, control, _):
        await pilot.press(key)
        assert control.requests == [("set_speed", asked)]


@pytest.mark.parametrize("phase", [Phase.FINISHED, Phase.CONVERGED, Phase.DIVERGED])
async def test_space_after_the_end_asks_for_nothing_and_says_what_can_be_done(phase: Phase) -> None:
    async with watching(phase=phase) as (pilot, control, app):
        await pilot.press("space")
        await pilot.pause()
        assert control.requests == []
        assert phase.value in monitor(app).query_one(KeyLine).sentence


async def test_what_goes_flat_out_is_drawn_however_little_time_a_slow_machine_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("linreg_tui.widgets.watching_screen.thread_time", monotonic)  # the thread is never at rest
    async with watching(speed=inf, phase=Phase.RUNNING, epoch=17) as (pilot, control, app):
        control.show(epoch=23)
        deadline = monotonic() + PATIENCE
        while "23" not in monitor(app).query_one(MonitorStatus).text.split():
            assert monotonic() < deadline
            await pilot.pause(0.05)


async def test_recovering_from_nothing_asks_for_nothing() -> None:
    async with watching(phase=Phase.PAUSED) as (pilot, control, _):
        await pilot.press("u")
        assert control.requests == []


async def test_g_asks_for_an_epoch_and_goes_there() -> None:
    async with watching() as (pilot, control, app):
        await pilot.press("g")
        assert isinstance(app.screen, Question)
        await pilot.press(*"1,200", "enter")
        assert control.requests == [("go_to", 1200)]
        assert isinstance(app.screen, MonitorScreen)


async def test_b_goes_to_the_best_epoch_by_the_rows_held_out_and_both_are_drawn() -> None:
    view = view_of("houses", 300, hold_out="0.8:3", learning_rate=0.02, epochs=400, every=20)
    control = RecordedControl(view)
    app = Shown(control)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        chart = app.screen.query_one(CostPanel).text
        assert "held out" in chart
        assert "★" in chart
        assert f"best {view.state.best_epoch}" in chart
        await pilot.press("b")
        assert control.requests == [("go_to", view.state.best_epoch)]
        assert "b best" in str(app.screen.query_one(KeyLine).render())


async def test_a_learning_rate_is_typed_and_what_is_none_can_be_corrected() -> None:
    async with watching(learning_rate=0.02) as (pilot, control, app):
        limit = control.view.facts.largest_stable_learning_rate
        assert limit is not None
        for typed, rate in (("0.3", 0.3), ("x2", 0.04), ("/4", 0.005), ("50%", limit / 2), ("1e-3", 1e-3)):
            await pilot.press("equals_sign")
            assert app.screen.query_one(Input).value == "0.02"
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            assert control.requests.pop() == ("set_learning_rate", pytest.approx(rate, rel=1e-15))
        await pilot.press("equals_sign")
        for typed in ("", "fast", "-1", "0", "inf", "x", "/0", "nan"):
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            assert str(app.screen.query_one("#problem").render()).endswith("."), typed
        await pilot.press("escape")
        assert control.requests == []


async def test_an_epoch_that_is_not_there_is_explained_and_can_be_corrected() -> None:
    async with watching() as (pilot, control, app):
        await pilot.press("g", *"9999", "enter")
        assert isinstance(app.screen, Question)
        assert "no epoch 9,999" in str(app.screen.query_one("#problem").render())
        await pilot.press("escape")
        assert control.requests == []
        assert isinstance(app.screen, MonitorScreen)


async def test_l_goes_round_the_axes_and_m_smooths() -> None:
    async with watching() as (pilot, _, app):
        chart = panel(app, 1)
        assert isinstance(chart, CostPanel)
        axes = [chart.axis]
        for _ in range(3):
            await pilot.press("l")
            axes.append(chart.axis)
        assert axes == ["log", "linear", "excess", "log"]
        await pilot.press("m")
        assert chart.smoothed
        await pilot.press("m")
        assert not chart.smoothed


async def test_a_cursor_reads_the_chart_off_and_goes_where_it_points() -> None:
    async with watching(n_epochs=501) as (pilot, control, app):
        chart = panel(app, 1)
        assert isinstance(chart, CostPanel)
        await pilot.press("left")
        assert control.requests == [("back", 1)]
        await pilot.press("c")
        assert chart.cursor == 500
        await pilot.press("left", "left", "left")
        assert chart.cursor is not None
        assert chart.cursor < 500
        await pilot.press("home", "right")
        row = control.view.history.row(chart.cursor)
        assert row is not None
        said = str(chart.border_subtitle)
        assert f"epoch {chart.cursor:,} · cost {significant(row.cost)} · w {significant(row.parameters[0])}" in said
        assert "◆" in chart.text
        await pilot.press("enter")
        assert control.requests == [("back", 1), ("go_to", chart.cursor)]
        await pilot.press("escape")
        assert "◆" not in chart.text
        await pilot.press("right")
        assert control.requests[-1] == ("step", 1)


async def test_a_cursor_reads_the_surface_off_and_a_run_starts_where_it_points() -> None:
    changed: dict[str, Any] = {"interventions": (Intervention(20, 0.05),), "learning_rate": 0.05}
    async with watching(n_epochs=501, **changed) as (pilot, control, app):
        surface = panel(app, 4)
        assert isinstance(surface, SurfacePanel)
        await pilot.press("4", "c")
        assert surface.cursor == pytest.approx(control.view.state.parameters)
        await pilot.press("right", "up", "up")
        assert surface.cursor is not None
        w, b = surface.cursor
        said = str(surface.border_subtitle)
        assert f"w {significant(w)} · b {significant(b)} · cost " in said
        x, y = control.view.facts.sample_X[:, 0], control.view.facts.sample_y
        assert f"cost {significant(float(np.square(w * x + b - y).mean()))}" in said
        assert "◆" in surface.text
        await pilot.press("enter")
        (recipe,) = app.chosen
        assert recipe == control.view.facts.recipe.changed(init=f"{w},{b}", learning_rate=0.05)
        await pilot.press("escape")
        assert "◆" not in surface.text
        await pilot.press("c", "c")
        assert surface.cursor is None


async def test_a_click_points_at_a_place_on_the_surface_and_the_rate_that_was_not_changed_is_the_recipes() -> None:
    async with watching(n_epochs=501) as (pilot, control, app):
        surface = panel(app, 4)
        assert isinstance(surface, SurfacePanel)
        await pilot.click(SurfacePanel, offset=(30, 5))
        assert surface._scene is not None
        assert surface._scene.cell(np.array(surface.cursor)) == (28, 4)  # a frame and a blank before it
        await pilot.press("enter")
        (recipe,) = app.chosen
        assert isinstance(recipe, Recipe)
        assert recipe.start == pytest.approx(surface.cursor, rel=1e-12)
        assert recipe.learning_rate == control.view.facts.recipe.learning_rate


async def test_of_many_parameters_a_run_starts_on_the_slice_that_is_seen() -> None:
    async with watching(data="houses", n_epochs=100) as (pilot, control, app):
        surface = panel(app, 4)
        assert isinstance(surface, SurfacePanel)
        await pilot.click(SurfacePanel, offset=(20, 4))
        await pilot.press("enter")
        (recipe,) = app.chosen
        assert isinstance(recipe, Recipe)
        assert recipe.start is not None
        facts, landscape = control.view.facts, surface._landscape
        assert isinstance(landscape, Landscape)
        there = facts.scaling.to_trained(np.array(recipe.start[:-1]), recipe.start[-1])
        assert landscape.project(there[np.newaxis])[0] == pytest.approx(surface.cursor, rel=1e-9)
        predicted = facts.sample_X @ recipe.start[:-1] + recipe.start[-1]
        assert f"cost {significant(float(np.square(predicted - facts.sample_y).mean()))}" in str(
            surface.border_subtitle
        )


async def test_a_module_has_a_start_of_its_own() -> None:
    async with watching(data="quiz1-module", n_epochs=5) as (_, _, app):
        monitor(app).on_surface_panel_start_asked(SurfacePanel.StartAsked((1.0, 2.0)))
        assert "a module or a script chooses its parameters itself" in monitor(app).query_one(KeyLine).sentence
        assert not app.chosen


async def test_a_click_points_at_an_epoch_and_on_the_progress_bar_goes_there() -> None:
    async with watching(n_epochs=501) as (pilot, control, app):
        chart = panel(app, 1)
        assert isinstance(chart, CostPanel)
        await pilot.click(CostPanel, offset=(12, 4))
        assert chart.cursor is not None
        assert 0 < chart.cursor < 100  # the axis goes to 1,000, and begins 9 cells in
        bar = screen_line(app, 1)
        await pilot.click(MonitorStatus, offset=(bar.index("━") + 30, 1))
        (asked,) = control.requests
        assert asked[0] == "go_to"
        assert asked[1] == pytest.approx(3001 * 30.5 / (bar.count("━") + bar.count("─") + bar.count("╸")), abs=2)


def screen_line(app: Shown, y: int) -> str:
    return app.screen._compositor.render_strips()[y].text


async def test_x_goes_round_the_axes_of_epochs() -> None:
    async with watching(n_epochs=501, seconds=2.0) as (pilot, _, app):
        chart = panel(app, 1)
        assert isinstance(chart, CostPanel)
        words, halves = [], []
        for _ in range(3):
            words.append(chart.text.splitlines()[-1].split()[1:])
            assert chart._curve is not None
            halves.append(chart._curve.column(20) - chart._curve.x)
            await pilot.press("x")
        assert words == [["epoch", "500"], ["epoch,", "log", "500"], ["seconds", "of", "computing", "2"]]
        assert halves[1] > 4 * halves[0] == 4 * halves[2]
        assert chart.epochs_by == "linear"


async def test_a_number_focuses_a_panel_and_again_enlarges_it() -> None:
    async with watching() as (pilot, _, app):
        assert shown_panels(app) == [1, 2, 3, 4, 5, 6]
        await pilot.press("4")
        assert panel(app, 4).has_focus_within
        await pilot.press("4")
        assert shown_panels(app) == [4]
        await pilot.press("escape")
        assert shown_panels(app) == [1, 2, 3, 4, 5, 6]


async def test_enter_enlarges_the_panel_with_the_keyboard_and_puts_it_back() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("2", "enter")
        assert shown_panels(app) == [2]
        await pilot.press("enter")
        assert shown_panels(app) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("size", "first_shown"), [(WIDE, [1, 2, 3, 4, 5, 6]), (MIDDLE, [1, 2, 3, 5]), (SMALL, [1])])
async def test_tab_visits_every_panel_that_is_shown_and_one_by_one_all(
    size: tuple[int, int], first_shown: list[int]
) -> None:
    async with watching(size) as (pilot, _, app):
        assert shown_panels(app) == first_shown
        visited = []
        for _ in range(6):
            await pilot.press("tab")
            visited += [each.number for each in monitor(app).query(Panel) if each.has_focus_within]
        assert set(visited) == set(first_shown if len(first_shown) > 1 else range(1, 7))
        await pilot.press("shift+tab")
        assert [each.number for each in monitor(app).query(Panel) if each.has_focus_within] == [visited[-2]]


async def test_a_panel_that_has_no_room_can_still_be_reached_by_its_number() -> None:
    async with watching(MIDDLE) as (pilot, _, app):
        await pilot.press("6")
        assert shown_panels(app) == [6]
        await pilot.press("1")
        assert shown_panels(app) == [1, 2, 3, 5]


async def test_a_screen_too_small_says_so_and_a_larger_one_recovers() -> None:
    async with watching((25, 7)) as (pilot, _, app):
        assert monitor(app).query_one("#too-small").display
        assert "too small" in str(monitor(app).query_one("#too-small").render())
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert shown_panels(app) == [1, 2, 3, 4, 5, 6]
        assert not monitor(app).query_one("#too-small").display


async def test_slash_finds_parameters_by_name() -> None:
    async with watching(data="quiz1") as (pilot, _, app):
        await pilot.press("slash")
        assert panel(app, ParametersPanel.number).has_focus_within
        assert isinstance(app.focused, Input)


async def test_keys_typed_into_the_filter_are_text() -> None:
    async with watching(data="quiz1") as (pilot, control, _):
        await pilot.press("slash", "n", "r", "q")
        assert control.requests == []


async def test_how_to_leave_the_help_is_in_sight_and_the_charts_signs_are_explained() -> None:
    async with watching((100, 30)) as (pilot, _, app):
        await pilot.press("question_mark")
        shown = [strip.text for strip in app.screen._compositor.render_strips()]
        assert "esc goes back" in "\n".join(shown)
        words = str(app.screen.query_one("#sheet Static").render())
        assert all(sign in words for sign in ("▾", "┆", "η", "✕"))


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_names_every_key_and_goes_away(key: str) -> None:
    async with watching() as (pilot, control, app):
        await pilot.press(key)
        assert isinstance(app.screen, HelpScreen)
        words = str(app.screen.query_one("#sheet Static").render())
        for entry in keys_of(control.recipe, is_visit=False):
            assert (entry.meaning in words) == (entry.action not in {"palette", *OF_ROWS})
        await pilot.press("escape")
        assert isinstance(app.screen, MonitorScreen)


async def test_the_command_palette_runs_what_a_key_runs() -> None:
    async with watching() as (pilot, control, app):
        monitor(app).runner("step(10)")()
        await pilot.pause()
        assert control.requests == [("step", 10)]
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert len(app.screen_stack) == 3


async def test_y_shows_the_line_that_comes_to_these_numbers_again() -> None:
    async with watching(SMALL, n_epochs=12) as (pilot, control, app):
        await pilot.press("y")
        await pilot.pause()
        sheet = app.screen
        assert isinstance(sheet, CommandSheet)
        line = command_of(view_of("exercise1", 12).facts, control.state)
        assert line == "linreg-tui exercise1 --at 11"
        assert str(sheet.query_one("#command", Static).render()) == line == app.clipboard
        await pilot.press("escape")
        assert isinstance(app.screen, MonitorScreen)


async def test_s_asks_for_a_file_and_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching() as (pilot, control, _):
        await pilot.press("s", "enter")
        assert control.requests == [("save", Path("exercise1.safetensors"))]


async def test_e_writes_the_epochs_in_full_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching() as (pilot, control, app):
        await pilot.press("e", "enter")
        lines = (tmp_path / "exercise1-epochs.csv").read_text().splitlines()
        assert lines[0] == "epoch,x,b,cost"
        cells = [line.split(",") for line in lines[1:]]
        assert [int(epoch) for epoch, *_ in cells][-1] == 499
        assert float(cells[-1][1]) == control.state.parameters[0]
        assert float(cells[-1][3]) == control.state.cost
        said = monitor(app).query_one(KeyLine).sentence
        assert len(cells) == 500
        assert said == "all 500 epochs written to exercise1-epochs.csv"


async def test_before_any_epoch_there_is_nothing_to_write_and_no_file_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching(n_epochs=0) as (pilot, _, app):
        await pilot.press("e")
        assert isinstance(app.screen, MonitorScreen)
        assert "nothing to write" in monitor(app).query_one(KeyLine).sentence
    assert list(tmp_path.iterdir()) == []


async def test_the_epochs_go_to_json_lines_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching() as (pilot, control, app):
        await pilot.press("e")
        app.screen.query_one(Input).value = "out.jsonl"
        await pilot.press("enter")
        last = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[-1])
        assert last["w"] == {"x": control.state.parameters[0]}
        assert last["event"] == "epoch"


async def test_a_file_that_exists_is_written_over_only_where_y_is_pressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model, epochs = tmp_path / "exercise1.safetensors", tmp_path / "exercise1-epochs.csv"
    for path in (model, epochs):
        path.write_text("precious")
    async with watching() as (pilot, control, app):
        for answer in ("escape", "n"):
            await pilot.press("s", "enter")
            assert "exists" in str(app.screen.query_one("#sheet Static").render())
            await pilot.press(answer, "e", "enter", answer)
        assert (control.requests, epochs.read_text()) == ([], "precious")
        await pilot.press("s", "enter", "y", "e", "enter", "y")
        assert control.requests == [("save", Path(model.name), True)]
        assert epochs.read_text().startswith("epoch,x,b,cost")


async def test_a_file_that_cannot_be_written_is_explained(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path_factory.mktemp("bad")
    async with watching() as (pilot, _, app):
        for key, name in (
            ("e", "nowhere/x.csv"),
            ("e", str(tmp_path)),
            ("e", "epochs.xlsx"),
            ("e", ""),
            ("s", "recipe.toml"),
            ("s", ""),
            *(("e", path) for path in bad_paths(elsewhere, ".csv")[:5:2]),
            *(("s", path) for path in bad_paths(elsewhere, ".safetensors")[:5:2]),
        ):
            await pilot.press(key)
            app.screen.query_one(Input).value = name
            await pilot.press("enter")
            assert str(app.screen.query_one("#problem").render()).endswith(".")
            await pilot.press("escape")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["d", "o"])
async def test_another_recipe_can_be_chosen(key: str) -> None:
    async with watching() as (pilot, _, app):
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, SetupScreen)
        app.screen.dismiss(app.control.recipe.changed(epochs=7))
        await pilot.pause()
        assert app.chosen == [app.control.recipe.changed(epochs=7)]


async def test_while_a_race_is_looked_at_which_may_import_torch_the_keys_are_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, ends = Event(), Event()

    def slow(text: str, recipe: Recipe) -> tuple[Entry, ...]:
        began.set()
        ends.wait(PATIENCE)
        return read_race(text, recipe)

    monkeypatch.setattr("linreg_tui.monitor.questions.read_race", slow)
    async with watching() as (pilot, control, app):
        await pilot.press("v", "enter")
        while not began.is_set():
            await pilot.pause(0.01)
        assert "looking at the optimizers" in str(app.screen.query_one("#problem").render())
        await pilot.press("enter", "escape", "space")
        assert not ends.is_set()
        assert isinstance(app.screen, MonitorScreen)
        assert control.requests == [("play",)]
        ends.set()
        await app.workers.wait_for_complete()
        assert isinstance(app.screen, MonitorScreen)


async def test_what_is_wrong_with_a_race_is_said_where_it_was_typed() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("v")
        for line, words in (
            ("SGD 0.1 0.2 momentum=abc", "takes a number, not 'abc'"),
            ("Adam 0.1 0.2 betas=5,6", "betas"),
            ("SGD Adm", "no optimizer 'Adm'"),
        ):
            app.screen.query_one(Input).value = line
            await pilot.press("enter")
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert words in str(app.screen.query_one("#problem").render())


async def test_quitting_is_asked_of_the_app() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("q")
        await pilot.pause()
        assert app.times_left == 1


async def test_a_notice_is_shown_once_and_as_it_is() -> None:
    async with watching() as (pilot, control, app):
        control.show(notice=Notice(1, "saved [red]x[/red]\x1b[2J", is_error=False))
        await pilot.pause(0.3)
        await pilot.pause(0.3)
        assert "saved [red]x[/red]�[2J" in str(monitor(app).query_one(KeyLine).render())
        monitor(app).query_one(KeyLine).forget()
        await pilot.pause(0.3)
        assert "quit" in str(monitor(app).query_one(KeyLine).render())


async def test_why_a_run_failed_stands_there_once_and_whole_and_only_keys_that_do_something(tmp_path: Path) -> None:
    why = "model.py: it failed while it was trained: line 3: ValueError: " + "a long story " * 12 + "ends here."
    async with watching(phase=Phase.FAILED, reason=why, notice=Notice(1, why, is_error=True)) as (pilot, control, app):
        await pilot.pause()
        shown = " ".join(" ".join(strip.text for strip in app.screen._compositor.render_strips()).split())
        assert shown.count("a long story a long story") == shown.count("ends here.") * 6 == 6
        assert shown.count("model.py: it failed") == 1
        footer = str(monitor(app).query_one(KeyLine).render())
        assert "axis" in footer
        assert "step" not in footer
        await pilot.press("space", "n", "left", "plus", "r", "s", "l")
        assert control.requests == []
        assert panel(app, 1).axis == "linear"  # type: ignore[attr-defined]


async def test_a_state_from_before_the_facts_came_is_passed_over() -> None:
    """They are set before the state that goes with them, and a screen may read them between the two."""
    async with watching(phase=Phase.LOADING, parameters=np.empty(0)) as (pilot, control, app):
        control.show(phase=Phase.PAUSED, parameters=np.array([1.0, 0.5]))
        await pilot.pause(0.3)
        assert monitor(app)._view is not None


async def test_a_sentence_makes_way_for_the_next_key_and_for_what_that_key_says() -> None:
    async with watching(phase=Phase.FINISHED) as (pilot, _, app):
        footer = monitor(app).query_one(KeyLine)
        for said, following in (("space", "l"), ("space", "4"), ("u", "f24")):
            await pilot.press(said)
            assert footer.sentence, said
            await pilot.press(following)
            assert footer.sentence == "", following
        await pilot.press("u", "space")
        assert footer.sentence.startswith("the run has finished")
        await pilot.click("KeyLine", offset=(0, 0))
        assert footer.sentence == ""


async def test_the_footer_does_what_its_keys_do() -> None:
    async with watching() as (pilot, control, _):
        await pilot.click("KeyLine", offset=(2, 0))
        assert control.requests == [("play",)]
