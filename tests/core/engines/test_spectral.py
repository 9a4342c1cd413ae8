import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.engines.spectral import SpectralEngine
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments

Array = NDArray[np.float64]
N_EPOCHS = 30


def plain_loop(
    X: Array, y: Array, initial: Array, bias: bool, reduction: str, rates: list[float], **options: Any
) -> tuple[Array, Array]:
    """Run the lecture's loop in float64; return every epoch's cost and parameters."""
    x, target = torch.from_numpy(X), torch.from_numpy(y).reshape(-1, 1)
    w = torch.tensor(initial[: X.shape[1]].reshape(-1, 1), requires_grad=True)
    b = torch.tensor(initial[X.shape[1] :], requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=1.0, **options) if bias else torch.optim.SGD([w], lr=1.0, **options)
    costs, parameters = [], []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        hypothesis = x.matmul(w) + b if bias else x.matmul(w)
        cost = torch.nn.MSELoss(reduction=reduction)(hypothesis, target)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
        parameters.append(torch.cat([w.detach().reshape(-1), b.detach()]).numpy().copy())
    return np.array(costs), np.array(parameters)


def assert_follows(costs: Array, parameters: Array, expected: tuple[Array, Array], run: dict[str, Any]) -> None:
    """Compare at every epoch, relative to the largest cost and parameter of the run up to that epoch.

    Where it goes, without the directions that the data hardly determine, is part of a run's scale too.
    """
    design = np.column_stack([run["X"], np.ones(len(run["X"]))]) if run["bias"] else run["X"]
    goal = np.linalg.lstsq(design, run["y"], rcond=1e-4)[0]
    start = np.abs([*run["initial"], *goal]).max()
    reach = np.maximum(start, np.maximum.accumulate(np.abs(expected[1]).max(axis=1)))
    cost_reach = np.maximum.accumulate(expected[0])
    finite = np.isfinite(cost_reach) & np.isfinite(reach)
    assert np.all(np.abs(parameters - expected[1])[finite] <= 1e-9 * reach[finite, np.newaxis])
    assert np.all(np.abs(costs - expected[0])[finite] <= 1e-9 * cost_reach[finite])


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a problem: shapes from a single row to p > n, collinear and constant columns, scales, optimizer settings."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, p, bias = draw(st.integers(1, 9)), draw(st.integers(1, 6)), draw(st.booleans())
    X: Array = random.standard_normal((n, p)) * 10.0 ** random.integers(-2, 3, p) + random.integers(-3, 4, p)
    if p > 1:
        column, apart = (
            draw(st.sampled_from(["free", "constant", "collinear"])),
            draw(st.sampled_from([0, 1e-10, 3e-5])),
        )
        if column == "constant":
            X[:, -1] = 5.0
        elif column == "collinear":
            X[:, -1] = X[:, 0] * (2 + apart * random.standard_normal(n))
    y = X @ random.standard_normal(p) + random.standard_normal(n)
    moments = Moments.of(X, y)
    if draw(st.booleans()):
        moments, mean, scale = moments.standardized(bias)
        X = (X - mean) / scale
    momentum = draw(st.sampled_from([0.0, 0.5, 0.9, 0.99]))
    nesterov = momentum > 0 and draw(st.booleans())
    options: dict[str, Any] = {
        "momentum": momentum,
        "nesterov": nesterov,
        "dampening": 0.0 if nesterov else draw(st.sampled_from([0.0, 0.3, 1.0])),
        "weight_decay": draw(st.sampled_from([0.0, 0.0, 1e-3, 0.7])),
    }
    reduction = draw(st.sampled_from(["mean", "sum"]))
    quadratic = Quadratic.of(moments, bias, reduction)
    limit = quadratic.largest_stable_learning_rate(**options)
    return {
        "X": X,
        "y": y,
        "bias": bias,
        "reduction": reduction,
        "options": options,
        "quadratic": quadratic,
        "initial": random.standard_normal(p + bias) * draw(st.sampled_from([0.0, 1.0, 100.0])),
        "learning_rate": draw(st.sampled_from([1e-6, 0.01, 0.3, 0.9, 1.0, 1.3, 3.0])) * min(limit, 1e3),
    }


