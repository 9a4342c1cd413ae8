"""Parquet and Arrow files: typed columns, read by polars in slices of rows.

A slice decodes little more than itself, also inside a row group of millions of rows, so that memory is bounded and the
plain in-memory engine will do. The exception is Arrow's record batch, which is decoded whole, and a file of Arrow's
stream format, which is read whole. Polars gets an open file: of a path it would expand ``*`` and ``[``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO

import polars as pl

from linreg.columns import Columns, Place, Values, checked_names
from linreg.diagnosis import cannot_read, display_name, mislabelled
from linreg.errors import LinregError
from linreg.formats.datafile import WHOLE, Share, nothing
from linreg.safe import shortened

SLICE_BYTES = 8 << 20
DEALT_BYTES = 128 << 20
"""A slice is decoded from the start of its row group: few large ones decode less twice."""
FEWEST_ROWS = 8192
_MAGIC = {"Parquet": (b"PAR1",), "Arrow": (b"ARROW1", b"\xff\xff\xff\xff")}


class ColumnarFile:
    """A Parquet or Arrow file whose rows have not been read yet; `kind` is the one or the other."""

    def __init__(self, data: str, kind: str) -> None:
        self._data = data
        self._kind = kind
        self._name = display_name(data)
        self.fraction_read = 0.0
        with self._open() as file:
            head = file.read(512)
            if not head:
                raise LinregError(f"{self._name}: the file is empty; give a table with a row or more.")
            if not head.startswith(_MAGIC[kind]):
                raise mislabelled(self._name, head, f"{kind} data")
            with self._explained():
                self._schema = self._scan(file).collect_schema()
        self.names = checked_names(self._name, self._schema.names())

    def check(self, columns: Columns) -> None:
        """Refuse a chosen column that does not hold numbers."""
        types = self._schema.dtypes()
        for column in columns.used:
            if not types[column].is_numeric():
                what = f"its type is {shortened(str(types[column]))}, which is not a number's"
                raise columns.complaint("", column, what)

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows in slices: finite numbers ``(n_rows, n_used)``, and how many rows were dropped.

        Raises
        ------
        LinregError
            A cell is missing or not finite, or the file is damaged.
        """
        whole = share.n_ranks == 1
        most = max(FEWEST_ROWS, (SLICE_BYTES if whole else DEALT_BYTES) // (8 * len(columns.used)))
        with self._open() as file:
            with self._explained():
                table = self._scan(file)
                n_rows = table.select(pl.len()).collect(engine="in-memory").item()
                chosen = table.select(pl.nth(*columns.used).cast(pl.Float64))
            slices = self._ahead(chosen, most) if whole else self._dealt(chosen, n_rows, most, share)
            for start, frame in slices:
                self.fraction_read = min(1.0, (start + (most if frame is None else len(frame))) / n_rows)
                if frame is None:
                    yield nothing(columns)
                    continue

                def place(row: int, position: int, start: int = start, frame: pl.DataFrame = frame) -> Place:
                    value = frame.item(row, position)
                    return f"row {start + row + 1}", "" if value is None else str(value)

                yield columns.settled(frame.to_numpy(), place)

    def _ahead(self, rows: pl.LazyFrame, size: int) -> Iterator[tuple[int, pl.DataFrame]]:
        """Read all rows: polars decodes every page once, on threads of its own, ahead of whoever uses them."""
        start = 0
        with self._explained():
            frames = iter(rows.collect_batches(maintain_order=True, chunk_size=size))
        while True:
            with self._explained():
                frame = next(frames, None)
            if frame is None:
                return
            yield start, frame
            start += len(frame)

    def _dealt(
        self, rows: pl.LazyFrame, n_rows: int, most: int, share: Share
    ) -> Iterator[tuple[int, pl.DataFrame | None]]:
        """Read the share's slices; None stands for one that another process reads."""
        size = share.part_size(n_rows, most, FEWEST_ROWS)
        for part, start in enumerate(range(0, n_rows, size)):
            if not share.takes(part):
                yield start, None
                continue
            with self._explained():
                frame = rows.slice(start, size).collect(engine="in-memory")
            yield start, frame

    @contextmanager
    def _open(self) -> Iterator[FileIO]:
        try:
            with open(self._data, "rb", buffering=0) as file:  # polars reads on where the descriptor is
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
            yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as problem:
            reason = shortened(str(problem).partition("\n")[0], 100).rstrip(".")
            raise LinregError(
                f"{self._name}: cannot be read as {self._kind} ({reason}); write the file again."
            ) from None
