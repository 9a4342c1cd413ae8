"""``linreg diagnose``: the rows that decide a fit, and four charts."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import linreg
from linreg.cli.app import run_command_line

SVG = "{http://www.w3.org/2000/svg}"
TITLES = ("residuals over fitted values", "normal quantiles", "scale over location", "leverage, with Cook's distance")


def test_json_and_csv_have_the_most_influential_rows_in_full_precision(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diagnose", "houses", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    made = linreg.diagnose("houses")
    expected = made.most_influential()
    assert (said["event"], said["n_samples"], said["n_drawn"], said["warnings"]) == ("diagnostics", 60, 60, [])
    assert said["residual_standard_error"] == made.residual_standard_error
    for name in ("fitted", "residual", "standardized", "leverage", "cooks_distance"):
        assert [row[name] for row in said["rows"]] == getattr(expected, name).tolist()
    assert run_command_line(["diagnose", "houses", "--format", "csv"]) == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [int(row["row"]) for row in rows] == [row["row"] for row in said["rows"]]
    assert float(rows[0]["cooks_distance"]) == said["rows"][0]["cooks_distance"]


def test_the_table_begins_with_the_row_that_decides_most(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diagnose", "outlier"]) == 0
    out, err = capsys.readouterr()
    title, header, _, first, *_ = out.splitlines()
    assert title == "least squares of y: rows of the largest Cook's distances of 21"
    assert header.split("  ")[0] == "row"
    assert first.split()[0] == "20"
    assert err == ""


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_the_picture_has_four_charts_with_every_row(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"report{ending}"
    assert run_command_line(["diagnose", "outlier", "--output", str(path)]) == 0
    assert "drawn: " in capsys.readouterr().err
    if ending == ".png":
        with Image.open(path) as picture:
            assert picture.size == (1600, 1280)
        return
    tree = ElementTree.parse(path)
    texts = [each.text for each in tree.iter(f"{SVG}text")]
    assert [text for text in texts if text in TITLES] == list(TITLES)
    assert texts.count("20") >= 4  # the slipped point, by its number in each chart
    assert {"0.5", "1"} <= set(texts)  # Cook's distances
    groups = [each for each in tree.iter(f"{SVG}g") if each.get("id", "").startswith("rows")]
    assert [len(list(group.iter(f"{SVG}use"))) for group in groups] == [21] * 4
    assert sum(each.get("id", "").startswith("smooth") for each in tree.iter(f"{SVG}g")) == 3


def test_a_picture_from_python_is_the_commands_to_the_byte(tmp_path: Path) -> None:
    run_command_line(["diagnose", "houses", "--output", str(tmp_path / "one.svg")])
    linreg.diagnose("houses", output=tmp_path / "other.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def test_of_many_rows_those_that_stand_out_are_rings(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 2))
    made = linreg.diagnose(X, X.sum(axis=1) + random.normal(size=3000), output=tmp_path / "many.svg")
    tree = ElementTree.parse(tmp_path / "many.svg")
    for name, n_rows in (("rows", 1000), ("standouts", len(made.rows) - 1000)):
        first = next(each for each in tree.iter(f"{SVG}g") if each.get("id", "").startswith(name))
        assert len(list(first.iter(f"{SVG}use"))) == n_rows
    assert any("1,000 of 3,000 rows drawn at random" in (each.text or "") for each in tree.iter(f"{SVG}text"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["houses", "--output", "report.pdf"], "no picture is written as .pdf; the extensions are .svg, .png."),
        (["-"], "diagnose passes over the rows twice, and standard input can be read only once: save it."),
        (["houses", "--target", "prize"], "did you mean 'price'"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diagnose", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err
