"""The exact answer and how sure the rows make it, against statsmodels and rational arithmetic."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.numerics.factorization import factor_of_rows, intercept, merged_factor
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments

Array = NDArray[np.float64]


def drawn(seed: int, n: int, p: int) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    X: Array = random.normal(size=(n, p)) * 10.0 ** random.integers(-3, 4, p) + random.integers(-5, 6, p)
    return X, X @ (random.normal(size=p) / np.abs(X).max(axis=0)) + random.normal(size=n)


def moments_of(X: Array, y: Array, factored: bool) -> Moments:
    """Return the moments, without the rows' factor where they are to be like those of many rows."""
    moments = Moments.of(X, y)
    return moments if factored else replace(moments, factor=None)


@pytest.mark.parametrize("factored", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("seed", "p", "n_more"), [(0, 1, 1), (1, 1, 7), (2, 2, 1), (3, 3, 2), (4, 4, 9)])
def test_estimates_and_their_errors_are_those_of_statsmodels(
    seed: int, p: int, n_more: int, bias: bool, factored: bool
) -> None:
    X, y = drawn(seed, p + bias + n_more, p)
    found = moments_of(X, y, factored).least_squares(bias)
    design = np.column_stack([X, np.ones(len(y))]) if bias else X
    theirs = sm.OLS(y, design).fit()
    centred = X - bias * X.mean(axis=0)
    condition = np.linalg.cond(centred / np.linalg.norm(centred, axis=0))
    assert condition < 1e3
    size = np.abs(design * theirs.params).max(axis=0) / np.abs(design).max(axis=0)
    assert (np.abs(np.append(found.w, found.b)[: p + bias] - theirs.params) <= 1e-7 * size.max() + 1e-7 * size).all()
    assert (found.b == 0) == (not bias)
    assert found.degrees_of_freedom == n_more == theirs.df_resid
    assert found.standard_errors == pytest.approx(theirs.bse, rel=1e-6)
    assert found.cost == pytest.approx(theirs.ssr / len(y), rel=1e-7)
    assert found.explained == pytest.approx(theirs.ess, rel=1e-7, abs=1e-9)
    assert found.r2 == pytest.approx(1 - theirs.ssr / np.square(y - y.mean()).sum(), rel=1e-7, abs=1e-9)
    assert found.condition_number == pytest.approx(condition**2, rel=1e-6)
    assert (found.rank, found.determined, found.is_perfect) == (p, True, False)
    assert (found.mean_weight, found.log_weights) == (1.0, 0.0)
    assert found.telling_errors is found.standard_errors
    for column in range(p):
        one, others = centred[:, column], np.delete(centred, column, axis=1)
        alone = one - others @ np.linalg.lstsq(others, one)[0]
        assert found.inflation is not None
        assert found.inflation[column] == pytest.approx(one @ one / (alone @ alone), rel=1e-6)


@pytest.mark.parametrize("factored", [True, False])
def test_what_the_rows_do_not_determine_has_no_error(factored: bool) -> None:
    random = np.random.default_rng(3)
    x, z = random.normal(size=(2, 20))
    X, y = np.column_stack([x, 2 * x, z, np.full(20, 7.0)]), random.normal(size=20)
    found = moments_of(X, y, factored).least_squares(bias=True)
    other = sm.OLS(y, np.column_stack([x, z, np.ones(20)])).fit()
    assert found.standard_errors is not None
    assert found.inflation is not None
    assert np.isnan(found.standard_errors).tolist() == [True, True, False, True, False]
    assert np.isnan(found.inflation).tolist() == [True, True, False, True]
    assert found.standard_errors[[2, 4]] == pytest.approx(other.bse[1:], rel=1e-9)
    assert (found.rank, found.determined, found.condition_number) == (2, False, np.inf)
    assert found.degrees_of_freedom == 17
    assert found.w[:2] == pytest.approx([other.params[0] / 5, 2 * other.params[0] / 5])
    assert found.w[3] == 0
    assert found.telling_errors is None


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("n", "degrees"), [(2, 0), (3, 0), (4, 0), (5, 1), (6, 2)])
def test_as_many_rows_are_left_over_as_parameters_do_not_take(bias: bool, n: int, degrees: int) -> None:
    X, y = drawn(n, n, 4 - bias)
    found = Moments.of(X, y).least_squares(bias)
    assert found.degrees_of_freedom == degrees
    assert (found.standard_errors is None) == (degrees == 0)
    assert (found.cost < 1e-20) == (degrees == 0)
    assert found.determined == (n >= 4)
    if degrees == 0:
        assert X @ found.w + found.b == pytest.approx(y, rel=1e-8)


