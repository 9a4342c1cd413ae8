"""Good data is read exactly: the numbers are those that Python reads, from every format, in order, none lost."""

import csv
import gzip
import io
import json
import math
import os
import random
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.arrays import Batch, WeightedBatch
from linreg.data.choice import choose
from linreg.data.formats import columnar
from linreg.data.formats.datafile import Share
from linreg.data.formats.text import blocks
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.rows import Rows
from linreg.data.table import Source, Table, open_source, write_columns
from linreg.dialect import PLAIN
from linreg.errors import LinregError

FILES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".CSV")
HARD_NUMBERS = [
    "0.1",
    "9007199254740993",  # halfway between two float64
    "9007199254740992.99999999999999999999999",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126",
    "2.2250738585072011e-308",
    "2.2250738585072012e-308",
    "2.4703282292062327208e-324",
    "2.4703282292062328e-324",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "123456789012345678901234567890",
    "8.5e-317",
    "-0",
    "+1.",
    ".5E+3",
    "6929495644600919.5",
    "3.7455744005952583e15",
    "0." + "0" * 300 + "12345678901234567890123456789",
    "9" * 400 + "e-100",
]

decimals = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}.{}e{}".format, st.integers(-(10**25), 10**25), st.integers(0, 10**30), st.integers(-340, 280)),
    st.sampled_from(HARD_NUMBERS),
)


def written(path: Path, columns: dict[str, list[float]]) -> str:
    """Write a table with other people's writers."""
    kind = path.name.lower().split(".", 1)[1]
    rows = list(zip(*columns.values(), strict=True))
    if kind in ("jsonl", "ndjson"):
        path.write_text("".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows))
    elif kind == "parquet":
        with open(path, "wb") as file:
            pyarrow.parquet.write_table(pa.table(columns), file)
    elif kind in ("arrow", "feather"):
        with open(path, "wb") as file:
            pyarrow.feather.write_feather(pa.table(columns), file)
    else:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter="\t" if "tsv" in kind else ",", lineterminator="\n")
        writer.writerows([list(columns), *rows])
        content = text.getvalue().encode()
        path.write_bytes(gzip.compress(content) if kind.endswith("gz") else content)
    return str(path)


def text_file(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read(data: str, **options: object) -> Table:
    """Read it whole, and check that the batches say the same."""
    source = open_source(data, **options)  # type: ignore[arg-type]
    table = source.read()
    assert table.X.flags.c_contiguous
    assert {table.X.dtype, table.y.dtype} == {np.dtype(np.float64)}
    batches = list(source.batches())
    np.testing.assert_array_equal(np.concatenate([X for X, _ in batches]), table.X)
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), table.y)
    assert source.n_dropped == table.n_dropped
    return table


@pytest.mark.parametrize("extension", FILES)
def test_every_format_gives_the_same_numbers(extension: str, tmp_path: Path) -> None:
    columns = {"a": [0.1, -2e-300, 3.0], "b": [1.0, 2.0, 1 / 3], "c": [9.5, 1e22, -0.0]}
    table = read(written(tmp_path / f"t{extension}", columns))
    assert (table.features, table.target) == (("a", "b"), "c")
    assert table.X.tolist() == [list(row) for row in zip(columns["a"], columns["b"], strict=True)]
    assert table.y.tolist() == columns["c"]


@given(st.lists(st.tuples(decimals, decimals), min_size=1, max_size=30), st.booleans())
def test_decimals_are_rounded_as_python_rounds_them(tmp_path: Path, rows: list[tuple[str, str]], quoted: bool) -> None:
    rows = [row for row in rows if all(math.isfinite(float(cell)) for cell in row)] or [("1", "2")]
    text = "x,y\n" + "".join(f'"{x}", {y} \n' if quoted else f"{x},{y}\n" for x, y in rows)
    table = read(text_file(tmp_path, text))
    expected = np.array([[float(x), float(y)] for x, y in rows])
    assert np.column_stack([table.X, table.y]).tobytes() == expected.tobytes()


