"""Training from Python."""

import datetime
import json
import re
import subprocess
import sys
import tracemalloc
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

import lecture
import linreg
from command import linreg as linreg_command
from linreg import LinregError
from linreg.training.fitted import FittedModel

POINTS = [[0.0], [1.0], [1.0]]
TARGETS = [0.0, 1.0, 2.0]


def _rows(n_samples: int = 40, n_features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    X = generator.normal(3.0, [1.0, 10.0, 100.0][:n_features], size=(n_samples, n_features))
    return X, X @ np.arange(1.0, n_features + 1) - 7 + generator.normal(size=n_samples)


def test_fit_reaches_least_squares_in_the_datas_own_units() -> None:
    X, y = _rows()
    result = linreg.fit(X, y, epochs=1000)
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


@pytest.mark.parametrize("recipe", [3, None, b"exercise1", {"x": [1.0]}])
def test_train_refuses_what_names_no_data(recipe: Any) -> None:
    with pytest.raises(LinregError, match=r"^train takes a recipe, a path, .*, or X and y, not "):
        linreg.train(recipe)


@pytest.mark.parametrize("X", [POINTS, np.array(POINTS), torch.tensor(POINTS), pl.DataFrame({"x": [0.0, 1.0, 1.0]})])
def test_train_takes_arrays_tensors_and_frames_as_fit_does(X: Any) -> None:
    choices: dict[str, Any] = {"standardize": False, "learning_rate": 0.01, "epochs": 300}
    trainer = linreg.train(X, TARGETS, **choices)
    rows = np.concatenate([np.column_stack([trace.parameters, trace.cost]) for trace in trainer])
    assert rows == pytest.approx(np.array([[*w, b, cost] for w, b, cost in lecture.exercise1(300)]), abs=1e-5)
    assert trainer.result().w == linreg.fit(X, TARGETS, **choices).w


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: linreg.train(POINTS), "train needs y beside X: the target of every row."),
        (lambda: linreg.train(pl.DataFrame({"x": [1.0], "y": [2.0]})), "train needs y beside X"),
        (lambda: linreg.race(np.array(POINTS)), "race needs y beside X"),
        (lambda: linreg.train("exercise1", TARGETS), "train takes no y beside a recipe or a file"),
        (lambda: linreg.train(linreg.Recipe(), y=TARGETS), "train takes no y beside a recipe or a file"),
        (lambda: linreg.train(POINTS, TARGETS, target="y"), "train takes no target: X and y are the data"),
        (lambda: linreg.train(POINTS, TARGETS[:2]), "not (3, 1) and (2,)"),
        (lambda: linreg.race(3), "race takes a recipe, a path, a bundled data set's name, or X and y, not int"),
    ],
)
def test_rows_and_targets_that_do_not_go_together_are_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(LinregError, match=re.escape(words)):
        call()


def _errors(X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float) -> tuple[float, float, float, float]:
    residual = np.abs(y - X @ w - b)
    r2 = 1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum()
    return float((residual**2).mean()), float(residual.mean()), float(residual.max()), float(r2)


def test_evaluate_measures_what_numpy_does_wherever_model_and_rows_come_from(tmp_path: Path) -> None:
    X, y = _rows()
    frame = pl.DataFrame({"c": X[:, 2], "a": X[:, 0], "text": ["-"] * len(y), "b": X[:, 1]})
    trainer = linreg.train(pl.DataFrame({name: X[:, index] for index, name in enumerate("abc")}), y, epochs=7)
    for _ in trainer:
        pass
    result, path = trainer.result(), tmp_path / "model.safetensors"
    FittedModel.of(trainer, result).save(path)
    frame.with_columns(y=pl.Series(y)).drop("text").write_csv(tmp_path / "rows.csv")
    expected = _errors(X, y, np.array(list(result.w.values())), result.b or 0.0)
    for model in (result, path, str(path), linreg.load_model(path)):
        for rows in (X, torch.tensor(X), frame):
            errors = linreg.evaluate(model, rows, y)
            found = errors.mean_squared_error, errors.mean_absolute_error, errors.largest_error, errors.r2
            assert found == pytest.approx(expected, rel=1e-9)
    assert linreg.evaluate(path, tmp_path / "rows.csv").mean_squared_error == pytest.approx(expected[0], rel=1e-9)
    assert linreg.evaluate(path, str(tmp_path / "rows.csv")).n_samples == len(y)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((POINTS,), "evaluate needs y beside X"),
        (("exercise1", TARGETS), "evaluate takes no y beside a file"),
        (("exercise1",), "a result does not know what its target was called: give X and y, or a saved model."),
        (([[1.0, 2.0]], [1.0]), "X must be (n_samples, 1)"),
        ((POINTS, TARGETS[:2]), "not (3, 1) and (2,)"),
    ],
)
def test_evaluate_says_what_it_lacks(arguments: Any, words: str) -> None:
    result = linreg.fit(POINTS, TARGETS, epochs=1)
    with pytest.raises(LinregError, match=re.escape(words)):
        linreg.evaluate(result, *arguments)


