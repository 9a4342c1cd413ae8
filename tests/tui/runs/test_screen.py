"""Every key of the screen of runs, on a store that real runs were recorded in."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.cells import cell_len
from textual.app import App
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input

from linreg import LinregError, Recipe
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs
from linreg.store.reader import FILE
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg_tui.runs import columns as run_columns
from linreg_tui.runs.curves import RunCostPanel
from linreg_tui.runs.description import DescriptionPanel
from linreg_tui.runs.keys import RUNS_KEYS
from linreg_tui.runs.overlay import Overlays
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.runs.stored_runs import StoredRuns
from linreg_tui.runs.table import RunsPanel
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.sheets.question import Question
from linreg_tui.themes import THEMES
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.lines import Lines
from linreg_tui.widgets.picture_panel import PicturePanel
from tui.monitor.test_snapshots import screen_text
from tui.stored import fill, gone, leave, write

WIDE, MIDDLE, SMALL, TINY = (120, 40), (80, 24), (60, 20), (40, 12)
NEWEST = ["going on", "elsewhere", "left", "coarse", "too fast", "valley-momentum", "valley", "three points"]


class Shown(App[None]):
    """An app that has only this screen, and remembers what it was asked."""

    CSS_PATH = Path(__file__).parents[3] / "tui" / "linreg_tui" / "app.tcss"

    def __init__(self, home: Path, ascii_only: bool = False) -> None:
        super().__init__()
        self.runs = RunsScreen(home, ascii_only=ascii_only)
        self.asked: list[tuple[str, str]] = []
        self.times_left = 0

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.push_screen(self.runs, self._left)

    def _left(self, _: None) -> None:
        self.times_left += 1

    def on_runs_screen_attach_asked(self, message: RunsScreen.AttachAsked) -> None:
        self.asked.append(("attach", message.run.name))

    def on_runs_screen_replay_asked(self, message: RunsScreen.ReplayAsked) -> None:
        self.asked.append(("replay", message.run.name))

    def on_runs_screen_resume_asked(self, message: RunsScreen.ResumeAsked) -> None:
        self.asked.append(("resume", message.run.name))

    @property
    def table(self) -> RunsPanel:
        return self.runs.query_one(RunsPanel)

    @property
    def chart(self) -> RunCostPanel:
        return self.runs.query_one(RunCostPanel)

    @property
    def facts(self) -> DescriptionPanel:
        return self.runs.query_one(DescriptionPanel)

    @property
    def names(self) -> list[str]:
        return [run.name for run in self.table.selection.shown]

    @property
    def here(self) -> str:
        run = self.table.selection.highlighted
        return "" if run is None else run.name

    @property
    def said(self) -> str:
        return self.runs.query_one(KeyLine).sentence

    @property
    def shown_panels(self) -> list[int]:
        return [panel.number for panel in (self.table, self.chart, self.facts) if panel.display]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("recorded")
    fill(home)
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    """Return a home of one's own with runs of every kind."""
    return Path(shutil.copytree(recorded, tmp_path / "home"))


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await pilot.pause(0.005)
    raise AssertionError("never")


async def settle(pilot: Pilot[None], app: Shown) -> None:
    """Wait until the list and the epochs of what is shown have been read and drawn."""
    panels = app.runs._grid
    await until(pilot, lambda: not app.runs._is_reading and not panels._is_reading and panels._to_read() is None)
    await pilot.pause()


async def look_again(pilot: Pilot[None], app: Shown) -> None:
    """Have the store read again, and wait for that."""
    app.runs._next_look = 0.0
    app.runs._look()
    await pilot.pause()
    await settle(pilot, app)


@asynccontextmanager
async def showing(
    home: Path, size: tuple[int, int] = WIDE, *, at: str = "", ascii_only: bool = False
) -> AsyncIterator[tuple[Pilot[None], Shown]]:
    """Show the runs of a home, with one of them highlighted."""
    app = Shown(home, ascii_only)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.runs._next_look)
        if at:
            await pilot.press(*["down"] * app.names.index(at))
            assert app.here == at
        await settle(pilot, app)
        yield pilot, app


# The list


async def test_the_newest_run_comes_first_and_a_row_says_how_each_stands(home: Path) -> None:
    async with showing(home) as (_, app):
        assert app.names == NEWEST
        rows = {line[3:18].strip(): line for line in app.table.text.splitlines()}
        assert "running " in rows["going on"]
        assert "running?" in rows["elsewhere"]
        assert "interrupted" in rows["left"]
        assert "converged" in rows["coarse"]
        assert "diverged" in rows["too fast"]
        assert "SGD momentum=0.9" in rows["valley-momentum"]
        assert "0.05▾" in rows["left"]
        assert rows["three points"].split()[3:8] == ["exercise1.csv", "SGD", "0.01", "3,000", "0.1667"]
        assert rows["three points"].split()[8:10] == ["2.9e−06", "%"]  # 4.8e−09 of 0.1667


