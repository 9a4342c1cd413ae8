"""The trainer: blocks, stop rules, and the result's truth."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import lecture
import linreg
from linreg.training.trainer import Trainer

ENGINES = ["spectral", "gram", "autograd"]


def _finished(trainer: Trainer) -> linreg.Result:
    for _ in trainer:
        pass
    return trainer.result()


def _costs(trainer: Trainer) -> Iterator[float]:
    for trace in trainer:
        yield from trace.cost.tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_blocks_of_any_size_give_every_epoch_once(engine: str) -> None:
    trainer = linreg.train("exercise1", engine=engine, epochs=99)
    traces = [trainer.advance(n) for n in (1, 0, 40, 7, 1000, 5)]
    assert [trace.first_epoch for trace in traces] == [0, 1, 1, 41, 48, 100]
    assert sum(len(trace) for trace in traces) == 100
    assert (trainer.status, trainer.epoch) == ("finished", 99)
    rows = [[*w, b] for w, b, _ in lecture.exercise1(nb_epochs=99)]
    assert np.concatenate([trace.parameters for trace in traces]) == pytest.approx(np.array(rows), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rule", "tolerance"), [("until_step", 1e-3), ("until_cost", 1e-5)])
def test_a_stop_rule_holds_at_the_same_epoch_whatever_the_blocks(engine: str, rule: str, tolerance: float) -> None:
    choices: dict[str, Any] = {"engine": engine, rule: tolerance}
    by_one, by_many = linreg.train("exercise1", **choices), linreg.train("exercise1", **choices)
    while by_one.status == "running":
        by_one.advance(1)
    by_many.advance(3000)
    assert by_one.status == by_many.status == "converged"
    assert by_one.epoch == by_many.epoch < 3000
    if rule == "until_cost":
        costs = list(_costs(linreg.train("exercise1", engine=engine, epochs=by_one.epoch)))
        assert by_one.epoch == next(epoch for epoch, (a, b) in enumerate(pairwise(costs), 1) if abs(b - a) < tolerance)


@pytest.mark.parametrize("engine", ENGINES)
def test_epochs_to_converge_is_the_first_row_within_a_millionth_of_least_squares(engine: str) -> None:
    trainer = linreg.train("houses", engine=engine, epochs=400)
    costs = np.array(list(_costs(trainer)))
    result = trainer.result()
    assert result.least_squares is not None
    least = result.least_squares.cost
    assert result.epochs_to_converge == int(np.argmax((costs - least) / least <= 1e-6))


@pytest.mark.parametrize(("factor", "status"), [(0.999, "finished"), (1.01, "diverged")])
@pytest.mark.parametrize(
    "choices",
    [{}, {"options": {"momentum": 0.8}}, {"options": {"momentum": 0.8, "nesterov": True}}, {"reduction": "sum"}],
)
def test_the_largest_stable_learning_rate_is_where_divergence_begins(
    factor: float, status: str, choices: dict[str, Any]
) -> None:
    limit = linreg.train("exercise1", **choices).problem.largest_stable_learning_rate
    assert limit is not None
    result = _finished(linreg.train("exercise1", learning_rate=factor * limit, epochs=200_000, **choices))
    assert result.status == status
    assert any("times the largest stable one" in warning for warning in result.warnings) == (factor > 1)


@pytest.mark.parametrize("n_features", [1, 9])
def test_where_least_squares_leaves_nothing_the_cost_is_compared_with_the_targets_variance(n_features: int) -> None:
    X = np.random.default_rng(3).normal(size=(6, n_features))
    y = 2 * X[:, 0] + 1
    result = linreg.fit(X, y, epochs=3, learning_rate=0.05)
    (warning,) = [each for each in result.warnings if "least squares leaves" in each]
    share = re.search(r"the cost is still (\S+) of the target's variance.*; [\d,]+ epochs would get there\.", warning)
    assert share is not None, warning
    assert float(share[1]) == pytest.approx(result.cost / np.var(y), rel=0.005)
    assert not any("that of least squares" in each for each in result.warnings)


@pytest.mark.parametrize("engine", ["gram", "spectral"])
@pytest.mark.parametrize(("n", "n_features"), [(4, 1), (30, 3), (6, 9), (40, 200)])
def test_what_least_squares_leaves_by_rounding_alone_is_nothing(engine: str, n: int, n_features: int) -> None:
    X = np.random.default_rng(5).normal(size=(n, n_features))
    y = X @ np.linspace(1, 2, n_features) + 1.1
    result = linreg.fit(X, y, engine=engine, epochs=20_000 if engine == "spectral" else 4_000)
    assert result.least_squares is not None
    assert result.least_squares.cost == 0
    assert 0 <= result.cost < 1e-25 * y.var()


def test_a_cost_that_halves_for_ever_is_nothing_once_it_is_below_the_rounding_of_the_rows() -> None:
    trace = linreg.train([1.0, 2.0, 3.0, 4.0], [1.1, 2.2, 3.3, 4.4], engine="spectral", epochs=2000).advance(2001)
    assert trace.cost[0] > 0
    assert trace.cost[trace.cost > 0].min() > 1e-33
    assert trace.cost[-1] == 0


@pytest.mark.parametrize("n_features", [1, 30])
def test_what_is_more_than_the_rounding_of_the_rows_is_told_however_small(n_features: int) -> None:
    X = np.random.default_rng(6).normal(size=(40, n_features))
    y = X[:, 0] + 10 * 2.0**-52 * np.sign(np.random.default_rng(7).normal(size=40))
    result = linreg.fit(X, y, epochs=1000)
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(40)]), y)[0]
    assert result.least_squares is not None
    assert result.least_squares.cost > 0
    assert result.least_squares.w == pytest.approx(exact[:-1], abs=2e-15)


def test_a_constant_feature_is_warned_of_by_name() -> None:
    X = np.column_stack([np.arange(6.0), np.full(6, 0.1)])
    result = linreg.fit(X, np.arange(6.0))
    assert result.w == pytest.approx({"x1": 1.0, "x2": 0.0})
    assert any(warning.startswith("x2 never changes") for warning in result.warnings)


def test_collinear_features_are_warned_of_and_still_predict_well() -> None:
    x = np.linspace(-1, 1, 9)
    result = linreg.fit(np.column_stack([x, 2 * x, x**2]), 3 * x)
    assert any("collinear (rank 2 of 3)" in warning for warning in result.warnings)
    assert result.predict(np.column_stack([x, 2 * x, x**2])) == pytest.approx(3 * x, abs=1e-6)


def test_nearly_collinear_features_are_warned_of() -> None:
    x = np.linspace(1, 2, 40)
    powers = np.column_stack([x**k for k in range(1, 11)])
    assert any("do not trust" in warning or "collinear" in warning for warning in linreg.fit(powers, x).warnings)


def test_another_criterion_has_no_least_squares_to_compare_with() -> None:
    result = _finished(linreg.train("outlier", criterion="L1Loss", learning_rate=0.01, epochs=50))
    assert result.least_squares is None
    assert result.excess_cost is None
    assert result.epochs_to_converge is None
    assert result.r2 is not None


@pytest.mark.parametrize("choices", [{}, {"criterion": "HuberLoss"}, {"batch_size": 2, "reduction": "sum"}])
def test_the_results_cost_is_that_of_its_own_parameters(choices: dict[str, Any]) -> None:
    result = _finished(linreg.train("quiz1", epochs=30, learning_rate=1e-6, **choices))
    assert result.b is not None
    rows, target = np.array(lecture.QUIZ1[0]), np.array(lecture.QUIZ1[1])[:, 0]
    residual = target - rows @ np.array(list(result.w.values())) - result.b
    if choices.get("criterion") == "HuberLoss":
        losses = np.where(np.abs(residual) < 1, residual**2 / 2, np.abs(residual) - 0.5)
    else:
        losses = residual**2
    expected = losses.sum() if choices.get("reduction") == "sum" else losses.mean()
    assert result.cost == pytest.approx(expected, rel=1e-9)
    assert result.r2 == pytest.approx(1 - np.mean(residual**2) / target.var(), rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_diverges_at_once_reports_where_it_started(engine: str) -> None:
    result = linreg.fit([[1.0], [-1.0]], [1.0, 2.0], standardize=False, engine=engine, learning_rate=1e308)
    assert result.status == "diverged"
    assert result.epoch is None
    assert result.w == {"x": 0.0}


@pytest.mark.parametrize("last", [10_000_000, 250_000, 99_999])
def test_jumping_gives_the_same_rows_as_running_through_all(last: int) -> None:
    jumping = linreg.train("valley", epochs=last)
    rows = [(trace.first_epoch, *trace.parameters[0]) for trace in jumping.run(stride=100_000)][:3]
    assert (jumping.status, jumping.epoch) == ("finished", last)
    running = linreg.train("valley", epochs=min(last, 200_000))
    every = np.concatenate([trace.parameters for trace in running])
    assert rows == [(epoch, *every[int(epoch)]) for epoch, *_ in rows]


def test_jumping_over_divergence_finds_its_epoch_all_the_same() -> None:
    jumping = linreg.train("exercise1", epochs=10_000_000, learning_rate=2.0)
    walking = linreg.train("exercise1", epochs=10_000_000, learning_rate=2.0)
    for trainer, stride in ((jumping, 10_000_000), (walking, 1)):
        for _ in trainer.run(stride):
            pass
    assert jumping.status == walking.status == "diverged"
    assert jumping.epoch == walking.epoch


def test_a_stop_rule_sees_every_epoch_however_large_the_stride() -> None:
    trainer = linreg.train("exercise1", epochs=10_000_000, until_step=1e-4)
    assert sum(len(trace) for trace in trainer.run(10_000_000)) == trainer.epoch + 1


@pytest.mark.parametrize("optimizer", ["Rprop", "Adam", "Adagrad", "Adafactor"])
def test_a_column_of_zeros_gets_no_weight_from_rounding(optimizer: str) -> None:
    X = np.column_stack([np.linspace(1, 2, 9), np.zeros(9), np.linspace(3, -1, 9) ** 2])
    y = X @ [1.0, 5.0, -2.0] + 0.1 * np.cos(np.arange(9))
    choices: dict[str, Any] = {"optimizer": optimizer, "epochs": 300, "standardize": False, "learning_rate": 0.01}
    gram, loop = (linreg.fit(X, y, engine=engine, **choices) for engine in ("gram", "autograd"))
    assert gram.w["x2"] == loop.w["x2"] == 0.0


@pytest.mark.parametrize(("momentum", "words"), [(1.0, "never stable"), (1.5, "momentum of 1 or more")])
def test_no_learning_rate_is_stable_with_a_momentum_of_one_or_more(momentum: float, words: str) -> None:
    result = _finished(linreg.train("exercise1", options={"momentum": momentum}, epochs=3000))
    assert result.largest_stable_learning_rate == 0
    assert any(words in warning for warning in result.warnings)
    assert not any("lower than" in warning or "more epochs" in warning for warning in result.warnings)


def test_a_run_that_its_weight_decay_keeps_from_least_squares_is_where_it_leads() -> None:
    result = _finished(linreg.train("exercise1", options={"weight_decay": 0.1}, learning_rate=0.1))
    assert result.excess_cost is not None
    assert result.excess_cost > 0.08
    assert result.minimum is not None
    assert result.minimum.name == "ridge"
    assert result.warnings == ()  # it is where its decay leads


@pytest.mark.parametrize("engine", ENGINES)
def test_the_best_momentum_of_a_round_bowl_is_none_and_nesterov_goes_with_it(engine: str) -> None:
    options = {"momentum": "auto", "nesterov": "true"}
    result = linreg.fit([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0], bias=False, engine=engine, options=options)
    assert result.w["x"] == pytest.approx(2.0)


@pytest.mark.parametrize(("scale", "words"), [(1e-170, "too small .* multiply"), (1e200, "too large .* divide")])
def test_squares_that_float64_cannot_hold_are_refused(scale: float, words: str) -> None:
    X = np.arange(1.0, 5.0)
    with pytest.raises(linreg.LinregError, match=f"feature 1 are {words}"):
        linreg.fit(X * scale, X)
    with pytest.raises(linreg.LinregError, match=f"the target are {words}"):
        linreg.fit(X, X * scale)


def test_opposite_extremes_of_scale_end_in_numbers_or_in_a_sentence() -> None:
    X = np.arange(1.0, 9.0)
    result = linreg.fit(X * 1e-120, X * 1e120 + np.cos(X) * 1e119)
    assert np.isfinite(result.cost)


def test_values_whose_differences_float64_rounds_away_are_warned_of() -> None:
    result = linreg.fit(9007199254740993.0 + np.arange(9.0), np.arange(9.0))
    assert any("subtract a constant" in warning for warning in result.warnings)
    assert not any("subtract a constant" in warning for warning in _finished(linreg.train("houses")).warnings)


def test_integers_that_float64_makes_the_same_are_not_said_never_to_change() -> None:
    far, near = 2.0**60 + np.arange(5.0), np.arange(5.0)
    said = "float64 rounds integers beyond 2⁵³, and to it these are all the same; if they differ, subtract a constant"
    for X, y, name in ((far, near, "x"), (near, far, "y"), (2 * np.ones((5, 2)) * [2**54, 1], near, "x1")):
        warnings = linreg.fit(X, y).warnings
        assert [warning for warning in warnings if "2⁵³" in warning] == [f"{name}: {said} from them first."]
        assert any(warning.startswith("x2 never changes") for warning in warnings) == (name == "x1")
