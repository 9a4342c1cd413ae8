"""Rows that count differently: against statsmodels' WLS, on every engine that serves them, and in whatever parts."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import linreg
from linreg.assessment.summary import summarize
from linreg.cli.app import run_command_line
from linreg.data.formats import columnar
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.numerics.weighting import WeightedMoments
from linreg.racing.folds import read_folds
from linreg.recipe import Recipe
from threads import on_ranks

Array = NDArray[np.float64]


def rows(seed: int, n: int, p: int) -> tuple[Array, Array, Array]:
    random = np.random.default_rng(seed)
    X: Array = random.standard_normal((n, p))
    X = X * np.float64(10.0) ** random.integers(-2, 3, p) + random.integers(-3, 4, p)
    weights = random.gamma(2.0, 5.0, n)
    return X, X @ random.standard_normal(p) + random.standard_normal(n) / np.sqrt(weights), weights


def written(path: Path, X: Array, y: Array, weights: Array) -> Path:
    columns = {f"x{number}": column for number, column in enumerate(X.T, 1)}
    pl.DataFrame({"weight": weights, **columns, "y": y}).write_parquet(path)
    return path


def theirs(X: Array, y: Array, weights: Array, bias: bool, **how: Any) -> Any:
    from statsmodels.regression.linear_model import WLS

    return WLS(y, np.column_stack([X, np.ones((len(y), int(bias)))]), weights=weights, hasconst=bias).fit(**how)


@settings(derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 4), st.booleans(), st.sampled_from([None, "HC0", "HC1", "HC2", "HC3"]))
def test_every_number_is_that_of_statsmodels(
    tmp_path_factory: pytest.TempPathFactory, seed: int, p: int, bias: bool, robust: str | None
) -> None:
    X, y, weights = rows(seed, p + 20, p)
    path = written(tmp_path_factory.mktemp("weighted") / "a.parquet", X, y, weights)
    mine = linreg.summary(path, weights="weight", bias=bias, robust=robust)
    fit = theirs(X, y, weights, bias, **({} if robust is None else {"cov_type": robust, "use_t": True}))
    found = np.array([[each.estimate, each.standard_error] for _, each in mine.coefficients()], np.float64)
    assert list(mine.w) == [f"x{number}" for number in range(1, p + 1)]
    assert np.all(np.abs(found[:, 0] - fit.params) <= 1e-8 * (np.abs(fit.params) + fit.bse))
    assert found[:, 1] == pytest.approx(fit.bse, rel=1e-8)
    for one, other in (
        (mine.residual_standard_error, np.sqrt(fit.scale)),
        (mine.r2, fit.rsquared),
        (mine.f, float(fit.fvalue)),
        (mine.log_likelihood, fit.llf),
        (mine.aic, fit.aic),
        (mine.bic, fit.bic),
    ):
        assert one == pytest.approx(other, rel=1e-7, abs=1e-7)


@settings(derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 4), st.lists(st.integers(0, 30), max_size=3))
def test_whole_weights_are_rows_that_are_there_more_than_once_however_they_are_split(
    seed: int, n: int, p: int, cuts: list[int]
) -> None:
    X, y, _ = rows(seed, n, p)
    weights = np.random.default_rng(seed).integers(0, 4, n).astype(float)
    if not weights.any():
        return
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    parts = [slice(start, end) for start, end in pairwise(edges)]
    total = WeightedMoments.of(X[:0], y[:0], weights[:0])
    for part in parts:
        total = total + WeightedMoments.of(X[part], y[part], weights[part])
    often = np.repeat(np.arange(n), weights.astype(int))
    expected = Moments.of(X[often], y[often])
    assert total.weight == pytest.approx(expected.n_samples)
    assert total.moments.n_samples == np.count_nonzero(weights)
    spread = np.sqrt(np.diagonal(expected.products)) + 1e-9 * expected.reach
    assert total.moments.mean == pytest.approx(expected.mean, rel=1e-12, abs=1e-12)
    assert np.all(np.abs(total.moments.products - expected.products) <= 1e-10 * np.outer(spread, spread) + 1e-12)
    factor = total.moments.factor
    assert factor is not None
    assert np.all(np.abs(factor.T @ factor - expected.products) <= 1e-10 * np.outer(spread, spread) + 1e-12)


@pytest.mark.parametrize("choices", [{}, {"optimizer": "Adam", "learning_rate": 0.1}, {"options": {"momentum": 0.5}}])
def test_descent_ends_at_the_weighted_answer(choices: dict[str, Any], tmp_path: Path) -> None:
    X, y, weights = rows(1, 40, 2)
    path = written(tmp_path / "a.parquet", X, y, weights)
    trainer = linreg.train(path, weights="weight", epochs=2000, **choices)
    for _ in trainer:
        pass
    result, fit = trainer.result(), theirs(X, y, weights, bias=True)
    assert [*result.w.values(), result.b] == pytest.approx(fit.params, rel=1e-3)
    assert result.cost == pytest.approx(float(fit.ssr) / weights.sum(), rel=1e-6)
    assert result.r2 == pytest.approx(float(fit.rsquared), rel=1e-6)
    summary = result.summary()
    assert summary.residual_standard_error == pytest.approx(np.sqrt(fit.scale))
    assert (summary.aic, summary.f) == pytest.approx((fit.aic, float(fit.fvalue)))


def test_several_ranks_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 7)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 300)
    recipe = Recipe(data=str(written(tmp_path / "a.parquet", *rows(2, 61, 3))), weights="weight")
    alone = summarize(recipe, robust="HC3")
    for other in on_ranks(3, lambda ranks: summarize(recipe, robust="HC3", ranks=ranks)):
        assert other.log_likelihood == pytest.approx(alone.log_likelihood)
        for name, each in alone.w.items():
            assert other.w[name].standard_error == pytest.approx(each.standard_error, rel=1e-9)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"weights": "wieght"}, r"--weights names 'wieght', which is not a column of the file \(did you mean 'weight'"),
        ({"features": ("weight", "x1")}, "'weight' is given to both --feature and --weights"),
        ({"target": "weight"}, "'weight' is given to both --target and --weights"),
        ({"batch_size": 5}, "--weights takes the squared error of a linear model over the full batch: mini-batches"),
        ({"criterion": "L1Loss"}, "L1Loss needs every row"),
        ({"engine": "autograd"}, "the lecture's loop counts all rows alike"),
    ],
)
def test_what_cannot_be_weighted_is_a_sentence(choices: dict[str, Any], why: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", *rows(3, 20, 2))
    with pytest.raises(LinregError, match=why):
        linreg.train(path, **{"weights": "weight", **choices})


@pytest.mark.parametrize(
    ("weight", "why"),
    [
        (0.0, "every row has a weight of 0 in column 'weight'"),
        (1e-300, "the weights are too small for float64, 1e-300 on average; multiply"),
        (1e300, "the weights are too large for float64, 1e+300 on average; divide"),
        (1e308, "the weights are too large for float64, inf on average; divide"),
    ],
)
def test_weights_of_which_no_answer_comes_are_what_is_said_to_be_amiss(weight: float, why: str, tmp_path: Path) -> None:
    X, y, _ = rows(0, 9, 2)
    recipe = Recipe(
        data=str(written(tmp_path / "rows.parquet", X, y, np.full(9, weight))), weights="weight", target="y"
    )
    with pytest.raises(LinregError, match=re.escape(why)):
        summarize(recipe)
    with pytest.raises(LinregError, match=re.escape(why)):
        read_folds(recipe, 3, needs_rows=False)


@pytest.mark.parametrize(
    ("cell", "why"), [("-2", "column 'weight' has a weight below 0, -2"), ("", "line 3, column 'weight': the cell is")]
)
def test_a_weight_below_nothing_or_a_missing_one_is_refused(
    cell: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,weight,y\n1,1,2\n2,{cell},3\n3,1,5\n4,2,4\n")
    assert run_command_line(["summary", str(path), "--weights", "weight"]) == 2
    assert why in capsys.readouterr().err
