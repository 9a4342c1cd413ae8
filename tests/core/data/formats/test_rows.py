"""Blocks of rows are read fast where they are tables, and then as Python's csv module reads them."""

import csv
from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.columns import Columns
from linreg.data.formats.blocks import Block
from linreg.data.formats.grammar import Grammar
from linreg.data.formats.rows import Rows
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
