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

import polars as pl

from linreg.data.columns import MISSING, is_number
from linreg.data.diagnosis import display_name
from linreg.data.formats.blocks import TextFile, lines_of
from linreg.data.formats.columnar import ColumnarFile
from linreg.data.formats.delimited import DelimitedFile
from linreg.data.formats.jsonlines import JsonLinesFile
from linreg.data.formats.opening import open_file
from linreg.data.table import open_source
from linreg.errors import LinregError
from linreg.text import shortened

ROWS = 100
"""So many rows are looked at."""
_BLOCK = 64 << 10


class FileCell(NamedTuple):
    """A cell as it is written, and its number; the text is empty where the cell is missing."""

    text: str
    number: float | None


class FirstRows(NamedTuple):
    """The columns' names, the first rows, a cell for each name, and whether they are all."""

    names: tuple[str, ...]
    rows: list[list[FileCell]]
    is_all: bool


def first_rows(data: str) -> FirstRows:
    """Read the start of a file, of a folder of files or of the files that a pattern matches.

    Raises
    ------
    LinregError
        It cannot be read, or is not what its extension says.
    """
    file = open_file(data)
    if isinstance(file, DelimitedFile):
        rows, is_all = _delimited(data, len(file.names))
    elif isinstance(file, JsonLinesFile):
        rows, is_all = _json_lines(data, file.names)
    elif isinstance(file, ColumnarFile):
        rows, is_all = _columnar(data)
    else:
        rows, is_all = _numbers(data, file.names)
    return FirstRows(file.names, rows, is_all)


def _delimited(data: str, n_columns: int) -> tuple[list[list[FileCell]], bool]:
    """Read the first lines; those that are short or long are left for training to complain of, with their number."""
    separator = "\t" if data.lower().removesuffix(".gz").endswith(".tsv") else ","
    text, is_all = _start(TextFile(data, kind="TSV" if separator == "\t" else "CSV", separator=separator))
    lines = csv.reader(lines_of(text), delimiter=separator, strict=True)
    next(lines)
    rows, is_cut = _taken([_written(cell) for cell in row] for row in _readable(lines) if len(row) == n_columns)
    return rows, is_all and not is_cut


def _json_lines(data: str, names: Sequence[str]) -> tuple[list[list[FileCell]], bool]:
    text, is_all = _start(TextFile(data, kind="JSON lines", separator=None))
    found: Iterator[dict[str, Any]] = (
        {key.strip(): value for key, value in row.items()}
        for line in lines_of(text)
        if line.strip() and isinstance(row := _parsed(line), dict)
    )
    rows, is_cut = _taken([_typed(row.get(name)) for name in names] for row in found)
    return rows, is_all and not is_cut


def _columnar(data: str) -> tuple[list[list[FileCell]], bool]:
    """Read the first rows, by polars; of Arrow's stream format too, which has no index."""
    try:
        with open(data, "rb", buffering=0) as file:  # polars would expand * and [ in a path
            head = file.read(6)
            file.seek(0)
            if head.startswith(b"PAR1"):
                frame = pl.scan_parquet(file).head(ROWS + 1).collect()
            elif head.startswith(b"ARROW1"):
                frame = pl.scan_ipc(file).head(ROWS + 1).collect()
            else:
                frame = pl.read_ipc_stream(file, n_rows=ROWS + 1)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as problem:
        reason = shortened(str(problem).partition("\n")[0], 100).rstrip(".")
        raise LinregError(f"{display_name(data)}: cannot be read ({reason}); write the file again.") from None
    rows, is_cut = _taken([_typed(value) for value in row] for row in frame.iter_rows())
    return rows, not is_cut


def _numbers(data: str, names: Sequence[str]) -> tuple[list[list[FileCell]], bool]:
    """Read the first rows of several files as training does: where there is text, no row can be shown."""
    try:
        source = open_source(data, with_target=False, drop_missing=True)
        X, _ = next(source.batches())
    except LinregError:
        return [], False
    order = [source.features.index(name) for name in names]
    return [[_typed(float(row[index])) for index in order] for row in X[:ROWS]], False


def _start(file: TextFile) -> tuple[bytes, bool]:
    """Return the first whole lines, and whether they are all."""
    blocks = file.blocks(_BLOCK)
    text = next(blocks).text
    following = next(blocks, None)
    blocks.close()
    return text, following is None


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


def _written(text: str) -> FileCell:
    text = text.strip()
    if text.lower() in MISSING:
        return FileCell("", None)
    return FileCell(text, float(text) if is_number(text) else None)


def _typed(value: object) -> FileCell:
    if value is None or (isinstance(value, float) and isnan(value)):
        return FileCell("", None)
    if isinstance(value, bool):
        return FileCell(str(value).lower(), None)
    if isinstance(value, str):
        return FileCell(value.strip(), None) if value.strip().lower() not in MISSING else FileCell("", None)
    if isinstance(value, float):
        return FileCell(f"{value:.12g}", value)
    try:
        return FileCell(str(value), float(value) if isinstance(value, int | Decimal) else None)
    except (ValueError, OverflowError):  # thousands of digits
        return FileCell("a number of thousands of digits", None)
