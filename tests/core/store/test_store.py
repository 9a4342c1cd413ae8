"""The run store: all that is put in comes back, from any process, and no damage stops anybody."""

import math
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import same
from linreg import LinregError, Recipe
from linreg.data.fingerprint import fingerprint_of
from linreg.history.epochs import Epochs, cell, number
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.store import schema
from linreg.store.database import open_database
from linreg.store.owner import Owner
from linreg.store.reader import FILE
from linreg.store.run import Order, text_of
from linreg.store.store import RunStore
from linreg.trace import Trace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore(tmp_path) as opened:
        yield opened


def some_epochs(*numbers: int, n_parameters: int = 2, excess: bool = True) -> Epochs:
    epoch = np.array(numbers)
    parameters = epoch[:, np.newaxis] + np.arange(n_parameters) / 3
    return Epochs(epoch, 1 / (1.0 + epoch), epoch / 7.0 if excess else None, np.full(len(epoch), 0.1), parameters)


def gone() -> Owner:
    """Return a process that has been here, and is not any more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return replace(Owner.here(), pid=done.pid, started="1")


def leave(store: RunStore, run_id: str, owner: Owner) -> None:
    """Make a run another process's, as if that had begun it."""
    with sqlite3.connect(store.home / FILE) as connection:
        query = "UPDATE runs SET owner = ? WHERE id = ?"
        connection.execute(query, (text_of(owner.as_dict()), run_id))
    connection.close()


def test_all_that_is_known_of_a_run_comes_back(store: RunStore, tmp_path: Path) -> None:
    data = tmp_path / "points.csv"
    data.write_text("x,y\n1,2\n")
    recipe = Recipe(data=str(data), optimizer="Adam", options={"betas": (0.8, 0.9)}, until_cost=1e-9)
    facts = {"engine": "gram", "device": "cpu", "X": np.arange(6.0).reshape(3, 2), "limit": math.inf}
    begun = store.begin(recipe, data=fingerprint_of(str(data)), versions={"torch": "2"}, facts=facts)
    result = {"status": "diverged", "w": {"x": math.nan}, "cost": math.inf, "warnings": ("one", "two"), "b": None}
    store.finish(begun.id, Phase.DIVERGED, "the cost was no longer finite", result)
    with RunStore(tmp_path) as other:
        run = other.get(begun.id)
        assert same(other.facts(run.id), facts)
    assert run.recipe.as_dict() == recipe.as_dict()
    assert run.data == fingerprint_of(str(data))
    assert (run.name, run.status, run.reason) == ("points", "diverged", "the cost was no longer finite")
    assert same(run.result, result)
    assert run.versions == {"torch": "2"}
    assert run.ended is not None
    assert not run.is_resumable


def test_epochs_come_back_to_the_last_bit(store: RunStore) -> None:
    hard = np.array([math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, 1.7976931348623157e308, 0.1, 3.0])
    epochs = Epochs(np.arange(9) * 2**40, hard, hard[::-1].copy(), np.roll(hard, 1), np.stack([hard, -hard], axis=1))
    run = store.begin(Recipe())
    store.append(run.id, epochs)
    back = store.epochs(run.id)
    for name in Epochs.__slots__:
        assert same(getattr(back, name), getattr(epochs, name)), name


@given(st.floats() | st.none())
def test_a_column_keeps_any_number(value: float | None) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE numbers (value)")
    connection.execute("INSERT INTO numbers VALUES (?)", (cell(value),))
    assert same(number(connection.execute("SELECT value FROM numbers").fetchone()[0]), value)
    connection.close()


@pytest.mark.parametrize("stored", [b"short", "text", 3])
def test_a_column_that_holds_no_number_is_damaged(stored: Any) -> None:
    with pytest.raises(ValueError, match="is no number"):
        number(stored)


def test_where_the_engine_knows_no_excess_cost_there_is_none(store: RunStore) -> None:
    run = store.begin(Recipe())
    assert len(store.epochs(run.id)) == 0
    store.append(run.id, some_epochs(0, 1, excess=False))
    assert store.epochs(run.id).excess_cost is None
    assert store.get(run.id).excess_cost is None


def test_rows_of_a_trace_are_copied_out_of_it() -> None:
    trace = Trace(10, np.arange(6.0), np.arange(12.0).reshape(6, 2), 0.5, np.arange(6.0) * 2)
    rows = Epochs.of(trace, slice(2, None, 3))
    trace.cost[:] = -1
    assert rows.epoch.tolist() == [12, 15]
    assert rows.cost.tolist() == [2.0, 5.0]
    assert rows.parameters.tolist() == [[4.0, 5.0], [10.0, 11.0]]
    assert rows.learning_rate.tolist() == [0.5, 0.5]


