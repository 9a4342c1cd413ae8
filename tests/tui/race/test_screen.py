"""Every key of the race, on a race that writes down what it is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from linreg.phase import Phase
from linreg.racing.session import RaceSession
from linreg.racing.state import RaceControl, RaceState
from linreg.recipe import Recipe
from linreg_tui.race.arrangement import CHART, RANKING, SURFACE
from linreg_tui.race.chart import RaceCostPanel
from linreg_tui.race.keys import RACE_KEYS
from linreg_tui.race.ranking import RankingPanel
from linreg_tui.race.screen import RaceScreen
from linreg_tui.race.status import RaceStatus
from linreg_tui.race.view import RaceView
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.themes import THEMES
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import bindings
from linreg_tui.widgets.panel import Panel
from tui.canned_race import MIXED, entrants, race_view_of
from tui.recorded_race import RecordedRace

WIDE, MIDDLE, SMALL = (120, 40), (80, 24), (60, 20)
_VIEWS: dict[str, RaceView] = {}


class Shown(App[None]):
    """The race screen around a race."""

    CSS_PATH = Path(__file__).parents[3] / "tui" / "linreg_tui" / "app.tcss"

    def __init__(self, control: RaceControl, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.control, self._ascii = control, ascii_only
        self.chosen: list[Recipe] = []
        self.times_left = 0

    async def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        await self.push_screen(RaceScreen(self.control, ascii_only=self._ascii))

    def on_race_screen_racer_chosen(self, message: RaceScreen.RacerChosen) -> None:
        self.chosen.append(message.recipe)

    def on_race_screen_left(self, _: RaceScreen.Left) -> None:
        self.times_left += 1


def recorded(data: str = "exercise1", n_epochs: int = 300, **changes: Any) -> RecordedRace:
    """A race on these data that stands there; the view is made once."""
    view = _VIEWS.setdefault(f"{data} {n_epochs}", race_view_of(MIXED, data, n_epochs))
    race = RecordedRace(entrants(MIXED, data), view)
    race.show(**changes)
    return race


@asynccontextmanager
async def watching(
    size: tuple[int, int] = WIDE, race: RecordedRace | None = None, *, ascii_only: bool = False, **changes: Any
) -> AsyncIterator[tuple[Pilot[None], RecordedRace, Shown]]:
    race = recorded(**changes) if race is None else race
    app = Shown(race, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, race, app


def screen(app: Shown) -> RaceScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, RaceScreen))


def shown_panels(app: Shown) -> list[int]:
    return [panel.number for panel in screen(app).query(Panel) if panel.display]


def chosen_letter(app: Shown) -> str:
    """The letter in the row of the ranking that is marked; empty where none is."""
    rows = screen(app).query_one(RankingPanel).text.splitlines()[1:]
    return next((row[2] for row in rows if row.startswith("→")), "")


def rows(app: Shown) -> list[str]:
    return [row[2] for row in screen(app).query_one(RankingPanel).text.splitlines()[1:] if row.strip()]


ASKED: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("space", {"phase": Phase.PAUSED}, ("play",)),
    ("space", {"phase": Phase.RUNNING}, ("pause",)),
    ("space", {"phase": Phase.SEEKING}, ("pause",)),
    ("n", {"phase": Phase.PAUSED}, ("step", 1)),
    ("right", {"phase": Phase.RUNNING}, ("step", 1)),
    ("N", {"phase": Phase.PAUSED}, ("step", 10)),
    ("r", {"phase": Phase.RUNNING}, ("restart",)),
    ("greater_than_sign", {"speed": 300.0}, ("set_speed", 1000.0)),
    ("full_stop", {"speed": 1000.0}, ("set_speed", inf)),
    ("less_than_sign", {"speed": inf}, ("set_speed", 1000.0)),
    ("comma", {"speed": 1.0}, ("set_speed", 1.0)),
]


async def test_a_key_is_one_request() -> None:
    async with watching() as (pilot, race, _):
        for key, state, asked in ASKED:
            race.show(**state)
            await pilot.press(key)
            assert race.requests.pop() == asked, key
            assert race.requests == []


@pytest.mark.parametrize("phase", [Phase.FINISHED, Phase.DIVERGED])
async def test_space_after_the_end_asks_for_nothing_and_says_what_can_be_done(phase: Phase) -> None:
    async with watching(phase=phase) as (pilot, race, app):
        await pilot.press("space")
        assert race.requests == []
        assert "r starts it again" in screen(app).query_one(KeyLine).sentence


async def test_down_and_up_choose_a_racer_in_the_order_of_the_ranking() -> None:
    async with watching() as (pilot, race, app):
        order = rows(app)
        assert len(order) == 9
        assert chosen_letter(app) == ""
        await pilot.press("down")
        assert chosen_letter(app) == order[0]
        await pilot.press("down", "j")
        assert chosen_letter(app) == order[2]
        await pilot.press("up", "k", "up", "up")
        assert chosen_letter(app) == order[0]
        await pilot.press(*["down"] * 20)
        assert chosen_letter(app) == order[-1]
        assert race.requests == []


async def test_up_first_chooses_the_last() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("up")
        assert chosen_letter(app) == rows(app)[-1]


async def test_the_chosen_racer_is_told_of_above_and_stands_out_on_the_chart() -> None:
    async with watching() as (pilot, race, app):
        status, chart = screen(app).query_one(RaceStatus), screen(app).query_one(RaceCostPanel)
        assert "leads" in status.text.splitlines()[2]
        styles = {style for y in range(chart._picture.height) for _, style in chart._picture.pieces(y)}
        assert len([style for style in styles if "curve" in style]) > 3
        await pilot.press("down", "down")
        position = race.state.ranking[1]
        assert status.text.splitlines()[2].strip().startswith(chosen_letter(app))
        styles = {style for y in range(chart._picture.height) for _, style in chart._picture.pieces(y)}
        assert [style for style in styles if "curve" in style] == [f"chart--curve-{position.number % 8 + 1}"]


async def test_a_chosen_racer_stays_chosen_when_its_place_changes() -> None:
    async with watching() as (pilot, race, app):
        await pilot.press("down")
        letter = chosen_letter(app)
        race.show(ranking=tuple(reversed(race.state.ranking)))
        await pilot.pause(0.2)
        assert rows(app)[-1] == letter
        assert chosen_letter(app) == letter


async def test_a_click_chooses_a_racer_and_another_lets_go() -> None:
    async with watching() as (pilot, _, app):
        ranking = screen(app).query_one(RankingPanel)
        await pilot.click(ranking, offset=(12, 4))
        assert chosen_letter(app) == rows(app)[2]
        await pilot.click(ranking, offset=(12, 4))
        assert chosen_letter(app) == ""
        await pilot.click(ranking, offset=(12, 1))  # the heading
        assert chosen_letter(app) == ""


async def test_enter_on_a_racer_asks_to_watch_it_alone() -> None:
    async with watching() as (pilot, race, app):
        await pilot.press("enter")
        assert app.chosen == []
        assert "choose a racer" in screen(app).query_one(KeyLine).sentence
        await pilot.press("down", "down", "enter")
        assert app.chosen == [race.entries[race.state.ranking[1].number].recipe]


async def test_q_leaves_and_escape_does_once_nothing_is_chosen_or_enlarged() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("down", "1")
        assert shown_panels(app) == [CHART]
        await pilot.press("escape")
        assert shown_panels(app) == [CHART, SURFACE, RANKING]
        assert chosen_letter(app) != ""
        await pilot.press("escape")
        assert chosen_letter(app) == ""
        assert app.times_left == 0
        await pilot.press("escape")
        assert app.times_left == 1
        await pilot.press("q")
        assert app.times_left == 2


async def test_l_goes_through_the_axes_and_back() -> None:
    async with watching() as (pilot, _, app):
        chart, words = screen(app).query_one(RaceCostPanel), []
        for _ in range(5):
            words.append(str(chart.border_subtitle))
            await pilot.press("l")
        assert words[4] == words[0]
        assert len(set(words)) == 4
        assert [word.endswith(end) for word, end in zip(words, ("both log", " log", "log", "linear"), strict=False)]


@pytest.mark.parametrize(
    ("size", "data", "panels"),
    [
        (WIDE, "exercise1", [CHART, SURFACE, RANKING]),
        (WIDE, "houses", [CHART, RANKING]),
        (MIDDLE, "exercise1", [CHART, RANKING]),
        (SMALL, "exercise1", [CHART]),
        ((29, 20), "exercise1", [CHART]),
    ],
)
async def test_panels_rearrange_to_the_size(size: tuple[int, int], data: str, panels: list[int]) -> None:
    async with watching(size, data=data) as (_, _, app):
        if size[0] < 30:
            assert screen(app).query_one("#too-small", Static).display
        else:
            assert shown_panels(app) == panels


async def test_tab_goes_round_the_panels_one_at_a_time_where_there_is_little_room() -> None:
    async with watching(SMALL) as (pilot, _, app):
        seen = []
        for _ in range(4):
            seen += shown_panels(app)
            await pilot.press("tab")
        assert seen == [CHART, SURFACE, RANKING, CHART]
        await pilot.press("shift+tab")
        assert shown_panels(app) == [CHART]


async def test_tab_passes_by_a_surface_that_there_is_not_and_its_number_says_so() -> None:
    async with watching(SMALL, data="houses") as (pilot, _, app):
        await pilot.press("tab")
        assert shown_panels(app) == [RANKING]
        await pilot.press("tab")
        assert shown_panels(app) == [CHART]
        await pilot.press("2")
        assert shown_panels(app) == [CHART]
        assert "no cost surface" in screen(app).query_one(KeyLine).sentence


async def test_a_number_key_goes_to_a_panel_and_again_enlarges_it() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("2")
        assert shown_panels(app) == [CHART, SURFACE, RANKING]
        await pilot.press("2")
        assert shown_panels(app) == [SURFACE]


async def test_help_lists_every_key_and_goes_away() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = "\n".join(str(each.content) for each in app.screen.query(Static))
        for key in RACE_KEYS:
            assert key.action == "palette" or key.meaning in text
        await pilot.press("escape")
        assert isinstance(app.screen, RaceScreen)


async def test_ctrl_p_opens_the_palette() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("ctrl+p")
        assert type(app.screen).__name__ == "CommandPalette"
        await pilot.press("escape")


async def test_every_key_of_the_table_does_something_on_the_screen() -> None:
    for binding in bindings(RACE_KEYS):
        assert hasattr(RaceScreen, f"action_{binding.action.partition('(')[0]}"), binding.action


async def test_a_race_that_stands_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching() as (pilot, race, _):
        drawn = 0
        paint = RaceCostPanel.paint

        def counted(chart: RaceCostPanel, picture: Any) -> str | None:
            nonlocal drawn
            drawn += 1
            return paint(chart, picture)

        monkeypatch.setattr(RaceCostPanel, "paint", counted)
        await pilot.pause(0.35)
        assert drawn == 0
        race.show(epoch=5)
        await pilot.pause(0.25)
        assert drawn == 1


async def test_while_the_data_are_read_it_says_so_and_a_failure_is_a_sentence() -> None:
    race = recorded()
    loading = RaceState(version=1, phase=Phase.LOADING, epoch=-1, last_epoch=10, speed=1.0, reason="40 rows, 3%")
    race.view = RaceView((), loading, ())
    async with watching(race=race) as (pilot, _, app):
        waiting = screen(app).query_one("#waiting", Static)
        assert "40 rows" in str(waiting.content)
        assert waiting.display
        race.show(phase=Phase.FAILED, reason="bad.csv, line 3, column '[/red]': no number.")
        await pilot.pause(0.2)
        assert "'[/red]': no number.\n\nq goes back" in str(waiting.content)
        await pilot.press("space", "n", "down", "enter", "l", "tab", "q")
        assert app.times_left == 1


async def test_a_failure_on_the_way_leaves_the_race_in_sight_and_says_why() -> None:
    async with watching(phase=Phase.FAILED, reason="SGD, learning rate 0.1: the module failed: [tired].") as (
        _,
        _,
        app,
    ):
        assert "the module failed: [tired]" in screen(app).query_one(RaceStatus).text
        assert len(rows(app)) == 9


async def test_numbers_that_are_none_are_shown_as_they_are() -> None:
    race = recorded()
    first = race.state.ranking[0]
    from dataclasses import replace

    broken = replace(first, cost=nan, excess_cost=None)
    race.show(ranking=(broken, *race.state.ranking[1:]))
    async with watching(race=race) as (_, _, app):
        row = screen(app).query_one(RankingPanel).text.splitlines()[1]
        assert "NaN" in row
        assert "–" in row


def all_text(app: Shown) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


@pytest.mark.parametrize("size", [WIDE, SMALL, (30, 9)])
async def test_in_ascii_everything_is_ascii(size: tuple[int, int]) -> None:
    async with watching(size, ascii_only=True, phase=Phase.FINISHED) as (pilot, _, app):
        assert all_text(app).isascii(), [line for line in all_text(app).splitlines() if not line.isascii()]
        assert all_text(app).rstrip().endswith("q back")
        await pilot.press("down", "l", "3", "3")
        assert all_text(app).isascii()
        await pilot.press("space")
        assert all_text(app).isascii()
        assert "the race is over" in all_text(app)


async def test_a_race_on_its_thread_is_run_paused_and_restarted_from_the_keyboard() -> None:
    with RaceSession(entrants(epochs=200), speed=2000.0, paused=True) as session:
        session.wait(lambda state: state.phase is Phase.PAUSED)
        app = Shown(session)
        async with app.run_test(size=WIDE) as pilot:
            await pilot.press("n")
            assert session.wait(lambda state: state.phase is Phase.PAUSED and state.epoch == 0)
            await pilot.press("space")
            session.wait(lambda state: state.phase.has_ended)
            await pilot.pause(0.2)
            assert "FINISHED" in screen(app).query_one(RaceStatus).text
            assert "wins" in screen(app).query_one(RaceStatus).text
            await pilot.press("r")
            session.wait(lambda state: state.epoch == -1)
            await pilot.pause(0.2)
            assert "PAUSED: Space runs it" in screen(app).query_one(RaceStatus).text
