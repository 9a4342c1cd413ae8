from fractions import Fraction
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.errors import LinregError
from linreg.numerics import accumulation
from linreg.numerics.moments import Moments

Array = NDArray[np.float64]
same = settings(derandomize=True)


def random_rows(seed: int, n_samples: int, n_features: int) -> tuple[Array, Array]:
    """Return rows with columns of very different means and spreads."""
    random = np.random.default_rng(seed)
    spread = np.float64(10.0) ** random.integers(-3, 4, n_features)
    X: Array = random.standard_normal((n_samples, n_features)) * spread + random.integers(-100, 100, n_features)
    return X, X @ (random.standard_normal(n_features) / spread) + random.standard_normal(n_samples)


def assert_same(moments: Moments, expected: Moments) -> None:
    """Compare to 1e-12 of each column's spread, and to what its own cells resolve of that."""
    reach = np.maximum(np.abs(expected.minimum), np.abs(expected.maximum))
    spread = np.sqrt(np.diagonal(expected.products)) + 1e-150
    relative = 1e-12 + 1e-15 * reach * np.sqrt(expected.n_samples) / spread
    assert moments.n_samples == expected.n_samples
    assert np.all(np.abs(moments.mean - expected.mean) <= 1e-15 * reach)
    allowed = (relative + relative[:, np.newaxis]) * np.outer(spread, spread)
    assert np.all(np.abs(moments.products - expected.products) <= allowed)
    assert (moments.factor is None) == (expected.factor is None)
    if moments.factor is not None:
        assert np.all(np.abs(moments.factor.T @ moments.factor - expected.products) <= allowed)
    assert np.array_equal(moments.minimum, expected.minimum)
    assert np.array_equal(moments.maximum, expected.maximum)


def exact_cross(columns: Array) -> Array:
    """Return the centred cross-products in rational arithmetic."""
    rational = [[Fraction(cell) for cell in column] for column in columns.T]
    centred = [[cell - sum(column) / len(column) for cell in column] for column in rational]
    return np.array([[float(sum(a * b for a, b in zip(p, q, strict=True))) for q in centred] for p in centred])


@same
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 4), st.sampled_from("CF"))
def test_cross_products_are_those_of_rational_arithmetic(
    seed: int, n_samples: int, n_features: int, order: str
) -> None:
    X, y = random_rows(seed, n_samples, n_features)
    with patch.multiple(accumulation, _BLOCK_CELLS=8, _BLOCK_ROWS=4, _WIDE=4):
        moments = Moments.of(np.array(X, order=order), y)  # type: ignore[call-overload]
    expected = exact_cross(np.column_stack([X, y]))
    spread = np.sqrt(np.diagonal(expected))
    assert np.all(np.abs(moments.products - expected) <= 1e-12 * np.outer(spread, spread))
    assert moments.factor is not None
    assert np.all(np.abs(moments.factor.T @ moments.factor - expected) <= 1e-12 * np.outer(spread, spread))
    assert np.array_equal(moments.minimum[:-1], X.min(axis=0))
    assert np.array_equal(moments.maximum[:-1], X.max(axis=0))


@same
@given(st.integers(0, 2**32), st.integers(1, 50), st.integers(1, 4), st.lists(st.integers(0, 50), max_size=4))
def test_any_split_of_the_rows_adds_up_to_the_whole(seed: int, n: int, p: int, cuts: list[int]) -> None:
    X, y = random_rows(seed, n, p)
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    parts = [Moments.of(X[a:b], y[a:b]) for a, b in pairwise(edges)]
    total = Moments.of(X[:0], y[:0])
    for part in parts:
        total = total + part
    assert_same(total, Moments.of(X, y))


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_drift_far_from_the_first_rows_cancels_nothing(order: str) -> None:
    n_samples = 300_000
    drift = np.linspace(0, 1, n_samples)
    wiggle = np.random.default_rng(0).integers(-8, 9, (n_samples, 3)) / 16
    X = np.array(wiggle + np.round(drift[:, np.newaxis] * 1000) + 2.0**30, order=order)  # type: ignore[call-overload]
    y = X[:, 0] - 2.0**30
    moments = Moments.of(X, y)
    columns = np.column_stack([X - 2.0**30, y])
    expected = np.cov(columns.T, bias=True) * n_samples
    assert moments.factor is None
    assert moments.products == pytest.approx(expected, rel=1e-12)
    assert moments.mean[:-1] - 2.0**30 == pytest.approx(columns.mean(axis=0)[:-1], abs=2e-7)