@pytest.mark.parametrize("text", HARD_NUMBERS)
def test_hard_decimals_become_the_nearest_float64(text: str, tmp_path: Path) -> None:
    (x,) = read(text_file(tmp_path, f"x,y\n{text},0\n")).X[0]
    exact = Fraction(text)
    neighbours = [math.nextafter(x, -math.inf), math.nextafter(x, math.inf)]
    assert all(abs(Fraction(x) - exact) <= abs(Fraction(other) - exact) for other in neighbours if math.isfinite(other))


CELLS = [
    "1",
    "2.5",
    "-3e2",
    "",
    " 4",
    "5 ",
    '"6"',
    '"x,y"',
    '"a\nb"',
    "text",
    'q"q',
    '"q""q"',
    "NaN",
    "NA",
    "inf",
    "1e400",
]
CELLS += [
    "é",
    '"',
    "\r",
    "\t7",
    '""',
    '" 8"',
    "1_0",
    "0x1",
    "+1",
    "1.",
    "#",
    "\x0b1",
    "1\xa0",
    "nan",
    "Null",
    "e5",
    "1e",
]


def test_the_fast_path_takes_only_what_the_exact_path_takes() -> None:
    chance = random.Random(20)
    accepted = 0
    for _ in range(1500):
        n_columns = chance.choice([1, 2, 3, 3])
        weights = [20.0 if cell in ("1", "2.5", "-3e2", '"6"') else chance.choice([1.0, 0.2]) for cell in CELLS]
        lengths = [n_columns if chance.random() < 0.9 else chance.randint(0, 5) for _ in range(chance.randint(1, 4))]
        line_end = chance.choice(["\n", "\r\n"])
        lines = [",".join(chance.choices(CELLS, weights, k=length)) for length in lengths]
        block = (line_end.join(lines) + chance.choice(["", line_end, 2 * line_end])).encode()
        names = [f"n{count}" for count in range(n_columns)]
        columns = choose(
            "a.csv",
            names,
            target=None,
            features=chance.sample(names, chance.randint(1, n_columns)),
            exclude=(),
            drop_missing=chance.random() < 0.5,
            with_target=False,
        )
        rows = Rows(columns, Grammar(",", PLAIN))
        if block and (fast := rows.fast(block)) is not None:
            accepted += 1
            exact = rows.exact(2, block)
            assert (fast[0].tolist(), fast[1]) == (exact[0].tolist(), exact[1]), block
    assert accepted > 180


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx,y\n1,2\n3,4\n",
        "x,y\r\n1,2\r\n3,4\r\n",
        "x,y\n1,2\n3,4",
        "x,y\n1,2\n3,4\n\n\n",
        "x,y\n\n1,2\n  \n3,4\n",
        " x , y \n 1 ,\t2\n3 , 4\n",
        '"x","y"\n"1","2"\n"3","4"\n',
        '"x","y"\r\n"1"," 2 "\r\n"3","4"\r\n',
        "x,y\n+1,2.\n3e0,4E0\n",
        "x,y\n1\xa0,2\n3,4\n",
    ],
)
def test_harmless_differences_do_not_matter(text: str, tmp_path: Path) -> None:
    table = read(text_file(tmp_path, text))
    assert (table.features, table.target) == (("x",), "y")
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0], [3.0]], [2.0, 4.0])


@pytest.mark.parametrize(
    "note",
    [
        "text",
        '"Smith, John"',
        '"two\nlines"',
        '"say ""hi"""',
        'a 5" pipe',
        '5" by 6"',
        "",
        "caf\xe9",
        '"line\rline"',
        "NaN",
    ],
)
def test_anything_may_stand_in_a_column_that_is_not_used(note: str, tmp_path: Path) -> None:
    content = f"note,x,y\n{note},1,2\n{note},3,4\n".encode("latin-1")
    table = read(text_file(tmp_path, content), exclude=["note"])
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0], [3.0]], [2.0, 4.0])


