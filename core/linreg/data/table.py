"""Rows of numbers from a file or many: named float64 columns, whole or in batches.

A source is opened first, when its columns are chosen and checked, and read afterwards, as often as needed: a mistyped
column name is found before the first gigabyte. What a cell may be is in ``cells.py``, how each format is read in
``formats/``.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from linreg.arrays import Batch, Matrix, Vector, WeightedBatch
from linreg.data.categories import Seen, category_of, chosen, knowing, learning, names_of, recoded, spread
from linreg.data.choice import choose
from linreg.data.columns import Columns, Values
from linreg.data.diagnosis import display_name
from linreg.data.formats.datafile import WHOLE, DataFile, Share
from linreg.data.formats.many_files import ManyFiles
from linreg.data.formats.opening import open_file
from linreg.data.levels import Category
from linreg.data.row_file import RowFile, room_for_rows
from linreg.data.table_writer import write_columns
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened

Gather = Callable[[dict[int, set[str]]], list[dict[int, set[str]]]]
"""Brings the levels of each column that every process has met to all of them."""

__all__ = ["Source", "Table", "open_source", "write_columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows, in memory as far as there is room.

    Attributes
    ----------
    features, target
        The columns' names.
    X
        ``(n_samples, n_features)``, C-contiguous, finite; float32 where it was given so to be trained on.
    y
        ``(n_samples,)``, finite.
    n_dropped
        How many rows with a missing cell were left out.
    on_disk
        X and y were too large for memory and are mapped from a file; then they are not contiguous.
    categories
        The columns of categories that some of the features stand for.
    weights
        ``(n_samples,)``, what each row counts, none below 0; None where all count alike.
    """

    features: tuple[str, ...]
    target: str
    X: Matrix
    y: Vector
    n_dropped: int = 0
    on_disk: bool = False
    categories: tuple[Category, ...] = ()
    weights: Vector | None = None