def test_epochs_are_thinned_replaced_and_taken_back(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, some_epochs(*range(7)))
    store.append(run.id, some_epochs(8, 9), every=2)
    assert store.epochs(run.id).epoch.tolist() == [0, 2, 4, 6, 8, 9]
    assert (store.get(run.id).epoch, store.get(run.id).cost, store.get(run.id).every) == (9, 0.1, 2)
    store.append(run.id, None, every=2, from_epoch=5)
    assert store.epochs(run.id).epoch.tolist() == [0, 2, 4]
    assert store.get(run.id).epoch == 4
    store.append(run.id, replace(some_epochs(4), cost=np.array([0.5])), every=2)
    assert store.epochs(run.id).cost[-1] == 0.5


def test_interventions_are_replaced_as_a_whole(store: RunStore) -> None:
    run = store.begin(Recipe())
    for changes in ((Intervention(3, 0.1), Intervention(9, 0.2)), (Intervention(3, 0.1),)):
        store.append(run.id, interventions=changes)
        assert store.get(run.id).interventions == changes
    store.append(run.id, some_epochs(1))
    assert store.get(run.id).interventions == (Intervention(3, 0.1),)


def test_a_batch_is_written_whole_or_not_at_all(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, some_epochs(0, 1))
    rates: Any = np.array([0.1, 0.1, object()])
    broken = replace(some_epochs(0, 1, 2), learning_rate=rates)
    with pytest.raises(TypeError, match="isfinite"):
        store.append(run.id, broken, from_epoch=0)
    assert store.epochs(run.id).epoch.tolist() == [0, 1]


# Names, order, words


def test_a_second_run_of_a_name_gets_a_number(store: RunStore) -> None:
    assert [store.begin(Recipe(data="/data/a.csv.gz")).name for _ in range(3)] == ["a", "a-2", "a-3"]
    assert [store.begin(Recipe(), name="a-2").name for _ in range(2)] == ["a-2-2", "a-2-3"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("-", "run"),
        ("/x/latest.csv", "run"),
        ("/x/.csv", "run"),
        ("/x/\x1b[31m.csv", "\ufffd[31m"),
        ("\udcff", "\ufffd"),
    ],
)
def test_a_run_is_called_after_its_data_safely(store: RunStore, data: str, name: str) -> None:
    assert store.begin(Recipe(data=data)).name == name


@pytest.mark.parametrize("name", ["", "  ", "latest", "x" * 101])
def test_what_can_be_no_name_is_refused(store: RunStore, name: str) -> None:
    run = store.begin(Recipe())
    with pytest.raises(LinregError, match="choose another"):
        store.begin(Recipe(), name=name)
    with pytest.raises(LinregError, match="choose another"):
        store.rename(run.id, name)


def test_a_run_is_found_by_id_name_beginning_or_as_the_latest(store: RunStore) -> None:
    first, second = store.begin(Recipe(), name="houses"), store.begin(Recipe(), name="horses")
    for word in (first.id, "houses", "hou"):
        assert store.get(word).id == first.id
    assert store.get("latest").id == second.id
    with pytest.raises(LinregError, match="2 runs begin with 'ho'"):
        store.get("ho")
    with pytest.raises(LinregError, match=r"there is no run 'house-s' \(did you mean 'houses'\?\)"):
        store.get("house-s")
    for word in ("", "\udcff"):
        with pytest.raises(LinregError, match="there is no run"):
            store.get(word)


def test_a_whole_name_wins_over_the_beginning_of_another(store: RunStore) -> None:
    run = store.begin(Recipe(), name="a")
    store.begin(Recipe(), name="ab")
    assert store.get("a").id == run.id