def test_features_keep_the_order_they_are_given_in(tmp_path: Path) -> None:
    data = text_file(tmp_path, "a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    table = read(data, features=["c", "a"], target="b")
    assert (table.features, table.target) == (("c", "a"), "b")
    assert (table.X.tolist(), table.y.tolist()) == ([[3.0, 1.0], [7.0, 5.0]], [2.0, 6.0])


def test_the_target_may_be_any_column_and_the_others_keep_their_order(tmp_path: Path) -> None:
    table = read(text_file(tmp_path, "a,b,c\n1,2,3\n"), target="b")
    assert (table.features, table.X.tolist(), table.y.tolist()) == (("a", "c"), [[1.0, 3.0]], [2.0])


def test_an_excluded_last_column_is_not_the_target(tmp_path: Path) -> None:
    table = read(text_file(tmp_path, "a,b,note\n1,2,text\n"), exclude=["note"])
    assert (table.features, table.target) == (("a",), "b")


def test_without_a_target_all_columns_are_features_and_y_is_empty(tmp_path: Path) -> None:
    source = open_source(text_file(tmp_path, "a,b\n1,2\n3,4\n"), with_target=False)
    ((X, y),) = source.batches()
    assert (source.features, source.target) == (("a", "b"), None)
    assert (X.tolist(), y.shape) == ([[1.0, 2.0], [3.0, 4.0]], (0,))


def test_a_single_column_is_enough_to_predict_from(tmp_path: Path) -> None:
    source = open_source(text_file(tmp_path, "a\n1\n\n3\n"), with_target=False)
    ((X, _),) = source.batches()
    assert X.tolist() == [[1.0], [3.0]]


def test_a_single_row_is_enough(tmp_path: Path) -> None:
    assert read(text_file(tmp_path, "a,b\n1,2")).X.shape == (1, 1)


@pytest.mark.parametrize("missing", ["", " ", '""', "NA", "na", "NaN", "nan", "NULL", "null", '"NA"', " NaN "])
def test_rows_with_a_missing_cell_are_dropped_and_counted(missing: str, tmp_path: Path) -> None:
    data = text_file(tmp_path, f"x,note,y\n1,,2\n{missing},t,3\n4,t,5\n6,t,{missing}\n7,t,8\n")
    table = read(data, drop_missing=True, exclude=["note"])
    assert (table.X.tolist(), table.y.tolist(), table.n_dropped) == ([[1.0], [4.0], [7.0]], [2.0, 5.0, 8.0], 2)


def test_dropping_missing_cells_forgives_no_short_row(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match="line 3: 2 cells where the header has 3"):
        open_source(text_file(tmp_path, "x,z,y\n1,2,\n4,5\n"), drop_missing=True).read()


def test_dropping_missing_cells_forgives_no_infinity(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match="line 3, column 'y': 'inf' is infinite"):
        open_source(text_file(tmp_path, "x,y\n1,\nNA,inf\n"), drop_missing=True).read()


def test_a_table_without_one_complete_row_says_so(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match="all 2 rows have a missing cell"):
        open_source(text_file(tmp_path, "x,y\n1,\n,2\n"), drop_missing=True).read()


@pytest.mark.parametrize("extension", ["jsonl", "parquet", "arrow"])
def test_nulls_are_dropped_from_every_format(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{extension}"
    frame = pl.DataFrame({"x": [1.0, None, 3.0, 4.0], "n": [1, 2, 3, None], "y": [1.0, 2.0, 3.0, 4.0]})
    if extension == "jsonl":
        frame.write_ndjson(path)
    elif extension == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_ipc(path)
    table = read(str(path), drop_missing=True)
    assert (table.X.tolist(), table.y.tolist(), table.n_dropped) == ([[1.0, 1.0], [3.0, 3.0]], [1.0, 3.0], 2)


def test_every_numeric_type_is_read(tmp_path: Path) -> None:
    types: list[Any] = [pl.Int8, pl.UInt64, pl.Float32, pl.Int128, pl.Decimal(10, 2), pl.Int64]
    frame = pl.DataFrame({f"c{count}": pl.Series([1, 2], dtype=dtype) for count, dtype in enumerate(types)})
    frame.write_parquet(tmp_path / "a.parquet")
    assert read(str(tmp_path / "a.parquet")).X.tolist() == [[1.0] * 5, [2.0] * 5]


def test_a_stream_of_arrow_batches_is_read(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1, 2], "y": [3.5, 4.5]}).write_ipc_stream(tmp_path / "a.arrow")
    table = read(str(tmp_path / "a.arrow"))
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0], [2.0]], [3.5, 4.5])


