"""Reading the run store: which runs there are, how each of them went, and what is kept of its epochs."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Self

from linreg.errors import LinregError
from linreg.files.home import is_for_reading
from linreg.files.sealed import SealError, unseal
from linreg.history.curves import Curve
from linreg.history.epochs import Epochs
from linreg.phase import Phase
from linreg.store.curve_rows import CurveRows
from linreg.store.database import DamagedError, failures_told, open_copy, open_database, snapshot
from linreg.store.epoch_rows import EpochRows
from linreg.store.listing import Listing
from linreg.store.names import meant, named
from linreg.store.run import COLUMNS, Order, Run, ordered, run_of
from linreg.store.schema import APPLICATION, STEPS
from linreg.text import safe, shortened

FILE, FACTS = "runs.sqlite", "linreg facts 1"
_WHAT = "the run store"
_COLUMNS = ", ".join(COLUMNS.split())


class RunReader:
    """The half of `linreg.store.store.RunStore` that changes nothing.

    Attributes
    ----------
    notice
        A sentence to tell the user about the store itself; empty where all is well.
    is_for_reading
        Whether the home cannot be written to: then the store is as it was when it was opened, and stays so.
    """

    def __init__(self, home: Path) -> None:
        self.is_for_reading = is_for_reading(home)
        self.home, self._path, self._lock, self._listing = home, home / FILE, RLock(), Listing()
        self._connection, self.notice = self._opened()

    def _opened(self) -> tuple[sqlite3.Connection, str]:
        if self.is_for_reading:
            opened = open_copy(self._path, STEPS, APPLICATION, _WHAT)
        else:
            opened = open_database(self._path, STEPS, APPLICATION, _WHAT)
        return opened.connection, opened.notice

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def folder(self, run: Run) -> Path:
        """Name the folder of a run's checkpoints; it is there once something is in it."""
        return self.home / "runs" / run.id

    def runs(self, *, containing: str = "", status: Collection[Phase] = (), order: Order = "newest") -> tuple[Run, ...]:
        """List the runs; one whose row is damaged is passed over.

        Parameters
        ----------
        containing
            Only those with this in their name, status, data or optimizer, in any case.
        status
            Only those that stand so; any by default.
        """
        with self._reading() as connection:
            runs = self._listing.runs(connection)
        chosen = [run for run in runs if run.contains(containing) and (not status or run.status in status)]
        return ordered(chosen, order)

    def get(self, word: str) -> Run:
        """Return one run."""
        with self._reading() as connection:
            return self._run(self._row(connection, self._number(word)))

    def called(self, word: str) -> tuple[str, str]:
        """Return the id and the name of the run that has this whole name or id, to change it: nothing is guessed."""
        with self._reading():
            number = named(word, words := self._words())
        return next((run_id, name) for each, run_id, name in words if each == number)

    def epochs(self, word: str) -> Epochs:
        """Return the epochs that are kept of a run."""
        with self._reading() as connection:
            rows = EpochRows(connection, self._number(word)).all()
        try:
            return Epochs.of_rows(rows)
        except (TypeError, ValueError, OverflowError):
            raise LinregError(f"the epochs of the run {shortened(word)} are damaged; delete it.") from None

    def curves(self, word: str) -> tuple[Curve, ...]:
        """Return what else was measured on the way of a run."""
        with self._reading() as connection:
            rows = CurveRows(connection, self._number(word))
            try:
                return rows.all()
            except (TypeError, ValueError, OverflowError):
                raise LinregError(f"the curves of the run {shortened(word)} are damaged; delete it.") from None

    def facts(self, word: str) -> dict[str, Any] | None:
        """Return what `begin` was given beside the rest, exactly; None where that was nothing."""
        with self._reading() as connection:
            query = "SELECT facts FROM runs WHERE number = ?"
            content = connection.execute(query, (self._number(word),)).fetchone()[0]
        try:
            return None if content is None else dict(unseal(FACTS, content))
        except (SealError, TypeError, ValueError) as problem:
            raise LinregError(f"what is known of the run {shortened(word)} is damaged: {safe(str(problem))}.") from None

    def _number(self, word: str) -> int:
        return meant(word, self._words())

    def _words(self) -> list[tuple[Any, ...]]:
        """Return the number, id and name of each run: the last two as text, whatever an altered store has there."""
        found = self._connection.execute("SELECT number, id, name FROM runs").fetchall()
        return [
            (number, *(text if isinstance(text, str) else repr(text) for text in words)) for number, *words in found
        ]

    def _row(self, connection: sqlite3.Connection, number: int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE number = ?", (number,)).fetchone()
        return row

    def _run(self, row: tuple[Any, ...]) -> Run:
        query = "SELECT epoch, learning_rate FROM interventions WHERE run = ? ORDER BY epoch"
        return run_of(row, self._connection.execute(query, (row[0],)).fetchall())

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Hand out the store as it is at this moment: who writes to it meanwhile changes nothing of what is read."""
        with self._connected() as connection, snapshot(connection):
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with failures_told(self._path, _WHAT):
                    yield self._connection
            except DamagedError as damage:  # it has another name now
                self.close()
                self._connection, _ = self._opened()
                self.notice = str(damage)
                raise
