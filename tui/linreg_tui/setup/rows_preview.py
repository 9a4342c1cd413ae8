"""The first rows of the chosen file, its columns by what they are used as: target, features, what is left out."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len

from linreg.text import safe
from linreg_tui.setup.column_list import FEATURE, TARGET, UNUSED
from linreg_tui.setup.preview import ColumnPreview, Kind
from linreg_tui.text.alignment import flush_left, flush_right
from linreg_tui.widgets.lines import Lines

HEADING, QUIET, PREDICTED = "rows-preview--heading", "rows-preview--quiet", "rows-preview--target"
_WIDEST, _GAP = 16, 2
_MISSING = "–"


class RowsPreview(Lines):
    """A line for each of the first rows, as many as there is room for; of columns too, and then how many more."""

    DEFAULT_CSS = """
    RowsPreview {
        color: $foreground;
        .rows-preview--heading { color: $accent; text-style: bold; }
        .rows-preview--quiet { color: $text-muted; }
        .rows-preview--target { color: $accent; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {HEADING, QUIET, PREDICTED}

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[ColumnPreview] = ()
        self._target: str | None = None
        self._features: frozenset[str] = frozenset()

    def show(self, columns: Sequence[ColumnPreview], target: str | None, features: Sequence[str]) -> None:
        """Show the rows of these columns; nothing where there are none."""
        self._columns, self._target, self._features = columns, target, frozenset(features)
        self._draw()

    def on_resize(self) -> None:
        """Lay the rows out anew."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        n_rows = max((len(column.first) for column in self._columns), default=0)
        if not n_rows or height < 3 or width < _WIDEST:
            self.set_lines([])
            return
        shown, n_more = self._fitting(width)
        heading = "first rows" + (f"  {n_more} more column{'s' * (n_more > 1)} to the right" if n_more else "")
        cells = [self._heading(column, cells) for column, cells in shown]
        rows = [
            tuple(self._cell(column, cells, row) for column, cells in shown) for row in range(min(n_rows, height - 2))
        ]
        self.set_lines([((heading[:10], HEADING), (heading[10:], QUIET)), tuple(cells), *rows])

    def _fitting(self, width: int) -> tuple[list[tuple[ColumnPreview, int]], int]:
        """Choose the columns that there is room for, each with its cells; at least one, and count the others."""
        shown: list[tuple[ColumnPreview, int]] = []
        in_order, room = list(self._in_order()), width
        for column in in_order:
            cells = min(_WIDEST, max(cell_len(safe(column.name)) + 2, *map(cell_len, (_MISSING, *column.first))))
            if shown and cells > room:
                break
            shown.append((column, min(cells, width)))
            room -= cells + _GAP
        return shown, len(in_order) - len(shown)

    def _in_order(self) -> Iterator[ColumnPreview]:
        """Yield the target, then the features, then what is left out, each in the file's order."""
        yield from (column for column in self._columns if column.name == self._target)
        others = [column for column in self._columns if column.name != self._target]
        yield from (column for column in others if column.name in self._features)
        yield from (column for column in others if column.name not in self._features)

    def _heading(self, column: ColumnPreview, cells: int) -> tuple[str, str]:
        is_target = column.name == self._target
        mark = TARGET if is_target else FEATURE if column.name in self._features else UNUSED
        return self._flush(column, f"{mark} {safe(column.name)}", cells), PREDICTED if is_target else QUIET

    def _cell(self, column: ColumnPreview, cells: int, row: int) -> tuple[str, str]:
        text = (column.first[row] or _MISSING) if row < len(column.first) else ""
        is_used = column.name == self._target or column.name in self._features
        return self._flush(column, text, cells), "" if is_used else QUIET

    def _flush(self, column: ColumnPreview, text: str, cells: int) -> str:
        """Put numbers below one another by their ends, and text by its beginning."""
        flush = flush_right if column.kind is Kind.NUMBERS else flush_left
        return flush(text, cells) + " " * _GAP
