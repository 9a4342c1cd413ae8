"""Residuals, leverages and Cook's distances are those of statsmodels; of many rows none that stands out is missed."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

import linreg
from linreg import LinregError
from linreg.statistics.diagnostics import cook_limits, quartile_line
from linreg.statistics.smoothing import lowess


def _rows(n_samples: int = 50) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    X = random.normal(size=(n_samples, 3)) * [1, 100, 0.01] + [0, 5000, 1]
    return X, X @ [2, -0.01, 30] + random.standard_t(3, size=n_samples)


def _of_statsmodels(X: np.ndarray, y: np.ndarray, bias: bool = True, weights: Any = 1.0) -> Any:
    """Fit rows that are multiplied by the roots of their weights."""
    design, roots = sm.add_constant(X, prepend=False) if bias else X, np.sqrt(weights) * np.ones(len(y))
    return sm.OLS(y * roots, design * roots[:, np.newaxis]).fit()


@pytest.mark.parametrize("bias", [True, False])
def test_every_number_of_a_row_is_that_of_statsmodels(bias: bool) -> None:
    X, y = _rows()
    made, fit = linreg.diagnose(X, y, bias=bias), _of_statsmodels(X, y, bias)
    influence = fit.get_influence()
    assert made.rows.number.tolist() == list(range(1, 51))
    assert made.rows.fitted == pytest.approx(fit.fittedvalues, rel=1e-9)
    assert made.rows.residual == pytest.approx(fit.resid, rel=1e-8)
    assert made.rows.leverage == pytest.approx(influence.hat_matrix_diag, rel=1e-8)
    assert made.rows.standardized == pytest.approx(influence.resid_studentized_internal, rel=1e-8)
    assert made.rows.cooks_distance == pytest.approx(influence.cooks_distance[0], rel=1e-7)
    assert made.residual_standard_error == pytest.approx(np.sqrt(fit.mse_resid), rel=1e-9)
    assert made.n_parameters == 3 + bias
    assert made.most_influential(3).number.tolist() == (1 + np.argsort(-influence.cooks_distance[0])[:3]).tolist()


def test_weighted_rows_are_diagnosed_as_weighted_and_those_of_no_weight_are_none(tmp_path: Path) -> None:
    X, y = _rows()
    weights = np.random.default_rng(0).integers(0, 4, len(y)) * 0.3
    columns = {**{f"x{n}": column for n, column in enumerate(X.T)}, "y": y, "weight": weights}
    pl.DataFrame(columns).write_parquet(tmp_path / "rows.parquet")
    made, counts = linreg.diagnose(tmp_path / "rows.parquet", weights="weight"), weights > 0
    fit = _of_statsmodels(X[counts], y[counts], weights=weights[counts])
    influence = fit.get_influence()
    assert made.rows.number.tolist() == (1 + np.flatnonzero(counts)).tolist()
    assert made.rows.residual == pytest.approx(fit.resid / np.sqrt(weights[counts]), rel=1e-8)
    assert made.rows.leverage == pytest.approx(influence.hat_matrix_diag, rel=1e-8)
    assert made.rows.standardized == pytest.approx(influence.resid_studentized_internal, rel=1e-8)
    assert made.rows.cooks_distance == pytest.approx(influence.cooks_distance[0], rel=1e-7)
    assert made.residual_standard_error == pytest.approx(np.sqrt(fit.mse_resid), rel=1e-9)


def test_of_many_rows_a_thousand_are_drawn_and_none_that_stands_out_is_missed(tmp_path: Path) -> None:
    X, y = _rows(6000)
    X[4321] *= 3
    pl.DataFrame({**{f"x{n}": column for n, column in enumerate(X.T)}, "y": y}).write_parquet(tmp_path / "rows.parquet")
    made = linreg.diagnose(tmp_path / "rows.parquet")
    influence = _of_statsmodels(X, y).get_influence()
    assert (made.n_samples, made.n_drawn, made.is_sample) == (6000, 1000, True)
    assert made.said() == "1,000 of 6,000 rows drawn at random, and as rings those that stand out"
    numbers = set(made.rows.number.tolist())
    for values, most in (
        (influence.cooks_distance[0], 10),
        (influence.hat_matrix_diag, 10),
        (influence.resid_studentized_internal, 25),
        (-influence.resid_studentized_internal, 25),
    ):
        assert set((1 + np.argsort(-values)[:most]).tolist()) <= numbers
    places = made.rows.number.astype(int) - 1
    assert made.rows.standardized == pytest.approx(influence.resid_studentized_internal[places], rel=1e-8)
    quantiles, values, _ = made.normal_quantiles()
    (expected, ordered), _ = stats.probplot(influence.resid_studentized_internal)
    positions = stats.norm.ppf((np.arange(1, 6001) - 0.5) / 6000)
    assert quantiles[:25] == pytest.approx(positions[:25])
    assert values[-25:] == pytest.approx(ordered[-25:], rel=1e-8)
    middle = np.abs(quantiles) < 1
    assert np.interp(quantiles[middle], expected, ordered) == pytest.approx(values[middle], abs=0.15)
    assert (np.diff(quantiles) > 0).all()


def test_normal_quantiles_stand_where_r_plots_them() -> None:
    X, y = _rows(9)
    quantiles, values, numbers = linreg.diagnose(X[:, :1], y).normal_quantiles()
    # qqnorm(1:9)$x of R 4: ppoints(9) = (i − 3/8) / (9 + 1/4)
    r = [-1.4940778, -0.9322802, -0.5720245, -0.2745239, 0.0, 0.2745239, 0.5720245, 0.9322802, 1.4940778]
    assert quantiles == pytest.approx(r, abs=2e-3)
    assert (np.diff(values) >= 0).all()
    assert sorted(numbers) == list(range(1, 10))
    slope, intercept = quartile_line(quantiles, values)
    low, high = np.quantile(values, [0.25, 0.75])
    assert [intercept + slope * stats.norm.ppf(0.25), intercept + slope * stats.norm.ppf(0.75)] == [
        pytest.approx(low),
        pytest.approx(high),
    ]


def test_a_curve_of_cooks_distance_has_that_distance_everywhere() -> None:
    leverage = np.array([0.01, 0.3, 0.9])
    limit = cook_limits(0.5, 4, leverage)
    assert limit**2 * leverage / (1 - leverage) / 4 == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("n_points", [3, 10, 200])
def test_the_smooth_line_is_the_lowess_of_statsmodels(n_points: int) -> None:
    random = np.random.default_rng(n_points)
    x = np.sort(random.normal(size=n_points))
    y = np.sin(x) + random.standard_t(2, size=n_points) * 0.3
    expected = sm.nonparametric.lowess(y, x, frac=2 / 3, it=3, return_sorted=False)
    assert lowess(x, y) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_smooth_line_bears_points_at_one_place_and_points_on_a_line() -> None:
    assert lowess(np.zeros(9), np.arange(9.0)) == pytest.approx(np.full(9, 4.0))
    x = np.repeat([0.0, 1.0, 2.0], 7)
    assert lowess(x, 3 * x + 1) == pytest.approx(3 * x + 1)


def test_a_row_that_decides_its_own_prediction_is_said() -> None:
    X, y = _rows(20)
    X[:, 2] = np.arange(20) == 7
    made = linreg.diagnose(X, y)
    assert made.n_decided == 1
    assert np.flatnonzero(np.isnan(made.rows.standardized)).tolist() == [7]
    assert made.rows.leverage[7] == pytest.approx(1)
    assert made.warnings == ("1 row decides its own prediction (leverage 1): no residual says whether it is right.",)
    assert len(made.normal_quantiles()[0]) == 19
    assert 8 not in made.most_influential().number


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([[0.0], [1.0]], [1.0, 2.0]), "2 rows are fitted exactly by 2 parameters"),
        (([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0]), "the fit is perfect but for rounding"),
    ],
)
def test_residuals_that_say_nothing_are_refused(rows: Any, words: str) -> None:
    with pytest.raises(LinregError, match=words):
        linreg.diagnose(*rows)
