"""A screen that watches something at work on a thread: it polls it, and turns keys into requests.

Nothing here waits for the worker, and the worker never waits for the screen: a request returns at once, and its effect
is seen at the next poll. After a key there are more polls for a moment, so that the answer comes at once.
"""

from math import inf, isinf
from time import monotonic, thread_time
from typing import Any, Generic, Protocol, TypeVar

from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from linreg.live.state import State
from linreg.phase import Phase
from linreg.racing.state import RaceState
from linreg.text import safe
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.panel_grid import PanelGrid
from linreg_tui.widgets.panel_screen import PanelScreen

SPEEDS = (1.0, 10.0, 100.0, 1000.0, inf)
"""Epochs a second that < and > choose from."""
HASTE, HASTY_POLL = 0.5, 0.004
"""Seconds after a key in which its answer is looked for this often."""
MOST_DRAWING = 0.06
"""The share of a processor that drawing what goes flat out may take …"""
LONGEST_UNDRAWN = 1.0
"""… but no more than so many seconds go by without: on a slow machine all else alone may take that share."""


StateT = TypeVar("StateT", bound=State | RaceState)
StateT_co = TypeVar("StateT_co", bound=State | RaceState, covariant=True)


class Steered(Protocol[StateT_co]):
    """What such a screen reads and asks, whatever it is."""

    @property
    def state(self) -> StateT_co:
        """How it stands."""

    def step(self, n_epochs: int = 1) -> None:
        """Run some epochs, then stand still."""

    def set_speed(self, speed: float) -> None:
        """Run at most so many epochs a second."""


class WatchingScreen(PanelScreen, Generic[StateT]):
    """The polling, and the keys that are the same whatever is watched.

    Parameters
    ----------
    control
        What is watched.
    grid
        The panels that it is shown on.
    """

    whose = ""
    """Whose epochs a speed counts, where that has to be said."""
    on_failure = ""
    """What can be done where the data cannot be read."""

    def __init__(
        self, control: Steered[StateT], grid: PanelGrid[Any], *, polls_per_second: float, ascii_only: bool
    ) -> None:
        super().__init__(grid, ascii_only=ascii_only)
        grid.display = False
        self._control, self._pace = control, polls_per_second
        self._seen = self._answered = -1
        self._drawn_at = (0.0, 0.0)
        self._hasty_until = 0.0
        self._haste: Timer | None = None

    def _draw(self, state: StateT) -> None:
        """Show this state."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Start to look."""
        self.query_one(KeyLine).ascii = self._ascii
        self.set_interval(1 / self._pace, self._poll)
        self._haste = self.set_interval(HASTY_POLL, self._poll_in_haste, pause=True)
        self._poll()

    @property
    def _is_covered(self) -> bool:
        """Whether another screen, and no mere sheet, lies over this one."""
        above = self.app.screen_stack[self.app.screen_stack.index(self) + 1 :] if self in self.app.screen_stack else []
        return any(not isinstance(each, ModalScreen) for each in above)

    def _poll(self) -> None:
        state = self._control.state
        if self._is_covered:
            return
        if state.version != self._seen and (not is_flat_out(state) or self._has_time()):
            self._note_and_draw(state)

    def _poll_in_haste(self) -> None:
        """Draw the answer to a key as soon as it is there."""
        state = self._control.state
        if state.answered != self._answered or (state.version != self._seen and not is_flat_out(state)):
            self._note_and_draw(state)
        if monotonic() > self._hasty_until and self._haste is not None:
            self._haste.pause()

    def _note_and_draw(self, state: StateT) -> None:
        self._drawn_at = monotonic(), thread_time()
        self._draw(state)
        self._seen, self._answered = state.version, state.answered

    def _has_time(self) -> bool:
        """Say whether drawing has taken little enough of this thread: flat out, every moment of it is training's."""
        passed = monotonic() - self._drawn_at[0]
        return passed > LONGEST_UNDRAWN or thread_time() - self._drawn_at[1] < MOST_DRAWING * passed

    def _hasten(self) -> None:
        """Look often for a moment: a key was pressed."""
        self._hasty_until = monotonic() + HASTE
        if self._haste is not None:
            self._haste.resume()

    def _show_waiting(self, state: State | RaceState) -> None:
        """Say how far reading has come, or why there is nothing to show."""
        if state.phase is Phase.FAILED:
            words = f"{safe(state.reason)}\n\n{self.on_failure}"
        else:
            words = f"{safe(state.reason)} …" if state.reason else "…"
        waiting, content = self.query_one("#waiting", Static), Content(words + self._said_meanwhile())
        if waiting.content != content:
            waiting.update(content)

    def _stop_waiting(self) -> None:
        """Show the panels. No class does that: for one, Textual would work out every panel's style anew."""
        self.query_one("#waiting").display = False
        self._grid.styles.clear_rule("display")
        self.refresh(layout=True)

    def _said_meanwhile(self) -> str:
        """Return what else there is to read while nothing is shown."""
        return ""

    def action_step(self, n_epochs: int) -> None:
        """Run some epochs, then stand still."""
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
        unit = getattr(self._control.state, "unit", "epoch")
        words = "flat out" if isinf(speed) else f"at most {speed:,.0f} {unit}{'s' * (speed > 1)} a second{self.whose}"
        self.say(words)
        self._hasten()


def is_flat_out(state: State | RaceState) -> bool:
    """Say whether epochs go by as fast as they come."""
    return isinf(state.speed) and state.phase.is_moving
