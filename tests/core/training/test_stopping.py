"""When a run ends: table tests over hand-made traces."""

import numpy as np
import pytest

from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.stopping import StopRules

NAN, INF = np.nan, np.inf


def _trace(costs: list[float], parameters: list[list[float]], first_epoch: int = 10) -> Trace:
    return Trace(first_epoch, np.array(costs), np.array(parameters), learning_rate=0.1)


WALK = [[1.0, 0.0], [1.5, 0.0], [1.5, 0.25], [1.5, 0.25]]
BEFORE = np.zeros(2)


@pytest.mark.parametrize(
    ("rules", "n_epochs", "phrase"),
    [
        (StopRules(), None, ""),
        (StopRules(until_step=0.1), 4, "the largest step was below 0.1 at epoch 13"),
        (StopRules(until_step=0.25), 4, "epoch 13"),  # a step of exactly the tolerance is not below it
        (StopRules(until_step=0.3), 3, "epoch 12"),
        (StopRules(until_step=0.6), 2, "epoch 11"),
        (StopRules(until_step=2.0), 1, "epoch 10"),
        (StopRules(until_cost=1.5), 3, "the cost moved by less than 1.5 at epoch 12"),
        (StopRules(until_cost=2.5), 2, "epoch 11"),
        (StopRules(until_cost=0.5), None, ""),
        (StopRules(until_step=0.3, until_cost=2.5), 2, "the cost moved"),
    ],
)
def test_the_first_row_that_holds_ends_the_run(rules: StopRules, n_epochs: int | None, phrase: str) -> None:
    stop = rules.first_stop(_trace([8.0, 6.0, 5.0, 4.0], WALK), BEFORE, cost_before=12.0)
    if n_epochs is None:
        assert stop is None
    else:
        assert stop is not None
        assert (stop.n_epochs, stop.status) == (n_epochs, Phase.CONVERGED)
        assert phrase in stop.reason


def test_the_first_epoch_of_all_has_no_cost_to_compare_with() -> None:
    trace = _trace([8.0, 8.0], WALK[:2], first_epoch=0)
    stop = StopRules(until_cost=1.0).first_stop(trace, BEFORE, cost_before=None)
    assert stop is not None
    assert stop.n_epochs == 2


def test_a_cost_that_rises_by_little_has_barely_moved_too() -> None:
    stop = StopRules(until_cost=0.5).first_stop(_trace([8.0, 8.25], WALK[:2]), BEFORE, cost_before=20.0)
    assert stop is not None
    assert stop.n_epochs == 2


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("where", ["cost", "parameters"])
@pytest.mark.parametrize("row", [0, 2])
def test_a_number_that_is_not_finite_ends_the_run_before_its_epoch(bad: float, where: str, row: int) -> None:
    costs, parameters = [8.0, 6.0, 5.0, 4.0], [list(entry) for entry in WALK]
    if where == "cost":
        costs[row] = bad
    else:
        parameters[row][1] = bad
    stop = StopRules().first_stop(_trace(costs, parameters), BEFORE, cost_before=9.0)
    assert stop is not None
    assert (stop.n_epochs, stop.status) == (row, Phase.DIVERGED)
    assert f"epoch {10 + row}" in stop.reason


def test_converging_before_a_non_finite_number_is_converging() -> None:
    trace = _trace([8.0, 6.0, 5.0, NAN], WALK)
    stop = StopRules(until_step=0.6).first_stop(trace, BEFORE, cost_before=9.0)
    assert stop is not None
    assert stop.status == Phase.CONVERGED


def test_an_empty_trace_ends_nothing() -> None:
    empty = Trace(5, np.empty(0), np.empty((0, 2)), 0.1)
    assert StopRules(until_step=1.0, until_cost=1.0).first_stop(empty, BEFORE, 1.0) is None
