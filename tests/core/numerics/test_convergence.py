"""Counts of epochs on parabolas whose halvings are exact: where they are sought, how far, and to which edge."""

from collections.abc import Callable
from math import nextafter
from typing import Any

import numpy as np
import pytest
import torch

from linreg.numerics import convergence
from linreg.numerics.convergence import _first_power, _raised, _scan, epochs_to_converge, epochs_to_within
from linreg.numerics.curvature import Quadratic
from linreg.numerics.recurrence import Recurrence
from linreg.numerics.transition import unroll

ONE_MORE = np.array([[[1.0, 1.0], [0.0, 1.0]]])
START = np.array([[0.0, 1.0]])
"""A state that counts its steps."""


def parabola(*curvatures: float, floor: float = 1.0) -> Quadratic:
    """Return a quadratic with these eigenvalues, its optimum at 1, 1, …, and no more variance than its least cost."""
    size = len(curvatures)
    ones, unseen = np.ones(size), np.zeros(size, bool)
    return Quadratic(np.array(curvatures), np.eye(size), ones, ones, floor, floor, False, unseen)


def holds_from(count: int) -> Callable[[Any], bool]:
    return lambda state: bool(state[0, 0] >= count)


@pytest.mark.parametrize("size", [1, 3])
def test_what_is_as_near_as_it_may_be_is_near_enough(size: int) -> None:
    quadratic, start = parabola(*np.ones(size)), np.zeros(size)
    for count in range(12):
        distance, excess = 0.5**count, 0.5 * size * 0.25**count  # after so many steps of half the way
        assert epochs_to_within(quadratic, start, 0.5, None, distance) == count
        assert epochs_to_within(quadratic, start, 0.5, None, nextafter(distance, 0)) == count + 1
        assert epochs_to_converge(quadratic, start, 0.5, tolerance=excess) == count
        assert epochs_to_converge(quadratic, start, 0.5, tolerance=nextafter(excess, 0)) == count + 1
        assert epochs_to_converge(parabola(*np.ones(size), floor=2.0), start, 0.5, tolerance=excess / 2) == count


def test_the_farthest_parameter_decides_and_what_directions_add_is_not_cancelled() -> None:
    quadratic, start = parabola(1.0, 1.0), np.array([0.0, 3.0])
    assert epochs_to_within(quadratic, start, 0.5, None, 0.25) == 3
    assert epochs_to_within(quadratic, start, 0.5, np.array([[1.0, 0.0]]), 0.25) == 2
    assert epochs_to_within(quadratic, start, 0.5, np.array([[2.0, 1.0]]), 0.25) == 4
    assert epochs_to_within(quadratic, start, 0.5, np.array([[-2.0, 1.0]]), 0.25) == 4
    assert epochs_to_within(quadratic, start, 0.5, np.array([[1.0, 0.0], [0.0, 4.0]]), 0.25) == 5


def test_a_tolerance_of_nothing_is_met_at_the_optimum_and_never_on_the_way() -> None:
    for floor in (0.0, 1.0):
        quadratic = parabola(1.0, 0.25, floor=floor)
        assert epochs_to_converge(quadratic, np.zeros(2), 0.5, tolerance=0.0) is None
        assert epochs_to_converge(quadratic, np.ones(2), 0.5, tolerance=0.0) == 0
    assert epochs_to_converge(parabola(1.0, floor=0.0), np.zeros(1), 0.5) is None  # nothing to measure it by
    assert epochs_to_converge(parabola(1.0, floor=0.0), np.ones(1), 0.5) == 0


@pytest.mark.parametrize(("cells", "n_looked_at"), [(60, 20), (62, 20), (63, 24), (12, 4), (0, 0)])
def test_epochs_are_looked_through_block_by_block_as_far_as_that_is_said(
    cells: int, n_looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convergence, "_SCANNED_CELLS", cells)
    monkeypatch.setattr(convergence, "_BLOCK_CELLS", 14)
    run = Recurrence.of(parabola(1.0, 1.0, 1.0), np.zeros(3))
    step, excess = run.step(0.5), 1.5 * 0.25 ** np.arange(30)
    for count in range(1, 30):
        assert _scan(run, step, float(excess[count])) == (count if count <= n_looked_at else None)
        assert _scan(run, step, nextafter(float(excess[count]), 0)) == (count + 1 if count < n_looked_at else None)


def test_more_parameters_than_fit_in_a_block_are_looked_at_one_epoch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convergence, "_SCANNED_CELLS", 40)
    monkeypatch.setattr(convergence, "_BLOCK_CELLS", 3)
    lengths: list[int] = []

    def watched(step: Any, start: Any, n_epochs: int) -> Any:
        lengths.append(n_epochs)
        return unroll(step, start, n_epochs)

    monkeypatch.setattr(convergence, "unroll", watched)
    run = Recurrence.of(parabola(1.0, 1.0, 1.0, 1.0), np.zeros(4))
    assert _scan(run, run.step(0.5), 2 * 0.25**7) == 7
    assert lengths == [1] * 7
    assert _scan(run, run.step(0.5), 2 * 0.25**11) is None
    assert lengths == [1] * 17


