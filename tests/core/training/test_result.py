"""What a run's result says of its data: what was left out, what they cannot determine, and no false alarms."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from linreg.data import bundled
from linreg.data.arrays import table_of
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.training.posing import pose, pose_table
from linreg.training.trainer import Trainer


@pytest.mark.parametrize("batch_size", [3, 4, 10**9])
def test_a_batch_of_all_rows_is_the_full_batch(batch_size: int) -> None:
    whole, posed = (
        pose(Recipe(data=bundled.find("exercise1").data)),
        pose(Recipe(data=bundled.find("exercise1").data, batch_size=batch_size)),
    )
    assert (posed.choice, posed.learning_rate) == (whole.choice, whole.learning_rate)
    assert posed.learning_rate is not None
    again = pose(Recipe(data=bundled.find("exercise1").data, batch_size=2)).with_recipe(
        Recipe(data=whole.recipe.data, batch_size=batch_size)
    )
    assert (again.choice, again.learning_rate) == (whole.choice, whole.learning_rate)
    assert pose(Recipe(data=bundled.find("exercise1").data, batch_size=2)).learning_rate is None


def test_fewer_rows_than_parameters_are_said_to_be_just_that() -> None:
    chance = np.random.default_rng(0)
    table = table_of(chance.standard_normal((10, 20)), chance.standard_normal(10))
    warnings = Trainer(pose_table(Recipe(data="arrays"), table)).result().warnings
    assert any("10 rows cannot determine 21 parameters" in warning for warning in warnings)
    assert not any("collinear" in warning for warning in warnings)


@pytest.mark.parametrize(("decay", "is_blamed"), [(0.0, False), ("0.0", False), (0.5, True)])
def test_weight_decay_is_blamed_only_where_there_is_some(decay: float | str, is_blamed: bool) -> None:
    trainer = Trainer(
        pose(Recipe(data=bundled.find("valley").data, optimizer="Adam", options={"weight_decay": decay}, epochs=3))
    )
    for _ in trainer:
        pass
    warnings = trainer.result().warnings
    assert any("can get there" in warning or "may get closer" in warning for warning in warnings)
    assert any("with the penalty of the weight decay" in warning for warning in warnings) is is_blamed


@pytest.mark.parametrize("offset", [0, 2])
def test_exact_integers_raise_no_alarm(offset: int) -> None:
    x = 1_709_023_537_000 + np.arange(50.0)[:, np.newaxis] + offset * 0.125
    warnings = Trainer(pose_table(Recipe(data="arrays"), table_of(x, np.arange(50.0) * 2))).result().warnings
    assert any("rounds the differences" in warning for warning in warnings) is (offset > 0)


def test_labels_of_rows_are_left_out_with_a_word(tmp_path: Path) -> None:
    """As pandas writes them: in a column of its own that the file's metadata name."""
    about = {"pandas": json.dumps({"index_columns": ["__index_level_0__", {"kind": "range"}]})}
    frame = pl.DataFrame({"x": [1.0, 2.0, 4.0], "y": [2.0, 4.0, 7.0], "__index_level_0__": [5, 9, 12]})
    frame.write_parquet(tmp_path / "a.parquet", metadata=about)
    posed = pose(Recipe(data=str(tmp_path / "a.parquet")))
    assert (posed.features, posed.target) == (("x",), "y")
    [notice] = posed.notices
    assert "'__index_level_0__' left out" in notice
    assert notice in Trainer(posed).result().warnings
    named = pose(Recipe(data=str(tmp_path / "a.parquet"), target="__index_level_0__"))
    assert (named.features, named.target, named.notices) == (("x", "y"), "__index_level_0__", ())
    assert pose(Recipe(data=str(tmp_path / "a.parquet"), features=("__index_level_0__",))).target == "y"


@pytest.mark.parametrize("labels", [["id"], ["a", "b"], ["__index_level_0__"]])
@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream", "lz4"])
def test_every_way_that_pandas_writes_labels_is_known(labels: list[str], kind: str, tmp_path: Path) -> None:
    columns = {"x": [1.0, 2.0, 4.0], "y": [2.0, 4.0, 7.0], **{name: ["u", "v", "w"] for name in labels}}
    about = {"pandas": json.dumps({"index_columns": labels}), "other": "…"}
    table = pa.table(columns).replace_schema_metadata(about)
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.arrow")
    if kind == "parquet":
        parquet.write_table(table, path)
    else:
        options = ipc.IpcWriteOptions(compression="lz4" if kind == "lz4" else None)
        new = ipc.new_stream if kind == "stream" else ipc.new_file
        with new(str(path), table.schema, options=options) as writer:
            writer.write_table(table)
    posed = pose(Recipe(data=str(path)))
    assert (posed.features, posed.target, len(posed.notices)) == (("x",), "y", 1)
    assert all(repr(name) in posed.notices[0] for name in labels)
    assert pose(Recipe(data=str(path), exclude=tuple(labels))).notices == ()


@pytest.mark.parametrize("new", [ipc.new_stream, ipc.new_file])
def test_two_columns_of_one_name_are_refused_by_name(
    new: object, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    columns = [pa.array([1.0, 2.0]) for _ in range(3)]
    table = pa.table(columns, names=["x", "y", "x"])
    with new(str(tmp_path / "a.arrow"), table.schema) as writer:  # type: ignore[operator]
        writer.write_table(table)
    with pytest.raises(LinregError, match="columns 1 and 3 are both named 'x'"):
        pose(Recipe(data=str(tmp_path / "a.arrow")))
    assert capfd.readouterr().err == ""
