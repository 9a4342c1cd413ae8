"""Panel 5: the lecture's table, live: every so many epochs a row, and the newest always last.

Reading on stays possible while epochs go by: a table that was scrolled back stays on the epoch it shows, and follows
again once it is scrolled to the end.
"""

from bisect import bisect_left
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import MouseScrollDown, MouseScrollUp

from linreg.history.epochs import Row
from linreg.training.facts import Facts
from linreg_tui.draw.axes import round_up
from linreg_tui.monitor.panels.epoch_table import EpochTable
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count
from linreg_tui.widgets.lines import Line, Lines
from linreg_tui.widgets.panel import Panel

HELD = 500
"""Rows that can be scrolled back to."""
EPOCH, QUIET, LATEST = "epochs--epoch", "epochs--quiet", "epochs--latest"


class EpochsPanel(Panel, Lines):
    """The table of epochs."""

    number = 5
    title = "epochs"
    DEFAULT_CSS = """
    EpochsPanel {
        .epochs--quiet { color: $text-muted; }
        .epochs--epoch { color: $text-muted; }
        .epochs--latest { text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {EPOCH, QUIET, LATEST}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_rows(-1)", "Row up", show=False),
        Binding("down,j", "scroll_rows(1)", "Row down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "scroll_pages(-1000000)", "First row", show=False),
        Binding("end", "scroll_pages(1000000)", "Last row", show=False),
        Binding("shift+left", "scroll_columns(-1)", "The weight before", show=False),
        Binding("shift+right", "scroll_columns(1)", "The next weight", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None
        self._table: tuple[Facts, EpochTable] | None = None
        self._first_weight, self._varies = 0, False
        self._every = 1
        self._end: int | None = None
        """The epoch of the last row in sight, where the table was scrolled back; None while it follows."""

    def show(self, view: View) -> None:
        """Show the epochs up to this moment."""
        self._view = view
        self.call_it(self.title if view.facts.script is None else "steps")
        if self._end is not None and self._end >= view.state.epoch:
            self._end = None
        self._draw()

    def action_scroll_rows(self, n_rows: int) -> None:
        """Move the table by some rows."""
        if self._view is None or not self._view.has_run:
            return
        rows = self._view.history.rows(HELD, self._view.state.epoch)
        epochs = [row.epoch for row in rows]
        if not epochs:
            return
        at = len(epochs) - 1 if self._end is None else bisect_left(epochs, self._end)
        at = max(min(self._n_rows, len(epochs)) - 1, at + n_rows)
        self._end = None if at >= len(epochs) - 1 else epochs[at]
        self._draw()

    def action_scroll_pages(self, n_pages: int) -> None:
        """Move the table by some pages."""
        self.action_scroll_rows(n_pages * max(1, self._n_rows - 1))

    def action_scroll_columns(self, n_columns: int) -> None:
        """Begin with a weight further on or back."""
        if self._view is not None:
            self._first_weight = self._table_of(self._view).first + n_columns
            self._draw()
            self._first_weight = self._table_of(self._view).first

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down with the wheel."""
        event.stop()
        self.action_scroll_rows(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up with the wheel."""
        event.stop()
        self.action_scroll_rows(-3)

    def on_resize(self) -> None:
        """Lay the table out anew."""
        self._draw()

    @property
    def _n_rows(self) -> int:
        return max(1, self.size.height - 1)

    def _draw(self) -> None:
        view = self._view
        if view is None or not self.size:
            return
        rows = self._rows_in_sight(view)
        self._note_rates(view, rows)
        table = self._table_of(view)
        lines: list[Line] = [((table.heading, QUIET),)]
        for row in rows:
            style = LATEST if row.epoch == view.state.epoch else ""
            epoch, numbers = table.row(row, view.history.row(row.epoch - 1))
            lines.append(((epoch, style or EPOCH), (numbers, style)))
        self.set_lines(lines if rows else [*lines, (("no epoch has run yet", QUIET),)])
        self._say(table, view)

    def _table_of(self, view: View) -> EpochTable:
        """Return the columns of this run in this width: the same until one of the two changes."""
        known, wanted = self._table, (self.size.width, self._first_weight, self._varies)
        table = None if known is None or known[0] is not view.facts else known[1]
        if table is None or (table.width, table.first, table.varies) != wanted:
            table = EpochTable(view.facts, *wanted[:2], varies=self._varies)
            self._table = view.facts, table
        return table

    def _note_rates(self, view: View, rows: list[Row]) -> None:
        """Notice when the learning rate begins to vary: its column then stays, as long as the run is the same."""
        if self._table is None or self._table[0] is not view.facts:
            self._varies = False
        rates = {row.learning_rate for row in rows if row.learning_rate > 0}
        self._varies = self._varies or bool(view.state.interventions) or len(rates) > 1

    def _rows_in_sight(self, view: View) -> list[Row]:
        """Return the rows to draw."""
        self._every = view.facts.recipe.printed_every
        if not view.has_run:
            return []
        rows = view.history.rows(self._n_rows, view.state.epoch if self._end is None else self._end)
        if self._end is not None:
            return rows
        return self._finer(rows, view) if view.state.phase.is_moving else self._filled_up(rows, view)

    def _finer(self, rows: list[Row], view: View) -> list[Row]:
        """Put rows of more epochs into the room that is left, evenly: of every so many, a round number that fits.

        So a table fills in steps while a run goes, and between them a frame draws its last row alone.
        """
        every, epoch = view.facts.recipe.printed_every, view.state.epoch
        step = round_up(max(1, -(-epoch // max(1, self._n_rows - 1))))
        if step >= every or not rows:
            return rows
        found = [row for row in map(view.history.row, range(0, epoch, step)) if row is not None]
        if len(found) <= len(rows) or len(found) < -(-epoch // step):  # not all of them are kept
            return rows
        self._every = step
        return [*found, rows[-1]]

    def _filled_up(self, rows: list[Row], view: View) -> list[Row]:
        """Put the epochs just before this one into the room that is left: whoever steps wants to see each."""
        rows, epoch = list(rows), view.state.epoch - 1
        while len(rows) < self._n_rows and (row := view.history.row(epoch)) is not None:
            at = bisect_left([each.epoch for each in rows], epoch)
            if at == len(rows) or rows[at].epoch != epoch:
                rows.insert(at, row)
            epoch -= 1
        return rows

    def _say(self, table: EpochTable, view: View) -> None:
        if self._end is not None:
            choices = ["scrolled back, End follows", "scrolled back"]
        else:
            every = f"every {count(self._every)}"
            choices = [table.words(every), f"{every}, cost before the step", every]
        self.say_below(next((words for words in choices if len(words) <= self.size.width - 2), ""))
