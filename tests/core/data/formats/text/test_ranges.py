"""Text dealt out by ranges of bytes: whichever parts a process reads, the records are those of Python's csv module."""

import csv
import gzip
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.formats.datafile import Share
from linreg.data.formats.text import blocks, ranges, records
from linreg.data.formats.text.ranges import Ranges
from linreg.data.table import open_source
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.training.posing import pose
from threads import on_ranks

LONG_CELLS = ["x" * 90, '"' + "l\n" * 40 + '"', '"' + '""\n' * 30 + '"']
CELLS = ["t", "", '"two\nlines"', '"a ""b"" c"', '""', '",\n,"', *LONG_CELLS]
RECORDS = st.lists(st.sampled_from(CELLS), min_size=2, max_size=3)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 100)
    monkeypatch.setattr(blocks, "SMALLEST_PART", 16)
    monkeypatch.setattr(blocks, "HEAD", 64)
    monkeypatch.setattr(ranges, "MARGIN", 8)
    monkeypatch.setattr(ranges, "STRETCH", 50)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def cut(data: Path, size: int, separator: str | None = ",", skipped: int = 0) -> list[bytes]:
    """Read all parts, one after the other."""
    with data.open("rb", buffering=0) as file:
        parts = Ranges(file, "a.csv", separator, skipped, size)
        return [parts.part(number).text for number in range(parts.n_parts)]


def each_alone(data: Path, size: int, separator: str | None = ",", skipped: int = 0) -> Iterator[bytes]:
    """Read every part as a process does that has read no other."""
    with data.open("rb", buffering=0) as file:
        for number in range(Ranges(file, "a.csv", separator, skipped, size).n_parts):
            yield Ranges(file, "a.csv", separator, skipped, size).part(number).text


def rows_of(data: Path, n_ranks: int) -> list[list[float]]:
    """Read the share of every rank, and put the rows in the order of the parts."""
    shares = []
    for rank in range(n_ranks):
        source = open_source(str(data), exclude=["note"], share=Share(rank, n_ranks))
        rows = iter([row for X, y in source.batches() for row in np.column_stack([X, y]).tolist()])
        shares.append([[next(rows) for _ in range(n_rows)] for n_rows in source.part_rows])
        assert next(rows, None) is None
    assert len({len(parts) for parts in shares}) == 1
    assert all(sum(map(bool, part)) <= 1 for part in zip(*shares, strict=True))
    return [row for part in zip(*shares, strict=True) for mine in part for row in mine]


@given(st.text('a,"\n', max_size=120).map(str.encode), st.integers(1, 30))
def test_parts_are_the_same_whichever_others_are_read_and_make_up_any_text(data: Path, text: bytes, size: int) -> None:
    data.write_bytes(text)
    parts = cut(data, size)
    assert b"".join(parts) == text
    assert list(each_alone(data, size)) == parts


@given(
    st.lists(st.lists(st.sampled_from(CELLS), min_size=2, max_size=3), max_size=15), st.integers(20, 300), st.booleans()
)
def test_every_part_is_whole_records(data: Path, rows: list[list[str]], size: int, ends_with_newline: bool) -> None:
    text = "\n".join(",".join(row) for row in rows) + "\n" * ends_with_newline
    data.write_text(text)
    found = [list(csv.reader(StringIO(part.decode()), strict=True)) for part in each_alone(data, size)]
    assert [row for part in found for row in part] == list(csv.reader(StringIO(text), strict=True))


