"""What is seen of a file before it is trained on, with polars and the bundled files as oracles."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from linreg.data import bundled
from linreg.data.table import open_source
from linreg.errors import LinregError
from linreg_tui.setup.preview import Kind, preview


@pytest.mark.parametrize("name", bundled.names())
def test_the_columns_of_a_bundled_set_are_those_that_polars_sees(name: str) -> None:
    data = bundled.find(name).data
    frame, seen = pl.read_csv(data), preview(data)
    assert list(seen.names) == frame.columns
    assert seen.n_rows == min(len(frame), 100)
    assert seen.is_all is (len(frame) <= 100)
    for column in seen.columns:
        looked_at = frame[column.name][:100]
        assert column.kind is Kind.NUMBERS
        assert (column.low, column.high) == (looked_at.min(), looked_at.max())


def _written(folder: Path, extension: str) -> Path:
    """Write the same three rows in each format."""
    frame = pl.DataFrame({"a": [1.5, 2.5, -3.0], "colour": ["red", "blue", "red"], "gap": [1.0, None, 3.0]})
    path = folder / f"same{extension}"
    csv = frame.write_csv()
    if extension == ".parquet":
        frame.write_parquet(path)
    elif extension == ".arrow":
        frame.write_ipc(path)
    elif extension == ".feather":
        frame.write_ipc_stream(path)
    elif extension == ".jsonl":
        frame.write_ndjson(path)
    elif extension == ".csv.gz":
        path.write_bytes(gzip.compress(csv.encode()))
    else:
        path.write_text(csv if extension == ".csv" else csv.replace(",", "\t"), encoding="utf-8")
    return path


@pytest.mark.parametrize("extension", [".csv", ".tsv", ".csv.gz", ".jsonl", ".parquet", ".arrow", ".feather"])
def test_every_format_shows_the_same(tmp_path: Path, extension: str) -> None:
    a, colour, gap = preview(str(_written(tmp_path, extension))).columns
    assert (a.kind, a.low, a.high, a.n_missing, a.text) == (Kind.NUMBERS, -3, 2.5, 0, None)
    assert (colour.kind, colour.low, colour.first, colour.text) == (Kind.TEXT, None, ("red", "blue", "red"), "red")
    assert (gap.kind, gap.low, gap.high, gap.n_missing) == (Kind.NUMBERS, 1, 3, 1)


def test_only_the_start_of_a_large_file_is_read(tmp_path: Path) -> None:
    """Beyond its first 300 kB the file is a hole of 2 GB: a row without an end, refused if it were read."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"x,y\n" + b"1.25,2.5\n" * 35_000)
        file.truncate(2 << 30)
    with pytest.raises(LinregError, match="does not end"):
        list(open_source(str(path)).batches())
    seen = preview(str(path))
    assert (seen.names, seen.n_rows, seen.is_all) == (("x", "y"), 100, False)


def test_a_wide_file_is_seen_whole_in_width(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(3000)) + "\n" + ",".join(["1"] * 3000) + "\n", encoding="utf-8")
    assert len(preview(str(path)).columns) == 3000


def test_names_stay_as_they_are_and_cells_are_made_safe(tmp_path: Path) -> None:
    path = tmp_path / "strange.csv"
    path.write_text("[/],a\x1b[31m,y\u202e\n\x1b]0;x\x07,[red],1\n", encoding="utf-8")
    seen = preview(str(path))
    assert seen.names == ("[/]", "a\x1b[31m", "y\u202e")
    assert seen.columns[0].first == ("�]0;x�",)
    assert seen.columns[1].first == ("[red]",)


def test_long_cells_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("x,y\n" + "a" * 10_000 + ",1\n", encoding="utf-8")
    (cell,) = preview(str(path)).columns[0].first
    assert len(cell) <= 24


def test_json_keeps_the_difference_between_a_number_and_its_text(tmp_path: Path) -> None:
    path = tmp_path / "types.jsonl"
    rows = [{"n": 1, "s": "1.5", "b": True, "z": None}, {"n": 2.5, "s": "2", "b": False}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert [column.kind for column in preview(str(path)).columns] == [Kind.NUMBERS, Kind.TEXT, Kind.TEXT, Kind.EMPTY]


def test_lines_that_training_will_refuse_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text('x,y\n1,2\n3\n4,5,6\n\n7,8\n"9,10\n', encoding="utf-8")
    seen = preview(str(path))
    assert (seen.n_rows, seen.columns[0].first) == (2, ("1", "7"))


def test_a_folder_of_files_shows_numbers(tmp_path: Path) -> None:
    for year in (2023, 2024):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        (folder / "part.csv").write_text(f"x,y\n1,{year}\n2,5\n", encoding="utf-8")
    seen = preview(str(tmp_path))
    assert seen.names == ("year", "x", "y")
    assert (seen.columns[0].low, seen.columns[0].high) == (2023, 2023)
    assert not seen.is_all


def test_a_folder_with_text_shows_names_only(tmp_path: Path) -> None:
    for part in ("a", "b"):
        (tmp_path / f"{part}.csv").write_text("x,y\nred,1\n", encoding="utf-8")
    seen = preview(str(tmp_path))
    assert (seen.names, seen.n_rows) == (("x", "y"), 0)
    assert all(column.kind is Kind.UNSEEN for column in seen.columns)


def test_a_header_alone_has_columns(tmp_path: Path) -> None:
    path = tmp_path / "header.csv"
    path.write_text("x,y\n", encoding="utf-8")
    seen = preview(str(path))
    assert (seen.names, seen.n_rows, seen.is_all) == (("x", "y"), 0, True)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xfex\x00", b"1,2\n3,4\n", b"a,a\n1,2\n"])
def test_what_cannot_be_read_gets_the_sentence_of_training(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(LinregError) as said:
        preview(str(path))
    with pytest.raises(LinregError) as wanted:
        open_source(str(path))
    assert str(said.value) == str(wanted.value)


@pytest.mark.parametrize("name", ["damaged.parquet", "damaged.arrow"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((b"PAR1" if name.endswith("t") else b"ARROW1") + b"\x00" * 64)
    with pytest.raises(LinregError, match=r"cannot be read as"):
        preview(str(path))


def test_a_file_damaged_inside_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "inside.parquet"
    pl.DataFrame({"x": [float(i) for i in range(1000)], "y": [1.0] * 1000}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(b"PAR1" + b"\xff" * 600 + whole[604:])
    with pytest.raises(LinregError, match=r"inside.parquet: cannot be read"):
        preview(str(path))


def test_standard_input_is_refused() -> None:
    with pytest.raises(LinregError, match="standard input"):
        preview("-")
