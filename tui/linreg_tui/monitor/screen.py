"""The monitor: hands each new moment of a run to the panels, and turns keys into requests."""

from asyncio import to_thread
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from linreg.live.control import Control, CountsBatches
from linreg.live.state import State
from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.recipe import Recipe
from linreg.remote.client import AttachedRun
from linreg.replay.replay import Replay
from linreg.statistics import tails
from linreg.text import safe
from linreg_tui.monitor.grid import MonitorGrid
from linreg_tui.monitor.keys import MONITOR_KEYS, NOTES, idle_after_failure, idle_keys, keys_of
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.questions import ask_for_race
from linreg_tui.monitor.rows import RowsScreen
from linreg_tui.monitor.script_output import last_lines
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.monitor.writing import ask_to_export, ask_to_save, show_command
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.setup.screen import SetupScreen
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import bindings
from linreg_tui.widgets.panel_grid import too_small
from linreg_tui.widgets.watching_screen import is_flat_out

ELSEWHERE = "this run is another process's; to train something else, leave and start linreg-tui anew"
SILENCE = 0.3
"""Seconds without a new epoch after which its batches are counted."""


class MonitorScreen(RowsScreen):
    """Six panels around one run.

    Parameters
    ----------
    control
        The run.
    is_visit
        Whether whoever leaves comes back to something else.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(MONITOR_KEYS))
    on_failure = "d chooses other data, q leaves"
    _grid: MonitorGrid

    @dataclass
    class RecipeChosen(Message):
        """Somebody chose another recipe to train."""

        recipe: Recipe

    @dataclass
    class RaceAsked(Message):
        """Somebody wants others to race on the same rows."""

        entries: tuple[Entry, ...]

    @dataclass
    class AgainAsked(Message):
        """Somebody wants a script to be run again from its start."""

    @dataclass
    class Left(Message):
        """Somebody wants to leave."""

    def __init__(
        self, control: Control, *, polls_per_second: float = 10, ascii_only: bool = False, is_visit: bool = False
    ) -> None:
        grid = MonitorGrid(ascii_only=ascii_only)
        super().__init__(control, grid, polls_per_second=polls_per_second, ascii_only=ascii_only)
        self._is_visit, self.keys = is_visit, keys_of(control.recipe, is_visit=is_visit)
        if isinstance(control, AttachedRun):
            self.on_failure = "q leaves"
        self._noticed = -1
        self._idle: frozenset[str] = frozenset()
        """Actions that nobody is there to fulfil."""

    def compose(self) -> ComposeResult:
        """Lay out the status lines, the panels and the keys."""
        yield MonitorStatus()
        yield Static(Content(""), id="waiting")
        yield self._grid
        yield KeyLine(self.keys)
        yield too_small()

    def on_mount(self) -> None:
        """Draw the status lines as the rest; Textual calls the base class by itself."""
        self.query_one(MonitorStatus).ascii = self._ascii

    def _draw(self, state: State) -> None:
        facts, history = self._control.facts, self._control.history
        is_answer = state.answered != self._answered
        has_failed, keys = state.phase is Phase.FAILED, self.query_one(KeyLine)
        if state.notice is not None and state.notice.number > self._noticed:
            self._noticed = state.notice.number
            if not has_failed:
                self.say(state.notice.text, is_error=state.notice.is_error)
        if has_failed:
            self._idle = idle_after_failure(
                is_ours=not isinstance(self._control, AttachedRun), has_rows=facts is not None
            )
            keys.idle, keys.failure = self._idle, "" if facts is None else safe(state.reason)
        if facts is not None and facts.script is None and state.phase is Phase.LOADING:
            return  # the facts came after this state was read: the next one has parameters
        if facts is None or history is None:
            self.query_one(MonitorStatus).show_loading(self._control.recipe, state)
            self._show_waiting(state)
            if self._shows_script and not has_failed:
                keys.idle = idle_keys(is_script=True, n_curves=0, has_hand=False)
            return
        if self._view is None:
            self._stop_waiting()
            if not tails.are_loaded():
                self.run_worker(self._load_tails())
        self._view = self._looking.view(facts, history, state)
        self.query_one(MonitorStatus).show(self._view)
        keys.diverged = state.phase is Phase.DIVERGED and facts.script is None
        if not has_failed:
            has_hand = self.may_hold_rows()
            keys.idle = idle_keys(is_script=facts.script is not None, n_curves=len(history.curves), has_hand=has_hand)
        if is_answer and (self._grid.show_change(self._view) or is_flat_out(state)):
            self.call_after_refresh(self._show_panels)  # what somebody looks at first: drawing all of it takes long
        else:
            self._show_panels()

    def _poll(self) -> None:
        """Look at the run; while an epoch takes long, at how far that is, and before a script's first at its output."""
        super()._poll()
        if self._view is None and self._shows_script:
            self._show_waiting(self._control.state)
        control, is_silent = self._control, monotonic() - self._drawn_at[0] > SILENCE
        if isinstance(control, CountsBatches) and control.state.phase.is_moving and is_silent:
            self.query_one(MonitorStatus).show_batches(control.batches)

    def _said_meanwhile(self) -> str:
        """Return the end of what a script prints before it trains, as a block."""
        facts = self._control.facts
        if facts is None or facts.script is None or not facts.script.output:
            return ""
        width, height = self.size.width - 4, self.size.height // 2
        lines = [line[:width] for line in last_lines(Path(facts.script.output), height)]
        widest = max(map(len, lines), default=0)
        return "".join(["\n", *(f"\n{line.ljust(widest)}" for line in lines)])

    async def _load_tails(self) -> None:
        """Have what bands and quantiles need imported on a thread, then draw them."""
        await to_thread(tails.load)
        self._show_panels()

    def _show_panels(self) -> None:
        if self._view is not None:
            self._grid.show(self._view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Do nothing on a key that nobody would answer."""
        return None if action in self._idle else super().check_action(action, parameters)

    # Running again

    @property
    def _shows_script(self) -> bool:
        """Whether this is a script, and no recording of one."""
        facts = self._control.facts
        return facts is not None and facts.script is not None and not isinstance(self._control, Replay)

    def action_restart(self) -> None:
        """Start again from the same parameters; a script, from its start."""
        if self._shows_script:
            self.post_message(self.AgainAsked())
            return
        self._control.restart()
        self._hasten()

    def action_restart_elsewhere(self) -> None:
        """Start again from new random parameters."""
        if self._shows_script:
            self.say("a script chooses its parameters itself: r runs it again from its start")
            return
        self._control.restart(new_seed=True)
        self._hasten()

    # Looking

    def action_next_axis(self) -> None:
        """Show the cost on the next axis."""
        self.query_one(CostPanel).next_axis()

    def action_next_epoch_axis(self) -> None:
        """Show the epochs on the next axis."""
        self.query_one(CostPanel).next_epoch_axis()

    def action_cursor(self) -> None:
        """Point at an epoch of the chart, or where the surface has the keyboard at a place on it, or no longer."""
        surface, chart = self.query_one(SurfacePanel), self.query_one(CostPanel)
        if surface.has_focus:
            surface.toggle_cursor()
            return
        if self.query_one(FitPanel).has_focus:
            self.action_change_rows()
            return
        if not chart.has_focus:
            self._grid.go_to(chart.number)
        chart.toggle_cursor()

    def action_next_curve(self) -> None:
        """Show the next of what a watched script logs, or the cost."""
        if not self.query_one(CostPanel).next_curve():
            self.say("there is no other curve: linreg.log(accuracy=0.9) in a watched script makes one")

    def action_turn(self) -> None:
        """Show the next view of the fit."""
        self.query_one(FitPanel).turn()

    def action_smooth(self) -> None:
        """Smooth the cost, or show it raw."""
        chart = self.query_one(CostPanel)
        chart.smoothed = not chart.smoothed

    def action_enlarge(self) -> None:
        """Fill the screen with the panel that has the keyboard, or put it back."""
        self._grid.enlarge()

    def key_escape(self) -> None:
        """Put an enlarged panel back; else look at the run as it is now; else, of a visit, go back."""
        if self._grid.put_back():
            return
        if self._is_visit and self._looking.step is None:
            self.action_quit()
        else:
            self._look(self._looking.end)

    def action_filter(self) -> None:
        """Find parameters by name."""
        parameters = self.query_one(ParametersPanel)
        if not parameters.has_focus_within:
            self._grid.go_to(parameters.number)
        parameters.start_filter()

    def action_help(self) -> None:
        """Explain the keys."""
        keys = self.keys_for_help(self.keys)
        self.app.push_screen(HelpScreen(keys, NOTES, ascii_only=self._ascii))

    # Keeping and changing

    def action_save(self) -> None:
        """Ask for a file, and write the model."""
        ask_to_save(self.app, self._control, self._hasten)

    def action_export(self) -> None:
        """Ask for a file, and write the epochs."""
        if self._view is not None:
            ask_to_export(self.app, self._view, self.say)

    def action_reproduce(self) -> None:
        """Show the line that comes to the same numbers, and hand it to the terminal's clipboard."""
        if self._view is not None:
            show_command(self.app, self._view, self.say)

    def action_choose_optimizer(self) -> None:
        """Choose the optimizer and its options."""
        self._choose("optimizer")

    def action_choose_data(self) -> None:
        """Choose the data and the whole recipe."""
        self._choose("data")

    def _choose(self, focus: Literal["data", "optimizer"]) -> None:
        if isinstance(self._control, AttachedRun):
            self.say(ELSEWHERE)
            return
        if focus == "optimizer" and self._refuses_other_rows():
            return

        def chosen(recipe: Recipe | None) -> None:
            if recipe is not None:
                self.post_message(self.RecipeChosen(recipe))

        self.app.push_screen(SetupScreen(self._control.recipe, focus), chosen)

    def on_surface_panel_start_asked(self, message: SurfacePanel.StartAsked) -> None:
        """Start another run from there, at the rate that is set now; of what has other starts say so."""
        facts, state = self._control.facts, self._control.state
        if isinstance(self._control, AttachedRun):
            self.say(ELSEWHERE)
        elif facts is None or not facts.is_linear:
            self.say("only w and b of a linear model can be given; a module or a script chooses its parameters itself")
        elif not self._refuses_other_rows():
            rate = state.learning_rate if state.interventions else None
            recipe = self._control.recipe.changed(init=",".join(map(repr, message.start)), learning_rate=rate)
            self.post_message(self.RecipeChosen(recipe))

    def action_race(self) -> None:
        """Ask who is to race, and have them."""
        if self._refuses_other_rows():
            return
        ask_for_race(self.app, self._control.recipe, lambda entries: self.post_message(self.RaceAsked(entries)))

    def action_runs(self) -> None:
        """Show all runs that are kept."""
        chart = self.query_one(CostPanel)
        self.app.push_screen(RunsScreen(ascii_only=self._ascii, over=chart.overlays), lambda _: chart.draw_again())

    def action_quit(self) -> None:
        """Leave."""
        self.post_message(self.Left())
