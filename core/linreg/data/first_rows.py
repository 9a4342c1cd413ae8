"""The first rows of a file of any format, as cells: what is written there, and the number that training would read.

Lines and values that training would refuse are passed over here: it says what is wrong with them, and where.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from math import isnan
from typing import Any, NamedTuple

from linreg.data.cells import MISSING, number_of
from linreg.data.columns import Remarks
from linreg.data.formats.blocks import lines_of
from linreg.data.formats.columnar import ColumnarFile
from linreg.data.formats.delimited import DelimitedFile
from linreg.data.formats.jsonlines import JsonLinesFile
from linreg.data.formats.opening import open_file
from linreg.data.table import open_source
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError

ROWS = 100
"""So many rows are looked at."""


class FileCell(NamedTuple):
    """A cell as it is written, and its number; the text is empty where the cell is missing."""

    text: str
    number: float | None


class FirstRows(NamedTuple):
    """The columns' names, the first rows, a cell for each name, whether they are all; and remarks on the columns."""

    names: tuple[str, ...]
    rows: list[list[FileCell]]
    is_all: bool
    remarks: Remarks


def first_rows(data: str, dialect: TextDialect = PLAIN) -> FirstRows:
    """Read the start of a file, of a folder of files or of the files that a pattern matches.

    Raises
    ------
    LinregError
        It cannot be read, is not what its extension says, or is written in another way than `dialect` says.
    """
    file = open_file(data, dialect)
    if isinstance(file, DelimitedFile):
        rows, is_all = _delimited(file)
    elif isinstance(file, JsonLinesFile):
        rows, is_all = _json_lines(file)
    elif isinstance(file, ColumnarFile):
        frame = file.head(ROWS + 1)
        rows, is_cut = _taken([_typed(value) for value in row] for row in frame.iter_rows())
        is_all = not is_cut
    else:
        rows, is_all = _numbers(data, file.names, dialect)
    return FirstRows(file.names, rows, is_all, file.remarks)


def _delimited(file: DelimitedFile) -> tuple[list[list[FileCell]], bool]:
    """Read the first lines; those that are short or long are left for training to complain of, with their number."""
    top, is_all = file.head()
    rows, is_cut = _taken(
        [_written(cell, file.grammar.dialect) for cell in row]
        for row in _readable(file.grammar.rows(lines_of(top.text)))
        if len(row) == len(file.names)
    )
    return rows, is_all and not is_cut


def _json_lines(file: JsonLinesFile) -> tuple[list[list[FileCell]], bool]:
    top, is_all = file.head()
    found: Iterator[dict[str, Any]] = (
        {key.strip(): value for key, value in row.items()}
        for line in lines_of(top.text)
        if line.strip() and isinstance(row := _parsed(line), dict)
    )
    rows, is_cut = _taken([_typed(row.get(name)) for name in file.names] for row in found)
    return rows, is_all and not is_cut


def _numbers(data: str, names: Sequence[str], dialect: TextDialect) -> tuple[list[list[FileCell]], bool]:
    """Read the first rows of several files as training does: where there is text, no row can be shown."""
    try:
        source = open_source(data, features=names, with_target=False, drop_missing=True, dialect=dialect)
        X, _ = next(source.batches())
    except LinregError:
        return [], False
    order = [source.features.index(name) for name in names]
    return [[_typed(float(row[index])) for index in order] for row in X[:ROWS]], False


def _taken(rows: Iterable[list[FileCell]]) -> tuple[list[list[FileCell]], bool]:
    """Take as many rows as are looked at, and say whether there were more."""
    taken = list(islice(rows, ROWS + 1))
    return taken[:ROWS], len(taken) > ROWS


def _readable(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from lines
    except csv.Error:  # the quotes do not pair up: training says where
        return


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _written(text: str, dialect: TextDialect) -> FileCell:
    text, number = text.strip(), number_of(text, dialect)
    if number is not None and isnan(number):
        return FileCell("", None)
    return FileCell(text, number)


def _typed(value: object) -> FileCell:
    if value is None or (isinstance(value, float) and isnan(value)):
        return FileCell("", None)
    if isinstance(value, bool):
        return FileCell(str(value).lower(), float(value))
    if isinstance(value, str):
        return FileCell(value.strip(), None) if value.strip().lower() not in MISSING else FileCell("", None)
    if isinstance(value, float):
        return FileCell(f"{value:.12g}", value)
    try:
        return FileCell(str(value), float(value) if isinstance(value, int | Decimal) else None)
    except (ValueError, OverflowError):  # thousands of digits
        return FileCell("a number of thousands of digits", None)
