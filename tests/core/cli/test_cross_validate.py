"""``linreg cross-validate``: a table for people, lines or rows for programs, and a picture."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

import linreg
from linreg.cli.app import run_command_line

DECAYS = ["--set", "weight_decay=0", "--set", "weight_decay=0.01", "--set", "weight_decay=1"]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Write twelve rows in the folds a, b and c."""
    path = tmp_path / "rows.csv"
    lines = [f"{x},{(x * 7) % 5},{3 * x + (x * 5) % 4},{'abc'[x % 3]}" for x in range(12)]
    path.write_text("\n".join(["x,z,y,fold", *lines]) + "\n")
    return path


def test_json_has_a_line_for_each_fold_and_then_the_candidates_the_best_first(
    rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["cross-validate", str(rows), "--fold-column", "fold", *DECAYS, "--format", "json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    made = linreg.cross_validate(rows, folds="fold", options={"weight_decay": [0, 0.01, 1]})
    folds, candidates = said[:9], said[9:]
    assert [(each["event"], each["candidate"], each["fold"], each["n_samples"]) for each in folds] == [
        ("fold", candidate, fold, 4) for candidate in range(3) for fold in "abc"
    ]
    assert [each["event"] for each in candidates] == ["candidate"] * 3
    for each, expected in zip(candidates, made.candidates, strict=True):
        assert each["candidate"] == expected.number
        assert each["options"] == {"weight_decay": [0.0, 0.01, 1.0][expected.number]}
        for name in ("rmse", "rmse_standard_error", "mse", "r2"):
            assert each[name] == getattr(expected, name)
        scores = [line for line in folds if line["candidate"] == each["candidate"]]
        assert [(line["mse"], line["r2"]) for line in scores] == [(score.mse, score.r2) for score in expected.scores]


def test_the_table_has_the_best_first_and_the_words_beside_it_say_what_is_as_good(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command_line(["cross-validate", "houses", "--folds", "5", *DECAYS]) == 0
    out, err = capsys.readouterr()
    header, _, *lines = out.splitlines()
    assert header.split() == ["place", "optimizer", "rate", "options", "RMSE", "±", "R²", "±", "by"]
    assert [line.split()[3] for line in lines] == ["weight_decay=0", "weight_decay=0.01", "weight_decay=1"]
    assert err.splitlines()[0] == "houses.csv: 60 rows × 3 features, 5 folds of 12 rows, 3 candidates"
    best, as_good = err.splitlines()[1:]
    assert best.startswith("SGD, learning rate 0.1, weight_decay=0: RMSE 12.8")
    assert as_good.endswith("with the strongest decay: SGD, learning rate 0.1, weight_decay=0.01")


def test_csv_has_a_row_for_each_and_quiet_is_the_best_alone(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cross-validate", "houses", "--folds", "5", *DECAYS]
    assert run_command_line([*words, "--format", "csv"]) == 0
    table = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [row["options"] for row in table] == ["weight_decay=0", "weight_decay=0.01", "weight_decay=1"]
    assert run_command_line([*words, "-q"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"SGD, learning rate 0.1, weight_decay=0: RMSE {float(table[0]['rmse']):.6g} ± ")
    assert (out.count("\n"), err) == (1, "")


def test_epochs_that_end_early_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["cross-validate", "houses", "--folds", "3", "--epochs", "5", "--lr", "0.01"]) == 0
    assert "ended before least squares, up to " in capsys.readouterr().err


@pytest.mark.parametrize("words", [DECAYS, ["--lr", "0.1", "--lr", "0.01"]], ids=["over decay", "by name"])
@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_a_picture_has_every_score(words: list[str], ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"scores{ending}"
    assert run_command_line(["cross-validate", "houses", "--folds", "4", *words, "--output", str(path), "-q"]) == 0
    if ending == ".png":
        with Image.open(path) as picture:
            assert picture.size[0] == 1280
        return
    texts = [each.text or "" for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
    assert "cross-validation of price" in texts
    assert "least + 1 standard error" in texts
    shown = {"weight decay λ", "0.01", "RMSE of price"} if words is DECAYS else {"SGD, learning rate 0.01"}
    assert shown <= set(texts)


def test_a_score_that_would_hide_the_others_is_not_drawn_and_said(tmp_path: Path) -> None:
    path, rates = (
        tmp_path / "scores.svg",
        ["--lr", "0.1", "--lr", "0.56"],
    )  # the second is not stable
    assert run_command_line(["cross-validate", "houses", "--folds", "4", *rates, "--output", str(path), "-q"]) == 0
    texts = [each.text or "" for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
    assert any(text.endswith("not drawn: 1 beyond 20 times that") for text in texts)
    assert "SGD, learning rate 0.56" not in texts


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "cross-validate needs folds, by --folds 10 or by --fold-column NAME: give one of them."),
        (["--folds", "3", "--fold-column", "age"], "give either, not both."),
        (["--folds", "3", "--output", "scores.pdf"], "no picture is written as .pdf; the extensions are .svg, .png."),
        (["--folds", "61"], "60 rows leave 1 of 61 folds empty"),
        (["--folds", "3", "--set", "momentun=1"], "did you mean 'momentum'"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["cross-validate", "houses", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err


def test_a_picture_that_is_there_is_written_over_with_force_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scores.svg"
    path.write_text("mine")
    words = ["cross-validate", "exercise1", "--folds", "3", "--output", str(path)]
    assert run_command_line(words) == 2
    assert path.read_text() == "mine"
    assert capsys.readouterr().out == ""
    assert run_command_line([*words, "--force"]) == 0
    assert path.read_text().startswith("<?xml")


def test_all_that_diverge_is_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["cross-validate", "houses", "--folds", "3", "--lr", "9", "-q"]) == 3
    assert "all candidates diverged" in capsys.readouterr().err
