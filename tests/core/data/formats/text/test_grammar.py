"""How a text is rewritten for polars, against rewriting it line by line; what wants a closer look is left alone."""

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg.data.formats.text.grammar import Grammar
from linreg.dialect import BLANK, TextDialect


def grammar(separator: str = ",", **said: object) -> Grammar:
    return Grammar(separator, TextDialect(**said))  # type: ignore[arg-type]


@given(st.lists(st.text(" \t1a", max_size=8), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example([" 1"], "\n", True)
@example(["1 "], "\n", False)
@example(["1", " 1"], "\r\n", True)
def test_of_many_blanks_one_is_left_between_two_cells(lines: list[str], end: str, ends_its_last_line: bool) -> None:
    block = end.join(lines) + end * ends_its_last_line
    found = grammar(BLANK).plain(block.encode())
    assert found is not None
    assert found.decode() == end.join(" ".join(line.split()) for line in lines) + end * ends_its_last_line
    assert grammar(",").plain(block.encode()) == block.encode()


@pytest.mark.parametrize(
    ("separator", "said", "block", "plain"),
    [
        (",", {}, "1,2\r\n3,4\r\n", "1,2\r\n3,4\r\n"),
        (",", {}, "1,2\r3,4\n", None),
        (",", {}, "1,2\r\r\n", None),
        (",", {}, '"1","2"\n', '"1","2"\n'),
        (",", {}, '5",2\n', None),
        (",", {}, '"1"x,2\n', None),
        (",", {}, '"1,2\n', None),
        (",", {"quote": "none"}, '5",2\n', '5",2\n'),
        (BLANK, {}, '"1" 2\n', None),
        (";", {"decimal": ","}, "1,5;2.5\n", "1.5;2_5\n"),
        (",", {"decimal": ","}, "1,5\n", None),
        ("¦", {}, "1¦2\n", "1\x1f2\n"),
        ("¦", {}, "1\x1f5¦2\n", None),
        ("¦", {"decimal": ","}, "1,5¦2\n", "1.5\x1f2\n"),
        (",", {"missing": ("-9",)}, "1,-9\n", "1,-9\n"),
        (",", {"missing": ("-9",)}, "1, -9\n", None),
        (",", {"missing": ("-9",)}, "1,\t-9\n", None),
        (",", {"missing": ("-9",)}, '1,"-9"\n', None),
        (",", {"missing": ("?",)}, "1, 9\n", "1, 9\n"),
        ("\t", {"missing": ("-9",)}, "1\t-9\n", "1\t-9\n"),
        (";", {"missing": ("-9,5",), "decimal": ","}, "1; 9\n", None),
    ],
)
def test_a_block_is_plain_where_polars_reads_it_as_python_does(
    separator: str, said: dict[str, object], block: str, plain: str | None
) -> None:
    found = grammar(separator, **said).plain(block.encode())
    assert found == (None if plain is None else plain.encode())


def test_missing_cells_are_known_to_polars_in_any_case() -> None:
    spelt = {"".join(signs) for word in ("", "na", "nan", "null") for signs in product(*((c, c.upper()) for c in word))}
    assert grammar().null_values(drop_missing=False) is None
    assert sorted(grammar().null_values(drop_missing=True) or ()) == sorted(spelt)
    said = grammar(";", missing=("?", "1,5", "2.5"))
    assert said.null_values(drop_missing=False) == ["?", "1,5", "2.5"]
    assert sorted(said.null_values(drop_missing=True) or ()) == sorted([*spelt, "?", "1,5", "2.5"])
    commas = grammar(";", missing=("?", "1,5", "2.5"), decimal=",")
    assert commas.null_values(drop_missing=False) == ["?", "1.5", "2_5"]


@pytest.mark.parametrize(
    ("separator", "said", "line", "cells"),
    [
        (",", {}, '1, "2,3",4 \n', ["1", "2,3", "4 "]),
        (",", {"quote": "none"}, '1, "2,3"\n', ["1", '"2', '3"']),
        (BLANK, {}, "  1 \t2   \n", ["1", "2"]),
        (BLANK, {}, "1  2", ["1", "2"]),
    ],
)
def test_lines_are_cut_as_it_was_said(separator: str, said: dict[str, object], line: str, cells: list[str]) -> None:
    each = grammar(separator, **said)
    assert list(each.rows([line])) == [cells]
    assert each.for_records == (separator if each.quotes else None)
    assert each.quotes == ("quote" not in said)
    assert (each.polars_separator, grammar("¦").polars_separator) == (separator, "\x1f")
