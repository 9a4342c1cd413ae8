"""The columns of a file: what is in each, which are used, and which is predicted.

Drawn line by line, only those in sight: a file may have thousands of columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from linreg_tui.setup.preview import ColumnPreview, Kind
from linreg_tui.text.alignment import flush_left

FEATURE, TARGET, UNUSED = "✓", "→", "·"
MOST_WHOLE, _FEWEST = 8, 4
"""Columns up to which all have a line, and below it their rows; lines that the list has at least."""
_MARK, _KIND, _RANGE = 2, 8, 19
_APART = "  "
"""Between the first cells: a comma may be in them."""
_CELLS = 3
"""So many of the first cells stand beside what a column is."""
_NAMES = (8, 16)
"""Cells that a name takes, at least and at most."""


class ColumnList(ScrollView, can_focus=True):
    """A line for each column, with a mark for what it is used as."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to(0)", "First", show=False),
        Binding("end", "move_to(-1)", "Last", show=False),
        Binding("space,enter", "change", "Use, or leave out", show=False),
        Binding("t", "predict", "Predict this column", show=False),
        Binding("a", "use_all", "Use all columns", show=False),
        Binding("n", "use_none", "Use no column", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "column-list--muted",
        "column-list--target",
        "column-list--warning",
        "column-list--cursor",
    }
    DEFAULT_CSS = """
    ColumnList {
        background: $background;
        color: $foreground;
        .column-list--muted { color: $text-muted; }
        .column-list--target { color: $accent; text-style: bold; }
        .column-list--warning { color: $text-warning; }
        .column-list--cursor { background: $panel-lighten-1; text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """Somebody chose other columns."""

        target: str
        features: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[ColumnPreview] = ()
        self._target: str | None = None
        self._features: set[str] = set()
        self._name_width = _NAMES[0]

    def show(self, columns: Sequence[ColumnPreview], target: str | None, features: Sequence[str]) -> None:
        """Show the columns, and which of them are used."""
        if columns is not self._columns:
            self._columns = columns
            self._name_width = max(_NAMES[0], min(_NAMES[1], max((len(each.name) for each in columns), default=0)))
            self.virtual_size = Size(0, len(columns))
            self.set_class(len(columns) > MOST_WHOLE, "-many")
            self.styles.max_height = max(_FEWEST, len(columns))
            self.cursor = 0
            self.scroll_to(0, 0, animate=False)
        self._target, self._features = target, set(features)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one column."""
        index = y + self.scroll_offset.y
        width = self.size.width
        if index >= len(self._columns):
            return Strip.blank(width, self.rich_style)
        under_cursor = index == self.cursor and self.has_focus
        cursor = self.get_component_rich_style("column-list--cursor", partial=True) if under_cursor else Style()
        segments = [
            Segment(text, (self.get_component_rich_style(f"column-list--{ink}") if ink else self.rich_style) + cursor)
            for text, ink in self._line(self._columns[index])
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style + cursor).crop(0, width)

    def _line(self, column: ColumnPreview) -> Iterator[tuple[str, str]]:
        """Write a column's line, in pieces with their inks."""
        if column.name == self._target:
            mark, ink = TARGET, "target"
        else:
            mark, ink = (FEATURE, "") if column.name in self._features else (UNUSED, "muted")
        yield flush_left(mark, _MARK) + flush_left(column.name, self._name_width) + " ", ink
        yield f"{column.kind:<{_KIND}}", "muted" if column.kind in (Kind.NUMBERS, Kind.UNSEEN) else "warning"
        missing = f"{column.n_missing} missing  " if column.n_missing else ""
        yield missing, "warning"
        if column.kind not in (Kind.EMPTY, Kind.UNSEEN):
            yield flush_left(_range(column), _RANGE), "muted"
            taken = _MARK + self._name_width + 1 + _KIND + len(missing) + _RANGE
            yield _first(column, self.size.width - taken), "muted"

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
        self.refresh()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor only while keys come here."""
        super().watch_has_focus(has_focus)
        self.refresh()

    def action_move(self, n_lines: int) -> None:
        """Go up or down."""
        self.cursor = max(0, min(len(self._columns) - 1, self.cursor + n_lines))

    def action_move_page(self, direction: int) -> None:
        """Go a page up or down."""
        self.action_move(direction * max(1, self.size.height - 1))

    def action_move_to(self, line: int) -> None:
        """Go to the first or the last column."""
        self.cursor = line if line >= 0 else max(0, len(self._columns) - 1)

    def action_change(self) -> None:
        """Use the column under the cursor as a feature, or leave it out."""
        if self._columns and (name := self._columns[self.cursor].name) != self._target:
            self._choose(self._target, self._features ^ {name})

    def action_predict(self) -> None:
        """Predict the column under the cursor."""
        if self._columns:
            self.predict(self._columns[self.cursor].name)

    def predict(self, target: str) -> None:
        """Predict a column; the one that was predicted becomes a feature."""
        if target != self._target:
            self._choose(target, (self._features | ({self._target} if self._target else set())) - {target})

    def action_use_all(self) -> None:
        """Use every column."""
        self._choose(self._target, {each.name for each in self._columns})

    def action_use_none(self) -> None:
        """Leave every column out."""
        self._choose(self._target, set())

    def on_click(self, click: Click) -> None:
        """Use the column under the mouse, or leave it out."""
        line = click.y + self.scroll_offset.y
        if line < len(self._columns):
            self.cursor = line
            self.action_change()

    def _choose(self, target: str | None, features: set[str]) -> None:
        if target is None or not self._columns:
            return
        chosen = tuple(each.name for each in self._columns if each.name in features and each.name != target)
        self._target, self._features = target, set(chosen)
        self.post_message(self.Chosen(target, chosen))
        self.refresh()


def _first(column: ColumnPreview, width: int) -> str:
    """Write as many of the first cells as there is room for, each whole."""
    cells = [cell or "–" for cell in column.first[:_CELLS]]
    while cells and cell_len(_APART.join(cells)) > width:
        cells.pop()
    return _APART.join(cells)


def _range(column: ColumnPreview) -> str:
    """Write from where to where the numbers go."""
    if column.low is None or column.high is None:
        return ""
    low, high = (f"{number:.4g}".replace("-", "−") for number in (column.low, column.high))
    return f"{low} … {high}"
