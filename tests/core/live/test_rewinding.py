"""Going back and forth against one run straight ahead: the same numbers, bit for bit."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import linreg
from linreg.data import bundled
from linreg.history.epochs import Epochs
from linreg.live import rewinding
from linreg.live.rewinding import Rewinding, history_of
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
    while run.trainer.epoch < epoch:
        trace = run.advance(min(blocks.randint(1, 9), epoch - run.trainer.epoch))
        assert len(trace)
        np.testing.assert_array_equal(_rows(trace), straight[trace.first_epoch : trace.last_epoch + 1])
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
