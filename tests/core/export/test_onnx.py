"""The model of a recorded run as ONNX: checked and computed by onnx itself, against numpy on the rows as they are."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from kept_runs import kept, kept_of, with_epochs
from linreg.errors import LinregError
from linreg.export.onnx import write_model
from linreg.store.recorded_run import RecordedRun


def written(run: RecordedRun, path: Path) -> onnx.ModelProto:
    write_model(path, run)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return model


def predicted(model: onnx.ModelProto, X: object) -> np.ndarray:
    (prediction,) = ReferenceEvaluator(model).run(None, {"X": X})
    return np.asarray(prediction)


@pytest.mark.parametrize("choices", [{}, {"bias": False}, {"standardize": False, "learning_rate": 1e-9}])
def test_it_predicts_what_the_weights_do_in_the_data_s_own_units(tmp_path: Path, choices: dict[str, Any]) -> None:
    run = kept(tmp_path, "houses", **choices)
    w, b = run.in_original_units()
    assert (b is None) is (choices == {"bias": False})
    X = np.random.default_rng(0).normal(0, [300, 2, 40], (1000, 3))
    expected = X @ w[-1] + (0.0 if b is None else b[-1])
    prediction = predicted(written(run, tmp_path / "model.onnx"), X)
    assert prediction.shape == (1000, 1)
    assert prediction.dtype == np.dtype("float64")
    np.testing.assert_allclose(prediction[:, 0], expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_trained_to_the_end_it_is_numpy_s_least_squares(tmp_path: Path) -> None:
    x = np.linspace(-3, 7, 40)
    columns = {"x": x, "z": np.sin(x), "y": 3e6 + 2 * x - 5 * np.sin(x) + np.cos(40 * x)}
    run = kept_of(tmp_path, {name: column.tolist() for name, column in columns.items()}, epochs=3000)
    X = np.column_stack([columns["x"], columns["z"]])
    design = np.column_stack([X, np.ones(40)])
    expected = design @ np.linalg.lstsq(design, columns["y"])[0]
    np.testing.assert_allclose(predicted(written(run, tmp_path / "model.onnx"), X)[:, 0], expected, rtol=1e-12)


def test_it_says_what_it_was_made_of(tmp_path: Path) -> None:
    names = ["a, b", 'the "first"', "naïve $x$ 😀\n\x1b[31m", "w" * 500]
    columns = {name: np.random.default_rng(i).normal(size=9).tolist() for i, name in enumerate([*names, "yield"])}
    model = written(kept_of(tmp_path, columns, name="a night", epochs=7), tmp_path / "model.onnx")
    about = {each.key: each.value for each in model.metadata_props}
    assert json.loads(about.pop("features")) == names
    assert about == {"run": "a night", "epoch": "7", "target": "yield"}
    (X,), (prediction,) = model.graph.input, model.graph.output
    shapes = [
        [side.dim_param or side.dim_value for side in each.type.tensor_type.shape.dim] for each in (X, prediction)
    ]
    assert (X.name, prediction.name) == ("X", "prediction")
    assert shapes == [["n_samples", 4], ["n_samples", 1]]
    assert {each.type.tensor_type.elem_type for each in (X, prediction)} == {onnx.TensorProto.DOUBLE}


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = kept(tmp_path, "houses", epochs=5)
    paths = tmp_path / "one.onnx", tmp_path / "two.onnx"
    for path in paths:
        assert write_model(path, run) == "the model after epoch 5"
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_module_of_the_user_s_own_is_left_to_torch(tmp_path: Path) -> None:
    run = kept(tmp_path, epochs=2)
    theirs = replace(run, run=replace(run.run, recipe=run.run.recipe.changed(module="mine.py:Mine")))
    with pytest.raises(LinregError, match=r"a module of your own.*torch\.onnx\.export"):
        write_model(tmp_path / "model.onnx", theirs)
    assert not (tmp_path / "model.onnx").exists()


def test_without_names_and_units_there_is_no_model(tmp_path: Path) -> None:
    run = replace(kept(tmp_path, epochs=2), facts=None)
    with pytest.raises(LinregError, match=r"exercise1 are lost.*\.csv"):
        write_model(tmp_path / "model.onnx", run)


@pytest.mark.parametrize("parameters", [[np.nan, 0.0], [1.0, -np.inf]])
def test_parameters_that_are_not_finite_make_no_model(tmp_path: Path, parameters: list[float]) -> None:
    run = with_epochs(kept(tmp_path, epochs=2), [1.0, 2.0], parameters)
    with pytest.raises(LinregError, match="not finite numbers after epoch 1"):
        write_model(tmp_path / "model.onnx", run)


def test_without_onnx_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(LinregError, match=r"needs onnx: pip install 'linreg-tui\[onnx\]'\.$"):
        write_model(tmp_path / "model.onnx", kept(tmp_path, epochs=2))
    assert not (tmp_path / "model.onnx").exists()
