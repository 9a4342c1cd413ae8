"""A screen of panels over a line of keys, whatever the panels show: its layout, its sentences, its palette."""

from collections.abc import Callable, Sequence
from typing import Any

from textual.screen import Screen

from linreg.text import safe
from linreg_tui.widgets.arrangement import Plan
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import Key
from linreg_tui.widgets.panel_grid import PanelGrid


class PanelScreen(Screen[None]):
    """The keys that go from panel to panel, and the sentence that stands in the place of the keys.

    Parameters
    ----------
    grid
        The panels.

    Attributes
    ----------
    keys
        All that can be pressed here, for the help and the palette.
    """

    keys: Sequence[Key]

    def __init__(self, grid: PanelGrid[Any], *, ascii_only: bool) -> None:
        super().__init__(classes="-ascii" if ascii_only else None)
        self._grid, self._ascii = grid, ascii_only

    def on_resize(self) -> None:
        """Arrange the panels anew."""
        arrangement = self._grid.lay_out()
        self.set_class(arrangement.plan is Plan.NOTHING, "-nothing")
        self.query_one(KeyLine).n_lines = arrangement.key_lines

    def on_key(self) -> None:
        """Let a sentence make way: whoever presses a key has read it. The key's own binding comes after this."""
        self.query_one(KeyLine).forget()

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Show one sentence for a while; what comes too late, when the screen was left, is not said."""
        if self.is_attached:
            self.query_one(KeyLine).say(safe(text), is_error=is_error)

    def action_panel(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it."""
        self._grid.go_to(number)

    def action_next_panel(self, direction: int) -> None:
        """Give the next panel the keyboard."""
        self._grid.next(direction)

    def action_palette(self) -> None:
        """Open the command palette."""
        self.app.action_command_palette()

    def runner(self, action: str) -> Callable[[], None]:
        """Return a call of an action of the table of keys, for the command palette."""

        def run() -> None:
            self.call_later(self.run_action, action)

        return run
