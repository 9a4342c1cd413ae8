"""The race screen: hands each new moment of a race to the panels, and turns keys into requests."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from linreg.racing.state import RaceControl, RaceState
from linreg.recipe import Recipe
from linreg_tui.race.arrangement import SURFACE, arrange_race
from linreg_tui.race.chart import RaceCostPanel
from linreg_tui.race.keys import NOTES, RACE_KEYS
from linreg_tui.race.ranking import RankingPanel
from linreg_tui.race.status import RaceStatus
from linreg_tui.race.surface import RaceSurfacePanel
from linreg_tui.race.view import RaceView, surface_of
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.widgets.arrangement import Arrangement, Plan
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import bindings
from linreg_tui.widgets.panel_grid import PanelGrid, too_small
from linreg_tui.widgets.watching_screen import WatchingScreen

RacePanel = RaceCostPanel | RaceSurfacePanel | RankingPanel


class RaceGrid(PanelGrid[RacePanel]):
    """The panels around a race, and what they are shown: the cost surface only where there is one."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__((RaceCostPanel(), RaceSurfacePanel(), RankingPanel()), ascii_only=ascii_only)
        self._view: RaceView | None = None
        self._has_surface = False

    def show(self, view: RaceView) -> None:
        """Show a moment of the race on every panel that can be seen."""
        if self._view is None or self._view.facts is not view.facts:
            self._view, self._has_surface = view, surface_of(view.facts) is not None
            self.lay_out()
        self._view = view
        for panel in self._panels.values():
            if panel.display:
                self.appeared(panel)

    def arranged(self, width: int, height: int) -> Arrangement:
        """Arrange them, with a line for every racer as far as there is room."""
        n_racers = 1 if self._view is None else len(self._view.facts)
        return arrange_race(
            width, height, self._current, self._enlarged, n_racers=n_racers, has_surface=self._has_surface
        )

    def _place(self, arrangement: Arrangement) -> None:
        super()._place(arrangement)
        self.set_class(arrangement.plan is Plan.WIDE, "-wide")

    def appeared(self, panel: RacePanel) -> None:
        """Show the moment that there is."""
        if self._view is not None:
            panel.show(self._view)

    def numbers(self) -> list[int]:
        """List the panels that there are to go to."""
        return [number for number in self._panels if number != SURFACE or self._has_surface]


class RaceScreen(WatchingScreen[RaceState]):
    """A chart of all racers, their ranking and, where it can be drawn, the surface that they go down."""

    CSS_PATH = "race.tcss"
    whose, on_failure = ", of everyone", "q goes back"
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(RACE_KEYS))
    keys = RACE_KEYS
    _control: RaceControl
    _grid: RaceGrid

    @dataclass
    class RacerChosen(Message):
        """Somebody wants to watch one racer alone, who stands at some epoch."""

        recipe: Recipe
        epoch: int

    @dataclass
    class Left(Message):
        """Somebody wants to leave."""

    def __init__(self, control: RaceControl, *, polls_per_second: float = 10, ascii_only: bool = False) -> None:
        grid = RaceGrid(ascii_only=ascii_only)
        super().__init__(control, grid, polls_per_second=polls_per_second, ascii_only=ascii_only)
        self._view: RaceView | None = None

    def compose(self) -> ComposeResult:
        """Lay out the status lines, the panels and the keys."""
        yield RaceStatus()
        yield Static(Content(""), id="waiting")
        yield self._grid
        yield KeyLine(RACE_KEYS)
        yield too_small()

    def on_mount(self) -> None:
        """Draw the status lines as the rest; Textual calls the base class by itself."""
        self.query_one(RaceStatus).ascii = self._ascii

    def _draw(self, state: RaceState) -> None:
        facts, histories = self._control.facts, self._control.histories
        if not facts or not state.ranking:
            self.query_one(RaceStatus).show_entries(self._control.entries, state)
            self._show_waiting(state)
            return
        if self._view is None:
            self._stop_waiting()
        selected = None if self._view is None else self._view.selected
        self._view = RaceView(facts, state, histories, selected)
        self._show(self._view)

    def _show(self, view: RaceView) -> None:
        self.query_one(RaceStatus).show(view)
        self._grid.show(view)

    # Racing

    def action_play_or_pause(self) -> None:
        """Run, or stand still."""
        phase = self._control.state.phase
        if phase.has_ended:
            self.say("the race is over: r starts it again, ↑ ↓ choose a racer, ⏎ watches it alone")
        elif phase.is_moving:
            self._control.pause()
        else:
            self._control.play()
        self._hasten()

    def action_restart(self) -> None:
        """Bring everyone back to the start."""
        self._control.restart()
        self._hasten()

    # Looking

    def action_select(self, direction: int) -> None:
        """Choose the racer below (1) or above (−1) in the ranking; the first time, the best or the last."""
        if self._view is None:
            return
        numbers = [position.number for position in self._view.state.ranking]
        if self._view.selected is None:
            at = 0 if direction > 0 else len(numbers) - 1
        else:
            at = min(max(0, numbers.index(self._view.selected) + direction), len(numbers) - 1)
        self._choose(numbers[at])

    def _choose(self, number: int | None) -> None:
        if self._view is not None and number != self._view.selected:
            self._view = replace(self._view, selected=number)
            self._show(self._view)

    def on_ranking_panel_pointed_at(self, message: RankingPanel.PointedAt) -> None:
        """Choose a racer with the mouse; once more, let go of it."""
        is_chosen = self._view is not None and self._view.selected == message.number
        self._choose(None if is_chosen else message.number)

    def action_watch(self) -> None:
        """Watch the chosen racer alone, from where it stands."""
        if self._view is None or self._view.selected is None:
            self.say("choose a racer first, with ↑ and ↓: ⏎ then watches it alone")
        else:
            number = self._view.selected
            position = self._view.by_number[number]
            self.post_message(self.RacerChosen(self._control.entries[number].recipe, position.epoch))

    def action_next_axis(self) -> None:
        """Show the cost on the next axis."""
        self.query_one(RaceCostPanel).next_axis()

    def action_panel(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it."""
        if number in self._grid.numbers():
            super().action_panel(number)
        else:
            self.say("there is no cost surface to draw here: it takes a linear model with at most two parameters")

    def action_help(self) -> None:
        """Explain the keys."""
        self.app.push_screen(HelpScreen(RACE_KEYS, NOTES, ascii_only=self._ascii))

    def key_escape(self) -> None:
        """Put an enlarged panel back; else let go of the chosen racer; else leave."""
        if self._grid.put_back():
            return
        if self._view is not None and self._view.selected is not None:
            self._choose(None)
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave."""
        self.post_message(self.Left())
