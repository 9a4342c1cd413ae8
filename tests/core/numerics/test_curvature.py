import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.numerics.convergence import _first_power, epochs_to_converge
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments

same = settings(derandomize=True)
momentums: list[dict[str, Any]] = [
    {},
    {"momentum": 0.5},
    {"momentum": 0.9, "dampening": 0.3},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.4, "nesterov": True, "weight_decay": 0.3},
    {"weight_decay": 0.5},
]


def random_quadratic(seed: int, n: int = 12, p: int = 3, bias: bool = True) -> tuple[Quadratic, Any, Any]:
    random = np.random.default_rng(seed)
    X = random.standard_normal((n, p)) * 2.0 ** random.integers(-2, 2, p) + 0.3
    y = X.sum(axis=1) + random.standard_normal(n)
    return Quadratic.of(Moments.of(X, y), bias), X, y


def parabola(*curvatures: float) -> Quadratic:
    """Return a quadratic with these eigenvalues and its optimum at 1, 1, …"""
    size = len(curvatures)
    return Quadratic(
        np.array(curvatures), np.eye(size), np.ones(size), np.ones(size), 1.0, 2.0, False, np.zeros(size, bool)
    )


def distance_after(curvature: float, steps: int, **settings: Any) -> float:
    """Let torch's own SGD descend ½ λ x² from 1, and return the largest |x| of the last few steps."""
    weight_decay = settings.pop("weight_decay", 0.0)
    x = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([x], **settings, weight_decay=weight_decay)
    tail: list[float] = []
    for _ in range(steps):
        x.grad = curvature * x.detach()
        optimizer.step()
        tail = [*tail[-9:], abs(float(x.item()))]
    return max(tail)


@same
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from(["mean", "sum"]))
def test_the_quadratic_is_the_cost_that_autograd_differentiates(seed: int, bias: bool, reduction: str) -> None:
    quadratic, X, y = random_quadratic(seed, bias=bias)
    design = np.column_stack([X, np.ones(len(X))]) if bias else X
    quadratic = Quadratic.of(Moments.of(X, y), bias, reduction)

    def cost(theta: torch.Tensor) -> torch.Tensor:
        squares = torch.square(torch.from_numpy(design) @ theta - torch.from_numpy(y))
        return squares.mean() if reduction == "mean" else squares.sum()

    theta = torch.from_numpy(np.random.default_rng(seed).standard_normal(design.shape[1])).requires_grad_()
    hessian = torch.autograd.functional.hessian(cost, theta)
    (gradient,) = torch.autograd.grad(cost(theta), theta)
    rebuilt = (quadratic.eigenvectors * quadratic.eigenvalues) @ quadratic.eigenvectors.T
    assert rebuilt == pytest.approx(hessian.numpy(), rel=1e-10, abs=1e-12)
    assert np.all(np.diff(quadratic.eigenvalues) >= 0)
    start = theta.detach().numpy()
    assert quadratic.floor + quadratic.excess(start) == pytest.approx(cost(theta).item(), rel=1e-11)
    matrix, point, slope = quadratic.gradient_terms()
    assert matrix @ (start - point) + slope == pytest.approx(gradient.numpy(), rel=1e-9, abs=1e-10)
    expected = np.linalg.lstsq(design, y)[0]
    assert quadratic.optimum == pytest.approx(expected, rel=1e-9, abs=1e-10)
    assert quadratic.eigenvectors @ quadratic.coordinates == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_reference_and_variance_are_in_the_units_of_the_cost() -> None:
    X, y = np.arange(4.0)[:, np.newaxis], np.array([0.0, 2.0, 4.0, 6.0])
    for reduction, variance in (("mean", 5.0), ("sum", 20.0)):
        quadratic = Quadratic.of(Moments.of(X, y), True, reduction)
        assert quadratic.variance == variance
        assert quadratic.reference == pytest.approx(variance * 1e-15)


def test_collinear_columns_and_few_rows_have_exactly_no_curvature() -> None:
    x = np.random.default_rng(0).standard_normal((9, 1))
    collinear = Quadratic.of(Moments.of(np.column_stack([x, 3 * x]), x[:, 0]), bias=True)
    assert np.count_nonzero(collinear.eigenvalues) == 2
    assert collinear.condition_number == np.inf
    few_rows = Quadratic.of(Moments.of(np.random.default_rng(1).standard_normal((3, 7)), np.ones(3)), bias=True)
    assert np.count_nonzero(few_rows.eigenvalues) == 3
    assert few_rows.floor == pytest.approx(0, abs=1e-28)


