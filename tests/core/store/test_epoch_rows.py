"""The rows of a run in the database, against a dictionary of all costs that there were."""

import sqlite3
from collections.abc import Iterator
from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.history.epochs import Epochs
from linreg.store.epoch_rows import EpochRows, insert
from linreg.store.schema import STEPS
from linreg.trace import Trace

COSTS = st.lists(st.sampled_from([0.25, 1.0, 2.0, 3.5, inf, nan]), min_size=1, max_size=30)


def opened() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for step in STEPS:
        for statement in step:
            connection.execute(statement)
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with opened() as connection:
        yield connection
    connection.close()


def trace(costs: list[float], first: int = 0) -> Trace:
    return Trace(
        first, np.array(costs), 0.5 * np.arange(first, first + len(costs), dtype=np.float64)[:, np.newaxis], 0.1
    )


def ends(costs: list[float]) -> tuple[float | None, float | None]:
    finite = [cost for cost in costs if isfinite(cost)]
    return (min(finite), max(finite)) if finite else (None, None)


def check(rows: EpochRows, costs: list[float], kept: list[int]) -> None:
    """See that each row kept has its cost, its parameters, and the extremes up to the next."""
    epochs = Epochs.of_rows(rows.all())
    assert epochs.epoch.tolist() == kept
    np.testing.assert_array_equal(epochs.cost, [costs[epoch] for epoch in kept])
    np.testing.assert_array_equal(epochs.parameters[:, 0], [epoch * 0.5 for epoch in kept])
    low, high = epochs.extremes
    for number, (start, end) in enumerate(zip(kept, [*kept[1:], len(costs)], strict=True)):
        found = tuple(None if np.isnan(each[number]) else float(each[number]) for each in (low, high))
        assert found == ends(costs[start:end])


@given(COSTS, st.integers(1, 7), st.integers(1, 4), st.booleans())
def test_rows_that_are_forgotten_leave_their_extremes_to_the_one_before(
    costs: list[float], every: int, coarser: int, more_to_come: bool
) -> None:
    connection = opened()
    rows, last = EpochRows(connection, 1), len(costs) - 1
    rows.add(Epochs.of(trace(costs)), None)
    EpochRows(connection, 2).add(Epochs.of(trace([7.0] * 9)), None)
    for width in (every, every * coarser):
        rows.thin(width, 3 if more_to_come else 0)
        kept = [epoch for epoch in range(len(costs)) if epoch % width == 0 or (epoch == last and not more_to_come)]
        check(rows, costs, kept)
        assert rows.newest()[0] == kept[-1]
    assert len(EpochRows(connection, 2).all()) == 9
    connection.close()


@given(COSTS, st.integers(0, 30))
def test_rows_that_are_taken_back_leave_nothing(costs: list[float], epoch: int) -> None:
    connection = opened()
    rows = EpochRows(connection, 1)
    rows.add(Epochs.of(trace(costs), slice(None, None, 3)), None)
    rows.forget(epoch)
    kept = [each for each in range(0, len(costs), 3) if each < epoch]
    found = Epochs.of_rows(rows.all())
    assert found.epoch.tolist() == kept
    if kept and epoch <= 3 * ((len(costs) - 1) // 3):
        low, high = found.extremes
        np.testing.assert_array_equal([low[-1], high[-1]], [costs[kept[-1]] if isfinite(costs[kept[-1]]) else nan] * 2)
    assert rows.newest()[0] == (kept[-1] if kept else -1)
    connection.close()


def test_no_rows_have_no_newest(connection: sqlite3.Connection) -> None:
    rows = EpochRows(connection, 1)
    assert rows.newest() == (-1, None, None)
    rows.thin(2, 0)
    rows.forget(0)
    assert rows.all() == []


def test_what_comes_between_two_rows_belongs_to_the_first(connection: sqlite3.Connection) -> None:
    rows = EpochRows(connection, 1)
    rows.add(Epochs.of(trace([2.0])), None)
    rows.add(Epochs.of(trace([3.0], 5)), (0.5, 9.0))
    low, high = Epochs.of_rows(rows.all()).extremes
    assert (low.tolist(), high.tolist()) == ([0.5, 3.0], [9.0, 3.0])


@pytest.mark.parametrize("n_rows", [0, 1, 511, 512, 513, 1025])
def test_any_number_of_rows_is_written(n_rows: int, connection: sqlite3.Connection) -> None:
    insert(connection, "interventions", [(1, number, number / 7) for number in range(n_rows)])
    found = connection.execute("SELECT run, epoch, learning_rate FROM interventions ORDER BY epoch").fetchall()
    assert found == [(1, number, number / 7) for number in range(n_rows)]
