"""Blocks of rows are read fast where they are tables, and then as Python's csv module reads them."""

import csv
from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.columns import Columns
from linreg.data.formats.text.blocks import Block
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.rows import Rows
from linreg.dialect import TextDialect
from linreg.errors import LinregError

NOTES = ["t", "", "two\nlines", 'a "b" c', ",\n,", "x;y", "é"]
ROWS = st.lists(st.tuples(st.sampled_from(NOTES), st.integers(-9, 9), st.sampled_from(NOTES)), min_size=1, max_size=9)


def rows(n_columns: int, used: tuple[int, ...], drop: bool = False) -> Rows:
    names = tuple(f"n{number}" for number in range(n_columns))
    return Rows(Columns("a.csv", names, used, None, True, drop), Grammar(",", TextDialect()))


def written(table: list[tuple[str, int, str]], line_end: str) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator=line_end).writerows(table)
    return text.getvalue().encode()


@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_is_read_fast_whatever_its_other_cells_hold(
    table: list[tuple[str, int, str]], line_end: str, ends_its_last_line: bool
) -> None:
    block = written(table, line_end)
    block = block if ends_its_last_line else block.removesuffix(line_end.encode())
    found = rows(3, (1,)).fast(block)
    assert found is not None
    assert found[0].tolist() == [[number] for _, number, _ in table]
    assert found[1] == 0
    exact = rows(3, (1,)).exact(1, block)
    np.testing.assert_array_equal(exact[0], found[0])


@pytest.mark.parametrize("used", [(1,), (0, 1)])
@pytest.mark.parametrize(
    "block",
    [
        b"1,2\n3\n",
        b"1,2\n3,4,5\n",
        b"1,2\n3,4,\n5\n",
        b"1,2,3\n4\n",
        b"1\n2,3,4\n",
        b"1,2\n\n3,4\n",
        b"1,2\n\n",
        b'1,2\n"3,4\n5,6\n',
        b"1,2\n3,x\n",
        b"1,2\n3,\n",
        b"1,2\n3,inf\n",
    ],
)
def test_what_is_no_table_of_numbers_is_looked_at_more_closely(block: bytes, used: tuple[int, ...]) -> None:
    assert rows(2, used).fast(block) is None


@given(st.text('12,"\n', min_size=1, max_size=16).map(str.encode), st.booleans())
def test_what_is_read_fast_is_what_is_read_exactly(block: bytes, drop: bool) -> None:
    fast = rows(2, (1,), drop).fast(block)
    if fast is None:
        return
    try:
        exact = rows(2, (1,), drop).exact(1, block)
    except LinregError as problem:
        raise AssertionError(f"{block!r} was read, but {problem}") from None
    np.testing.assert_array_equal(fast[0], exact[0])
    assert fast[1] == exact[1]


def test_of_a_single_column_a_blank_line_is_no_row() -> None:
    assert rows(1, (0,)).fast(b"1\n2\n") is not None
    assert rows(1, (0,), drop=True).of(Block(1, b"1\n\n2\n"))[0].tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "1,2,3,4",
            "4 cells where the header has 3; quote a cell that has a separator in it, and write decimals with a",
        ),
        ("1,2,3,", "4 cells where the header has 3; the line ends in a separator: remove it there, or give the header"),
        (
            "1,2,3, ",
            "4 cells where the header has 3; the line ends in a separator: remove it there, or give the header",
        ),
        ("1,2,3,,", "5 cells where the header has 3; the line ends in a separator: remove it there, or give"),
        (
            '"1,2,3"',
            "1 cell where the header has 3; the whole line is in quotes (\"): take them away, or: tr -d '\"' < a.csv",
        ),
        ("1,2", "2 cells where the header has 3; complete the line or remove it."),
        ("1", "1 cell where the header has 3; complete the line or remove it."),
        (",", "2 cells where the header has 3; complete the line or remove it."),
        (
            " # made",
            "1 cell where the header has 3; there are no comment lines here: remove it, or: grep -v '^#' < a.csv",
        ),
        (
            "#,1,2,3",
            "4 cells where the header has 3; there are no comment lines here: remove it, or: grep -v '^#' < a.csv",
        ),
        (
            '"1,2,3',
            'the quotes (") do not pair up; close the one left open, double one of the text, or say --quote none.',
        ),
        (
            '"1"x,2,3',
            'something stands after closing quotes ("); remove it, double a quote of the text, or say --quote',
        ),
        (
            "1\r,2,3",
            "a carriage return alone ends a line; end lines with a newline: tr '\\r' '\\n' < a.csv | linreg run -.",
        ),
        ("1,2," + "3" * 131073, 'a cell has more than 131,072 characters; close the quote (") that is left open, if'),
    ],
)
def test_what_is_no_row_is_said_with_its_line(line: str, said: str) -> None:
    block = f'1,2,3\n\n"a\n",2,3\n{line}\n'.encode()
    with pytest.raises(LinregError) as caught:
        rows(3, (1, 2)).of(Block(10, block))
    assert str(caught.value).startswith(f"a.csv, line 14: {said}")


def test_a_cell_is_named_with_its_own_line() -> None:
    with pytest.raises(LinregError, match=r"^a\.csv, line 14, column 'n2': 'x' is not a number"):
        rows(3, (1, 2)).of(Block(10, b'1,2,3\n"a\n",2,3\n"b\n",2,x\n'))
    with pytest.raises(LinregError, match=r"^a\.csv, line 11, column 'n1': the cell is empty; fill it in"):
        rows(3, (2, 1)).of(Block(10, b"1,2,3\n1,,3\n"))
    with pytest.raises(LinregError, match=r"^a\.csv, line 11, column 'n2': '-inf' is infinite; correct it"):
        rows(3, (1, 2), drop=True).of(Block(10, b"1,,3\n1,2,-inf\n"))


@pytest.mark.parametrize("text", ["1_000", "\u0661", "1\u00a0"])
def test_a_number_is_written_in_plain_digits(text: str) -> None:
    if text.strip() == "1":
        assert rows(2, (1,)).exact(1, f"x,{text}\n".encode())[0].tolist() == [[1]]
    else:
        with pytest.raises(LinregError, match="line 1, column 'n1'"):
            rows(2, (1,)).exact(1, f"x,{text}\n".encode())


def test_rows_with_gaps_are_counted_whichever_way_they_are_read() -> None:
    block = b"1,2\n,3\n4,NA\n5,6\n"
    for read in (rows(2, (0, 1), drop=True).fast(block), rows(2, (0, 1), drop=True).exact(1, block)):
        assert read is not None
        assert (read[0].tolist(), read[1]) == ([[1, 2], [5, 6]], 2)
    assert rows(2, (1, 0)).of(Block(1, b"1,2\n3,4\n"))[0].tolist() == [[2, 1], [4, 3]]
