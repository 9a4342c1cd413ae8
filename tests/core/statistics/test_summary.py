"""A summary against statsmodels and scikit-learn, whatever the shape and the scales of the rows."""

import re
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

import linreg
from linreg.errors import LinregError
from linreg.statistics.summary import Coefficient, Summary

Array = NDArray[np.float64]
same = settings(derandomize=True)
shapes = given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 40), st.booleans())


def rows(seed: int, p: int, more: int, bias: bool) -> tuple[Array, Array]:
    """Return rows, `more` than there are parameters, with columns of very different means and spreads."""
    random = np.random.default_rng(seed)
    spread = np.float64(10.0) ** random.integers(-3, 4, p)
    X: Array = random.standard_normal((p + bias + more, p)) * spread + random.integers(-5, 6, p) * spread
    slopes = random.standard_normal(p) / spread
    return X, X @ slopes + random.standard_normal(len(X)) * 10.0 ** random.integers(-3, 4)


def numbers_of(summary: Summary) -> Array:
    """Return the coefficients, b first, as ``(n_parameters, 6)``: estimate, standard error, t, p, low, high."""
    each = [*([] if summary.b is None else [summary.b]), *summary.w.values()]
    return np.array([[one.estimate, one.standard_error, one.t, one.p, one.low, one.high] for one in each])


def theirs(X: Array, y: Array, bias: bool, **how: object) -> Any:
    from statsmodels.regression.linear_model import OLS  # here: every process that finds tests would wait for it
    from statsmodels.tools import add_constant

    return OLS(y, add_constant(X, has_constant="add") if bias else X, hasconst=bias).fit(**how)


def numbers_of_theirs(fit: Any, level: float = 0.95) -> Array:
    columns = [fit.params, fit.bse, fit.tvalues, fit.pvalues, *fit.conf_int(1 - level).T]
    return np.column_stack(columns)


@same
@shapes
def test_every_number_is_that_of_statsmodels(seed: int, p: int, more: int, bias: bool) -> None:
    X, y = rows(seed, p, more, bias)
    mine, fit = linreg.summary(X, y, bias=bias, level=0.9), theirs(X, y, bias)
    kappa = np.linalg.cond((X - bias * X.mean(axis=0)) / np.linalg.norm(X - bias * X.mean(axis=0), axis=0))
    of_theirs = np.linalg.cond(fit.model.exog) * np.finfo(float).eps  # they neither centre nor scale
    tolerance = 1e-10 * kappa**2 + 10 * of_theirs
    scale = np.abs(fit.params[:, np.newaxis]) + np.abs(fit.bse[:, np.newaxis])
    expected = numbers_of_theirs(fit, 0.9)
    found = numbers_of(mine)
    for column in (0, 1, 4, 5):
        assert np.all(np.abs(found[:, column] - expected[:, column]) <= tolerance * scale[:, 0])
    assert found[:, 2] == pytest.approx(expected[:, 2], rel=1e-6, abs=tolerance * 100)
    assert found[:, 3] == pytest.approx(expected[:, 3], rel=1e-5, abs=tolerance * 100)
    assert mine.degrees_of_freedom == fit.df_resid
    for one, other in (
        (mine.residual_standard_error, np.sqrt(fit.scale)),
        (mine.r2, fit.rsquared),
        (mine.r2_adjusted, fit.rsquared_adj),
        (mine.f, fit.fvalue),
        (mine.f_p, fit.f_pvalue),
        (mine.log_likelihood, fit.llf),
        (mine.aic, fit.aic),
        (mine.bic, fit.bic),
    ):
        assert one == pytest.approx(other, rel=1e-7, abs=1e-7)
    if p > 1:
        inflation = [1 / (1 - theirs(np.delete(X, column, 1), X[:, column], bias).rsquared) for column in range(p)]
        assert [each.vif for each in mine.w.values()] == pytest.approx(inflation, rel=1e-7)
    assert X.shape == (mine.n_samples, len(mine.w))


@same
@shapes
def test_the_estimates_are_those_of_scikit_learn(seed: int, p: int, more: int, bias: bool) -> None:
    from sklearn.linear_model import LinearRegression

    X, y = rows(seed, p, more, bias)
    X /= np.linalg.norm(X, axis=0)  # of columns of other lengths it drops directions without a word
    mine, fit = linreg.summary(X, y, bias=bias), LinearRegression(fit_intercept=bias).fit(X, y)
    scale = np.abs(fit.coef_).max()
    assert [each.estimate for each in mine.w.values()] == pytest.approx(fit.coef_, rel=1e-7, abs=1e-8 * scale)
    assert mine.r2_about_mean is bias


@same
@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(5, 40), st.booleans(), st.sampled_from("0123"))
def test_robust_errors_are_those_of_statsmodels(seed: int, p: int, more: int, bias: bool, kind: str) -> None:
    X, y = rows(seed, p, more, bias)
    y += X[:, 0] * np.random.default_rng(seed).standard_normal(len(y)) / np.std(X[:, 0])
    mine, fit = (
        linreg.summary(X, y, bias=bias, robust=f"hc{kind}"),
        theirs(X, y, bias, cov_type=f"HC{kind}", use_t=True),
    )
    assert mine.robust == f"HC{kind}"
    assert numbers_of(mine)[:, 1] == pytest.approx(fit.bse, rel=1e-7)
    assert numbers_of(mine)[:, 3] == pytest.approx(fit.pvalues, rel=1e-5, abs=1e-12)
    assert mine.f == pytest.approx(float(fit.fvalue), rel=1e-5)
    assert mine.f_p == pytest.approx(float(fit.f_pvalue), rel=1e-4, abs=1e-12)