def test_runs_are_in_the_order_they_were_begun_though_the_clock_goes_back(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([3e9, 2e9, 1e9, 0.0, -5.0])
    monkeypatch.setattr("linreg.store.store.time", lambda: next(times))
    names = [store.begin(Recipe(), name=name).name for name in "cab"]
    store.finish(store.get("latest").id, Phase.FINISHED)
    assert [run.name for run in store.runs()] == names[::-1]
    assert store.get("latest").name == "b"


def test_runs_are_filtered_and_sorted(store: RunStore) -> None:
    for name, optimizer, epochs in (("b", "SGD", (0, 5)), ("A", "Adam", (0, 1)), ("c", "adamw", ())):
        run = store.begin(Recipe(data="-", optimizer=optimizer), name=name)
        if epochs:
            store.append(run.id, some_epochs(*epochs))
    store.finish("b", Phase.FINISHED)

    def names(**choices: Any) -> list[str]:
        return [run.name for run in store.runs(**choices)]

    expected: dict[Order, list[str]] = {
        "newest": ["c", "A", "b"],
        "oldest": ["b", "A", "c"],
        "name": ["A", "b", "c"],
        "cost": ["b", "A", "c"],
        "epoch": ["b", "A", "c"],
        "status": ["b", "c", "A"],
    }
    for order, wanted in expected.items():
        assert names(order=order) == wanted, order
    assert names(containing="ADAM") == ["c", "A"]
    assert names(containing="finish") == ["b"]
    assert names(status=["running"]) == ["c", "A"]


def test_a_run_is_renamed_unless_another_has_the_name(store: RunStore) -> None:
    store.begin(Recipe(), name="one")
    store.begin(Recipe(), name="two")
    assert store.rename("one", " three ").name == "three"
    assert store.rename("three", "three").name == "three"
    with pytest.raises(LinregError, match="there is a run two already"):
        store.rename("three", "two")


# Processes


def test_this_process_is_alive_and_a_killed_one_is_not() -> None:
    here = Owner.here()
    assert here.is_alive() is True
    assert replace(here, started="1").is_alive() is False  # its number was given to another
    assert replace(here, boot="another").is_alive() is False
    assert replace(here, host="another").is_alive() is None
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert replace(here, pid=killed.pid).is_alive() is False
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
    started = Path(f"/proc/{killed.pid}/stat").read_text().rpartition(")")[2].split()[19]
    assert replace(here, pid=killed.pid, started=started).is_alive() is False  # a zombie
    killed.communicate()


def test_a_run_whose_process_is_gone_is_interrupted_and_can_be_taken_up(store: RunStore) -> None:
    run = store.begin(Recipe())
    assert (run.status, run.is_alive, run.is_resumable) == ("running", True, False)
    leave(store, run.id, gone())
    left = store.get(run.id)
    assert (left.status, left.reason, left.is_alive, left.is_resumable) == (
        "interrupted",
        "its process is gone",
        False,
        True,
    )
    assert [each.id for each in store.runs(status=[Phase.INTERRUPTED])] == [run.id]
    folder = store.folder(run)
    folder.mkdir(parents=True)
    (folder / ".checkpoint.safetensors.x").write_text("")
    claimed = store.claim(run.id)
    assert (claimed.status, claimed.is_alive, claimed.owner) == ("running", True, Owner.here())
    assert os.listdir(folder) == []


def test_a_run_that_another_process_is_at_work_on_is_not_taken(store: RunStore) -> None:
    run = store.begin(Recipe(), name="mine")
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
    leave(store, run.id, replace(Owner.here(), pid=other.pid, started=started))
    with pytest.raises(LinregError, match=f"mine is still running, as process {other.pid}; attach"):
        store.claim(run.id)
    with pytest.raises(LinregError, match="still running; stop it"):
        store.delete(run.id)
    other.communicate()
    store.claim(run.id)


def test_a_run_on_another_machine_is_taken_only_when_that_is_said(store: RunStore) -> None:
    run = store.begin(Recipe())
    leave(store, run.id, replace(Owner.here(), host="far\x1baway"))
    assert store.get(run.id).status == "running"
    with pytest.raises(LinregError, match="may still be running on far\ufffdaway"):
        store.claim(run.id)
    assert store.claim(run.id, force=True).is_alive


@pytest.mark.parametrize("status", [Phase.FINISHED, Phase.CONVERGED, Phase.DIVERGED])
def test_a_run_that_has_ended_is_not_taken_up(store: RunStore, status: Phase) -> None:
    run = store.begin(Recipe())
    store.finish(run.id, status)
    with pytest.raises(LinregError, match=f"has {status}: nothing of it is left"):
        store.claim(run.id)


def test_a_run_that_was_stopped_can_be_taken_up(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.finish(run.id, Phase.STOPPED, "by SIGTERM")
    assert store.get(run.id).is_resumable
    claimed = store.claim(run.id)
    assert (claimed.status, claimed.reason, claimed.ended) == ("running", "", None)


def test_a_deleted_run_leaves_nothing(store: RunStore) -> None:
    run, other = store.begin(Recipe()), store.begin(Recipe())
    for each in (run, other):
        store.append(each.id, some_epochs(0, 1), interventions=[Intervention(1, 0.5)])
        store.folder(each).mkdir(parents=True)
        store.finish(each.id, Phase.FINISHED)
    store.delete(run.id)
    assert [each.id for each in store.runs()] == [other.id]
    assert not store.folder(run).exists()
    assert store.folder(other).exists()
    with sqlite3.connect(store.home / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM epochs").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM interventions").fetchone() == (1,)
    connection.close()


def test_half_written_files_are_removed_only_where_the_process_is_gone(store: RunStore) -> None:
    alive, left = store.begin(Recipe()), store.begin(Recipe())
    leave(store, left.id, gone())
    for run in (alive, left):
        store.folder(run).mkdir(parents=True)
        (store.folder(run) / ".checkpoint.safetensors.x").write_text("")
    assert store.sweep() == 1
    assert os.listdir(store.folder(alive)) == [".checkpoint.safetensors.x"]
    assert os.listdir(store.folder(left)) == []


WRITER = """
import sys
from pathlib import Path
import numpy as np
from linreg.recipe import Recipe
from linreg.store.store import RunStore
from linreg.history.epochs import Epochs
from linreg.phase import Phase

with RunStore(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    input()
    for _ in range(5):
        run = store.begin(Recipe(), name="same")
        for epoch in range(20):
            rows = np.array([epoch])
            store.append(run.id, Epochs(rows, rows / 3, None, rows / 7, rows[:, None] / 9))
        store.finish(run.id, Phase.FINISHED)
"""


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
        assert process.returncode == 0
    with RunStore(tmp_path) as store:
        found = store.runs()
        assert len({run.name for run in found}) == 20
        assert {run.status for run in found} == {"finished"}
        for run in found:
            assert store.epochs(run.id).epoch.tolist() == list(range(20))


def test_reading_does_not_wait_for_another_that_writes(store: RunStore) -> None:
    run = store.begin(Recipe())
    with sqlite3.connect(store.home / FILE, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE runs SET name = 'not yet'")
        assert store.get(run.id).name == run.name
        connection.execute("ROLLBACK")
    connection.close()


def test_a_store_that_stays_locked_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.store.database.BUSY_SECONDS", 0.01)
    with RunStore(tmp_path) as store, sqlite3.connect(tmp_path / FILE, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LinregError, match=r"cannot use the run store .*runs\.sqlite: database is locked\."):
            store.begin(Recipe())
        connection.execute("ROLLBACK")
        store.begin(Recipe())
    connection.close()


# The database


def test_the_store_is_its_owners_alone_and_keeps_a_write_ahead_log(store: RunStore) -> None:
    assert (store.home / FILE).stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(store.home / FILE) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_where_the_file_system_has_no_write_ahead_log_a_journal_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WithoutLog(sqlite3.Connection):
        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if "WAL" in query:
                raise sqlite3.OperationalError("locking protocol")
            return super().execute(query, *values)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *names, **values: connect(*names, factory=WithoutLog, **values))
    with RunStore(tmp_path) as store:
        run = store.begin(Recipe())
        store.append(run.id, some_epochs(0))
    monkeypatch.undo()
    with RunStore(tmp_path) as store:
        assert store.epochs(run.id).epoch.tolist() == [0]


OLD = (("CREATE TABLE runs (number INTEGER PRIMARY KEY, title TEXT)",),)
NEWER = (*OLD, ("ALTER TABLE runs ADD COLUMN cost", "UPDATE runs SET cost = 0.5"))


def test_an_older_schema_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "store"
    connection = open_database(path, OLD, 7, "the store").connection
    connection.execute("INSERT INTO runs (title) VALUES ('kept')")
    connection.close()
    for steps in (NEWER, NEWER):
        opened = open_database(path, steps, 7, "the store")
        assert opened.notice == ""
        assert opened.connection.execute("SELECT * FROM runs").fetchall() == [(1, "kept", 0.5)]
        opened.connection.close()


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_database(path, OLD, 7, "the store").connection.close()
    with pytest.raises(LinregError, match="no such table: absent"):
        open_database(path, (*OLD, ("ALTER TABLE runs ADD COLUMN cost", "DELETE FROM absent")), 7, "the store")
    connection = open_database(path, OLD, 7, "the store").connection
    assert [row[1] for row in connection.execute("PRAGMA table_info(runs)")] == ["number", "title"]
    connection.close()


def test_a_store_that_a_newer_version_wrote_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_database(path, NEWER, 7, "the store").connection.close()
    before = path.read_bytes()
    with pytest.raises(LinregError, match=r"is of version 2, and this linreg knows versions up to 1: .*update linreg"):
        open_database(path, OLD, 7, "the store")
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["store"]


def filled(home: Path) -> bytes:
    with RunStore(home) as store:
        for name in ("one", "two"):
            store.begin(Recipe(), name=name)
            store.append(name, some_epochs(*range(200)), interventions=[Intervention(1, 0.5)])
    return (home / FILE).read_bytes()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "another program's", "zeros in the middle"])