def test_evaluate_of_a_saved_model_names_the_column_that_is_missing(tmp_path: Path) -> None:
    trainer = linreg.train("houses", epochs=1)
    trainer.advance(2)
    FittedModel.of(trainer, trainer.result()).save(tmp_path / "model")
    with pytest.raises(LinregError, match="the model"):
        linreg.evaluate(tmp_path / "model", "exercise1")


def test_race_ranks_as_the_command_does() -> None:
    momenta = {"momentum": [0, 0.5]}
    ranking = linreg.race("exercise1", optimizers=["SGD", "Adam"], learning_rates=[0.01, 0.1], options=momenta)
    racers = ["--optimizer", "SGD", "--optimizer", "Adam", "--lr", "0.01", "--lr", "0.1"]
    momentum = ["--set", "momentum=0", "--set", "momentum=0.5"]
    done = linreg_command("race", "exercise1", *racers, *momentum, "--format", "json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [standing.entry.name for standing in ranking] == [line["name"] for line in told]
    assert len(ranking) == 6
    for standing, line in zip(ranking, told, strict=True):
        assert standing.place_by_epochs == line["place_by_epochs"]
        assert [each and each.epochs for each in standing.reached] == [line["epochs_to_1e-3"], line["epochs_to_1e-6"]]
        assert standing.result.w == line["w"]
        assert standing.result.cost == line["cost"]


def test_race_takes_arrays_and_one_value_for_many() -> None:
    X, y = _rows()
    rates = np.array([0.1, 0.3])
    ranking = linreg.race(X, y, optimizers="Adam", learning_rates=rates, options={"betas": (0.8, 0.9)}, epochs=30)
    assert [standing.entry.recipe.options for standing in ranking] == [{"betas": (0.8, 0.9)}] * 2
    for standing in ranking:
        rate = standing.entry.recipe.learning_rate
        alone = linreg.fit(X, y, optimizer="Adam", learning_rate=rate, options={"betas": (0.8, 0.9)}, epochs=30)
        assert standing.result.w == alone.w
    assert {standing.entry.recipe.learning_rate for standing in ranking} == set(rates)
    mixed = linreg.race(X, y, batch_sizes=[None, 8], learning_rates=0.1, seeds=[0, 1], epochs=3)
    assert sorted(standing.result.engine for standing in mixed) == ["analytic", "analytic", "spectral", "spectral"]


def test_a_racer_that_cannot_be_trained_is_named() -> None:
    with pytest.raises(LinregError, match=r"^Adam, learning rate 0\.01: the spectral engine cannot serve"):
        linreg.race("exercise1", optimizers=["SGD", "Adam"], engine="spectral")


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


def test_what_is_promised_is_there_and_rooms_do_not_hide_it() -> None:
    """A submodule is an attribute of its package: none may have a promised name."""
    code = (
        "import pkgutil, linreg, types\n"
        "rooms = {module.name for module in pkgutil.iter_modules(linreg.__path__)}\n"
        "assert not rooms & set(linreg.__all__), rooms & set(linreg.__all__)\n"
        "assert set(linreg.__all__) <= set(dir(linreg))\n"
        "for name in linreg.__all__:\n"
        "    assert not isinstance(getattr(linreg, name), types.ModuleType), name\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).stderr == b""


def test_importing_linreg_waits_for_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import linreg; dir(linreg)\n"
        "print(*(name for name in set(sys.modules) - before if name.split('.')[0] not in sys.stdlib_module_names))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["linreg"]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'linreg' has no attribute 'fitt'"):
        linreg.fitt  # noqa: B018


def test_how_a_file_is_written_is_said_by_keywords(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x;y\n1,5;2\n2,5;4\n", encoding="utf-8")
    assert sum(len(trace) for trace in linreg.train(path, separator=";", decimal=",", epochs=3)) == 4
    with pytest.raises(LinregError, match="takes no separator: X and y are the data"):
        linreg.fit([[1.0], [2.0]], [1.0, 2.0], separator=";")


def test_lr_is_told_its_name() -> None:
    with pytest.raises(LinregError, match=r"no field 'lr' \(did you mean 'learning_rate'\?\)"):
        linreg.fit([[1.0], [2.0]], [1.0, 2.0], lr=0.1)


@pytest.mark.parametrize("as_tensor", [False, True])
@pytest.mark.parametrize("choices", [{}, {"batch_size": 4096}], ids=str)
def test_rows_of_float32_are_trained_on_without_a_float64_copy_of_them(
    choices: dict[str, Any], as_tensor: bool
) -> None:
    X = np.random.default_rng(0).standard_normal((60_000, 40)).astype(np.float32) + np.float32(100)
    y = X @ np.arange(40.0)
    linreg.train(X[:5000], y[:5000], epochs=1, **choices)  # imports, once
    tracemalloc.start()
    trainer = linreg.train(torch.from_numpy(X) if as_tensor else X, y, epochs=1, **choices)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.5 * 8 * X.size
    whole = linreg.train(X.astype(np.float64), y, epochs=1, **choices)
    for each in (trainer, whole):
        each.advance(2)
    np.testing.assert_allclose(trainer.result().b, whole.result().b, rtol=1e-9)  # type: ignore[arg-type]