def test_json_keys_that_nobody_asked_for_do_not_matter(tmp_path: Path) -> None:
    data = text_file(tmp_path, '{"x": 1, "y": 2}\n\n{"y": 4, "note": {"a": []}, "x": 3}\n', "a.jsonl")
    table = read(data, features=["x"], target="y")
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0], [3.0]], [2.0, 4.0])


@pytest.mark.parametrize("extension", ["csv", "csv.gz", "jsonl", "parquet", "arrow"])
@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "[x]",
        "x*",
        "x?",
        "{x,y}",
        "数据",
        "-",
        "x'\"$(id)",
        "100%",
        b"caf\xe9".decode("utf-8", "surrogateescape"),
    ],
)
def test_a_file_of_any_name_is_read(name: str, extension: str, tmp_path: Path) -> None:
    data = written(tmp_path / f"{name}.{extension}", {"x": [1.0], "y": [2.0]})
    written(tmp_path / f"x.{extension}", {"x": [3.0], "y": [4.0]})
    assert read(data).X.tolist() == [[1.0]]


def test_column_names_from_strangers_are_kept_as_they_are(tmp_path: Path) -> None:
    columns = {"^x.*$": [1.0], "*": [2.0], "[red]\x1b": [3.0], "y": [4.0]}
    for extension in ("csv", "parquet"):
        table = read(written(tmp_path / f"a.{extension}", columns), features=["[red]\x1b", "*"])
        assert (table.features, table.X.tolist()) == (("[red]\x1b", "*"), [[3.0, 2.0]])


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"x,y\n1,2\n3,4\n")))
    source = open_source("-")
    assert source.name == "standard input"
    assert source.read().X.tolist() == [[1.0], [3.0]]
    with pytest.raises(LinregError, match="standard input: it can be read only once"):
        source.read()


def test_a_fault_on_standard_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"x,y\n1,2\n3,four\n")))
    with pytest.raises(LinregError, match=r"^standard input, line 3, column 'y': 'four' is not a number"):
        open_source("-").read()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 256)
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 7)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 100)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("extension", FILES)
def test_nothing_is_lost_between_blocks(extension: str, tmp_path: Path) -> None:
    x = [float(count) for count in range(1000)]
    source = open_source(written(tmp_path / f"a{extension}", {"x": x, "y": [-value for value in x]}))
    table = source.read()
    assert (table.X[:, 0].tolist(), table.y.tolist()) == (x, [-value for value in x])
    assert len(list(source.batches())) > 10


@pytest.mark.usefixtures("small_blocks")
@given(
    st.lists(st.sampled_from(["t", '"two\nlines"', '"a ""b"" c"', '""', '",\n,"', "x" * 300, '"' + "l\n" * 200 + '"'])),
    st.sampled_from(["\n", "\r\n"]),
)
def test_blocks_end_where_records_end(tmp_path: Path, notes: list[str], line_end: str) -> None:
    lines = ["note,x,y", *(f"{note},{count},{-count}" for count, note in enumerate(notes)), "t,0,0"]
    data = text_file(tmp_path, line_end.join(lines) + line_end)
    assert read(data, exclude=["note"]).X[:, 0].tolist() == [*range(len(notes)), 0]
    text_file(tmp_path, line_end.join([*lines, "t,wrong,0"]))
    n_lines = sum(line.count("\n") + 1 for line in lines)
    with pytest.raises(LinregError, match=f"line {n_lines + 1}, column 'x': 'wrong'"):
        open_source(data, exclude=["note"]).read()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("extension", ["parquet", "arrow"])
