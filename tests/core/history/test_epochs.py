"""Some epochs of a run, each a row of a plain list: chosen, thinned, joined, and through the columns of a store."""

from dataclasses import dataclass, replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import same
from linreg.history.epochs import Cells, Epochs, cell, number
from linreg.trace import Trace

COSTS = st.sampled_from([0.5, 1.0, -2.0, 3.0, inf, -inf, nan])


@dataclass(frozen=True)
class Plain:
    """One epoch, and the costs that it stands for."""

    epoch: int
    cost: float
    stands_for: tuple[float, ...]


def ends(costs: tuple[float, ...]) -> tuple[float, float]:
    known = [cost for cost in costs if isfinite(cost)]
    return (min(known), max(known)) if known else (nan, nan)


def epochs_of(rows: list[Plain]) -> Epochs:
    epoch, cost = (np.array([getattr(row, name) for row in rows]) for name in ("epoch", "cost"))
    low, high = np.array([ends(row.stands_for) for row in rows]).reshape(-1, 2).T
    return Epochs(
        epoch.astype(np.int64),
        cost.astype(np.float64),
        epoch * 3.0,
        epoch * 5.0,
        np.stack([epoch * 7.0, epoch * 11.0], axis=1),
        low.copy(),
        high.copy(),
        epoch * 13.0,
    )


def check(epochs: Epochs, rows: list[Plain]) -> None:
    assert len(epochs) == len(rows)
    assert epochs.epoch.tolist() == [row.epoch for row in rows]
    np.testing.assert_array_equal(epochs.cost, [row.cost for row in rows])
    for name, factor in (("excess_cost", 3.0), ("learning_rate", 5.0), ("held_out_cost", 13.0)):
        assert getattr(epochs, name).tolist() == [row.epoch * factor for row in rows], name
    assert epochs.parameters.tolist() == [[row.epoch * 7.0, row.epoch * 11.0] for row in rows]
    np.testing.assert_array_equal(
        np.column_stack(epochs.extremes), np.array([ends(row.stands_for) for row in rows]).reshape(-1, 2)
    )


@st.composite
def some_rows(draw: st.DrawFn, first: int = 0) -> list[Plain]:
    gaps = draw(st.lists(st.integers(1, 5), min_size=1, max_size=9))
    rows, epoch = list[Plain](), first + draw(st.integers(0, 6))
    for gap in gaps:
        costs = tuple(draw(COSTS) for _ in range(gap))
        rows.append(Plain(epoch, costs[0], costs))
        epoch += gap
    return rows


@given(some_rows(), st.integers(1, 6), st.integers(0, 40))
def test_what_is_left_of_them_has_its_own_values_and_stands_for_what_is_gone(
    rows: list[Plain], every: int, epoch: int
) -> None:
    epochs = epochs_of(rows)
    check(epochs, rows)
    check(epochs.before(epoch), [row for row in rows if row.epoch < epoch])
    fewer, missed = list[Plain](), tuple[float, ...]()
    for row in rows:
        if row.epoch % every == 0:
            fewer.append(row)
        elif fewer:
            fewer[-1] = replace(fewer[-1], stands_for=fewer[-1].stands_for + row.stands_for)
        else:
            missed += row.stands_for
    found, before = epochs.multiples(every)
    check(found, fewer)
    assert (before is None) == (not missed)
    if before is not None:
        np.testing.assert_array_equal(before, ends(missed))
    check(epochs, rows)  # untouched


@given(some_rows(), st.tuples(COSTS, COSTS))
def test_the_last_stands_for_more_or_for_itself(rows: list[Plain], more: tuple[float, float]) -> None:
    epochs, last = epochs_of(rows), rows[-1]
    check(epochs.reaching(ends(more)), [*rows[:-1], replace(last, stands_for=last.stands_for + more)])
    check(epochs.alone(), [*rows[:-1], replace(last, stands_for=(last.cost,))])
    check(epochs, rows)


@given(st.tuples(some_rows(), some_rows(first=100), some_rows(first=200)), st.integers(1, 3))
def test_parts_are_joined_in_order(all_parts: tuple[list[Plain], ...], n: int) -> None:
    parts = all_parts[:n]
    check(Epochs.joined([epochs_of(part) for part in parts]), [row for part in parts for row in part])


@pytest.mark.parametrize("name", ["excess_cost", "held_out_cost"])
def test_what_one_part_does_not_know_the_whole_does_not(name: str) -> None:
    first, second = epochs_of([Plain(0, 1.0, (1.0,))]), epochs_of([Plain(300, 2.0, (2.0,))])
    changes: dict[str, Any] = {name: None}
    joined = Epochs.joined([first, replace(second, **changes)])
    other = {"excess_cost": "held_out_cost", "held_out_cost": "excess_cost"}[name]
    assert getattr(joined, name) is None
    assert len(getattr(joined, other)) == 2


