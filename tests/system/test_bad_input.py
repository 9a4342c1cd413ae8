"""Whatever is wrong with a file, ``linreg run`` says so in one sentence and exits 2."""

import unicodedata
from pathlib import Path

import pytest

from bad_inputs import BadInput, bad_inputs
from command import complaint, linreg_apart
from linreg.cli.app import run_command_line

INPUTS = bad_inputs()


def _check(sentence: str, bad: BadInput) -> None:
    assert sentence.endswith(".")
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in sentence)
    for word in bad.words:
        assert word in sentence


def test_there_are_many() -> None:
    assert len(INPUTS) >= 60


@pytest.mark.parametrize("bad", INPUTS, ids=lambda bad: bad.name)
def test_a_bad_input_is_one_sentence_and_status_2(
    bad: BadInput, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bad.make(tmp_path)
    assert run_command_line(["run", "-q", str(data)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("linreg: ")
    assert err.count("\n") == 1
    _check(err.removeprefix("linreg: ").rstrip("\n"), bad)


@pytest.mark.parametrize("bad", INPUTS[:: max(1, len(INPUTS) // 8)], ids=lambda bad: bad.name)
def test_a_bad_input_is_the_same_in_a_process_of_its_own(bad: BadInput, tmp_path: Path) -> None:
    done = linreg_apart("run", "-q", bad.make(tmp_path))
    assert done.returncode == 2
    assert done.stdout == b""
    _check(complaint(done), bad)