def test_the_row_of_a_fault_is_counted_across_slices(extension: str, tmp_path: Path) -> None:
    data = written(tmp_path / f"a.{extension}", {"x": [1.0] * 100 + [math.inf], "y": [1.0] * 101})
    with pytest.raises(LinregError, match="row 101, column 'x'"):
        open_source(data).read()


def test_the_line_of_a_cell_is_counted_inside_its_record(tmp_path: Path) -> None:
    data = text_file(tmp_path, 'x,note,y\n1,"a\nb\nc",2\n3,"d\ne",no\n')
    with pytest.raises(LinregError, match="line 6, column 'y'"):
        open_source(data, exclude=["note"]).read()


@pytest.mark.parametrize("extension", ["csv", "tsv", "parquet", "jsonl", "ndjson", "arrow", "feather"])
def test_written_columns_are_read_back_the_same(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{extension}"
    numbers = np.array([0.1, 1 / 3, -2e-300, 5e-324, 1.7976931348623157e308])
    write_columns(path, {'x,\t"1"': numbers, "y": numbers[::-1].copy()})
    table = read(str(path))
    assert table.features == ('x,\t"1"',)
    assert table.X[:, 0].tobytes() == numbers.tobytes()
    assert os.listdir(tmp_path) == [path.name]


def test_columns_are_written_to_standard_output_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    write_columns(None, {"x": np.arange(70_000.0), "y": np.ones(70_000)})
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["x", "y"]
    assert all(float(b[0]) == float(a[0]) + 1 for a, b in pairwise(rows[1:]))
    assert len(rows) == 70_001


def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"'\.xlsx' does not tell how to write it"):
        write_columns(tmp_path / "a.xlsx", {"x": np.ones(1)})
    with pytest.raises(LinregError, match="there is no folder"):
        write_columns(tmp_path / "absent" / "a.csv", {"x": np.ones(1)})
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(LinregError, match="it is a folder"):
        write_columns(tmp_path / "b.csv", {"x": np.ones(1)})
    assert os.listdir(tmp_path) == ["b.csv"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LinregError, match="No space left on device"):
        write_columns(path, {"x": np.ones(1)})
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.csv"])


WEIGHED = "x,w,f,y\n1,1,a,2\n3,0,b,4\n5,2.5,a,6\n"


def test_weights_come_beside_the_rows(tmp_path: Path) -> None:
    source = open_source(text_file(tmp_path, WEIGHED), weights="w", folds="f")
    (batch,) = source.batches()
    assert (source.features, source.target) == (("x", "f[b]"), "y")
    assert isinstance(batch, WeightedBatch)
    assert (batch[0].tolist(), batch[1].tolist()) == ([[1, 0], [3, 1], [5, 0]], [2, 4, 6])
    assert batch.weights.tolist() == [1, 0, 2.5]
    (plain,) = open_source(text_file(tmp_path, WEIGHED), exclude=["f"]).batches()
    assert not isinstance(plain, WeightedBatch)


@pytest.mark.parametrize(("weight", "shown"), [("-0.5", "-0.5"), ("-1e-300", "-1e-300"), ("-12345678", "-1.23457e+07")])
def test_no_weight_is_below_nothing(weight: str, shown: str, tmp_path: Path) -> None:
    data = text_file(tmp_path, f"w,x,y\n0,1,2\n{weight},1,2\n-1e-301,1,2\n")
    with pytest.raises(LinregError) as caught:
        list(open_source(data, weights="w").batches())
    assert str(caught.value) == (
        f"{data}: column 'w' has a weight below 0, {shown}; no row counts less than nothing: correct it."
    )


