"""JSON lines: one object a line, its keys the columns. The first line names them.

Read by Python's json module, which keeps the difference between 1.5, "1.5", true and null. A key that is absent is a
missing cell. A key that the first line has not is refused where the features are all columns, for it would be left out
unseen, and does not matter where they are named.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from math import inf, nan
from typing import Any, BinaryIO

import numpy as np

from linreg.data.cells import kind_of, means_no_value
from linreg.data.choice import LABEL_ROWS, labels_among, numbered_among
from linreg.data.coded import text_of
from linreg.data.columns import Columns, Place, Remarks, Values, checked_names, listed
from linreg.data.diagnosis import display_name
from linreg.data.formats.datafile import WHOLE, Share, nothing, refuse_dialect
from linreg.data.formats.text.blocks import Block, TextFile, lines_of
from linreg.data.formats.text.ranges import Range
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened

JsonObject = dict[str, Any]


class JsonLinesFile:
    """A file of JSON objects, one a line, whose rows have not been read yet."""

    def __init__(self, data: str, dialect: TextDialect = PLAIN, stream: BinaryIO | None = None) -> None:
        refuse_dialect(display_name(data), "JSON lines", dialect, "missing", "input_format")
        self._text = TextFile(data, kind="JSON lines", separator=None, stream=stream)
        rows = (row for block in self._text.head() for row in self._rows(block))
        line, first = next(rows, (1, {}))
        if not first:
            raise LinregError(f"{self._text.name}, line {line}: there are no columns; give an object with keys.")
        self._keys = tuple(first)
        self.names, nameless = checked_names(self._text.name, self._keys, f"line {line}")
        head = [first]
        with suppress(LinregError):  # said when the rows are read
            for _, row in islice(rows, LABEL_ROWS - 1):
                head.append(row)
        numbered = numbered_among(self.names, lambda column: [text_of(row.get(self._keys[column])) for row in head])
        self.remarks = Remarks(f"line {line}", labels_among(self.names), dict.fromkeys(nameless, ""), numbered)

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read; None of a stream."""
        return self._text.fraction_read

    def head(self) -> tuple[Block, bool]:
        """Read the first rows, as lines, and say whether they are all."""
        blocks = self._text.head()
        return next(blocks), next(blocks, None) is None

    def row(self, line: int, text: str) -> JsonObject:
        """Read a line.

        Raises
        ------
        LinregError
            It is no JSON object.
        """
        where = f"{self._text.name}, line {line}"
        try:
            row = json.loads(text.rstrip(), object_pairs_hook=_without_repeats)
        except _RepeatedKeyError as problem:
            raise LinregError(
                f"{where}: the key {shortened(str(problem))!r} is there twice; keep one of them."
            ) from None
        except (ValueError, RecursionError) as problem:
            column = f" at column {problem.colno}" if isinstance(problem, json.JSONDecodeError) else ""
            raise LinregError(
                f"{where}: {shortened(text.strip())!r} is not valid JSON{column}; write one whole object a line."
            ) from None
        if isinstance(row, list):
            raise LinregError(f"{where}: there is a JSON array; write one object a line (jq -c '.[]' does that).")
        if not isinstance(row, dict):
            raise LinregError(f"{where}: {shortened(text.strip())!r} is no JSON object; write one object a line.")
        return row

    def check(self, columns: Columns) -> None:
        """Each line has its own types: there is nothing to check before the rows are read."""

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows in blocks: finite numbers ``(n_rows, n_used)``, and how many rows were dropped.

        Raises
        ------
        LinregError
            A line is no JSON object, or a value is not a finite number.
        """
        for block in self._parts(share):
            yield nothing(columns) if block is None else self._values(columns, list(self._rows(block)))

    def _parts(self, share: Share) -> Iterator[Block | Range | None]:
        if self._text.has_ranges:
            return self._text.ranges(share)
        return share.dealt(self._text.blocks(self._text.block_size(share)))

    def _values(self, columns: Columns, rows: list[tuple[int, JsonObject]]) -> tuple[Values, int]:
        keys = [self._keys[column] for column in columns.used]
        cells = list(zip(keys, columns.used, strict=True))
        known = set(self._keys)
        values = np.empty((len(rows), len(keys)))
        for count, (line, row) in enumerate(rows):
            if columns.by_default and not row.keys() <= known:
                raise self._unknown_key(line, row)
            values[count] = [_number(columns, line, column, row.get(key)) for key, column in cells]

        def place(row: int, position: int) -> Place:
            line, cells = rows[row]
            value = cells.get(keys[position])
            return f"line {line}", "" if value is None else str(value)

        return columns.settled(values, place)

    def _rows(self, block: Block | Range) -> Iterator[tuple[int, JsonObject]]:
        for line, row in enumerate(lines_of(block.text), block.line):
            if row.strip():
                yield line, self.row(line, row)

    def _unknown_key(self, line: int, row: JsonObject) -> LinregError:
        extra = [key for key in row if key not in self._keys]
        return LinregError(
            f"{self._text.name}, line {line}: the first object has not the key {listed(extra)}; "
            "give every object the same keys, or choose columns with --feature and --target."
        )


class _RepeatedKeyError(ValueError):
    """An object has the same key twice."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> JsonObject:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return row


def _number(columns: Columns, line: int, column: int, value: object) -> float:
    if column in columns.levels and (value is None or isinstance(value, str | int | float)):
        return columns.value(text_of(value), f"line {line}", column)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return inf
    if value is None:
        return nan
    text = shortened(json.dumps(value, ensure_ascii=False))
    if isinstance(value, str):
        if columns.dialect.is_missing(value.strip()):
            return nan
        what = f"{text} is text: write a number without quotes"
        if kind_of(value) == "missing":
            what = f"{text} {means_no_value('looks like a missing value', value.strip(), not columns.of_model)}"
    else:
        what = f"{text} is nested: write a number"
    raise columns.complaint(f"line {line}", column, what)