def test_a_damaged_store_is_set_aside_with_a_word_and_a_fresh_one_begun(tmp_path: Path, damage: str) -> None:
    content, path = filled(tmp_path), tmp_path / FILE
    if damage == "another program's":
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE bookmarks (url)")
        connection.close()
    else:
        half = len(content) // 2
        damaged = {"garbage": b"not a database" * 100, "truncated": content[: half + 100]}
        path.write_bytes(damaged.get(damage, content[:4096] + bytes(half) + content[4096 + half :]))
    left = path.read_bytes()
    for n_kept in (1, 2):
        with RunStore(tmp_path) as store:
            assert "was damaged (" in store.notice
            assert store.notice.endswith(f"it is kept as runs.damaged-{n_kept}.sqlite, and a new one is begun.")
            assert store.runs() == ()
            store.begin(Recipe())
        assert (tmp_path / f"runs.damaged-{n_kept}.sqlite").read_bytes() == left
        path.write_bytes(left)
    path.unlink()
    with RunStore(tmp_path) as store:
        assert store.notice == ""


def test_a_damaged_store_is_set_aside_from_under_another_that_uses_it_with_its_log(tmp_path: Path) -> None:
    content = filled(tmp_path)
    other = RunStore(tmp_path)
    other.rename("one", "in the log")
    (tmp_path / FILE).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with RunStore(tmp_path) as store:
        assert "was damaged" in store.notice
        run = store.begin(Recipe(), name="fresh")
        assert (tmp_path / "runs.damaged-1.sqlite-wal").exists()
        other.close()
        store.append(run.id, some_epochs(0))
    with RunStore(tmp_path) as store:
        assert [run.name for run in store.runs()] == ["fresh"]
        assert len(store.epochs("fresh")) == 1


