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
    ("given", "features", "target", "used"),
    [
        ({"weights": "x"}, ("id", "z", "y"), "label", ("id", "z", "y", "label", "x")),
        ({"weights": "label"}, ("id", "x", "z"), "y", ("id", "x", "z", "y", "label")),
        ({"weights": "label", "exclude": ["label", "y"]}, ("id", "x"), "z", ("id", "x", "z", "label")),
        ({"folds": "id"}, ("x", "z", "y", "id"), "label", ("x", "z", "y", "id", "label")),
        ({"folds": "id", "features": ["z"]}, ("z", "id"), "label", ("z", "id", "label")),
        ({"folds": "id", "weights": "z"}, ("x", "y", "id"), "label", ("x", "y", "id", "label", "z")),
        ({"folds": "label", "with_target": False}, ("id", "x", "z", "y", "label"), None, NAMES),
    ],
)
def test_weights_and_folds_are_no_features_and_read_behind_them(
    given: dict[str, Any], features: tuple[str, ...], target: str | None, used: tuple[str, ...]
) -> None:
    columns = chosen(**given)
    assert named(columns) == (features, target)
    assert tuple(NAMES[index] for index in columns.used) == used
    for which in ("weights", "folds"):
        index = getattr(columns, which)
        assert (index is None and which not in given) or NAMES[index] == given[which]


def test_a_target_that_is_no_part_of_the_data_is_not_taken_by_default() -> None:
    labels = Remarks(labels=frozenset({"y"}))
    assert named(chosen(labels, ("x", "z", "y"))) == (("x",), "z")
    assert named(chosen(labels, ("x", "z", "y"), features=["y"])) == (("y",), "z")
    assert named(chosen(labels, ("x", "z", "y"), target="y")) == (("x", "z"), "y")
    with pytest.raises(LinregError, match="no feature is left to predict from, of the columns 'x', 'y'"):
        chosen(labels, ("x", "y"))
    only_labels = Remarks(labels=frozenset({"x", "y"}))
    with pytest.raises(LinregError, match="no target is left, of the columns 'x', 'y'; name one with --target"):
        chosen(only_labels, ("x", "y"), features=["x"])
    assert named(chosen(only_labels, ("x", "y"), features=["x"], target="y")) == (("x",), "y")


@pytest.mark.parametrize(("n_nameless", "n_said"), [(1, 1), (12, 12), (13, 12)])
def test_of_many_columns_without_names_the_first_are_left_out(n_nameless: int, n_said: int) -> None:
    names = ("x", *(f"c{count}" for count in range(2, n_nameless + 2)), "y")
    remarks = Remarks(nameless=dict.fromkeys(names[1:-1], ""))
    with pytest.raises(LinregError) as caught:
        chosen(remarks, names)
    out = " ".join(f"--exclude c{count}" for count in range(2, n_said + 2))
    assert str(caught.value) == (
        f"a.csv: column 2 of {n_nameless + 2} has no name; {out} leaves it out, or give it a name."
    )


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
    ({"weights": "x", "folds": "x"}, "'x' is given to both --weights and --fold-column; keep one of the two."),
    ({"weights": "x", "features": ["z", "x"]}, "'x' is given to both --feature and --weights; keep one of the two."),
    ({"folds": "x", "target": "x"}, "'x' is given to both --target and --fold-column; keep one of the two."),
    ({"weights": "w"}, "--weights names 'w', which is not a column of the file; the columns are 'id', 'x'"),
    ({"folds": "w"}, "--fold-column names 'w', which is not a column of the file; the columns are 'id', 'x'"),
    ({"weights": "x", "exclude": ["id", "z", "y"]}, "no feature is left to predict from, of the columns 'id', 'x'"),
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


def test_a_text_may_be_a_category_unless_it_is_the_target() -> None:
    for what in ("'a' is not a number", "its type is String, which is not a number's"):
        said = str(chosen().complaint("line 2", 1, what))
        assert said == (
            f"a.csv, line 2, column 'x': {what}; correct it, or take its texts for categories with --categorical 'x', "
            "or leave the column out with --exclude 'x' or choose columns with --feature."
        )
        assert "--categorical" not in str(chosen().complaint("line 2", 4, what))
    assert "--categorical" not in str(chosen().complaint("line 2", 1, "'1' is not a number, but"))


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), (" true ", 1.0), ("-2e3", -2000.0)])
def test_a_cell_is_its_number(text: str, number: float) -> None:
    assert chosen().value(text, "line 2", 1) == chosen().number(text, "line 2", 1) == number
    for missing in ("", "NA"):
        assert np.isnan(chosen().value(missing, "line 2", 1))
    with pytest.raises(LinregError, match="line 2, column 'x': 'red' is not a number; correct it, or take its texts"):
        chosen().value(" red ", "line 2", 1)


def test_a_name_that_is_no_text_is_named_by_its_number() -> None:
    for code in (0xD800, 0xDFFF):
        with pytest.raises(LinregError, match=r"^a\.csv, line 1: the name of column 2, .* is not UTF-8 text; save"):
            checked_names("a.csv", ["x", f"a{chr(code)}"], "line 1")
    assert checked_names("a.csv", ["x\ud7ff\ue000"])[0] == ("x\ud7ff\ue000",)


def test_what_stands_for_a_name_is_no_other_columns() -> None:
    assert checked_names("a.csv", ["", "c1", "c1_", ""])[0] == ("c1__", "c1", "c1_", "c4")
