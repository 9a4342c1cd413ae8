"""The epoch of the least cost, against looking at every one."""

from collections.abc import Callable
from decimal import Decimal
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import linreg
from linreg.history.history import History
from linreg.live import recovery
from linreg.live.pacing import Pacing
from linreg.live.recovery import (
    Recovery,
    Trial,
    cheapest_bucket,
    cheapest_epoch,
    halved_until_it_works,
    safe_rate,
)
from linreg.live.rewinding import Rewinding
from linreg.trace import Trace

COSTS = st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0, inf, nan]), min_size=1, max_size=40)


def traces(costs: list[float], n_each: int, first: int = 0) -> list[Trace]:
    starts = range(0, len(costs), n_each)
    parts = [np.array(costs[start : start + n_each]) for start in starts]
    empty = Trace(first, np.zeros(0), np.zeros((0, 1)), 0.1)
    return [
        empty,
        *(Trace(first + at, part, np.zeros((len(part), 1)), 0.1) for at, part in zip(starts, parts, strict=True)),
    ]


@given(costs=COSTS, n_each=st.integers(1, 9))
def test_the_least_cost_is_in_the_bucket_that_is_found(costs: list[float], n_each: int) -> None:
    history = History(1)
    for trace in traces(costs, n_each):
        history.add(trace)
    finite = [cost for cost in costs if np.isfinite(cost)]
    found = cheapest_bucket(history, 0)
    if not finite:
        assert found is None
        return
    assert found is not None
    assert found[0] <= found[1]
    assert min(finite) in costs[found[0] : found[1] + 1]


def test_in_a_coarse_history_the_least_cost_is_in_the_last_bucket_of_a_run_that_falls() -> None:
    history = History(1)
    n_epochs = 100_000
    history.add(Trace(0, np.linspace(2, 1, n_epochs), np.zeros((n_epochs, 1)), 0.1))
    assert history.is_coarse
    found = cheapest_bucket(history, 0)
    assert found is not None
    assert found[0] > 0
    assert found[1] == n_epochs - 1


@given(costs=COSTS, before=st.integers(0, 5), n_each=st.integers(1, 9))
def test_the_epoch_of_the_least_cost_is_the_first_that_has_it(costs: list[float], before: int, n_each: int) -> None:
    first = 10
    found = cheapest_epoch(traces([0.1] * before + costs, n_each, first - before), first)
    known = [cost if np.isfinite(cost) else inf for cost in costs]
    assert found == first + (known.index(min(known)) if min(known) < inf else 0)


def test_where_no_epoch_is_left_the_first_is_returned() -> None:
    assert cheapest_epoch([], 7) == 7
    assert cheapest_bucket(History(1), 0) is None


@pytest.mark.parametrize("n_each", [1, 3])
@pytest.mark.parametrize("cost", [inf, nan])
def test_a_cost_that_is_not_finite_is_never_the_least(cost: float, n_each: int) -> None:
    assert cheapest_epoch(traces([cost, 3.0, cost], n_each), 0) == 1


@pytest.mark.parametrize(("rate", "n_halvings"), [(0.5, 1), (3.0, 3), (100.0, 8)])
def test_a_rate_is_halved_until_the_cost_no_longer_rises(
    monkeypatch: pytest.MonkeyPatch, rate: float, n_halvings: int
) -> None:
    monkeypatch.setattr(recovery, "SECONDS_OF_ALL", 1e9)
    trainer = linreg.train("exercise1", engine="gram", learning_rate=0.01)
    trainer.advance(5)
    stood, design, y = trainer.parameters.copy(), np.array([[0.0, 1], [1, 1], [1, 1]]), np.array([0.0, 1, 2])

    def cost_after(tried: float) -> float:
        theta = stood.copy()
        for _ in range(20):
            theta -= tried * 2 / 3 * design.T @ (design @ theta - y)
        return float(np.square(design @ theta - y).mean())

    works = [rate / 2**number for number in range(1, 20) if cost_after(rate / 2**number) <= cost_after(0.0)]
    trial = halved_until_it_works(trainer, rate, 20, 1e-5)
    assert (trial.learning_rate, trial.has_worked, trial.n_epochs) == (works[0], True, 20)
    assert works[0] == rate / 2**n_halvings
    assert trainer.parameters.tolist() == stood.tolist()
    assert trainer.epoch == 4


