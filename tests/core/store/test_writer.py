"""Writing a run down from a thread of its own: all that belongs there, in bounded memory, and nobody waits."""

import math
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from linreg import LinregError, Recipe
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.store import checkpoint, database, writer
from linreg.store.pending import Description, End
from linreg.store.reader import FILE
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from linreg.trace import Trace
from linreg.training.trainer import Snapshot
from patience import PATIENCE

NEVER = 1e6
"""Seconds between two batches, so that only the end is written."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore(tmp_path) as opened:
        yield opened


def a_trace(first: int, end: int, n_parameters: int = 2) -> Trace:
    epoch = np.arange(first, end)
    return Trace(first, 1 / (1.0 + epoch), np.repeat(epoch[:, np.newaxis] / 3, n_parameters, axis=1), 0.5, epoch / 7)


def a_checkpoint(epoch: int) -> Checkpoint:
    snapshot = Snapshot(epoch, np.zeros(2), 0.5, {"epoch": epoch + 1})
    return Checkpoint(recipe=Recipe(), snapshot=snapshot, status=Phase.RUNNING, first_learning_rate=0.1)


def until(condition: Callable[[], Any]) -> None:
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end
        sleep(0.005)


def kept(store: RunStore) -> list[int]:
    return [int(epoch) for epoch in store.epochs("latest").epoch]


def test_every_epoch_of_a_short_run_is_written_with_its_end(store: RunStore) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=NEVER)
    for first, end in ((0, 1), (1, 5), (5, 5), (5, 12)):
        writing.add(a_trace(first, end))
    writing.change((Intervention(3, 0.25),))
    writing.finish(Phase.FINISHED, "all epochs have run", {"cost": math.nan})
    epochs, run = store.epochs("latest"), store.get("latest")
    expected = a_trace(0, 12)
    assert kept(store) == list(range(12))
    assert epochs.cost.tolist() == expected.cost.tolist()
    assert epochs.parameters.tolist() == expected.parameters.tolist()
    assert epochs.excess_cost is not None
    assert epochs.excess_cost.tolist() == (np.arange(12) / 7).tolist()
    assert (run.status, run.reason, run.epoch) == ("finished", "all epochs have run", 11)
    assert run.ended is not None
    assert run.interventions == (Intervention(3, 0.25),)
    assert run.result is not None
    assert math.isnan(run.result["cost"])
    assert writing.notices() == ()


def test_what_has_come_together_is_written_while_the_run_goes_on(store: RunStore) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=0.01)
    writing.add(a_trace(0, 3))
    until(lambda: kept(store) == [0, 1, 2])
    writing.add(a_trace(3, 5))
    until(lambda: kept(store) == [0, 1, 2, 3, 4])
    writing.close()
    assert store.get("latest").status == "running"  # as this process is still there


@pytest.mark.parametrize("seconds", [0.001, NEVER])
@pytest.mark.parametrize("stride", [1, 7, 1000])
def test_of_a_long_run_evenly_spread_epochs_and_the_newest_are_kept(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, seconds: float, stride: int
) -> None:
    monkeypatch.setattr(writer, "MOST_EPOCHS", 50)
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=seconds)
    for first in range(0, 3001, stride):
        writing.add(a_trace(first, min(3001, first + stride)))
        assert sum(len(part) for part in writing._pending.parts) <= 50
    writing.finish(Phase.FINISHED)
    assert kept(store) == [*range(0, 3001, 64), 3000]
    assert store.get("latest").every == 64


def test_wide_rows_are_fewer(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_NUMBERS", 2000)
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=NEVER)
    writing.add(a_trace(0, 100, n_parameters=97))
    writing.finish(Phase.FINISHED)
    assert kept(store) == [*range(0, 100, 8), 99]


@pytest.mark.parametrize("seconds", [0.001, NEVER])
def test_epochs_that_were_taken_back_are_forgotten_and_those_seen_again_are_not_written_twice(
    store: RunStore, seconds: float
) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=seconds)
    writing.add(a_trace(0, 10))
    writing.add(a_trace(4, 8))  # gone back, and forward again
    if seconds < 1:
        until(lambda: len(kept(store)) == 10)
    writing.forget(6)
    writing.add(Trace(6, np.array([9.0]), np.zeros((1, 2)), 0.1, np.array([8.0])))
    writing.finish(Phase.STOPPED)
    epochs = store.epochs("latest")
    assert kept(store) == list(range(7))
    assert epochs.cost[-1] == 9.0
    assert epochs.learning_rate[-1] == 0.1


def test_a_run_that_is_taken_up_forgets_what_comes_after_its_checkpoint(store: RunStore) -> None:
    run = store.begin(Recipe())
    first = RunWriter(store.home, run, seconds=NEVER)
    first.add(a_trace(0, 10))
    first.finish(Phase.STOPPED)
    again = RunWriter(store.home, store.claim(run.id), from_epoch=5, seconds=NEVER)
    again.add(a_trace(5, 7))
    again.finish(Phase.FINISHED)
    assert kept(store) == list(range(7))


def test_the_newest_checkpoint_is_written_and_the_next_is_due_later(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [0.0]
    monkeypatch.setattr(writer, "monotonic", lambda: times[0])
    run = store.begin(Recipe())
    writing = RunWriter(store.home, run, seconds=0.001)

    def is_due() -> bool:
        return writing.wants_checkpoint

    assert is_due()
    writing.keep(a_checkpoint(3))
    assert not is_due()
    times[0] = 4.9
    until(lambda: (store.folder(run) / checkpoint.CURRENT).exists())
    assert not is_due()
    times[0] = 5.1
    until(is_due)
    writing.keep(a_checkpoint(4))
    writing.keep(a_checkpoint(5))
    writing.close()
    assert checkpoint.load(store.folder(run)).checkpoint.snapshot.epoch == 5


def test_a_store_that_cannot_be_written_is_told_of_once_and_what_waited_is_written_later(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, n_tries, is_full = RunStore.append, [0], [True]

    def full(*arguments: Any, **values: Any) -> None:
        n_tries[0] += 1
        if is_full[0]:
            raise LinregError("cannot use the run store: database or disk is full.")
        append(*arguments, **values)

    monkeypatch.setattr(RunStore, "append", full)
    monkeypatch.setattr(writer, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(writer, "MOST_EPOCHS", 50)
    run = store.begin(Recipe())
    writing = RunWriter(store.home, run, seconds=0.001)
    for first in range(0, 1000, 10):
        writing.add(a_trace(first, first + 10))
        writing.change((Intervention(first, 0.5),))
        if first == 500:
            until(lambda: n_tries[0] > 3)
    writing.forget(990)
    writing.keep(a_checkpoint(7))
    n_before = n_tries[0]
    until(lambda: n_tries[0] > n_before + 2)
    assert not store.folder(run).exists()  # a checkpoint waits for the epochs that led to it
    assert writing.notices() == (
        "cannot use the run store: database or disk is full. Training goes on, and this is tried again.",
    )
    is_full[0] = False
    until(lambda: kept(store))
    writing.finish(Phase.STOPPED)
    assert writing.notices() == ("the run is recorded again.",)
    assert kept(store) == list(range(0, 990, 32))
    assert checkpoint.load(store.folder(run)).checkpoint.snapshot.epoch == 7
    assert store.get("latest").interventions == (Intervention(990, 0.5),)
    assert store.get("latest").status == "stopped"


@pytest.mark.parametrize(
    ("meanwhile", "expected"),
    [
        (lambda writing: writing.forget(20), [*range(20)]),
        (lambda writing: writing.add(a_trace(40, 1000)), [*range(0, 1000, 32), 999]),
        (lambda writing: writing.add(a_trace(30, 45)), [*range(45)]),
    ],
)
def test_what_happens_while_a_batch_is_written_in_vain_counts_too(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[RunWriter], None], expected: list[int]
) -> None:
    append, waited = RunStore.append, list[int]()

    def failing_once(*arguments: Any, **values: Any) -> None:
        if not waited:
            waited.append(0)
            meanwhile(writing)
            raise LinregError("cannot use the run store: database is locked.")
        rows = arguments[2]
        waited.append(len(rows))
        append(*arguments, **values)

    monkeypatch.setattr(RunStore, "append", failing_once)
    monkeypatch.setattr(writer, "MOST_EPOCHS", 50)
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=0.05)
    writing.add(a_trace(0, 40))
    until(lambda: len(waited) > 1)
    writing.close()
    assert kept(store) == expected
    assert waited[1] <= 51


def test_epochs_that_are_run_again_and_again_do_not_pile_up(store: RunStore) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=NEVER)
    for _ in range(20):
        writing.add(a_trace(0, 10))
    assert sum(len(part) for part in writing._pending.parts) == 10
    writing.close()
    assert kept(store) == list(range(10))


def test_a_checkpoint_that_cannot_be_written_does_not_keep_the_epochs_from_being_recorded(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.folder(run).parent.mkdir()
    store.folder(run).write_text("in the way")
    writing = RunWriter(store.home, run, seconds=0.001)
    writing.keep(a_checkpoint(0))
    writing.add(a_trace(0, 3))
    until(lambda: len(kept(store)) == 3 and writing._notices)
    store.folder(run).unlink()
    writing.finish(Phase.FINISHED)
    told, well = writing.notices()
    assert "it is not a folder" in told
    assert well == "the checkpoints are written again."
    assert checkpoint.load(store.folder(run)).checkpoint.snapshot.epoch == 0


def test_a_home_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with RunStore(home) as store:
        run = store.begin(Recipe())
    for path in home.iterdir():
        path.unlink()
    home.rmdir()
    writing = RunWriter(home, run, seconds=0.001)
    writing.add(a_trace(0, 3))
    writing.finish(Phase.FINISHED)
    notice, end = writing.notices()
    assert "No such file or directory" in notice
    assert end == "what is recorded of this run stops short of its end."


def test_a_store_that_is_damaged_meanwhile_is_set_aside_and_the_run_recorded_in_a_fresh_one(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        run = store.begin(Recipe(), name="mine")
    (tmp_path / FILE).write_bytes(b"nothing" * 1000)
    writing = RunWriter(tmp_path, run, seconds=NEVER)
    writing.add(a_trace(0, 3))
    writing.finish(Phase.FINISHED)
    (notice,) = writing.notices()
    assert "it is kept as runs.damaged-1.sqlite" in notice
    with RunStore(tmp_path) as store:
        assert [(each.id, each.name, each.status, each.epoch) for each in store.runs()] == [
            (run.id, "mine", "finished", 2)
        ]


def test_a_store_that_is_lost_in_mid_run_leaves_a_record_that_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(_: sqlite3.Connection) -> None:
        monkeypatch.setattr("linreg.store.store.transaction", database.transaction)
        raise sqlite3.DatabaseError("database disk image is malformed")

    with RunStore(tmp_path) as store:
        run = store.begin(Recipe(), name="mine")
    writing = RunWriter(tmp_path, run, description=Description(run.recipe, {"device": "cpu"}), seconds=0.01)
    writing.change((Intervention(2, 0.25),))
    writing.add(a_trace(0, 3))
    until(lambda: not writing.is_behind)
    monkeypatch.setattr("linreg.store.store.transaction", damaged)
    writing.add(a_trace(3, 5))
    writing.finish(Phase.FINISHED)
    assert writing.notices()[-1] == "the run is recorded in a new store, which lacks its epochs before 3."
    with RunStore(tmp_path) as store:
        (again,) = store.runs()
        assert (again.status, again.interventions) == ("finished", (Intervention(2, 0.25),))
        assert (kept(store), store.facts("mine")) == ([3, 4], {"device": "cpu"})


@pytest.mark.parametrize("failing", ["append", "describe"])
def test_no_end_is_written_of_a_run_whose_epochs_are_not_and_it_is_not_said_to_be_recorded_again(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise LinregError("cannot use the run store: database is locked.")

    monkeypatch.setattr(RunStore, failing, locked)
    run = store.begin(Recipe())
    writing = RunWriter(store.home, run, seconds=0.001)
    writing.describe(Recipe(seed=3), {})
    writing.add(a_trace(0, 3))
    writing.keep(a_checkpoint(2))
    writing.finish(Phase.FINISHED)
    assert writing.notices() == (
        "cannot use the run store: database is locked. Training goes on, and this is tried again.",
        "what is recorded of this run stops short of its end.",
    )
    assert (store.get(run.id).status, kept(store)) == ("running", [])
    assert not store.folder(run).exists()


def test_a_checkpoint_of_a_future_that_was_given_up_is_not_written(store: RunStore) -> None:
    run = store.begin(Recipe())
    writing = RunWriter(store.home, run, seconds=NEVER)
    writing.add(a_trace(0, 10))
    writing.keep(a_checkpoint(9))
    writing.forget(5)
    writing.finish(Phase.STOPPED)
    assert kept(store) == list(range(5))
    assert not store.folder(run).exists()


def test_the_one_who_trains_does_not_wait_for_a_locked_store(store: RunStore) -> None:
    run = store.begin(Recipe())
    with sqlite3.connect(store.home / FILE, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        writing = RunWriter(store.home, run, seconds=0.001)
        for epoch in range(100):
            writing.add(a_trace(epoch, epoch + 1))
            writing.keep(a_checkpoint(epoch))
        assert kept(store) == []  # all was handed over, and nothing is written yet
        connection.execute("ROLLBACK")
    connection.close()
    writing.finish(Phase.FINISHED)
    assert len(kept(store)) == 100


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from linreg.data.bundled import find
from linreg.live.checkpoint import Checkpoint
from linreg.phase import Phase
from linreg.training.posing import pose
from linreg.store.writer import RunWriter
from linreg.store.store import RunStore
from linreg.training.trainer import Trainer

trainer = Trainer(pose(find("exercise1").changed(engine="spectral", epochs=3000)))
store = RunStore(Path(sys.argv[1]))
recorder = RunWriter(store.home, store.begin(trainer.problem.recipe), seconds=0.001)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
notices = []
for trace in trainer.run():
    recorder.add(trace)
recipe, rate = trainer.problem.recipe, trainer.engine.learning_rate
recorder.keep(
    Checkpoint(recipe=recipe, snapshot=trainer.snapshot(), status=Phase.RUNNING, first_learning_rate=rate)
)
while len(notices) < int(sys.argv[3]):
    notices += recorder.notices()
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
recorder.finish(trainer.status, trainer.reason)
print(trainer.status, *notices, *recorder.notices(), sep="\\n")
"""