def test_many_rows_are_summed_batch_by_batch_to_the_same_numbers() -> None:
    random = np.random.default_rng(3)
    X = random.standard_normal((40_000, 8)) * [1, 2, 3, 4, 5, 6, 7, 1000] + [0, 0, 0, 0, 0, 0, 9, 1e5]
    y = X @ np.arange(8.0) + random.standard_normal(40_000) * (1 + np.abs(X[:, 0]))
    for robust, how in ((None, {}), ("HC3", {"cov_type": "HC3", "use_t": True})):
        mine, fit = linreg.summary(X, y, robust=robust), theirs(X, y, bias=True, **how)
        assert numbers_of(mine)[:, :2] == pytest.approx(numbers_of_theirs(fit)[:, :2], rel=1e-6)


def test_a_constant_column_beside_b_is_left_out_and_the_rest_is_as_without_it() -> None:
    X, y = rows(5, 2, 20, bias=True)
    mine, fit = linreg.summary(np.column_stack([X, np.full(len(y), 7.0)]), y), theirs(X, y, bias=True)
    assert mine.w.pop("x3") == Coefficient(None, None, None, None, None, None)
    assert numbers_of(mine) == pytest.approx(numbers_of_theirs(fit), rel=1e-8)
    assert mine.degrees_of_freedom == fit.df_resid
    assert mine.warnings == ("x3 never changes: no weight can be learned for it, b takes the place.",)


def test_of_collinear_features_only_what_the_rows_determine_is_shown() -> None:
    X, y = rows(6, 2, 20, bias=True)
    mine, fit = linreg.summary(np.column_stack([X, 3 * X[:, 0]]), y), theirs(X, y, bias=True)
    nothing = Coefficient(None, None, None, None, None, None)
    assert (mine.w["x1"], mine.w["x3"]) == (nothing, nothing)
    assert numbers_of(linreg.summary(X, y))[[0, 2]] == pytest.approx(numbers_of_theirs(fit)[[0, 2]], rel=1e-8)
    assert mine.b is not None
    found = [mine.b.estimate, mine.b.standard_error, mine.w["x2"].estimate, mine.w["x2"].standard_error]
    assert found == pytest.approx([fit.params[0], fit.bse[0], fit.params[2], fit.bse[2]], rel=1e-8)
    assert mine.residual_standard_error == pytest.approx(np.sqrt(fit.scale), rel=1e-10)
    assert mine.warnings == (
        "x1, x3 are not determined: the features are collinear (rank 2 of 3), and their weights may be anything.",
    )


@pytest.mark.parametrize(("n", "bias", "why"), [(3, True, "3 rows are fitted exactly by 3"), (1, True, "1 row is")])
def test_rows_that_leave_nothing_over_are_refused_with_the_reason(n: int, bias: bool, why: str) -> None:
    X, y = rows(7, 2, 5, bias=True)
    with pytest.raises(LinregError, match=why):
        linreg.summary(X[:n], y[:n], bias=bias)
    with pytest.raises(LinregError, match=why):
        linreg.summary(X[:n], y[:n], bias=bias, robust="HC3")
    assert linreg.summary(X[:4], y[:4]).degrees_of_freedom == 1


@pytest.mark.parametrize("kind", [3, "HC9"])
def test_what_is_no_kind_of_errors_is_refused(kind: Any) -> None:
    X, y = rows(7, 2, 5, bias=True)
    with pytest.raises(LinregError, match="--robust takes one of HC0, HC1, HC2, HC3, not"):
        linreg.summary(X, y, robust=kind)


def test_a_level_near_to_1_has_its_interval_and_its_digits() -> None:
    X, y = np.arange(9.0)[:, np.newaxis], np.array([1.0, 3, 2, 5, 4, 6, 8, 7, 9])
    for level, shown in ((1 - 1e-12, "99.9999999999 % from"), (1 - 2.0**-53, "100 % from"), (0.07, "7 % from")):
        made = linreg.summary(X, y, level=level)
        low, high, error = made.w["x"].low, made.w["x"].high, made.w["x"].standard_error
        assert low is not None
        assert high is not None
        assert (high - low) / 2 == pytest.approx(stats.t.isf((1 - level) / 2, 7) * error, rel=1e-9)
        assert made.header()[5] == shown


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan"), "high", None, True])
def test_what_is_no_level_is_refused(level: Any) -> None:
    X, y = rows(7, 2, 5, bias=True)
    with pytest.raises(LinregError, match=re.escape("--level takes a share above 0 and below 1, such as 0.95")):
        linreg.summary(X, y, level=level)


def test_a_row_that_decides_a_weight_alone_has_no_corrected_error() -> None:
    X, y = np.array([[0.0], [0], [0], [1]]), np.array([1.0, 2, 4, 9])
    with pytest.raises(LinregError, match="its leverage is 1"):
        linreg.summary(X, y, robust="HC3")
    assert linreg.summary(X, y, robust="HC1").w["x"].standard_error == pytest.approx(
        theirs(X, y, bias=True, cov_type="HC1").bse[1]
    )


def test_it_reads_as_a_table_of_numbers_with_the_digits_that_their_errors_leave() -> None:
    shown = str(linreg.summary("houses"))
    assert re.search(
        r"^area +0\.120187 +0\.003138 +38\.302 +<2e-16 +0\.113901 +0\.126473 +2\.923$", shown, re.MULTILINE
    )
    assert "residual standard error 12.6077 on 56 degrees of freedom" in shown
    frame = pl.DataFrame({"<b>": [0.0, 1, 2, 3], "\x1b[31m": [1.0, 0, 0, 1]})
    html = linreg.summary(frame, [0.0, 2, 3, 5])._repr_html_()
    assert "<th>&lt;b&gt;</th>" in html
    assert "\x1b" not in html