def test_the_condition_number_is_that_of_the_hessian() -> None:
    quadratic, X, _ = random_quadratic(5)
    design = np.column_stack([X, np.ones(len(X))])
    assert quadratic.condition_number == pytest.approx(np.linalg.cond(design) ** 2)


@pytest.mark.parametrize("settings", momentums)
@pytest.mark.parametrize("curvature", [0.02, 3.0])
def test_torch_diverges_just_beyond_the_largest_stable_learning_rate(
    settings: dict[str, Any], curvature: float
) -> None:
    limit = parabola(curvature / 2, curvature).largest_stable_learning_rate(**settings)
    assert distance_after(curvature, 1200, lr=0.97 * limit, **settings) < 1e-3
    assert distance_after(curvature, 1200, lr=1.03 * limit, **settings) > 1e3


def test_the_textbook_rates() -> None:
    quadratic = parabola(1.0, 9.0)
    assert quadratic.largest_stable_learning_rate() == pytest.approx(2 / 9)
    assert quadratic.largest_stable_learning_rate(momentum=0.9) == pytest.approx(3.8 / 9)
    assert quadratic.best_learning_rate() == pytest.approx(0.2)
    assert quadratic.best_momentum_pair() == pytest.approx((0.25, 0.25))


def slowest(curvatures: list[float], learning_rate: float, momentum: float, dampening: float, nesterov: bool) -> float:
    """Return the largest root of the coordinates' recurrences, from the positions alone: x(k+1) from x(k), x(k−1)."""
    radii = []
    for curvature in curvatures:
        x = learning_rate * curvature
        if nesterov:
            roots = np.roots([1, -(1 + momentum) * (1 - x), momentum * (1 - x)])
        else:
            roots = np.roots([1, -(1 + momentum - x * (1 - dampening)), momentum])
        radii.append(np.abs(roots).max())
    return float(max(radii))


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.95])
@pytest.mark.parametrize("condition", [1.0, 4.0, 300.0])
def test_no_other_learning_rate_shrinks_faster_than_the_best(nesterov: bool, momentum: float, condition: float) -> None:
    if nesterov and not momentum:
        return
    dampening = 0.0 if nesterov or not momentum else 0.2
    curvatures = [0.5, 0.5 * condition]
    settings: dict[str, Any] = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
    quadratic = parabola(*curvatures)
    best = slowest(curvatures, quadratic.best_learning_rate(**settings), **settings)
    limit = quadratic.largest_stable_learning_rate(**settings)
    grid = min(slowest(curvatures, rate, **settings) for rate in np.linspace(0.001, 0.999, 999) * limit)
    assert best <= grid + 1e-6


def test_no_pair_shrinks_faster_than_polyaks() -> None:
    curvatures = [1.0, 40.0]
    learning_rate, momentum = parabola(*curvatures).best_momentum_pair()
    best = slowest(curvatures, learning_rate, momentum, 0, False)
    assert best == pytest.approx(np.sqrt(momentum), rel=1e-6)
    for rate in np.geomspace(0.5, 2, 21) * learning_rate:
        for other in np.linspace(0, 0.99, 34):
            assert slowest(curvatures, rate, other, 0, False) >= best - 1e-7


def test_nearly_flat_directions_leave_the_steepest_one_room_to_settle() -> None:
    rate = parabola(1e-12, 1.0).best_learning_rate()
    assert 1.99 < rate < 1.999
    assert abs(1 - rate) ** 5000 < 1e-4


def test_without_any_curvature_every_rate_is_stable() -> None:
    flat = Quadratic.of(Moments.of(np.zeros((3, 2)), np.ones(3)), bias=False)
    assert flat.largest_stable_learning_rate() == np.inf
    assert flat.best_learning_rate() == np.inf
    assert flat.best_momentum_pair() == (np.inf, 0.0)
    assert epochs_to_converge(flat, np.zeros(2), 0.1) == 0


@pytest.mark.parametrize("settings", momentums[:4])
@pytest.mark.parametrize("seed", range(4))
def test_epochs_to_converge_is_the_count_of_a_plain_loop(settings: dict[str, Any], seed: int) -> None:
    quadratic, X, y = random_quadratic(seed)
    learning_rate = 0.3 * quadratic.largest_stable_learning_rate(**settings)
    count = epochs_to_converge(quadratic, np.zeros(4), learning_rate, **settings, tolerance=1e-4)
    x, target = torch.from_numpy(np.column_stack([X, np.ones(len(X))])), torch.from_numpy(y)
    theta = torch.nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = torch.optim.SGD([theta], lr=learning_rate, **settings)
    least = torch.square(x @ torch.linalg.lstsq(x, target).solution - target).mean().item()
    epoch = 0
    while epoch < 100_000:
        optimizer.zero_grad()
        cost = torch.square(x @ theta - target).mean()
        if (cost.item() - least) / least <= 1e-4:
            break
        cost.backward()
        optimizer.step()
        epoch += 1
    assert count == epoch


