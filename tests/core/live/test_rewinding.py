"""Going back and forth against one run straight ahead: the same numbers, bit for bit."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import linreg
from linreg.data import bundled
from linreg.history.epochs import Epochs
from linreg.history.history import History
from linreg.live import rewinding
from linreg.live.rewinding import Rewinding, cut, history_of, thinned
from linreg.live.state import Intervention
from linreg.trace import Trace
from linreg.training.facts import facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer

MODULE = """
import torch

class Noisy(torch.nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.stack = torch.nn.Sequential(
            torch.nn.BatchNorm1d(n_features, affine=False), torch.nn.Dropout(0.3), torch.nn.Linear(n_features, 1)
        )

    def forward(self, x):
        return self.stack(x)
"""

RUNS: dict[str, dict[str, Any]] = {
    "spectral": {"engine": "spectral"},
    "spectral with momentum": {"engine": "spectral", "options": {"momentum": 0.9, "nesterov": True}},
    "gram with momentum": {"engine": "gram", "options": {"momentum": 0.9}},
    "gram Adam": {"engine": "gram", "optimizer": "Adam", "learning_rate": 0.01},
    "gram LBFGS": {"engine": "gram", "optimizer": "LBFGS", "learning_rate": 0.05, "options": {"max_iter": 2}},
    "autograd with momentum": {"engine": "autograd", "options": {"momentum": 0.9}},
    "autograd Adam": {"engine": "autograd", "optimizer": "Adam", "learning_rate": 0.01},
    "autograd LBFGS": {"engine": "autograd", "optimizer": "LBFGS", "learning_rate": 0.05, "options": {"max_iter": 2}},
    "analytic LBFGS": {"engine": "analytic", "optimizer": "LBFGS", "learning_rate": 0.05, "options": {"max_iter": 2}},
    "mini-batches with Adam": {"batch_size": 2, "optimizer": "Adam", "learning_rate": 0.01},
    "float32": {"engine": "autograd", "dtype": "float32"},
    "mini-batches": {"batch_size": 2, "options": {"momentum": 0.5}},
    "module": {"module": "noisy.py:Noisy", "learning_rate": 0.01},
}


@pytest.fixture(params=RUNS)
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> linreg.Recipe:
    choices = dict(RUNS[request.param], epochs=80, standardize=True)
    if "module" in choices:
        (tmp_path / "noisy.py").write_text(MODULE)
        choices["module"] = str(tmp_path / choices["module"])
    return bundled.find("quiz1").changed(**choices)


def _straight(recipe: linreg.Recipe, changes: list[Intervention]) -> np.ndarray[Any, Any]:
    """Run every epoch once, in blocks that end only where the rate changes: epoch, cost, rate, parameters."""
    trainer, rows = Trainer(pose(recipe)), []
    ends = [*[change.epoch for change in changes], trainer.last_epoch + 1]
    for end, rate in zip(ends, [None, *[change.learning_rate for change in changes]], strict=True):
        if rate is not None:
            trainer.engine.learning_rate = rate
        rows.append(_rows(trainer.advance(end - trainer.epoch - 1)))
    return np.concatenate(rows)


def _rows(trace: Trace) -> np.ndarray[Any, Any]:
    epochs = np.arange(trace.first_epoch, trace.first_epoch + len(trace))
    rates = np.full(len(trace), trace.learning_rate)
    return np.column_stack([epochs, trace.cost, rates, trace.parameters])


def _reach(run: Rewinding, epoch: int, straight: np.ndarray[Any, Any], blocks: Random) -> None:
    run.approach(epoch)
    assert run.trainer.epoch <= max(-1, epoch - 1)
    _check_before(run, straight)
    while run.trainer.epoch < epoch:
        trace = run.advance(min(blocks.randint(1, 9), epoch - run.trainer.epoch))
        assert len(trace)
        np.testing.assert_array_equal(_rows(trace), straight[trace.first_epoch : trace.last_epoch + 1])
    assert run.trainer.epoch == epoch
    _check_before(run, straight)


def _check_before(run: Rewinding, straight: np.ndarray[Any, Any]) -> None:
    epoch = run.trainer.epoch
    if epoch >= 0:
        assert run.before is not None
        expected = straight[epoch - 1, 3:] if epoch else Trainer(run.trainer.problem).parameters
        np.testing.assert_array_equal(run.before, expected)
    else:
        assert run.before is None


@pytest.mark.parametrize("seed", range(2))
def test_an_epoch_that_is_gone_back_to_has_the_same_numbers_as_the_first_time(
    recipe: linreg.Recipe, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewinding, "MOST_SNAPSHOTS", 4)
    monkeypatch.setattr(rewinding, "_RUN_UP", 5)
    changes = [Intervention(20, 0.02), Intervention(33, 0.001), Intervention(60, 0.03)]
    straight, blocks = _straight(recipe, changes), Random(seed)
    run = Rewinding(Trainer(pose(recipe)))
    for change in changes:
        _reach(run, change.epoch - 1, straight, blocks)
        run.change(change.epoch - 1, change.learning_rate)
    for epoch in [*(blocks.randint(-1, 70) for _ in range(6)), 80, 79, 80]:
        _reach(run, epoch, straight, blocks)
        assert run.changes == tuple(changes)
    assert run.trainer.status == "finished"


@pytest.mark.parametrize("engine", ["spectral", "gram", "analytic", "autograd"])
@pytest.mark.parametrize("rule", [{"until_step": 1e-3}, {"until_cost": 1e-4}, {"learning_rate": 2.0}])
def test_coming_forward_again_ends_the_same_way(engine: str, rule: dict[str, float]) -> None:
    run = Rewinding(linreg.train("exercise1", engine=engine, **rule))
    trainer = run.trainer
    while trainer.status == "running":
        run.advance(50)
    once = trainer.status, trainer.reason, trainer.epoch, trainer.cost, trainer.parameters.tolist()
    assert once[0] == ("diverged" if "learning_rate" in rule else "converged")
    for epoch in (trainer.epoch, trainer.epoch - 1, 7, -1):
        run.approach(epoch)
        assert trainer.status == "running"
        while trainer.status == "running":
            run.advance(13)
        assert (trainer.status, trainer.reason, trainer.epoch, trainer.cost, trainer.parameters.tolist()) == once


def test_a_changed_rate_lets_a_converged_run_go_on() -> None:
    run = Rewinding(linreg.train("exercise1", engine="gram", until_step=1e-3))
    while run.trainer.status == "running":
        run.advance(50)
    end = run.trainer.epoch
    run.change(end, 0.2)
    run.approach(end)
    while run.trainer.epoch < end + 5:
        assert len(run.advance(100)) > 0
    assert run.changes == (Intervention(end + 1, 0.2),)


def test_changing_the_rate_back_at_the_same_epoch_leaves_no_mark() -> None:
    run = Rewinding(linreg.train("exercise1"))
    run.advance(10)
    run.change(9, 0.02)
    run.change(9, 0.03)
    assert run.changes == (Intervention(10, 0.03),)
    run.change(9, 0.01)
    assert not run.changes


def test_snapshots_stay_within_their_bytes_and_lie_closer_near_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewinding, "MOST_BYTES", 20_000)
    monkeypatch.setattr(rewinding, "_SHARE", np.inf)
    run = Rewinding(linreg.train("exercise1", engine="gram", optimizer="Adam", learning_rate=0.01))
    while run.trainer.epoch < 2000:
        run.advance(1)
    epochs = [kept.snapshot.epoch for kept in run._kept]
    assert sum(kept.n_bytes for kept in run._kept) <= 20_000
    assert (epochs[0], epochs[-1]) == (-1, 2000)
    assert len(epochs) > 20
    gaps = np.diff(epochs)
    assert gaps[-3:].max() <= 3 < gaps.max()


def test_snapshots_are_as_many_as_there_may_be_where_they_are_small_and_cost_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = Rewinding(linreg.train("exercise1", engine="gram"))
    run._seconds_each = 1e9
    for _ in range(3):
        run.advance(1)
    assert [kept.snapshot.epoch for kept in run._kept] == [-1]
    monkeypatch.setattr(rewinding, "_SHARE", np.inf)
    for _ in range(rewinding.MOST_SNAPSHOTS + 20):
        run.advance(1)
    assert len(run._kept) == rewinding.MOST_SNAPSHOTS == 256


@pytest.mark.parametrize("engine", ["spectral", "gram"])
@pytest.mark.parametrize("n_missing", [0, 1, 10])
def test_the_row_where_a_resumed_run_stands_is_made_again_where_it_was_not_kept(n_missing: int, engine: str) -> None:
    run = Rewinding(linreg.train("exercise1", engine=engine))
    facts, trace = facts_of(run.trainer, np.zeros((0, 1)), np.zeros(0)), run.advance(40)
    kept = Epochs.of(trace.head(40 - n_missing))
    row = history_of(run, facts, kept).row(39)
    assert row is not None
    assert trace.excess_cost is not None
    assert row.parameters.tolist() == trace.parameters[39].tolist()
    assert row.cost == pytest.approx(trace.cost[39], rel=1e-9)
    assert row.learning_rate == 0.01
    assert row.excess_cost == pytest.approx(trace.excess_cost[39], rel=1e-9)
    run.before = None  # as where it is not known
    row = history_of(run, facts, Epochs.of(trace.head(30))).row(39)
    assert row is not None
    assert (row.excess_cost is None) == (engine == "gram")


def test_a_snapshot_is_taken_once_training_has_taken_twenty_times_as_long_as_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(np.arange(100.0, 200.0))  # a snapshot takes 1 s
    monkeypatch.setattr(rewinding, "perf_counter", lambda: float(next(clock)))
    run = Rewinding(linreg.train("exercise1", engine="gram"))
    kept = []
    for seconds in (19.0, 0.9, 0.2, 19.0, 1.1):
        run.trainer.seconds = run._kept_at + seconds if seconds > 1.1 else run.trainer.seconds + seconds
        run.advance(1)
        kept.append([each.snapshot.epoch for each in run._kept])
    assert kept == [[-1], [-1], [-1, 2], [-1, 2], [-1, 2, 4]]


def test_the_row_where_a_resumed_run_stands_is_that_which_is_kept_if_it_is_the_same() -> None:
    run = Rewinding(linreg.train("exercise1", engine="gram"))
    facts, trace = facts_of(run.trainer, np.zeros((0, 1)), np.zeros(0)), run.advance(40)
    kept = replace(Epochs.of(trace), cost=np.arange(40.0))
    assert [row.cost for row in history_of(run, facts, kept).kept_rows()] == list(range(40))
    beyond = replace(kept, epoch=kept.epoch + 1)  # epoch 39 has the parameters of 38
    rows = history_of(run, facts, beyond).kept_rows()
    assert [row.epoch for row in rows] == list(range(1, 40))
    assert (rows[-2].cost, rows[-1].cost) == (37.0, trace.cost[39])
    damaged = replace(kept, epoch=np.append(kept.epoch[:-1][::-1], 39))
    alone = history_of(run, facts, damaged)
    alone.add(run.advance(3))
    assert [row.epoch for row in alone.kept_rows()] == [39, 40, 41, 42]
    run.approach(39)
    run.advance(39 - run.trainer.epoch)
    assert [row.epoch for row in history_of(run, facts, damaged).rows(99)] == [39]


def test_the_rows_that_ran_on_others_are_there_up_to_the_last() -> None:
    history, known = History(2, 2000, kept_every=400), [0, 400, 800, 1200, 1600]
    history.add(Trace(0, np.arange(2000.0), np.zeros((2000, 2)), 0.5))
    last = history.row(1999)
    history._rows._latest.clear()
    assert last is not None
    for epoch, kept in ((1999, [*known, 1999]), (1700, [*known, 1999]), (399, [0, 1999])):
        rows = thinned(history, epoch, last, 1).kept_rows()
        assert [(row.epoch, row.cost) for row in rows] == [(each, each) for each in kept]
    early = replace(last, epoch=800)
    assert [row.epoch for row in thinned(history, 1600, early, 1).kept_rows()] == [0, 400, 1200, 1600]
    assert [row.epoch for row in thinned(history, 800, early, 1).kept_rows()] == [0, 400, 800]


@pytest.mark.parametrize(
    ("epoch", "seconds_an_epoch", "first", "is_coarse"),
    [(99_999, 1.0, 100_000, True), (60_030, 1.0, 60_000, True), (199, 0.001001, 192, True), (199, 0.000999, 0, False)],
)
def test_what_is_cut_of_a_coarse_history_is_made_fine_again_where_that_takes_no_time(
    epoch: int, seconds_an_epoch: float, first: int, is_coarse: bool
) -> None:
    history = History(1)
    history.add(Trace(0, np.zeros(100_000), np.zeros((100_000, 1)), 0.5))
    assert cut(history, epoch, seconds_an_epoch) == first
    assert (history.last_epoch, history.is_coarse) == (first - 1, is_coarse)


def test_a_fine_history_is_cut_where_it_is_asked_for() -> None:
    history = History(1)
    history.add(Trace(0, np.zeros(1000), np.zeros((1000, 1)), 0.5))
    assert [cut(history, epoch, 0.0) for epoch in (2000, 999, 500, -1)] == [2001, 1000, 501, 0]


def test_a_change_that_is_made_further_back_leaves_nothing_of_what_ran_beyond(
    recipe: linreg.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewinding, "_SHARE", np.inf)
    monkeypatch.setattr(rewinding, "_RUN_UP", 5)
    blocks, run = Random(0), Rewinding(Trainer(pose(recipe)))
    straight = _straight(recipe, [])
    for epoch in (40, 20):
        _reach(run, epoch, straight, blocks)
    run.change(20, 0.002)
    assert run.frontier == 20
    straight = _straight(recipe, [Intervention(21, 0.002)])
    for epoch in (30, 60, 25, 5, 50):
        _reach(run, epoch, straight, blocks)
    assert run.frontier == 60


def test_a_scheduled_rate_is_known_of_the_latest_step_and_the_next() -> None:
    halving: dict[str, Any] = {"schedule": "StepLR", "schedule_options": {"step_size": 1, "gamma": 0.5}}
    run = Rewinding(linreg.train("exercise1", engine="gram", learning_rate=0.08, **halving))
    assert [run.learning_rate_of(epoch) for epoch in (-1, 0)] == [0.08, 0.08]
    for epoch in range(4):
        run.advance(1)
        assert [run.learning_rate_of(each) for each in (epoch, epoch + 1)] == [0.08 / 2**epoch, 0.04 / 2**epoch]


def test_a_run_that_starts_again_has_no_epoch_behind_it() -> None:
    run = Rewinding(linreg.train("exercise1", engine="gram"))
    run.advance(9)
    run.change(8, 0.02)
    run.advance(5)
    run.start_again()
    assert (run.trainer.epoch, run.frontier, run.changes, run.first_learning_rate) == (-1, -1, (), 0.02)


def test_of_too_many_snapshots_that_goes_which_leaves_the_smallest_gap_for_how_far_away_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rewinding, "_SHARE", np.inf)
    monkeypatch.setattr(rewinding, "MOST_SNAPSHOTS", 6)
    draw, run = Random(3), Rewinding(linreg.train("exercise1", engine="gram", options={"momentum": 0.9}))
    epochs, trainer = [-1], run.trainer
    for _ in range(60):
        run.advance(draw.randint(1, 40))
        epochs.append(trainer.epoch)
        if len(epochs) > 6:
            worth = {
                epochs[place]: (epochs[place + 1] - epochs[place - 1]) / (abs(epochs[place] - trainer.epoch) + 1)
                for place in range(1, 6)
            }
            epochs.remove(min(worth, key=lambda epoch: worth[epoch]))
        assert [kept.snapshot.epoch for kept in run._kept] == epochs
        assert run._n_bytes == sum(kept.n_bytes for kept in run._kept)
    run.change(epochs[3], 0.02)
    assert [kept.snapshot.epoch for kept in run._kept] == epochs[:4]
    assert run._n_bytes == sum(kept.n_bytes for kept in run._kept) > 0


@pytest.mark.parametrize("engine", ["spectral", "gram"])
def test_coming_near_an_epoch_stays_where_that_is_nearer(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewinding, "_SHARE", np.inf)
    run = Rewinding(linreg.train("exercise1", engine=engine))
    for _ in range(10):
        run.advance(50)  # to 49, 99, … 499
    stood = list[int]()
    for epoch in (450, 420, 421, 460, 40, 0, -1, 449, 450, 451):
        run.approach(epoch)
        stood.append(run.trainer.epoch)
    # a jump leaves 64 epochs to run; a snapshot is the latest before
    expected = {
        "spectral": [385, 385, 385, 395, -1, -1, -1, 384, 385, 386],
        "gram": [449, 399, 399, 449, -1, -1, -1, 399, 449, 449],
    }
    assert stood == expected[engine]


def test_a_run_on_other_rows_keeps_the_changes_up_to_here_and_its_first_rate() -> None:
    run = Rewinding(linreg.train("exercise1", engine="gram"))
    run.advance(10)
    for epoch, rate in ((3, 0.02), (9, 0.03), (10, 0.04)):
        run.change(epoch, rate)
    other = run.on(run.trainer.problem)
    assert other.changes == (Intervention(4, 0.02), Intervention(10, 0.03))
    assert (other.first, other.frontier, other.first_learning_rate) == (9, 9, 0.01)
    assert other.trainer.engine.learning_rate == 0.03
    assert other.before is not None
    assert run.before is not None
    assert other.before.tolist() == run.before.tolist()
    other.advance(5)
    other.approach(-1)
    assert other.trainer.epoch == 9


@pytest.mark.parametrize("engine", ["spectral", "gram"])
def test_the_changes_are_where_the_rate_is_another_than_before(engine: str) -> None:
    draw, run = Random(9), Rewinding(linreg.train("exercise1", engine=engine))
    rates = [0.01] * 31
    while run.trainer.epoch < 29:
        run.advance(30)
    for _ in range(60):
        epoch, rate = draw.randint(-1, 29), draw.choice((0.01, 0.02, 0.03))
        run.approach(epoch)
        while run.trainer.epoch < epoch:
            run.advance(epoch - run.trainer.epoch)
        run.change(epoch, rate)
        rates[epoch + 1 :] = [rate] * (30 - epoch)
        assert [run.learning_rate_of(each) for each in range(31)] == rates
        differs = [each for each in range(31) if rates[each] != (rates[each - 1] if each else 0.01)]
        assert run.changes == tuple(Intervention(each, rates[each]) for each in differs)
        assert run.trainer.engine.learning_rate == rate
        assert run.frontier == epoch
        while run.trainer.epoch < 29:
            trace = run.advance(30)
            assert set(trace.rates.tolist()) == {rate}
