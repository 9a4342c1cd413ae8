"""A file that is there already: refused before anything is done, unless ``--force`` is given, and never lost."""

import errno
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from command import LINREG, complaint, going, linreg, linreg_apart
from leftovers import the_run
from linreg.cli.app import run_command_line
from linreg.training import fitted
from watching import wait_until

QUICK = ("run", "exercise1", "--epochs", "3", "-q")
ENDLESS = ("run", "exercise1", "--engine", "autograd", "--epochs", "1000000000", "-q")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    linreg(*QUICK, "--name", "mine")
    linreg(*QUICK, "--save", tmp_path / "model")
    path = tmp_path / "there.csv"
    path.write_text("precious")
    return path


COMMANDS: list[tuple[str | Callable[[Path], object], ...]] = [
    (*ENDLESS, "--save", lambda path: path),  # it would never end
    ("runs", "export", "mine", lambda path: path),
    ("resume", "mine", "--epochs", "1000000000", "--save", lambda path: path),
    ("predict", lambda path: path.parent / "model", "exercise1", "--output", lambda path: path),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command[0]))
def test_a_file_that_is_there_is_refused_before_anything_is_done(
    there: Path, command: tuple[str | Callable[[Path], object], ...]
) -> None:
    done = linreg_apart(*(str(word(there)) if callable(word) else word for word in command))
    assert (done.returncode, done.stdout) == (2, b"")
    assert complaint(done) == f"{there} exists already; give another name, or --force to write over it."
    assert there.read_text() == "precious"


@pytest.mark.parametrize(
    "command",
    [
        (*QUICK, "--save", lambda path: path),
        ("runs", "export", "mine", lambda path: path),
        ("resume", "mine", "--epochs", "9", "-q", "--save", lambda path: path),
        ("predict", lambda path: path.parent / "model", "exercise1", "--output", lambda path: path),
    ],
    ids=lambda command: str(command[0]),
)
def test_force_writes_over_it(there: Path, command: tuple[str | Callable[[Path], object], ...]) -> None:
    done = linreg(*(str(word(there)) if callable(word) else word for word in command), "--force")
    assert done.returncode == 0, done.stderr
    assert there.read_bytes() != b"precious"


def test_what_is_no_file_is_written_to_as_it_is(there: Path) -> None:
    model = there.parent / "model"
    assert linreg(*QUICK, "--save", "/dev/null").returncode == 0
    said = linreg("predict", model, "exercise1", "--output", "/dev/stdout")
    assert (said.returncode, said.stdout.split()[0]) == (0, b"prediction")
    with (there.parent / "out").open("wb") as out:
        subprocess.run(["sh", "-c", 'exec "$@"', "sh", *said.args], stdout=out, check=True)
    assert (there.parent / "out").read_bytes() == said.stdout
    os.mkfifo(pipe := there.parent / "pipe")
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert linreg("predict", model, "exercise1", "--output", pipe).returncode == 0
    reader.join()
    assert (read, pipe.is_fifo()) == ([said.stdout], True)


def test_a_model_of_an_interrupted_run_is_replaced_by_what_that_run_comes_to(tmp_path: Path, own_home: Path) -> None:
    path = tmp_path / "model"
    with going(*ENDLESS, "--name", "mine", "--save", path) as process:
        wait_until(lambda: linreg("runs", "list", "--format", "csv").stdout.count(b"\n") == 2)
        wait_until(lambda: the_run(own_home).epoch > 0)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    reached = fitted.load_model(path).result["epoch"]
    done = linreg("resume", "mine", "--epochs", str(reached + 5), "-q", "--save", path)
    assert done.returncode == 0, done.stderr
    assert fitted.load_model(path).result["epoch"] == reached + 5
    refused = linreg("resume", "mine", "--epochs", str(reached + 9), "-q", "--save", path)
    assert refused.returncode == 2  # it is no half-done work any more


def test_a_file_that_comes_while_the_run_goes_is_not_lost_and_neither_is_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, save = tmp_path / "model.st", fitted.FittedModel.save

    def late(model: fitted.FittedModel, to: Path, *, replaces: bool = True) -> None:
        path.write_text("precious")
        save(model, to, replaces=replaces)

    monkeypatch.setattr(fitted.FittedModel, "save", late)
    assert run_command_line([*QUICK, "--save", str(path)]) == 1
    other = tmp_path / "model-2.st"
    assert capsys.readouterr().err == f"linreg: {path} has come meanwhile: the model is saved as {other}.\n"
    assert path.read_text() == "precious"
    assert fitted.load_model(other).result["epoch"] == 3


def test_a_disk_that_is_full_and_a_folder_that_may_not_be_written_to_exit_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    save = ["--save", str(tmp_path / "model")]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert run_command_line([*QUICK, *save]) == 1
    assert capsys.readouterr().err.endswith("model: No space left on device.\n")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert run_command_line([*QUICK, *save]) == 1
    assert "no permission to write in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_limit_on_memory_is_named_as_one(tmp_path: Path) -> None:
    limited = 'ulimit -v 200000; exec "$@"'
    command = ["bash", "-c", limited, "bash", *LINREG, "run", "quiz1", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "linreg: there is not enough memory for this" in done.stderr
    assert done.returncode == 2
