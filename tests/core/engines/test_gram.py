from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from linreg.engines.gram import GramEngine
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments
from linreg.optim import optimizers

Array = NDArray[np.float64]
SERVED = [name for name in optimizers.names() if name != "SparseAdam"]
RATES = {"LBFGS": 0.3, "Adadelta": 1.0, "SGD": 0.02, "ASGD": 0.02}


def build(model: nn.Module, name: str, rate: float, **options: Any) -> torch.optim.Optimizer:
    return optimizers.build(optimizers.find(name), model, rate, options)


class Plain(nn.Module):
    """The lecture's w and b."""

    def __init__(self, initial: Array, n_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(initial[:n_features].reshape(-1, 1)))
        self.bias = nn.Parameter(torch.tensor(initial[n_features:])) if len(initial) > n_features else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight if self.bias is None else x @ self.weight + self.bias


def plain_loop(
    X: Array, y: Array, initial: Array, name: str, rates: list[float], **options: Any
) -> tuple[Array, Array]:
    """Run the lecture's loop in float64 with autograd; return every epoch's cost and parameters."""
    x, target, model = torch.from_numpy(X), torch.from_numpy(y).reshape(-1, 1), Plain(initial, X.shape[1])
    optimizer = build(model, name, rates[0], **options)
    costs, parameters = [], []
    for rate in rates:
        for group in optimizer.param_groups:
            group["lr"] = rate

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            cost: torch.Tensor = nn.functional.mse_loss(model(x), target)
            torch.autograd.backward(cost)
            return cost

        costs.append(closure().item())
        optimizer.step(closure if name == "LBFGS" else None)  # type: ignore[arg-type]
        parameters.append(torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy().copy())
    return np.array(costs), np.array(parameters)


def assert_follows(trace: Any, expected: tuple[Array, Array], initial: Array, tolerance: float = 1e-9) -> None:
    """Compare at every epoch, relative to the largest cost and parameter of the run up to that epoch."""
    reach = np.maximum.accumulate(np.abs(np.vstack([initial, expected[1]])).max(axis=1))[1:]
    cost_reach = np.maximum.accumulate(expected[0])
    finite = np.isfinite(cost_reach) & np.isfinite(reach)
    assert np.all(np.abs(trace.parameters - expected[1])[finite] <= tolerance * reach[finite, np.newaxis])
    assert np.all(np.abs(trace.cost - expected[0])[finite] <= tolerance * cost_reach[finite])


def problem(seed: int, n: int = 9, p: int = 3) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    X = random.standard_normal((n, p)) * 2.0 ** random.integers(-1, 2, p) + 0.5
    return X, X @ random.standard_normal(p) + 0.3 * random.standard_normal(n)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", SERVED)
def test_every_optimizer_does_as_in_the_plain_loop(name: str, bias: bool) -> None:
    X, y = problem(3)
    initial, rate = np.random.default_rng(0).standard_normal(3 + bias), RATES.get(name, 0.01)
    engine = GramEngine(Quadratic.of(Moments.of(X, y), bias), initial, lambda model: build(model, name, rate))
    trace = engine.advance(60)
    expected = plain_loop(X, y, initial, name, [rate] * 60)
    assert_follows(trace, expected, initial)
    assert np.abs(trace.parameters[-1] - initial).max() > 1e-6


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        ("SGD", {"momentum": 0.5, "dampening": 0.3, "foreach": True, "maximize": False}),
        ("SGD", {"momentum": 0.5, "fused": True}),
        ("Adam", {"amsgrad": True, "weight_decay": 0.1, "fused": True}),
        ("Adam", {"foreach": True}),
        ("RMSprop", {"momentum": 0.5, "centered": True}),
        ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 3}),
        ("AdamW", {"weight_decay": 0.2}),
    ],
)
def test_options_do_as_in_the_plain_loop(name: str, options: dict[str, Any]) -> None:
    X, y = problem(4)
    initial = np.ones(4)
    engine = GramEngine(Quadratic.of(Moments.of(X, y)), initial, lambda model: build(model, name, 0.01, **options))
    assert_follows(engine.advance(40), plain_loop(X, y, initial, name, [0.01] * 40, **options), initial)


@settings(derandomize=True)
@given(
    st.integers(0, 2**32),
    st.integers(1, 8),
    st.integers(1, 5),
    st.sampled_from([None, 0.0, 1e-10, 3e-5]),
    st.sampled_from(["SGD", "Adam"]),
    st.sampled_from([0.01, 0.5, 1.3, 3.0]),
    st.booleans(),
)
def test_every_epoch_is_that_of_the_plain_loop(
    seed: int, n: int, p: int, apart: float | None, name: str, factor: float, bias: bool
) -> None:
    X, y = problem(seed, n, p)
    random = np.random.default_rng(seed)
    if apart is not None and p > 1:  # collinear, or nearly so
        X[:, -1] = X[:, 0] * (2 + apart * random.standard_normal(n))
    initial, quadratic = random.standard_normal(p + bias), Quadratic.of(Moments.of(X, y), bias)
    rate = factor * min(quadratic.largest_stable_learning_rate(), 1e3) if name == "SGD" else 0.1 * factor
    engine = GramEngine(quadratic, initial, lambda model: build(model, name, rate))
    assert_follows(engine.advance(25), plain_loop(X, y, initial, name, [rate] * 25), initial)


