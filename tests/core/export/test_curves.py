"""What a script has logged in the files that a run is exported to, read back by other readers."""

import csv
import json
from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from kept_runs import kept, with_epochs
from linreg.export.export import write_table
from linreg.export.tensorboard import write_events
from linreg.history.curves import Curves
from linreg.store.recorded_run import RecordedRun


@pytest.fixture
def run(tmp_path: Path) -> RecordedRun:
    """Six epochs, of which the odd ones are not kept; a point at one of them, and one that is NaN."""
    whole = with_epochs(kept(tmp_path, epochs=1), [6.0, 5.0, 4.0])
    curves = Curves()
    curves.add("accuracy", [0, 3, 4], [0.5, 0.75, nan])
    curves.add("cost", [2], [-1.0])
    return replace(whole, epochs=replace(whole.epochs, epoch=np.array([0, 2, 4])), curves=curves)


def test_a_cell_is_empty_where_a_curve_has_no_point_and_a_row_where_only_it_has_one(
    run: RecordedRun, tmp_path: Path
) -> None:
    write_table(tmp_path / "run.csv", run)
    rows = list(csv.DictReader((tmp_path / "run.csv").read_text().splitlines()))
    assert [(row["epoch"], row["cost"], row["accuracy"], row["curve_cost"]) for row in rows] == [
        ("0", "6.0", "0.5", ""),
        ("2", "5.0", "", "-1.0"),
        ("3", "", "0.75", ""),
        ("4", "4.0", "NaN", ""),
    ]


def test_parquet_and_json_lines_have_nulls_there(run: RecordedRun, tmp_path: Path) -> None:
    write_table(tmp_path / "run.parquet", run)
    frame = pl.read_parquet(tmp_path / "run.parquet")
    assert frame["accuracy"].to_list()[:3] == [0.5, None, 0.75]
    assert isnan(frame["accuracy"][3])
    assert frame["cost"].to_list() == [6.0, 5.0, None, 4.0]
    assert frame["epoch"].dtype == pl.Int64
    write_table(tmp_path / "run.jsonl", run)
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [line["accuracy"] for line in lines] == [0.5, None, 0.75, None]


def test_a_run_without_curves_has_the_file_that_it_had(run: RecordedRun, tmp_path: Path) -> None:
    write_table(tmp_path / "run.csv", replace(run, curves=Curves()))
    assert len((tmp_path / "run.csv").read_text().splitlines()) == 4


def test_tensorboard_shows_every_point_at_its_step(run: RecordedRun, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write_events(folder / "run.tfevents", run)
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    found = {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in ("cost", "accuracy", "curve_cost")
    }
    assert found["cost"] == [(0, 6.0), (2, 5.0), (4, 4.0)]
    assert found["accuracy"][:2] == [(0, 0.5), (3, 0.75)]
    assert found["accuracy"][2][0] == 4
    assert isnan(found["accuracy"][2][1])
    assert found["curve_cost"] == [(2, -1.0)]
