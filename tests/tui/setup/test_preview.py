"""What is seen of a file's columns before it is trained on, with polars and the bundled files as oracles."""

from pathlib import Path

import polars as pl
import pytest

from linreg.data import bundled
from linreg.dialect import TextDialect
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


def test_each_column_has_its_kind_its_range_and_what_is_missing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "kinds.csv"
    path.write_text("a,colour,gap,nothing\n1.5,red,1,\n2.5,blue,,\n-3,red,3,\n", encoding="utf-8")
    a, colour, gap, nothing = preview(str(path)).columns
    assert (a.kind, a.low, a.high, a.n_missing, a.text) == (Kind.NUMBERS, -3, 2.5, 0, None)
    assert (colour.kind, colour.low, colour.first, colour.text) == (Kind.TEXT, None, ("red", "blue", "red"), "red")
    assert (gap.kind, gap.low, gap.high, gap.n_missing) == (Kind.NUMBERS, 1, 3, 1)
    assert (nothing.kind, nothing.low, nothing.n_missing) == (Kind.EMPTY, None, 3)


def test_numbers_that_are_not_read_are_told_from_words(tmp_path: Path) -> None:
    path = tmp_path / "kinds.csv"
    path.write_text("a;b;c;d\n1,5;7;?;red\n2,5;oops;n/a;?\n3;8;;blue\n", encoding="utf-8")
    said = TextDialect(separator=";")
    assert [column.kind for column in preview(str(path), said).columns] == [
        Kind.MIXED,
        Kind.MIXED,
        Kind.UNREAD,
        Kind.TEXT,
    ]
    a, b, c, _ = preview(str(path), said.changed(decimal=",", missing=("?", "n/a"))).columns
    assert (a.kind, a.low, a.high) == (Kind.NUMBERS, 1.5, 3)
    assert (b.kind, b.low, b.high, b.text) == (Kind.MIXED, 7, 8, "oops")
    assert (c.kind, c.n_missing) == (Kind.EMPTY, 3)


def test_rows_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("x,y\n1,2\n3\n4,5\n", encoding="utf-8")
    seen = preview(str(path))
    assert (seen.n_rows, seen.is_all) == (3, True)
    assert [sentence.partition("; ")[0] for sentence in seen.refused] == [
        f"{path}, line 3: 1 cell where the header has 2"
    ]


def test_where_no_row_is_seen_the_kinds_are_not_known(tmp_path: Path) -> None:
    for part in ("a", "b"):
        (tmp_path / f"{part}.csv").write_text("x,y\nred,1\n", encoding="utf-8")
    seen = preview(str(tmp_path))
    assert (seen.names, seen.n_rows) == (("x", "y"), 0)
    assert all(column.kind is Kind.UNSEEN for column in seen.columns)


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


def test_standard_input_is_refused() -> None:
    with pytest.raises(LinregError, match="standard input"):
        preview("-")