async def test_a_run_or_those_marked_are_laid_over_what_one_came_from_and_taken_off_again(home: Path) -> None:
    over = Overlays()

    async def press(*keys: str, at: str, leaves: bool = True) -> str:
        async with showing(home, at=at) as (pilot, app):
            app.runs._over = over
            await pilot.press(*keys)
            await until(pilot, lambda: app.times_left if leaves else app.said)
            return "" if leaves else app.said

    def laid() -> list[str]:
        return [each.run.name for each in over.shown]

    await press("L", at="valley")
    assert laid() == ["valley"]
    assert over.shown[0].costs.epoch[-1] == over.shown[0].run.epoch
    await press("space", "down", "space", "L", at="valley-momentum")
    assert laid() == ["valley-momentum", "valley"]
    await press("L", at="valley-momentum")
    assert laid() == ["valley"]
    with RunStore(home) as store:
        store.begin(Recipe(), name="nothing yet")
    assert await press("L", at="nothing yet", leaves=False) == "no epoch of nothing yet is kept"
    assert laid() == ["valley"]


async def test_the_cursor_moves(home: Path) -> None:
    places = {
        "down": 1,
        "j": 2,
        "up": 1,
        "k": 0,
        "up k": 0,
        "end": 7,
        "down j": 7,
        "home": 0,
        "pagedown": 7,
        "pageup": 0,
    }
    async with showing(home) as (pilot, app):
        for keys, place in places.items():
            await pilot.press(*keys.split())
            assert app.here == NEWEST[place], keys


async def test_a_page_is_what_can_be_seen(home: Path) -> None:
    async with showing(home, TINY) as (pilot, app):
        assert app.table.size.height == 8
        await pilot.press("pagedown")
        assert app.here == NEWEST[6]
        assert NEWEST[6] in app.table.text


async def test_o_goes_round_the_orders_and_the_heading_says_which(home: Path) -> None:
    expected = {
        "oldest first": ("started▴", NEWEST[::-1]),
        "by name": ("name▴", sorted(NEWEST)),
        "by status": ("status▴", None),
        "most epochs first": ("epoch▾", None),
        "least cost first": ("cost▴", None),
        "newest first": ("started▾", NEWEST),
    }
    async with showing(home, (140, 40)) as (pilot, app):
        for words, (heading, names) in expected.items():
            await pilot.press("o")
            assert str(app.table.border_subtitle).endswith(words)
            assert heading in app.table.text.splitlines()[0]
            assert names is None or app.names == names
            assert app.here == "going on"
        await pilot.press("O")
        assert str(app.table.border_subtitle).endswith("least cost first")
        costs = [run.cost for run in app.table.selection.shown]
        assert costs == sorted(costs, key=lambda cost: cost or 0.0)


async def test_typing_after_a_slash_filters_at_once_and_escape_shows_all_again(home: Path) -> None:
    async with showing(home, at="valley") as (pilot, app):
        await pilot.press("slash", *"VALL")
        assert app.names == ["going on", "elsewhere", "left", "coarse", "valley-momentum", "valley"]
        await pilot.press(*"ey-m")
        assert app.names == ["valley-momentum"]
        assert "1 of 8 match" in str(app.table.border_subtitle)
        await pilot.press("escape")
        assert app.names == NEWEST
        assert app.here == "valley"
        assert app.times_left == 0


