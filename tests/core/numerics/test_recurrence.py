"""SGD in the eigenbasis of the cost, against torch's own optimizer step by step, and how long it takes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from linreg.arrays import Matrix, Vector
from linreg.numerics.convergence import epochs_to_converge, epochs_to_within
from linreg.numerics.curvature import Quadratic, spectral_radius
from linreg.numerics.moments import Moments
from linreg.numerics.recurrence import Recurrence
from linreg.numerics.transition import is_slow, transition, unroll

SETTINGS: list[dict[str, Any]] = [
    {},
    {"momentum": 0.5},
    {"momentum": 0.9, "dampening": 0.3},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.4, "nesterov": True, "weight_decay": 0.3},
    {"momentum": 0.6, "dampening": 0.2, "weight_decay": 0.1},
    {"weight_decay": 0.5},
]
N_STEPS = 25


def _rows() -> tuple[Matrix, Vector]:
    random = np.random.default_rng(4)
    X = random.standard_normal((12, 2)) * [1.0, 0.4] + 0.3
    return np.column_stack([X, np.ones(12)]), X.sum(axis=1) + random.standard_normal(12)


def _by_torch(start: Vector, learning_rate: float, n_steps: int = N_STEPS, **settings: Any) -> tuple[Matrix, Vector]:
    """All parameters from before the first step on, and the cost of each."""
    design, y = map(torch.from_numpy, _rows())
    theta = torch.nn.Parameter(torch.from_numpy(start).clone())
    optimizer = torch.optim.SGD([theta], lr=learning_rate, **settings)
    found, costs = [], []
    for _ in range(n_steps + 1):
        optimizer.zero_grad()
        cost = torch.square(design @ theta - y).mean()
        found.append(theta.detach().numpy().copy())
        costs.append(cost.item())
        cost.backward()
        optimizer.step()
    return np.array(found), np.array(costs)


def _quadratic() -> Quadratic:
    design, y = _rows()
    return Quadratic.of(Moments.of(design[:, :-1], y))


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("learning_rate", [0.02, 0.3, 5.0])
def test_parameters_and_excess_are_those_of_torch_after_every_step(
    settings: dict[str, Any], learning_rate: float
) -> None:
    quadratic, start = _quadratic(), np.array([2.0, -1.0, 0.5])
    run = Recurrence.of(quadratic, start, **settings)
    offsets = run.offsets(unroll(run.step(learning_rate), run.start, N_STEPS))
    theirs, costs = _by_torch(start, learning_rate, **settings)
    size = np.abs(theirs).max()
    np.testing.assert_allclose(run.parameters(offsets), theirs, rtol=1e-9, atol=1e-11 * size)
    np.testing.assert_allclose(run.excess(offsets) + quadratic.floor, costs, rtol=1e-9, atol=1e-11 * costs.max())


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_displacement_is_how_far_torch_has_gone_along_every_direction(settings: dict[str, Any]) -> None:
    quadratic, start = _quadratic(), np.array([2.0, -1.0, 0.5])
    run = Recurrence.of(quadratic, start, **settings)
    states = unroll(run.step(0.1), run.start, N_STEPS)
    theirs, _ = _by_torch(start, 0.1, **settings)
    np.testing.assert_allclose(states[:, 2].T, (theirs - start) @ quadratic.eigenvectors, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_epochs", [0, 1, 2, 3, 4, 7, 8, 9])
def test_unrolled_states_are_those_of_one_step_after_another(n_epochs: int) -> None:
    step, state = transition(np.array([0.5, 2.0]), 0.3, 0.9, 0.1), np.array([[1.0, 0.2, 0.0], [-3.0, 0.0, 0.0]])
    states = unroll(step, state, n_epochs)
    assert states.shape == (2, 3, n_epochs + 1)
    for number in range(n_epochs + 1):
        np.testing.assert_allclose(states[..., number], state, rtol=1e-13)
        state = np.einsum("dij,dj->di", step, state)


def test_a_direction_is_flat_up_to_a_hundred_millionth_of_the_steepest() -> None:
    np.testing.assert_array_equal(is_slow(np.array([0.0, 2e-8, 2.1e-8, 2.0])), [True, True, False, False])
    assert is_slow(np.zeros(2)).all()


def test_along_a_flat_direction_nothing_moves_but_by_decay() -> None:
    x = np.random.default_rng(0).standard_normal(9)
    quadratic = Quadratic.of(Moments.of(np.column_stack([x, x]), 2 * x), bias=False)
    start = np.array([3.0, 0.0])
    for decay, apart in ((0.0, 3.0), (0.5, 3.0 * (1 - 0.1 * 0.5) ** N_STEPS)):
        run = Recurrence.of(quadratic, start, weight_decay=decay)
        w = run.parameters(run.offsets(unroll(run.step(0.1), run.start, N_STEPS)))[-1]
        assert w[0] - w[1] == pytest.approx(apart, rel=1e-12)


def _first(holds: Any) -> int:
    assert holds.any()
    return int(holds.argmax())


def _up_to(step: int) -> Callable[[int], int]:
    return lambda count: -(-count // step) * step


@pytest.mark.parametrize("settings", SETTINGS[:4])
@pytest.mark.parametrize("tolerance", [None, 0.5, 1e-3])
def test_an_epoch_to_converge_is_the_first_of_torchs(settings: dict[str, Any], tolerance: float | None) -> None:
    start = np.array([2.0, -1.0, 0.5])
    given: dict[str, Any] = {} if tolerance is None else {"tolerance": tolerance}
    _, costs = _by_torch(start, 0.05, 1000, **settings)
    design, y = _rows()
    least = float(np.square(y - design @ np.linalg.lstsq(design, y)[0]).mean())
    below = costs / least - 1 <= (1e-6 if tolerance is None else tolerance)
    assert epochs_to_converge(_quadratic(), start, 0.05, **settings, **given) == _first(below)
    count = epochs_to_converge(_quadratic(), start, 0.05, **settings, **given, rounded=_up_to(10))
    assert count == 10 * _first(below[::10])


@pytest.mark.parametrize("settings", SETTINGS[:4])
def test_what_is_within_a_distance_is_so_for_every_parameter(settings: dict[str, Any]) -> None:
    quadratic, start = _quadratic(), np.array([2.0, -1.0, 0.5])
    theirs, _ = _by_torch(start, 0.05, 1000, **settings)
    directions = quadratic.eigenvectors
    bound = np.abs((theirs - quadratic.optimum) @ directions) @ np.abs(directions).T
    for reach, tolerance in ((None, 0.01), (np.array([[0.0, 0.0, 1.0]]), 0.02)):
        near = (bound if reach is None else bound[:, 2:]) <= tolerance
        count = epochs_to_within(quadratic, start, 0.05, reach, tolerance, **settings)
        assert count is not None
        assert near[count].all()
        if not settings:
            assert count == _first(near.all(axis=1))
    assert epochs_to_within(quadratic, quadratic.optimum, 0.05, None, 1e-9, **settings) == 0


def test_decay_keeps_a_run_from_the_optimum_but_not_from_where_it_comes_to_rest() -> None:
    quadratic, start, (design, y) = _quadratic(), np.array([2.0, -1.0, 0.5]), _rows()
    rest = np.linalg.solve(2 * design.T @ design / 12 + 0.5 * np.eye(3), 2 * design.T @ y / 12)
    assert epochs_to_within(quadratic, start, 0.05, None, 1e-3, weight_decay=0.5) is None
    count = epochs_to_within(quadratic, start, 0.05, None, 1e-3, weight_decay=0.5, at_rest=True)
    theirs, _ = _by_torch(start, 0.05, 1000, weight_decay=0.5)
    directions = quadratic.eigenvectors
    bound = np.abs((theirs - rest) @ directions) @ np.abs(directions).T
    assert count == _first((bound <= 1e-3).all(axis=1))


def test_a_step_of_which_no_more_is_said_is_that_of_plain_descent() -> None:
    curvature, rate = np.array([0.5, 2.0]), 0.3
    expected = [[[1 - rate * each, 0, 0], [1, 0, 0], [-rate, 0, 1]] for each in curvature.tolist()]
    np.testing.assert_allclose(transition(curvature, rate), expected)
    np.testing.assert_allclose(spectral_radius(curvature, rate), np.abs(1 - rate * curvature))
    run = Recurrence.of(_quadratic(), np.array([2.0, -1.0, 0.5]))
    assert (run.momentum, run.dampening, run.nesterov) == (0.0, 0.0, False)