@pytest.mark.parametrize("n_features", [1, 2, 5, 600])
def test_memory_order_and_type_of_the_rows_do_not_matter(n_features: int) -> None:
    X, y = random_rows(1, 9000 if n_features < 100 else 700, n_features)
    X, y = X.astype(np.float32), y.astype(np.float32)
    expected = Moments.of(X.astype(np.float64), y.astype(np.float64))
    wide = np.zeros((len(y), 2 * n_features), np.float32)
    wide[:, ::2] = X
    for rows in (X, np.asfortranarray(X), wide[:, ::2]):
        assert_same(Moments.of(rows, y), expected)


def test_no_rows_are_neutral_and_cannot_be_fitted() -> None:
    X, y = random_rows(3, 5, 2)
    none, some = Moments.of(X[:0], y[:0]), Moments.of(X, y)
    for total in (none + some, some + none):
        assert total.n_samples == 5
        assert np.array_equal(total.products, some.products)
    with pytest.raises(LinregError, match="no rows"):
        none.least_squares(bias=True)


def test_counts_stay_exact_beyond_what_float64_counts() -> None:
    X, y = random_rows(3, 5, 2)
    some = Moments.of(X, y)
    many = Moments(2**60, some.mean, some.products, some.minimum, some.maximum)
    assert (many + some).n_samples == 2**60 + 5


@same
@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 4), st.booleans())
def test_standardised_moments_are_the_moments_of_standardised_rows(seed: int, n: int, p: int, bias: bool) -> None:
    X, y = random_rows(seed, n, p)
    if p > 1:
        X[:, 1] = 0.1  # 0.1 summed n times and divided by n is not always 0.1
    standardized, mean, scale = Moments.of(X, y).standardized(bias)
    if bias:
        std = X.std(axis=0, ddof=1) if n > 1 else np.zeros(p)
        changes = X.max(axis=0) > X.min(axis=0)
        assert mean == pytest.approx(X.mean(axis=0), rel=1e-13)
        assert scale == pytest.approx(np.where(changes, std, 1.0), rel=1e-12)
        assert np.all(standardized.mean[:-1] == 0)
    else:
        assert np.all(mean == 0)
        assert scale == pytest.approx(np.sqrt(np.square(X).mean(axis=0)), rel=1e-12)
    expected = exact_cross(np.column_stack([(X - mean) / scale, y]))
    spread = np.sqrt(np.diagonal(expected))
    assert np.all(np.abs(standardized.products - expected) <= 1e-9 * (1 + spread) * (1 + spread)[:, np.newaxis])


def test_a_column_of_zeros_keeps_its_scale_without_a_bias() -> None:
    _, mean, scale = Moments.of(np.array([[0.0, 3.0], [0.0, 4.0]]), np.ones(2)).standardized(bias=False)
    assert mean.tolist() == [0, 0]
    assert scale == pytest.approx([1, np.sqrt(12.5)])


@pytest.mark.parametrize("n_samples", [3, 7, 100_003])
def test_a_constant_column_has_its_value_as_mean_and_no_spread(n_samples: int) -> None:
    X = np.column_stack([np.full(n_samples, 0.1), np.random.default_rng(0).standard_normal(n_samples)])
    moments = Moments.of(X, X[:, 1]) + Moments.of(X[:2], X[:2, 1])
    assert moments.mean[0] == 0.1
    assert not moments.products[0].any()
    assert moments.factor is None or not moments.factor[:, 0].any()


def test_a_constant_column_is_known_by_its_extremes() -> None:
    moments = Moments.of(np.column_stack([np.full(7, 0.1), np.arange(7.0)]), np.full(7, 0.3))
    assert moments.constant.tolist() == [True, False, True]
    assert moments.mean[0] == 0.1
    assert moments.target_variance == 0
    assert moments.r2(0.0) is None


@same
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 6), st.booleans(), st.booleans(), st.booleans())
def test_least_squares_is_the_smallest_of_the_best(
    seed: int, n: int, p: int, bias: bool, collinear: bool, factored: bool
) -> None:
    random = np.random.default_rng(seed)
    X, y = random.standard_normal((n, p)), random.standard_normal(n)
    if collinear and p > 1:
        X[:, -1] = 3 * X[:, 0]
    moments = Moments.of(X, y)
    if not factored:
        moments = Moments(n, moments.mean, moments.products, moments.minimum, moments.maximum)
    answer = moments.least_squares(bias)
    shift = bias * X.mean(axis=0), bias * y.mean()
    expected, _, rank, lengths = np.linalg.lstsq(X - shift[0], y - shift[1], rcond=1e-9)
    condition = lengths[0] / lengths[rank - 1] if rank else 1
    if condition > 1e5:
        return
    assert answer.rank == rank
    tolerance = {"rel": 1e-9, "abs": 1e-13 * condition**2 * (1 + np.abs(expected).max())}
    assert answer.w == pytest.approx(expected, **tolerance)
    assert answer.b == pytest.approx(shift[1] - shift[0] @ expected, **tolerance)
    residual = y - X @ expected - (shift[1] - shift[0] @ expected)
    assert answer.cost == pytest.approx(
        np.square(residual).mean(), rel=1e-9, abs=(1e-24 if factored else 1e-14) * condition**2
    )
    assert answer.determined == (rank == p or (bias and n == 1))


