"""How the first lines of a text are cut into cells by each separator there could be: the one that was meant shows.

A separator that cuts all lines from some line on alike is the one that was meant. Nothing is read by it.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linreg.data.cells import kind_of
from linreg.data.diagnosis import looks_like
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.rows import is_blank
from linreg.dialect import BLANK, PLAIN, TextDialect, separator_option

LINES = 60
"""So many lines are looked at."""
BY_LIKELIHOOD = (";", "\t", "|", ",", BLANK)
_FORMATS = {"a Parquet file": "parquet", "an Arrow file": "arrow", "an Arrow stream": "arrow"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its number, and its cells."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines as a separator cuts them; from the `start`-th on all have as many cells as the last."""

    separator: str
    lines: list[Line]
    start: int

    @property
    def n_cells(self) -> int:
        """Cells of each of the lines that agree."""
        return len(self.lines[-1].cells)

    @property
    def body(self) -> list[Line]:
        """The lines that agree."""
        return self.lines[self.start :]

    @property
    def is_a_table(self) -> bool:
        """Whether several lines agree on several cells."""
        return self.n_cells > 1 and len(self.lines) - self.start >= min(2, len(self.lines))

    def n_known(self, dialect: TextDialect) -> int:
        """Count the cells below the first line that are what cells are."""
        below = (cell for line in self.lines[1:] for cell in line.cells if cell.strip())
        return sum(kind_of(cell, dialect) is not None for cell in below)


def layout_of(lines: Iterable[str], grammar: Grammar, first_line: int) -> Layout:
    """Cut the first lines; `first_line` is the number of the first of them."""
    reader, found, number = grammar.rows(lines, strict=False), [], first_line
    try:
        for cells in reader:
            if not is_blank(cells):
                found.append(Line(number, cells))
            number = first_line + reader.line_num
    except csv.Error:  # a carriage return alone, an endless cell
        pass
    if not found:
        return Layout(grammar.separator, [Line(first_line, [])], 0)
    start = len(found) - 1
    while start and len(found[start - 1].cells) == len(found[-1].cells):
        start -= 1
    return Layout(grammar.separator, found, start)


def looks_like_data(header: Sequence[str], rows: Sequence[Sequence[str]], dialect: TextDialect) -> bool:
    """Whether a line is no header: two of its cells or half of them are as the rows below have them.

    Those are numbers, words for a missing value, truth values and dates; beside one of these an empty cell counts, and
    a text that the rows below have in the same column.
    """
    kinds = [kind_of(cell, dialect) for cell in header]
    if not rows:
        return bool(kinds) and all(kind == "number" for kind in kinds)
    alike = solid = 0
    for index, kind in enumerate(kinds):
        cells = [row[index] for row in rows if index < len(row)]
        below = {kind_of(cell, dialect) for cell in cells}
        if kind is None:
            alike += header[index].strip() in (cell.strip() for cell in cells)
        elif kind in below or (kind == "missing" and below & {"number", "date"}):
            alike += 1
            solid += bool(header[index].strip())
    return solid > 0 and (alike >= 2 or 2 * alike >= len(header))


def option_shown(data: str) -> str | None:
    """Return the option that says how a file seems to be written; None where none does.

    Looks at the first lines, of a file that is there.
    """
    try:
        with open(data, "rb") as file:
            head = file.read(LINES << 10)
        what = looks_like(head[:512])
        if what in _FORMATS:
            return f"--input-format {_FORMATS[what]}"
        if what == "JSON" and head.lstrip().startswith(b"{") and isinstance(json.loads(head.splitlines()[0]), dict):
            return "--input-format jsonl" if b"\n{" in head.strip() else None
        lines = head.decode().splitlines(keepends=True)[:LINES]
    except (OSError, ValueError, RecursionError):
        return None
    if what is not None or "\0" in "".join(lines) or not lines:
        return None
    layouts = [layout_of(lines, Grammar(each, PLAIN), 1) for each in BY_LIKELIHOOD]
    tables = [each for each in layouts if each.is_a_table and (each.separator in ";\t|" or each.n_known(PLAIN))]
    found = min(tables, key=lambda each: each.start, default=None)
    return None if found is None else separator_option(found.separator)
