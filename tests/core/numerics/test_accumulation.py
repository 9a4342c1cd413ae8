"""Rows added up in pieces: few that are kept, their rounding, and the sums about an origin of their own."""

from collections import deque
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.numerics import accumulation
from linreg.numerics.accumulation import Accumulation, few_rows, fractional_columns, left_out

Array = NDArray[np.float64]


def exact(rows: Array) -> tuple[list[Fraction], Array]:
    """Return the columns' means, and the products about them, without rounding but at the end."""
    columns = [[Fraction(cell) for cell in column] for column in rows.T.tolist()]
    means = [sum(column, Fraction(0)) / len(column) for column in columns]
    centred = [[cell - mean for cell in column] for column, mean in zip(columns, means, strict=True)]
    return means, np.array([[float(sum(a * b for a, b in zip(p, q, strict=True))) for q in centred] for p in centred])


@pytest.mark.parametrize("is_many", [True, False])
@pytest.mark.parametrize("n_features", [1, 2, 3])
@pytest.mark.parametrize("middle", [0.0, 3.9, 4.1, 1e9])
def test_sums_in_blocks_have_their_digits_wherever_the_rows_are(
    middle: float, n_features: int, is_many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accumulation, "_BLOCK_CELLS", 16)
    monkeypatch.setattr(accumulation, "_BLOCK_ROWS", 4)
    monkeypatch.setattr(accumulation, "_WIDE", 4)
    monkeypatch.setattr(accumulation, "_MANY_CELLS", 1 if is_many else 10**9)
    monkeypatch.setattr(accumulation, "_n_threads", lambda: 1)
    random = np.random.default_rng(n_features)
    for far in range(n_features + 1):
        rows = random.standard_normal((50, n_features + 1))
        rows[:, far] += middle
        rows[30:, far] += middle / 3  # and another place from there on
        sums = Accumulation(n_features)
        for part in (rows[:23], rows[:0], rows[23:]):
            sums.add(part[:, :-1], part[:, -1])
        means, products = exact(rows)
        spread = np.sqrt(np.diagonal(products))
        assert sums.n_samples == 50
        assert (np.abs(sums.cross - products) <= 1e-13 * np.outer(spread, spread)).all()
        each = zip(sums.mean.tolist(), sums.rest.tolist(), means, spread.tolist(), strict=True)
        for mean, rest, wanted, size in each:
            assert abs(Fraction(mean) + Fraction(rest) - wanted) <= Fraction(1e-15 * size)
            assert abs(rest) <= 1e-15 * abs(mean)
        np.testing.assert_array_equal(sums.minimum, rows.min(axis=0))
        np.testing.assert_array_equal(sums.maximum, rows.max(axis=0))


def test_no_rows_are_nothing() -> None:
    sums = Accumulation(2)
    assert (sums.n_samples, sums.mean.tolist(), sums.rest.tolist()) == (0, [0, 0, 0], [0, 0, 0])
    assert (sums.minimum.tolist(), sums.maximum.tolist()) == ([np.inf] * 3, [-np.inf] * 3)
    assert not sums.cross.any()
    assert not sums.fractional.any()
    few = few_rows(deque(), 2)
    assert (few.factor.shape, few.mean.tolist(), few.rest.tolist()) == ((0, 3), [0, 0, 0], [0, 0, 0])
    assert (few.minimum.tolist(), few.maximum.tolist()) == ([np.inf] * 3, [-np.inf] * 3)


def test_few_rows_are_put_together_and_centred() -> None:
    random = np.random.default_rng(0)
    parts = [(random.standard_normal((n, 3)) + np.array([1e6, 0, 0]), random.standard_normal(n)) for n in (1, 4, 0, 2)]
    for X, _ in parts:
        X[:, 1] = 0.1
    rows = np.vstack([np.column_stack(part) for part in parts])
    waiting = deque(parts)
    found = few_rows(waiting, 3)
    assert not waiting
    means, _ = exact(rows)
    for column, mean in enumerate(means):
        wanted = [float(Fraction(cell) - mean) for cell in rows[:, column].tolist()]
        np.testing.assert_allclose(found.factor[:, column], wanted, rtol=0, atol=1e-15 * max(1, abs(float(mean)) / 1e5))
        total = Fraction(float(found.mean[column])) + Fraction(float(found.rest[column]))
        assert abs(total - mean) <= Fraction(1, 2**52)
        assert abs(found.rest[column]) <= 1e-15 * abs(found.mean[column])
    assert (found.mean[1], found.rest[1]) == (0.1, 0.0)
    assert not found.factor[:, 1].any()
    np.testing.assert_array_equal(found.minimum, rows.min(axis=0))
    np.testing.assert_array_equal(found.maximum, rows.max(axis=0))


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_what_rounding_left_out_of_a_sum_is_exact(first: float, second: float) -> None:
    one, other = np.array([first]), np.array([second])
    total = one + other
    assert Fraction(float(left_out(one, other, total)[0])) == Fraction(first) + Fraction(second) - Fraction(
        float(total[0])
    )


FRACTIONAL: dict[str, tuple[list[float], bool]] = {
    "integers": ([1e15, 1e15 + 1, 1e15 + 5], False),
    "one half among them": ([1e15, 1e15 + 0.5, 1e15 + 5], True),
    "the largest that are exact": ([2.0**53 - 1, 2.0**53 - 2], False),
    "one that is not": ([2.0**53, 2.0**53 - 2], True),
    "one below": ([-(2.0**53), -(2.0**53) + 4], True),
    "fractions whose rounding is nothing": ([0.5, 1.5, 2.5], False),
    "fractions that lie close": ([1000.1, 1000.1 + 1e-3, 1000.1 - 1e-3], True),
    "not close enough": ([1000.1, 1001.1, 999.1], False),
    "what is not finite": ([np.inf, 0.5], False),
}


@pytest.mark.parametrize(("cells", "expected"), FRACTIONAL.values(), ids=FRACTIONAL)
def test_cells_whose_rounding_could_matter_are_seen_in_every_column(cells: list[float], expected: bool) -> None:
    for place in range(3):
        rows: Any = np.tile(np.arange(len(cells), dtype=float)[:, np.newaxis], 3)
        rows[:, place] = cells
        with np.errstate(invalid="ignore"):
            ends = rows.min(axis=0), rows.max(axis=0)
            found = fractional_columns(rows[:, :-1], rows[:, -1], *ends)
            others = fractional_columns(rows[:, :-1], rows[:, -1], *ends, np.arange(3) != place)
        assert found.tolist() == [expected and column == place for column in range(3)]
        assert not others.any()


@pytest.mark.parametrize(
    ("processors", "local", "expected"), [(1, None, 1), (16, None, 16), (40, None, 16), (8, "2", 4), (3, "2", 1)]
)
def test_threads_are_as_many_as_there_are_processors_for_this_process(
    processors: int, local: str | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if local is not None:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", local)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert accumulation._n_threads() == expected


@pytest.mark.parametrize(("processors", "expected"), [(6, 6), (None, 1)])
def test_where_a_system_does_not_say_which_processors_are_its_own_all_are(
    processors: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert accumulation._n_threads() == expected
