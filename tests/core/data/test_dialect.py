"""What is said of how a table is written is obeyed, whole and in parts, and means nothing to formats that know it."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from linreg.data.first_rows import first_rows
from linreg.data.formats.datafile import Share
from linreg.data.formats.text import blocks, ranges
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.rows import Rows
from linreg.data.table import Table, open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError

ROWS: list[tuple[float, ...]] = [(1.5, -2.0, 3.25), (4.0, 1e3, 0.5), (7.0, 8.5, 9.0)] * 40
EXACT = TextDialect(separator=";", decimal=",")


def text(rows: list[tuple[float, ...]], separator: str, decimal: str = ".") -> str:
    return "".join(separator.join(repr(cell).replace(".", decimal) for cell in row) + "\n" for row in rows)


WRITTEN: list[tuple[str, dict[str, Any]]] = [
    ("a;b;c\n" + text(ROWS, ";"), {"separator": ";"}),
    ("a|b|c\n" + text(ROWS, "|"), {"separator": "|"}),
    ("a\tb\tc\n" + text(ROWS, "\t"), {"separator": "tab"}),
    ("a¦b¦c\n" + text(ROWS, "¦"), {"separator": "¦"}),
    *((f"a{sign}b{sign}c\n" + text(ROWS, sign), {"separator": sign}) for sign in "\x01\x1f\xa0"),
    ("  a  b \t c\n" + text(ROWS, "   "), {"separator": "blank"}),
    ("a b c\n" + text(ROWS, " "), {"separator": "blank"}),
    ("a b c \n" + "".join(f"  {line}  \r\n" for line in text(ROWS, " \t").splitlines()), {"separator": "blank"}),
    ('"a" "b x" c\n' + text(ROWS, " "), {"separator": "blank"}),
    ("a;b;c\n" + text(ROWS, ";", ","), {"separator": ";", "decimal": ","}),
    ("a\tb\tc\n" + text(ROWS, "\t", ","), {"separator": "tab", "decimal": ","}),
    ("a b c\n" + text(ROWS, "  ", ","), {"separator": "blank", "decimal": ","}),
    ("a,b,c\n" + "".join(f'"{line}"\n' for line in text(ROWS, '","', ",").splitlines()), {"decimal": ","}),
    (text(ROWS, ","), {"header": False}),
    (text(ROWS, "; "), {"header": False, "separator": ";"}),
    ('A "title, with one quote\n\na,b,c\n' + text(ROWS, ","), {"skip_lines": 2}),
    ("\ufeffsep=;\na;b;c\n" + text(ROWS, ";"), {"skip_lines": 1, "separator": ";"}),
    ("2019,2020,2021\n" + text(ROWS, ","), {"header": True}),
    ('5" pipe,6" pipe,c\n' + text(ROWS, ","), {"quote": "none"}),
    ("a,b,c\n" + "".join(f'"{line}"\n' for line in text(ROWS, '", "').splitlines()), {}),
]


@pytest.fixture(params=["whole", "parts"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "parts":
        monkeypatch.setattr(blocks, "BLOCK", 256)
        monkeypatch.setattr(blocks, "SMALLEST_PART", 64)
        monkeypatch.setattr(blocks, "HEAD", 64)
        monkeypatch.setattr(ranges, "MARGIN", 16)
    return str(request.param)


def read(path: Path, dialect: TextDialect, **choices: Any) -> Table:
    return open_source(str(path), dialect=dialect, **choices).read()


def cells(table: Table) -> list[tuple[float, ...]]:
    return [tuple(row) for row in np.column_stack([table.X, table.y]).tolist()]


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("content", "said"), WRITTEN)
def test_a_table_is_read_as_it_is_said_to_be_written(content: str, said: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8", newline="")
    dialect = TextDialect(**said)
    assert cells(read(path, dialect)) == ROWS
    shares = [open_source(str(path), dialect=dialect, share=Share(rank, 3)) for rank in range(3)]
    found = [np.column_stack([X, y]) for source in shares for X, y in source.batches()]
    assert np.concatenate(found).tolist() == [list(row) for row in ROWS]


@pytest.mark.parametrize(("content", "said"), WRITTEN)
def test_standard_input_is_read_as_it_is_said_to_be_written(
    content: str, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content.encode())))
    assert cells(open_source("-", dialect=TextDialect(**said)).read()) == ROWS


@pytest.mark.parametrize(("content", "said"), WRITTEN)
def test_the_first_rows_follow_what_is_said(content: str, said: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8", newline="")
    seen = first_rows(str(path), TextDialect(**said))
    assert [tuple(cell.number for cell in row) for row in seen.rows] == ROWS[:100]


@pytest.mark.parametrize(("content", "said"), [*WRITTEN[:7], *WRITTEN[8:11]])
def test_the_fast_way_is_taken_where_it_can_be(
    content: str, said: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million rows that are read one by one take a minute."""
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8", newline="")
    monkeypatch.setattr(Rows, "exact", None)
    assert cells(read(path, TextDialect(**said))) == ROWS


