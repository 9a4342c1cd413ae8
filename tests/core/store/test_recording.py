"""A run that is written down while it goes: what its writer is told, call by call, and when all is written."""

from dataclasses import replace
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from exactly import same
from linreg.data import bundled
from linreg.data.fingerprint import fingerprint_of, rooted
from linreg.data.sample import Sample
from linreg.live.checkpoint import Checkpoint
from linreg.live.run import LiveRun
from linreg.live.state import Intervention
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.store import checkpoint, recording
from linreg.store.pending import Description, End
from linreg.store.recording import ROWS_CHANGED, Recording
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.trace import Trace
from linreg.training.posing import pose
from patience import PATIENCE

LAST = 40


class Written:
    """A writer that writes down what it is told."""

    def __init__(self, home: Path, run: Run, from_epoch: int = 0, description: Description | None = None) -> None:
        self.begun = "begin", home, run, from_epoch
        self.calls: list[tuple[Any, ...]] = [self.begun]
        self.description = description
        self.wants_checkpoint = False

    def add(self, trace: Trace) -> None:
        self.calls.append(("add", trace.first_epoch, trace.last_epoch))

    def keep(self, kept: Checkpoint) -> None:
        self.calls.append(("keep", kept))

    def stand(self, end: End) -> None:
        self.calls.append(("stand", end.status, end.reason, end.result))

    def finish(self, *end: Any) -> None:
        self.calls.append(("finish", *end))
        _, home, run, _ = self.begun
        with RunStore(home) as store:
            store.finish(run.id, *end)

    def __getattr__(self, name: str) -> Any:
        return lambda *values: self.calls.append((name, *values))

    def told(self, *names: str) -> list[tuple[Any, ...]]:
        """Return what it was told since the last time, of some kinds; a checkpoint is named by its epoch."""
        calls, self.calls = self.calls, []
        named = (("keep", each[1].snapshot.epoch) if each[0] == "keep" else each for each in calls)
        return [each for each in named if not names or each[0] in names]


class Recorded:
    """A run and its recording."""

    def __init__(self, home: Path, *, is_dispensable: bool = False, **choices: Any) -> None:
        self.recipe = bundled.find("exercise1").changed(**{"every": 1, "epochs": LAST, "engine": "gram", **choices})
        self.live = LiveRun(pose(self.recipe), Sample(1), inf, False)
        with RunStore(home) as store:
            self.run = store.begin(self.recipe)
        self.data = fingerprint_of(self.recipe.data)
        self.recording = Recording(self.live, home, self.run, self.data, is_dispensable=is_dispensable)
        writer: Any = self.recording._writer
        self.written: Written = writer

    def go(self, epoch: int) -> list[tuple[int, int]]:
        """Go to an epoch; return the first and the last epoch of what was new."""
        self.live.go_to(epoch)
        return self.arrive()

    def arrive(self) -> list[tuple[int, int]]:
        found = []
        while self.live.phase.is_moving:
            trace = self.recording.add(self.live.work())
            if len(trace):
                found.append((trace.first_epoch, trace.last_epoch))
        self.recording.look()
        return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(recording, "RunWriter", Written)
    return tmp_path


def epochs_in(blocks: list[tuple[Any, ...]]) -> list[int]:
    return [epoch for *_, first, last in blocks for epoch in range(first, last + 1)]


def test_it_begins_with_what_is_trained_and_with_the_epoch_to_come(home: Path) -> None:
    recorded = Recorded(home)
    assert recorded.written.told() == [("begin", home, recorded.run, 0), ("change", ())]
    described = recorded.written.description
    assert described is not None
    assert described.recipe == rooted(recorded.live.facts.recipe)
    assert same(described.facts, plain(recorded.live.facts))
    assert recorded.recording.is_over is False
    recorded.go(11)
    later = Recording(recorded.live, home, recorded.run, None)
    writer: Any = later._writer
    assert writer.told() == [("begin", home, recorded.run, 12), ("change", ())]


def test_each_epoch_is_taken_down_once_however_often_it_is_looked_at(home: Path) -> None:
    recorded = Recorded(home)
    assert epochs_in(recorded.go(19)) == list(range(20))
    assert epochs_in(recorded.written.told("add")) == list(range(20))
    for epoch in (5, 12, -1, 19):
        assert recorded.go(epoch) == []
    assert recorded.written.told("add", "forget", "change") == []
    assert epochs_in(recorded.go(25)) == list(range(20, 26))
    assert epochs_in(recorded.written.told("add")) == list(range(20, 26))


