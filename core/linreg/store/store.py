"""The run store: what was trained, how it went and how it ended, for as long as anybody wants to know.

One SQLite database in the home, and a folder for each run beside it, for its checkpoints. Any number of processes use
it at once. Runs are ordered by number, as clocks go backwards, and told apart by an id that no two stores share, so
that a fresh store never finds the folders of an older one.
"""

import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import time
from typing import Any

from linreg.data.fingerprint import Fingerprint, rooted
from linreg.errors import LinregError
from linreg.files.nested import NestedError
from linreg.files.sealed import seal
from linreg.history.curves import CurvePiece
from linreg.history.epochs import Epochs, cell
from linreg.history.extremes import Extremes
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.checkpoint import sweep
from linreg.store.curve_rows import CurveRows
from linreg.store.database import transaction
from linreg.store.epoch_rows import EpochRows
from linreg.store.names import checked_name, default_name, free_name, is_id, named, new_id
from linreg.store.owner import Owner
from linreg.store.reader import FACTS, RunReader
from linreg.store.run import Run, text_of
from linreg.text import safe, shortened


class RunStore(RunReader):
    """The runs of a home; safe to use from several threads and processes.

    Any method raises `LinregError` where the store cannot be read or written, or where a word means no run. A word is
    an id or a name; for a method that changes nothing also the beginning of either, or ``latest``.

    Parameters
    ----------
    home
        A folder, as `linreg.files.home.open_home` returns it.

    Attributes
    ----------
    notice
        A sentence to tell the user about the store itself; empty where all is well.
    """

    def begin(
        self,
        recipe: Recipe,
        *,
        name: str | None = None,
        data: Fingerprint | None = None,
        versions: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        script: str = "",
    ) -> Run:
        """Enter a run of this process.

        Parameters
        ----------
        name
            That of the data, by default. Where a run has it, a number is added.
        facts
            Whatever else a reader will want to know of it, such as the engine and the device: nested values, with
            arrays among them; see `facts`.
        script
            Whose training loop is watched, if it is not ours.
        """
        wanted = default_name(recipe) if name is None else checked_name(name)
        about = (rooted(recipe).as_dict(), None if data is None else data.as_dict(), dict(versions or {}))
        sealed = None if facts is None else _sealed(facts)
        return self._entered(new_id(), wanted, time(), *map(text_of, about), sealed, script)

    def admit(self, run: Run) -> None:
        """Enter a run again that another store had, and that was damaged; its epochs and facts are lost."""
        about = (run.recipe.as_dict(), None if run.data is None else run.data.as_dict(), dict(run.versions))
        self._entered(run.id, run.name, run.started, *map(text_of, about), None, run.script)

    def _entered(self, run_id: str, name: str, started: float, *about: str | bytes | None) -> Run:
        owner = text_of(Owner.here().as_dict())
        with self._writing() as connection:
            taken = {row[0] for row in connection.execute("SELECT name FROM runs")}
            connection.execute(
                "INSERT OR IGNORE INTO runs (id, name, started, status, owner, recipe, data, versions, facts, script) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, free_name(name, taken), started, Phase.RUNNING.value, owner, *about),
            )
            return self.get(run_id)

    def append(
        self,
        word: str,
        epochs: Epochs | None = None,
        *,
        every: int = 1,
        from_epoch: int | None = None,
        before: Extremes | None = None,
        interventions: Collection[Intervention] | None = None,
    ) -> None:
        """Add epochs, all of them or none; one that is there is replaced.

        Parameters
        ----------
        every
            First forget the epochs that are not multiples of this, but for the newest.
        from_epoch
            First forget the epochs from this one on: they were taken back.
        before
            The extremes of the costs between the last epoch that is there and the first of these.
        interventions
            All of them, in place of those that are there.
        """
        with self._writing() as connection:
            run = self._own(word)
            kept = EpochRows(connection, run)
            try:
                if from_epoch is not None:
                    kept.forget(from_epoch)
                kept.thin(every, 0 if epochs is None else len(epochs))
            except (TypeError, ValueError, OverflowError):
                raise LinregError(f"the epochs of the run {shortened(word)} are damaged; delete it.") from None
            if epochs is not None and len(epochs):
                kept.add(epochs, before)
            if interventions is not None:
                connection.execute("DELETE FROM interventions WHERE run = ?", (run,))
                rows = [(run, change.epoch, cell(change.learning_rate)) for change in interventions]
                connection.executemany("INSERT OR REPLACE INTO interventions VALUES (?, ?, ?)", rows)
            query = "UPDATE runs SET every = ?, epoch = ?, cost = ?, excess_cost = ? WHERE number = ?"
            connection.execute(query, (every, *kept.newest(), run))

    def follow_curves(self, word: str, pieces: Iterable[CurvePiece]) -> None:
        """Enter what has changed of a run's curves, all of it or nothing."""
        with self._writing() as connection:
            CurveRows(connection, self._own(word)).follow(pieces)

    def finish(
        self,
        word: str,
        status: Phase,
        reason: str = "",
        result: Mapping[str, Any] | None = None,
        *,
        is_open: bool = False,
    ) -> None:
        """Enter how a run ended, in a word and in a phrase, and what it came to: `Result.as_dict`.

        Parameters
        ----------
        is_open
            Its process goes on, and may yet give it another end.
        """
        ended = None if is_open else time()
        with self._writing() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, reason = ?, ended = ?, result = ? WHERE number = ?",
                (status.value, reason, ended, text_of(result), self._own(word)),
            )

    def settle(self) -> None:
        """Have the disk itself hold all that was written, so that what is written next cannot outlive it."""
        with self._connected() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def describe(self, word: str, recipe: Recipe, facts: Mapping[str, Any]) -> None:
        """Enter another recipe and other facts, of a run that begins again from other parameters.

        Raises
        ------
        LinregError
            They cannot be kept.
        """
        recipe_text, sealed = text_of(rooted(recipe).as_dict()), _sealed(facts)
        with self._writing() as connection:
            query = "UPDATE runs SET recipe = ?, facts = ? WHERE number = ?"
            connection.execute(query, (recipe_text, sealed, self._own(word)))

    def claim(self, word: str, *, force: bool = False, epochs: int | None = None) -> Run:
        """Make a run that was left this process's own, to take it up again; what was half-written is removed.

        Parameters
        ----------
        force
            Take it even where its process may still be there, on another machine.
        epochs
            Its new last epoch; a run that has finished is taken up too where this is further than it was to go.

        Raises
        ------
        LinregError
            It has ended, or another process is at work on it.
        """
        with self._writing() as connection:
            run = self._run(self._row(connection, self._own(word)))
            name, owner = shortened(run.name), run.owner
            if run.script:
                raise LinregError(f"the run {name} is a script's own: run it again with linreg watch.")
            is_extended = run.status is Phase.FINISHED and epochs is not None and epochs > run.recipe.last_epoch
            if run.status.has_ended and not is_extended:
                more = "; --epochs takes it further" if run.status is Phase.FINISHED else ""
                raise LinregError(f"the run {name} has {run.status}: nothing of it is left to resume{more}.")
            if run.is_alive and owner != Owner.here():
                raise LinregError(f"the run {name} is still running, as process {owner.pid}; attach to it instead.")
            if run.is_alive is None and not force:
                raise LinregError(f"the run {name} may still be running on {safe(owner.host)}; stop it there first.")
            query = "UPDATE runs SET status = ?, reason = '', ended = NULL, owner = ?, recipe = ? WHERE number = ?"
            about = (Owner.here().as_dict(), run.recipe.changed(epochs=epochs).as_dict())
            connection.execute(query, (Phase.RUNNING.value, *map(text_of, about), run.number))
            sweep(self.folder(run))
            return self.get(run.id)

    def release(self, run: Run) -> None:
        """Put what `claim` has changed of a run back, as it was: it cannot be taken up after all."""
        with self._writing() as connection:
            query = "UPDATE runs SET status = ?, reason = ?, ended = ?, owner = ?, recipe = ? WHERE number = ?"
            about = (text_of(run.owner.as_dict()), text_of(run.recipe.as_dict()))
            ended = time() if run.ended is None else run.ended
            connection.execute(query, (run.status.value, run.reason, ended, *about, self._own(run.id)))

    def rename(self, word: str, name: str) -> Run:
        """Call a run something else, that no other is called."""
        name = checked_name(name)
        with self._writing() as connection:
            number = self._own(word)
            if connection.execute("SELECT 1 FROM runs WHERE name = ? AND number != ?", (name, number)).fetchone():
                raise LinregError(f"there is a run {shortened(name)} already; choose another name.")
            connection.execute("UPDATE runs SET name = ? WHERE number = ?", (name, number))
            return self.get(name)

    def delete(self, word: str, *, force: bool = False) -> None:
        """Forget a run, and remove its checkpoints and nothing else; not while a process is at work on it.

        Parameters
        ----------
        force
            Delete it even where its process may still be there, on another machine.
        """
        with self._writing() as connection:
            number = self._own(word)
            row = self._row(connection, number)
            for run in self._if_whole(row):
                if run.is_alive or (run.is_alive is None and not force):
                    raise LinregError(f"the run {shortened(run.name)} is still running; stop it before you delete it.")
            connection.execute("DELETE FROM runs WHERE number = ?", (number,))
        with self._connected() as connection:
            connection.executescript("PRAGMA incremental_vacuum")  # which `execute` leaves after the first page
        runs = self.home / "runs"
        if is_id(row[1]) and not runs.is_symlink():  # nothing that an altered store may name beside its own folders
            shutil.rmtree(runs / row[1], ignore_errors=True)

    def sweep(self) -> int:
        """Remove what killed processes left half-written; return how many files that were."""
        return sum(sweep(self.folder(run)) for run in self.runs() if run.is_alive is False)

    def _own(self, word: str) -> int:
        """Return the number of the run that a whole name or id is that of: what is changed is not guessed."""
        return named(word, self._words())

    def _if_whole(self, row: tuple[Any, ...]) -> Iterator[Run]:
        with suppress(LinregError):
            yield self._run(row)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self.is_for_reading:
            raise LinregError(f"the run store in {safe(str(self.home))} can only be read: no permission to write.")
        with self._connected() as connection, transaction(connection):
            yield connection


def _sealed(facts: Mapping[str, Any]) -> bytes:
    try:
        return seal(FACTS, dict(facts))
    except NestedError as problem:
        raise LinregError(f"this run cannot be recorded: {safe(str(problem))}.") from None