@same
@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 2), min_size=3, max_size=20))
def test_least_squares_of_a_line_is_exact(points: list[tuple[int, int]]) -> None:
    x, y = ([Fraction(value) for value in column] for column in zip(*points, strict=True))
    n, mean_x, mean_y = len(x), sum(x) / len(x), sum(y) / len(x)
    spread = sum((value - mean_x) ** 2 for value in x)
    if spread == 0:
        return
    w = sum((a - mean_x) * (b - mean_y) for a, b in points) / spread
    cost = sum((b - mean_y - w * (a - mean_x)) ** 2 for a, b in points) / n
    answer = Moments.of(np.array(points, float)[:, :1], np.array(points, float)[:, 1]).least_squares(bias=True)
    reach = 1e-13 * (1 + max(abs(float(value)) for value in y))
    assert answer.w[0] == pytest.approx(float(w), rel=1e-13, abs=reach / float(spread) ** 0.5)
    assert answer.b == pytest.approx(float(mean_y - w * mean_x), rel=1e-12, abs=reach * 1000)
    assert answer.cost == pytest.approx(float(cost), rel=1e-11, abs=reach**2)


def test_a_far_constant_does_not_hide_that_columns_are_collinear() -> None:
    x = np.random.default_rng(0).standard_normal(50) + 1e6
    answer = Moments.of(np.column_stack([x, 3 * x]), x).least_squares(bias=True)
    assert answer.rank == 1
    assert not answer.determined
    assert answer.w == pytest.approx([0.1, 0.3], rel=1e-6)


def test_only_constant_columns_leave_nothing_undetermined() -> None:
    answer = Moments.of(np.full((4, 2), 7.0), np.arange(4.0)).least_squares(bias=True)
    assert (answer.rank, answer.determined, answer.condition_number) == (0, True, 1.0)
    assert answer.w.tolist() == [0, 0]
    assert answer.b == 1.5


@same
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 4), st.booleans())
def test_the_cost_at_any_parameters_is_the_rows_mean_squared_error(seed: int, n: int, p: int, factored: bool) -> None:
    X, y = random_rows(seed, n, p)
    moments = Moments.of(X, y)
    if not factored:
        moments = Moments(n, moments.mean, moments.products, moments.minimum, moments.maximum)
    random = np.random.default_rng(seed + 1)
    w, b = random.standard_normal((3, 2, p)), random.standard_normal((3, 2))
    expected = np.square(y - w @ X.T - b[..., np.newaxis]).mean(axis=-1)
    assert moments.cost(w, b) == pytest.approx(expected, rel=1e-9)
    assert moments.cost(w[0, 0]) == pytest.approx(np.square(y - X @ w[0, 0]).mean(), rel=1e-9)


def test_squares_that_overflow_are_an_error_that_names_the_column() -> None:
    with pytest.raises(LinregError, match=r"squares of feature 2 are too large.*power of ten"):
        Moments.of(np.array([[1.0, 1e200], [2.0, -1e200], [3.0, 0.0]]), np.ones(3))
    with pytest.raises(LinregError, match="squares of the target"):
        Moments.of(np.ones((2, 1)), np.array([1e200, 0]))


def exact_line(x: list[int], y: list[int]) -> tuple[Fraction, Fraction]:
    """Return the slope and the intercept of least squares, without any rounding."""
    mean_x, mean_y = Fraction(sum(x), len(x)), Fraction(sum(y), len(y))
    products = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), Fraction(0))
    slope = products / sum(((a - mean_x) ** 2 for a in x), Fraction(0))
    return slope, mean_y - slope * mean_x


