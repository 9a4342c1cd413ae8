"""The three panels of the screen of runs: which of them there is room for, and which one has the keyboard.

Epochs are read in a thread, one run at a time: while the cursor moves on quickly, those it has passed are left out.
"""

from asyncio import to_thread

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from linreg.store.run import Run
from linreg_tui.draw.curves import letter, style_of
from linreg_tui.draw.picture import LINE, MARK
from linreg_tui.runs.columns import POINTER
from linreg_tui.runs.curves import RunCostPanel, RunCurve
from linreg_tui.runs.facts import DescriptionPanel
from linreg_tui.runs.stored_runs import StoredRuns
from linreg_tui.runs.table import RunsPanel
from linreg_tui.widgets.panel import Panel

_WIDE, _MIDDLE = (100, 30), (60, 18)
"""Columns and rows from which all three panels, and the table with one of the others, are shown."""


class RunsGrid(Vertical):
    """The table over the chart and the description; in less room over one of them, or one at a time."""

    def __init__(self, stored: StoredRuns, *, ascii_only: bool) -> None:
        super().__init__()
        self._stored, self._is_reading = stored, False
        self.table, self.chart, self.description = RunsPanel(), RunCostPanel(), DescriptionPanel()
        self._panels: dict[int, Panel] = {panel.number: panel for panel in (self.table, self.chart, self.description)}
        for panel in self._panels.values():
            panel.ascii = ascii_only
        self._current, self._lower, self._enlarged = self.table.number, self.chart.number, False

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

    def lay_out(self) -> None:
        """Show the panels that there is room for; the one that has the keyboard is always among them."""
        shown = shown_panels(*self.screen.size, self._current, self._lower, enlarged=self._enlarged)
        for number, panel in self._panels.items():
            panel.display = number in shown
        self.query_one("#below").display = bool(shown - {self.table.number})
        self.set_class(len(shown) == 1, "-alone")
        self.set_class(len(shown) == len(self._panels), "-all")

    def go_to(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it, or put it back."""
        if self._current == number and self._panels[number].has_focus_within:
            self._enlarged = not self._enlarged
        self._give_keyboard(number)

    def next(self, direction: int) -> None:
        """Give the panel after (1) or before (−1) the keyboard."""
        numbers = list(self._panels)
        self._give_keyboard(numbers[(numbers.index(self._current) + direction) % len(numbers)])

    def put_back(self) -> bool:
        """Put an enlarged panel back; return whether there was one."""
        was_enlarged, self._enlarged = self._enlarged, False
        if was_enlarged:
            self._give_keyboard(self._current)
        return was_enlarged

    def _give_keyboard(self, number: int) -> None:
        self._remember(number)
        self.lay_out()
        self._panels[number].focus()

    def _remember(self, number: int) -> None:
        self._current = number
        self._lower = self._lower if number == self.table.number else number

    def on_descendant_focus(self) -> None:
        """Remember the panel that has the keyboard, also where the mouse gave it."""
        for number, panel in self._panels.items():
            if panel.has_focus_within:
                self._remember(number)


def shown_panels(width: int, height: int, current: int, lower: int, *, enlarged: bool) -> set[int]:
    """Return the numbers of the panels that a screen shows: `lower` is that of the last one used below the table."""
    if enlarged or width < _MIDDLE[0] or height < _MIDDLE[1]:
        return {current}
    if width < _WIDE[0] or height < _WIDE[1]:
        return {RunsPanel.number, lower}
    return {RunsPanel.number, RunCostPanel.number, DescriptionPanel.number}
