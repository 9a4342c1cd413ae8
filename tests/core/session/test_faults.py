"""A store that cannot be written in mid-run: once the run is taken up, its record is that of an undisturbed one."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from linreg.cli.training import unwatched
from linreg.data import bundled
from linreg.live.checkpoint import Checkpoint
from linreg.recipe import Recipe
from linreg.session.resume import ResumedStart, ResumeOptions
from linreg.session.start import RecordedStart, StartedRun, StartOptions
from linreg.store import checkpoint, database, recording, writer
from linreg.store.store import RunStore
from patience import PATIENCE

FAULTS = {
    errno.ENOSPC: (sqlite3.SQLITE_FULL, "database or disk is full"),
    errno.EIO: (sqlite3.SQLITE_IOERR, "disk I/O error"),
    errno.EFBIG: (sqlite3.SQLITE_IOERR, "disk I/O error"),
    errno.EDQUOT: (sqlite3.SQLITE_IOERR, "disk I/O error"),
    errno.EBUSY: (sqlite3.SQLITE_BUSY, "database is locked"),
}
"""What SQLite makes of each."""
OPTIONS = StartOptions(speed=inf, is_playing=False)
LAST, BLOCK = 60, 10


class Disk:
    """Writes from the `first` on and before the `end` fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number, self.first, self.end, self.n_writes, self.n_failed = 0, inf, inf, 0, 0
        transaction, fsync = database.transaction, os.fsync

        @contextmanager
        def failing(connection: sqlite3.Connection) -> Iterator[None]:
            with transaction(connection):
                yield
                if self._fails():
                    code, said = FAULTS[self.number]
                    problem = sqlite3.OperationalError(said)
                    problem.sqlite_errorcode = code
                    raise problem

        def failing_sync(descriptor: int) -> None:
            if self._fails() and self.number != errno.EBUSY:
                raise OSError(self.number, os.strerror(self.number))
            fsync(descriptor)

        monkeypatch.setattr("linreg.store.store.transaction", failing)
        monkeypatch.setattr(os, "fsync", failing_sync)

    def _fails(self) -> bool:
        self.n_writes += 1
        fails = self.first <= self.n_writes < self.end
        self.n_failed += fails
        return fails

    def fail(self, number: int, first: float, end: float = inf) -> None:
        self.number, self.first, self.end, self.n_writes, self.n_failed = number, first, end, 0, 0

    def work(self) -> None:
        self.first = inf


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "RunWriter", partial(writer.RunWriter, seconds=0.001))
    monkeypatch.setattr(writer, "LONGEST_PAUSE", 0.002)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def recipe() -> Recipe:
    return bundled.find("exercise1").changed(epochs=LAST, optimizer="Adam", learning_rate=0.01, every=1)


def started() -> StartedRun:
    return RecordedStart().begin(recipe(), unwatched, OPTIONS)


def resumed(home: Path, run_id: str, **changes: Any) -> StartedRun:
    with RunStore(home) as store:
        return ResumedStart(home, store.get(run_id), ResumeOptions(**changes)).begin(recipe(), unwatched, OPTIONS)


def go(run: StartedRun, disk: Disk, last: int = LAST) -> None:
    """Run on in blocks, each of them with a checkpoint; let what can be written be written after each."""
    assert run.recording is not None
    while run.live.epoch < last:
        run.live.go_to(min(run.live.epoch + BLOCK, last))
        while run.live.phase.is_moving:
            run.recording.add(run.live.work())
        run.recording.look()
        end, n_failed = monotonic() + PATIENCE, disk.n_failed
        while run.recording.is_behind and disk.n_failed < n_failed + 2:
            assert monotonic() < end
            run.recording.notices()
            sleep(0.001)


def record(home: Path, run_id: str) -> tuple[object, ...]:
    """Return all that must be alike."""
    with RunStore(home) as store:
        run, epochs = store.get(run_id), store.epochs(run_id)
    result = {key: value for key, value in (run.result or {}).items() if key != "seconds"}
    columns = (epochs.epoch, epochs.cost, epochs.parameters, epochs.learning_rate)
    return run.status, run.epoch, result, *(column.tobytes() for column in columns)