def test_halving_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SECONDS_OF_ALL", -1.0)
    trial = halved_until_it_works(linreg.train("exercise1", engine="gram"), 100.0, 20, 1e-5)
    assert (trial.learning_rate, trial.has_worked) == (50.0, False)


@given(st.floats(1e-6, 1e6))
def test_the_safe_rate_is_the_largest_of_three_digits_below_nine_tenths_of_the_stable_one(limit: float) -> None:
    safe = safe_rate(inf, limit)
    assert safe is not None
    assert safe == float(f"{safe:.3g}")
    assert safe <= 0.9 * limit * (1 + 1e-12)
    assert safe + 10.0 ** (Decimal(safe).adjusted() - 2) > 0.9 * limit * (1 - 1e-12)
    assert safe_rate(1.01 * safe, limit) == safe
    assert safe_rate(0.99 * safe, limit) is None


def test_a_rate_that_was_safe_already_is_not_why_a_run_diverged() -> None:
    assert safe_rate(0.9001, 1.0) == 0.9
    assert safe_rate(0.9, 1.0) is None


@pytest.mark.parametrize("limit", [None, 0.0, -1.0, inf, nan])
def test_without_a_largest_stable_rate_none_is_safe(limit: float | None) -> None:
    assert safe_rate(1.0, limit) is None


@pytest.mark.parametrize(
    ("n_epochs", "seconds_an_epoch", "n_tried"),
    [(20, 0.0, 20), (20, 0.02, 10), (20, 0.0201, 9), (20, 1.0, 1), (1, 0.0, 1), (0, 0.0, 1)],
)
def test_a_rate_is_tried_over_as_many_epochs_as_take_no_time(
    n_epochs: int, seconds_an_epoch: float, n_tried: int
) -> None:
    trial = halved_until_it_works(linreg.train("exercise1", engine="gram"), 0.02, n_epochs, seconds_an_epoch)
    assert (trial.learning_rate, trial.n_epochs, trial.has_worked) == (0.01, n_tried, True)


def test_a_rate_is_halved_twenty_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SECONDS_OF_ALL", inf)
    trainer = linreg.train("exercise1", engine="gram")
    seconds = trainer.seconds
    trial = halved_until_it_works(trainer, 2.0**40, 20, 0.0)
    assert (trial.learning_rate, trial.has_worked) == (2.0**20, False)
    assert trainer.seconds == seconds


def test_of_the_buckets_that_end_before_the_first_none_is_found() -> None:
    history = History(1)
    history.add(Trace(0, np.array([0.0, 3.0, 1.0, 2.0]), np.zeros((4, 1)), 0.1))
    assert [cheapest_bucket(history, first) for first in range(5)] == [(0, 0), (2, 2), (2, 2), (3, 3), None]


def tells(asked: list[tuple[object, ...]], trial: Trial) -> Callable[..., Trial]:
    """Return what writes down how it was asked, and has found this."""

    def find(*given: object) -> Trial:
        asked.append(given)
        return trial

    return find


def test_what_became_of_trying_rates_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, pacing = linreg.train("exercise1", engine="gram"), Pacing(inf, 2)
    pacing.ran(10, 5.0, 9)
    asked: list[tuple[object, ...]] = []
    for trial, words in (
        (Trial(0.25, 1, True), "halved until the cost no longer rose over 1 epoch"),
        (Trial(0.5, 2, True), "halved until the cost no longer rose over 2 epochs"),
        (Trial(0.125, 1234, False), "halved, and not seen to work yet: the cost still rose over 1,234 epochs"),
        (Trial(0.125, 0, False), "halved, and not seen to work yet: the cost still rose over 0 epochs"),
    ):
        monkeypatch.setattr(recovery, "halved_until_it_works", tells(asked, trial))
        search = Recovery(Rewinding(trainer), History(2), pacing, trainer.advance)
        assert search._better_rate(8.0, None, 7) == (trial.learning_rate, words)
        assert asked.pop() == (trainer, 8.0, 7, 0.5)
        safe = (0.9, "safely below the largest stable one, 1")
        assert search._better_rate(8.0, 1.0, 7) == safe
        assert not asked
        assert search._better_rate(0.5, 1.0, 7) == (trial.learning_rate, words)  # which was safe before
        assert asked.pop() == (trainer, 0.5, 7, 0.5)
