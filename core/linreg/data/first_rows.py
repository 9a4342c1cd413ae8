"""The first rows of a file of any format, as cells: what is written there, and the number that training would read.

A line that training would refuse has no cells here, but the sentence that training would say of it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from math import isnan
from typing import NamedTuple

from linreg.data.cells import MISSING, number_of
from linreg.data.columns import Remarks
from linreg.data.formats.columnar import ColumnarFile
from linreg.data.formats.opening import open_file
from linreg.data.formats.text.blocks import Block, lines_of
from linreg.data.formats.text.delimited import DelimitedFile
from linreg.data.formats.text.jsonlines import JsonLinesFile
from linreg.data.formats.text.rows import is_blank, malformed, wrong_length
from linreg.data.table import open_source
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError

ROWS = 100
"""So many rows are looked at."""


class FileCell(NamedTuple):
    """A cell as it is written, and its number; the text is empty where the cell is missing."""

    text: str
    number: float | None


Read = list[FileCell] | LinregError
"""A row, or why it is none."""


class FirstRows(NamedTuple):
    """The columns' names, the first rows, a cell for each name, whether they are all; and remarks on the columns.

    Among them are lines that training would refuse: what it would say of each.
    """

    names: tuple[str, ...]
    rows: list[list[FileCell]]
    is_all: bool
    remarks: Remarks
    refused: tuple[str, ...] = ()


def first_rows(data: str, dialect: TextDialect = PLAIN) -> FirstRows:
    """Read the start of a file, of a folder of files or of the files that a pattern matches.

    Raises
    ------
    LinregError
        It cannot be read, is not what its extension says, or is written in another way than `dialect` says.
    """
    file = open_file(data, dialect)
    read: Iterable[Read]
    if isinstance(file, DelimitedFile):
        top, is_all = file.head()
        read = _delimited(file, top)
    elif isinstance(file, JsonLinesFile):
        top, is_all = file.head()
        read = _json_lines(file, top, dialect)
    elif isinstance(file, ColumnarFile):
        read, is_all = ([_typed(value) for value in row] for row in file.head(ROWS + 1).iter_rows()), True
    else:
        read, is_all = _numbers(data, file.names, dialect)
    taken = list(islice(read, ROWS + 1))
    rows = [row for row in taken[:ROWS] if not isinstance(row, LinregError)]
    refused = tuple(str(row) for row in taken[:ROWS] if isinstance(row, LinregError))
    return FirstRows(file.names, rows, is_all and len(taken) <= ROWS, file.remarks, refused)


def _delimited(file: DelimitedFile, top: Block) -> Iterator[Read]:
    reader, dialect, n_columns = file.grammar.rows(lines_of(top.text)), file.grammar.dialect, len(file.names)
    while True:
        line = top.line + reader.line_num
        try:
            row = next(reader, None)
        except csv.Error as problem:
            yield malformed(file.name, line, problem)
            return
        if row is None:
            return
        if len(row) == n_columns:
            yield [_written(cell, dialect) for cell in row]
        elif not is_blank(row):
            yield wrong_length(file.name, line, row, n_columns, file.grammar)


def _json_lines(file: JsonLinesFile, top: Block, dialect: TextDialect) -> Iterator[Read]:
    for line, text in enumerate(lines_of(top.text), top.line):
        if text.strip():
            try:
                row = {key.strip(): value for key, value in file.row(line, text).items()}
            except LinregError as problem:
                yield problem
            else:
                yield [_typed(row.get(name), dialect) for name in file.names]


def _numbers(data: str, names: Sequence[str], dialect: TextDialect) -> tuple[list[list[FileCell]], bool]:
    """Read the first rows of several files as training does: where there is text, no row can be shown."""
    try:
        source = open_source(data, features=names, with_target=False, drop_missing=True, dialect=dialect)
        X, _ = next(source.batches())
    except LinregError:
        return [], False
    order = [source.features.index(name) for name in names]
    return [[_typed(float(row[index])) for index in order] for row in X[:ROWS]], False


def _written(text: str, dialect: TextDialect) -> FileCell:
    text, number = text.strip(), number_of(text, dialect)
    if number is not None and isnan(number):
        return FileCell("", None)
    return FileCell(text, number)


def _typed(value: object, dialect: TextDialect = PLAIN) -> FileCell:
    if value is None or (isinstance(value, float) and isnan(value)):
        return FileCell("", None)
    if isinstance(value, bool):
        return FileCell(str(value).lower(), float(value))
    if isinstance(value, str):
        text = value.strip()
        return FileCell("" if text.lower() in MISSING or dialect.is_missing(text) else text, None)
    if isinstance(value, float):
        return FileCell(f"{value:.12g}", value)
    try:
        return FileCell(str(value), float(value) if isinstance(value, int | Decimal) else None)
    except (ValueError, OverflowError):  # thousands of digits
        return FileCell("a number of thousands of digits", None)
