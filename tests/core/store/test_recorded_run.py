"""A recorded run is read as it was trained, without what is damaged, and never as what it was not."""

from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exactly import same
from kept_runs import keep, kept
from linreg.data.bundled import find
from linreg.errors import LinregError
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs
from linreg.live.values import plain
from linreg.numerics.minima.minimum import Fit, Minimum
from linreg.store.recorded_run import RecordedRun, best_kept, best_of_run, facts_of_run, result_of_run
from linreg.store.store import RunStore
from linreg.training.facts import Facts, facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def facts(**choices: Any) -> Facts:
    return facts_of(Trainer(pose(find("quiz1").changed(**choices))), np.ones((2, 3)), np.ones(2))


def read_back(home: Path, **changes: Any) -> Facts | None:
    """Keep facts of which some parts are others, and read them."""
    with RunStore(home) as store:
        run = store.begin(find("quiz1"), facts={**plain(facts()), **changes})
        return facts_of_run(store, run.id)


def test_a_run_is_what_was_trained(home: Path) -> None:
    with RunStore(home) as store:
        trainer = keep(store, find("quiz1").changed(epochs=20, standardize=True), "mine")
        curves = Curves()
        curves.add("accuracy", [3], [0.5])
        store.follow_curves(store.get("mine").id, curves.since(0)[0])
        run = RecordedRun.of(store, "mine")
    w, b = trainer.in_original_units(trainer.parameters[np.newaxis])
    found_w, found_b = run.in_original_units()
    assert (run.newest, run.counted) == (20, "21 of 21 epochs")
    assert run.weight_names == trainer.weight_names
    np.testing.assert_allclose(found_w[-1:], w, rtol=1e-14)
    assert b is not None
    assert found_b is not None
    np.testing.assert_allclose(found_b[-1:], b, rtol=1e-14)
    assert [curve.name for curve in run.curves] == ["accuracy"]


def test_without_its_facts_a_run_has_numbers_for_names_and_units_as_trained(home: Path) -> None:
    run = replace(kept(home, "quiz1", epochs=5), facts=None)
    assert run.weight_names == ("parameter_1", "parameter_2", "parameter_3", "parameter_4")
    w, b = run.in_original_units()
    assert b is None
    np.testing.assert_array_equal(w, run.epochs.parameters)


def test_a_run_of_which_nothing_is_kept_is_refused(home: Path) -> None:
    with RunStore(home) as store:
        store.begin(find("quiz1"), name="mine")
        with pytest.raises(LinregError, match=r"^nothing is kept of the run mine: it ended before"):
            RecordedRun.of(store, "mine")


def test_facts_of_other_parameters_than_the_epochs_are_refused(home: Path) -> None:
    with RunStore(home) as store:
        trainer = Trainer(pose(find("quiz1").changed(epochs=5)))
        run = store.begin(find("quiz1"), name="mine", facts=plain(facts(bias=False)))
        store.append(run.id, Epochs.of(trainer.advance(6)))
        with pytest.raises(LinregError, match=r"^the epochs of the run mine have other parameters than it; delete it"):
            RecordedRun.of(store, "mine")


def test_facts_that_fit_each_other_come_back(home: Path) -> None:
    found = read_back(home)
    assert found is not None
    assert found.features == facts().features
    with RunStore(home) as store:
        assert facts_of_run(store, store.begin(find("quiz1"), name="without").id) is None


SCALING = plain(facts().scaling)
EXACT = plain(facts().least_squares)
DAMAGED: dict[str, dict[str, Any]] = {
    "fewer names": {"features": ("x1",)},
    "a name that is none": {"features": ("x1", "x2", 3)},
    "rows of another width": {"sample_X": np.ones((2, 2))},
    "rows of another number": {"sample_y": np.ones(3)},
    "a mean of another width": {"scaling": {**SCALING, "mean": np.zeros(2)}},
    "a scale of another width": {"scaling": {**SCALING, "scale": np.ones((3, 1))}},
    "an answer of another width": {"least_squares": {**EXACT, "w": np.zeros(2)}},
    "initial parameters of another number": {"initial": np.zeros(3)},
    "initial parameters that are no vector": {"initial": np.zeros((4, 1))},
    "nothing": {"initial": None},
}


@pytest.mark.parametrize("changes", DAMAGED.values(), ids=DAMAGED)
def test_facts_that_do_not_fit_each_other_are_none(changes: dict[str, Any], home: Path) -> None:
    assert read_back(home, **changes) is None


def finished(home: Path, **changes: Any) -> tuple[Any, Any, Any]:
    """Return what a run came to, and what is read of it where some of that is changed."""
    trainer = Trainer(pose(find("quiz1").changed(epochs=20, standardize=True)))
    list(trainer.run())
    result, known = trainer.result(), facts_of(trainer, np.ones((1, 3)), np.ones(1))
    with RunStore(home) as store:
        run = store.begin(find("quiz1"))
        store.finish(run.id, result.status, "", {**result.as_dict(), **changes})
        return result, known, result_of_run(store.get(run.id), known)


def test_what_a_run_came_to_is_what_its_trainer_said(home: Path) -> None:
    result, known, found = finished(home)
    assert found is not None
    assert (found.status, found.epoch, found.cost, found.warnings) == (
        result.status,
        result.epoch,
        result.cost,
        result.warnings,
    )
    assert found.least_squares is known.least_squares
    assert found.is_linear