@pytest.mark.parametrize(("apart", "rank", "determined"), [(1e-6, 2, True), (3e-9, 2, False), (0.0, 1, False)])
def test_weights_are_determined_as_far_as_float64_tells_the_features_apart(
    apart: float, rank: int, determined: bool
) -> None:
    x, z, y = np.random.default_rng(7).normal(size=(3, 20))
    found = Moments.of(np.column_stack([x, x + apart * z]), y).least_squares(bias=True)
    assert (found.rank, found.determined) == (rank, determined)
    assert np.isfinite(found.condition_number) == (rank == 2)


@pytest.mark.parametrize("factored", [True, False])
def test_a_perfect_fit_leaves_nothing_and_its_errors_say_nothing(factored: bool) -> None:
    X = np.random.default_rng(1).normal(size=(30, 2))
    found = moments_of(X, X @ [2.0, -1.0] + 3, factored).least_squares(bias=True)
    assert found.is_perfect
    assert found.telling_errors is None
    assert found.standard_errors is not None
    assert found.cost < 1e-15
    noisy = moments_of(X, X @ [2.0, -1.0] + 3 + 1e-5 * X[:, 0] ** 2, factored).least_squares(bias=True)
    assert not noisy.is_perfect
    assert noisy.telling_errors is not None


def test_a_target_that_does_not_change_is_fitted_by_b_alone() -> None:
    X = np.random.default_rng(2).normal(size=(9, 2))
    found = Moments.of(X, np.full(9, 0.3)).least_squares(bias=True)
    assert (found.w.tolist(), found.b, found.cost, found.r2) == ([0, 0], 0.3, 0.0, None)
    assert (found.is_perfect, found.explained) == (True, 0.0)


def rational(X: Array, y: Array) -> list[Fraction]:
    """Solve the normal equations of [X 1] without rounding."""
    rows = [[Fraction(float(cell)) for cell in row] + [Fraction(1)] for row in X]
    n = len(rows[0])
    matrix = [
        [sum((row[i] * row[j] for row in rows), Fraction(0)) for j in range(n)]
        + [sum((row[i] * Fraction(float(up)) for row, up in zip(rows, y, strict=True)), Fraction(0))]
        for i in range(n)
    ]
    for i in range(n):
        pivot = next(row for row in range(i, n) if matrix[row][i])
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        for row in range(n):
            if row != i:
                factor = matrix[row][i] / matrix[i][i]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[i], strict=True)]
    return [matrix[i][n] / matrix[i][i] for i in range(n)]


@pytest.mark.parametrize("shift", [0.0, 1e6, 0.1])
@pytest.mark.parametrize("noise", [1.0, 1e5])
def test_coefficients_keep_their_digits_under_noise_that_drowns_them(shift: float, noise: float) -> None:
    """As NIST's Wampler5 has it: a polynomial beneath residuals many times as large."""
    random = np.random.default_rng(4)
    x = np.arange(21.0)
    X = np.column_stack([x, x**2, x**3 / 8]) + shift
    residuals = random.integers(-1000, 1001, 21).astype(float)
    design = np.column_stack([X, np.ones(21)])
    residuals -= design @ np.linalg.lstsq(design, residuals)[0]
    y = X @ [1.0, 1.0, 1.0] + 5 + noise * residuals
    expected = [float(each) for each in rational(X, y)]
    found = Moments.of(X, y).least_squares(bias=True)
    np.testing.assert_allclose(found.w, expected[:3], rtol=1e-9)
    assert found.b == pytest.approx(expected[3], rel=1e-8, abs=1e-9 * shift)


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 4))
def test_the_factor_is_triangular_and_its_square_the_products_of_the_centred_rows(seed: int, n: int, p: int) -> None:
    X, y = drawn(seed, n, p)
    rows = np.column_stack([X, y])
    mean = rows.mean(axis=0)
    rest = (rows - mean).mean(axis=0)
    factor = factor_of_rows(X, y, mean, rest)
    centred = rows.astype(np.longdouble) - rows.astype(np.longdouble).mean(axis=0)
    spread = np.sqrt(np.square(centred).sum(axis=0)) + 1e-12
    assert factor.shape == (min(n, p + 1), p + 1)
    assert not np.tril(factor, -1).any()
    assert (np.abs(factor.T @ factor - centred.T @ centred) <= 1e-12 * np.outer(spread, spread)).all()


