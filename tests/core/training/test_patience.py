"""Stopping when rows held out are predicted no better: when, with which parameters, and the same after a rest."""

import json
from collections.abc import Iterable
from dataclasses import replace
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import linreg
from command import linreg as run_linreg
from linreg.data.sample import Sample
from linreg.engines.engine import Jumping
from linreg.errors import LinregError
from linreg.files.json_lines import to_json
from linreg.live.checkpoint import Checkpoint
from linreg.live.run import LiveRun
from linreg.live.values import made, plain
from linreg.phase import Phase
from linreg.statistics.best_epoch import best_of, first_to_wait
from linreg.store.recorded_run import RecordedRun, facts_of_run, result_of_run
from linreg.store.store import RunStore
from linreg.trace import Trace
from linreg.training.fitted import load_model
from linreg.training.result import Result
from linreg.training.trainer import Trainer

STEPS = {"schedule": "StepLR", "schedule_options": {"step_size": 40, "gamma": 0.9}}
ENGINES: dict[str, dict[str, Any]] = {
    "spectral": {},
    "spectral with momentum": {"options": {"momentum": 0.5}},
    "gram": {"engine": "gram", **STEPS},
    "gram Adam": {"optimizer": "Adam", "learning_rate": 0.05, **STEPS},
    "analytic": {"engine": "analytic", **STEPS},
    "autograd": {"engine": "autograd", **STEPS},
    "mini-batches": {"batch_size": 8, **STEPS},
    "L1Loss": {"criterion": "L1Loss", "learning_rate": 0.02, **STEPS},
}
CHOICES: dict[str, Any] = {"hold_out": 0.5, "learning_rate": 0.02, "epochs": 400}


