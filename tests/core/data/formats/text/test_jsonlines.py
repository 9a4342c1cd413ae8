"""JSON lines: each value is the number that Python's json module reads, or one sentence says why it is none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg.data.formats.text import blocks
from linreg.data.formats.text.jsonlines import JsonLinesFile
from linreg.data.table import open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError

ROW = {"x": 1, "y": 2}


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "a.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def test_every_kind_of_number_is_read(tmp_path: Path) -> None:
    values = [0, -3, 2**53, 1.5, -2e-300, True, False, 10**300]
    path = written(tmp_path, *({"x": value, "y": 0} for value in values))
    assert open_source(str(path)).read().X[:, 0].tolist() == [float(value) for value in values]


@pytest.mark.parametrize("value", [None, "?", " ? "])
def test_what_means_no_value_is_dropped(value: Any, tmp_path: Path) -> None:
    path = written(tmp_path, {"x": 1, "z": 3, "y": 2}, {"x": value, "z": 4, "y": 5}, {"y": 6, "x": 7}, {**ROW, "z": 8})
    table = open_source(str(path), drop_missing=True, dialect=TextDialect(missing=("?",))).read()
    assert (table.X.tolist(), table.y.tolist(), table.n_dropped) == ([[1, 3], [1, 8]], [2, 2], 2)


_INSTEAD = "correct it, or leave the column out with --exclude 'x' or choose columns with --feature."


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"x": "1.5", "y": 2}, f"column 'x': \"1.5\" is text: write a number without quotes; {_INSTEAD}"),
        ({"x": "?", "y": 2}, "column 'x': \"?\" looks like a missing value: --missing '?' says"),
        ({"x": [1], "y": 2}, f"column 'x': [1] is nested: write a number; {_INSTEAD}"),
        ({"x": {"é": 1}, "y": 2}, f"column 'x': {{\"é\": 1}} is nested: write a number; {_INSTEAD}"),
        ({"x": 10**400, "y": 2}, "column 'x': '10000"),
        ('{"x": 1e999, "y": 2}', f"column 'x': 'inf' is infinite; {_INSTEAD}"),
        ({"y": 2}, "column 'x': the cell is empty; fill it in, or drop such rows with --drop-missing."),
        ({"x": None, "y": 2}, "column 'x': the cell is empty; fill it in, or drop such rows with --drop-missing."),
        (
            {"x": 1, "y": 2, "z": 3, "a": 4},
            "the first object has not the key 'z', 'a'; give every object the same keys, or choose columns with "
            "--feature and --target.",
        ),
        ('{"x": 1, "y": 2, "x": 3, "y": 4}', "the key 'x' is there twice; keep one of them."),
        ('{"x": 1, "y": 2, "y": 3}', "the key 'y' is there twice; keep one of them."),
        ('{"x": 1,, "y": 2}', '\'{"x": 1,, "y": 2}\' is not valid JSON at column 9; write one whole object a line.'),
        ("[1, 2]", "there is a JSON array; write one object a line (jq -c '.[]' does that)."),
        ("3", "'3' is no JSON object; write one object a line."),
        ("null", "'null' is no JSON object; write one object a line."),
    ],
)
def test_what_is_no_row_is_one_sentence_with_its_line(row: Any, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, ROW, "", ROW, row, ROW)
    with pytest.raises(LinregError) as caught:
        open_source(str(path)).read()
    mark = ", " if said.startswith("column") else ": "
    assert str(caught.value).startswith(f"{path}, line 4{mark}{said}")
    assert str(caught.value).endswith(".")


def test_keys_that_the_first_object_lacks_do_not_matter_where_columns_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, ROW, {"z": [], "y": 4, "x": 3})
    assert open_source(str(path), features=["x"], target="y").read().X.tolist() == [[1], [3]]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["", {}], "line 2: there are no columns; give an object with keys."),
        (["", " "], "line 1: there are no columns; give an object with keys."),
        (["", {"x": 1, " x": 2}], "line 2: columns 1 and 2 are both named 'x'; rename one of them."),
        (["", {"": 1, "y": 2}, {"": 3, "y": 4}], "line 2: column 1 of 2 has no name; --exclude c1 leaves it out, or"),
    ],
)
def test_the_first_object_names_the_columns(rows: list[Any], said: str, tmp_path: Path) -> None:
    path = written(tmp_path, *rows)
    with pytest.raises(LinregError) as caught:
        open_source(str(path))
    assert str(caught.value).startswith(f"{path}, {said}")


def test_the_first_object_may_come_after_many_blank_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "HEAD", 16)
    path = written(tmp_path, *[""] * 50, ROW, {"x": 3, "y": 4})
    file = JsonLinesFile(str(path))
    assert (file.names, file.remarks.where) == (("x", "y"), "line 51")
    assert file.head()[1] is False
    assert JsonLinesFile(str(written(tmp_path, ROW))).head()[1] is True


def test_what_looks_like_row_numbers_is_noted_by_the_rows_that_can_be_read(tmp_path: Path) -> None:
    rows = [{"index": count, "x": count, "id": count % 2} for count in range(4)]
    for more in ([], ["no row"]):
        assert JsonLinesFile(str(written(tmp_path, *rows, *more))).remarks.numbered == ("index",)


def test_rows_are_the_same_however_they_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    rows = np.random.default_rng(0).normal(size=(50, 2))
    path = written(tmp_path, *({"x": x, "y": y} for x, y in rows.tolist()))
    source = open_source(str(path))
    table = source.read()
    assert np.column_stack([table.X, table.y]).tolist() == rows.tolist()
    assert len(source.part_rows) > 20
    assert source.fraction_read == 1