@pytest.fixture
def undisturbed(own_home: Path, disk: Disk) -> tuple[object, ...]:
    run = started()
    go(run, disk)
    assert run.recording is not None
    run.recording.finish("")
    return record(own_home, run.recording.run.id)


@pytest.mark.parametrize("heals", [False, True], ids=["for good", "for a while"])
@pytest.mark.parametrize("number", list(FAULTS), ids=errno.errorcode.get)
def test_a_run_whose_store_failed_at_any_write_is_taken_up_and_lacks_no_epoch(
    own_home: Path, disk: Disk, undisturbed: tuple[object, ...], number: int, heals: bool
) -> None:
    for first in (1, 2, 3, 6, 12, 15):
        run = started()
        assert run.recording is not None
        disk.fail(number, first, first + 2 if heals else inf)
        go(run, disk)
        run.recording.finish("")
        assert disk.n_failed, first
        disk.work()
        run_id = run.recording.run.id
        with RunStore(own_home) as store:
            is_whole = store.get(run_id).status == "finished"
        assert is_whole or not heals
        if not is_whole:
            again = resumed(own_home, run_id)
            go(again, disk)
            assert again.recording is not None
            again.recording.finish("")
        assert record(own_home, run_id) == undisturbed, first


def test_a_run_that_ends_before_its_last_epochs_are_written_goes_on_from_those_that_are(
    own_home: Path, disk: Disk, undisturbed: tuple[object, ...]
) -> None:
    run = started()
    assert run.recording is not None
    go(run, disk, 25)
    disk.fail(errno.ENOSPC, 1)
    go(run, disk, 45)
    run.recording.finish("killed")
    disk.work()
    again = resumed(own_home, run.recording.run.id)
    assert again.live.epoch == 25
    go(again, disk)
    assert again.recording is not None
    again.recording.finish("")
    assert record(own_home, run.recording.run.id) == undisturbed


@pytest.mark.parametrize(
    ("epochs", "begins_at", "said"), [((45, 25), 25, "the one before"), ((45,), -1, "begins again")]
)
def test_a_checkpoint_ahead_of_the_record_is_not_gone_on_from(
    own_home: Path, disk: Disk, undisturbed: tuple[object, ...], epochs: tuple[int, ...], begins_at: int, said: str
) -> None:
    run = started()
    assert run.recording is not None
    run_id, kept = run.recording.run.id, list[Checkpoint]()
    for epoch in sorted(epochs):
        go(run, disk, epoch)
        kept.append(run.recording._checkpoint())
    run.recording.finish("killed")
    with RunStore(own_home) as store:  # as an older version left it, or a machine without power
        folder = store.folder(store.get(run_id))
        store.append(run_id, from_epoch=30)
    for path in folder.iterdir():
        path.unlink()
    for each in kept:
        checkpoint.save(folder, each)
    again = resumed(own_home, run_id)
    assert again.live.epoch == begins_at
    assert said in " ".join(again.notices)
    go(again, disk)
    assert again.recording is not None
    again.recording.finish("")
    assert record(own_home, run_id) == undisturbed


def test_a_checkpoint_of_another_future_is_not_gone_on_from(own_home: Path, disk: Disk) -> None:
    run = started()
    assert run.recording is not None
    go(run, disk, 20)
    old = run.recording._checkpoint()
    run.live.go_to(10)
    while run.live.phase.is_moving:
        run.recording.add(run.live.work())
    run.live.set_learning_rate(0.5)
    go(run, disk, 30)
    run.recording.finish("killed")
    with RunStore(own_home) as store:
        folder = store.folder(store.get(run.recording.run.id))
    for path in folder.iterdir():
        path.unlink()
    checkpoint.save(folder, old)
    again = resumed(own_home, run.recording.run.id)
    assert "does not lead to its epoch 20" in again.notices[0]
    assert again.live.epoch == -1