@pytest.mark.parametrize("name", SERVED)
def test_going_back_gives_the_same_numbers_as_the_first_time(name: str) -> None:
    X, y = problem(5)
    rate = RATES.get(name, 0.01)
    engine = GramEngine(Quadratic.of(Moments.of(X, y)), np.zeros(4), lambda model: build(model, name, rate))
    start = engine.snapshot()
    beginning = engine.advance(6)
    middle = engine.snapshot()
    end = engine.advance(9)
    for state, expected in ((middle, end), (start, beginning), (middle, end)):
        engine.restore(state)
        assert engine.epoch == expected.first_epoch
        again = engine.advance(len(expected))
        assert np.array_equal(again.parameters, expected.parameters)
        assert np.array_equal(again.cost, expected.cost)


def test_the_learning_rate_may_change_between_two_blocks() -> None:
    X, y = problem(6)
    engine = GramEngine(Quadratic.of(Moments.of(X, y)), np.zeros(4), lambda model: build(model, "Adam", 0.01))
    first = engine.advance(10)
    engine.learning_rate = 0.05
    second = engine.advance(10)
    costs, parameters = plain_loop(X, y, np.zeros(4), "Adam", [0.01] * 10 + [0.05] * 10)
    assert (first.learning_rate, second.learning_rate, second.first_epoch) == (0.01, 0.05, 10)
    assert_follows(first, (costs[:10], parameters[:10]), np.zeros(4))
    assert_follows(second, (costs[10:], parameters[10:]), np.zeros(4))
    assert np.array_equal(engine.parameters, second.parameters[-1])


def test_the_optimum_is_reached_to_the_last_digits_along_a_flat_direction_too() -> None:
    X, y = problem(7, n=40)
    X[:, 2] = X[:, 1] + 0.02 * X[:, 2]
    quadratic = Quadratic.of(Moments.of(X, y))
    rate, momentum = quadratic.best_momentum_pair()
    engine = GramEngine(quadratic, np.zeros(4), lambda model: build(model, "SGD", rate, momentum=momentum))
    engine.advance(6000)
    assert quadratic.condition_number > 1e4
    assert np.abs(engine.parameters - quadratic.optimum).max() < 1e-12


def test_divergence_is_not_an_error() -> None:
    X, y = problem(8)
    engine = GramEngine(Quadratic.of(Moments.of(X, y)), np.zeros(4), lambda model: build(model, "SGD", 100.0))
    assert not np.isfinite(engine.advance(2000).cost[-1])


def test_no_epochs_are_an_empty_trace() -> None:
    X, y = problem(8)
    engine = GramEngine(Quadratic.of(Moments.of(X, y)), np.zeros(4), lambda model: build(model, "SGD", 0.1))
    trace = engine.advance(0)
    assert (len(trace), trace.parameters.shape, engine.epoch) == (0, (0, 4), 0)


@pytest.mark.parametrize("shape", [(9, 3), (3, 5)])
@pytest.mark.parametrize("name", ["SGD", "Adam", "LBFGS"])
def test_an_epoch_has_the_same_digits_however_it_is_reached(name: str, shape: tuple[int, int]) -> None:
    X, y = problem(4, *shape)
    quadratic = Quadratic.of(Moments.of(X, y))
    whole, pieces = (
        GramEngine(quadratic, np.zeros(shape[1] + 1), lambda model: build(model, name, RATES.get(name, 0.01)))
        for _ in range(2)
    )
    trace = whole.advance(70)
    sizes = [1, 15, 16, 0, 17, 3, 18]
    traces = [pieces.advance(size) for size in sizes]
    assert [len(each) for each in traces] == sizes
    assert [each.first_epoch for each in traces] == [0, *np.cumsum(sizes)[:-1]]
    for field in ("cost", "parameters", "excess_cost"):
        assert np.array_equal(np.concatenate([getattr(each, field) for each in traces]), getattr(trace, field))
    assert len(trace) == len(trace.parameters) == pieces.epoch == 70


def test_what_is_handed_out_is_a_copy() -> None:
    X, y = problem(2)
    quadratic = Quadratic.of(Moments.of(X, y))
    engine = GramEngine(quadratic, np.ones(4), lambda model: build(model, "Adam", 0.01))
    start, state = engine.parameters, engine.snapshot()
    trace = engine.advance(3)
    kept = trace.parameters.copy()
    engine.advance(3)
    assert start.tolist() == state["parameters"].tolist() == [1] * 4
    assert np.array_equal(trace.parameters, kept)
    engine.restore(state)
    assert np.array_equal(engine.advance(3).parameters, kept)
    assert state["parameters"].tolist() == [1] * 4


def test_every_group_has_the_rate_that_is_set_and_none_is_no_number() -> None:
    X, y = problem(2)

    def grouped(model: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD([
            {"params": [each], "lr": 0.1 + number} for number, each in enumerate(model.parameters())
        ])  # fmt: skip

    engine = GramEngine(Quadratic.of(Moments.of(X, y)), np.zeros(4), grouped)
    assert engine.learning_rate == 0.1
    engine.learning_rate = 0.02
    expected = plain_loop(X, y, np.zeros(4), "SGD", [0.02] * 5)
    assert_follows(engine.advance(5), expected, np.zeros(4))
    for group in engine.optimizer.param_groups:
        del group["lr"]
    assert np.isnan(engine.learning_rate)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_cost_and_its_gradient_at_any_parameters_are_those_of_the_rows(reduction: str) -> None:
    X, y = problem(3)
    engine = GramEngine(
        Quadratic.of(Moments.of(X, y), reduction=reduction), np.zeros(4), lambda model: build(model, "SGD", 0.01)
    )
    here = np.array([1.0, -2.0, 0.5, 3.0])
    residual, share = X @ here[:3] + here[3] - y, len(y) if reduction == "mean" else 1
    assert engine.cost_of(here) == pytest.approx(float(residual @ residual) / share)
    assert engine.gradient_at(here) == pytest.approx(2 * np.append(residual @ X, residual.sum()) / share)