def test_whatever_byte_is_wrong_there_is_a_store_or_a_sentence(tmp_path: Path) -> None:
    content, path = filled(tmp_path), tmp_path / FILE
    draw = random.Random(0)
    places = [*range(0, 100, 3), *(draw.randrange(len(content)) for _ in range(150))]
    n_noticed = 0
    for place in places:
        for old in tmp_path.iterdir():
            old.unlink()
        path.write_bytes(content[:place] + bytes([content[place] ^ draw.choice([1, 128, 255])]) + content[place + 1 :])
        for use in (
            lambda store: [store.epochs(run.id) for run in store.runs()],
            lambda store: store.append("two", some_epochs(5, 300), every=2),
            lambda store: store.finish("one", Phase.FINISHED),
            lambda store: store.append(store.begin(Recipe()).id, some_epochs(0)),
        ):
            try:
                with RunStore(tmp_path) as store:
                    n_noticed += bool(store.notice)
                    use(store)
            except LinregError as problem:
                assert str(problem).isprintable()
                n_noticed += 1
        kept = [old.name for old in tmp_path.iterdir() if "damaged" in old.name and old.suffix == ".sqlite"]
        assert not kept or path.exists()
    assert n_noticed > 20


def test_a_store_that_breaks_while_it_is_used_is_set_aside_and_a_fresh_one_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = filled(tmp_path)
    monkeypatch.setattr("linreg.store.database.CHECKED_UP_TO", -1)
    with RunStore(tmp_path) as store:
        run = store.get("one")
        (tmp_path / FILE).write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
        with pytest.raises(LinregError, match="was damaged"):
            store.epochs("one")
        assert store.runs() == ()
        assert "damaged-1" in store.notice
        store.admit(run)
        assert store.get("one").id == run.id


@pytest.mark.parametrize("word", ["exp", "latest", ""])
@pytest.mark.parametrize(
    "change",
    [
        lambda store, word: store.delete(word),
        lambda store, word: store.rename(word, "other"),
        lambda store, word: store.claim(word),
        lambda store, word: store.finish(word, Phase.FINISHED),
        lambda store, word: store.called(word),
    ],
    ids=["delete", "rename", "claim", "finish", "called"],
)
def test_what_is_changed_is_not_guessed(store: RunStore, change: Callable[[RunStore, str], object], word: str) -> None:
    run = store.begin(Recipe(), name="exp-2")
    with pytest.raises(LinregError, match="there is no run called") as refusal:
        change(store, word)
    assert not word or f"as of exp-2 ({run.id})" in str(refusal.value)
    assert [each.name for each in store.runs()] == ["exp-2"]
    assert store.get(word or "exp").id == run.id  # looking it up is another matter


