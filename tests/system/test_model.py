"""``linreg predict`` and ``linreg evaluate``: a model that was saved is used on another table."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from command import complaint, linreg

ROWS = "area,note,age,price\n10,a,1,25\n20,b,2,43\n30,c,1,65\n40,d,5,78\n55,e,2,113\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "rows.csv").write_text(ROWS)
    done = linreg(
        "run",
        "-q",
        folder / "rows.csv",
        "--exclude",
        "note",
        "--epochs",
        "1000",
        "--save",
        folder / "model.safetensors",
    )
    assert done.returncode == 0, done.stderr
    return folder / "model.safetensors"


def _exact() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, y = np.array([[10.0, 1], [20, 2], [30, 1], [40, 5], [55, 2]]), np.array([25.0, 43, 65, 78, 113])
    return X, y, np.linalg.lstsq(np.column_stack([X, np.ones(5)]), y)[0]


def test_predict_gives_a_prediction_for_every_row_in_their_order(model: Path) -> None:
    done = linreg("predict", model, "-", stdin=b"age,area\n3,100\n0,0\n1,10\n")
    _, _, (area, age, b) = _exact()
    header, *cells = done.stdout.decode().split()
    assert header == "prediction"
    assert [float(cell) for cell in cells] == pytest.approx(
        [100 * area + 3 * age + b, b, 10 * area + age + b], rel=1e-6
    )


@pytest.mark.parametrize("extension", ["csv", "tsv", "parquet", "jsonl", "arrow"])
def test_predict_writes_the_format_that_the_ending_names(model: Path, tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"predictions.{extension}"
    assert linreg("predict", model, model.parent / "rows.csv", "--output", path).stdout == b""
    readers = {
        "csv": pl.read_csv,
        "tsv": lambda source: pl.read_csv(source, separator="\t"),
        "parquet": pl.read_parquet,
        "jsonl": pl.read_ndjson,
        "arrow": pl.read_ipc,
    }
    X, _, exact = _exact()
    assert readers[extension](path)["prediction"].to_numpy() == pytest.approx(X @ exact[:2] + exact[2], rel=1e-6)


def test_a_column_that_the_model_does_not_need_is_named_and_not_used(model: Path) -> None:
    done = linreg("predict", model, model.parent / "rows.csv")
    assert done.stderr == b"not used: note\n"


def test_a_missing_column_is_named_and_status_2(model: Path) -> None:
    done = linreg("predict", model, "-", stdin=b"area,years\n1,2\n")
    sentence = complaint(done)
    assert done.returncode == 2
    assert "the model names 'age'" in sentence
    assert "'area', 'years'" in sentence
    assert "--feature" not in sentence


CELLS = ["?", "", "N/A", "red", '"1,5"', "1.299.000", "true", "$5", "2024-05-01"]


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_what_is_said_of_a_cell_that_is_no_number_names_only_options_that_there_are(model: Path, command: str) -> None:
    options = set(re.findall("--[a-z-]+", linreg(command, "--help").stdout.decode()))
    for cell in CELLS:
        done = linreg(command, model, "-", stdin=f"area,age,price\n1,2,3\n{cell},2,3\n".encode())
        if done.returncode:
            assert done.returncode == 2
            assert set(re.findall("--[a-z-]+", complaint(done))) <= options, cell


def test_evaluate_measures_the_errors_of_the_predictions(model: Path) -> None:
    record = json.loads(linreg("evaluate", model, model.parent / "rows.csv", "--format", "json").stdout)
    X, y, exact = _exact()
    residual = y - (X @ exact[:2] + exact[2])
    assert record["n_samples"] == 5
    assert record["mean_squared_error"] == pytest.approx(np.mean(residual**2), rel=1e-6)
    assert record["mean_absolute_error"] == pytest.approx(np.abs(residual).mean(), rel=1e-5)
    assert record["largest_error"] == pytest.approx(np.abs(residual).max(), rel=1e-5)
    assert record["r2"] == pytest.approx(1 - np.sum(residual**2) / np.sum((y - y.mean()) ** 2), rel=1e-9)


def test_evaluate_without_the_target_says_which_column_is_missing(model: Path) -> None:
    assert "the model names 'price'" in complaint(linreg("evaluate", model, "-", stdin=b"area,age\n1,2\n"))


def test_the_r2_of_a_constant_target_is_undefined_not_wrong(model: Path) -> None:
    done = linreg("evaluate", model, "-", "--format", "json", stdin=b"area,age,price\n1,2,7\n2,2,7\n")
    assert json.loads(done.stdout)["r2"] is None


def test_a_bundled_data_set_can_be_evaluated_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "houses.safetensors"
    linreg("run", "-q", "houses", "--save", path)
    assert "rows                 60\n" in linreg("evaluate", path, "houses").stdout.decode()
