"""``linreg summary``: a table for people, an object or rows for programs; from one pass, on any number of ranks."""

import csv
import json
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import linreg
from linreg.assessment.summary import summarize
from linreg.cli.app import run_command_line
from linreg.data.formats import columnar
from linreg.recipe import Recipe
from threads import on_ranks


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 101 rows whose errors grow, one cell of them missing."""
    random = np.random.default_rng(1)
    X = random.normal(size=(101, 2)) * [1, 10] + [5, 0]
    y = X @ [1, -0.2] + random.normal(size=101) * np.abs(X[:, 0])
    path = tmp_path / "table.parquet"
    pl.DataFrame({"a": X[:, 0], "b": [None, *X[1:, 1]], "y": y}).write_parquet(path)
    return path


def test_json_is_one_object_with_everything(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["summary", str(table), "--drop-missing", "--level", "0.9", "--format", "json"]
    assert run_command_line(words) == 0
    [line] = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    rows = pl.read_parquet(table).drop_nulls()
    expected = linreg.summary(rows.select("a", "b"), rows["y"].to_numpy(), level=0.9)
    assert said.pop("event") == "summary"
    assert (said.pop("n_dropped"), said.pop("target")) == (1, "y")
    assert list(said["w"]) == ["a", "b"]
    assert set(said["w"]["a"]) == {"estimate", "standard_error", "t", "p", "low", "high", "vif"}
    assert said["b"]["high"] == pytest.approx(expected.b and expected.b.high)
    known = expected.as_dict()
    assert set(said) | {"n_dropped", "target"} == set(known)
    for name in set(said) - {"w", "b", "warnings", "robust", "r2_about_mean"}:
        assert said[name] == pytest.approx(known[name], rel=1e-12)


def test_csv_has_a_row_for_each_coefficient(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["summary", "houses", "--format", "csv", "--no-bias", "-f", "area", "-f", "age"]) == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    expected = linreg.summary("houses", bias=False, features=("area", "age"))
    assert [row["coefficient"] for row in rows] == ["area", "age"]
    assert float(rows[1]["standard_error"]) == expected.w["age"].standard_error


def test_a_feature_that_is_called_as_the_bias_is_told_apart_from_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("b,w_b,y\n1,5,2\n2,4,3\n3,5,5\n4,7,7\n")
    for words, expected in (([], ["w_b", "w_w_b", "b"]), (["--no-bias"], ["b", "w_b"])):
        assert run_command_line(["summary", str(path), "--format", "csv", *words]) == 0
        rows = csv.DictReader(StringIO(capsys.readouterr().out))
        assert [row["coefficient"] for row in rows] == expected


def test_text_says_what_is_amiss_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,k,y\n1,5,2\n2,5,3\n3,5,5\n4,5,7\n")
    assert run_command_line(["summary", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("least squares of y: 4 rows × 2 features\n")
    assert "residual standard error" in told.out
    assert told.err == "warning: k never changes: no weight can be learned for it, b takes the place.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["houses", "--level", "95"], "--level takes a share above 0 and below 1, such as 0.95, not 95"),
        (["houses", "--robust", "HC5"], "--robust takes one of HC0, HC1, HC2, HC3, not 'HC5'"),
        (["-", "--robust", "HC3"], "standard input can be read only once"),
        (["houses", "--exclude", "nope"], "not a column of the file"),
        (["exercise1", "--epochs", "5"], "--epochs"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["summary", *words]) == 2
    told = capsys.readouterr()
    assert why in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("robust", [None, "HC2"])
def test_several_ranks_come_to_the_same_summary(
    robust: str | None, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 7)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 500)
    recipe = Recipe(data=str(table), drop_missing=True)
    alone = summarize(recipe, robust=robust)
    for other in on_ranks(3, lambda ranks: summarize(recipe, robust=robust, ranks=ranks)):
        assert other.n_dropped == 1
        for name, each in alone.w.items():
            found = other.w[name]
            assert (found.estimate, found.standard_error) == pytest.approx(
                (each.estimate, each.standard_error), rel=1e-10
            )