@pytest.mark.parametrize("extension", ["txt", "data", "dat", "out", "csv"])
def test_a_text_of_any_name_is_read_once_its_separator_is_said(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{extension}"
    path.write_text("a;b;c\n" + text(ROWS, ";"), encoding="utf-8")
    assert cells(read(path, TextDialect(separator=";"))) == ROWS
    path.write_text("a,b,c\n" + text(ROWS, ","), encoding="utf-8")
    assert cells(read(path, TextDialect(input_format="csv"))) == ROWS


def test_columns_without_names_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("M,1,2\nF,3,4\nM,5,7\n", encoding="utf-8")
    source = open_source(str(path), exclude=["c1"], dialect=TextDialect(header=False))
    assert (source.features, source.target, source.read().y.tolist()) == (("c2",), "c3", [2, 4, 7])


@pytest.mark.parametrize("word", ["?", "-999", "1,5", "n. a."])
def test_a_word_that_was_said_means_a_missing_value(word: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"x;y\n1;2\n{word};4\n 5 ; {word} \n7;8\n-99;9\n", encoding="utf-8")
    dialect = TextDialect(separator=";", missing=[word])  # type: ignore[arg-type]
    table = read(path, dialect, drop_missing=True)
    assert (table.X[:, 0].tolist(), table.y.tolist(), table.n_dropped) == ([1, 7, -99], [2, 8, 9], 2)
    with pytest.raises(LinregError, match=r"line 3, column 'x': .* stands for a missing value; .*--drop-missing"):
        read(path, dialect)


def test_a_point_is_no_decimal_sign_where_a_comma_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x;y\n1,5;2\n1.500;3\n", encoding="utf-8")
    with pytest.raises(LinregError, match=r"line 3, column 'x': '1\.500' has a decimal point"):
        read(path, EXACT)
    path.write_text("day;x;y\n1.2.2024;1,5;2\n2.2.2024;2,5;4\n", encoding="utf-8")
    assert read(path, EXACT, exclude=["day"]).X.tolist() == [[1.5], [2.5]]


def test_both_ways_of_reading_agree_on_every_dialect() -> None:
    chance = np.random.default_rng(0)
    odd = ["2,5", "3.5", " 1", "1 ", "", '"1"', '"', "?", "-", "e", "NA", "True", "¦", "\t", "1\n1", "1_0", "inf"]
    dialects = [
        TextDialect(separator=separator, decimal=decimal, quote=quote, missing=missing)
        for separator in (";", "tab", "blank", "¦")
        for decimal in ".,"
        for quote in ("double", "none")
        for missing in ((), ("?", "2,5"))
    ]
    from linreg.data.choice import choose

    accepted = 0
    for dialect in dialects:
        names, drop = ["a", "b", "c"][: int(chance.integers(1, 4))], bool(chance.random() < 0.5)
        columns = choose(
            "a", names, target=None, features=(), exclude=(), drop_missing=drop, with_target=False, dialect=dialect
        )
        rows = Rows(columns, Grammar(dialect.separator or ",", dialect))
        separator, number = dialect.separator or ",", "2,5" if dialect.decimal == "," else "2.5"
        for _ in range(100):
            lines = [[number] * len(names) for _ in range(3)]
            for _ in range(int(chance.integers(0, 4))):
                lines[int(chance.integers(3))][int(chance.integers(len(names)))] = str(chance.choice(odd))
            block = "".join(separator.join(line) + "\n" for line in lines).encode()
            fast = rows.fast(block)
            if fast is not None:
                accepted += 1
                slow = rows.exact(2, block)
                assert (fast[0].tolist(), fast[1]) == (slow[0].tolist(), slow[1]), (block, dialect)
    assert accepted > 300


@pytest.mark.parametrize("extension", ["parquet", "arrow", "jsonl"])
@pytest.mark.parametrize(
    "said",
    [{"separator": ";"}, {"decimal": ","}, {"header": False}, {"header": True}, {"skip_lines": 1}, {"quote": "none"}],
)
def test_a_dialect_means_nothing_to_a_format_that_has_none(
    extension: str, said: dict[str, Any], tmp_path: Path
) -> None:
    path, frame = tmp_path / f"a.{extension}", pl.DataFrame({"x": [1.0], "y": [2.0]})
    path.write_bytes(frames(frame)[extension])
    with pytest.raises(LinregError, match=r"says how a table of text is written, and this is .*; leave it out"):
        read(path, TextDialect(**said))


def frames(frame: pl.DataFrame) -> dict[str, bytes]:
    parquet, arrow, stream = io.BytesIO(), io.BytesIO(), io.BytesIO()
    frame.write_parquet(parquet)
    frame.write_ipc(arrow)
    frame.write_ipc_stream(stream)
    return {
        "csv": frame.write_csv().encode(),
        "tsv": frame.write_csv(separator="\t").encode(),
        "jsonl": frame.write_ndjson().encode(),
        "parquet": parquet.getvalue(),
        "arrow": arrow.getvalue(),
        "stream": stream.getvalue(),
    }


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "arrow", "stream"])
@pytest.mark.parametrize("is_said", [False, True])
def test_every_format_comes_through_standard_input(kind: str, is_said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"x": [1.5, 2.5], "n": [3, 4], "y": [True, False]})
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(frames(frame)[kind])))
    dialect = TextDialect(input_format={"stream": "arrow"}.get(kind, kind) if is_said else None)
    table = open_source("-", dialect=dialect).read()
    assert (table.X.tolist(), table.y.tolist()) == ([[1.5, 3], [2.5, 4]], [1, 0])


