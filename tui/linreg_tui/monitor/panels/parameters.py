"""Panel 3: every parameter now, at least squares, how far it has to go, and its path.

Only the rows that can be seen are worked out, so that two thousand features scroll as one does. b and the cost stay in
sight below them.
"""

from math import isfinite
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, MouseScrollDown, MouseScrollUp
from textual.widgets import Input

from linreg.phase import Phase
from linreg.statistics.distance import MATTERS
from linreg_tui.monitor.forecast import Forecast
from linreg_tui.monitor.panels.parameter_layout import Layout, ParameterRow, lay_out
from linreg_tui.monitor.panels.parameter_table import ParameterTable
from linreg_tui.monitor.panels.tensor_table import TensorTable, tensor_layout
from linreg_tui.monitor.view import View
from linreg_tui.text.distance import errors_text
from linreg_tui.text.numbers import count, metric
from linreg_tui.widgets.lines import Line, Lines
from linreg_tui.widgets.panel import Panel

NAME, QUIET = "parameters--name", "parameters--quiet"
PATH, AMISS = "parameters--path", "parameters--amiss"


class ParametersPanel(Panel, Lines):
    """The table of parameters, which scrolls and can be filtered by name."""

    number = 3
    title = "parameters"
    DEFAULT_CSS = """
    ParametersPanel {
        layout: vertical;
        .parameters--name { text-style: bold; }
        .parameters--quiet { color: $text-muted; }
        .parameters--path { color: $accent; }
        .parameters--amiss { color: $text-error; text-style: bold; }
        Input { display: none; dock: bottom; height: 1; border: none; padding: 0; background: $panel; }
        Input:focus { border: none; }
        &.-filtered Input { display: block; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {NAME, QUIET, PATH, AMISS}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_rows(-1)", "Row up", show=False),
        Binding("down,j", "scroll_rows(1)", "Row down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "scroll_pages(-1000000)", "First row", show=False),
        Binding("end", "scroll_pages(1000000)", "Last row", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._table: ParameterTable | TensorTable | None = None
        self._chosen: list[int] = []
        self._top = 0
        self._filter = ""
        self._errors = ErrorsNote()

    def compose(self) -> ComposeResult:
        """Put the filter below the table, out of sight until it is asked for."""
        yield Input(placeholder="part of a name, Esc ends", select_on_focus=False)

    def show(self, view: View) -> None:
        """Show the parameters of this moment."""
        known, script = self._table, view.facts.script
        if script is not None and not script.is_small:
            self._table = TensorTable(script.tensors)
            self.call_it("tensors")
        else:
            self.call_it(self.title)
            self._table = ParameterTable.of(view, known if isinstance(known, ParameterTable) else None)
        if known is None or known.names != self._table.names:
            self._choose()
        self._draw()

    def start_filter(self) -> None:
        """Ask for a part of a name."""
        self.add_class("-filtered")
        self.query_one(Input).focus()
        self._draw()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show the names that match."""
        message.stop()
        self._filter = message.value
        self._choose()
        self._draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter, and give the table the keyboard."""
        message.stop()
        self.focus()

    def key_escape(self, event: Key) -> None:
        """End the filter."""
        if self.has_class("-filtered"):
            event.stop()
            self.remove_class("-filtered")
            self.query_one(Input).value = ""
            self.focus()
            self._draw()

    def action_scroll_rows(self, n_rows: int) -> None:
        """Move the table by some rows."""
        self._top += n_rows
        self._draw()

    def action_scroll_pages(self, n_pages: int) -> None:
        """Move the table by some pages."""
        self.action_scroll_rows(n_pages * max(1, self._n_rows - 1))

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
        """How many weights can be seen."""
        return max(1, self.size.height - 1 - len(self._below()) - self.has_class("-filtered"))

    def _choose(self) -> None:
        self._top = 0
        self._chosen = [] if self._table is None else self._table.matching(self._filter)

    def _layout(self, table: ParameterTable | TensorTable) -> Layout:
        if isinstance(table, TensorTable):
            return tensor_layout(self.size.width, table.longest_name)
        return lay_out(self.size.width, table.longest_name, len(table.headings), table.extras)

    def _below(self) -> list[ParameterRow]:
        """Return the rows of b and the cost, as far as one weight is in sight above them."""
        table = self._table
        if table is None:
            return []
        return table.below(self._layout(table), plain=self.ascii)[: max(0, self.size.height - 2)]

    def _draw(self) -> None:
        table = self._table
        if table is None or not self.size:
            return
        layout, below = self._layout(table), self._below()
        n_rows = max(1, self.size.height - 1 - len(below) - self.has_class("-filtered"))
        self._top = max(0, min(self._top, len(self._chosen) - n_rows))
        seen = self._chosen[self._top : self._top + n_rows]
        rows = [table.row(index, layout, plain=self.ascii) for index in seen]
        heading = tuple((text, QUIET) for text, _ in _line(table.heading(layout), layout))
        last = AMISS if isinstance(table, TensorTable) else PATH
        self.set_lines([heading, *(_line(row, layout, last) for row in (*rows, *below))])
        self._say_where(len(seen))

    def _say_where(self, n_seen: int) -> None:
        assert self._table is not None
        n_names, n_chosen = len(self._table.names), len(self._chosen)
        whole = f"{count(n_chosen)} of {count(n_names)} match" if self._filter else f"of {count(n_names)}"
        seen = f"{count(self._top + 1)}–{count(self._top + n_seen)}" if n_seen < n_chosen else ""
        words = ", ".join(filter(None, (seen, whole))) if self._filter else f"{seen} {whole}" if seen else ""
        candidates: list[tuple[str, ...]] = [()]
        if isinstance(self._table, TensorTable):
            candidates[:0] = [(self._table.note,)]
        else:
            of_cost, of_units = self._table.notes
            for errors in (*self._errors.wordings(self._table.view), ""):
                candidates[-1:-1] = [(of_cost, errors, of_units), (of_cost, errors)]
        said = (" · ".join(filter(None, (words, *each))) for each in candidates)
        self.say_below(next((each for each in said if len(each) <= self.size.width - 4), words))


def _line(cells: ParameterRow, layout: Layout, last: str = PATH) -> Line:
    name, now, others, path = cells
    numbers = [(other, QUIET if at != 1 else "") for at, other in enumerate(others)]
    line = ((name, NAME), (now, ""), *numbers)
    return (*line, (" " * layout.gap + path, last)) if layout.path else line


class ErrorsNote:
    """How far the parameters are from least squares in standard errors, and when more epochs no longer matter."""

    def __init__(self) -> None:
        self._no_longer_matter = Forecast(lambda view: view.epochs_that_matter)

    def wordings(self, view: View) -> tuple[str, ...]:
        """Say it, from the longest wording to the shortest; nothing where it would be untrue."""
        away, phase = view.errors_away, view.state.phase
        if away is None or not isfinite(away) or phase in (Phase.DIVERGED, Phase.FAILED):
            return ()
        off = f"{errors_text(away)} standard errors"
        if away <= MATTERS:
            told = f"{off} off: more epochs change nothing"
            brief = told.replace("standard", "std.")
            return f"{told} that the data can tell", told, brief, f"{off} off"
        by = self._no_longer_matter.by(view)
        if by is None:
            return (f"{off} to go",)
        until = count(by) if by < 1e8 else metric(by)
        return f"{off} to go: epochs matter until {until}", f"{off} to go"
