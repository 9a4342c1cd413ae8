"""Every run of the store, again and again: of thousands only those are made anew that have changed.

A screen reads the list every second. To read the rows is quick; to make runs of them takes twenty times as long.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from linreg.errors import LinregError
from linreg.store.run import COLUMNS, Run, run_of

_RUNS = f"SELECT {', '.join(COLUMNS.split())} FROM runs ORDER BY number DESC"
_CHANGES = "SELECT run, epoch, learning_rate FROM interventions ORDER BY run, epoch"

_Rows = tuple[Sequence[Any], Sequence[tuple[int, Any]]]
"""A run's row, and those of its interventions."""


class Listing:
    """The runs as they were last read; whoever calls it keeps other threads from the connection meanwhile."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[_Rows, Run]] = {}

    def runs(self, connection: sqlite3.Connection) -> list[Run]:
        """Return all runs, the newest first; one whose row is damaged is passed over.

        A run that stands as it did the last time is the same object. Whether a process is still there is looked at
        every time.
        """
        rows, changes = connection.execute(_RUNS).fetchall(), dict[int, list[tuple[int, Any]]]()
        for number, *change in connection.execute(_CHANGES):
            changes.setdefault(number, []).append((change[0], change[1]))
        known: dict[int, tuple[_Rows, Run]] = {}
        for row in rows:
            with suppress(LinregError):
                known[row[0]] = self._made(row[0], (row, changes.get(row[0], ())))
        self._known = known
        return [run for _, run in known.values()]

    def _made(self, number: int, rows: _Rows) -> tuple[_Rows, Run]:
        before = self._known.get(number)
        if before is not None and before[0] == rows and before[1].is_alive is False:  # what has ended stays so
            return before
        return rows, run_of(*rows)