def test_one_damaged_row_hides_no_other_and_can_be_deleted(store: RunStore) -> None:
    for name in ("good", "bad"):
        store.begin(Recipe(), name=name)
    bad = store.get("bad").id
    with sqlite3.connect(store.home / FILE) as connection:
        connection.execute("UPDATE runs SET recipe = '{' WHERE name = 'bad'")
        connection.execute("UPDATE runs SET facts = x'00' WHERE name = 'good'")
    connection.close()
    assert [run.name for run in store.runs()] == ["good"]
    with pytest.raises(LinregError, match=f"the run bad is damaged: .*delete it by its id, {bad}"):
        store.get("bad")
    with pytest.raises(LinregError, match="what is known of the run good is damaged"):
        store.facts("good")
    store.delete(bad)
    assert store.begin(Recipe(), name="bad").name == "bad"


def test_a_home_that_is_not_there_or_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"cannot use the run store .*: No such file"):
        RunStore(tmp_path / "none")
    (tmp_path / FILE).mkdir()
    with pytest.raises(LinregError, match=r"cannot use the run store .*: Is a directory"):
        RunStore(tmp_path)


def test_the_store_is_listed_without_torch_or_polars(tmp_path: Path) -> None:
    filled(tmp_path)
    script = f"""
import sys
from pathlib import Path
from linreg.store.store import RunStore
assert len(RunStore(Path({str(tmp_path)!r})).runs()) == 2
print([name for name in ("torch", "polars", "textual", "typer") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_schema_has_one_version_for_each_step(store: RunStore) -> None:
    with sqlite3.connect(store.home / FILE) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.STEPS),)
    connection.close()


@pytest.mark.parametrize("bad", ["{folder}", "../{name}", "..", "", "ABCDEF0123", "0123456789/../../x"])
def test_an_id_that_is_a_path_names_no_folder(store: RunStore, tmp_path: Path, bad: str) -> None:
    precious = store.home / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    bad = bad.format(folder=precious, name="precious")
    store.begin(Recipe(), name="mine")
    with sqlite3.connect(store.home / FILE) as connection:
        connection.execute("UPDATE runs SET id = ?", (bad,))
    connection.close()
    assert store.runs() == ()
    with pytest.raises(LinregError, match="the run mine is damaged: its id is none"):
        store.get("mine")
    store.delete("mine")
    assert (precious / "file").read_text() == "precious"
    assert store.home.exists()


def test_deletion_does_not_follow_a_link(store: RunStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run = store.begin(Recipe())
    (elsewhere / run.id).mkdir(parents=True)
    (store.home / "runs").symlink_to(elsewhere)
    store.finish(run.id, Phase.FINISHED)
    store.delete(run.id)
    assert (elsewhere / run.id).exists()


def test_a_home_that_cannot_be_written_to_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunStore(tmp_path) as store:
        run = store.begin(Recipe(), name="mine", facts={"device": "cpu"})
        store.append(run.id, some_epochs(0, 1, 2))
        before = sorted(path.name for path in tmp_path.iterdir())  # as a killed process leaves it, with its log
        monkeypatch.setattr("linreg.store.reader.is_for_reading", lambda _: True)
        with RunStore(tmp_path) as read:
            assert [each.id for each in read.runs()] == [run.id]
            assert read.epochs("mine").epoch.tolist() == [0, 1, 2]
            assert read.facts("mine") == {"device": "cpu"}
            for change in (lambda: read.delete("mine"), lambda: read.rename("mine", "other")):
                with pytest.raises(LinregError, match="can only be read: no permission to write"):
                    change()
    assert sorted(path.name for path in tmp_path.iterdir())[:1] == before[:1]


def test_a_home_without_a_store_that_cannot_be_written_to_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.store.reader.is_for_reading", lambda _: True)
    with pytest.raises(LinregError, match=r"cannot use the run store .*: No such file or directory"):
        RunStore(tmp_path)


# One request at a time


def columns_of(store: RunStore, run_id: str) -> dict[str, Any]:
    """Return the row of a run as it is in the database."""
    names = [row[1] for row in store._connection.execute("PRAGMA table_info(runs)")]
    values = store._connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    return dict(zip(names, values, strict=True))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("linreg.store.store.time", lambda: now[0])
    return now


def test_a_run_begins_with_nothing_but_its_recipe(store: RunStore, clock: list[float]) -> None:
    run = store.begin(Recipe(data="points.csv"))
    assert (run.number, run.name, run.status, run.reason, run.started, run.ended) == (
        1,
        "points",
        Phase.RUNNING,
        "",
        1000.0,
        None,
    )
    assert (run.data, run.versions, run.result, run.script, run.every) == (None, {}, None, "", 1)
    assert (run.epoch, run.cost, run.excess_cost, run.interventions) == (-1, None, None, ())
    assert run.owner == Owner.here()
    assert run.recipe.data == os.path.abspath("points.csv")
    assert store.facts(run.id) is None
    assert store.begin(Recipe(), script="train.py", name=" other ").script == "train.py"
    assert store.called("other") == (store.get("other").id, "other")
    assert store.called(run.id) == (run.id, "points")


@pytest.mark.parametrize(("is_open", "ended"), [(False, 1000.0), (True, None)])
def test_an_end_that_is_open_has_no_time(
    store: RunStore, clock: list[float], is_open: bool, ended: float | None
) -> None:
    run = store.begin(Recipe())
    clock[0] = 1000.0
    store.finish(run.id, Phase.PAUSED, "why", {"cost": 0.5}, is_open=is_open)
    found = store.get(run.id)
    assert (found.status, found.reason, found.result, found.ended) == (Phase.PAUSED, "why", {"cost": 0.5}, ended)
    store.finish(run.id, Phase.FINISHED)
    found = store.get(run.id)
    assert (found.status, found.reason, found.result, found.ended) == (Phase.FINISHED, "", None, 1000.0)


def test_a_run_of_another_store_is_entered_once_under_its_own_id(store: RunStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with RunStore(tmp_path / "elsewhere") as other:
        run = other.begin(
            Recipe(seed=3), name="mine", facts={"x": 1}, versions={"torch": "2"}, script="x.py", data=None
        )
        other.append(run.id, some_epochs(0, 1))
    store.begin(Recipe(), name="mine")
    for _ in range(2):
        store.admit(run)
    again = store.get(run.id)
    assert len(store.runs()) == 2
    assert (again.name, again.started, again.script, again.versions) == ("mine-2", run.started, "x.py", {"torch": "2"})
    assert again.recipe.as_dict() == run.recipe.as_dict()
    assert (again.status, again.epoch, store.facts(run.id)) == (Phase.RUNNING, -1, None)


@pytest.mark.parametrize(
    ("status", "ended"), [(Phase.INTERRUPTED, 500.0), (Phase.FINISHED, 500.0), (Phase.RUNNING, None)]
)
def test_what_cannot_be_taken_up_after_all_is_put_back_as_it_was(
    store: RunStore, clock: list[float], status: Phase, ended: float | None
) -> None:
    run = store.begin(Recipe(epochs=10))
    clock[0] = 500.0
    if ended is not None:
        store.finish(run.id, status, "why")
    leave(store, run.id, gone())
    before, row = store.get(run.id), columns_of(store, run.id)
    clock[0] = 2000.0
    claimed = store.claim(run.id, epochs=20)
    assert (claimed.recipe.epochs, claimed.ended, claimed.reason) == (20, None, "")
    store.release(before)
    expected = (
        row
        if ended is not None
        else row
        | {
            "status": "interrupted",
            "reason": "its process is gone",
            "ended": 2000.0,
        }
    )
    assert columns_of(store, run.id) == expected


@pytest.mark.parametrize(
    ("status", "epochs", "words"),
    [
        (Phase.FINISHED, 11, ""),
        (Phase.FINISHED, 10, "has finished: nothing of it is left to resume; --epochs takes it further."),
        (Phase.FINISHED, None, "has finished: nothing of it is left to resume; --epochs takes it further."),
        (Phase.CONVERGED, 11, "has converged: nothing of it is left to resume."),
        (Phase.DIVERGED, 11, "has diverged: nothing of it is left to resume."),
        (Phase.INTERRUPTED, None, ""),
        (Phase.INTERRUPTED, 5, ""),
    ],
)
def test_only_a_run_that_is_to_go_further_is_taken_up(
    store: RunStore, status: Phase, epochs: int | None, words: str
) -> None:
    run = store.begin(Recipe(epochs=10), name="mine")
    store.finish(run.id, status)
    if not words:
        claimed = store.claim("mine", epochs=epochs)
        assert (claimed.status, claimed.recipe.epochs) == (Phase.RUNNING, epochs or 10)
        return
    before = columns_of(store, run.id)
    with pytest.raises(LinregError) as caught:
        store.claim("mine", epochs=epochs)
    assert str(caught.value) == f"the run mine {words}"
    assert columns_of(store, run.id) == before


def test_a_run_of_this_process_can_be_taken_up_and_a_scripts_cannot(store: RunStore) -> None:
    run, script = store.begin(Recipe()), store.begin(Recipe(), name="theirs", script="x.py")
    assert store.claim(run.id).is_alive
    with pytest.raises(LinregError) as caught:
        store.claim(script.id, force=True)
    assert str(caught.value) == "the run theirs is a script's own: run it again with linreg watch."


def test_a_run_that_may_be_at_work_elsewhere_is_deleted_only_where_that_is_said(store: RunStore) -> None:
    run, other = store.begin(Recipe(), name="mine"), store.begin(Recipe(), name="other")
    with pytest.raises(LinregError) as caught:
        store.delete("mine", force=True)
    assert str(caught.value) == "the run mine is still running; stop it before you delete it."
    leave(store, run.id, replace(Owner.here(), host="elsewhere"))
    with pytest.raises(LinregError, match="the run mine is still running; stop it"):
        store.delete("mine")
    store.delete("mine", force=True)
    assert [each.id for each in store.runs()] == [other.id]


def test_a_deleted_run_gives_its_room_back(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, some_epochs(*range(3000)))
    store.finish(run.id, Phase.FINISHED)
    before = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store.delete(run.id)
    count, free = (
        store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
    )
    assert free == 0
    assert count < before / 2


def test_another_description_replaces_the_recipe_and_the_facts(store: RunStore) -> None:
    run, other = store.begin(Recipe(), facts={"x": 1}), store.begin(Recipe(), facts={"x": 2})
    store.describe(run.id, Recipe(data="points.csv", seed=7), {"y": 3})
    assert store.get(run.id).recipe.seed == 7
    assert store.get(run.id).recipe.data == os.path.abspath("points.csv")
    assert (store.facts(run.id), store.facts(other.id)) == ({"y": 3}, {"x": 2})
    with pytest.raises(LinregError, match=r"^this run cannot be recorded: .*\.$"):
        store.describe(run.id, Recipe(seed=8), {"y": object()})
    assert store.get(run.id).recipe.seed == 7


def test_changes_that_are_none_take_those_that_were_away_and_changes_not_given_do_not(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, interventions=[Intervention(3, 0.1), Intervention(5, math.inf)])
    store.append(run.id, some_epochs(0, 4, 8), every=4)
    found = store.get(run.id)
    assert found.interventions == (Intervention(3, 0.1), Intervention(5, math.inf))
    assert (found.every, found.epoch, found.cost, found.excess_cost) == (4, 8, 1 / 9, 8 / 7)
    store.append(run.id, interventions=[])
    found = store.get(run.id)
    assert (found.interventions, found.every, found.epoch) == ((), 1, 8)


def test_only_runs_that_stand_so_and_have_the_text_are_listed(store: RunStore) -> None:
    for name, status in (("ab", Phase.FINISHED), ("b", Phase.DIVERGED), ("a", Phase.DIVERGED)):
        store.begin(Recipe(data="-"), name=name)
        store.finish(name, status)

    def names(**choices: Any) -> str:
        return " ".join(run.name for run in store.runs(**choices))

    assert names() == "a b ab"
    assert names(status=[Phase.DIVERGED]) == "a b"
    assert names(status=[Phase.DIVERGED, Phase.FINISHED], containing="a") == "a ab"
    assert names(status=[Phase.DIVERGED], containing="ab") == ""


def test_what_is_damaged_of_a_run_is_said_by_the_word_that_was_given(store: RunStore) -> None:
    run = store.begin(Recipe(), name="mine", facts={})
    store.append(run.id, some_epochs(0, 1, 2))
    store._connection.execute("UPDATE epochs SET cost = 'text' WHERE epoch = 1")
    for ask in (lambda: store.epochs("min"), lambda: store.append("mine", every=2)):
        with pytest.raises(LinregError) as caught:
            ask()
        assert str(caught.value).startswith("the epochs of the run min")
        assert str(caught.value).endswith(" are damaged; delete it.")
    store._connection.execute("UPDATE runs SET facts = x'00'")
    with pytest.raises(LinregError, match=r"^what is known of the run min is damaged: .*\.$"):
        store.facts("min")


def test_words_that_are_none_in_an_altered_store_are_told_from_others(store: RunStore) -> None:
    store.begin(Recipe(), name="mine")
    whole = store.begin(Recipe(), name="whole")
    store._connection.execute("UPDATE runs SET name = x'ff' WHERE name = 'mine'")
    assert store.get("whole").id == whole.id
    with pytest.raises(LinregError, match="there is no run"):
        store.get("mine")


def test_a_store_that_is_closed_and_one_that_is_left_is_closed_once(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.close()
    with pytest.raises(LinregError, match=r"cannot use the run store .*: Cannot operate on a closed database"):
        store.runs()