@settings(derandomize=True)
@given(runs())
def test_every_epoch_is_that_of_the_plain_loop(run: dict[str, Any]) -> None:
    expected = plain_loop(
        run["X"], run["y"], run["initial"], run["bias"], run["reduction"], [run["learning_rate"]] * N_EPOCHS,
        **run["options"],
    )  # fmt: skip
    engine = SpectralEngine(run["quadratic"], run["initial"], run["learning_rate"], **run["options"])
    trace = engine.advance(N_EPOCHS)
    assert_follows(trace.cost, trace.parameters, expected, run)
    assert trace.excess_cost == pytest.approx(trace.cost - run["quadratic"].floor)


@settings(derandomize=True)
@given(runs(), st.lists(st.tuples(st.integers(1, 9), st.floats(0.01, 1.2)), min_size=2, max_size=4))
def test_the_learning_rate_may_change_between_two_blocks(run: dict[str, Any], plan: list[tuple[int, float]]) -> None:
    rates = [run["learning_rate"] * factor for n_epochs, factor in plan for _ in range(n_epochs)]
    expected = plain_loop(run["X"], run["y"], run["initial"], run["bias"], run["reduction"], rates, **run["options"])
    engine = SpectralEngine(run["quadratic"], run["initial"], run["learning_rate"], **run["options"])
    traces = []
    for n_epochs, factor in plan:
        engine.learning_rate = run["learning_rate"] * factor
        traces.append(engine.advance(n_epochs))
    costs, parameters = (np.concatenate([getattr(t, name) for t in traces]) for name in ("cost", "parameters"))
    assert_follows(costs, parameters, expected, run)
    assert [engine.at(epoch).learning_rate for epoch in range(len(rates))] == rates
    assert all(np.array_equal(engine.at(epoch).parameters[0], row) for epoch, row in enumerate(parameters))


def line(**options: Any) -> SpectralEngine:
    """Return the lecture's three points at its learning rate."""
    quadratic = Quadratic.of(Moments.of(np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 2.5])))
    return SpectralEngine(quadratic, np.zeros(2), **({"learning_rate": 0.01} | options))


def test_an_epoch_has_the_same_digits_however_it_is_reached() -> None:
    n_epochs = 40_000
    whole = line(momentum=0.3).advance(n_epochs)
    pieces = line(momentum=0.3)
    sizes = [1, 1, 16_382, 1, 1, 5000, 0, 18_614]
    traces = [pieces.advance(size) for size in sizes]
    assert sum(sizes) == n_epochs == len(whole)
    assert [len(trace) for trace in traces] == sizes
    assert [trace.parameters.shape for trace in traces] == [(size, 2) for size in sizes]
    for name in ("cost", "parameters", "excess_cost"):
        assert np.array_equal(np.concatenate([getattr(t, name) for t in traces]), getattr(whole, name))
    assert [t.first_epoch for t in traces] == [0, *np.cumsum(sizes)[:-1]]
    fresh = line(momentum=0.3)
    for epoch in (39_999, 0, 16_384, 16_383, 20_000):
        assert np.array_equal(fresh.at(epoch).parameters[0], whole.parameters[epoch])
        assert fresh.at(epoch).cost[0] == whole.cost[epoch]
    assert fresh.epoch == 0
    assert np.array_equal(pieces.parameters, whole.parameters[-1])


