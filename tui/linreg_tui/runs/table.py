"""Panel 1 of the screen of runs: a line for each run, of which only those in sight are written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import is_
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from linreg.store.run import Run
from linreg_tui.draw.curves import STYLES
from linreg_tui.runs.columns import POINT, QUIET, Need, Needs, RunColumns
from linreg_tui.runs.selection import WORDS, RunSelection
from linreg_tui.runs.words import BAD, GOOD, LEFT, RUNNING
from linreg_tui.text.numbers import count
from linreg_tui.widgets.lines import Line, Lines, width_of
from linreg_tui.widgets.panel import Panel
from linreg_tui.widgets.picture_panel import CURVE_COLOURS
from linreg_tui.widgets.safe_input import SafeInput

CURSOR = "run--cursor"
WHEEL = 3
"""Rows that the wheel moves the table by."""


class RunsPanel(Panel, Lines):
    """The table of runs. What is highlighted, marked or shown is its selection's; the screen is told of changes."""

    number = 1
    title = "runs"
    DEFAULT_CSS = (
        """
    RunsPanel {
        layout: vertical;
        .run--quiet { color: $text-muted; }
        .run--point { color: $accent; text-style: bold; }
        .run--running { color: $accent; text-style: bold; }
        .run--left { color: $text-warning; }
        .run--good { color: $text-success; }
        .run--bad { color: $text-error; }
        .run--cursor { background: $panel; text-style: bold; }
        Input { display: none; dock: bottom; height: 1; border: none; padding: 0; background: $panel; }
        Input:focus { border: none; }
        &.-filtered Input { display: block; }
    """
        + CURVE_COLOURS
        + "}"
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {CURSOR, QUIET, POINT, RUNNING, LEFT, GOOD, BAD, *STYLES}

    @dataclass
    class Changed(Message):
        """Another run is highlighted, or others are marked."""

    @dataclass
    class Opened(Message):
        """Somebody wants to open the highlighted run."""

    def __init__(self) -> None:
        super().__init__()
        self.selection = RunSelection()
        self._needs = Needs().of(())
        self._columns = RunColumns(0, self._needs)
        self._top = 0
        self._instead = ""

    def compose(self) -> ComposeResult:
        """Put the filter below the table, out of sight until it is asked for."""
        yield SafeInput(placeholder="part of a name, status, data or optimizer; Esc ends", select_on_focus=False)

    def read(self, runs: Sequence[Run], needs: Sequence[Need]) -> None:
        """Show the runs as they are now, and what the columns need for them."""
        before = self.selection.every
        if len(runs) == len(before) and all(map(is_, runs, before)):
            if not runs:
                self.say_instead(EMPTY)
            return
        self._change(lambda: self.selection.read(runs), keeps_place=bool(before))
        self._needs, self._columns = needs, RunColumns(self.size.width, needs)
        if len(runs) != len(before):
            self.refresh(layout=True)
        self.say_instead("" if runs else EMPTY)
        self.post_message(self.Changed())

    def say_instead(self, sentences: str) -> None:
        """Say why there are no runs; it has been made safe."""
        self._instead = sentences
        self._draw()

    def move(self, n_rows: int) -> None:
        """Highlight a run further down or up."""
        self._change(lambda: self.selection.move_to(self.selection.cursor + n_rows))

    def move_pages(self, n_pages: int) -> None:
        """Highlight the run some pages further down or up."""
        self.move(n_pages * max(1, self._n_rows - 1))

    def next_order(self, step: int) -> None:
        """Sort otherwise."""
        self._change(lambda: self.selection.next_order(step))

    def toggle_mark(self) -> bool:
        """Mark the highlighted run, or unmark it; return whether that could be done."""
        could = self.selection.toggle()
        self._draw()
        self.post_message(self.Changed())
        return could

    def unmark_all(self) -> None:
        """Unmark every run."""
        self.selection.marks = {}
        self._draw()
        self.post_message(self.Changed())

    def start_filter(self) -> None:
        """Ask for what to filter by."""
        self.add_class("-filtered")
        self.query_one(Input).focus()
        self._draw()

    def end_filter(self) -> bool:
        """Show all runs again; return whether there was a filter to end."""
        if not self.has_class("-filtered"):
            return False
        self.remove_class("-filtered")
        self.query_one(Input).value = ""
        self.focus()
        self._draw()
        return True

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show the runs that match."""
        message.stop()
        self._change(lambda: self.selection.match(message.value.strip()))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter, and give the table the keyboard; with nothing to filter by, end it."""
        message.stop()
        if message.value.strip():
            self.focus()
        else:
            self.end_filter()

    def on_click(self, click: Click) -> None:
        """Highlight the run under the mouse; a double click opens it."""
        place = click.y - self.gutter.top - 1 + self._top
        if click.widget is self and click.y > self.gutter.top and place < len(self.selection.shown):
            self._change(lambda: self.selection.move_to(place), keeps_place=True)
            if click.chain == 2:
                self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the table with the wheel; the cursor stays."""
        event.stop()
        self._top += WHEEL
        self._draw()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the table with the wheel; the cursor stays."""
        event.stop()
        self._top -= WHEEL
        self._draw()

    def on_resize(self) -> None:
        """Lay the table out anew."""
        self._columns = RunColumns(self.size.width, self._needs)
        self._bring_in_sight()
        self._draw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Ask for a line for each run, whichever are shown, and for the heading and the filter."""
        return len(self.selection.every) + 2

    @property
    def _n_rows(self) -> int:
        """How many runs can be seen."""
        return max(1, self.size.height - 1 - self.has_class("-filtered"))

    def _change(self, change: Callable[[], None], *, keeps_place: bool = False) -> None:
        """Change the selection; the highlighted run is then in sight or, if it keeps its place, where it was."""
        selection = self.selection
        before, row = selection.highlighted, selection.cursor - self._top
        change()
        if keeps_place and self._top:
            self._top = selection.cursor - row
        if not keeps_place or 0 <= row < self._n_rows:
            self._bring_in_sight()
        self._draw()
        if selection.highlighted is not before:
            self.post_message(self.Changed())

    def _bring_in_sight(self) -> None:
        cursor = self.selection.cursor
        self._top = max(cursor - self._n_rows + 1, min(self._top, cursor))

    def _draw(self) -> None:
        if not self.size:
            return
        selection, n_rows = self.selection, self._n_rows
        self._top = max(0, min(self._top, len(selection.shown) - n_rows))
        lines: list[Line] = [self._columns.heading(selection.order)]
        for place in range(self._top, min(self._top + n_rows, len(selection.shown))):
            lines.append(self._row(place))
        if not selection.shown:
            sentences = (self._instead or NO_MATCH * bool(selection.every)).splitlines()
            lines = [((text, QUIET),) for each in sentences for text in wrap(each, self.size.width) or [""]]
        self.set_lines(lines)
        self._say_where()

    def _row(self, place: int) -> Line:
        """Write a row; the style of every piece of the highlighted one has the cursor's name too."""
        run, is_highlighted = self.selection.shown[place], place == self.selection.cursor
        line = self._columns.row(run, self.selection.marks.get(run.id), is_highlighted=is_highlighted)
        if not is_highlighted:
            return line
        rest = self.size.width - width_of(line)
        return (*((text, f"{style} {CURSOR}".strip()) for text, style in line), (" " * max(0, rest), CURSOR))

    def render_line(self, y: int) -> Strip:
        """Draw one line, filled up with blanks; the cursor's style is laid over that of each piece."""
        own = self.rich_style
        segments = []
        for text, names in self._lines[y] if y < len(self._lines) else ():
            name, cursor, _ = names.partition(CURSOR)
            style = self.get_component_rich_style(name.strip()) if name else own
            over = self.get_component_rich_style(CURSOR, partial=True) if cursor else Style()
            segments.append(Segment(text, style + over))
        return Strip(segments).adjust_cell_length(self.size.width, own)

    def _say_where(self) -> None:
        selection = self.selection
        n_shown, n_runs = len(selection.shown), len(selection.every)
        place = f"{count(selection.cursor + 1)} of {count(n_shown)}" if n_shown else ""
        filtered = f"{count(n_shown)} of {count(n_runs)} match" if selection.filter else ""
        words = " · ".join(filter(None, (place, filtered, WORDS[selection.order]))) if n_runs else ""
        self.say_below(words)


EMPTY = """\
No run has been recorded yet.

linreg run DATA --record keeps a run while it is trained, --name NAME gives it a name."""
NO_MATCH = "No run matches; Esc shows all again."
