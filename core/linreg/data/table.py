"""Rows of numbers from a file or many: named float64 columns, whole or in batches.

A source is opened first, when its columns are chosen and checked, and read afterwards, as often as needed: a mistyped
column name is found before the first gigabyte. What a cell may be is in ``columns.py``, how each format is read in
``formats/``.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.data.columns import Columns, choose
from linreg.data.diagnosis import display_name
from linreg.data.formats.datafile import WHOLE, DataFile, Share
from linreg.data.formats.opening import open_file
from linreg.data.row_file import RowFile, room_for_rows
from linreg.data.table_writer import write_columns
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError

__all__ = ["Source", "Table", "open_source", "write_columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows, in memory as far as there is room.

    Attributes
    ----------
    features, target
        The columns' names.
    X
        ``(n_samples, n_features)``, C-contiguous, finite.
    y
        ``(n_samples,)``, finite.
    n_dropped
        How many rows with a missing cell were left out.
    on_disk
        X and y were too large for memory and are mapped from a file; then they are not contiguous.
    """

    features: tuple[str, ...]
    target: str
    X: Matrix
    y: Vector
    n_dropped: int = 0
    on_disk: bool = False


class Source:
    """A file whose columns have been chosen and checked; its rows have not been read yet.

    Attributes
    ----------
    name
        The file's name, safe to show.
    features
        The columns to predict from.
    target
        The column to predict; None where only features are wanted.
    n_read, n_dropped
        How many rows the last pass has read so far, and how many with a missing cell it has left out.
    notices
        What the user must be told of the columns, a sentence each.
    part_rows
        How many rows it has read of each part of the data so far; 0 for a part outside the share.
    """

    def __init__(self, file: DataFile, columns: Columns, share: Share = WHOLE) -> None:
        self._file = file
        self._columns = columns
        self._share = share
        self.name = columns.file
        self.features = tuple(columns.names[index] for index in columns.features)
        self.target = None if columns.target is None else columns.names[columns.target]
        self.columns, self.notices = tuple(columns.names), columns.notices
        self.n_read = self.n_dropped = 0
        self.part_rows: list[int] = []

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read, from 0 to 1; None where its end is not in sight."""
        return self._file.fraction_read

    def batches(self) -> Iterator[tuple[Matrix, Vector]]:
        """Read the share's rows from the start, a bounded part in memory at a time, each batch with a row or more.

        Yields
        ------
        tuple
            X ``(n_rows, n_features)`` and y ``(n_rows,)``, finite, in the file's order and in any memory layout; y is
            empty where there is no target.

        Raises
        ------
        LinregError
            A row or a cell is at fault, there are no rows and this is the whole, or standard input is read a second
            time.
        """
        n_features = len(self.features)
        self.n_read, self.n_dropped, self.part_rows = 0, 0, []
        try:
            for values, n_dropped in self._file.values(self._columns, self._share):
                self.n_dropped += n_dropped
                self.n_read += len(values)
                self.part_rows.append(len(values))
                if len(values):
                    yield values[:, :n_features], values[:, n_features] if self.target is not None else np.empty(0)
        except LinregError as problem:
            problem.part = len(self.part_rows)
            raise
        if self._share == WHOLE:
            self.refuse_no_rows(self.n_read, self.n_dropped)

    def refuse_no_rows(self, n_samples: int, n_dropped: int) -> None:
        """Raise a LinregError if there are no rows in the whole table."""
        if not n_samples:
            why = f"all {n_dropped} rows have a missing cell" if n_dropped else "there are no rows"
            raise LinregError(f"{self.name}: {why}; give a table with a complete row or more.")

    def read(self, batches: Iterator[tuple[Matrix, Vector]] | None = None) -> Table:
        """Read all rows into memory, or where there is no room for them into a file that is mapped.

        They are taken from `batches`, where somebody watches those that this source gives.

        Raises
        ------
        LinregError
            As `batches` does.
        """
        if self.target is None:
            raise ValueError("a source without a target is read with batches()")
        n_columns = len(self.features) + 1
        parts: deque[tuple[Matrix, Vector]] = deque()
        room = room_for_rows() / 8 / n_columns
        with RowFile(n_columns) as file:
            for batch in self.batches() if batches is None else batches:
                parts.append(batch)
                if self.n_read > room:
                    while parts:
                        file.append(np.column_stack(parts.popleft()))
            if file.n_rows:
                rows = file.mapped()
                return Table(self.features, self.target, rows[:, :-1], rows[:, -1], self.n_dropped, on_disk=True)
        X, y = np.empty((self.n_read, n_columns - 1)), np.empty(self.n_read)
        end = 0
        while parts:  # each batch is freed once it is copied
            X_batch, y_batch = parts.popleft()
            start, end = end, end + len(y_batch)
            X[start:end], y[start:end] = X_batch, y_batch
        return Table(self.features, self.target, X, y, self.n_dropped)


def open_source(
    data: str,
    *,
    target: str | None = None,
    features: Sequence[str] = (),
    exclude: Sequence[str] = (),
    drop_missing: bool = False,
    with_target: bool = True,
    share: Share = WHOLE,
    dialect: TextDialect = PLAIN,
) -> Source:
    """Open a table and choose its columns.

    Parameters
    ----------
    data
        A file of a known extension, in any case; a pattern of such files; a folder of them, Hive-partitioned or not; or
        ``-`` for standard input.
    target, features
        By default the last column is predicted from all others.
    exclude
        Columns to leave out, before anything else is chosen.
    drop_missing
        Leave out rows with a missing cell (empty, NaN, NA or null); otherwise such a cell is an error.
    with_target
        Whether there is a target to read at all; without one all columns are features by default.
    share
        Which parts of the rows to read, where several processes read the same table.
    dialect
        What is said of how the table is written.

    Raises
    ------
    LinregError
        The file cannot be read or is not what its extension says, or a column is not there or cannot be used.
    """
    if data == "-" and share != WHOLE:
        raise LinregError("standard input can be read by one process only; save the data in a file.")
    file = open_file(data, dialect)
    columns = choose(
        display_name(data),
        file.names,
        target=target,
        features=features,
        exclude=exclude,
        drop_missing=drop_missing,
        with_target=with_target,
        remarks=file.remarks,
        dialect=dialect,
    )
    file.check(columns)
    return Source(file, columns, share)
