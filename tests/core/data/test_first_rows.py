"""The first rows of a file of any format, with polars and the bundled files as oracles."""

import gzip
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from linreg.data import bundled
from linreg.data.first_rows import ROWS, FileCell, first_rows
from linreg.data.table import open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError


@pytest.mark.parametrize("name", bundled.names())
def test_the_rows_of_a_bundled_set_are_those_that_polars_sees(name: str) -> None:
    data = bundled.find(name).data
    frame, seen = pl.read_csv(data), first_rows(data)
    assert list(seen.names) == frame.columns
    assert [tuple(cell.number for cell in row) for row in seen.rows] == frame[:100].rows()
    assert seen.is_all is (len(frame) <= 100)


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
    seen = first_rows(str(_written(tmp_path, extension)))
    a, colour, gap = zip(*seen.rows, strict=True)
    assert (seen.names, seen.is_all) == (("a", "colour", "gap"), True)
    assert [cell.number for cell in a] == [1.5, 2.5, -3]
    assert colour == (FileCell("red", None), FileCell("blue", None), FileCell("red", None))
    assert [(bool(cell.text), cell.number) for cell in gap] == [(True, 1), (False, None), (True, 3)]


def test_only_the_start_of_a_large_file_is_read(tmp_path: Path) -> None:
    """Beyond its first 300 kB the file is a hole of 2 GB: a row without an end, refused if it were read."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"x,y\n" + b"1.25,2.5\n" * 35_000)
        file.truncate(2 << 30)
    with pytest.raises(LinregError, match="does not end"):
        list(open_source(str(path)).batches())
    seen = first_rows(str(path))
    assert (seen.names, len(seen.rows), seen.is_all) == (("x", "y"), 100, False)


def test_a_wide_file_is_seen_whole_in_width(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(3000)) + "\n" + ",".join(["1"] * 3000) + "\n", encoding="utf-8")
    seen = first_rows(str(path))
    assert (len(seen.names), *map(len, seen.rows)) == (3000, 3000)


def test_json_keeps_the_difference_between_a_number_and_its_text(tmp_path: Path) -> None:
    path = tmp_path / "types.jsonl"
    rows = [{"n": 1, "s": "1.5", "b": True, "z": None}, {"n": 2.5, "s": "2", "b": False}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    numbers = [[cell.number for cell in row] for row in first_rows(str(path)).rows]
    texts = [[cell.text for cell in row] for row in first_rows(str(path)).rows]
    assert numbers == [[1, None, 1, None], [2.5, None, 0, None]]
    assert texts == [["1", "1.5", "true", ""], ["2.5", "2", "false", ""]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ragged.csv", 'x,y\n1,2\n3\n4,5,6\n\n7,8\n"9,10\n'),
        ("broken.jsonl", '{"x": 1, "y": 2}\n{"x": 3\n[4]\n\n{"x": 7, "y": 8}\n{"x": 9, "x": 10}\n'),
    ],
)
def test_of_lines_that_training_will_refuse_it_says_what_training_will(name: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    seen = first_rows(str(path))
    assert [[cell.text for cell in row] for row in seen.rows] == [["1", "2"], ["7", "8"]]
    assert seen.is_all
    lines = content.splitlines(keepends=True)
    wanted = []
    for index in (2 if name.endswith("csv") else 1, 3 if name.endswith("csv") else 2, len(lines) - 1):
        top = lines[:2] if name.endswith("csv") else lines[:1]
        path.write_text("".join(top) + "\n" * (index - len(top)) + lines[index], encoding="utf-8")
        with pytest.raises(LinregError) as said:
            list(open_source(str(path)).batches())
        wanted.append(str(said.value))
    assert list(seen.refused) == wanted


def test_in_json_too_a_word_can_mean_no_value(tmp_path: Path) -> None:
    path = tmp_path / "gap.jsonl"
    path.write_text('{"x": "?", "y": 2}\n', encoding="utf-8")
    assert first_rows(str(path), TextDialect(missing=("?",))).rows == [[FileCell("", None), FileCell("2", 2)]]


def test_a_folder_of_files_shows_numbers(tmp_path: Path) -> None:
    for year in (2023, 2024):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        (folder / "part.csv").write_text(f"x,y\n1,{year}\n2,5\n", encoding="utf-8")
    seen = first_rows(str(tmp_path))
    assert seen.names == ("year", "x", "y")
    assert {row[0].number for row in seen.rows} == {2023}
    assert not seen.is_all


def test_a_folder_with_text_shows_names_only(tmp_path: Path) -> None:
    for part in ("a", "b"):
        (tmp_path / f"{part}.csv").write_text("x,y\nred,1\n", encoding="utf-8")
    assert first_rows(str(tmp_path))[:3] == (("x", "y"), [], False)


def test_a_header_alone_has_columns(tmp_path: Path) -> None:
    path = tmp_path / "header.csv"
    path.write_text("x,y\n", encoding="utf-8")
    assert first_rows(str(path))[:3] == (("x", "y"), [], True)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xfex\x00", b"1,2\n3,4\n", b"a,a\n1,2\n"])
def test_what_cannot_be_read_gets_the_sentence_of_training(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(LinregError) as said:
        first_rows(str(path))
    with pytest.raises(LinregError) as wanted:
        open_source(str(path))
    assert str(said.value) == str(wanted.value)


@pytest.mark.parametrize("name", ["damaged.parquet", "damaged.arrow"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((b"PAR1" if name.endswith("t") else b"ARROW1") + b"\x00" * 64)
    with pytest.raises(LinregError, match=r"cannot be read as"):
        first_rows(str(path))


def test_a_file_damaged_inside_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "inside.parquet"
    pl.DataFrame({"x": [float(i) for i in range(1000)], "y": [1.0] * 1000}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(b"PAR1" + b"\xff" * 600 + whole[604:])
    with pytest.raises(LinregError, match=r"inside.parquet: cannot be read"):
        first_rows(str(path))


@pytest.mark.parametrize("n_rows", [ROWS - 1, ROWS, ROWS + 1])
@pytest.mark.parametrize("extension", [".csv", ".jsonl", ".parquet", ".arrow"])
def test_whether_they_are_all_is_told_beside_the_first(n_rows: int, extension: str, tmp_path: Path) -> None:
    frame, path = pl.DataFrame({"x": range(n_rows), "y": range(n_rows)}), tmp_path / f"a{extension}"
    match extension:
        case ".csv":
            frame.write_csv(path)
        case ".jsonl":
            frame.write_ndjson(path)
        case ".parquet":
            frame.write_parquet(path)
        case _:
            frame.write_ipc(path)
    seen = first_rows(str(path))
    assert [row[0].number for row in seen.rows] == list(range(min(n_rows, ROWS)))
    assert seen.is_all == (n_rows <= ROWS)
    assert seen.refused == ()


def test_lines_at_fault_count_among_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n" + "1\n" * 3 + "1,2\n" * (ROWS - 4) + "3\n", encoding="utf-8")
    seen = first_rows(str(path))
    assert (len(seen.rows), len(seen.refused), seen.is_all) == (ROWS - 3, 3, False)


def test_of_many_files_as_many_rows_are_shown(tmp_path: Path) -> None:
    for name in ("a", "b"):
        text = "y,x\n" + "".join(f"{row / 3!r},{row}\n" for row in range(ROWS))
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    seen = first_rows(str(tmp_path))
    assert [[cell.number for cell in row] for row in seen.rows] == [[row / 3, row] for row in range(ROWS)]
    assert seen.rows[1][0].text == "0.333333333333"
    assert not seen.is_all


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (" 1.50 ", FileCell("1.50", 1.5)),
        ("TRUE", FileCell("TRUE", 1.0)),
        ("NA", FileCell("", None)),
        ("", FileCell("", None)),
        ("-", FileCell("-", None)),
        ("inf", FileCell("inf", float("inf"))),
    ],
)
def test_a_cell_of_text_is_as_it_is_written(cell: str, shown: FileCell, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x,y\n{cell},2\n", encoding="utf-8")
    assert first_rows(str(path)).rows == [[shown, FileCell("2", 2.0)]]


def test_a_typed_cell_is_its_value(tmp_path: Path) -> None:
    frame = pl.DataFrame({
        "f": [1 / 3, float("nan"), None], "b": [True, False, None], "t": [" a ", "NA", None],
        "d": [Decimal("1.50"), None, Decimal(2)], "l": [[1], [], None], "i": [2**60 + 1, -1, 0],
    })  # fmt: skip
    frame.write_parquet(tmp_path / "a.parquet")
    empty = FileCell("", None)
    assert [list(column) for column in zip(*first_rows(str(tmp_path / "a.parquet")).rows, strict=True)] == [
        [FileCell("0.333333333333", 1 / 3), empty, empty],
        [FileCell("true", 1.0), FileCell("false", 0.0), empty],
        [FileCell("a", None), empty, empty],
        [FileCell("1.50", 1.5), empty, FileCell("2.00", 2.0)],
        [FileCell("[1]", None), FileCell("[]", None), empty],
        [FileCell(str(2**60 + 1), float(2**60)), FileCell("-1", -1.0), FileCell("0", 0.0)],
    ]


def test_a_number_of_thousands_of_digits_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"x": 1{"0" * 400}, "y": 2}}\n', encoding="utf-8")
    assert first_rows(str(path)).rows == [[FileCell("a number of thousands of digits", None), FileCell("2", 2.0)]]


def test_json_keys_lose_their_blanks_and_blank_lines_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\n{" x ": 1, "y": 2}\n\n{" x ": 3}\n[]\n', encoding="utf-8")
    seen = first_rows(str(path))
    assert [[cell.number for cell in row] for row in seen.rows] == [[1, 2], [3, None]]
    assert [said.partition(": ")[0] for said in seen.refused] == [f"{path}, line 5"]
