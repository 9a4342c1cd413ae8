"""What an Arrow file says of itself is read as pyarrow reads it; of a damaged one, nothing or something, quietly."""

import json
from pathlib import Path
from random import Random

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import ipc

from linreg.data.formats.metadata import LONGEST, arrow_schema, row_labels
from linreg.data.table import open_source

NAMES = st.lists(st.text(max_size=12).filter(lambda name: max(name, default="") < "\ud800"), min_size=1, max_size=9)
ABOUT = st.dictionaries(st.text("abpandas", max_size=9), st.text("{}x[]é", max_size=30), max_size=4)


def written(path: Path, names: list[str], about: dict[str, str], *, is_stream: bool = False) -> Path:
    table = pa.table([pa.array([1.0, 2.0])] * len(names), names=names).replace_schema_metadata(about)
    with (ipc.new_stream if is_stream else ipc.new_file)(str(path), table.schema) as writer:
        writer.write_table(table)
    return path


@given(NAMES, ABOUT, st.booleans())
def test_names_and_metadata_are_what_pyarrow_wrote(
    tmp_path: Path, names: list[str], about: dict[str, str], is_stream: bool
) -> None:
    with written(tmp_path / "a.arrow", names, about, is_stream=is_stream).open("rb", buffering=0) as file:
        file.read(3)
        assert arrow_schema(file) == (names, about)
        assert file.tell() == 0


def test_of_a_damaged_file_nothing_is_said_or_something_but_nothing_is_raised(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.arrow", ["x", "y"], {"pandas": "{}"}).read_bytes()
    draw, path, n_read = Random(0), tmp_path / "b.arrow", 0
    for _ in range(300):
        content = bytearray(whole)
        content[draw.randrange(8, 400)] = draw.randrange(256)
        path.write_bytes(content[: draw.choice((len(content), draw.randrange(400)))])
        with path.open("rb", buffering=0) as file:
            names, about = arrow_schema(file)
        n_read += names is not None
        assert names is not None or about == {}
    assert 0 < n_read < 300


@pytest.mark.parametrize("size", [0, -1, LONGEST, LONGEST + 1])
def test_a_schema_of_a_size_that_none_has_is_not_read(size: int, tmp_path: Path) -> None:
    whole = written(tmp_path / "a.arrow", ["x"], {}).read_bytes()
    (tmp_path / "b.arrow").write_bytes(whole[:12] + size.to_bytes(4, "little", signed=True) + whole[16:])
    with (tmp_path / "b.arrow").open("rb", buffering=0) as file:
        assert arrow_schema(file) == (None, {})


@pytest.mark.parametrize(
    ("about", "labels"),
    [
        ({"pandas": json.dumps({"index_columns": ["x", "gone", {"kind": "range"}]})}, {"x"}),
        ({"pandas": json.dumps({"index_columns": []})}, set()),
        ({"pandas": json.dumps({"other": ["x"]})}, set()),
        ({"pandas": "[1]"}, set()),
        ({"pandas": "not JSON"}, set()),
        ({"pandas": json.dumps({"index_columns": 3})}, set()),
        ({"pandas": "[" * 100_000}, set()),
        ({"other": json.dumps({"index_columns": ["x"]})}, set()),
        ({}, set()),
    ],
)
def test_labels_of_the_rows_are_those_that_pandas_names(about: dict[str, str], labels: set[str]) -> None:
    assert row_labels(about, ["x", "y"]) == labels


@pytest.mark.parametrize("is_stream", [False, True])
def test_labels_of_the_rows_are_left_out(is_stream: bool, tmp_path: Path) -> None:
    about = {"pandas": json.dumps({"index_columns": ["id"]})}
    source = open_source(str(written(tmp_path / "a.arrow", ["x", "y", "id"], about, is_stream=is_stream)))
    assert (source.features, source.target) == (("x",), "y")


def test_labels_that_pandas_wrote_are_left_out_of_what_another_program_makes_of_its_file(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 4.0], "y": [2.0, 4.0, 9.0], "__index_level_0__": [3, 5, 8]})
    frame.write_csv(tmp_path / "a.csv")
    frame.write_ndjson(tmp_path / "a.jsonl")
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ipc(tmp_path / "a.arrow")
    for path in sorted(tmp_path.iterdir()):
        source = open_source(str(path))
        assert (source.features, source.target) == (("x",), "y")
        assert "'__index_level_0__' left out" in source.notices[0]
        assert open_source(str(path), target="__index_level_0__").features == ("x", "y")