def test_what_a_run_came_to_without_an_exact_answer_has_none(home: Path) -> None:
    _, _, found = finished(home, least_squares=None)
    assert found is not None
    assert found.least_squares is None


@pytest.mark.parametrize(
    "changes",
    [{"status": "splendid"}, {"warnings": None}, {"warnings": 3}, {"cost": "low"}, {"more": 1}, {"epoch": "x"}],
    ids=str,
)
def test_what_another_version_says_otherwise_is_none(changes: dict[str, Any], home: Path) -> None:
    assert finished(home, **changes)[2] is None


def test_a_run_that_goes_on_has_come_to_nothing(home: Path) -> None:
    run = kept(home, "quiz1", epochs=5)
    assert run.facts is not None
    assert result_of_run(run.run, run.facts) is None


def with_result(home: Path, best: Any, *, patience: int | None = 5, bias: bool = True) -> RecordedRun:
    run = kept(home, "quiz1", epochs=5, bias=bias)
    recipe = replace(run.run.recipe, patience=patience, hold_out=None if patience is None else "0.2:1")
    return replace(run, run=replace(run.run, recipe=recipe, result={"best": best}))


@pytest.mark.parametrize("bias", [True, False])
def test_what_a_run_with_patience_came_to_is_its_best_epoch(home: Path, bias: bool) -> None:
    newest = kept(home, "quiz1", epochs=5, bias=bias)
    weights = {name: float(number) for number, name in enumerate(newest.weight_names)}
    best = {"epoch": 3, "w": weights, "b": 9.0 if bias else None, "held_out_cost": 0.5}
    epoch, w, b = with_result(home, best, bias=bias).outcome()
    assert (epoch, w.tolist(), b) == (3, list(weights.values()), 9.0 if bias else None)
    others: list[dict[str, Any]] = [{"best": best, "patience": None}, {"best": None}, {"best": 3}, {"best": {"w": {}}}]
    for each in others:
        epoch, w, b = with_result(home, bias=bias, **each).outcome()
        found_w, found_b = newest.in_original_units()
        assert (epoch, w.tolist()) == (5, found_w[-1].tolist())
        assert b == (None if found_b is None else found_b[-1])


COSTS = [3.0, nan, 2.0, -inf, 2.0, inf]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (COSTS, (20, 2.0)),
        (COSTS[::-1], (10, 2.0)),
        ([nan] * 6, (None, nan)),
        ([inf] * 6, (None, nan)),
        (None, (None, nan)),
    ],
)
def test_the_best_epoch_that_is_kept_is_the_first_of_the_least_held_out_cost(
    costs: list[float] | None, expected: tuple[int | None, float]
) -> None:
    epochs = Epochs(np.arange(0, 60, 10), np.ones(6), None, np.ones(6), np.ones((6, 1)))
    held_out = replace(epochs, held_out_cost=None if costs is None else np.array(costs))
    assert same(best_kept(held_out), expected)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"best": {"epoch": 33, "held_out_cost": 0.25}}, (33, 0.25)),
        ({"best": {"epoch": "33", "held_out_cost": 0.25}}, (20, 2.0)),
        ({"best": {"epoch": 33, "held_out_cost": 1}}, (20, 2.0)),
        ({"best": {}}, (20, 2.0)),
        ({"best": None}, (20, 2.0)),
        ({}, (20, 2.0)),
        (None, (20, 2.0)),
    ],
    ids=str,
)
def test_the_best_epoch_is_what_the_run_knew_or_else_of_those_that_are_kept(
    home: Path, result: dict[str, Any] | None, expected: tuple[int, float]
) -> None:
    run = replace(kept(home, "exercise1", epochs=2).run, result=result)
    epochs = Epochs(np.arange(0, 60, 10), np.ones(6), None, np.ones(6), np.ones((6, 1)))
    assert best_of_run(run, replace(epochs, held_out_cost=np.array(COSTS))) == expected


def test_what_was_held_out_and_the_best_epoch_come_back_with_what_a_run_came_to(home: Path) -> None:
    trainer = Trainer(pose(find("quiz1").changed(epochs=20, hold_out="0.2:1")))
    list(trainer.run())
    result, known = trainer.result(), facts_of(trainer, np.ones((1, 3)), np.ones(1))
    with RunStore(home) as store:
        run = store.begin(find("quiz1"))
        store.finish(run.id, result.status, "", result.as_dict())
        found = result_of_run(store.get(run.id), known)
    assert found is not None
    assert found.held_out is not None
    assert same(plain(found.held_out), plain(result.held_out))
    assert same(plain(found.best), plain(result.best))
    assert found.best is not None


def test_a_minimum_of_another_width_is_none(home: Path) -> None:
    def minimum(width: int, of_squares: int) -> dict[str, Any]:
        least_squares = Fit(np.zeros(of_squares), 0.0, 1.0)
        return {"minimum": plain(Minimum("HuberLoss", np.zeros(width), 0.0, 1.0, True, least_squares))}

    assert read_back(home, **minimum(3, 3)) is not None
    assert read_back(home, **minimum(2, 3)) is None
    assert read_back(home, **minimum(3, 2)) is None


def test_a_curvature_of_another_width_is_none(home: Path) -> None:
    values = plain(facts().quadratic)
    assert read_back(home, quadratic={**values, "eigenvectors": values["eigenvectors"][:2]}) is None