def test_costs_that_stand_for_themselves_have_no_extremes_until_one_stands_for_more() -> None:
    alone = replace(epochs_of([Plain(0, 1.0, (1.0,))]), cost_low=None, cost_high=None)
    joined = Epochs.joined([alone, alone])
    assert (joined.cost_low, joined.cost_high) == (None, None)
    for name in ("cost_low", "cost_high"):
        more = Epochs.joined([alone, replace(alone, **{name: np.array([0.5])})])
        assert getattr(more, name).tolist() == [1.0, 0.5]


@given(st.lists(COSTS, min_size=1, max_size=40), st.integers(0, 8), st.integers(1, 6))
def test_of_a_trace_some_rows_are_copied_with_the_extremes_up_to_the_next(
    costs: list[float], start: int, every: int
) -> None:
    epoch = np.arange(300.0, 300 + len(costs))
    trace = Trace(300, np.array(costs), np.stack([epoch * 7.0, epoch * 11.0], axis=1), 0.5, epoch * 3.0)
    trace = replace(trace, held_out_cost=epoch * 13.0)
    found = Epochs.of(trace, slice(start, None, every))
    trace.cost[:] = trace.parameters[:] = -9.0
    expected = [Plain(300 + at, costs[at], tuple(costs[at : at + every])) for at in range(start, len(costs), every)]
    assert found.learning_rate.tolist() == [0.5] * len(expected)
    check(replace(found, learning_rate=found.epoch.astype(np.float64) * 5), expected)
    assert (found.cost_low is None) == (found.cost_high is None) == (every == 1)


@given(some_rows(), st.booleans(), st.booleans(), st.booleans())
def test_they_come_back_from_the_columns_of_a_store(
    rows: list[Plain], excess: bool, held_out: bool, alone: bool
) -> None:
    epochs = epochs_of(rows)
    epochs = replace(
        epochs,
        excess_cost=epochs.excess_cost if excess else None,
        held_out_cost=epochs.held_out_cost if held_out else None,
        cost_low=None if alone else epochs.cost_low,
        cost_high=None if alone else epochs.cost_high,
    )
    columns = epochs.rows(17)
    assert [(run, epoch) for run, epoch, *_ in columns] == [(17, row.epoch) for row in rows]
    back = Epochs.of_rows([row[1:] for row in columns])
    for name in ("epoch", "cost", "excess_cost", "learning_rate", "parameters", "held_out_cost"):
        assert same(getattr(back, name), getattr(epochs, name)), name
    for one, other, row in zip(np.column_stack(back.extremes), np.column_stack(epochs.extremes), rows, strict=True):
        known = other if np.isfinite(other).all() else [row.cost if isfinite(row.cost) else nan] * 2
        np.testing.assert_array_equal(one, known)


def test_no_rows_are_no_epochs() -> None:
    nothing = Epochs.of_rows([])
    assert len(nothing) == 0
    assert nothing.parameters.shape == (0, 0)
    assert [nothing.excess_cost, nothing.cost_low, nothing.cost_high, nothing.held_out_cost] == [None] * 4
    without = replace(epochs_of([Plain(3, 1.0, (1.0,))]), parameters=np.empty((1, 0)))
    assert Epochs.of_rows([row[1:] for row in without.rows(1)]).parameters.shape == (1, 0)


def test_an_extreme_that_is_the_cost_itself_or_no_number_takes_no_room() -> None:
    epochs = epochs_of([Plain(0, 1.0, (1.0, 2.0)), Plain(2, 2.0, (2.0, 0.5)), Plain(4, nan, (nan,))])
    assert [row[6:8] for row in epochs.rows(1)] == [(None, 2.0), (0.5, None), (None, None)]


@pytest.mark.parametrize("column", range(1, 8))
def test_a_row_in_which_something_is_no_number_is_damaged(column: int) -> None:
    (row,) = epochs_of([Plain(3, 1.0, (1.0, 2.0, 0.5))]).rows(1)
    damaged: Any = list(row[1:])
    damaged[column] = "text"
    with pytest.raises((ValueError, TypeError)):
        Epochs.of_rows([damaged])


@pytest.mark.parametrize("column", [2, 7])
def test_a_column_with_a_hole_is_not_known_at_all(column: int) -> None:
    rows: list[Cells] = [row[1:] for row in epochs_of([Plain(3, 1.0, (1.0,)), Plain(4, 2.0, (2.0,))]).rows(1)]
    rows[0] = (*rows[0][:column], None, *rows[0][column + 1 :])  # type: ignore[assignment]
    back = Epochs.of_rows(rows)
    assert (back.excess_cost is None, back.held_out_cost is None) == (column == 2, column == 7)


def test_a_cell_is_the_number_itself_or_its_bytes() -> None:
    assert [cell(each) for each in (None, 0.5, inf)] == [None, 0.5, b"\0\0\0\0\0\0\xf0\x7f"]
    assert [number(each) for each in (None, 0.5, b"\0\0\0\0\0\0\xf0\x7f")] == [None, 0.5, inf]