@given(
    notes=st.lists(st.sampled_from([*CELLS, '5" pipe']), min_size=1, max_size=20),
    n_ranks=st.integers(1, 9),
    line_end=st.sampled_from(["\n", "\r\n"]),
    ends_with_newline=st.booleans(),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_no_row_is_read_twice_or_dropped(
    data: Path, notes: list[str], n_ranks: int, line_end: str, ends_with_newline: bool, mark: str
) -> None:
    irregular = '5" pipe' in notes
    notes = [note for note in notes if not (irregular and "\n" in note)]  # such quotes leave no cut to trust
    lines = ['"no\nte",x,y', *(f"{note},{count},{-count}" for count, note in enumerate(notes))]
    text = line_end.join(lines) + line_end * ends_with_newline
    data.write_bytes((mark + text.replace("no\nte", "note")).encode())
    assert rows_of(data, n_ranks) == [[count, -count] for count in range(len(notes))]


def test_a_quote_that_opens_no_cell_does_not_hide_the_line_ends_behind_it(data: Path) -> None:
    data.write_text('5" pipe,1,2\n' + "t,3,4\n" * 100)
    assert max(map(len, cut(data, 60))) < 70
    assert max(map(len, each_alone(data, 60))) < 70


def test_a_row_as_long_as_many_parts_is_read_by_one(data: Path) -> None:
    for note in ("x" * 5000, '"' + "x,\n" * 2000 + '"'):
        data.write_text(f"note,x,y\n1,1,1\n{note},2,2\n3,3,3\n")
        for n_ranks in (1, 2, 5, 40):
            assert rows_of(data, n_ranks) == [[1, 1], [2, 2], [3, 3]]


def test_more_ranks_than_rows_leave_some_without(data: Path) -> None:
    data.write_text("note,x,y\n,1,2\n,3,4")
    assert rows_of(data, 50) == [[1, 2], [3, 4]]
    data.write_text("note,x,y\n")
    assert rows_of(data, 3) == []


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 8])
@pytest.mark.parametrize("fault", [0, 17, 39])
@pytest.mark.parametrize("extension", [".csv", ".csv.gz"])
def test_the_line_of_a_fault_is_counted_over_the_ranges_of_others(
    extension: str, fault: int, n_ranks: int, tmp_path: Path
) -> None:
    rows = [f'"{"l" * (count % 5)}\n\n{count}",{count},0' for count in range(40)]
    rows[fault] = '"a\nb",oops,0'
    text = "\n".join(["note,x,y", *rows]) + "\n"
    path = tmp_path / f"table{extension}"
    path.write_bytes(gzip.compress(text.encode()) if extension.endswith("gz") else text.encode())
    line = 1 + text[: text.index("oops")].count("\n")
    messages = []
    for rank in range(n_ranks):
        try:
            open_source(str(path), exclude=["note"], share=Share(rank, n_ranks)).read()
        except LinregError as problem:
            messages.append(str(problem))
    assert len(messages) == 1
    assert f"line {line}, column 'x': 'oops'" in messages[0]


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_a_nul_byte_is_found_by_whoever_reads_it(n_ranks: int, data: Path) -> None:
    data.write_bytes(b"x,y\n" + b"1,2\n" * 200 + b"1,\0\n" + b"3,4\n" * 200)
    complaints = 0
    for rank in range(n_ranks):
        try:
            open_source(str(data), share=Share(rank, n_ranks)).read()
        except LinregError as problem:
            complaints += 1
            assert "line 202: there is a NUL byte" in str(problem)
    assert complaints == 1


@pytest.mark.parametrize("rank", [0, 1])
def test_a_row_that_never_ends_is_refused_where_it_starts(
    rank: int, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LARGEST_RECORD", 1000)
    data.write_text("x,y\n1,2\n" + '"3,' + "4\n" * 5000)
    with pytest.raises(LinregError, match="line 3: the row does not end within"):
        open_source(str(data), share=Share(rank, 2)).read()


class Watched(Ranges):
    """Ranges that note what they read."""

    n_read = 0

    def _read(self, start: int, n_bytes: int) -> bytes:
        self.n_read += n_bytes
        return super()._read(start, n_bytes)


@pytest.mark.parametrize("separator", [",", None])
def test_others_ranges_are_searched_for_quotes_once_and_not_at_all_where_these_mean_nothing(
    separator: str | None, data: Path
) -> None:
    data.write_text("1,2\n" * 10_000)
    with data.open("rb", buffering=0) as file:
        own = Watched(file, "a.csv", separator, 0, 4000)
        own.part(8)
        assert own.n_read < 4000 + 100 + (32_000 if separator else 0)
        own.part(9)
        assert own.n_read < 8000 + 200 + (32_000 if separator else 0)


@pytest.mark.parametrize("n_ranks", [2, 3])
def test_quoted_rows_come_to_the_same_moments_on_several_ranks(n_ranks: int, data: Path) -> None:
    generator = np.random.default_rng(4)
    rows = generator.normal([1e3, -5], [1, 10], size=(101, 2))
    data.write_text("note,x,y\n" + "".join(f'"a\n{count}",{x!r},{y!r}\n' for count, (x, y) in enumerate(rows.tolist())))
    recipe = Recipe(data=str(data), exclude=("note",))
    alone = pose(recipe).moments
    assert alone is not None
    for problem in on_ranks(n_ranks, lambda ranks: pose(recipe, ranks=ranks)):
        assert problem.moments is not None
        assert problem.n_samples == 101
        np.testing.assert_allclose(problem.moments.mean, alone.mean, rtol=1e-12)
        np.testing.assert_allclose(problem.moments.products, alone.products, rtol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_the_fraction_read_is_of_the_own_share(rank: int, data: Path) -> None:
    data.write_text("x,y\n" + "1,2\n" * 1000)
    source = open_source(str(data), share=Share(rank, 3))
    seen = [source.fraction_read or 0.0 for _ in source.batches()]
    assert len(seen) > 5
    np.testing.assert_allclose(np.diff(seen), 1 / len(seen))
    assert (seen[-1], source.fraction_read) == (1, 1)
