"""How a table is written is said by options, once: recorded with the run and the model, and taken from there again."""

import json
from pathlib import Path

import pytest

from linreg.cli.app import run_command_line
from linreg.data.bundled import find
from linreg.store.store import RunStore
from linreg.training.fitted import load_model
from linreg.training.posing import pose

ROWS = "Report\nx;z;y\n1,5;?;2\n2,5;1;4\n3,5;3;7\n4,5;2;8\n"
SAID = ["--skip-lines", "1", "--separator", ";", "--decimal", ",", "--missing", "?", "--drop-missing"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path / "home"


def test_what_is_said_goes_with_the_run_and_the_model(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "a.csv", *SAID, "--epochs", "5", "--format", "json", "--record", "--save", "m.safetensors"]
    assert run_command_line(words) == 0
    start = json.loads(capsys.readouterr().out.splitlines()[0])
    dialect = {"separator": ";", "decimal": ",", "missing": ["?"], "header": None, "skip_lines": 1, "quote": "double"}
    assert start["recipe"]["dialect"] == {**dialect, "input_format": None}
    assert start["n_samples"] == 3
    assert load_model("m.safetensors").recipe["dialect"] == start["recipe"]["dialect"]
    with RunStore(home) as store:
        [run] = store.runs()
    assert run.recipe.dialect.as_dict() == start["recipe"]["dialect"]
    assert pose(run.recipe).n_samples == 3


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_model_reads_new_rows_as_its_own_unless_told(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["run", "a.csv", *SAID, "-q", "--save", "m.safetensors"]) == 0
    Path("b.csv").write_text("New\nx;z;y\n1,5;1;2\n2,5;4;4\n", encoding="utf-8")
    Path("plain.csv").write_text("x,z,y\n1.5,1,2\n2.5,4,4\n", encoding="utf-8")
    capsys.readouterr()
    told = ["--separator", ",", "--decimal", ".", "--skip-lines", "0"]
    assert run_command_line([command, "m.safetensors", "b.csv"]) == 0
    assert run_command_line([command, "m.safetensors", "plain.csv", *told]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]


def test_a_recipe_in_a_file_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    keys = 'separator = ";"\ndecimal = ","\nskip_lines = 1\nmissing = ["?"]\ndrop_missing = true\n'
    Path("r.toml").write_text(f'data = "a.csv"\n{keys}', encoding="utf-8")
    assert run_command_line(["run", "r.toml", "-q"]) == 0
    assert run_command_line(["run", "r.toml", "-q", "--separator", "tab"]) == 2
    assert "separated by semicolons, not by tabs" in capsys.readouterr().err


def test_a_race_reads_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["race", "a.csv", *SAID, "--lr", "0.1", "--lr", "0.2", "--epochs", "5", "-q"]) == 0


def test_waiting_rows_are_not_passed_over(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with open("a.csv", encoding="utf-8") as rows:
        monkeypatch.setattr("sys.stdin", rows)
        assert run_command_line(["run", "-q"]) == 2
        assert "rows are waiting on standard input" in capsys.readouterr().err
        assert run_command_line(["run", "exercise1", "-q"]) == 0
        rows.read()
        assert run_command_line(["run", "-q"]) == 0


@pytest.mark.parametrize(
    ("address", "cure"),
    [
        ("https://example.com/a.csv", "curl -L https://example.com/a.csv | linreg run -"),
        ("http://example.com/a.csv?x=*", "curl -L"),
        ("ftp://example.com/a.parquet", "curl -L"),
        ("s3://bucket/a.parquet", "send it in with linreg run -"),
    ],
)
def test_an_address_is_no_file(address: str, cure: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["run", address]) == 2
    said = capsys.readouterr().err
    assert "download it, or: " in said
    assert cure in said


def test_bundled_data_are_as_they_are() -> None:
    assert find("exercise1").dialect.said() == {}
