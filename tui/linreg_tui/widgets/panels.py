"""The six panels and how they share the room: which are shown, which has the keyboard, which fills the screen."""

from textual.app import ComposeResult
from textual.containers import Container

from linreg_tui.arrangement import STATUS_LINES, Arrangement, Plan, arrange
from linreg_tui.view import View
from linreg_tui.widgets.cost_chart import CostChart
from linreg_tui.widgets.cost_surface import CostSurface
from linreg_tui.widgets.epochs import Epochs
from linreg_tui.widgets.fit_plot import FitPlot
from linreg_tui.widgets.panel import Panel
from linreg_tui.widgets.parameters import Parameters
from linreg_tui.widgets.this_step import ThisStep


class Panels(Container):
    """The panels in a grid; one that is not shown costs nothing until it is."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        made: list[Panel] = [CostChart(), FitPlot(), Parameters(), CostSurface(), Epochs(), ThisStep()]
        self._panels = {panel.number: panel for panel in made}
        for panel in made:
            panel.ascii = ascii_only
        self._view: View | None = None
        self._current, self._enlarged, self._n_parameters = 1, False, 3

    def compose(self) -> ComposeResult:
        """Lay out the panels."""
        yield from self._panels.values()

    def show(self, view: View) -> None:
        """Show a moment of the run on every panel that can be seen."""
        if self._view is None:
            self._n_parameters = len(view.w) + (view.b is not None) + 1
            self.lay_out()
        self._view = view
        for panel in self._panels.values():
            if panel.display:
                panel.show(view)

    def lay_out(self) -> Arrangement:
        """Lay the panels out for the size of the screen, and say how.

        The grid has a row for every line of the screen and each panel spans as many as it gets, so that the two columns
        need not break at the same heights.
        """
        width, height = self.screen.size
        arrangement = arrange(width, height, self._current, self._enlarged, self._n_parameters)
        self.styles.grid_size_columns = 1 if arrangement.plan is Plan.SINGLE else 2
        self.styles.grid_size_rows = max(1, height - STATUS_LINES - arrangement.key_lines)
        heights = dict(zip(arrangement.shown, arrangement.heights, strict=True))
        for number, panel in self._panels.items():
            appears = number in heights and not panel.display
            panel.display = number in heights
            panel.styles.row_span = heights.get(number, 1)
            if appears and self._view is not None:
                panel.show(self._view)
        return arrangement

    def go_to(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it, or put it back."""
        if self._current == number and self._panels[number].has_focus_within:
            self._enlarged = not self._enlarged
        self._give_keyboard(number)

    def next(self, direction: int) -> None:
        """Give the panel after (1) or before (−1) the keyboard: of those shown or, where that is one, of all."""
        shown = [number for number, panel in self._panels.items() if panel.display]
        around = shown if len(shown) > 1 else list(self._panels)
        if len(shown) > 1 and not self._panels[self._current].has_focus_within:
            self._give_keyboard(around[0 if direction > 0 else -1])
        else:
            self._give_keyboard(around[(around.index(self._current) + direction) % len(around)])

    def enlarge(self, only_back: bool = False) -> None:
        """Fill the screen with the panel that has the keyboard, or put it back; or at most put it back."""
        if self._enlarged or not only_back:
            self._enlarged = not self._enlarged
            self._give_keyboard(self._current)

    def _give_keyboard(self, number: int) -> None:
        self._current = number
        self.lay_out()
        self._panels[number].focus()

    def on_descendant_focus(self) -> None:
        """Remember the panel that has the keyboard, also where the mouse gave it."""
        for number, panel in self._panels.items():
            if panel.has_focus_within:
                self._current = number
