"""The columns' names of a text, or what is wrong with the line that should hold them."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from linreg.data.cells import is_number, kind_of
from linreg.data.columns import Remarks, checked_names
from linreg.data.formats import layout
from linreg.data.formats.blocks import Block, lines_of
from linreg.data.formats.grammar import Grammar
from linreg.data.formats.layout import LINES, Layout, layout_of, looks_like_data
from linreg.data.formats.rows import malformed
from linreg.errors import LinregError
from linreg.text import shortened

_ROW_NUMBERS = "Unnamed:"
"""So pandas names a column that has no name."""


class Split(NamedTuple):
    """The cells of the header, none where there is no such line, and the rows below it."""

    cells: list[str]
    below: Block


def split_header(file: str, top: Block, grammar: Grammar) -> Split:
    """Take the header off the first block of a text.

    Raises
    ------
    LinregError
        Its quotes do not pair up.
    """
    if grammar.dialect.header is False:
        return Split([], top)
    used = 0

    def lines() -> Iterator[str]:
        nonlocal used
        for line in lines_of(top.text):
            used += len(line.encode("utf-8", "surrogateescape"))
            yield line

    reader = grammar.rows(lines())
    try:
        cells: list[str] = next(reader, [])
    except csv.Error as problem:
        told = layout.complaint(file, _first_lines(top), grammar, top.line)
        raise told or malformed(file, top.line, problem) from None
    return Split(list(cells), Block(top.line + reader.line_num, top.text[used:]))


def names_of(file: str, top: Block, cells: list[str], grammar: Grammar) -> tuple[tuple[str, ...], Remarks]:
    """Return the columns' names, and what else the first lines show of the columns.

    Raises
    ------
    LinregError
        The line is blank or looks like data, cannot name the columns, or the text is written in another way.
    """
    dialect, where, first = grammar.dialect, f"line {top.line}", _first_lines(top)
    own = layout_of(first, grammar, top.line)
    cells = cells if dialect.header is not False else own.lines[0].cells
    n_columns = len(cells)
    if dialect.header is not False and not "".join(cells).strip():
        raise _blank(file, top.line, own)
    lengths = {len(line.cells) for line in own.lines[1:2]} | {len(own.lines[0].cells)}
    is_odd = n_columns < 2 or lengths != {n_columns} or cells[0].lower().startswith("sep=")
    if is_odd and (told := layout.complaint(file, first, grammar, top.line)):
        raise told
    if dialect.header is False:
        if not n_columns:
            raise LinregError(f"{file}: there are no rows; give a table with a complete row or more.")
        return tuple(f"c{count}" for count in range(1, n_columns + 1)), Remarks()
    if told := layout.title_above(file, own, dialect):
        raise told
    rows = [line.cells for line in own.lines[1:] if len(line.cells) == n_columns]
    if dialect.header is None and looks_like_data(cells, rows, dialect):
        shown = shortened(grammar.separator.join(cells))
        raise LinregError(
            f"{file}, {where}: {shown!r} looks like data, not like names: say --no-header if it is a row, and the "
            "columns are c1, c2, … then, or --header if it holds the names."
        )
    names, nameless = checked_names(file, cells, where)
    looks = {name: _looks(rows, names.index(name)) for name in nameless}
    numbered = [name for name in names if name.startswith(_ROW_NUMBERS) and _looks(rows, names.index(name))]
    return names, Remarks(where, nameless=looks, numbered=tuple(numbered))


def _first_lines(top: Block) -> list[str]:
    return list(islice(lines_of(top.text), LINES))


def _looks(rows: Sequence[Sequence[str]], column: int) -> str:
    """Say what the cells of a column look like that nobody would learn from; nothing where they do not."""
    cells = [row[column].strip() for row in rows]
    if not any(cells):
        return "its cells are empty"
    numbers = [float(cell) if is_number(cell) else None for cell in cells]
    for start in (0, 1):
        if len(cells) > 1 and numbers == [float(number) for number in range(start, start + len(cells))]:
            return f"it looks like row numbers ({start}, {start + 1}, {start + 2}, …)"
    if all(cell and kind_of(cell) is None for cell in cells):
        return "it looks like row names"
    return ""


def _blank(file: str, line: int, own: Layout) -> LinregError:
    there = next((each for each in own.lines if "".join(each.cells).strip()), None)
    cure = f": --skip-lines {there.number - 1} begins with line {there.number}" if there else ""
    return LinregError(f"{file}, line {line}: the line is blank; it must name the columns{cure}.")
