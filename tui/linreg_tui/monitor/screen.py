"""The monitor: hands each new moment of a run to the panels, and turns keys into requests."""

from collections.abc import Callable
from dataclasses import dataclass
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
from linreg.text import safe
from linreg_tui.monitor.grid import MonitorGrid
from linreg_tui.monitor.keys import KEYS_OF_A_VISIT, MONITOR_KEYS, NOTES, idle_after_failure, idle_keys
from linreg_tui.monitor.looking import Looking
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.questions import ask_for_epoch, ask_for_race, ask_for_rate
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.monitor.view import View
from linreg_tui.monitor.writing import ask_to_export, ask_to_save
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.setup.screen import SetupScreen
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import bindings
from linreg_tui.widgets.panel_grid import too_small
from linreg_tui.widgets.status_lines import StatusLines
from linreg_tui.widgets.watching_screen import WatchingScreen, is_flat_out

SILENCE = 0.3
"""Seconds without a new epoch after which its batches are counted."""


class MonitorScreen(WatchingScreen[State]):
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
    _control: Control
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
        self._is_visit, self.keys = is_visit, KEYS_OF_A_VISIT if is_visit else MONITOR_KEYS
        self._noticed = -1
        self._idle: frozenset[str] = frozenset()
        """Actions that nobody is there to fulfil."""
        self._looking = Looking(control)
        self._view: View | None = None

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

    @property
    def _shows_script(self) -> bool:
        """Whether this is a script, and no recording of one."""
        facts = self._control.facts
        return facts is not None and facts.script is not None and not isinstance(self._control, Replay)

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
            return
        if self._view is None:
            self.remove_class("-loading")
        self._view = self._looking.view(facts, history, state)
        self.query_one(MonitorStatus).show(self._view)
        keys.diverged = state.phase is Phase.DIVERGED and facts.script is None
        if not has_failed:
            keys.idle = idle_keys(is_script=facts.script is not None, n_curves=len(history.curves))
        if is_answer and is_flat_out(state):
            self.call_after_refresh(self._show_panels)  # the status lines first: training leaves little time to draw
        else:
            self._show_panels()

    def _poll(self) -> None:
        """Look at the run; while an epoch takes long, at how far that is."""
        super()._poll()
        control, is_silent = self._control, monotonic() - self._drawn_at[0] > SILENCE
        if isinstance(control, CountsBatches) and control.state.phase.is_moving and is_silent:
            self.query_one(MonitorStatus).show_batches(control.batches)

    def _show_panels(self) -> None:
        if self._view is not None:
            self._grid.show(self._view)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Do nothing on a key that nobody would answer."""
        return None if action in self._idle else super().check_action(action, parameters)

    # Running

    def action_play_or_pause(self) -> None:
        """Run, from now on, or stand still."""
        state = self._control.state
        if state.phase.is_moving:
            self._control.pause()
        elif state.phase.has_ended:
            remedy = "u goes back and lowers the learning rate" if state.phase is Phase.DIVERGED else "r starts again"
            self.say(f"the run has {_ENDED[state.phase]}: {remedy}, ← steps back, g goes to an epoch")
        else:
            self._control.play()
            self._look(self._looking.end)
        self._hasten()

    def action_step(self, n_epochs: int) -> None:
        """Run some epochs, then stand still; where an earlier one is looked at, look at a later one."""
        self._look(lambda: self._looking.forward(n_epochs))

    def action_back(self, n_epochs: int) -> None:
        """Return to some epochs earlier."""
        self._look(lambda: self._looking.back(n_epochs))

    def _look(self, act: Callable[[], object]) -> None:
        """Look elsewhere, and show that at once."""
        before = self._looking.step
        act()
        if self._looking.said:
            self.say(self._looking.said)
        if self._looking.step != before:
            self._note_and_draw(self._control.state)
        self._hasten()

    def action_go_to(self) -> None:
        """Ask for an epoch, and go there."""
        state = self._control.state
        now = state.epoch if self._view is None else self._view.state.epoch
        ask_for_epoch(self.app, state, now, self._go_to)

    def _go_to(self, epoch: int) -> None:
        self._look(lambda: self._looking.go_to(epoch))

    def action_scale_rate(self, factor: float) -> None:
        """Change the learning rate by a factor."""
        self._control.scale_learning_rate(factor)
        self._hasten()

    def action_type_rate(self) -> None:
        """Ask for a learning rate, and use it from the next epoch on."""
        ask_for_rate(self.app, self._control, self._hasten)

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

    def action_recover(self) -> None:
        """After a divergence: go back to where the cost was least, with a lower learning rate."""
        if self._control.state.phase is Phase.DIVERGED:
            self._control.recover()
            self._hasten()
        else:
            self.say("nothing to recover from: the run has not diverged")

    # Looking

    def action_next_axis(self) -> None:
        """Show the cost on the next axis."""
        self.query_one(CostPanel).next_axis()

    def action_next_epoch_axis(self) -> None:
        """Show the epochs on the next axis."""
        self.query_one(CostPanel).next_epoch_axis()

    def action_cursor(self) -> None:
        """Point at an epoch of the chart, or at none any more."""
        chart = self.query_one(CostPanel)
        if not chart.has_focus:
            self._grid.go_to(chart.number)
        chart.toggle_cursor()

    def on_cost_panel_epoch_asked(self, message: CostPanel.EpochAsked) -> None:
        """Go to the epoch that somebody points at."""
        self._go_to(message.epoch)

    def on_status_lines_share_asked(self, message: StatusLines.ShareAsked) -> None:
        """Go to the epoch that somebody clicked on in the progress bar."""
        last = self._control.state.last_epoch
        self._go_to(round(message.share * (last + 1)) - 1)

    def action_next_curve(self) -> None:
        """Show the next of what a watched script logs, or the cost."""
        if not self.query_one(CostPanel).next_curve():
            self.say("there is no other curve: linreg.log(accuracy=0.9) in a watched script makes one")

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
        self.app.push_screen(HelpScreen(self.keys, NOTES, ascii_only=self._ascii))

    # Observers and changing

    def action_save(self) -> None:
        """Ask for a file, and write the model."""
        ask_to_save(self.app, self._control, self._hasten)

    def action_export(self) -> None:
        """Ask for a file, and write the epochs."""
        if self._view is not None:
            ask_to_export(self.app, self._view, self.say)

    def action_choose_optimizer(self) -> None:
        """Choose the optimizer and its options."""
        self._choose("optimizer")

    def action_choose_data(self) -> None:
        """Choose the data and the whole recipe."""
        self._choose("data")

    def _choose(self, focus: Literal["data", "optimizer"]) -> None:
        if isinstance(self._control, AttachedRun):
            self.say("this run is another process's; to train something else, leave and start linreg-tui anew")
            return

        def chosen(recipe: Recipe | None) -> None:
            if recipe is not None:
                self.post_message(self.RecipeChosen(recipe))

        self.app.push_screen(SetupScreen(self._control.recipe, focus), chosen)

    def action_race(self) -> None:
        """Ask who is to race, and have them."""
        ask_for_race(self.app, self._control.recipe, lambda entries: self.post_message(self.RaceAsked(entries)))

    def action_runs(self) -> None:
        """Show all runs that are kept."""
        self.app.push_screen(RunsScreen(ascii_only=self._ascii))

    def action_quit(self) -> None:
        """Leave."""
        self.post_message(self.Left())


_ENDED = {Phase.FINISHED: "finished", Phase.CONVERGED: "converged", Phase.DIVERGED: "diverged"}