def test_going_back_gives_the_same_numbers_as_the_first_time() -> None:
    engine = line(momentum=0.9, nesterov=True)
    engine.advance(100)
    engine.learning_rate = 0.02
    state = engine.snapshot()
    first = engine.advance(500)
    engine.learning_rate = 0.005
    second = engine.advance(17)
    engine.restore(state)
    assert (engine.epoch, engine.learning_rate) == (100, 0.02)
    assert np.array_equal(engine.advance(500).parameters, first.parameters)
    engine.learning_rate = 0.005
    assert np.array_equal(engine.advance(17).parameters, second.parameters)
    engine.go_to(300)
    assert engine.learning_rate == 0.02
    assert np.array_equal(engine.advance(300).parameters, first.parameters[200:].tolist() + engine_tail(first, engine))
    engine.go_to(50)
    assert engine.learning_rate == 0.01
    assert np.array_equal(engine.parameters, line(momentum=0.9, nesterov=True).at(49).parameters[0])


def engine_tail(first: Any, engine: SpectralEngine) -> list[list[float]]:
    """Return the epochs after `first`, as the engine has them now."""
    rows = range(first.last_epoch + 1, engine.epoch)
    return [engine.at(epoch).parameters[0].tolist() for epoch in rows]


def test_a_snapshot_restores_another_engine() -> None:
    engine, other = line(momentum=0.5), line(momentum=0.5)
    engine.advance(20)
    engine.learning_rate = 0.02
    engine.advance(7)
    other.restore(engine.snapshot())
    assert np.array_equal(other.advance(9).parameters, engine.advance(9).parameters)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}])
def test_a_billion_epochs_end_at_the_limit_at_once(options: dict[str, Any]) -> None:
    trace = line(**options).at(10**9)
    assert trace.first_epoch == 10**9
    assert trace.parameters[0] == pytest.approx([0.75, 1 / 3], rel=1e-14)
    assert trace.cost[0] == pytest.approx(1 / 72, rel=1e-13)
    assert trace.excess_cost is not None
    assert trace.excess_cost[0] < 1e-300


@pytest.mark.parametrize("epoch", [16_383, 16_384, 5 * 16_384 + 3, 1_000_000])
def test_a_far_epoch_is_that_of_the_closed_form(epoch: int) -> None:
    x = np.array([[1.0], [2.0]])
    engine = SpectralEngine(Quadratic.of(Moments.of(x, 3 * x[:, 0]), bias=False), np.zeros(1), 1e-7)
    shrunk = np.exp((epoch + 1) * np.log1p(-5e-7))  # λ = 2·mean(x²) = 5
    assert engine.at(epoch).parameters[0, 0] == pytest.approx(3 * (1 - shrunk), abs=3e-10)


def test_weight_decay_ends_at_the_ridge_solution() -> None:
    design, y = np.array([[1.0, 1], [2, 1], [3, 1]]), np.array([1.0, 2.0, 2.5])
    ridge = np.linalg.solve(2 / 3 * design.T @ design + 0.4 * np.eye(2), 2 / 3 * design.T @ y)
    trace = line(weight_decay=0.4, momentum=0.5).at(10**9)
    assert trace.parameters[0] == pytest.approx(ridge, rel=1e-13)
    assert trace.cost[0] == pytest.approx(np.square(design @ ridge - y).mean(), rel=1e-13)


def test_the_excess_cost_is_exact_far_below_the_rounding_of_the_cost() -> None:
    engine = SpectralEngine(Quadratic.of(Moments.of(np.array([[1.0], [3.0]]), np.array([2.0, 7.0])), bias=False), np.zeros(1), 0.01)  # fmt: skip  # noqa: E501
    trace = engine.advance(400)
    assert trace.excess_cost is not None
    shrink = (1 - 0.01 * 10) ** 2  # λ = 2·mean(x²) = 10
    expected = 0.5 * 10 * 2.3**2 * shrink ** np.arange(400)
    assert trace.excess_cost == pytest.approx(expected, rel=1e-12)
    assert expected[-1] < 1e-34


def test_beyond_stability_the_cost_overflows_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        engine = line(learning_rate=0.5)
        trace = engine.advance(20_000)
        assert np.isfinite(trace.cost[:50]).all()
        assert not np.isfinite(trace.cost[-1])
        assert not np.isfinite(engine.at(10**9).cost[0])