def test_where_no_row_counts_it_is_said_why(tmp_path: Path) -> None:
    def refusal(source: Source, n_samples: int) -> str:
        for _ in source.batches():
            pass
        with pytest.raises(LinregError) as caught:
            source.refuse_no_rows(n_samples, source.n_dropped)
        return str(caught.value)

    data = text_file(tmp_path, WEIGHED)
    source = open_source(data, weights="w", exclude=["f"])
    assert refusal(source, 0) == f"{data}: every row has a weight of 0 in column 'w'; give one that counts."
    source.refuse_no_rows(1, 0)
    held = open_source(data, features=["x"])
    held.hand_on(lambda batch: (batch[0][:1], batch[1][:1]))
    list(held.batches())
    assert (held.n_read, held.n_taken, held.n_dropped) == (1, 2, 0)
    assert refusal(held, 0) == f"{data}: no row is left to train on beside 2 held out; hold out less."
    with pytest.raises(LinregError, match=r"there are no rows; give a table with a complete row or more\.$"):
        open_source(data, features=["x"]).refuse_no_rows(0, 0)
    with pytest.raises(LinregError, match=r"all 3 rows have a missing cell; give a table with a complete row"):
        open_source(data, features=["x"]).refuse_no_rows(0, 3)


def test_every_pass_counts_anew_and_hands_on_no_empty_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 16)
    data = text_file(tmp_path, "x,y\n" + "".join(f"{row},{row}\n" if row % 3 else f",{row}\n" for row in range(30)))
    source = open_source(data, drop_missing=True)
    for _ in range(2):
        seen = [X[:, 0].tolist() for X, _ in source.batches()]
        assert [x for batch in seen for x in batch] == [row for row in range(30) if row % 3]
        assert (source.n_read, source.n_dropped, source.n_taken) == (20, 10, 0)
        assert sum(source.part_rows) == 20
    source.hand_on(lambda batch: (batch[0][batch[0][:, 0] > 20], batch[1][batch[0][:, 0] > 20]))
    assert all(len(y) for _, y in source.batches())
    assert (source.n_read, source.n_dropped, source.n_taken) == (6, 10, 14)
    source.hand_on(lambda batch: (batch[0][:0], batch[1][:0]))
    with pytest.raises(LinregError, match="no row is left to train on beside 20 held out"):
        list(source.batches())


def test_a_fault_says_in_which_part_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 16)
    data = text_file(tmp_path, "x,y\n" + "1,2\n" * 20 + "1,no\n")
    source = open_source(data)
    with pytest.raises(LinregError) as caught:
        source.read()
    assert caught.value.part == len(source.part_rows) == 5


def test_a_share_may_have_no_rows(tmp_path: Path) -> None:
    source = open_source(text_file(tmp_path, "x,y\n"), share=Share(1, 2))
    assert list(source.batches()) == []
    assert source.read().X.shape == (0, 1)


def test_a_table_is_read_from_who_watches_its_batches(tmp_path: Path) -> None:
    source, seen = open_source(text_file(tmp_path, "x,y\n1,2\n3,4\n")), list[int]()

    def watched() -> Iterator[Batch]:
        for batch in source.batches():
            seen.append(len(batch[1]))
            yield batch

    assert source.read(watched()).y.tolist() == [2, 4]
    assert seen == [2]
    with pytest.raises(ValueError, match="without a target"):
        open_source(text_file(tmp_path, "x,y\n1,2\n"), with_target=False).read()


def test_columns_written_to_standard_output_have_one_header_and_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    write_columns(None, {"x": np.zeros(0)})
    assert capsys.readouterr().out == "x\n"
    write_columns(None, {"x": np.ma.masked_equal([1.0, 2.0, 3.0], 2.0), "y": np.array([4.0, np.nan, 6.0])})
    assert capsys.readouterr().out == "x,y\n1.0,4.0\n,NaN\n3.0,6.0\n"


def test_a_pipe_without_an_extension_gets_csv_and_a_file_is_replaced_only_where_it_may_be(tmp_path: Path) -> None:
    columns = {"x": np.ones(1)}
    write_columns(Path("/dev/null"), columns)
    path = tmp_path / "A.TSV"
    write_columns(path, {**columns, "y": np.ones(1)}, replaces=False)
    assert path.read_text() == "x\ty\n1.0\t1.0\n"
    with pytest.raises(LinregError):
        write_columns(path, columns, replaces=False)
    write_columns(path, columns)
    assert path.read_text() == "x\n1.0\n"
    with pytest.raises(LinregError, match=r"a: the extension '' does not tell how to write it; those that do are"):
        write_columns(tmp_path / "a", columns)
