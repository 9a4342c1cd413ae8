"""The rows of one run's epochs in the store's database; each method belongs into a transaction."""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from math import isnan
from typing import Any

import numpy as np

from linreg.arrays import Vector
from linreg.history.epochs import Cell, Cells, Epochs, number
from linreg.history.extremes import Extremes, finite, joined, of_groups

_MOST_ROWS = 512
_Row = tuple[int, Cell, Cell, Cell]
"""The columns epoch, cost, cost_low, cost_high."""


class EpochRows:
    """What is kept of a run's epochs: multiples of a number, and the newest.

    A row that is forgotten leaves the extremes of its costs to the one before it; but one that was taken back does not.

    Parameters
    ----------
    run
        Its number.
    """

    def __init__(self, connection: sqlite3.Connection, run: int) -> None:
        self._connection, self._run = connection, run

    def all(self) -> list[Cells]:
        """Return them in order, as `Epochs.of_rows` takes them."""
        query = (
            "SELECT epoch, cost, excess_cost, learning_rate, parameters, cost_low, cost_high, held_out_cost "
            "FROM epochs WHERE run = ? ORDER BY epoch"
        )
        return self._connection.execute(query, (self._run,)).fetchall()

    def newest(self) -> tuple[int, Cell, Cell]:
        """Return the newest one's epoch, cost and excess cost; −1, None and None where there is none."""
        query = "SELECT epoch, cost, excess_cost FROM epochs WHERE run = ? ORDER BY epoch DESC LIMIT 1"
        row: tuple[int, Cell, Cell] | None = self._connection.execute(query, (self._run,)).fetchone()
        return row or (-1, None, None)

    def forget(self, epoch: int) -> None:
        """Forget the epochs from this one on; what is then the last row stands for its own epoch only."""
        query = "DELETE FROM epochs WHERE run = ? AND epoch >= ?"
        if self._connection.execute(query, (self._run, epoch)).rowcount:
            self._write([(self.newest()[0], None, None)])

    def thin(self, every: int, n_to_come: int) -> None:
        """Forget the epochs that are not multiples of `every`; but for the newest, unless there are others to come."""
        spared = -1 if n_to_come else self.newest()[0]
        odd, arguments = "run = ? AND epoch % ? != 0 AND epoch != ?", (self._run, every, spared)
        (first,) = self._connection.execute(f"SELECT min(epoch) FROM epochs WHERE {odd}", arguments).fetchone()
        if first is None:
            return
        rows = self._last_before(first) + self._with_ends("epoch >= ? ORDER BY epoch", first)
        epochs = np.array([row[0] for row in rows])
        starts = np.flatnonzero((epochs % every == 0) | (epochs == spared))
        low, high = of_groups(_ends(rows, 2), _ends(rows, 3), starts)
        reaching = np.flatnonzero(np.diff(starts, append=len(rows)) > 1)
        self._connection.execute(f"DELETE FROM epochs WHERE {odd}", arguments)
        self._write([(int(epochs[starts[each]]), float(low[each]), float(high[each])) for each in reaching])

    def add(self, epochs: Epochs, before: Extremes | None) -> None:
        """Write rows over those of the same epochs; the last one before them reaches to them."""
        if before is not None:
            for row in self._last_before(int(epochs.epoch[0])):
                own = float(_ends([row], 2)[0]), float(_ends([row], 3)[0])
                self._write([(row[0], *joined(own, before))])
        insert(self._connection, "epochs", epochs.rows(self._run))

    def _last_before(self, epoch: int) -> list[_Row]:
        """Return the last row before an epoch, if there is one."""
        return self._with_ends("epoch < ? ORDER BY epoch DESC LIMIT 1", epoch)

    def _with_ends(self, which: str, epoch: int) -> list[_Row]:
        query = f"SELECT epoch, cost, cost_low, cost_high FROM epochs WHERE run = ? AND {which}"
        return self._connection.execute(query, (self._run, epoch)).fetchall()

    def _write(self, rows: list[tuple[int, float | None, float | None]]) -> None:
        """Write the extremes that epochs have now; NaN, where no cost is finite, as none."""
        query = "UPDATE epochs SET cost_low = ?, cost_high = ? WHERE run = ? AND epoch = ?"
        ends = [(*(None if end is None or isnan(end) else end for end in ends), epoch) for epoch, *ends in rows]
        self._connection.executemany(query, [(low, high, self._run, epoch) for low, high, epoch in ends])


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows into a table, many with one statement.

    At each statement, and for each row of `executemany`, Python's lock is let go and asked for again: with a row at a
    time, a writer interrupts whoever computes as often as there are rows.
    """
    if not rows:
        return
    row = f"({', '.join('?' * len(rows[0]))})"
    most = max(1, min(_MOST_ROWS, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(rows[0])))
    for start in range(0, len(rows), most):
        block = rows[start : start + most]
        query = f"INSERT OR REPLACE INTO {table} VALUES {', '.join([row] * len(block))}"
        connection.execute(query, list(chain.from_iterable(block)))


def _ends(rows: list[_Row], column: int) -> Vector:
    """Return the extremes in a column, or where it has none the costs themselves."""
    return finite(np.array([number(row[1] if row[column] is None else row[column]) for row in rows], np.float64))