def test_a_coordinate_at_rest_stays_at_rest_beyond_its_stability() -> None:
    x = np.array([[-1.0], [1.0]])
    quadratic = Quadratic.of(Moments.of(x, np.array([-1.0, 1.0])).transformed(np.zeros(1), np.array([2.0])))
    engine = SpectralEngine(quadratic, np.zeros(2), 1.5)  # λ is ½ for w and 2 for b: only b, which is at 0, is unstable
    assert engine.at(10**6).parameters[0] == pytest.approx([2.0, 0.0])


def test_directions_without_curvature_keep_where_they_started() -> None:
    x = np.array([1.0, 2.0, 4.0])
    quadratic = Quadratic.of(Moments.of(np.column_stack([x, x]), x), bias=False)
    end = SpectralEngine(quadratic, np.array([3.0, -1.0]), 0.01).at(10**9).parameters[0]
    assert end == pytest.approx([2.5, -1.5], rel=1e-12)


def test_cost_of_is_the_cost_at_any_parameters() -> None:
    assert line().cost_of(np.array([1.0, 0.5])) == pytest.approx((0.25 + 0.25 + 1) / 3)


def test_the_engine_does_not_import_torch() -> None:
    import subprocess
    import sys

    code = "import sys, linreg.engines.spectral; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_kept_cannot_be_written_to() -> None:
    engine = line()
    trace = engine.advance(5)
    assert trace.excess_cost is not None
    for column in (trace.cost, trace.parameters, trace.excess_cost):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0
    engine.parameters[0] = 7.0
    assert engine.parameters.tolist() == trace.parameters[-1].tolist()
    fresh = line()
    fresh.parameters[0] = 7.0
    assert fresh.parameters.tolist() == [0, 0]


def test_there_is_nothing_before_the_first_epoch() -> None:
    engine = line()
    engine.advance(3)
    with pytest.raises(ValueError, match="there is no epoch -1"):
        engine.go_to(-1)
    engine.go_to(0)
    assert (engine.epoch, engine.parameters.tolist()) == (0, [0, 0])


@pytest.mark.parametrize("n_epochs", [0, 1, 7])
@pytest.mark.parametrize("rate", [0.01, 0.03])
def test_another_cost_is_gone_on_with_from_here(n_epochs: int, rate: float) -> None:
    """Against torch, whose optimizer keeps its momentum when the rows change."""
    first = (np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 2.5]))
    second = (np.array([[0.0], [2.0], [5.0], [1.0]]), np.array([3.0, 1.0, -2.0, 0.5]))
    w, b = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([w, b], lr=0.01, momentum=0.8)
    expected = []
    for (x, y), n_steps in ((first, n_epochs), (second, 9)):
        optimizer.param_groups[0]["lr"] = 0.01 if y is first[1] else rate
        for _ in range(n_steps):
            cost = ((torch.from_numpy(x[:, 0]) * w + b - torch.from_numpy(y)) ** 2).mean()
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            expected.append([cost.item(), w.item(), b.item()])
    engine = SpectralEngine(Quadratic.of(Moments.of(*first)), np.zeros(2), 0.01, momentum=0.8)
    engine.advance(n_epochs)
    engine.learning_rate = rate
    other = engine.on(Quadratic.of(Moments.of(*second)))
    assert (other.epoch, other.learning_rate) == (n_epochs, rate)
    assert other.parameters.tolist() == engine.parameters.tolist()
    trace = other.advance(9)
    assert trace.first_epoch == n_epochs
    assert np.column_stack([trace.cost, trace.parameters]) == pytest.approx(np.array(expected[n_epochs:]), rel=1e-9)
    assert other.at(n_epochs + 3).parameters[0].tolist() == trace.parameters[3].tolist()
    if n_epochs:
        with pytest.raises(ValueError, match=f"there is no epoch {n_epochs - 1}"):
            other.go_to(n_epochs - 1)
    other.go_to(n_epochs)
    assert np.array_equal(other.advance(9).parameters, trace.parameters)
