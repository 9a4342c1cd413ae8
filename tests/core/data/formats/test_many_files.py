"""Many files as one table: patterns, folders and Hive partitions, against the rows that were written."""

import os
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from linreg.data.formats import columnar
from linreg.data.formats.datafile import WHOLE, Share
from linreg.data.formats.opening import open_file
from linreg.data.formats.text import blocks
from linreg.data.table import Source, open_source
from linreg.errors import LinregError

FORMATS = [".csv", ".csv.gz", ".tsv", ".jsonl", ".parquet", ".arrow"]


def written(path: Path, columns: dict[str, list[float]] | pl.DataFrame) -> Path:
    """Write a table in the format that the extension says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(columns)
    if path.name.endswith(".csv.gz"):
        import gzip

        path.write_bytes(gzip.compress(frame.write_csv().encode()))
    elif path.suffix == ".tsv":
        frame.write_csv(path, separator="\t")
    else:
        writers = {".csv": "write_csv", ".jsonl": "write_ndjson", ".parquet": "write_parquet", ".arrow": "write_ipc"}
        getattr(frame, writers[path.suffix])(path)
    return path


def rows(data: Path | str, **options: object) -> list[list[float]]:
    """Read a table, each row its features and then its target."""
    table = open_source(str(data), **options).read()  # type: ignore[arg-type]
    return [list(row) for row in np.column_stack([table.X, table.y]).tolist()]


def first_column(source: Source) -> list[float]:
    """Read the first feature of a source's share."""
    return [x for X, _ in source.batches() for x in X[:, 0].tolist()]


def fault(data: Path | str, **options: object) -> str:
    """Read a table that is at fault."""
    with pytest.raises(LinregError) as caught:
        rows(data, **options)
    return str(caught.value)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_pattern_reads_all_its_files_in_the_order_of_their_names(extension: str, tmp_path: Path) -> None:
    for name, x in (("b", 3.0), ("a", 1.0), ("c", 5.0)):
        written(tmp_path / f"{name}{extension}", {"x": [x, x + 1], "y": [10 * x, 10 * x]})
    written(tmp_path / f"other{extension}", {"z": [0.0]})
    expected = [[1, 10], [2, 10], [3, 30], [4, 30], [5, 50], [6, 50]]
    assert rows(f"{tmp_path}/[abc]{extension}") == expected
    assert rows(f"{tmp_path}/?{extension}") == expected