def _rows() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows whose noise a long run learns: with 20 of them to train on and 12 features, others then cost more."""
    chance = np.random.default_rng(8)
    X = chance.standard_normal((40, 12))
    return X, X[:, :2] @ [1.0, -1.0] + 2 * chance.standard_normal(40)


def _trainer(engine: str, **choices: Any) -> Trainer:
    return linreg.train(*_rows(), **{**CHOICES, **ENGINES[engine], **choices})


def _all(traces: Iterable[Trace]) -> Trace:
    """Join the blocks of a run."""
    blocks = [trace for trace in traces if len(trace)]
    held_out = np.concatenate([block.held_out_cost for block in blocks if block.held_out_cost is not None])
    cost = np.concatenate([block.cost for block in blocks])
    return Trace(0, cost, np.concatenate([block.parameters for block in blocks]), nan, held_out_cost=held_out)


def _stop(costs: NDArray[np.float64], patience: int) -> tuple[int, int]:
    """Return the epoch that ends a run, and the best up to there, by going through them one by one."""
    best, least = -1, inf
    for epoch, cost in enumerate(costs.tolist()):
        if not isnan(cost) and cost < least:
            best, least = epoch, cost
        if epoch - best >= patience:
            return epoch, best
    return len(costs) - 1, best


def _arrive(run: LiveRun) -> None:
    while run.phase.is_moving:
        run.work()


def _said(result: Result) -> str:
    return to_json(replace(result, seconds=0.0).as_dict())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_stops_when_the_held_out_cost_has_not_fallen_for_so_long_and_keeps_the_best_epoch(engine: str) -> None:
    whole = _all(_trainer(engine))
    assert whole.held_out_cost is not None
    for patience in (7, 30):
        trainer = _trainer(engine, patience=patience)
        made = _all(trainer)
        end, best = _stop(whole.held_out_cost, patience)
        assert 0 < best < end < 400, "this run should teach something"
        result = trainer.result()
        assert (result.status, result.epoch, len(made)) == (Phase.CONVERGED, end, end + 1)
        words = f"the cost of the rows held out had not fallen for {patience} epochs at epoch {end}"
        assert result.reason == words
        np.testing.assert_array_equal(made.parameters, whole.parameters[: end + 1])
        w, b = trainer.in_original_units(whole.parameters[best])
        assert (list(result.w.values()), result.b) == (w.tolist(), b)
        assert result.best is not None
        assert result.held_out is not None
        assert (result.best.epoch, result.best.w, result.best.b) == (best, result.w, result.b)
        assert result.best.held_out_cost == whole.held_out_cost[best] == pytest.approx(result.held_out.cost, rel=1e-12)
        assert result.best.cost == result.cost == pytest.approx(trainer.engine.cost_of(whole.parameters[best]))
        assert not any("epochs would" in warning or "more epochs" in warning for warning in result.warnings)


def test_without_patience_the_last_epoch_is_the_result_and_the_best_is_told_beside_it() -> None:
    trainer = _trainer("gram")
    whole = _all(trainer)
    assert whole.held_out_cost is not None
    result, best = trainer.result(), int(whole.held_out_cost.argmin())
    assert result.best is not None
    assert (result.epoch, result.best.epoch, result.is_best) == (400, best, False)
    assert list(result.w.values()) == trainer.in_original_units(whole.parameters[-1])[0].tolist()
    assert list(result.best.w.values()) == trainer.in_original_units(whole.parameters[best])[0].tolist()
    assert f"least held-out cost {whole.held_out_cost[best]:.6g} after epoch {best}" in result._repr_html_()
    assert _trainer("spectral", hold_out=None).result().best is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_is_put_aside_or_taken_back_anywhere_goes_on_to_the_same_bits(engine: str) -> None:
    straight = _trainer(engine, patience=30)
    whole, expected = _all(straight), straight.result()
    assert expected.epoch is not None
    best = expected.best.epoch if expected.best is not None else -1
    for epoch in sorted({0, best - 1, best, best + 1, expected.epoch - 1}):
        first = _trainer(engine, patience=30)
        while first.epoch < epoch:
            first.advance(min(7, epoch - first.epoch))
        kept = Checkpoint(
            recipe=first.problem.recipe, snapshot=first.snapshot(), status=first.status, first_learning_rate=0.02
        )
        other = _trainer(engine, patience=30)
        other.restore(Checkpoint.of_content(kept.content()).snapshot)
        rest = [trace for trace in other if len(trace)]
        np.testing.assert_array_equal(np.concatenate([each.parameters for each in rest]), whole.parameters[epoch + 1 :])
        assert _said(other.result()) == _said(expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_going_back_and_forth_on_the_screen_changes_no_bit_and_no_best_epoch(engine: str) -> None:
    straight = _trainer(engine, patience=30)
    whole = _all(straight)
    run = LiveRun(_trainer(engine, patience=30).problem, Sample(12), inf, is_playing=True)
    assert whole.held_out_cost is not None
    end, best = _stop(whole.held_out_cost, 30)
    for epoch in (None, best - 3, best + 12, 2, best, None):
        if epoch is None:
            run.play()
        else:
            run.go_to(epoch)
        _arrive(run)
        state = run.state(0)
        epoch = end if epoch is None else epoch
        assert state.epoch == epoch
        np.testing.assert_array_equal(state.parameters, whole.parameters[epoch])
        row = run.history.row(epoch)
        assert row is not None
        assert row.held_out_cost == whole.held_out_cost[epoch]
        assert (state.best_epoch, state.best_cost) == (best, whole.held_out_cost[best]), "of all that have run"
        assert run.trainer.best is not None
        assert run.trainer.best.epoch == min(best, epoch), "of those up to here"
    assert run.state(0).result is not None
    assert _said(run.trainer.result()) == _said(straight.result())


def test_a_model_that_is_saved_after_the_end_is_the_best_epochs_and_says_so(tmp_path: Path) -> None:
    run = LiveRun(_trainer("gram Adam", patience=10, schedule=None, schedule_options={}).problem, Sample(12), inf, True)
    _arrive(run)
    best = run.trainer.result().best
    assert best is not None
    run.save(tmp_path / "model.safetensors")
    notice = run.state(0).notice
    assert notice is not None
    assert notice.text.endswith(f"model.safetensors, as epoch {best.epoch} left it, the best.")
    assert load_model(tmp_path / "model.safetensors").w.tolist() == list(best.w.values())
    run.back()
    _arrive(run)
    run.save(tmp_path / "earlier.safetensors")
    assert load_model(tmp_path / "earlier.safetensors").w.tolist() != list(best.w.values()), "as it stands there"


def test_another_learning_rate_after_the_end_lets_the_run_go_on_and_patience_begins_anew() -> None:
    run = LiveRun(_trainer("gram Adam", patience=10, schedule=None, schedule_options={}).problem, Sample(12), inf, True)
    _arrive(run)
    end, best = run.epoch, run.state(0).best_epoch
    run.set_learning_rate(0.001)
    run.play()
    _arrive(run)
    result = run.trainer.result()
    assert (result.status, result.best and result.best.epoch) == (Phase.CONVERGED, best)
    assert run.epoch == end + 10
    run.go_to(end - 2)
    _arrive(run)
    run.set_learning_rate(0.01)
    assert run.state(0).best_epoch == best
    assert best is not None
    run.go_to(best - 2)
    _arrive(run)
    run.set_learning_rate(0.01)
    run.step(1)
    _arrive(run)
    assert run.state(0).best_epoch == best - 1, "what was known beyond a change no longer holds"


def test_an_engine_that_jumps_knows_the_best_epoch_wherever_it_is_taken() -> None:
    trainer, whole = _trainer("spectral"), _all(_trainer("spectral"))
    assert isinstance(trainer.engine, Jumping)
    assert whole.held_out_cost is not None
    for epoch in (50, 300, 3, -1, 120):
        trainer.rewind(epoch)
        expected = int(whole.held_out_cost[: epoch + 1].argmin()) if epoch >= 0 else None
        assert (None if trainer.best is None else trainer.best.epoch) == expected
    longer = _trainer("spectral", epochs=10**6)
    rows = list(longer.run(stride=500_000))
    assert longer.jumps
    assert longer.result().best is None, "nobody has looked at the epochs between"
    assert all(row.held_out_cost is not None for row in rows)


def test_a_cost_that_is_not_finite_is_no_best_and_the_first_of_equals_is() -> None:
    costs = np.array([nan, inf, 3.0, 2.0, 2.0, nan, 2.5, 2.0])
    trace = Trace(0, np.zeros(8), np.arange(16.0).reshape(8, 2), 0.1, held_out_cost=costs)
    best = best_of(None, trace)
    assert best is not None
    assert (best.epoch, best.held_out_cost, best.parameters.tolist()) == (3, 2.0, [6.0, 7.0])
    assert best_of(None, trace.head(2)) is None
    for patience in range(1, 8):
        one = first_to_wait(None, trace, patience)
        stops = [e for e in range(8) if e - max([-1, *(f for f in (2, 3) if f <= e)]) >= patience]
        assert one == (stops[0] if stops else None)
        for cut in range(1, 8):
            head, tail = trace.head(cut), trace.since(cut)
            first, second = first_to_wait(None, head, patience), first_to_wait(best_of(None, head), tail, patience)
            assert one == (first if first is not None else None if second is None else cut + second)


def test_the_command_says_which_epoch_was_best_and_saves_its_model(tmp_path: Path) -> None:
    X, y = _rows()
    path, home, model = tmp_path / "rows.csv", tmp_path / "home", tmp_path / "model.safetensors"
    pl.DataFrame({f"x{n}": column for n, column in enumerate(X.T)} | {"y": y}).write_csv(path)
    line = ("run", path, "--hold-out", "0.5", "--patience", "20", "--lr", "0.02", "--epochs", "400", "--every", "1")
    run = run_linreg(*line, "--record", "--save", model, "--format", "json", LINREG_HOME=str(home))
    assert run.returncode == 0
    start, *events, result = map(json.loads, run.stdout.splitlines())
    assert start["recipe"]["patience"] == 20
    best = min(events, key=lambda event: event["held_out_cost"])
    assert (result["status"], result["epoch"]) == ("converged", best["epoch"] + 20)
    assert (result["w"], result["b"]) == (best["w"], best["b"])
    assert result["best"] == {
        "epoch": best["epoch"],
        "held_out_cost": best["held_out_cost"],
        "cost": result["cost"],
        "w": best["w"],
        "b": best["b"],
    }
    words = f"least held-out cost {best['held_out_cost']:.6g} after epoch {best['epoch']}, whose parameters these are"
    assert words in run.stderr.decode()
    assert load_model(model).w.tolist() == list(best["w"].values())
    with RunStore(home) as store:
        stored, facts, epochs = store.get("latest"), facts_of_run(store, "latest"), store.epochs("latest")
    assert facts is not None
    opened = result_of_run(stored, facts)
    assert opened is not None
    assert opened.best is not None
    assert plain(opened.best) == result["best"]
    assert made(Result, plain(opened)).best is not None
    shown = run_linreg("runs", "show", "latest", LINREG_HOME=str(home)).stdout.decode()
    assert "50 % of the rows, chosen by seed 0, patience of 20 epochs" in shown
    assert f"held-out cost        {events[-1]['held_out_cost']:.7g}" in shown
    assert f"best epoch           {best['epoch']}" in shown
    as_json = json.loads(run_linreg("runs", "show", "latest", "--format", "json", LINREG_HOME=str(home)).stdout)
    assert (as_json["best_epoch"], as_json["held_out_cost"]) == (best["epoch"], events[-1]["held_out_cost"])
    with RunStore(home) as store:
        outcome = RecordedRun.of(store, "latest").outcome()
    assert (outcome[0], outcome[1].tolist(), outcome[2]) == (best["epoch"], list(best["w"].values()), best["b"])
    assert epochs.held_out_cost is not None
    assert epochs.held_out_cost.tolist() == [event["held_out_cost"] for event in events]


def test_patience_without_rows_held_out_is_refused_in_a_sentence() -> None:
    with pytest.raises(LinregError, match=r"^--patience waits for the cost of rows that are held out: .*--hold-out\.$"):
        linreg.Recipe(patience=10)
    with pytest.raises(LinregError, match=r"^--patience takes a whole number"):
        linreg.Recipe(hold_out="0.2", patience=0)
