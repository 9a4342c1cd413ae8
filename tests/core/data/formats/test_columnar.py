"""Parquet and Arrow in slices of rows: how many, which, and what is said of what they hold."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pyarrow as pa
import pytest

from linreg.data.formats import columnar
from linreg.data.formats.columnar import ColumnarFile
from linreg.data.formats.datafile import WHOLE, Share
from linreg.data.table import open_source
from linreg.errors import LinregError

KINDS = ["parquet", "arrow", "feather"]


def written(path: Path, frame: pl.DataFrame) -> Path:
    match path.suffix:
        case ".parquet":
            frame.write_parquet(path)
        case ".arrow":
            frame.write_ipc(path)
        case _:
            frame.write_ipc_stream(path)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("n_used", "fewest", "wide", "slice_bytes", "most"),
    [
        (3, 7, 10**6, 1, 7),
        (3, 7, 10**6, 24 * 9, 9),
        (3, 7, 24 * 5, 1, 5),
        (3, 7, 23, 1, 1),
        (3, 1, 10**6, 24 * 9 - 1, 8),
        (2, 1, 10**6, 24 * 8, 12),
    ],
)
def test_a_slice_has_as_many_rows_as_its_bytes_allow_and_no_fewer_than_pay(
    kind: str, n_used: int, fewest: int, wide: int, slice_bytes: int, most: int, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in (("FEWEST_ROWS", fewest), ("WIDE_BYTES", wide), ("SLICE_BYTES", slice_bytes)):
        monkeypatch.setattr(columnar, name, value)
    x = [float(row) for row in range(29)]
    path = written(tmp_path / f"a.{kind}", pl.DataFrame({"x": x, "z": x, "y": x}))
    source = open_source(str(path), exclude=["z"][: 3 - n_used])
    assert source.fraction_read == 0
    seen = [source.fraction_read for _ in source.batches()]
    lengths = [most] * (29 // most) + [29 % most] * (29 % most > 0)
    assert source.part_rows == lengths
    assert seen == pytest.approx([(part + 1) / len(lengths) for part in range(len(lengths))])
    for rank in range(3):
        share = open_source(str(path), exclude=["z"][: 3 - n_used], share=Share(rank, 3))
        mine = [X[:, 0].tolist() for X, _ in share.batches()]
        assert share.fraction_read == 1
        assert len({len(own) for own in mine[:-1]}) <= 1
        assert max(map(len, mine), default=0) <= max(most, fewest)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_ranks", [1, 3])
def test_a_fault_is_named_with_its_row_in_the_file(
    kind: str, n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 4)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 1)
    x: list[float | None] = [0.0] * 24
    path = tmp_path / f"a.{kind}"
    for row, value, what in ((0, None, "the cell is empty"), (13, float("nan"), "'NaN' stands for"), (23, None, "")):
        written(path, pl.DataFrame({"x": [*x[:row], value, *x[row + 1 :]], "y": x}))
        said = []
        for rank in range(n_ranks):
            try:
                open_source(str(path), share=Share(rank, n_ranks)).read()
            except LinregError as problem:
                said.append(str(problem))
        assert len(said) == 1
        assert said[0].lower().startswith(f"{path}, row {row + 1}, column 'x': {what}".lower())


@pytest.mark.parametrize("kind", KINDS)
def test_a_level_that_is_not_known_is_named_with_its_row(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 4)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 1)
    frame = pl.DataFrame({"cut": ["a", "b"] * 6, "y": [1.0] * 12})
    known = list(open_source(str(written(tmp_path / f"a.{kind}", frame)), categorical=("cut",)).categories.values())
    frame[9, "cut"] = "odd"
    path = written(tmp_path / f"b.{kind}", frame)
    with pytest.raises(LinregError, match="row 10, column 'cut': 'odd' is a level that is not known: 'a', 'b' are"):
        open_source(str(path), categories=known).read()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [0, 1, 2, 5])
def test_the_first_rows_are_the_first(kind: str, n_rows: int, tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0], "note": ["a", None, "c"]})
    path = written(tmp_path / f"a.{kind}", frame)
    file = ColumnarFile(str(path), "Parquet" if kind == "parquet" else "Arrow")
    assert file.head(n_rows).equals(frame[:n_rows])
    assert file.names == ("x", "note")


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_that_holds_no_numbers_is_refused_unless_its_texts_are_categories(kind: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [True, False], "cut": ["a", "b"], "when": pl.Series([1, 2]).cast(pl.Date), "y": [1, 2]})
    path = str(written(tmp_path / f"a.{kind}", frame))
    assert open_source(path, exclude=["when"], categorical=["cut", "x"]).features == ("x[true]", "cut[b]")
    said = f"{path}, column 'when': its type is Date, which no number has; correct it, or leave the column"
    for categorical in ([], ["when"]):
        with pytest.raises(LinregError) as caught:
            open_source(path, exclude=["cut"], categorical=categorical)
        assert str(caught.value).startswith(said)


def test_a_file_with_fewer_rows_than_it_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.parquet", pl.DataFrame({"x": [1.0] * 9, "y": [2.0] * 9}))
    whole = pl.LazyFrame.collect_batches
    for n_left in (0, 8):
        monkeypatch.setattr(
            pl.LazyFrame, "collect_batches", lambda rows, n=n_left, **options: whole(rows.head(n), **options)
        )
        with pytest.raises(LinregError) as caught:
            open_source(str(path)).read()
        assert str(caught.value) == (
            f"{path}: cannot be read as Parquet (it has fewer rows than it says); write the file again."
        )


def test_a_column_of_a_type_that_polars_does_not_know_is_said_to_be_perhaps_that(tmp_path: Path) -> None:
    ends, values = pa.array([2, 3], pa.int32()), pa.array([1.0, 2.0])
    table = pa.table({"x": pa.RunEndEncodedArray.from_arrays(ends, values), "y": [1, 2, 3]})
    path = tmp_path / "a.arrow"
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)
    with pytest.raises(LinregError, match="it is damaged, or has a column of a type that is not read"):
        open_source(str(path))


@pytest.mark.parametrize("kind", ["Parquet", "Arrow"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty; give a table with a row or more."),
        (b"x,y\n1,2\n", "this is not {kind} data: it looks like plain text; --input-format csv reads"),
        (b"FEA1", "this is not {kind} data: it looks like a Feather file of version 1; write the table as CSV"),
    ],
)
def test_what_is_another_kind_of_file_is_said(kind: str, content: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(LinregError) as caught:
        ColumnarFile(str(tmp_path / "a"), kind)
    assert str(caught.value).startswith(f"{tmp_path}/a: {what.format(kind=kind)}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_is_read_as_often_as_is_needed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"cut": ["a", "b", "a"], "x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]})
    content = written(tmp_path / f"a.{kind}", frame).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    source = open_source("-", categorical=("cut",))
    assert source.read().X.tolist() == [[0, 1], [1, 2], [0, 3]]
    file = ColumnarFile("-", "Parquet" if kind == "parquet" else "Arrow", stream=io.BytesIO(content))
    columns = open_source(str(tmp_path / f"a.{kind}"), features=["x"], target="y")._columns
    for _ in range(2):
        assert [values.tolist() for values, _ in file.values(columns, WHOLE)] == [[[1, 4], [2, 5], [3, 6]]]
