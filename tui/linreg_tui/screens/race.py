"""The race screen: polls the race, hands each new moment to the panels, and turns keys into requests.

As the monitor does: nothing here waits for the worker, and the worker never waits for the screen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isinf
from time import monotonic, thread_time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from linreg.race_state import RaceControl, RaceState
from linreg.recipe import Recipe
from linreg.safe import safe
from linreg.state import Phase
from linreg_tui.arrangement import SMALLEST, Plan
from linreg_tui.keys import bindings
from linreg_tui.race_keys import NOTES, RACE_KEYS
from linreg_tui.race_view import RaceView
from linreg_tui.screens.help import HelpScreen
from linreg_tui.screens.monitor import HASTE, HASTY_POLL, MOST_DRAWING, SPEEDS
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.race_chart import RaceChart
from linreg_tui.widgets.race_panels import RacePanels
from linreg_tui.widgets.race_status import RaceStatus
from linreg_tui.widgets.ranking import Ranking


class RaceScreen(Screen[None]):
    """A chart of all racers, their ranking and, where it can be drawn, the surface that they go down."""

    CSS_PATH = "../race.tcss"
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(RACE_KEYS))

    @dataclass
    class RacerChosen(Message):
        """Somebody wants to watch one racer alone."""

        recipe: Recipe

    class Left(Message):
        """Somebody wants to leave."""

    def __init__(self, control: RaceControl, *, polls_per_second: float = 10, ascii_only: bool = False) -> None:
        super().__init__()
        self._control, self._pace, self._ascii = control, polls_per_second, ascii_only
        self._seen = self._answered = -1
        self._drawn_at = (0.0, 0.0)
        self._view: RaceView | None = None
        self._panels = RacePanels(ascii_only=ascii_only)
        self._hasty_until = 0.0
        self._haste: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the status lines, the panels and the keys."""
        yield RaceStatus()
        yield Static(Content(""), id="waiting")
        yield self._panels
        yield KeyLine(RACE_KEYS)
        yield Static(Content(f"too small: at least {SMALLEST[0]} × {SMALLEST[1]} cells"), id="too-small")

    def on_mount(self) -> None:
        """Start to look at the race."""
        self.query_one(RaceStatus).ascii = self.query_one(KeyLine).ascii = self._ascii
        self.add_class("-loading")
        self.set_class(self._ascii, "-ascii")
        self.set_interval(1 / self._pace, self._poll)
        self._haste = self.set_interval(HASTY_POLL, self._poll_in_haste, pause=True)
        self._poll()

    def on_resize(self) -> None:
        """Arrange the panels anew."""
        arrangement = self._panels.lay_out()
        self.set_class(arrangement.plan is Plan.NOTHING, "-nothing")
        self.query_one(KeyLine).n_lines = arrangement.key_lines

    def _poll(self) -> None:
        state = self._control.state
        if state.version != self._seen and (not _is_flat_out(state) or self._has_time()):
            self._draw(state)

    def _poll_in_haste(self) -> None:
        """Draw the answer to a key as soon as it is there."""
        state = self._control.state
        if state.answered != self._answered:
            self._draw(state)
        if monotonic() > self._hasty_until and self._haste is not None:
            self._haste.pause()

    def _has_time(self) -> bool:
        """Say whether drawing has taken little enough of this thread: flat out, every moment of it is training's."""
        return thread_time() - self._drawn_at[1] < MOST_DRAWING * (monotonic() - self._drawn_at[0])

    def _draw(self, state: RaceState) -> None:
        facts, histories = self._control.facts, self._control.histories
        self._seen, self._answered = state.version, state.answered
        self._drawn_at = monotonic(), thread_time()
        if not facts or not state.ranking:
            self._show_waiting(state)
            return
        self.remove_class("-loading")
        selected = None if self._view is None else self._view.selected
        self._view = RaceView(facts, state, histories, selected)
        self._show(self._view)

    def _show(self, view: RaceView) -> None:
        self.query_one(RaceStatus).show_race(view)
        self._panels.show(view)

    def _show_waiting(self, state: RaceState) -> None:
        self.query_one(RaceStatus).show_entries(self._control.entries, state)
        if state.phase is Phase.FAILED:
            words = f"{safe(state.reason)}\n\nq goes back"
        else:
            words = f"{safe(state.reason)} …" if state.reason else "…"
        self.query_one("#waiting", Static).update(Content(words))

    def _hasten(self) -> None:
        """Look often for a moment: a key was pressed."""
        self._hasty_until = monotonic() + HASTE
        if self._haste is not None:
            self._haste.resume()

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Show one sentence for a while."""
        self.query_one(KeyLine).say(safe(text), is_error=is_error)

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

    def action_step(self, n_epochs: int) -> None:
        """Run some epochs of everyone, then stand still."""
        self._control.step(n_epochs)
        self._hasten()

    def action_slower(self) -> None:
        """Choose the next lower speed."""
        self._set_speed(max((speed for speed in SPEEDS if speed < self._control.state.speed), default=SPEEDS[0]))

    def action_faster(self) -> None:
        """Choose the next higher speed."""
        self._set_speed(min((speed for speed in SPEEDS if speed > self._control.state.speed), default=inf))

    def _set_speed(self, speed: float) -> None:
        self._control.set_speed(speed)
        self.say("flat out" if isinf(speed) else f"at most {speed:,.0f} epoch{'s' * (speed > 1)} a second, of everyone")
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

    def on_ranking_pointed_at(self, message: Ranking.PointedAt) -> None:
        """Choose a racer with the mouse; once more, let go of it."""
        is_chosen = self._view is not None and self._view.selected == message.number
        self._choose(None if is_chosen else message.number)

    def action_watch(self) -> None:
        """Watch the chosen racer alone."""
        if self._view is None or self._view.selected is None:
            self.say("choose a racer first, with ↑ and ↓: ⏎ then watches it alone")
        else:
            self.post_message(self.RacerChosen(self._control.entries[self._view.selected].recipe))

    def action_next_axis(self) -> None:
        """Show the cost on the next axis."""
        self.query_one(RaceChart).next_axis()

    def action_panel(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it."""
        if number in self._panels.numbers():
            self._panels.go_to(number)
        else:
            self.say("there is no cost surface to draw here: it takes a linear model with at most two parameters")

    def action_next_panel(self, direction: int) -> None:
        """Give the next panel the keyboard."""
        self._panels.next(direction)

    def action_help(self) -> None:
        """Explain the keys."""
        self.app.push_screen(HelpScreen(RACE_KEYS, NOTES))

    def action_palette(self) -> None:
        """Open the command palette."""
        self.app.action_command_palette()

    def key_escape(self) -> None:
        """Put an enlarged panel back; else let go of the chosen racer; else leave."""
        if self._panels.is_enlarged:
            self._panels.enlarge(only_back=True)
        elif self._view is not None and self._view.selected is not None:
            self._choose(None)
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave."""
        self.post_message(self.Left())

    def runner(self, action: str) -> Callable[[], None]:
        """Return a call of an action of the table of keys, for the command palette."""

        def run() -> None:
            self.call_later(self.run_action, action)

        return run


def _is_flat_out(state: RaceState) -> bool:
    return isinf(state.speed) and state.phase.is_moving
