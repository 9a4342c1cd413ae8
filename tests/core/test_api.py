"""Training from Python."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import torch

import linreg
from linreg import LinregError

POINTS = [[0.0], [1.0], [1.0]]
TARGETS = [0.0, 1.0, 2.0]


def _rows(n_samples: int = 40, n_features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    X = generator.normal(3.0, [1.0, 10.0, 100.0][:n_features], size=(n_samples, n_features))
    return X, X @ np.arange(1.0, n_features + 1) - 7 + generator.normal(size=n_samples)


def test_fit_reaches_least_squares_in_the_datas_own_units() -> None:
    X, y = _rows()
    result = linreg.fit(X, y)
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y)[0]
    assert list(result.w) == ["x1", "x2", "x3"]
    assert [*result.w.values(), result.b] == pytest.approx(exact.tolist(), rel=1e-9)
    assert result.predict(X) == pytest.approx(X @ exact[:3] + exact[3], rel=1e-9)
    assert result.status == "finished"
    assert result.warnings == ()


def test_fit_without_bias_is_least_squares_through_the_origin() -> None:
    X, y = _rows()
    result = linreg.fit(X, y, bias=False, epochs=20_000)
    assert list(result.w.values()) == pytest.approx(np.linalg.lstsq(X, y)[0].tolist(), rel=1e-7)
    assert result.b is None


def test_a_data_frames_columns_name_the_features() -> None:
    X, y = _rows()
    frame = pl.DataFrame({name: X[:, index] for index, name in enumerate(["a", "b", "c"])})
    assert list(linreg.fit(frame, pl.Series(y), epochs=10).w) == ["a", "b", "c"]


@pytest.mark.parametrize("y", [TARGETS, np.array(TARGETS), np.array(TARGETS)[:, np.newaxis], [0, 1, 2]])
@pytest.mark.parametrize("X", [POINTS, [0, 1, 1], np.array(POINTS, dtype=np.float32)])
def test_lists_and_arrays_of_one_feature_are_understood(X: Any, y: Any) -> None:
    result = linreg.fit(X, y, standardize=False, learning_rate=0.01, epochs=5000)
    assert result.w == pytest.approx({"x": 1.5}, abs=1e-4)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (POINTS, [0.0, 1.0], r"\(3, 1\) and \(2,\)"),
        (np.empty((0, 2)), [], "at least one"),
        (np.zeros((3, 0)), TARGETS, "at least one"),
        (np.zeros((3, 1, 1)), TARGETS, r"\(3, 1, 1\)"),
        ([[0.0], [np.nan], [1.0]], TARGETS, r"X has nan at \[1, 0\]"),
        (POINTS, [0.0, np.inf, 1.0], r"y has inf at \[1\]"),
        ([["a"], ["b"], ["c"]], TARGETS, "X must hold numbers only"),
        ([[0.0], [1.0, 2.0], [1.0]], TARGETS, "X must hold numbers only"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(X: Any, y: Any, words: str) -> None:
    with pytest.raises(LinregError, match=words):
        linreg.fit(X, y)


def test_a_choice_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(LinregError, match="no field 'momentum'"):
        linreg.fit(POINTS, TARGETS, momentum=0.9)
    with pytest.raises(LinregError, match="--epochs"):
        linreg.fit(POINTS, TARGETS, epochs=-1)


def test_train_gives_every_epoch_once_and_in_order() -> None:
    trainer = linreg.train("exercise1")
    epochs = [trace.first_epoch + row for trace in trainer for row in range(len(trace))]
    assert epochs == list(range(3001))
    assert trainer.result().epoch == 3000


def test_train_takes_a_recipe_with_a_bundled_name() -> None:
    trainer = linreg.train(linreg.Recipe(data="exercise1", epochs=5, standardize=False, learning_rate=0.01))
    assert sum(len(trace) for trace in trainer) == 6


@pytest.mark.parametrize("name", ["data", "target", "features", "exclude", "drop_missing"])
def test_fit_refuses_by_name_what_chooses_columns_and_rows(name: str) -> None:
    with pytest.raises(LinregError, match=f"^fit takes no {name}: X and y are the data"):
        linreg.fit(POINTS, TARGETS, **{name: getattr(linreg.Recipe(), name)})


DAY = datetime.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (None, "X must be an array, a list or a data frame of numbers, not None."),
        ((row for row in POINTS), "not generator."),
        ({"x": [0, 1, 1]}, "not dict."),
        (pl.LazyFrame({"x": [0, 1, 1]}), "not LazyFrame."),
        ("011", "not str."),
        (["0", "1", "1"], "not text"),
        (np.array([b"0", b"1", b"1"]), "not text"),
        ([0, "1", 1], "not text"),
        (np.array([0, "1", 1], dtype=object), "not '1' at [1]"),
        ([0, None, 1], "not None at [1]"),
        (np.array(["2024-01-01"] * 3, dtype="datetime64[D]"), "not dates"),
        (np.array([1, 2, 3], dtype="timedelta64[s]"), "not durations"),
        ([DAY, DAY, DAY], "not datetime.date(2024, 2, 29) at [0]"),
        ([0, 1j, 1], "not complex numbers"),
        (np.array([0, 1j, 1], dtype=object), "not 1j at [1]"),
        (torch.tensor([0, 1j, 1]), "not complex numbers"),
        (np.zeros(3, dtype=[("a", float)]), "not the type"),
        ([0, 10**400, 1], "X must hold numbers only: int too large"),
        (np.array([0, np.longdouble("1e400"), 1]), "X has inf at [1]"),
        (np.ma.array([0.0, 1.0, 1.0], mask=[False, True, False]), "X has masked values"),
        ([np.ma.array([0.0, 1.0], mask=[False, True])] * 3, "X has masked values"),
        ([torch.ones(1, requires_grad=True)] * 3, "X must hold numbers only: Can't call numpy()"),
        (pa.table([[0, 1, 1], [2, 3, 4]], names=["a", "a"]), "X has 2 columns that are called 'a'"),
        (pl.DataFrame({"a": [0.0, 1.0, 1.0], "day": [DAY] * 3}), "column 'day' of X must hold numbers only, not dates"),
        (pl.DataFrame({"a": [0.0, 1.0, 1.0], "b": [1, None, 2]}), "column 'b' of X has nan at [1]"),
        (pl.DataFrame({"\x1b[31m": ["0", "1", "1"]}), "column '\ufffd[31m' of X"),
        (pl.DataFrame({"a": np.zeros((3, 2))}), "column 'a' of X must hold one number a row"),
    ],
)
def test_what_is_no_finite_real_number_is_refused_in_one_sentence(X: Any, words: str) -> None:
    with pytest.raises(LinregError, match=re.escape(words)) as caught:
        linreg.fit(X, TARGETS)
    assert str(caught.value).endswith(".")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "X",
    [
        torch.tensor(POINTS, requires_grad=True),
        torch.tensor(POINTS, dtype=torch.bfloat16),
        torch.tensor([0, 1, 1]),
        [Fraction(0), Decimal(1), True],
        np.ma.array(POINTS, mask=False),
        np.array([False, True, True]),
        pl.Series([0, 1, 1]),
    ],
)
def test_numbers_in_any_wrapping_are_understood(X: Any) -> None:
    result = linreg.fit(X, torch.tensor(TARGETS, requires_grad=True), epochs=1000)
    assert result.w == pytest.approx({"x": 1.5}, rel=1e-9)
    assert result.predict(X) == pytest.approx([0.0, 1.5, 1.5], abs=1e-9)


@pytest.mark.parametrize("frame", [pl.DataFrame, pa.table, pa.RecordBatch.from_pydict])
def test_predict_takes_a_frames_columns_by_name(frame: Callable[[dict[str, Any]], Any]) -> None:
    X, y = _rows()
    columns = {name: X[:, index] for index, name in enumerate("abc")}
    result = linreg.fit(frame(columns), y)
    expected = X @ np.array([result.w[name] for name in "abc"]) + result.b
    others = {"id": ["text"] * len(y), **{name: columns[name] for name in "cab"}}
    assert list(result.w) == ["a", "b", "c"]
    assert result.predict(frame(others)) == pytest.approx(expected, rel=1e-12)
    assert result.predict(X) == pytest.approx(expected, rel=1e-12)
    del others["b"]
    with pytest.raises(LinregError, match="X has no column 'b'"):
        result.predict(frame(others))


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((3, 4)), r"X must be \(n_samples, 2\), with x1, x2 as columns, not \(3, 4\)"),
        (np.zeros((4, 1)), r"not \(4, 1\)"),
        (np.zeros(2), r"not \(2,\)"),
        (np.zeros((2, 2, 2)), r"not \(2, 2, 2\)"),
        ([[0.0, np.nan]], r"X has nan at \[0, 1\]"),
        ([[0.0, None]], r"not None at \[0, 1\]"),
        ([["0", "1"]], "not text"),
        (None, "not None"),
    ],
)
def test_predict_refuses_what_the_model_was_not_trained_on(X: Any, words: str) -> None:
    result = linreg.fit(*_rows(n_features=2), epochs=1)
    with pytest.raises(LinregError, match=words):
        result.predict(X)


def test_predict_of_no_rows_is_no_predictions() -> None:
    assert linreg.fit(*_rows(n_features=2), epochs=1).predict(np.empty((0, 2))).shape == (0,)


def test_predict_refuses_where_a_module_was_trained(tmp_path: Path) -> None:
    file = tmp_path / "line.py"
    file.write_text("from torch import nn\nclass Line(nn.Linear):\n    def __init__(self): super().__init__(1, 1)\n")
    result = linreg.fit(POINTS, TARGETS, module=f"{file}:Line", epochs=1, learning_rate=0.1)
    assert "is_linear" not in result.as_dict()
    with pytest.raises(LinregError, match=r"^a module of your own was trained"):
        result.predict([[1.0, 2.0]])


def test_train_takes_a_path(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y\n0,0\n1,1\n1,2\n")
    (tmp_path / "r.toml").write_text('data = "points.csv"\nepochs = 7\n')
    assert linreg.train(tmp_path / "points.csv").problem.n_samples == 3
    assert linreg.train(tmp_path / "r.toml").problem.recipe.epochs == 7
    assert linreg.train("exercise1", data=tmp_path / "points.csv").problem.recipe.epochs == 3000


@pytest.mark.parametrize("recipe", [3, None, b"exercise1", ["exercise1"]])
def test_train_refuses_what_names_no_data(recipe: Any) -> None:
    with pytest.raises(LinregError, match=r"^train takes a recipe, a path or a bundled data set's name, not "):
        linreg.train(recipe)


def test_train_takes_a_bundled_name_for_the_data_alone() -> None:
    problem = linreg.train("exercise1", data="quiz1").problem
    assert problem.features == linreg.train("quiz1").problem.features
    assert problem.recipe.epochs == linreg.train("exercise1").problem.recipe.epochs


@pytest.mark.parametrize(
    "train", [lambda: linreg.train(linreg.Recipe(data="r.toml")), lambda: linreg.train("exercise1", data="r.toml")]
)
def test_train_refuses_a_recipe_in_the_place_of_data(train: Callable[[], object]) -> None:
    with pytest.raises(LinregError, match=r"^r\.toml is a recipe, not data"):
        train()