def test_a_run_that_diverges_is_looked_at_no_longer_than_it_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convergence, "_BLOCK_CELLS", 200)
    blocks: list[int] = []

    def watched(step: Any, start: Any, n_epochs: int) -> Any:
        blocks.append(n_epochs)
        return unroll(step, start, n_epochs)

    monkeypatch.setattr(convergence, "unroll", watched)
    run = Recurrence.of(parabola(1.0), np.zeros(1))
    with np.errstate(over="ignore", invalid="ignore"):
        assert _scan(run, run.step(10.0), 1e-3) is None  # nine times as far each step: 1e308 after 162 of them
    assert blocks == [200]


def test_beyond_what_is_looked_through_an_epoch_is_found_at_which_the_cost_is_below(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quadratic = parabola(1e-3, 1.0)
    settings: dict[str, Any] = {"momentum": 0.9}
    first = epochs_to_converge(quadratic, np.zeros(2), 1.0, **settings)
    monkeypatch.setattr(convergence, "_SCANNED_CELLS", 20)
    count = epochs_to_converge(quadratic, np.zeros(2), 1.0, **settings)
    assert first is not None
    assert count is not None
    assert count >= first > 100
    run = Recurrence.of(quadratic, np.zeros(2), **settings)
    state = (np.linalg.matrix_power(run.step(1.0), count) @ run.start[..., np.newaxis])[..., 0]
    assert run.excess(run.offsets(state)) <= 1e-6


@pytest.mark.parametrize(
    ("momentum", "weight_decay", "is_scanned"),
    [(0.0, 0.0, False), (0.5, 0.0, True), (0.0, 0.1, True), (0.5, 0.1, True)],
)
def test_epochs_are_looked_through_only_where_the_cost_can_rise_again(
    momentum: float, weight_decay: float, is_scanned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned: list[float] = []
    monkeypatch.setattr(convergence, "_scan", lambda _run, _step, goal: scanned.append(goal))
    settings: dict[str, Any] = {"momentum": momentum, "weight_decay": weight_decay}
    epochs_to_converge(parabola(1.0, 2.0, floor=8.0), np.zeros(2), 0.1, **settings, tolerance=0.125)
    assert scanned == [1.0] * is_scanned


@pytest.mark.parametrize("settings", [{"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}])
def test_a_run_that_carries_momentum_has_as_many_epochs_left_as_torch_takes(settings: dict[str, Any]) -> None:
    curvatures, angle = np.array([0.3, 2.0]), 0.4
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    optimum = turned @ np.ones(2)
    ones, unseen = np.ones(2), np.zeros(2, bool)
    quadratic = Quadratic(curvatures, turned, optimum, ones, 1.0, 1.0, False, unseen)
    theta = torch.nn.Parameter(torch.tensor([4.0, -3.0], dtype=torch.float64))
    optimizer = torch.optim.SGD([theta], lr=0.2, **settings)
    places, buffers = [], []
    for _ in range(400):
        at = theta.detach().numpy().copy()
        places.append(at)
        theta.grad = torch.from_numpy(turned @ (curvatures * (turned.T @ (at - optimum))))
        optimizer.step()
        buffers.append(optimizer.state[theta]["momentum_buffer"].numpy().copy())
    excess = 0.5 * np.square((np.array(places) - optimum) @ turned) @ curvatures
    first = int((excess <= 1e-6).argmax())
    bound = np.abs((np.array(places) - optimum) @ turned) @ np.abs(turned).T
    near = (bound <= 1e-3).all(axis=1)
    for done in (1, 5, 17):
        at, buffer = places[done], buffers[done - 1]
        assert epochs_to_converge(quadratic, at, 0.2, **settings, buffer=buffer) == first - done
        count = epochs_to_within(quadratic, at, 0.2, None, 1e-3, **settings, buffer=buffer)
        assert count is not None
        assert near[done + count]
        assert not near[done + count - 1]


def test_a_count_that_may_not_be_returned_is_raised_until_it_may_and_holds() -> None:
    asked: list[int] = []

    def to_tens(count: int) -> int:
        asked.append(count)
        return -(-count // 10) * 10

    assert _raised(ONE_MORE, START, holds_from(1000), 1000, int) == 1000
    assert _raised(ONE_MORE, START, holds_from(1001), 1000, int) == 1011
    assert _raised(ONE_MORE, START, holds_from(1012), 1000, int) == 1022
    assert _raised(ONE_MORE, START, holds_from(3), 0, int) == 3
    assert _raised(ONE_MORE, START, holds_from(0), 41, to_tens) == 50
    assert _raised(ONE_MORE, START, holds_from(51), 41, to_tens) == 60
    assert asked == [41, 41, 51]
    assert _raised(ONE_MORE, START, holds_from(0), None, to_tens) is None
    assert asked == [41, 41, 51]


def test_a_count_is_raised_five_hundred_times_at_most() -> None:
    asked: list[int] = []

    def as_it_is(count: int) -> int:
        asked.append(count)
        return count

    assert _raised(ONE_MORE, START, lambda _: False, 0, as_it_is) is not None
    assert len(asked) == 500
    assert asked[:3] == [0, 1, 2]


@pytest.mark.parametrize("count", [*range(1, 20), 63, 64, 65, 2**30 - 1, 2**52 + 1])
def test_every_first_step_is_found_by_powers(count: int) -> None:
    assert _first_power(ONE_MORE, START, holds_from(count)) == count