def test_a_changed_rate_forgets_what_came_after_and_a_restart_all(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(19)
    recorded.go(9)
    recorded.written.told()
    recorded.live.set_learning_rate(0.02)
    recorded.recording.look()
    changes = (Intervention(10, 0.02),)
    assert recorded.written.told("forget", "change", "add", "describe") == [("forget", 10), ("change", changes)]
    assert epochs_in(recorded.go(15)) == list(range(10, 16))
    recorded.live.set_learning_rate(0.03)
    assert epochs_in(recorded.go(17)) == [16, 17]
    told = recorded.written.told("forget", "change", "add")
    assert ("forget", 16) in told
    assert ("change", (*changes, Intervention(16, 0.03))) in told
    recorded.live.restart()
    recorded.recording.look()
    facts = recorded.live.facts
    describe, forget, change = recorded.written.told("describe", "forget", "change")
    assert (forget, change) == (("forget", 0), ("change", ()))
    assert (describe[1], same(describe[2], plain(facts))) == (rooted(facts.recipe), True)
    assert epochs_in(recorded.go(3)) == [0, 1, 2, 3]


def test_the_first_change_that_differs_says_from_where_to_forget(home: Path) -> None:
    recorded = Recorded(home)
    for epoch, rate in ((9, 0.02), (19, 0.03)):
        recorded.go(epoch)
        recorded.live.set_learning_rate(rate)
    recorded.go(25)
    recorded.go(4)
    recorded.written.told()
    recorded.live.set_learning_rate(0.05)
    recorded.recording.look()
    assert recorded.written.told("forget", "change") == [("forget", 5), ("change", (Intervention(5, 0.05),))]


def test_a_checkpoint_is_taken_where_the_run_stands_furthest_and_once(home: Path) -> None:
    recorded = Recorded(home)
    recorded.recording.put_aside()
    assert recorded.written.told("keep") == []
    recorded.go(19)
    recorded.recording.put_aside()
    assert recorded.written.told("keep") == [("keep", 19)]
    recorded.go(8)
    recorded.recording.put_aside()
    assert recorded.written.told("keep") == []
    recorded.live.set_learning_rate(0.02)  # now this is the furthest
    recorded.recording.look()
    assert recorded.written.told("keep") == [("keep", 8)]
    recorded.go(12)
    assert recorded.written.told("keep") == [("keep", 12)]


def test_while_a_run_moves_a_checkpoint_is_taken_where_one_is_due(home: Path) -> None:
    recorded = Recorded(home)
    recorded.live.play()
    recorded.recording.add(recorded.live.work())
    assert recorded.written.told("keep") == []
    recorded.written.wants_checkpoint = True
    recorded.recording.add(recorded.live.work())
    assert recorded.written.told("keep") == [("keep", recorded.live.epoch)]


def test_a_checkpoint_has_all_that_is_known(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(9)
    recorded.live.set_learning_rate(0.02)
    recorded.live.go_to(19)
    while recorded.live.phase.is_moving:
        recorded.recording.add(recorded.live.work())
    kept = [each[1] for each in recorded.written.calls if each[0] == "keep"][-1]
    trainer = recorded.live.trainer
    assert kept.recipe == rooted(trainer.problem.settled_recipe)
    assert same(kept.snapshot.engine, trainer.snapshot().engine)
    assert (kept.status, kept.reason, kept.first_learning_rate) == (Phase.RUNNING, "", 0.01)
    assert kept.interventions == (Intervention(10, 0.02),)
    assert same(kept.before, recorded.live.rewinding.before)
    assert kept.seconds == trainer.seconds
    assert kept.data == recorded.data is not None
    assert kept.versions == checkpoint.versions()


def test_how_it_stands_is_told_where_that_is_new_and_the_end_after_its_checkpoint(home: Path) -> None:
    recorded = Recorded(home)
    recorded.recording.look()
    recorded.recording.look()
    assert recorded.written.told("stand") == [("stand", Phase.PAUSED, "", None)]
    recorded.live.play()
    recorded.recording.add(recorded.live.work())
    assert recorded.written.told("stand") == [("stand", Phase.RUNNING, "", None)]
    recorded.arrive()
    result = recorded.live.trainer.result().as_dict()
    keep, stand = recorded.written.told("keep", "stand")
    assert keep == ("keep", LAST)
    assert stand[:3] == ("stand", Phase.FINISHED, f"all epochs to {LAST} have run")
    assert same(stand[3], result)
    recorded.go(20)
    recorded.go(LAST)
    assert recorded.written.told("keep", "stand") == []
    recorded.go(20)
    recorded.live.set_learning_rate(0.02)
    recorded.recording.look()
    assert recorded.written.told("stand") == [("stand", Phase.RUNNING, "", None), ("stand", Phase.PAUSED, "", None)]


@pytest.mark.parametrize(
    ("epoch", "choices", "status", "reason", "can_go_on"),
    [
        (19, {}, Phase.INTERRUPTED, "killed", True),
        (LAST, {}, Phase.FINISHED, f"all epochs to {LAST} have run", True),
        (3000, {"until_cost": 1e-3, "epochs": 3000}, Phase.CONVERGED, None, False),
        (3000, {"learning_rate": 5.0, "epochs": 3000}, Phase.DIVERGED, None, False),
    ],
    ids=str,
)
def test_the_end_is_written_and_whether_it_can_be_taken_up_told(
    home: Path, epoch: int, choices: dict[str, Any], status: Phase, reason: str | None, can_go_on: bool
) -> None:
    recorded = Recorded(home, **choices)
    recorded.go(epoch)
    recorded.written.told()
    assert recorded.recording.finish("killed") is can_go_on
    trainer = recorded.live.trainer
    (finish,) = recorded.written.told("finish")
    assert finish[:3] == ("finish", status, trainer.reason if reason is None else reason)
    assert same(finish[3], trainer.result().as_dict())
    assert finish[3]["status"] == status


def test_a_run_that_ends_where_somebody_looks_back_has_come_to_nothing_there(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(19)
    recorded.go(5)
    assert recorded.recording.finish("killed") is True
    assert recorded.written.told("finish") == [("finish", Phase.INTERRUPTED, "killed", None)]


def test_a_run_that_breaks_off_is_interrupted(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(19)
    recorded.recording.fail("a fault")
    assert recorded.written.told("finish") == [("finish", Phase.INTERRUPTED, "a fault")]


def test_what_comes_after_its_rows_were_changed_is_not_taken_down(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(9)
    recorded.recording.leave()
    recorded.written.told()
    assert recorded.recording.is_over is True
    assert epochs_in(recorded.go(19)) == list(range(10, 20))
    recorded.recording.put_aside()
    assert recorded.written.told() == []
    assert recorded.recording.finish("killed") is True
    assert recorded.written.told() == [("finish", Phase.INTERRUPTED, ROWS_CHANGED, None)]


def test_one_that_had_ended_before_its_rows_were_changed_stays_ended(home: Path) -> None:
    recorded = Recorded(home)
    recorded.go(LAST)
    recorded.recording.leave()
    recorded.written.told()
    assert recorded.recording.finish("killed") is True
    ((_, status, _, result),) = recorded.written.told()
    assert (status, result is None) == (Phase.FINISHED, False)


@pytest.mark.parametrize(
    ("is_dispensable", "epoch", "is_left", "stays"),
    [
        (True, -1, False, False),
        (True, -1, True, False),
        (False, -1, False, True),
        (True, 0, False, True),
        (True, 0, True, True),
    ],
)
def test_of_a_run_of_which_no_epoch_has_run_nothing_is_left_where_it_is_dispensable(
    home: Path, is_dispensable: bool, epoch: int, is_left: bool, stays: bool
) -> None:
    recorded = Recorded(home, is_dispensable=is_dispensable)
    recorded.go(epoch)
    recorded.go(-1)
    if is_left:
        recorded.recording.leave()
    recorded.recording.finish("killed")
    with RunStore(home) as store:
        assert [each.id for each in store.runs()] == ([recorded.run.id] if stays else [])


@pytest.mark.parametrize(("engine", "step"), [("spectral", 256), ("gram", None)])
def test_of_a_run_that_jumps_evenly_spread_epochs_are_taken_down_too(home: Path, engine: str, step: int | None) -> None:
    recorded = Recorded(home, engine=engine, epochs=250_000)
    live = recorded.live
    wanted = [0, 1000, 2500] if step else [0, 1, 2]
    traces = [Trace(epoch, np.array([0.5]), np.zeros((1, 2)), 0.1) for epoch in wanted]
    assert list(recorded.recording.watch(iter(traces))) == traces
    expected = {*wanted, *(range(0, 2500, step) if step else ())}
    added = epochs_in(recorded.written.told("add"))
    assert added == sorted(expected)
    assert live.rewinding.frontier == wanted[-1]


@pytest.mark.parametrize(
    ("last_epoch", "step"), [(0, 1), (999, 1), (1000, 2), (1999, 2), (2000, 4), (10**6, 1024), (1_023_999, 1024)]
)
def test_what_is_kept_of_jumps_is_a_power_of_two_apart(last_epoch: int, step: int) -> None:
    assert recording._step(last_epoch) == step


def test_a_description_follows_what_is_known(home: Path) -> None:
    recorded = Recorded(home)
    recorded.written.told()
    recorded.recording.look()
    assert recorded.written.told("describe") == []
    recorded.live.facts = replace(recorded.live.facts, n_edits=3)
    recorded.recording.look()
    ((_, _, facts),) = recorded.written.told("describe")
    assert facts["n_edits"] == 3


def test_a_recording_is_behind_until_all_is_written(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.go(20)
    found, end = [recorded.recording.is_behind], monotonic() + PATIENCE
    while recorded.recording.is_behind:
        assert monotonic() < end
        assert recorded.recording.notices() == ()
        sleep(0.002)
    with RunStore(tmp_path) as store:
        assert len(store.epochs(recorded.run.id)) == 21
    assert found == [True]
    assert recorded.recording.finish("killed")