@pytest.mark.parametrize(("limit", "n_notices"), [(100, 1), (60_000, 1)])
def test_a_disk_that_takes_no_more_is_told_of_and_all_is_written_once_there_is_room(
    tmp_path: Path, limit: int, n_notices: int
) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(limit), str(n_notices)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    status, *notices = done.stdout.splitlines()
    assert status == "finished"
    assert sum("Training goes on, and this is tried again." in notice for notice in notices) == n_notices
    assert sum(notice.endswith(" again.") and "Training" not in notice for notice in notices) == n_notices
    with RunStore(tmp_path) as store:
        assert store.notice == ""
        assert kept(store) == list(range(3001))
        run = store.get("latest")
        assert checkpoint.load(store.folder(run)).checkpoint.snapshot.epoch == 3000
        assert store.sweep() == 0


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from linreg.recipe import Recipe
from linreg.store.writer import RunWriter
from linreg.store.store import RunStore
from linreg.trace import Trace

store = RunStore(Path(sys.argv[1]))
recorder = RunWriter(store.home, store.begin(Recipe()), seconds=0.01)
epoch = 0
while True:
    recorder.add(Trace(epoch, np.array([epoch / 3]), np.array([[epoch / 7]]), 0.1))
    epoch += 1
    if epoch % 500 == 0 and len(store.epochs("latest")):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_a_whole_store_and_an_interrupted_run(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert done.returncode == -9
    with RunStore(tmp_path) as store:
        assert store.notice == ""
        assert store.get("latest").status == "interrupted"
        epochs = store.epochs("latest")
        assert len(epochs)
        assert epochs.cost.tolist() == [epoch / 3 for epoch in epochs.epoch]


def test_a_fault_of_ours_is_told_and_hurts_nobody(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(RunStore, "append", fail)
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=0.001)
    writing.add(a_trace(0, 3))
    until(lambda: not writing._thread.is_alive())
    (notice,) = writing.notices()
    assert notice.startswith("nothing more of this run is recorded: internal error: ZeroDivisionError: a fault; please")
    writing.add(a_trace(3, 5))
    writing.finish(Phase.FINISHED)


def test_how_a_run_stands_is_no_end(store: RunStore) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=NEVER)
    writing.stand(End(Phase.PAUSED, "", None))
    writing.close()
    assert (store.get("latest").status, store.get("latest").ended) == ("paused", None)
