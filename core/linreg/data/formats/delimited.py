"""CSV and TSV: fast where the text is plain, exact where it is not.

Polars reads a block of text straight into float64, several times faster than Python can. But it also pads short rows,
cuts long ones, turns a blank line into a row, and its own messages name no line. So its result is taken only if the
block has the shape of a table and every cell used is a finite number; any other block is read again by Python's csv
module, which decides, and says where. Both take the numbers that Python's `float` takes, correctly rounded.

Conventions: the first line is the header; blank lines are skipped; there are no comment lines; a cell may be quoted and
may have blanks around its number.
"""

import csv
from collections.abc import Iterator
from itertools import chain, product

import numpy as np
import polars as pl

from linreg.data.columns import MISSING, Columns, Place, Values, checked_names, is_number
from linreg.data.formats.blocks import Block, TextFile, lines_of
from linreg.data.formats.datafile import WHOLE, Share, nothing
from linreg.data.formats.ranges import Range
from linreg.data.formats.records import count, quotes_are_regular
from linreg.errors import LinregError
from linreg.text import shortened

HEADER_BLOCK = 64 << 10
_MISSING_SPELT = sorted("".join(letters) for word in MISSING for letters in product(*((c, c.upper()) for c in word)))


class DelimitedFile:
    """A CSV or TSV file with a header, whose rows have not been read yet."""

    def __init__(self, data: str, separator: str) -> None:
        kind = "TSV" if separator == "\t" else "CSV"
        self._text = TextFile(data, kind=kind, separator=separator)
        self._separator = separator
        self._once = self._text.blocks() if data == "-" else None
        self._first: Block | None = None
        blocks = self._once or self._text.blocks(HEADER_BLOCK)
        header, rest = self._split_header(next(blocks).text)
        if self._once is not None:
            self._first = rest
        self._header = header
        self.names = self._checked(header)

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read; None of standard input."""
        return self._text.fraction_read

    def check(self, columns: Columns) -> None:
        """Text has no types: there is nothing to check before the rows are read."""

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows in blocks.

        Yields
        ------
        tuple
            ``(n_rows, n_used)`` finite numbers, features then target, in any memory layout; and how many rows with a
            missing cell were dropped.

        Raises
        ------
        LinregError
            A row is short or long, or a cell is not a finite number.
        """
        rows = _Rows(columns, self._separator)
        for block in self._ranges(share) if self._text.has_ranges else self._blocks(share):
            yield rows.of(block) if block is not None and block.text else nothing(columns)

    def _ranges(self, share: Share) -> Iterator[Range | None]:
        first = next(self._text.blocks(HEADER_BLOCK)).text
        rest = self._below_header(first)
        yield from self._text.ranges(share, len(first) - len(rest.text))

    def _blocks(self, share: Share) -> Iterator[Block | None]:
        if self._once is not None:
            if self._first is None:
                raise LinregError(f"{self._text.name}: it can be read only once; save the data in a file.")
            first, self._first = self._first, None
            yield first
            yield from self._once
            return
        blocks = self._text.blocks(self._text.block_size(share))
        yield from share.dealt(chain([self._below_header(next(blocks).text)], blocks))

    def _below_header(self, text: bytes) -> Block:
        header, rest = self._split_header(text)
        if header != self._header:
            raise LinregError(f"{self._text.name}: the header has changed since it was first read; start again.")
        return rest

    def _split_header(self, text: bytes) -> tuple[list[str], Block]:
        used = 0

        def lines() -> Iterator[str]:
            nonlocal used
            for line in lines_of(text):
                used += len(line.encode("utf-8", "surrogateescape"))
                yield line

        reader = csv.reader(lines(), delimiter=self._separator, strict=True)
        try:
            header = next(reader, [])
        except csv.Error as problem:
            raise _malformed(self._text.name, 1, problem) from None
        return header, Block(1 + reader.line_num, text[used:])

    def _checked(self, header: list[str]) -> tuple[str, ...]:
        name = self._text.name
        if not "".join(header).strip():
            raise LinregError(f"{name}, line 1: the line is blank; it must name the columns.")
        if all(is_number(cell) for cell in header):
            raise LinregError(
                f"{name}, line 1: {shortened(self._separator.join(header))!r} looks like data, not like names; "
                "put a line with the columns' names above it."
            )
        names = checked_names(name, header, "line 1")
        for other, what in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
            if len(names) == 1 and other in names[0]:
                raise LinregError(
                    f"{name}, line 1: the columns are separated by {what}, not by "
                    f"{'tabs' if self._separator == chr(9) else 'commas'}; write it with the separator that goes with "
                    f"the extension{' and decimal points' if other == ';' else ''}."
                )
        return names