class Source:
    """A file whose columns have been chosen and checked; its rows have not been read yet.

    Attributes
    ----------
    name
        The file's name, safe to show.
    features
        The columns to predict from; those of zeros and ones in the place of a category's.
    categories
        The columns of categories, by their places in the file.
    target
        The column to predict; None where only features are wanted.
    n_read, n_dropped, n_taken
        How many rows the last pass has handed on so far, how many with a missing cell it has left out, and how many it
        was told to keep back.
    notices
        What the user must be told of the columns, a sentence each.
    part_rows
        How many rows it has read of each part of the data so far; 0 for a part outside the share.
    """

    def __init__(
        self,
        file: DataFile,
        columns: Columns,
        share: Share = WHOLE,
        *,
        is_stream: bool = False,
    ) -> None:
        self._file = file
        self._columns = columns
        self._share = share
        self._is_stream = is_stream
        self._kept: list[tuple[Values, int]] | None = None
        self._rest: Callable[[Batch], Batch] | None = None
        self.name = columns.file
        self.target = None if columns.target is None else columns.names[columns.target]
        self.columns, self.notices = tuple(columns.names), columns.notices
        self.n_read = self.n_dropped = self.n_taken = 0
        self.part_rows: list[int] = []
        self._settle({})

    def _settle(self, categories: Mapping[int, Category]) -> None:
        self.categories = dict(categories)
        self.features = names_of(self._columns, self.categories)

    def of_model(self) -> "Source":
        """Speak of no option that chooses other columns, or drops rows: a saved model decides both."""
        self._columns = replace(self._columns, of_model=True)
        return self

    def take_levels(self, wanted: Mapping[int, str | None], known: Mapping[int, Category], gather: Gather) -> "Source":
        """Take columns for categories, by their places: those whose levels are known, and those that are read for them.

        Raises
        ------
        LinregError
            The file cannot be read, a cell or a row is at fault, or a column is no category.
        """
        self._file.check(learning(self._columns, [*wanted, *known], alone=False))
        if wanted:
            self._learn_levels(wanted, gather)
        elif known:
            self._settle(known)
            self._columns = knowing(self._columns, known)
        return self

    def _learn_levels(self, wanted: Mapping[int, str | None], gather: Gather) -> None:
        """Read the columns that are categories, with the references that were named, for their levels.

        `gather` brings those that every process has met to all of them. What can be read only once is kept.
        """
        is_alone = not (self._columns.drop_missing or self._is_stream or isinstance(self._file, ManyFiles))
        columns, kept = learning(self._columns, wanted, alone=is_alone), []
        seen, n_all_dropped = Seen(columns), 0
        for values, n_dropped in self._file.values(columns, self._share):
            seen.add(values)
            n_all_dropped += n_dropped
            if self._is_stream:
                kept.append((values, n_dropped))
        met = gather(seen.texts())
        levels = {index: set().union(*(each[index] for each in met)) for index in wanted}
        self.refuse_no_rows(min(map(len, levels.values())), n_all_dropped)
        self._settle({index: category_of(columns, index, levels[index], wanted[index]) for index in wanted})
        self._columns = knowing(self._columns, self.categories, drops_others=self._columns.drop_missing)
        self._kept = [(recoded(columns, self.categories, values), n) for values, n in kept] if kept else None

    def _values(self) -> Iterator[tuple[Values, int]]:
        """Read the share's rows, a category's cells as the numbers of their levels."""
        if self._kept is None:
            return self._file.values(self._columns, self._share)
        return iter(self._kept)

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read, from 0 to 1; None where its end is not in sight."""
        return self._file.fraction_read

    def hand_on(self, rest: Callable[[Batch], Batch]) -> None:
        """Hand on no more than what `rest` leaves of every batch, in one pass."""
        self._rest = rest

    def batches(self) -> Iterator[Batch]:
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
        n_features, categories = len(self.features), self.categories
        self.n_read = self.n_dropped = self.n_taken = 0
        self.part_rows = []
        try:
            for read, n_dropped in self._values():
                values = spread(self._columns, categories, read) if categories else read
                self.n_dropped += n_dropped
                self.part_rows.append(len(values))
                if not len(values):
                    continue
                X, y = values[:, :n_features], values[:, n_features] if self.target is not None else np.empty(0)
                batch = (X, y) if self._columns.weights is None else self._weighted(X, y, values[:, -1])
                batch = batch if self._rest is None else self._rest(batch)
                self.n_read += len(batch[0])
                self.n_taken += len(values) - len(batch[0])
                if len(batch[0]):
                    yield batch
        except LinregError as problem:
            problem.part = len(self.part_rows)
            raise
        if self._share == WHOLE:
            self.refuse_no_rows(self.n_read, self.n_dropped)

    def _weighted(self, X: Matrix, y: Vector, weights: Vector) -> Batch:
        if (weights < 0).any():
            name, least = self.columns[self._columns.weights or 0], weights.min()
            raise LinregError(
                f"{self.name}: column {shortened(name)!r} has a weight below 0, {least:g}; no row counts less than "
                "nothing: correct it."
            )
        return WeightedBatch.of(X, y, weights)

    def refuse_no_rows(self, n_samples: int, n_dropped: int) -> None:
        """Raise a LinregError if there are no rows in the whole table, or none that counts."""
        if not n_samples and self.n_read and self._columns.weights is not None:
            column = repr(shortened(self.columns[self._columns.weights]))
            raise LinregError(f"{self.name}: every row has a weight of 0 in column {column}; give one that counts.")
        if not n_samples and self.n_taken:
            raise LinregError(
                f"{self.name}: no row is left to train on beside {self.n_taken:,} held out; hold out less."
            )
        if not n_samples:
            why = f"all {n_dropped} rows have a missing cell" if n_dropped else "there are no rows"
            out = ", or leave out a column that is empty with --exclude" if n_dropped else ""
            raise LinregError(f"{self.name}: {why}; give a table with a complete row or more{out}.")

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
        n_columns, categories = len(self.features) + 1, tuple(self.categories.values())
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
                X, y = rows[:, :-1], rows[:, -1]
                return Table(self.features, self.target, X, y, self.n_dropped, on_disk=True, categories=categories)
        X, y = np.empty((self.n_read, n_columns - 1)), np.empty(self.n_read)
        end = 0
        while parts:  # each batch is freed once it is copied
            X_batch, y_batch = parts.popleft()
            start, end = end, end + len(y_batch)
            X[start:end], y[start:end] = X_batch, y_batch
        return Table(self.features, self.target, X, y, self.n_dropped, categories=categories)


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
    weights: str | None = None,
    folds: str | None = None,
    categorical: Sequence[str] = (),
    categories: Sequence[Category] = (),
    gather: Gather = lambda levels: [levels],
) -> Source:
    """Open a table and choose its columns.

    Parameters
    ----------
    data
        A file of a known extension, in any case; a pattern or a folder of them, partitioned or not; or ``-``.
    target, features, exclude
        By default the last column is predicted from all others; those excluded are left out before that.
    drop_missing
        Leave out rows with a missing cell (empty, NaN, NA or null); otherwise such a cell is an error.
    with_target
        Whether there is a target to read; without one all columns are features by default.
    share, gather
        Which parts of the rows to read where processes share them; what brings the levels that each has met to all.
    dialect
        What is said of how the table is written.
    weights, folds
        The columns of what each row counts and of the fold that it is in, which is read as a category behind the rest.
    categorical, categories
        ``COL`` or ``COL:REFERENCE``: features whose texts or numbers are levels; or the same with the only known ones.

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
        weights=weights,
        folds=folds,
    )
    known = {columns.names.index(each.column): each for each in categories}
    return Source(file, columns, share, is_stream=data == "-").take_levels(chosen(columns, categorical), known, gather)
