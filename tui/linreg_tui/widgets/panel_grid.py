"""Panels that share the room in a grid: which are shown, which has the keyboard, which fills the screen."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from linreg_tui.widgets.arrangement import SMALLEST, STATUS_LINES, Arrangement
from linreg_tui.widgets.panel import Panel

PanelT = TypeVar("PanelT", bound=Panel)


class PanelGrid(Container, Generic[PanelT]):
    """Numbered panels; one that is not shown costs nothing until it is."""

    def __init__(self, panels: Iterable[PanelT], *, ascii_only: bool = False) -> None:
        super().__init__()
        self._panels = {panel.number: panel for panel in panels}
        for panel in self._panels.values():
            panel.ascii = ascii_only
        self._current, self._enlarged = 1, False
        self.taken = 0
        """Lines of the screen that something else has, beside the status lines and the keys."""

    def compose(self) -> ComposeResult:
        """Lay out the panels."""
        yield from self._panels.values()

    def arranged(self, width: int, height: int) -> Arrangement:
        """Say how the panels are laid out on a screen of this size."""
        raise NotImplementedError

    def appeared(self, panel: PanelT) -> None:
        """Show what there is to show on a panel that was not in sight before."""
        raise NotImplementedError

    def lay_out(self) -> Arrangement:
        """Lay the panels out for the size of the screen, and say how."""
        width, height = self.screen.size
        arrangement = self.arranged(width, height - self.taken)
        self._place(arrangement)
        for number, panel in self._panels.items():
            appears = number in arrangement.shown and not panel.display
            panel.display = number in arrangement.shown
            if appears:
                self.appeared(panel)
        return arrangement

    def _place(self, arrangement: Arrangement) -> None:
        """Give each panel its rows.

        The grid has a row for every line of the screen and each panel spans as many as it gets, so that the two columns
        need not break at the same heights.
        """
        self.styles.grid_size_columns = arrangement.columns
        self.styles.grid_size_rows = max(1, self.screen.size.height - self.taken - STATUS_LINES - arrangement.key_lines)
        heights = dict(zip(arrangement.shown, arrangement.heights, strict=True))
        for number, panel in self._panels.items():
            panel.styles.row_span = heights.get(number, 1)

    def go_to(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it, or put it back."""
        if self._current == number and self._panels[number].has_focus_within:
            self._enlarged = not self._enlarged
        self._give_keyboard(number)

    def next(self, direction: int) -> None:
        """Give the panel after (1) or before (−1) the keyboard: of those shown or, where that is one, of all."""
        shown = [number for number, panel in self._panels.items() if panel.display]
        around = shown if len(shown) > 1 else self.numbers()
        if len(shown) > 1 and not self._panels[self._current].has_focus_within:
            self._give_keyboard(around[0 if direction > 0 else -1])
        else:
            self._give_keyboard(around[(around.index(self._current) + direction) % len(around)])

    def in_sight(self) -> set[int]:
        """Return the numbers of the panels that are shown."""
        return {number for number, panel in self._panels.items() if panel.display}

    def numbers(self) -> list[int]:
        """List the panels that there are to go to."""
        return list(self._panels)

    def enlarge(self) -> None:
        """Fill the screen with the panel that has the keyboard, or put it back."""
        self._enlarged = not self._enlarged
        self._give_keyboard(self._current)

    def put_back(self) -> bool:
        """Put an enlarged panel back; return whether there was one."""
        was_enlarged = self._enlarged
        if was_enlarged:
            self.enlarge()
        return was_enlarged

    def _give_keyboard(self, number: int) -> None:
        self._remember(number)
        self.lay_out()
        self._panels[number].focus()

    def _remember(self, number: int) -> None:
        self._current = number

    def on_descendant_focus(self) -> None:
        """Remember the panel that has the keyboard, also where the mouse gave it."""
        for number, panel in self._panels.items():
            if panel.has_focus_within:
                self._remember(number)


def too_small() -> Static:
    """Make what stands in the place of everything on a screen where not even one panel is legible."""
    return Static(Content(f"too small: at least {SMALLEST[0]} × {SMALLEST[1]} cells"), id="too-small")