@pytest.mark.parametrize("extension", FORMATS)
def test_a_folder_reads_the_tables_below_it_and_passes_over_what_is_none(extension: str, tmp_path: Path) -> None:
    written(tmp_path / "one" / f"a{extension}", {"x": [1.0], "y": [2.0]})
    written(tmp_path / f"b{extension}", {"x": [3.0], "y": [4.0]})
    for name in ("_SUCCESS", "README.md", f".a{extension}", f"_temporary{extension}", ".hidden/a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("nothing to see")
    assert rows(tmp_path) == [[3, 4], [1, 2]]


def test_a_file_of_just_that_name_is_no_pattern(tmp_path: Path) -> None:
    written(tmp_path / "part[1].csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "part1.csv", {"x": [3.0], "y": [4.0]})
    assert rows(tmp_path / "part[1].csv") == [[1, 2]]
    (tmp_path / "part[1].csv").unlink()
    assert rows(tmp_path / "part[1].csv") == [[3, 4]]


def test_no_row_is_read_twice_where_a_pattern_matches_a_folder_and_the_files_in_it(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.csv", {"x": [1.0], "y": [2.0]})
    assert rows(f"{tmp_path}/**") == [[1, 2]]


def test_the_columns_may_be_in_another_order_in_another_file(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", {"x": [1.0], "z": [2.0], "y": [3.0]})
    written(tmp_path / "b.csv", {"y": [6.0], "z": [5.0], "x": [4.0]})
    assert rows(tmp_path) == [[1, 2, 3], [4, 5, 6]]


def test_a_file_with_other_columns_is_an_error_that_names_it_and_them(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "b.csv", {"x": [1.0], "z": [2.0]})
    message = fault(tmp_path)
    assert "b.csv" in message
    assert "lacks 'y' and has also 'z'" in message


def test_a_bad_cell_is_named_with_its_own_file_and_line(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", {"x": [1.0], "y": [2.0]})
    (tmp_path / "b.csv").write_text("x,y\n1,2\n1,oops\n")
    assert "b.csv, line 3, column 'y': 'oops'" in fault(tmp_path)


def test_a_text_column_in_the_second_parquet_file_is_found_before_any_row_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "b.parquet", pl.DataFrame({"x": ["one"], "y": [2.0]}))
    with pytest.raises(LinregError, match=r"b\.parquet, column 'x'"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("data", ["*.csv", "nowhere/*.csv", "", "a\0*.csv"])
def test_nothing_to_read_is_an_error(data: str, tmp_path: Path) -> None:
    assert any(words in fault(f"{tmp_path}/{data}") for words in ("no file matches", "no table", "file's name"))


def test_files_of_two_kinds_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "a.parquet", {"x": [1.0], "y": [2.0]})
    assert "different kinds" in fault(tmp_path)


@pytest.fixture
def years(tmp_path: Path) -> Path:
    """Make a folder partitioned by year and month."""
    for year, month in ((2023, 12), (2024, 1), (2024, 2)):
        folder = tmp_path / f"year={year}" / f"month={month}"
        written(folder / "part-0.parquet", {"x": [year / 1000, 1.0], "y": [float(month), 2.0]})
    return tmp_path


def test_the_names_of_partitioned_folders_are_columns_before_the_files_own(years: Path) -> None:
    source = open_source(str(years))
    assert (source.features, source.target) == (("year", "month", "x"), "y")
    assert rows(years) == rows(f"{years}/year=*/month=*") == rows(f"{years}/*/*/*.parquet")
    frame = pl.read_parquet(years, hive_partitioning=True).select("year", "month", "x", "y")
    assert sorted(rows(years)) == sorted(list(row) for row in frame.rows())


def test_partition_keys_can_be_chosen_left_out_and_predicted(years: Path) -> None:
    assert rows(years, features=["x", "year"], target="y")[1] == [1, 2023, 2]
    assert rows(years, features=["x"], target="month")[0] == [2.023, 12]
    assert rows(years, exclude=["year", "month"])[0] == [2.023, 12]
    assert "only folders' names" in fault(years, features=["year"], target="month")


def test_a_pattern_below_a_partition_does_not_make_its_key_a_column(years: Path) -> None:
    assert open_source(f"{years}/year=2024/*").features == ("month", "x")


def test_a_partition_key_that_is_text_is_an_error_only_where_it_is_used(tmp_path: Path) -> None:
    written(tmp_path / "region=north%20east" / "a.csv", {"x": [1.0], "y": [2.0]})
    message = fault(tmp_path)
    assert "'north east'" in message
    assert "--exclude 'region'" in message
    assert rows(tmp_path, exclude=["region"]) == [[1, 2]]


def test_a_partition_without_a_value_is_a_missing_cell(tmp_path: Path) -> None:
    written(tmp_path / "year=2024" / "a.csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "year=__HIVE_DEFAULT_PARTITION__" / "a.csv", {"x": [1.0, 2.0], "y": [3.0, 4.0]})
    assert "column 'year': the cell is empty" in fault(tmp_path)
    table = open_source(str(tmp_path), drop_missing=True).read()
    assert (table.X.tolist(), table.n_dropped) == ([[2024, 1]], 2)


def test_folders_named_after_other_keys_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "year=2024" / "a.csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "month=2" / "a.csv", {"x": [1.0], "y": [2.0]})
    assert "keys in the folders' names" in fault(tmp_path)


def test_a_column_of_the_file_wins_over_the_name_of_its_folder(tmp_path: Path) -> None:
    written(tmp_path / "year=2024" / "a.csv", {"year": [24.0], "y": [2.0]})
    assert rows(tmp_path) == [[24, 2]]


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("n_ranks", [2, 3, 7])
def test_shares_hold_every_row_once_and_alike_numbered_parts(
    extension: str, n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 256)
    monkeypatch.setattr(blocks, "SMALLEST_PART", 64)
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 7)
    for count in range(3):
        x = [float(1000 * count + row) for row in range(11 + 60 * count)]
        written(tmp_path / f"{count}{extension}", {"x": x, "y": x})
    columns = open_source(str(tmp_path))._columns
    parts = [list(open_file(str(tmp_path)).values(columns, Share(rank, n_ranks))) for rank in range(n_ranks)]
    assert len({len(mine) for mine in parts}) == 1
    by_part = [[values for values, _ in part if len(values)] for part in zip(*parts, strict=True)]
    assert max(map(len, by_part)) == 1
    dealt = [values for mine in by_part for values in mine]
    whole = np.concatenate([values for values, _ in open_file(str(tmp_path)).values(columns, WHOLE)])
    assert np.concatenate(dealt).tolist() == whole.tolist()


@pytest.mark.parametrize("extension", FORMATS)
def test_the_fraction_read_rises_from_0_to_1(extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 512)
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 64)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 512)
    generator = np.random.default_rng(0)
    for count in range(3):
        written(tmp_path / f"{count}{extension}", {"x": generator.random(500).tolist(), "y": [0.0] * 500})
    source = open_source(str(tmp_path))
    assert source.fraction_read == 0
    seen = [(source.fraction_read or 0.0, source.n_read) for _ in source.batches()]
    assert seen == sorted(seen)
    assert len(seen) > 10
    assert seen[0][0] < 0.4  # gzip reads ahead: the first of three files
    assert seen[-1] == (1.0, 1500)


def test_a_folder_that_may_not_be_opened_is_an_error(tmp_path: Path) -> None:
    written(tmp_path / "in" / "a.csv", {"x": [1.0], "y": [2.0]})
    (tmp_path / "in").chmod(0)
    try:
        if os.access(tmp_path / "in", os.R_OK):
            pytest.skip("this user may open everything")
        assert "cannot be looked through" in fault(tmp_path)
    finally:
        (tmp_path / "in").chmod(0o700)


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_slices_are_numbered_alike_whatever_frames_polars_gives(
    n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 10)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 1)
    data = written(tmp_path / "a.parquet", {"x": [float(row) for row in range(101)], "y": [0.0] * 101})
    sources = [open_source(str(data), share=Share(rank, n_ranks)) for rank in range(n_ranks)]
    own = [first_column(source) for source in sources]
    numbered = [source.part_rows for source in sources]
    whole = pl.LazyFrame.collect_batches
    for size in (3, 10, 64):
        monkeypatch.setattr(
            pl.LazyFrame, "collect_batches", lambda rows, size=size, **options: whole(rows, chunk_size=size)
        )
        assert [first_column(source) for source in sources] == own
        assert [source.part_rows for source in sources] == numbered
    assert list(chain(*own)) == [float(row) for row in range(101)]


@pytest.mark.parametrize("n_ranks", [2, 5])
def test_no_row_is_read_twice_wherever_row_groups_end(
    n_ranks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 13)
    frame = pl.DataFrame({"x": [float(row) for row in range(1000)], "y": [0.0] * 1000})
    for row_group_size in (10, 333, 1000):
        frame.write_parquet(tmp_path / "a.parquet", row_group_size=row_group_size)
        shares = [
            first_column(open_source(f"{tmp_path}/a.parquet", share=Share(rank, n_ranks))) for rank in range(n_ranks)
        ]
        assert list(chain(*shares)) == frame["x"].to_list()
        assert max(map(len, shares)) - min(map(len, shares)) <= 13


def test_what_differs_between_two_files_is_said(tmp_path: Path) -> None:
    written(tmp_path / "k=1" / "a.csv", {"x": [1.0], "y": [2.0]})
    other = written(tmp_path / "k=2" / "a.csv", {"x": [1.0], "y": [2.0], "z": [3.0]})
    said = f"{other}: the columns differ from those of {tmp_path}/k=1/a.csv: it has also 'z'; give files with the same"
    assert fault(tmp_path).startswith(said)
    written(other, {"y": [2.0]})
    assert "k=1/a.csv: it lacks 'x'; give files" in fault(tmp_path)
    other.unlink()
    other = written(tmp_path / "k=2" / "m=3" / "a.csv", {"x": [1.0], "y": [2.0]})
    said = f"{other}: the keys in the folders' names differ from those of {tmp_path}/k=1/a.csv: it has also 'm'; give"
    assert fault(tmp_path).startswith(said)


def test_a_key_that_is_no_number_is_named_with_its_file(tmp_path: Path) -> None:
    written(tmp_path / "k=1" / "a.csv", {"x": [1.0], "y": [2.0]})
    other = written(tmp_path / "k=1,5" / "a.csv", {"x": [1.0], "y": [2.0]})
    assert fault(tmp_path).startswith(
        f"{other}, column 'k': '1,5', in a folder's name, has a decimal comma: --decimal , reads it; correct it, or"
    )
    assert rows(tmp_path, features=["x"], target="y") == [[1, 2]] * 2
    known = open_source(str(tmp_path), categorical=("k",)).categories
    written(tmp_path / "k=7" / "a.csv", {"x": [1.0], "y": [2.0]})
    source = open_source(str(tmp_path), categories=list(known.values()))
    with pytest.raises(LinregError, match=r"a folder of .*/k=7/a\.csv, column 'k': '7' is a level that is not known"):
        list(source.batches())


def test_a_folder_without_a_value_is_dropped_or_named(tmp_path: Path) -> None:
    other = written(tmp_path / "k= NA " / "a.csv", {"x": [1.0, 5.0], "y": [2.0, 6.0]})
    written(tmp_path / "k=a" / "a.csv", {"x": [1.0], "y": [2.0]})
    written(tmp_path / "k=b" / "a.csv", {"x": [3.0], "y": [4.0]})
    assert fault(tmp_path, categorical=("k",)) == (
        f"{other}, the names of {other}'s folders, column 'k': the cell is empty; fill it in, or drop such rows with "
        "--drop-missing."
    ).replace(f"{other}, the names", f"{tmp_path}, the names")
    table = open_source(str(tmp_path), categorical=("k",), drop_missing=True).read()
    assert (table.features, table.X.tolist(), table.n_dropped) == (("k[b]", "x"), [[0, 1], [1, 3]], 2)


def test_weights_and_a_target_may_be_anywhere_among_keys_and_columns(tmp_path: Path) -> None:
    for k in (3, 4):
        written(tmp_path / f"k={k}" / "a.csv", {"w": [k + 0.5], "x": [k * 10.0], "y": [k * 100.0]})
    for weights, target, wanted in (("w", "y", [3, 30, 300]), ("k", "x", [3.5, 300, 30]), ("y", "k", [3.5, 30, 3])):
        (one, _) = open_source(str(tmp_path), weights=weights, target=target).batches()
        assert [*one[0][0].tolist(), *one[1].tolist()] == wanted
        assert getattr(one, "weights", None) == [{"w": 3.5, "k": 3, "y": 300}[weights]]


def test_empty_files_are_all_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("x,y\n")
    assert "there are no rows" in fault(tmp_path)
