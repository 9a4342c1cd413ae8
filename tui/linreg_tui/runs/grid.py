"""The three panels of the screen of runs: what they show, and which of them there is room for.

Epochs are read in a thread, one run at a time: while the cursor moves on quickly, those it has passed are left out.
"""

from asyncio import to_thread

from textual.app import ComposeResult
from textual.containers import Horizontal

from linreg.store.run import Run
from linreg_tui.draw.curves import letter, style_of
from linreg_tui.draw.picture import LINE, MARK
from linreg_tui.runs.columns import POINTER
from linreg_tui.runs.curves import RunCostPanel, RunCurve
from linreg_tui.runs.description import DescriptionPanel
from linreg_tui.runs.stored_runs import StoredRuns
from linreg_tui.runs.table import RunsPanel
from linreg_tui.widgets.arrangement import SMALLEST, TALL, Arrangement, Plan
from linreg_tui.widgets.panel_grid import PanelGrid

_WIDE, _MIDDLE = (100, 30), (60, 18)
"""Columns and rows from which all three panels, and the table with one of the others, are shown."""

RunsScreenPanel = RunsPanel | RunCostPanel | DescriptionPanel


class RunsGrid(PanelGrid[RunsScreenPanel]):
    """The table over the chart and the description; in less room over one of them, or one at a time."""

    def __init__(self, stored: StoredRuns, *, ascii_only: bool) -> None:
        self.table, self.chart, self.description = RunsPanel(), RunCostPanel(), DescriptionPanel()
        super().__init__((self.table, self.chart, self.description), ascii_only=ascii_only)
        self._stored, self._is_reading = stored, False
        self._lower = self.chart.number

    def compose(self) -> ComposeResult:
        """Lay out the panels."""
        yield self.table
        with Horizontal(id="below"):
            yield self.chart
            yield self.description

    def on_runs_panel_changed(self, message: RunsPanel.Changed) -> None:
        """Show the highlighted run and those that are marked."""
        message.stop()
        self._show()
        if not self._is_reading and self._to_read() is not None:
            self._is_reading = True
            self.run_worker(self._read_epochs(), group="epochs")

    async def _read_epochs(self) -> None:
        """Read the epochs of the runs that are to be shown, as long as there are any; by then these may be others."""
        try:
            while (run := self._to_read()) is not None:
                await to_thread(self._stored.read, run)
                self._show()
        finally:
            self._is_reading = False

    def _to_read(self) -> Run | None:
        """Return a run that is to be shown, and of which there is something newer to read."""
        selection = self.table.selection
        wanted = [selection.highlighted, *(run for run, _ in selection.marked)]
        return next((run for run in wanted if run is not None and not self._stored.is_fresh(run)), None)

    def _show(self) -> None:
        selection, known = self.table.selection, self._stored.known
        here, marked = selection.highlighted, selection.marked
        shown = [RunCurve(run, known(run), letter(mark), style_of(mark)) for run, mark in marked if run is not here]
        if here is not None:
            mark = selection.marks.get(here.id)
            unmarked = (POINTER, MARK) if shown else ("", LINE)
            named = unmarked if mark is None else (letter(mark), style_of(mark))
            shown.append(RunCurve(here, known(here), *named))
        self.chart.show_runs(shown)
        self.description.show_run(here, None if here is None else known(here))

    def arranged(self, width: int, height: int) -> Arrangement:
        """Arrange them, the one that has the keyboard always among those that are shown."""
        return arrange_runs(width, height, self._current, self._lower, enlarged=self._enlarged)

    def appeared(self, panel: RunsScreenPanel) -> None:
        """Do nothing: what there is to show is shown on every panel, in sight or not."""

    def _place(self, arrangement: Arrangement) -> None:
        """Leave their heights to the style sheet: the table is as high as it has runs."""
        self.query_one("#below").display = bool(set(arrangement.shown) - {self.table.number})
        self.set_class(arrangement.plan is Plan.SINGLE, "-alone")
        self.set_class(arrangement.plan is Plan.WIDE, "-all")

    def next(self, direction: int) -> None:
        """Give the panel after (1) or before (−1) the keyboard, of all three: one out of sight takes another's room."""
        numbers = self.numbers()
        self._give_keyboard(numbers[(numbers.index(self._current) + direction) % len(numbers)])

    def _remember(self, number: int) -> None:
        super()._remember(number)
        self._lower = self._lower if number == self.table.number else number


def arrange_runs(width: int, height: int, current: int, lower: int, *, enlarged: bool) -> Arrangement:
    """Arrange the panels on `width` × `height` cells; `lower` is the number of the last one used below the table."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return Arrangement(Plan.NOTHING, (), (), 0)
    key_lines = 2 if height >= TALL else 1
    if enlarged or width < _MIDDLE[0] or height < _MIDDLE[1]:
        return Arrangement(Plan.SINGLE, (current,), (), key_lines)
    if width < _WIDE[0] or height < _WIDE[1]:
        return Arrangement(Plan.STACKED, (RunsPanel.number, lower), (), key_lines)
    shown = RunsPanel.number, RunCostPanel.number, DescriptionPanel.number
    return Arrangement(Plan.WIDE, shown, (), key_lines)
