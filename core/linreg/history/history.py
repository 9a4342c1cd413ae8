"""Any number of epochs in bounded memory, none of whose extremes is lost.

Two rooms: buckets of consecutive epochs with their extremes, for charts, and some epochs exactly, for tables.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.history.buckets import Buckets, Summary
from linreg.history.columns import Columns, Quantity
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs, Row
from linreg.history.increment import Held, Increment, Shape
from linreg.history.rows import KeptRows, Segment
from linreg.history.series import Series
from linreg.trace import Trace

MOST_NUMBERS, MOST_BUCKETS, FEWEST_BUCKETS = 2**22, 4096, 256


class History:
    """The epochs of a run; one thread adds, any thread reads.

    Parameters
    ----------
    n_parameters
        Of each epoch.
    every
        Exact rows are shown of every `every`-th epoch, and of the latest ones. Twice as far apart when too many.
    kept_every
        Of so many epochs a row is kept, as far as there is room: what divides `every`, by default itself.
    curves
        What else is measured on the way, and kept with them.
    """

    def __init__(
        self, n_parameters: int, every: int = 1, curves: Curves | None = None, *, kept_every: int | None = None
    ) -> None:
        self.curves = Curves() if curves is None else curves
        self._every, self._kept_every, self._n_cuts = every, kept_every, 0
        self._make_room(Columns(n_parameters))

    def _make_room(self, columns: Columns) -> None:
        self._columns, n_columns = columns, len(columns)
        n_buckets = int(np.clip(MOST_NUMBERS // (5 * n_columns), FEWEST_BUCKETS, MOST_BUCKETS))
        self._buckets, self._rows = Buckets(n_columns, n_buckets), KeptRows(n_columns, self._every, self._kept_every)

    @classmethod
    def of_epochs(
        cls,
        epochs: Epochs,
        n_parameters: int,
        every: int = 1,
        until: int | None = None,
        *,
        kept_every: int | None = None,
    ) -> Self:
        """Return the history of a run of which some epochs have been kept, up to the last of those; it can go on there.

        Every row that has been kept is here exactly. Buckets that hold no more than one epoch are as they were; a wider
        one has the extremes, the mean and the final value of those in it that have been kept, and NaN if none has. The
        extremes of the cost are those of all epochs, as far as the store has been told them.

        Parameters
        ----------
        until
            Leave out the epochs after this one.

        Raises
        ------
        ValueError
            They have not so many parameters, or are out of order.
        """
        kept = epochs if until is None else epochs.before(until + 1)
        history = cls(n_parameters, every, kept_every=kept_every)
        if not len(kept):
            return history
        if kept.parameters.shape[1] != n_parameters:
            raise ValueError(f"{kept.parameters.shape[1]} parameters instead of {n_parameters}")
        if kept.epoch[0] < 0 or (np.diff(kept.epoch) <= 0).any():
            raise ValueError("the epochs are out of order")
        history._refill(kept)
        return history

    def _refill(self, kept: Epochs) -> None:
        self._make_room(Columns.known_to(self._columns.n_parameters, kept))
        values = self._columns.values(kept)
        self._rows.refill(kept.epoch, values, kept.learning_rate)
        rows = Summary.of(values[:, np.newaxis]).copy()
        rows.low[:, 0], rows.high[:, 0] = kept.extremes
        self._buckets.refill(kept.epoch, rows, int(kept.epoch[-1]) + 1)

    @property
    def last_epoch(self) -> int:
        """The last epoch that was added; −1 before the first."""
        return self._buckets.n_epochs - 1

    @property
    def is_coarse(self) -> bool:
        """Whether a bucket holds more than one epoch."""
        return self._buckets.width > 1

    def add(self, trace: Trace) -> None:
        """Add the epochs that follow `last_epoch`; those already here are skipped, but count as the latest again.

        Raises
        ------
        ValueError
            Epochs between would be missing.
        """
        if not len(trace):
            return
        n_epochs = self._buckets.n_epochs
        if trace.first_epoch > n_epochs:
            raise ValueError(f"epoch {n_epochs} is to come, not {trace.first_epoch}")
        if n_epochs == 0 and (known := Columns.known_to(self._columns.n_parameters, trace)) != self._columns:
            self._make_room(known)
        segment = Segment(trace.first_epoch, trace.rates, self._columns.values(trace))
        n_known = n_epochs - trace.first_epoch
        if n_known > 0:
            self._rows.pass_by(segment.between(0, n_epochs))
        if n_known < len(trace):
            fresh = segment.between(n_epochs, segment.end)
            self._rows.add(fresh)
            self._buckets.add(fresh.values)

    def cut(self, epoch: int) -> int:
        """Forget all epochs after `epoch`, and return the first that must now be added (again): at most `epoch` + 1."""
        n_epochs = self._buckets.cut(max(0, epoch + 1))
        self._rows.cut(n_epochs)
        self._n_cuts += 1
        return n_epochs

    def series(self, quantity: Quantity, n_buckets: int, until: int | None = None) -> Series:
        """Return one quantity from the first epoch to `until` in at most `n_buckets` buckets of equal width.

        "cost", "excess" (the cost above its minimum), "held_out" (that of the rows held out), each NaN where it is not
        known, or the index of a parameter as trained. Where the epochs are no more than the buckets, each has its own.

        The last bucket may end early. If `until` lies inside a bucket whose epochs are no longer kept one by one, its
        extremes are those of all its epochs, and its final value is NaN unless that epoch is still known.
        """
        n_epochs = self._buckets.n_epochs if until is None else max(0, until + 1)
        column = self._columns.index(quantity)
        summary, width, n_epochs = self._buckets.column(max(0, column), n_epochs)
        if column < 0:
            summary = Summary.of(np.full((len(summary), 1, 1), np.nan)) if len(summary) else summary
        elif n_epochs % width and n_epochs <= self.last_epoch:
            summary = self._ended_early(summary, column, n_epochs - n_epochs % width, n_epochs)
        group = max(1, -(-len(summary) // max(1, n_buckets)))
        if group > 1:
            summary = summary.merged(np.arange(0, len(summary), group))
        first = np.arange(len(summary), dtype=np.int64) * (group * width)
        last = np.minimum(first + group * width, n_epochs) - 1
        low, high, mean, final = (each[:, 0] for each in (summary.low, summary.high, summary.mean, summary.final))
        return Series(first, last, low, high, mean, final, summary.count[:, 0] < last - first + 1)

    def _ended_early(self, summary: Summary, column: int, start: int, end: int) -> Summary:
        """Let the last bucket, from epoch `start` on, end before epoch `end`."""
        latest = self._rows.latest(start, end)
        if latest is not None:
            last = Summary.of(latest[np.newaxis, :, column, np.newaxis])
        else:
            row, last = self._rows.find(end - 1), summary.part(slice(-1, None))
            last.final[:] = np.nan if row is None else row.values[:, column]
        return summary.part(slice(-1)).joined(last)

    def rows(self, n_rows: int, until: int | None = None) -> list[Row]:
        """Return at most `n_rows` exact rows, in order: the newest of each `every` epochs, and `until`.

        That is the first of each that has been kept: of epochs that were added, the multiples.
        """
        until = self.last_epoch if until is None else min(until, self.last_epoch)
        return (
            [self._columns.row(each) for each in self._rows.newest(n_rows, until)] if until >= 0 and n_rows > 0 else []
        )

    def consecutive(self, first: int, end: int) -> Matrix | None:
        """Return the parameters after each epoch from `first` until before `end`; None unless all of them are kept."""
        values = self._rows.consecutive(first, end)
        return None if values is None else values[:, 1 : 1 + self._columns.n_parameters]

    def kept_rows(self, until: int | None = None) -> list[Row]:
        """Return every row that has been kept up to `until`, in order; there may be tens of thousands."""
        last = self.last_epoch if until is None else min(until, self.last_epoch)
        return [self._columns.row(each) for each in self._rows.all(last)]

    def learning_rates(self, until: int, most: int) -> tuple[NDArray[np.int64], Vector]:
        """Return at most about `most` of the epochs up to `until` that are kept, ``(n,)`` in order, and their rates."""
        return self._rows.rates(until, most)

    def row(self, epoch: int) -> Row | None:
        """Return one epoch exactly, if it has been kept."""
        found = self._rows.find(epoch)
        return None if found is None else self._columns.row(found)

    def row_after(self, epoch: int) -> Row | None:
        """Return the first epoch after this one that has been kept exactly."""
        found = self._rows.find_after(epoch)
        return None if found is None else self._columns.row(found)

    def since(self, held: Held, *, most: int, latest: int, until: int | None = None) -> Increment:
        """Return what a copy lacks that holds `held`, from any thread; what the worker does meanwhile is noticed.

        Parameters
        ----------
        most
            Numbers in any of its arrays.
        latest
            Numbers among the latest epochs.
        until
            Of the latest epochs, send those up to this one only; they need not be all. None: all of them.
        """
        while True:
            shape = self._shape
            starts_over = held.shape != shape
            increment = self._piece(shape, Held() if starts_over else held, starts_over, most, latest, until)
            if self._shape == shape:
                return increment

    @property
    def _shape(self) -> Shape:
        known = self._columns.has_excess, self._columns.has_held_out
        return Shape(*known, self._n_cuts, self._buckets.width, self._rows.every, self._rows.kept_every)

    def _piece(
        self, shape: Shape, held: Held, starts_over: bool, most: int, most_latest: int, until: int | None
    ) -> Increment:
        n_columns = len(self._columns)
        first_bucket = held.n_epochs // shape.width
        buckets, n_epochs, all_buckets = self._buckets.part(first_bucket, max(1, most // (5 * n_columns)))
        row_epochs, rows, rates, all_rows = self._rows.part(held.n_rows, max(1, most // n_columns))
        latest, passed, all_passed = self._rows.passed(held.latest, max(1, most_latest // n_columns), until)
        is_last = all_buckets and all_rows and (all_passed or until is not None)
        return Increment(
            shape,
            starts_over,
            first_bucket,
            buckets,
            n_epochs,
            held.n_rows,
            row_epochs,
            rows,
            rates,
            latest,
            passed,
            is_last,
            *self.curves.since(held.curves),
        )

    def follow(self, increment: Increment) -> None:
        """Become as another history is, piece by piece; one that starts over belongs into an empty history."""
        shape = increment.shape
        self.curves.follow(increment.curves)
        columns = Columns(self._columns.n_parameters, shape.knows_excess, shape.knows_held_out)
        if columns != self._columns:
            self._make_room(columns)
        self._n_cuts = shape.n_cuts
        rows = increment.row_epochs, increment.rows, increment.rates
        every = shape.every, shape.kept_every
        self._rows.follow(every, increment.first_row, rows, increment.latest, increment.passed)
        self._buckets.follow(increment.first_bucket, increment.buckets, shape.width, increment.n_epochs)
