"""The columns' names of a text, or what is wrong with the line that should hold them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from linreg.data.cells import kind_of
from linreg.data.choice import labels_among, looks_of, numbered_among
from linreg.data.columns import Remarks, checked_names
from linreg.data.formats.text import complaints
from linreg.data.formats.text.blocks import Block, lines_of
from linreg.data.formats.text.complaints import COMMENTS
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.layout import LINES, Layout, layout_of, looks_like_data
from linreg.data.formats.text.rows import malformed
from linreg.dialect import PLAIN
from linreg.errors import LinregError
from linreg.text import shortened


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
        told = complaints.complaint(file, _first_lines(top), grammar, top.line)
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
    is_odd = (
        n_columns < 2
        or lengths != {n_columns}
        or cells[0].lower().startswith("sep=")
        or any(sign in cell for cell in cells for sign in ";\t|")
        or _has_another_table_below(own, n_columns)
    )
    if is_odd and (told := complaints.complaint(file, first, grammar, top.line)):
        raise told
    if dialect.header is False:
        if not n_columns:
            split_header(file, top, replace(grammar, dialect=dialect.changed(header=True)))  # which says what is odd
            raise LinregError(f"{file}: there are no rows; give a table with a complete row or more.")
        return tuple(f"c{count}" for count in range(1, n_columns + 1)), Remarks()
    if told := complaints.title_above(file, own, dialect):
        raise told
    rows = [line.cells for line in own.lines[1:] if len(line.cells) == n_columns]
    if dialect.header is None and looks_like_data(cells, rows, dialect):
        shown = shortened(grammar.separator.join(cells))
        raise LinregError(
            f"{file}, {where}: {shown!r} looks like data, not like names: say --no-header if it is a row, and the "
            "columns are c1, c2, … then, or --header if it holds the names."
        )
    if told := complaints.second_header(file, own, dialect):
        raise told
    names, nameless = checked_names(
        file, cells, where, f", or --skip-lines {top.line} --no-header calls them c1, c2, …"
    )
    looks = {}
    for name in nameless:
        index = names.index(name)
        looks[name] = looks_of(_column(rows, index), in_front=set(names[:index]) <= set(nameless))
    numbered = numbered_among(names, lambda column: _column(rows, column))
    return names, Remarks(where, labels_among(names), looks, numbered)


def _column(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    return [row[column].strip() for row in rows]


def _first_lines(top: Block) -> list[str]:
    """Return the first lines, and those that are comments besides."""
    found: list[str] = []
    n_lines = 0
    for line in lines_of(top.text):
        found.append(line)
        n_lines += not line.lstrip().startswith(COMMENTS)
        if n_lines == LINES:
            break
    return found


def _has_another_table_below(own: Layout, n_columns: int) -> bool:
    """Whether a few lines of words stand above rows of another length."""
    above = own.lines[: own.start]
    is_longer = own.n_cells > 1 and own.n_cells != n_columns and len(own.body) > own.start
    return is_longer and not any(all(kind_of(cell) == "number" for cell in line.cells) for line in above)


def _blank(file: str, line: int, own: Layout) -> LinregError:
    there = next((each for each in own.lines if "".join(each.cells).strip()), None)
    cure = f": --skip-lines {there.number - 1} begins with line {there.number}" if there else ""
    if there and looks_like_data(there.cells, [each.cells for each in own.lines if each.number > there.number], PLAIN):
        cure = f": --skip-lines {there.number - 1} --no-header reads the rows from line {there.number} on"
    return LinregError(f"{file}, line {line}: the line is blank; it must name the columns{cure}.")