async def test_the_filter_looks_at_status_and_data_too(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("slash")
        for word, names in {"diverg": ["too fast"], "exercise": ["three points"], "zzz": []}.items():
            app.runs.query_one(Input).value = word
            await pilot.pause()
            assert app.names == names
        await pilot.press("enter")
        assert "No run matches" in app.table.text
        for key in ("enter", "space", "a", "p", "c", "n", "e", "D", "down", "end", "o", "l"):
            await pilot.press(key)
        assert app.asked == []
        assert len(app.screen_stack) == 2


async def test_while_typing_the_arrows_move_and_enter_keeps_the_filter(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("slash", *"valley", "down", "down")
        assert app.here == "left"
        await pilot.press("enter")
        assert app.table.has_focus
        assert app.runs.query_one(Input).value == "valley"
        await pilot.press("enter")
        assert app.asked == [("resume", "left")]


# What the store has meanwhile


async def test_the_cursor_and_the_marks_stay_with_their_runs_when_others_come_and_go(home: Path) -> None:
    async with showing(home, at="coarse") as (pilot, app):
        await pilot.press("space", "down", "space")
        with RunStore(home) as store:
            write(store, "brand new", [1.0])
            store.delete("left")
        await look_again(pilot, app)
        assert app.names[:4] == ["brand new", "going on", "elsewhere", "coarse"]
        assert app.here == "too fast"
        assert [run.name for run, _ in app.table.selection.marked] == ["coarse", "too fast"]


async def test_a_run_that_is_added_above_moves_no_row_under_the_eye(home: Path) -> None:
    async with showing(home, TINY) as (pilot, app):
        await pilot.press("end", "up", "up")
        before = app.table.text
        with RunStore(home) as store:
            leave(store, write(store, "new", [1.0]), gone())
        await look_again(pilot, app)
        assert len(app.names) == 9
        assert app.table.text == before


async def test_when_the_highlighted_run_is_deleted_elsewhere_its_neighbour_is_highlighted(home: Path) -> None:
    async with showing(home, at="coarse") as (pilot, app):
        await pilot.press("space")
        with RunStore(home) as store:
            store.delete("coarse")
        await look_again(pilot, app)
        assert app.here == "too fast"
        assert app.table.selection.marks == {}


async def test_a_run_that_goes_on_is_seen_to_move_with_its_curve(home: Path) -> None:
    async with showing(home) as (pilot, app):
        before = app.chart.text
        with RunStore(home) as store:
            epochs = store.epochs("going on")
            ahead = replace(epochs, epoch=epochs.epoch + 900, cost=epochs.cost / 100)
            store.append("going on", ahead)
        await look_again(pilot, app)
        assert "1,799" in app.table.text
        assert "1,799 of 1,000" in app.facts.text
        assert app.chart.text != before


async def test_a_marked_run_that_goes_on_is_seen_to_move_too(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("space", "end")
        await settle(pilot, app)
        before = app.chart.text
        with RunStore(home) as store:
            epochs = store.epochs("going on")
            store.append("going on", replace(epochs, epoch=epochs.epoch + 900, cost=epochs.cost / 100))
        await look_again(pilot, app)
        assert app.chart.text != before


async def test_by_itself_the_store_is_looked_at_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg_tui.runs.screen.READ_EVERY", 0.01)
    async with showing(home) as (pilot, app):
        with RunStore(home) as store:
            store.rename("valley", "renamed meanwhile")
        await until(pilot, lambda: "renamed meanwhile" in app.names)


async def test_a_look_that_finds_nothing_new_draws_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(home, at="left") as (pilot, app):
        await pilot.press("space")
        await settle(pilot, app)
        await look_again(pilot, app)
        refreshed: list[object] = []
        for kind in (Lines, PicturePanel):
            monkeypatch.setattr(kind, "refresh", lambda self, *regions, **_: refreshed.append((self, regions)))
        await look_again(pilot, app)
        assert refreshed == []


async def test_only_the_cells_of_what_has_moved_are_drawn_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(home, at="left") as (pilot, app):
        await look_again(pilot, app)
        with RunStore(home) as store:
            newest = store.epochs("going on").where(store.epochs("going on").epoch == 899)
            store.append("going on", replace(newest, epoch=newest.epoch + 1))
        regions: list[Any] = []
        for kind in (Lines, PicturePanel):
            monkeypatch.setattr(kind, "refresh", lambda self, *drawn, **_: regions.extend(drawn))
        await look_again(pilot, app)
        assert [(region.y, region.height) for region in regions] == [(1, 1)]  # below the heading
        assert regions[0].width < 12


async def test_while_the_cursor_runs_on_the_epochs_of_runs_it_has_passed_are_not_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, may_go_on, asked = StoredRuns.read, Event(), list[str]()

    def slow(self: StoredRuns, run: Run) -> Any:
        asked.append(run.name)
        assert may_go_on.wait(20)
        return read(self, run)

    monkeypatch.setattr(StoredRuns, "read", slow)
    app = Shown(home)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: asked)
        await pilot.press(*["down"] * 6)
        may_go_on.set()
        await settle(pilot, app)
    assert asked == ["going on", "valley"]


async def test_a_curve_stays_until_the_next_one_is_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(home) as (pilot, app):
        before, read, may_go_on, asked = app.chart.text, StoredRuns.read, Event(), list[str]()

        def slow(self: StoredRuns, run: Run) -> Any:
            asked.append(run.name)
            assert may_go_on.wait(20)
            return read(self, run)

        monkeypatch.setattr(StoredRuns, "read", slow)
        await pilot.press("end")
        await until(pilot, lambda: asked)
        assert app.chart.text == before
        assert "kept      … epochs" in app.facts.text
        may_go_on.set()
        await settle(pilot, app)
        assert app.chart.text != before


# Opening


async def test_enter_opens_a_run_as_it_comes_next(home: Path) -> None:
    expected = ["attach", "replay", "resume", "replay", "replay", "replay", "replay", "replay"]
    async with showing(home) as (pilot, app):
        for _ in expected:
            await pilot.press("enter", "down")
        assert app.asked == list(zip(expected, NEWEST, strict=True))
        assert app.times_left == 0


ANSWERS = {
    ("a", "going on"): "attach",
    ("a", "left"): "left is not running: c continues it",
    ("a", "coarse"): "coarse is not running: p replays it",
    ("a", "elsewhere"): "elsewhere may be running on other-machine: attach to it there; p replays what is kept",
    ("p", "going on"): "replay",
    ("p", "coarse"): "replay",
    ("p", "empty"): "no epoch of empty is kept",
    ("c", "left"): "resume",
    ("c", "elsewhere"): "resume",
    ("c", "going on"): "going on is still running: a attaches to it",
    ("c", "coarse"): "coarse has converged, and nothing is left to continue: p replays it",
    ("e", "empty"): "no epoch of empty is kept, so there is nothing to write",
    ("D", "going on"): "going on is still running; stop it before you delete it",
}


async def test_a_key_asks_the_app_or_says_why_not(home: Path) -> None:
    with RunStore(home) as store:
        leave(store, write(store, "empty", []), gone())
    async with showing(home) as (pilot, app):
        for (key, name), answer in ANSWERS.items():
            app.asked, app.runs.query_one(KeyLine).sentence = [], ""
            app.table.move(app.names.index(name) - app.table.selection.cursor)
            await pilot.press(key)
            is_asked = answer in ("attach", "replay", "resume")
            assert app.asked == ([(answer, name)] if is_asked else []), (key, name)
            assert app.said == ("" if is_asked else answer), (key, name)
            assert len(app.screen_stack) == 2


@pytest.mark.parametrize("key", ["q", "h", "escape"])
async def test_whoever_leaves_is_back_where_they_came_from(home: Path, key: str) -> None:
    async with showing(home) as (pilot, app):
        store = app.runs._stored._store
        assert store is not None
        await pilot.press(key)
        await until(pilot, lambda: app.times_left)
        await until(pilot, lambda: app.runs not in app.screen_stack)
        await until(pilot, lambda: not app.runs.is_attached)
        with pytest.raises(LinregError, match="closed database"):
            store.runs()


# Marking and the chart


async def test_space_marks_runs_with_letters_that_stand_on_their_curves(home: Path) -> None:
    async with showing(home, at="valley-momentum") as (pilot, app):
        assert not set("abc▸") & set(app.chart.text)
        await pilot.press("space", "down", "space", "down")
        await settle(pilot, app)
        rows = {line[3:18].strip(): line[:2] for line in app.table.text.splitlines()}
        assert (rows["valley-momentum"], rows["valley"], rows["three points"]) == (" a", " b", "▸ ")
        assert all(sign in app.chart.text for sign in "ab▸")
        await pilot.press("up", "space")
        await settle(pilot, app)
        assert [run.name for run, _ in app.table.selection.marked] == ["valley-momentum"]
        await pilot.press("up")
        await settle(pilot, app)
        assert app.chart.text.count("a") == 2
        assert "▸" not in app.chart.text
        await pilot.press("u")
        await settle(pilot, app)
        assert app.table.selection.marks == {}
        assert not set("ab▸") & set(app.chart.text)


async def test_a_letter_that_is_free_again_goes_to_the_next_run(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("space", "down", "space", "down", "space", "up", "space", "end", "space")
        marks = {run.name: mark for run, mark in app.table.selection.marked}
        assert marks == {"going on": 0, "three points": 1, "left": 2}


async def test_marked_runs_stay_on_the_chart_though_the_filter_leaves_them_out(home: Path) -> None:
    async with showing(home, at="three points") as (pilot, app):
        await pilot.press("space", "slash", *"momentum", "enter")
        await settle(pilot, app)
        assert app.names == ["valley-momentum"]
        assert "a" in app.chart.text
        assert "▸" in app.chart.text


async def test_the_excess_is_shown_where_all_know_it_and_else_the_cost(home: Path) -> None:
    with RunStore(home) as store:
        write(store, "absolute", [1.0, 0.5, 0.25])
    async with showing(home, at="valley") as (pilot, app):
        assert str(app.chart.border_subtitle) == "% above least squares · log"
        await pilot.press("l")
        assert str(app.chart.border_subtitle) == "% above least squares · linear"
        await pilot.press("space", "home")
        await settle(pilot, app)
        assert app.here == "absolute"
        assert str(app.chart.border_subtitle) == "cost · linear"
        await pilot.press("l")
        assert str(app.chart.border_subtitle) == "cost · log"


async def test_an_excess_is_drawn_in_per_cent_of_least_squares_whatever_the_units(home: Path) -> None:
    """Two runs whose costs differ a millionfold, each as far above its own least squares, are one curve."""
    excess = np.array([3.0 / 2**n for n in range(40)])
    with RunStore(home) as store:
        write(store, "small", list(2e-3 + 1e-3 * excess), list(1e-3 * excess))
        write(store, "large", list(2e3 + 1e3 * excess), list(1e3 * excess))
    async with showing(home, at="large") as (pilot, app):
        await settle(pilot, app)
        alone = app.chart.text
        assert str(app.chart.border_subtitle) == "% above least squares · log"
        assert any(line.split()[:1] == ["100"] for line in alone.splitlines())  # it starts at 150 %
        await pilot.press("space", "down", "space")
        await settle(pilot, app)
        assert [line[:8] for line in app.chart.text.splitlines()] == [line[:8] for line in alone.splitlines()]


async def test_what_scripts_have_logged_takes_the_place_of_the_cost_of_those_that_have(home: Path) -> None:
    curves = Curves()
    curves.add("accuracy", [0, 400, 999], [0.0, 0.5, 1.0])
    curves.add("[red]rate", [0], [3.0])
    with RunStore(home) as store:
        store.follow_curves("valley", curves.since(0)[0])
    async with showing(home, at="valley-momentum") as (pilot, app):
        await pilot.press("C")
        assert "linreg.log" in app.said
        await pilot.press("space")
        await pilot.press("down", "space")
        await settle(pilot, app)
        assert str(app.chart.border_title) == "2 cost · 1 of 3"
        cost = app.chart.text
        await pilot.press("C")
        await pilot.pause()
        assert str(app.chart.border_title) == "2 accuracy · 2 of 3"
        assert str(app.chart.border_subtitle) == "linear · 1 of 2 runs without it"
        letters = [line[8:] for line in app.chart.text.splitlines()]
        assert any("b" in line for line in letters)
        assert not any("a" in line for line in letters)
        await pilot.press("l", "C")
        await pilot.pause()
        assert app.chart.border_title == Content("2 [red]rate · 3 of 3").markup
        await pilot.press("C")
        await pilot.pause()
        assert app.chart.text == cost


async def test_a_run_of_which_few_epochs_are_kept_says_so(home: Path) -> None:
    with RunStore(home) as store:
        store.append("valley", every=64)
    async with showing(home, at="valley") as (_, app):
        assert str(app.chart.border_subtitle).endswith("every 64th epoch")
        assert "17 epochs, every 64th, and the newest" in " ".join(app.facts.text.split())


@pytest.mark.parametrize("knows_excess", [True, False])
async def test_a_spike_between_two_kept_epochs_keeps_its_height(home: Path, knows_excess: bool) -> None:
    n, epoch = 200, np.arange(200) * 8
    cost, high = np.full(n, 2.0), np.full(n, 2.0)
    high[100] = 2e6
    excess = np.full(n, 1.0) if knows_excess else None
    with RunStore(home) as store:
        run = store.begin(Recipe(), name="spiky")
        store.append(run.id, Epochs(epoch, cost, excess, cost, np.zeros((n, 2)), None, high), every=8)
    async with showing(home) as (_, app):
        assert app.here == "spiky"
        columns = zip(*app.chart.text.splitlines()[:-1], strict=True)
        heights = [sum("\u2800" < dots <= "\u28ff" for dots in column) for column in columns]
        assert sum(height > 15 for height in heights) == 1


async def test_costs_that_a_chart_cannot_show_have_their_marks(home: Path) -> None:
    with RunStore(home) as store:
        odd = [1.0 / (1 + epoch) for epoch in range(200)]
        odd[100] = float("nan")
        odd[150:] = [0.0] * 50
        write(store, "odd", odd)
    async with showing(home) as (_, app):
        assert app.here == "odd"
        lines = app.chart.text.splitlines()
        assert "✕" in lines[0]
        assert "000000" in lines[-2]


async def test_epochs_that_are_damaged_are_a_sentence_in_the_place_of_the_curve(home: Path) -> None:
    with RunStore(home) as store:
        store._connection.execute("UPDATE epochs SET cost = 'x' WHERE epoch = 3")
    async with showing(home, at="valley") as (_, app):
        assert "are damaged; delete it" in " ".join(app.chart.text.split())


# Changing


async def test_a_run_is_deleted_after_a_yes_with_its_folder(home: Path) -> None:
    with RunStore(home) as store:
        folder = store.folder(store.get("coarse"))
    folder.mkdir(parents=True)
    (folder / "checkpoint").write_text("x")
    async with showing(home, at="coarse") as (pilot, app):
        await pilot.press("D")
        assert isinstance(app.screen, Confirmation)
        assert "Delete the run coarse" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: "coarse" not in app.names)
        assert app.here == "too fast"
        assert app.said == "deleted coarse"
        assert not folder.exists()


async def test_without_a_yes_nothing_is_deleted(home: Path) -> None:
    async with showing(home, at="coarse") as (pilot, app):
        for key in ("escape", "n", "q", "enter", "space"):
            await pilot.press("delete")
            assert isinstance(app.screen, Confirmation)
            await pilot.press(key)
            if isinstance(app.screen, Confirmation):
                await pilot.press("escape")
            assert len(app.screen_stack) == 2
        await look_again(pilot, app)
        assert app.names == NEWEST


async def test_the_question_says_where_a_run_may_still_be_going_on(home: Path) -> None:
    async with showing(home, at="elsewhere") as (pilot, app):
        await pilot.press("D")
        assert "It may still be running on other-machine." in " ".join(screen_text(app).replace("│", " ").split())
        await pilot.press("y")
        await until(pilot, lambda: "elsewhere" not in app.names)


async def test_a_run_is_renamed_and_a_name_that_is_taken_can_be_corrected(home: Path) -> None:
    async with showing(home, at="coarse") as (pilot, app):
        await pilot.press("n")
        assert isinstance(app.screen, Question)
        app.screen.query_one(Input).value = "valley"
        await pilot.press("enter")
        assert "there is a run valley already" in str(app.screen.query_one("#problem").render())
        app.screen.query_one(Input).value = "gravel"
        await pilot.press("enter")
        await until(pilot, lambda: "gravel" in app.names)
        assert app.here == "gravel"
        assert app.said == "renamed to gravel"
        await pilot.press("n", "escape")
        assert app.here == "gravel"


async def test_a_run_is_exported_with_all_that_is_kept(home: Path, tmp_path: Path) -> None:
    async with showing(home, at="left") as (pilot, app):
        await pilot.press("e")
        assert app.screen.query_one(Input).value == "left.csv"
        app.screen.query_one(Input).value = str(tmp_path / "left.exe")
        await pilot.press("enter")
        assert "give a name with one of .csv" in str(app.screen.query_one("#problem").render())
        app.screen.query_one(Input).value = str(tmp_path / "left.csv")
        await pilot.press("enter")
        await until(pilot, lambda: app.said)
        assert app.said.endswith("700 of 700 epochs")
    table = pl.read_csv(tmp_path / "left.csv")
    with RunStore(home) as store:
        assert table["cost"].to_list() == store.epochs("left").cost.tolist()
    assert table["epoch"].to_list() == list(range(700))


async def test_what_is_marked_is_what_is_deleted_wherever_the_cursor_stands(home: Path) -> None:
    async with showing(home, at="valley") as (pilot, app):
        await pilot.press("space", "up", "space", "up", "up")
        assert app.here == "coarse"
        await pilot.press("D")
        assert "Delete the 2 marked runs valley and valley-momentum" in " ".join(screen_text(app).split())
        await pilot.press("y")
        await until(pilot, lambda: app.said)
        await look_again(pilot, app)
        assert app.names == [name for name in NEWEST if not name.startswith("valley")]
        assert app.table.selection.marks == {}


async def test_of_marked_runs_all_are_written_or_none_and_each_to_its_own_file(home: Path, tmp_path: Path) -> None:
    async with showing(home, at="left") as (pilot, app):
        await pilot.press("space", "down", "space", "e")
        field = app.screen.query_one(Input)
        assert field.value == "{name}.csv"
        field.value = str(tmp_path / "both.csv")
        await pilot.press("enter")
        assert "put {name} where" in str(app.screen.query_one("#problem").render())
        (tmp_path / "coarse.csv").write_text("precious")
        field.value = str(tmp_path / "{name}.csv")
        await pilot.press("enter", "y")
        await until(pilot, lambda: app.said)
        assert app.said == f"2 runs written to {tmp_path}"
    with RunStore(home) as store:
        for name in ("left", "coarse"):
            assert pl.read_csv(tmp_path / f"{name}.csv")["cost"].to_list() == store.epochs(name).cost.tolist()


async def test_a_file_that_exists_is_written_over_only_where_y_is_pressed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "left.csv"
    path.write_text("precious")
    async with showing(home, at="left") as (pilot, app):
        await pilot.press("e", "enter", "escape")
        assert path.read_text() == "precious"
        await pilot.press("e", "enter", "y")
        await until(pilot, lambda: app.said)
        assert app.said.endswith("700 of 700 epochs")
    assert path.read_text() != "precious"


async def test_what_cannot_be_done_after_all_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise LinregError("the disk is full; make room.")

    monkeypatch.setattr(RunStore, "delete", refused)
    async with showing(home, at="coarse") as (pilot, app):
        await pilot.press("D", "y")
        await until(pilot, lambda: app.said)
        assert app.said == "the disk is full; make room."
        assert "coarse" in app.names


# Room


@pytest.mark.parametrize(
    ("size", "first", "after_tab"),
    [(WIDE, [1, 2, 3], [1, 2, 3]), (MIDDLE, [1, 2], [1, 2]), (SMALL, [1, 2], [1, 2]), (TINY, [1], [2])],
)
async def test_tab_goes_round_the_panels_and_shows_each(
    home: Path, size: tuple[int, int], first: list[int], after_tab: list[int]
) -> None:
    async with showing(home, size) as (pilot, app):
        assert app.shown_panels == first
        await pilot.press("tab")
        assert app.chart.has_focus
        assert app.shown_panels == after_tab
        await pilot.press("tab")
        assert app.facts.has_focus
        assert 3 in app.shown_panels
        await pilot.press("tab")
        assert app.table.has_focus
        await pilot.press("shift+tab")
        assert app.facts.has_focus


async def test_a_number_focuses_a_panel_and_again_enlarges_it(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("2")
        assert (app.shown_panels, app.chart.has_focus) == ([1, 2, 3], True)
        await pilot.press("2")
        assert app.shown_panels == [2]
        assert app.chart.size.height > 30
        await pilot.press("down")
        assert app.here == "elsewhere"
        await pilot.press("escape")
        assert app.shown_panels == [1, 2, 3]
        assert app.times_left == 0


async def test_a_slash_in_another_panel_goes_to_the_table(home: Path) -> None:
    async with showing(home, TINY) as (pilot, app):
        await pilot.press("2", "slash", *"momentum")
        assert app.shown_panels == [1]
        assert app.names == ["valley-momentum"]


async def test_the_description_is_read_on_with_the_page_keys(home: Path) -> None:
    async with showing(home, MIDDLE) as (pilot, app):
        await pilot.press("3")
        assert app.facts.text.startswith("name")
        assert "more lines" in str(app.facts.border_subtitle)
        await pilot.press(*["pagedown"] * 5)
        assert not app.facts.text.startswith("name")
        assert app.facts.text.splitlines()[-1].startswith("id")
        assert str(app.facts.border_subtitle) == ""
        await pilot.press("down")
        assert app.facts.text.startswith("name")


async def test_too_small_a_screen_says_so(home: Path) -> None:
    async with showing(home) as (pilot, app):
        for size in ((29, 24), (80, 8), (3, 2)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.runs.query_one("#too-small").display
            await pilot.resize_terminal(30, 9)
            await pilot.pause()
            assert not app.runs.query_one("#too-small").display
            assert "going on" in screen_text(app)


async def test_without_braille_all_of_the_screen_is_ascii(home: Path) -> None:
    async with showing(home, at="left", ascii_only=True) as (pilot, app):
        await pilot.press("space", "down", "down", "space", "down", "o")
        for size in (WIDE, MIDDLE, SMALL, TINY, (200, 60), (30, 9)):
            await pilot.resize_terminal(*size)
            await settle(pilot, app)
            text = screen_text(app)
            assert text.isascii(), {character for character in text if not character.isascii()}


# The mouse


async def test_a_click_highlights_a_double_click_opens_and_the_wheel_moves_the_table(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.click(RunsPanel, offset=(10, 4))
        assert app.here == "left"
        assert app.asked == []
        await pilot.click(RunsPanel, offset=(10, 5), times=2)
        assert app.here == "coarse"
        assert app.asked == [("replay", "coarse")]
        for x, y in ((10, 0), (10, 1), (10, 11)):
            await pilot.click(RunsPanel, offset=(x, y))
            assert app.here == "coarse"


async def test_the_wheel_moves_the_table_and_leaves_the_cursor(home: Path) -> None:
    async with showing(home, (100, 12)) as (pilot, app):
        table = app.table
        assert "three points" not in table.text
        table.on_mouse_scroll_down(_Wheel())  # type: ignore[arg-type]
        assert "three points" in table.text
        assert app.here == "going on"
        await pilot.press("down")
        assert app.here == "elsewhere"
        assert "elsewhere" in table.text
        table.on_mouse_scroll_up(_Wheel())  # type: ignore[arg-type]
        assert "going on" in table.text


class _Wheel:
    def stop(self) -> None:
        """Come no further."""


# Help


async def test_help_has_every_key_and_goes_away(home: Path) -> None:
    async with showing(home) as (pilot, app):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = " ".join(screen_text(app).replace("│", " ").split())
        for key in RUNS_KEYS:
            assert key.action == "palette" or key.meaning in text
        await pilot.press("escape")
        assert len(app.screen_stack) == 2


# Stores that are odd


async def test_an_empty_store_says_how_runs_come_into_it(tmp_path: Path) -> None:
    async with showing(tmp_path / "nothing yet") as (pilot, app):
        assert "No run has been recorded yet." in app.table.text
        assert "linreg run DATA --record" in app.table.text
        for key in RUNS_KEYS:
            for name in key.keys.split(","):
                if name not in ("q", "h", "question_mark", "f1", "ctrl+p", "slash"):
                    await pilot.press(name)
        assert app.asked == []
        with RunStore(tmp_path / "nothing yet") as store:
            write(store, "the first", [1.0, 0.5])
        await look_again(pilot, app)
        assert app.here == "the first"


async def test_a_store_that_cannot_be_opened_is_a_sentence_until_it_can(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    async with showing(home) as (pilot, app):
        assert "it is not a folder; set LINREG_HOME to one." in " ".join(screen_text(app).split())
        assert app.names == []
        home.unlink()
        await look_again(pilot, app)
        assert "not a folder" not in screen_text(app)
        assert "No run has been recorded yet." in screen_text(app)


async def test_a_damaged_store_is_set_aside_and_that_is_said(home: Path) -> None:
    (home / FILE).write_bytes(b"nothing" * 1000)
    async with showing(home) as (_, app):
        assert "it is kept as runs.damaged-1.sqlite" in " ".join(screen_text(app).split())
        assert app.names == []


async def test_a_store_that_fails_for_a_moment_keeps_its_list_on_the_screen(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_: StoredRuns) -> None:
        raise LinregError("cannot use the run store: database is locked.")

    async with showing(home) as (pilot, app):
        with monkeypatch.context() as patched:
            patched.setattr(StoredRuns, "listed", locked)
            await look_again(pilot, app)
        assert "database is locked" in screen_text(app)
        assert app.names == NEWEST
        await look_again(pilot, app)
        assert "database is locked" not in screen_text(app)


HOSTILE = (
    "[red]x[/red]",
    "[/]",
    "a\x1b[31mred\x07",
    "\u202egnp.exe",
    "日本語の名前" * 5,
    "e\u0301" * 30,
    "x" * 100,
    "]\\[@click=app.quit]",
)


async def test_names_of_strangers_stay_text_and_in_their_column(home: Path) -> None:
    with RunStore(home) as store:
        for place, name in enumerate(HOSTILE):
            run = write(store, f"run {place}", [1.0, 0.5], data=f"/data/{name.replace('/', '')}.csv")
            leave(store, run, gone())
            store._connection.execute("UPDATE runs SET name = ?, reason = ? WHERE id = ?", (name, name, run.id))
    async with showing(home) as (pilot, app):
        for _ in HOSTILE:
            await pilot.press("space", "down")
        await settle(pilot, app)
        for size in (WIDE, MIDDLE, SMALL):
            await pilot.resize_terminal(*size)
            await pilot.press("home", "D")
            text = screen_text(app)
            await pilot.press("escape", "down", "n")
            text += screen_text(app)
            await pilot.press("escape")
            assert not [character for character in text if character != "\n" and not character.isprintable()]
            heading, *lines = app.table.text.splitlines()
            assert max(cell_len(line) for line in lines) <= app.table.size.width
            start = cell_len(heading[: heading.index("status")])
            for line in lines[: len(HOSTILE)]:
                assert _from_cell(line, start).startswith("interrupted")


def _from_cell(line: str, start: int) -> str:
    width = 0
    for place, character in enumerate(line):
        if width >= start and cell_len(character):
            return line[place:]
        width += cell_len(character)
    return ""


async def test_of_five_thousand_runs_only_the_rows_in_sight_are_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunStore(home) as store:
        (one,) = store.runs(containing="coarse")
    many = tuple(replace(one, id=f"{place:010x}", number=place, name=f"run {place:,}") for place in range(5000, 0, -1))
    monkeypatch.setattr(StoredRuns, "listed", lambda _: many)
    written: list[str] = []
    row = run_columns.RunColumns.row

    def counted(self: run_columns.RunColumns, run: Run, *rest: Any, **named: Any) -> Any:
        written.append(run.name)
        return row(self, run, *rest, **named)

    monkeypatch.setattr(run_columns.RunColumns, "row", counted)
    async with showing(home) as (pilot, app):
        n_rows = app.table.size.height
        assert n_rows < 30
        for key in ("down", "pagedown", "end", "up", "home", "space", "o"):
            written.clear()
            await pilot.press(key)
            assert 0 < len(written) <= 2 * n_rows, key
        await pilot.press("end")
        assert app.here == "run 5,000"
        assert "run 5,000" in app.table.text
        assert str(app.table.border_subtitle).startswith("5,000 of 5,000")
        written.clear()
        await look_again(pilot, app)
        assert written == []


def test_an_epochs_rows_are_read_once_as_long_as_the_run_stands(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    epochs = RunStore.epochs

    def counted(self: RunStore, word: str) -> Epochs:
        read.append(word)
        return epochs(self, word)

    monkeypatch.setattr(RunStore, "epochs", counted)
    stored = StoredRuns(home)
    run = next(run for run in stored.listed() if run.name == "going on")
    assert stored.known(run) is None
    first = stored.read(run)
    assert stored.read(run) is first
    assert len(read) == 1
    with RunStore(home) as store:
        store.append("going on", from_epoch=800)
    shorter = next(run for run in stored.listed() if run.name == "going on")
    assert not stored.is_fresh(shorter)
    assert len(stored.read(shorter).epoch) == 800
    stored.close()


def test_what_is_held_of_runs_is_bounded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg_tui.runs.stored_runs.MOST_READ", 3)
    stored = StoredRuns(home)
    listed = stored.listed()
    for run in listed:
        stored.read(run)
    assert [run.name for run in listed if stored.known(run) is not None] == NEWEST[-3:]
    stored.close()