@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("n_rows", [7, 1000])
@pytest.mark.parametrize("start", [1_709_023_537_000, 2**52, -(2**50) - 7])
def test_large_integers_are_centred_exactly(start: int, n_rows: int, noise: int) -> None:
    """At once and in batches: of integers the mean has more digits than float64, and none of them is lost."""
    chance = np.random.default_rng(1)
    x = [start + int(step) for step in chance.integers(0, 1000, 59)]
    y = [2 * (cell - start) + 1 + int(chance.integers(-noise, noise + 1)) for cell in x]
    slope, intercept = exact_line(x, y)
    X, targets = np.array(x, np.float64)[:, np.newaxis], np.array(y, np.float64)
    parts = [Moments.of(X[at : at + n_rows], targets[at : at + n_rows]) for at in range(0, len(x), n_rows)]
    moments = sum(parts[1:], parts[0])
    answer = moments.least_squares(bias=True)
    assert abs(Fraction(float(answer.w[0])) - slope) <= Fraction(1, 2**47)
    assert abs(Fraction(answer.b) - intercept) <= abs(start) * Fraction(1, 2**47)
    assert not moments.may_be_fractional.any()


def test_cells_that_are_no_integers_are_seen_where_it_matters() -> None:
    X = np.array([[1e12 + 0.5, 1e12, 0.5], [1e12 + 1.5, 1e12 + 1, 1.5], [1e12 + 3, 1e12 + 4, 2.5]])
    assert Moments.of(X, X[:, 0]).may_be_fractional.tolist() == [True, False, False, True]
    assert (Moments.of(X, X[:, 1]) + Moments.of(X, X[:, 0])).may_be_fractional.tolist() == [True, False, False, True]


def test_rows_are_factored_as_long_as_they_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.numerics.moments.FACTORED_CELLS", 20)
    random = np.random.default_rng(3)
    parts = [Moments.of(random.normal(size=(n_rows, 1)), random.normal(size=n_rows)) for n_rows in (5, 5, 1, 10, 11)]
    assert [part.factor is not None for part in parts] == [True, True, True, True, False]
    for one, other, is_factored in ((0, 1, True), (0, 2, True), (2, 3, False), (0, 3, False), (0, 4, False)):
        merged = parts[one].merged(parts[other])
        assert (merged.factor is not None) == is_factored
        if merged.factor is not None:
            np.testing.assert_allclose(merged.factor.T @ merged.factor, merged.products, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("factored", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_the_units_of_a_column_change_nothing_but_its_weight(
    bias: bool, factored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.numerics.moments.FACTORED_CELLS", 10**6 if factored else 0)
    random = np.random.default_rng(5)
    X = random.normal(size=(20, 3)) + np.array([0.5, 2, 0])
    y = X @ [1, -2, 3] + random.normal(size=20)
    units = 2.0 ** np.array([-60, 40, 0])
    one, other = (Moments.of(rows, y).least_squares(bias) for rows in (X, X * units))
    assert other.w * units == pytest.approx(one.w, rel=1e-10)
    assert (other.b, other.cost) == pytest.approx((one.b, one.cost), rel=1e-10)
    assert (other.rank, other.determined) == (3, True)
    assert other.condition_number == pytest.approx(one.condition_number, rel=1e-6)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["level", "high", "high at last", "drifting", "constant", "single precision"])
def test_rows_that_threads_share_add_up_to_the_same_digits(
    kind: str, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accumulation, "_MANY_CELLS", 1)
    monkeypatch.setattr(accumulation, "_n_threads", lambda: 3)
    monkeypatch.setattr(accumulation, "_BLOCK_CELLS", 2**10)
    random = np.random.default_rng(8)
    X = random.standard_normal((60_000, 5)) + random.uniform(-3, 3, 5)
    if kind == "high":
        X[:, 2] += 1e6
    elif kind == "high at last":
        X[:, 4] += 1e6
    elif kind == "drifting":
        X[20_000:] += np.linspace(0, 1e5, 40_000)[:, np.newaxis]
    elif kind == "constant":
        X[:, 1] = 5.0
    elif kind == "single precision":
        X = X.astype(np.float32)
    y = random.standard_normal(60_000) + 1e5
    moments = Moments.of(np.asarray(X, order=order), y)
    rows = np.column_stack([X, y]).astype(np.longdouble)
    mean, centred = rows.mean(axis=0), rows - rows.mean(axis=0)
    expected = (centred.T @ centred).astype(np.float64)
    spread = np.sqrt(np.diagonal(expected))
    allowed = 1e-13 * np.outer(spread, spread) + 1e-300
    assert moments.n_samples == 60_000
    assert np.all(np.abs(moments.products - expected) <= allowed)
    np.testing.assert_allclose(moments.mean + moments.left_out, mean.astype(np.float64), rtol=1e-14)
    np.testing.assert_array_equal(moments.minimum, rows.min(axis=0).astype(np.float64))
    np.testing.assert_array_equal(moments.maximum, rows.max(axis=0).astype(np.float64))
    assert moments.constant[1] == (kind == "constant")