def test_factors_are_merged_with_what_lies_between_the_means() -> None:
    random = np.random.default_rng(5)
    first, second, between = random.normal(size=(7, 3)), random.normal(size=(4, 3)), random.normal(size=3)
    of_first, of_second = (np.asarray(np.linalg.qr(rows, mode="r")) for rows in (first, second))
    merged = merged_factor(of_first, of_second, between)
    whole = np.vstack([first, second, between])
    np.testing.assert_allclose(merged.T @ merged, whole.T @ whole, rtol=1e-12, atol=1e-12)
    assert merged.shape == (3, 3)


@given(st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 2), min_size=1, max_size=5), st.floats(-1e9, 1e9))
@example([(0.12, 2.225073858507203e-309)], 0.0)
def test_the_intercept_is_rounded_once(terms: list[tuple[float, float]], target: float) -> None:
    w, means = (np.array(column) for column in zip(*terms, strict=True))
    rest = np.append(means, target) * 2.0**-60
    exact = Fraction(target) + Fraction(float(rest[-1]))
    for weight, mean, less in zip(w.tolist(), means.tolist(), rest.tolist(), strict=False):
        exact -= Fraction(weight) * Fraction(mean) + Fraction(weight * less)
    lost = 2 * len(terms) * 2.0**-1074  # of products whose own rounding is smaller than float64 has numbers for
    assert abs(intercept(w, np.append(means, target), rest) - float(exact)) <= lost


def test_products_of_full_digits_lose_none_of_them() -> None:
    random = np.random.default_rng(8)
    for w, mean in zip(random.normal(size=(300, 3)), 1e6 * random.normal(size=(300, 4)), strict=True):
        exact = Fraction(mean[-1]) - sum(Fraction(a) * Fraction(b) for a, b in zip(w, mean[:-1], strict=True))
        assert intercept(w, mean, np.zeros(4)) == float(exact)
        near = np.append(mean[:-1], w @ mean[:-1])  # what is left is nothing but rounding
        exact = Fraction(near[-1]) - sum(Fraction(a) * Fraction(b) for a, b in zip(w, near[:-1], strict=True))
        assert intercept(w, near, np.zeros(4)) == float(exact)


def test_an_intercept_of_weights_too_large_to_be_split_is_there_all_the_same() -> None:
    with np.errstate(all="ignore"):
        found = intercept(np.array([1e305, 1.0]), np.array([1e-300, 2.0, 7.0]), np.zeros(3))
    assert found == pytest.approx(7 - 1e5 - 2)


def test_an_intercept_beyond_float64_is_infinite_or_none() -> None:
    for w, expected in ((np.inf, -np.inf), (np.nan, np.nan), (1e308, -np.inf)):
        with np.errstate(all="ignore"):
            found = intercept(np.array([w]), np.array([1e3, 2.0]), np.zeros(2))
        np.testing.assert_array_equal(found, expected)


def test_errors_say_something_only_where_each_of_them_does() -> None:
    X, y = drawn(6, 9, 2)
    found = Moments.of(X, y).least_squares(bias=True)
    changes: list[dict[str, Any]] = [
        {"standard_errors": None},
        {"is_perfect": True},
        {"determined": False},
        {"standard_errors": np.array([1.0, 0.0, 1.0])},
        {"standard_errors": np.array([1.0, np.nan, 1.0])},
    ]
    assert [replace(found, **each).telling_errors for each in changes] == [None] * 5


def test_an_answer_of_which_no_more_is_said_leaves_nothing_over() -> None:
    least = LeastSquares(np.zeros(1), 0.0, 1.0, 1, 1.0, True, None)
    assert (least.degrees_of_freedom, least.standard_errors, least.inflation) == (0, None, None)
    assert (least.explained, least.is_perfect, least.mean_weight, least.log_weights) == (0.0, False, 1.0, 0.0)


@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
def test_influence_and_spread_are_the_roots_of_the_covariance(seed: int, p: int, bias: bool) -> None:
    X, y = np.random.default_rng(seed).normal(size=(2, 12, p))
    design = Moments.of(X + 0.5, y[:, 0]).design(bias)
    columns = np.column_stack([X + 0.5, np.ones(12)]) if bias else X + 0.5
    covariance = np.linalg.inv(columns.T @ columns)
    influence = design.influence()
    np.testing.assert_allclose(influence @ influence.T, covariance, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(design.spread(), np.sqrt(np.diagonal(covariance)), rtol=1e-8)
    assert design.n_determined == p + bias
