"""Training from Python."""

from typing import Any

import numpy as np
import polars as pl
import pytest

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