def test_epochs_to_converge_says_never_and_already() -> None:
    quadratic, _, _ = random_quadratic(2)
    limit, start = quadratic.largest_stable_learning_rate(), np.zeros(4)
    assert epochs_to_converge(quadratic, start, 1.01 * limit) is None
    assert epochs_to_converge(quadratic, start, 1.01 * limit, momentum=1e-9) is None
    assert epochs_to_converge(quadratic, start, 0.5 * limit, weight_decay=0.5) is None
    assert epochs_to_converge(quadratic, quadratic.optimum, 0.1 * limit) == 0
    slow = epochs_to_converge(quadratic, start, 1e-12 * limit)
    assert slow is not None
    assert slow > 1e11


@pytest.mark.parametrize("count", [1, 2, 3, 1000, 2**40 + 1, 2**61 + 2**60])
def test_the_first_step_that_is_enough_is_found_by_powers(count: int) -> None:
    one_more = np.array([[[1.0, 1.0], [0.0, 1.0]]])
    found = _first_power(one_more, np.array([[0.0, 1.0]]), lambda state: bool(state[0, 0] >= count))
    assert found == pytest.approx(count, rel=1e-15, abs=0)
    if count < 2**53:
        assert found == count


def test_what_is_never_enough_has_no_first_step() -> None:
    assert _first_power(np.eye(2)[np.newaxis], np.array([[0.0, 1.0]]), lambda _: False) is None


@pytest.mark.parametrize(
    ("curvatures", "number"), [((2.0, 3.0), 1.5), ((0.5, 1.0, 4.0), 8.0), ((0.0, 1.0), math.inf), ((5.0,), 1.0)]
)
def test_the_condition_number_is_the_ratio_of_the_curvatures(curvatures: tuple[float, ...], number: float) -> None:
    assert parabola(*curvatures).condition_number == number


@pytest.mark.parametrize("bias", [False, True])
def test_a_feature_that_is_never_seen_has_exactly_no_gradient(bias: bool) -> None:
    random = np.random.default_rng(3)
    X = np.column_stack([random.normal(size=9), np.zeros(9), random.normal(size=9)])
    quadratic = Quadratic.of(Moments.of(X, random.normal(size=9)), bias)
    assert quadratic.unseen.tolist() == [False, True, False, False][: 3 + bias]
    hessian, point, slope = quadratic.gradient_terms()
    gradient = hessian @ (random.normal(size=3 + bias) - point) + slope
    assert gradient[1] == 0
    assert np.count_nonzero(gradient) == 2 + bias


def test_a_swing_that_lasts_for_thousands_of_epochs_is_looked_through_one_by_one() -> None:
    curvatures = np.geomspace(0.001, 1.0, 8)
    count = epochs_to_converge(parabola(*curvatures), np.zeros(8), 1.0, momentum=0.999, tolerance=1e-4)
    x, m, epoch = np.zeros(8), np.zeros(8), 0
    while epoch < 60_000 and 0.5 * curvatures @ np.square(x - 1) > 1e-4:
        m = 0.999 * m + curvatures * (x - 1)
        x, epoch = x - m, epoch + 1
    assert 2**15 // 8 < epoch < 60_000
    assert count == epoch


@pytest.mark.parametrize("flattest", [0.0, 1e-12, 1e-7])
def test_the_terms_of_the_gradient_are_the_gradient_with_and_without_flat_directions(flattest: float) -> None:
    quadratic = replace(parabola(flattest, 0.5, 3.0), coordinates=np.array([4.0, -2.0, 7.0]))
    quadratic = replace(quadratic, optimum=quadratic.eigenvectors @ quadratic.coordinates)
    hessian, point, slope = quadratic.gradient_terms()
    np.testing.assert_allclose(hessian, np.diag([flattest, 0.5, 3.0]), rtol=1e-15)
    at = np.array([1.0, 2.0, 3.0])
    wanted = np.array([flattest, 0.5, 3.0]) * (at - quadratic.coordinates)
    np.testing.assert_allclose(hessian @ (at - point) + slope, wanted, rtol=1e-13)
    np.testing.assert_allclose(quadratic.gradient(at), wanted, rtol=1e-13)
    is_flat = flattest < 3e-8
    assert (point[0] == 0) == is_flat
    assert slope.any() == (is_flat and flattest > 0)
