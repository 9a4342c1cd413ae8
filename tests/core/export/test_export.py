"""A recorded run in a file: read back by the tool that owns the format, it has the trainer's own numbers."""

import csv
import errno
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.feather
import pyarrow.parquet
import pytest

from kept_runs import keep
from linreg.data.bundled import find
from linreg.errors import LinregError
from linreg.export.export import export, table_of
from linreg.history.epochs import Epochs
from linreg.recipe import Recipe
from linreg.store.recorded_run import RecordedRun
from linreg.store.store import RunStore
from linreg.trace import Trace
from linreg.training.held_out import costs_of
from linreg.training.trainer import Trainer

Columns = dict[str, list[Any]]


def read_csv(path: Path, delimiter: str = ",") -> Columns:
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def read_json(path: Path) -> Columns:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    rows = [json.loads(line, parse_constant=refuse) for line in path.read_text(encoding="utf-8").splitlines()]
    return {name: [row[name] for row in rows] for name in rows[0]}


def columns_of(table: Any) -> Columns:
    return {name: table.column(name).to_pylist() for name in table.column_names}


READERS: dict[str, Callable[[Path], Columns]] = {
    ".csv": read_csv,
    ".tsv": lambda path: read_csv(path, "\t"),
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".parquet": lambda path: columns_of(pyarrow.parquet.read_table(path)),
    ".arrow": lambda path: columns_of(pyarrow.feather.read_table(path)),
    ".PARQUET": lambda path: columns_of(pyarrow.parquet.read_table(path)),
}


@pytest.mark.parametrize("extension", READERS)
def test_every_format_has_every_epoch_to_the_last_bit(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"run{extension}"
    with RunStore(tmp_path) as store:
        trainer = keep(store, find("houses").changed(epochs=20, hold_out="0.2"))
        assert trainer.problem.recipe.standardize
        assert export(store, "latest", path) == "21 of 21 epochs"
    trace = Trainer(trainer.problem).advance(21)
    found = READERS[extension](path)
    w, b = trainer.in_original_units(trace.parameters)
    assert trace.excess_cost is not None
    assert b is not None
    held_out = costs_of(trainer, trace.parameters)
    assert found == {
        "epoch": list(range(21)),
        **dict(zip(trainer.problem.features, w.T.tolist(), strict=True)),
        "b": b.tolist(),
        "cost": trace.cost.tolist(),
        "held_out_cost": held_out.tolist(),
        "above_least_squares": trace.excess_cost.tolist(),
        "learning_rate": [trace.learning_rate] * 21,
    }
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize("extension", [".csv", ".jsonl", ".parquet"])
def test_a_number_that_is_not_finite_is_what_the_format_has_for_it(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"run{extension}"
    with RunStore(tmp_path) as store:
        run = store.begin(Recipe())
        trace = Trace(0, np.array([1.5, math.inf, math.nan]), np.array([[0.1], [-math.inf], [math.nan]]), math.nan)
        store.append(run.id, Epochs.of(trace))
        export(store, run.id, path)
    found = READERS[extension](path)
    expected: dict[str, list[float]] = {
        "epoch": [0, 1, 2],
        "parameter_1": [0.1, -math.inf, math.nan],  # nothing is known of the run but its epochs
        "cost": [1.5, math.inf, math.nan],
        "learning_rate": [math.nan] * 3,
    }
    if extension == ".jsonl":
        nulls = {name: [value if math.isfinite(value) else None for value in expected[name]] for name in expected}
        assert found == nulls
    else:
        assert list(found) == list(expected)
        for name in expected:
            np.testing.assert_array_equal(np.array(found[name], float), expected[name])


def test_features_are_told_apart_from_the_columns_that_every_run_has(tmp_path: Path) -> None:
    frame = {"epoch": [0, 1, 2, 4], "b": [1, 0, 2, 1], "w_b": [3, 1, 4, 1], "cost": [5, 9, 2, 6], "y": [1, 2, 3, 5]}
    pl.DataFrame(frame).write_csv(tmp_path / "data.csv")
    with RunStore(tmp_path) as store:
        keep(store, find(str(tmp_path / "data.csv")).changed(epochs=3))
        names = list(table_of(RecordedRun.of(store, "latest")))
    assert names == ["epoch", "w_epoch", "w_b", "w_w_b", "w_cost", "b", "cost", "above_least_squares", "learning_rate"]


def test_epochs_that_are_not_kept_are_counted_too(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        keep(store, find("exercise1").changed(epochs=100))
        store.append(store.get("latest").id, every=8)
        said = export(store, "latest", tmp_path / "run.csv")
    assert said == "14 of 101 epochs"
    assert read_csv(tmp_path / "run.csv")["epoch"] == [*(8.0 * k for k in range(13)), 100.0]


@pytest.mark.parametrize(
    ("name", "first_bytes", "said"),
    [
        ("run.svg", b"<?xml", "4 of 4 epochs"),
        ("run.PNG", b"\x89PNG", "4 of 4 epochs"),
        ("a b.tfevents", b"\x18\0\0\0\0\0\0\0", "4 of 4 epochs"),
        ("run.Onnx", b"\x08\x07", "the model after epoch 3"),
    ],
)
def test_the_ending_says_what_is_written(tmp_path: Path, name: str, first_bytes: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(b"what was here before")
    with RunStore(tmp_path) as store:
        keep(store, find("exercise1").changed(epochs=3))
        before = set(tmp_path.iterdir())
        assert export(store, "latest", tmp_path / name) == said
    assert (tmp_path / name).read_bytes().startswith(first_bytes)
    assert {path for path in tmp_path.iterdir() if ".sqlite" not in path.name} <= before


@pytest.mark.parametrize("extension", [".csv", ".svg", ".png", ".tfevents", ".onnx"])
def test_what_is_not_written_whole_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / f"run{extension}"
    path.write_text("what was here before")
    with RunStore(tmp_path) as store:
        keep(store, find("exercise1").changed(epochs=3))
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(LinregError, match=r"cannot write .*: No space left on device"):
            export(store, "latest", path)
    assert path.read_text() == "what was here before"
    assert not list(tmp_path.glob(".run*"))


def test_what_cannot_be_exported_is_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.begin(Recipe())
        for word, name, complaint in (
            ("nothing", "run.csv", "there is no run"),
            ("latest", "run.csv", "nothing is kept of the run"),
            ("latest", "run.svg", "nothing is kept of the run"),
            ("latest", "run.onnx", "nothing is kept of the run"),
            ("latest", "run.tfevents", "nothing is kept of the run"),
            ("latest", "run.xls", "not written as .xls; the extensions are .csv.*.onnx"),
            ("latest", "run", "without extension"),
            ("latest", "nowhere/run.csv", "there is no folder"),
        ):
            with pytest.raises(LinregError, match=complaint):
                export(store, word, tmp_path / name)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".sqlite", ".sqlite-shm", ".sqlite-wal"}
