"""Parquet and Arrow files: typed columns, read by polars in slices of rows.

Processes that share a file read a run of slices each. Pages before a run are passed over without being decoded, so that
runs may start anywhere in a row group. The exception is Arrow's record batch, which is decoded whole, and a file of
Arrow's stream format, which is read whole. Polars gets an open file: of a path it would expand ``*`` and ``[``.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from tempfile import TemporaryFile
from typing import BinaryIO
from weakref import finalize

import polars as pl

from linreg.data.choice import LABEL_ROWS, numbered_among
from linreg.data.coded import numbers_of, text_of
from linreg.data.columns import Columns, Place, Remarks, Values, checked_names
from linreg.data.diagnosis import cannot_read, display_name, mislabelled
from linreg.data.formats.datafile import WHOLE, Share, nothing, progress, refuse_dialect
from linreg.data.formats.metadata import arrow_schema, row_labels
from linreg.data.formats.quiet import native_errors_unheard
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened

SLICE_BYTES = 8 << 20
FEWEST_ROWS, WIDE_BYTES = 8192, 64 << 20
_TEXT = (pl.String, pl.Categorical, pl.Enum)
_MAGIC = {"Parquet": (b"PAR1",), "Arrow": (b"ARROW1", b"\xff\xff\xff\xff")}


class ColumnarFile:
    """A Parquet or Arrow file whose rows have not been read yet; `kind` is the one or the other.

    A stream is put into a file first, for its columns are not where it begins.
    """

    def __init__(self, data: str, kind: str, dialect: TextDialect = PLAIN, stream: BinaryIO | None = None) -> None:
        self._data = data
        self._kind = kind
        self._name = display_name(data)
        refuse_dialect(self._name, kind, dialect, "input_format")
        self._copy = None if stream is None else self._copied(stream)
        self.fraction_read = 0.0
        with self._open() as file:
            head = file.read(512)
            if not head:
                raise LinregError(f"{self._name}: the file is empty; give a table with a row or more.")
            if not head.startswith(_MAGIC[kind]):
                raise mislabelled(self._name, head, f"{kind} data")
            names, about = arrow_schema(file) if kind == "Arrow" else (None, {})
            if names is not None:
                checked_names(self._name, names)
            with self._explained():
                self._schema = self._scan(file).collect_schema()
                if kind == "Parquet":
                    file.seek(0)
                    about = pl.read_parquet_metadata(file)
        self.names, nameless = checked_names(self._name, self._schema.names())
        self.remarks = Remarks(
            labels=row_labels(about, self.names),
            nameless=dict.fromkeys(nameless, ""),
            numbered=numbered_among(self.names, self._first_cells),
        )

    def head(self, n_rows: int) -> pl.DataFrame:
        """Read the first rows.

        Raises
        ------
        LinregError
            The file is damaged.
        """
        with self._open() as file, self._explained():
            return self._scan(file).head(n_rows).collect()

    def _first_cells(self, column: int) -> list[str]:
        return ["" if value is None else str(value) for value in self.head(LABEL_ROWS).to_series(column)]

    def check(self, columns: Columns) -> None:
        """Refuse a chosen column that does not hold numbers."""
        types = self._schema.dtypes()
        for column in columns.used:
            if types[column] == pl.Null:
                raise columns.empty(column)
            may_be_text = column in columns.levels and types[column] in _TEXT
            if not types[column].is_numeric() and types[column] != pl.Boolean and not may_be_text:
                what = f"its type is {shortened(str(types[column]))}, which "
                what += "is not a number's" if types[column] in _TEXT else "no number has"
                raise columns.complaint("", column, what)

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows in slices: finite numbers ``(n_rows, n_used)``, and how many rows were dropped.

        Raises
        ------
        LinregError
            A cell is missing or not finite, or the file is damaged.
        """
        width = 8 * len(columns.used)
        most = max(min(FEWEST_ROWS, WIDE_BYTES // width), SLICE_BYTES // width, 1)
        with self._open() as file, native_errors_unheard(self._last_words, in_between=True):
            with self._explained():
                table = self._scan(file)
                n_rows = table.select(pl.len()).collect(engine="in-memory").item()
                numbers = [
                    pl.nth(column) if column in columns.levels else pl.nth(column).cast(pl.Float64)
                    for column in columns.used
                ]
                chosen = table.select(*numbers)
            size = share.part_size(n_rows, most, min(FEWEST_ROWS, most))
            n_parts = -(-n_rows // size)
            own = share.run(n_parts)
            yield from (nothing(columns) for _ in range(own.start))
            frames = self._ahead(chosen.slice(own.start * size, len(own) * size), size)
            for part in own:
                frame = next(frames, None)
                if frame is None or len(frame) != min(size, n_rows - part * size):
                    raise self._damaged("it has fewer rows than it says")
                self.fraction_read = progress(own, part)

                def place(row: int, position: int, part: int = part, frame: pl.DataFrame = frame) -> Place:
                    value = frame.item(row, position)
                    return f"row {part * size + row + 1}", "" if value is None else str(value)

                values = numbers_of(frame, columns)
                yield columns.settled(self._unknown(frame, columns, part * size) if values is None else values, place)
            self.fraction_read = 1.0
            yield from (nothing(columns) for _ in range(own.stop, n_parts))

    def _unknown(self, frame: pl.DataFrame, columns: Columns, n_before: int) -> Values:
        """Look at the rows one by one, and refuse the first level that is not known."""
        for number, row in enumerate(frame.iter_rows(), n_before + 1):
            for cell, column in zip(row, columns.used, strict=True):
                if column in columns.levels:
                    columns.value(text_of(cell), f"row {number}", column)
        raise AssertionError("every level is known")

    def _ahead(self, rows: pl.LazyFrame, size: int) -> Iterator[pl.DataFrame]:
        """Read rows in slices of just this size: polars decodes pages on threads of its own, ahead of who uses them."""
        kept = pl.DataFrame()
        with self._explained():
            frames = iter(rows.collect_batches(maintain_order=True, chunk_size=size))
        while True:
            with self._explained():
                frame = next(frames, None)
            if frame is None:
                break
            kept = pl.concat([kept, frame]) if len(kept) else frame  # the size asked for is what polars gives, so far
            while len(kept) >= size:
                yield kept[:size]
                kept = kept[size:]
        if len(kept):
            yield kept

    def _copied(self, stream: BinaryIO) -> int:
        """Copy a stream into a file that is there as long as this object is; return its descriptor."""
        with TemporaryFile() as file:
            shutil.copyfileobj(stream, file)
            file.flush()
            descriptor = os.dup(file.fileno())
        finalize(self, os.close, descriptor)
        return descriptor

    @contextmanager
    def _open(self) -> Iterator[FileIO]:
        try:
            place = self._data if self._copy is None else os.dup(self._copy)
            with open(place, "rb", buffering=0) as file:  # polars reads on where the descriptor is
                file.seek(0)
                yield file
        except OSError as problem:
            raise cannot_read(self._name, problem) from None

    def _scan(self, file: FileIO) -> pl.LazyFrame:
        file.seek(0)
        if self._kind == "Parquet":
            return pl.scan_parquet(file)
        is_stream = not file.read(6).startswith(b"ARROW1")
        file.seek(0)
        return pl.read_ipc_stream(file).lazy() if is_stream else pl.scan_ipc(file)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what polars says of a damaged file, or one of a kind it cannot read, into a sentence."""
        try:
            with native_errors_unheard(self._last_words):
                yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as problem:
            is_panic = isinstance(problem, pl.exceptions.PanicException)
            raise self._damaged(
                "it is damaged, or has a column of a type that is not read"
                if is_panic
                else str(problem).partition("\n")[0]
            ) from None

    @property
    def _last_words(self) -> str:
        return str(self._damaged("it is damaged, or there is too little memory to read it"))

    def _damaged(self, reason: str) -> LinregError:
        reason = shortened(reason, 100).rstrip(".")
        return LinregError(f"{self._name}: cannot be read as {self._kind} ({reason}); write the file again.")