@pytest.mark.parametrize("extension", ["csv", "tsv", "jsonl", "parquet", "arrow", "feather"])
def test_truth_values_are_one_and_zero_in_every_format(extension: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [True, False, True], "y": [1.5, 2.5, 3.5]})
    kind = {"feather": "stream"}.get(extension, extension)
    (tmp_path / f"a.{extension}").write_bytes(frames(frame)[kind])
    assert read(tmp_path / f"a.{extension}", TextDialect()).X.tolist() == [[1], [0], [1]]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"separator": "::"}, "--separator takes"),
        ({"separator": "7"}, "--separator takes"),
        ({"separator": '"'}, "--separator takes"),
        ({"separator": "\n"}, "--separator takes"),
        ({"separator": 3}, "--separator takes"),
        ({"decimal": ";"}, "--decimal takes a point or a comma"),
        ({"missing": 3}, "--missing takes"),
        ({"missing": [3]}, "--missing takes"),
        ({"header": "yes"}, "--header takes"),
        ({"skip_lines": -1}, "--skip-lines takes a whole number"),
        ({"skip_lines": True}, "--skip-lines takes a whole number"),
        ({"skip_lines": 10**5000}, "--skip-lines takes a whole number"),
        ({"quote": "single"}, "--quote takes one of double, none"),
        ({"input_format": "xlsx"}, "--input-format takes one of csv"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(LinregError, match=words):
        TextDialect(**said)


@pytest.mark.parametrize("n_lines", [3, 4, 100])
def test_skipping_all_lines_is_refused(n_lines: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(LinregError, match=rf"--skip-lines {n_lines} passes over all of its 3 lines"):
        read(path, TextDialect(skip_lines=n_lines))


def test_lines_keep_their_numbers_where_some_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("title\n\nx,y\n1,2\n3,four\n", encoding="utf-8")
    with pytest.raises(LinregError, match="line 5, column 'y': 'four'"):
        read(path, TextDialect(skip_lines=2))
    with pytest.raises(LinregError, match=r"line 2: the line is blank; .*--skip-lines 2"):
        read(path, TextDialect(skip_lines=1))


def test_compressed_rows_on_standard_input_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\x1f\x8b\x08\0 and so on")))
    with pytest.raises(LinregError, match="zcat FILE"):
        open_source("-")
