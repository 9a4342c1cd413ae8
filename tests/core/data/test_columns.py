"""Which columns are chosen, by default and by name, and what is said of those that are left out."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from linreg.data.choice import choose
from linreg.data.columns import NAMES_SHOWN, Columns, Remarks, checked_names, listed
from linreg.errors import LinregError

NAMES = ("id", "x", "z", "y", "label")
LABELS = Remarks(labels=frozenset({"label", "id"}))


def chosen(remarks: Remarks | None = None, names: tuple[str, ...] = NAMES, **given: Any) -> Columns:
    default: dict[str, Any] = {
        "target": None,
        "features": (),
        "exclude": (),
        "drop_missing": False,
        "with_target": True,
    }
    return choose("a.csv", names, remarks=remarks, **{**default, **given})


def named(columns: Columns) -> tuple[tuple[str, ...], str | None]:
    target = None if columns.target is None else columns.names[columns.target]
    return tuple(columns.names[index] for index in columns.features), target


CHOICES: list[tuple[dict[str, Any], Remarks | None, tuple[str, ...], str | None]] = [
    ({}, None, ("id", "x", "z", "y"), "label"),
    ({"target": "x"}, None, ("id", "z", "y", "label"), "x"),
    ({"exclude": ["label", "id"]}, None, ("x", "z"), "y"),
    ({"features": ["z", "x"]}, None, ("z", "x"), "label"),
    ({"features": ["z"], "target": "x"}, None, ("z",), "x"),
    ({"with_target": False}, None, NAMES, None),
    ({"with_target": False, "features": ["y"]}, None, ("y",), None),
    ({}, LABELS, ("x", "z"), "y"),
    ({"target": "label"}, LABELS, ("x", "z", "y"), "label"),
    ({"target": "x"}, LABELS, ("z", "y"), "x"),
    ({"features": ["id", "x"]}, LABELS, ("id", "x"), "y"),
    ({"features": ["x"], "target": "z"}, LABELS, ("x",), "z"),
    ({"exclude": ["label"]}, LABELS, ("x", "z"), "y"),
]


@pytest.mark.parametrize(("given", "remarks", "features", "target"), CHOICES)
def test_the_columns_are_those_that_were_asked_for_or_all_others(
    given: dict[str, Any], remarks: Remarks | None, features: tuple[str, ...], target: str | None
) -> None:
    columns = chosen(remarks, **given)
    assert named(columns) == (features, target)
    assert columns.by_default == ("features" not in given)
    assert columns.used == (*columns.features, *(() if columns.target is None else (columns.target,)))


@pytest.mark.parametrize(
    ("given", "left_out"),
    [
        ({}, "'id', 'label'"),
        ({"target": "y"}, "'id', 'label'"),
        ({"features": ["x"]}, "'id', 'label'"),
        ({"features": ["x"], "target": "y"}, None),
        ({"target": "label"}, "'id'"),
        ({"exclude": ["id"]}, "'label'"),
        ({"exclude": ["id", "label"]}, None),
    ],
)
def test_labels_that_are_left_out_are_told_unless_every_column_was_named(
    given: dict[str, Any], left_out: str | None
) -> None:
    found = chosen(LABELS, **given).notices
    said = f"{left_out} left out: labels of the rows, as pandas writes them, and no part of the data"
    assert found == (() if left_out is None else (f"{said}, unless named with --feature or --target.",))


@pytest.mark.parametrize(
    ("given", "is_told"),
    [({}, True), ({"features": ["x"]}, False), ({"exclude": ["id"]}, False), ({"target": "id"}, False)],
)
def test_a_column_that_looks_like_row_numbers_is_told_where_it_is_used_by_default(
    given: dict[str, Any], is_told: bool
) -> None:
    found = chosen(Remarks(numbered=("id",)), **given).notices
    said = "'id' looks like the rows' numbers or names, no feature: --exclude id leaves it out."
    assert found == ((said,) if is_told else ())


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"target": "why"}, "--target names 'why', which is not a column of the file"),
    ({"exclude": ["Z"]}, "--exclude names 'Z', which is not a column of the file"),
    ({"features": ["x", "x"]}, "--feature names the column 'x' twice; name it once."),
    ({"features": ["x", "z"], "target": "x"}, "the feature 'x' is also --target; a column"),
    ({"features": ["x", "label"]}, "the feature 'label' is also the last column, so by default the target; a column"),
    ({"features": ["x"], "exclude": ["x"]}, "'x' is given to both --feature and --exclude; keep one of the two."),
    ({"target": "x", "exclude": ["x"]}, "'x' is given to both --target and --exclude; keep one of the two."),
    ({"exclude": ["id", "x", "z", "y"]}, "no feature is left to predict from, of the columns 'id', 'x'"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_a_choice_that_is_none_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(LinregError) as caught:
        chosen(**given)
    assert str(caught.value).startswith(f"a.csv: {words}")


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [
        ({}, True),
        ({"exclude": ["c2"]}, False),
        ({"features": ["x"], "target": "y"}, False),
        ({"features": ["c2"]}, False),
        ({"target": "c2"}, False),
        ({"features": ["x"]}, False),
    ],
)
def test_a_column_without_a_name_is_used_only_by_what_stands_for_it(given: dict[str, Any], is_refused: bool) -> None:
    remarks = Remarks(where="line 1", nameless={"c2": "it looks like row names"})
    names = ("x", "c2", "y")
    if not is_refused:
        assert chosen(remarks, names, **given).names == names
        return
    with pytest.raises(LinregError) as caught:
        chosen(remarks, names, **given)
    assert str(caught.value) == (
        "a.csv, line 1: column 2 of 3 has no name: it looks like row names; --exclude c2 leaves it out, or give it a "
        "name."
    )


def test_a_last_column_without_a_name_is_no_target_by_default() -> None:
    with pytest.raises(LinregError, match=r"^a\.csv: column 3 of 3 has no name; --exclude c3 leaves it out"):
        chosen(Remarks(nameless={"c3": ""}), ("x", "z", "c3"), features=["x"])


def test_names_lose_their_outer_blanks_and_what_has_none_is_counted() -> None:
    assert checked_names("a.csv", [" x ", "", "c2", "  "]) == (("x", "c2_", "c2", "c4"), ("c2_", "c4"))
    with pytest.raises(
        LinregError, match=r"^a\.csv, line 1: columns 2 and 4 are both named 'x'; rename one of them\.$"
    ):
        checked_names("a.csv", ["y", "x", "z", " x"], "line 1")
    with pytest.raises(LinregError, match=r"^a\.csv: the name of column 2, .* is not UTF-8 text"):
        checked_names("a.csv", ["y", "l\udce4nge"])


@pytest.mark.parametrize("n_names", [1, NAMES_SHOWN, NAMES_SHOWN + 1, NAMES_SHOWN + 5])
def test_of_many_names_the_first_are_shown(n_names: int) -> None:
    names = [f"n{number}" for number in range(n_names)]
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN])
    assert listed(names) == shown + (f" and {n_names - NAMES_SHOWN} more" if n_names > NAMES_SHOWN else "")


@pytest.mark.parametrize("drop", [False, True])
def test_rows_that_lack_a_number_are_dropped_or_refused_and_infinite_ones_always_refused(drop: bool) -> None:
    columns = chosen(names=("x", "y"), drop_missing=drop)
    values = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0], [6.0, np.nan]])
    place = lambda row, position: (f"line {row + 2}", " NA " if position else "")  # noqa: E731
    assert columns.settled(values[[0, 2]], place)[1] == 0
    if drop:
        kept, n_dropped = columns.settled(values, place)
        assert (kept.tolist(), n_dropped) == ([[1, 2], [4, 5]], 2)
    else:
        with pytest.raises(LinregError) as caught:
            columns.settled(values, place)
        assert str(caught.value) == (
            "a.csv, line 3, column 'x': the cell is empty; fill it in, or drop such rows with --drop-missing."
        )
        with pytest.raises(LinregError, match="line 2, column 'y': 'NA' stands for a missing value; fill it in"):
            columns.settled(values[3:], lambda row, position: ("line 2", " NA "))
    for text, what in (("Inf", "'Inf' is infinite"), ("1e999", "'1e999' is too large for float64")):
        with pytest.raises(LinregError, match=f"line 3, column 'y': {what}; correct it, or name another column"):
            columns.settled(np.array([[1.0, 2.0], [1.0, np.inf]]), partial(_at_line_3, text))


def _at_line_3(text: str, _row: int, _position: int) -> tuple[str, str]:
    return "line 3", text


def test_a_complaint_says_how_to_do_without_the_column() -> None:
    by_default, by_name = chosen(), chosen(features=["x"])
    assert str(by_default.complaint("line 2", 1, "is wrong")) == (
        "a.csv, line 2, column 'x': is wrong; correct it, or leave the column out with --exclude 'x' or choose columns "
        "with --feature."
    )
    assert str(by_name.complaint("", 1, "is wrong")) == (
        "a.csv, column 'x': is wrong; correct it, or choose other columns with --feature."
    )
    assert str(by_name.complaint("", 4, "is wrong")).endswith("or name another column with --target.")
