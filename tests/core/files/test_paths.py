"""Paths that cannot be looked at are one sentence, wherever they are given, and a short one."""

from pathlib import Path

import pytest

from bad_paths import bad_paths
from linreg.cli.app import run_command_line
from linreg.errors import LinregError
from linreg.files.atomic import check_destination, write_atomically
from linreg.files.home import open_home
from linreg.files.paths import is_folder, status_of, typed_path
from linreg.text import shown

LONGEST_SENTENCE = 500
"""Characters, whatever was given."""
TRAINED = ["run", "-q", "exercise1", "--epochs", "1"]


@pytest.mark.parametrize(
    ("ending", "before", "after"),
    [
        (".csv", ["run", "-q"], []),
        (".toml", ["run", "-q"], []),
        (".toml", ["run", "-q", "--config"], []),
        (".safetensors", [*TRAINED, "--save"], []),
        (".py:Module", [*TRAINED, "--module"], []),
        (".safetensors", ["predict"], ["exercise1.csv"]),
        (".csv", ["predict", "MODEL"], []),
        (".csv", ["predict", "MODEL", "ROWS", "--output"], []),
        (".csv", ["evaluate", "MODEL"], []),
        (".csv", ["runs", "export", "kept"], []),
        (".svg", ["runs", "export", "kept"], []),
        (".tfevents", ["runs", "export", "kept"], []),
    ],
    ids=str,
)
def test_a_command_says_so_in_one_sentence(
    ending: str, before: list[str], after: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, rows = tmp_path / "model.safetensors", tmp_path / "rows.csv"
    rows.write_text("x,y\n1,2\n2,3\n3,5\n")
    assert run_command_line([*TRAINED, "--record", "--name", "kept", "--save", str(model)]) == 0
    named = {"MODEL": str(model), "ROWS": str(rows)}
    capsys.readouterr()
    for path in bad_paths(tmp_path, ending):
        given = [named.get(word, word) for word in (*before, path, *after)]
        assert run_command_line(given) in (1, 2), given
        said = capsys.readouterr().err
        assert len(said) < LONGEST_SENTENCE
        assert said.startswith("linreg: ")
        assert said.count("\n") == 1
        assert "internal error" not in said


def test_the_home_is_such_a_path_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in bad_paths(tmp_path, ""):
        if "\0" not in path:
            monkeypatch.setenv("LINREG_HOME", path)
            with pytest.raises(LinregError) as caught:
                open_home()
            assert len(str(caught.value)) < LONGEST_SENTENCE


def test_a_file_to_write_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for text in bad_paths(tmp_path, ".csv"):
        before = sorted(tmp_path.iterdir())
        for refuse in (check_destination, lambda path: write_atomically(path, lambda file: file.write(b"x"))):
            with pytest.raises(LinregError):
                refuse(typed_path(text))
        assert sorted(tmp_path.iterdir()) == before


def test_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert status_of(tmp_path / "nothing") is None
    assert status_of(tmp_path / "file" / "below") is None
    assert status_of(tmp_path / "file") is not None


def test_only_what_is_known_to_be_a_folder_is_one(tmp_path: Path) -> None:
    assert is_folder(tmp_path)
    assert not any(is_folder(path) for path in bad_paths(tmp_path, ""))


def test_a_long_path_is_shown_by_its_end() -> None:
    assert shown("rows.csv") == "rows.csv"
    assert shown("x" * 200 + "\n/rows.csv", 12) == "…x\N{REPLACEMENT CHARACTER}/rows.csv"