class _Rows:
    """The chosen columns of blocks of rows."""

    def __init__(self, columns: Columns, separator: str) -> None:
        self._columns = columns
        self._separator = separator
        names = [f"column_{index}" for index in range(len(columns.names))]  # polars wants just such names
        self._schema = dict.fromkeys(names, pl.Float64)
        self._used = [names[index] for index in columns.used]
        self._all_used = len(self._used) == len(names)

    def of(self, block: Block | Range) -> tuple[Values, int]:
        """Parse a block; only a closer look wants the number of its line."""
        return self.fast(block.text) or self.exact(block.line, block.text)

    def fast(self, block: bytes) -> tuple[Values, int] | None:
        """Let polars parse a block; None if it must be looked at more closely."""
        if b'"' in block and (block.count(b'"') % 2 or not quotes_are_regular(block, self._separator)):
            return None
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        drop = self._columns.drop_missing
        try:
            frame = pl.read_csv(
                block,
                has_header=False,
                schema=self._schema,
                columns=None if self._all_used else self._used,
                separator=self._separator,
                null_values=_MISSING_SPELT if drop else None,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        values: Values = frame.select(self._used).to_numpy()
        complete = np.isfinite(values).all()
        if not complete and (not drop or np.isinf(values).any()):
            return None
        no_row_is_short = bool(complete) and self._all_used
        if not self._is_rectangular(block, len(values), no_row_is_short):
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
        reader = csv.reader(lines_of(block), delimiter=self._separator, strict=True)
        while True:
            start = line + reader.line_num
            try:
                row = next(reader, None)
            except csv.Error as problem:
                raise _malformed(self._columns.file, start, problem) from None
            if row is None:
                return
            is_blank = not row or (len(row) == 1 < n_columns and not row[0].strip())
            if not is_blank and len(row) != n_columns:
                raise self._wrong_length(start, row)
            if not is_blank:
                yield start, row

    def _numbers(self, line: int, row: list[str]) -> list[float]:
        used = [row[column] for column in self._columns.used]
        text = "".join(used)
        if text.isascii() and "_" not in text:  # `float` would take 1_000 and the digits of every script
            try:
                return [float(cell) for cell in used]
            except ValueError:
                pass
        columns = self._columns
        return [columns.number(row[column], _line_of_cell(line, row, column), column) for column in columns.used]

    def _wrong_length(self, line: int, row: list[str]) -> LinregError:
        n_columns = len(self._columns.names)
        if row[0].lstrip().startswith("#"):
            cure = "there are no comment lines here: remove it"
        elif len(row) < n_columns:
            cure = "complete the line or remove it"
        else:
            cure = "quote a cell that has a separator in it, and write decimals with a point"
        cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return LinregError(f"{self._columns.file}, line {line}: {cells} where the header has {n_columns}; {cure}.")

    def _is_rectangular(self, block: bytes, n_rows: int, no_row_is_short: bool) -> bool:
        """Whether the block is `n_rows` lines of as many cells as the header has names."""
        n_columns = len(self._columns.names)
        if no_row_is_short:  # and every cell is a number, so that no separator is inside quotes: it is enough to count
            return count(block, self._separator) == n_rows * (n_columns - 1)
        characters = np.frombuffer(block, np.uint8)
        separates = characters == ord(self._separator)
        ends_line = characters == ord("\n")
        if b'"' in block:
            outside = ~np.logical_xor.accumulate(characters == ord('"'))
            separates &= outside
            ends_line &= outside
        is_line_end = ends_line[np.flatnonzero(separates | ends_line)]
        if not block.endswith(b"\n"):
            is_line_end = np.append(is_line_end, True)
        wanted = n_rows * n_columns
        # A blank line in a single column is a line like any other, but not a row.
        return n_columns > 1 and len(is_line_end) == wanted and bool(is_line_end[n_columns - 1 :: n_columns].all())


def _line_of_cell(line: int, row: list[str], column: int) -> str:
    return f"line {line + sum(cell.count(chr(10)) for cell in row[:column])}"


def _nowhere(row: int, position: int) -> Place:
    raise AssertionError("a block with an infinite cell is read exactly")


def _malformed(file: str, line: int, problem: csv.Error) -> LinregError:
    if "new-line" in str(problem):
        what = "a carriage return alone ends a line; end lines with a newline (tr '\\r' '\\n')"
    else:
        what = 'the quotes (") do not pair up; close the one left open, or double one that belongs to the text'
    return LinregError(f"{file}, line {line}: {what}.")
