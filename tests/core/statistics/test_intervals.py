"""Intervals around predictions, from what a saved model carries, against statsmodels'."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import linreg
from linreg.cli.app import run_command_line
from linreg.data.arrays import table_of
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.intervals import Kind, Spread, spread_of
from linreg.training.fitted import FittedModel, load_model
from linreg.training.posing import pose_table
from linreg.training.trainer import Trainer

KINDS: list[tuple[Kind, str]] = [("mean", "mean"), ("prediction", "obs")]
shapes = given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 30), st.booleans())


def spread(X: NDArray[np.float64], y: NDArray[np.float64], bias: bool) -> Spread:
    moments = Moments.of(X, y)
    return Spread.of(moments, moments.least_squares(bias), bias)


@pytest.mark.parametrize("choices", [{}, {"standardize": False}, {"bias": False}, {"reduction": "sum"}])
def test_the_curvature_of_a_run_gives_the_same_widths_as_its_moments(choices: dict[str, Any]) -> None:
    random = np.random.default_rng(3)
    X: NDArray[np.float64] = random.normal(size=(20, 3)) * [1, 100, 0.1] + [0, 50, 5]
    table = table_of(X, X @ [1, 2, 3] + random.normal(size=20))
    problem = pose_table(Recipe(data="arrays", **choices), table)
    known = (problem.recipe, problem.quadratic, problem.least_squares, problem.scaling, problem.n_samples)
    ours, expected = spread_of(*known), spread(table.X, table.y, problem.recipe.bias)
    assert ours is not None
    for kind, _ in KINDS:
        assert ours.half_widths(X, 0.9, kind) == pytest.approx(expected.half_widths(X, 0.9, kind), rel=1e-9)
    for other in ({"weights": "w"}, {"options": {"weight_decay": 0.1}}):
        assert spread_of(problem.recipe.changed(**other), *known[1:]) is None


@settings(derandomize=True)
@shapes
def test_the_widths_are_those_of_statsmodels(seed: int, p: int, more: int, bias: bool) -> None:
    from statsmodels.regression.linear_model import OLS

    random = np.random.default_rng(seed)
    X: NDArray[np.float64] = random.standard_normal((p + bias + more, p)) * np.float64(10.0) ** random.integers(
        -2, 3, p
    )
    X += random.integers(-3, 4, p)
    y, new = X @ random.standard_normal(p) + random.standard_normal(len(X)), X[:3] * 1.5
    ours = spread(X, y, bias)
    ones = [np.ones((len(rows), int(bias))) for rows in (X, new)]
    fit = OLS(y, np.hstack([ones[0], X]), hasconst=bias).fit()
    frame = fit.get_prediction(np.hstack([ones[1], new])).summary_frame(alpha=0.1)
    for kind, name in KINDS:
        low, high = (frame[f"{name}_ci_{end}"].to_numpy() for end in ("lower", "upper"))
        assert ours.half_widths(new, 0.9, kind) == pytest.approx((high - low) / 2, rel=1e-6)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    assert run_command_line(["run", "houses", "-q", "--epochs", "3000", "--save", str(path)]) == 0
    return path


@pytest.mark.parametrize("kind", ["mean", "prediction"])
def test_predict_adds_the_ends_of_the_interval(kind: Kind, saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    words = ["predict", str(saved), "houses", "--interval", "0.9", "--kind", kind, "--output", str(out)]
    assert run_command_line(words) == 0
    rows, model = pl.read_parquet(out), load_model(saved)
    assert rows.columns == ["prediction", "low", "high"]
    houses = pl.read_csv(linreg.train("houses").problem.recipe.data)
    X, y = houses.drop("price").to_numpy(), houses["price"].to_numpy()
    half = spread(X, y, True).half_widths(X, 0.9, kind)
    assert rows["prediction"].to_numpy() == pytest.approx(model.predict(X), rel=1e-12)
    assert (rows["high"] - rows["prediction"]).to_numpy() == pytest.approx(half, rel=1e-9)
    assert (rows["prediction"] - rows["low"]).to_numpy() == pytest.approx(half, rel=1e-9)
    covered = float(((rows["low"] <= houses["price"]) & (houses["price"] <= rows["high"])).mean())  # type: ignore[arg-type]
    assert covered > 0.85 if kind == "prediction" else covered < 0.6


UNTRUE: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 5}, "left too far from least squares, "),
    ({"options": {"weight_decay": 0.1}}, "does not carry how sure it is"),
    ({"criterion": "HuberLoss"}, "does not carry how sure it is"),
]


@pytest.mark.parametrize(("choices", "why"), UNTRUE)
def test_a_model_that_is_not_least_squares_has_no_intervals(choices: dict[str, Any], why: str) -> None:
    random = np.random.default_rng(0)
    X, y = random.standard_normal((30, 2)), random.standard_normal(30) + 5
    trainer = Trainer(pose_table(Recipe(data="arrays", learning_rate=0.01, **choices), table_of(X, y)))
    for _ in trainer:
        pass
    with pytest.raises(LinregError, match=why):
        FittedModel.of(trainer, trainer.result()).interval(X)


def test_what_is_no_share_is_refused(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["predict", str(saved), "houses", "--interval", "95"]) == 2
    assert "--interval takes a share above 0 and below 1, such as 0.95, not 95" in capsys.readouterr().err
