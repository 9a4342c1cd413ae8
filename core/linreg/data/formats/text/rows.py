"""The chosen columns of blocks of lines: fast where the text is plain, exact where it is not.

Polars reads a block of text straight into float64, several times faster than Python can. But it also pads short rows,
cuts long ones, turns a blank line into a row, and its own messages name no line. So its result is taken only if the
block has the shape of a table and every cell used is a finite number; any other block is read again by Python's csv
module, which decides, and says where. Both take the numbers that Python's `float` takes, correctly rounded.
"""

import csv
from collections.abc import Iterator

import numpy as np
import polars as pl

from linreg.data.coded import numbers_of
from linreg.data.columns import Columns, Place, Values
from linreg.data.diagnosis import piped
from linreg.data.formats.text.blocks import Block, lines_of
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.ranges import Range
from linreg.data.formats.text.records import count
from linreg.dialect import BLANK
from linreg.errors import LinregError


class Rows:
    """The chosen columns of blocks of rows."""

    def __init__(self, columns: Columns, grammar: Grammar) -> None:
        self._columns, self._grammar = columns, grammar
        names = [f"column_{index}" for index in range(len(columns.names))]  # polars wants just such names
        self._schema = {name: pl.String if index in columns.levels else pl.Float64 for index, name in enumerate(names)}
        self._used = [names[index] for index in columns.used]
        self._all_used = len(self._used) == len(names)
        self._null_values = grammar.null_values(columns.drop_missing)
        self._floats = grammar.dialect.decimal == "." and not grammar.dialect.missing and not columns.levels

    def of(self, block: Block | Range) -> tuple[Values, int]:
        """Parse a block; only a closer look wants the number of its line."""
        return self.fast(block.text) or self.exact(block.line, block.text)

    def fast(self, block: bytes) -> tuple[Values, int] | None:
        """Let polars parse a block; None if it must be looked at more closely."""
        plain = self._grammar.plain(block)
        if plain is None:
            return None
        drop = self._columns.drop_missing
        try:
            frame = pl.read_csv(
                plain,
                has_header=False,
                schema=self._schema,
                columns=None if self._all_used else self._used,
                separator=self._grammar.polars_separator,
                quote_char='"' if self._grammar.quotes else None,
                null_values=self._null_values,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        values = numbers_of(frame.select(self._used), self._columns)
        if values is None:
            return None
        complete = np.isfinite(values).all()
        if not complete and (not drop or np.isinf(values).any()):
            return None
        no_row_is_short = bool(complete) and self._all_used and not self._columns.levels
        if not self._is_rectangular(plain, len(values), no_row_is_short):
            return None
        return (values, 0) if complete else self._columns.settled(values, _nowhere)

    def exact(self, line: int, block: bytes) -> tuple[Values, int]:
        """Parse a block as Python does; `line` is the number of its first line."""
        places: list[int] = []
        cells: list[list[str]] = []
        numbers: list[list[float]] = []
        for start, row in self._records(line, block):
            places.append(start)
            cells.append(row)
            numbers.append(self._numbers(start, row))

        def place(row: int, position: int) -> Place:
            column = self._columns.used[position]
            return _line_of_cell(places[row], cells[row], column), cells[row][column]

        values = np.array(numbers, np.float64).reshape(len(numbers), len(self._used))
        return self._columns.settled(values, place)

    def _records(self, line: int, block: bytes) -> Iterator[tuple[int, list[str]]]:
        n_columns = len(self._columns.names)
        reader = self._grammar.rows(lines_of(block))
        while True:
            start = line + reader.line_num
            try:
                row = next(reader, None)
            except csv.Error as problem:
                raise malformed(self._columns.file, start, problem) from None
            if row is None:
                return
            if len(row) == n_columns:
                yield start, row
            elif not is_blank(row):
                raise wrong_length(self._columns.file, start, row, n_columns, self._grammar)

    def _numbers(self, line: int, row: list[str]) -> list[float]:
        used = [row[column] for column in self._columns.used]
        text = "".join(used)
        if self._floats and text.isascii() and "_" not in text:  # `float` would take 1_000 and every script's digits
            try:
                return [float(cell) for cell in used]
            except ValueError:
                pass
        columns = self._columns
        return [columns.value(row[column], _line_of_cell(line, row, column), column) for column in columns.used]

    def _is_rectangular(self, block: bytes, n_rows: int, no_row_is_short: bool) -> bool:
        """Whether the block is `n_rows` lines of as many cells as the header has names."""
        n_columns, separator = len(self._columns.names), self._grammar.polars_separator
        if no_row_is_short:  # and every cell is a number, so that no separator is inside quotes: it is enough to count
            return count(block, separator) == n_rows * (n_columns - 1)
        characters = np.frombuffer(block, np.uint8)
        separates = characters == ord(separator)
        ends_line = characters == ord("\n")
        if self._grammar.quotes and b'"' in block:
            outside = ~np.logical_xor.accumulate(characters == ord('"'))
            separates &= outside
            ends_line &= outside
        is_line_end = ends_line[np.flatnonzero(separates | ends_line)]
        if not block.endswith(b"\n"):
            is_line_end = np.append(is_line_end, True)
        wanted = n_rows * n_columns
        # A blank line in a single column is a line like any other, but not a row.
        return n_columns > 1 and len(is_line_end) == wanted and bool(is_line_end[n_columns - 1 :: n_columns].all())


def is_blank(row: list[str]) -> bool:
    """Whether a line has nothing in it."""
    return not row or (len(row) == 1 and not row[0].strip())


def wrong_length(file: str, line: int, row: list[str], n_columns: int, grammar: Grammar) -> LinregError:
    """Say that a line has more cells than the header has names, or fewer, and what may be wrong with it."""
    is_quoted_whole = len(row) == 1 and row[0].count(grammar.separator) == n_columns - 1 > 0
    if row[0].lstrip().startswith("#"):
        cure = "there are no comment lines here: remove it, or: " + piped(file, "grep -v '^#'")
    elif is_quoted_whole and grammar.separator != BLANK:
        cure = 'the whole line is in quotes ("): take them away, or: ' + piped(file, "tr -d '\"'")
    elif len(row) < n_columns:
        cure = "complete the line or remove it"
    elif not any(cell.strip() for cell in row[n_columns:]) and grammar.separator != BLANK:
        cure = "the line ends in a separator: remove it there, or give the header one too"
    else:
        cure = "quote a cell that has a separator in it, and write decimals with a point"
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return LinregError(f"{file}, line {line}: {cells} where the header has {n_columns}; {cure}.")


def malformed(file: str, line: int, problem: csv.Error) -> LinregError:
    """Say where a text cannot be cut into cells, and why."""
    if "new-line" in str(problem):
        what = "a carriage return alone ends a line; end lines with a newline: " + piped(file, r"tr '\r' '\n'")
    elif "field limit" in str(problem):
        what = 'a cell has more than 131,072 characters; close the quote (") that is left open, if there is one'
    elif "expected after" in str(problem):
        what = 'something stands after closing quotes ("); remove it, double a quote of the text, or say --quote none'
    else:
        what = 'the quotes (") do not pair up; close the one left open, double one of the text, or say --quote none'
    return LinregError(f"{file}, line {line}: {what}.")


def _line_of_cell(line: int, row: list[str], column: int) -> str:
    return f"line {line + sum(cell.count(chr(10)) for cell in row[:column])}"


def _nowhere(row: int, position: int) -> Place:
    raise AssertionError("a block with an infinite cell is read exactly")
