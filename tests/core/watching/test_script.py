"""A script under watch does what it does without: to the byte on both streams, in its files and in its exit status."""

import subprocess
import sys
from pathlib import Path
from signal import SIGTERM

import pytest

from command import LINREG, complaint, linreg_apart
from core.watching.plain_scripts import COMMANDS, FOLDER
from linreg.phase import Phase
from linreg.store.store import RunStore
from patience import PATIENCE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FOLDER.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def run(command: list[str], folder: Path) -> tuple[int, bytes, bytes]:
    done = subprocess.run(command, cwd=folder, input=b"some words", capture_output=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_script_comes_out_as_under_python(words: list[str], folder: Path, own_home: Path) -> None:
    bare = run([sys.executable, *words], folder)
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    watched = run([*LINREG, "watch", *words], folder)
    assert watched == bare
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files
    with RunStore(own_home) as store:
        kept = [run.status for run in store.runs()]
    assert kept == ([Phase.INTERRUPTED] if bare[0] == -SIGTERM else []), "nothing is kept of a script without a step"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "takes a script"),
        (["no_such.py"], "no_such.py: No such file"),
        (["."], "is a folder"),
        (["a\0b.py"], "cannot run"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_sentence(words: list[str], said: str, tmp_path: Path) -> None:
    if any("\0" in word for word in words):
        from linreg.errors import LinregError
        from linreg.watching.script import Script

        with pytest.raises(LinregError, match=said):
            Script(path=words[0], folder=str(tmp_path)).check()
        return
    done = linreg_apart("watch", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in complaint(done)


def test_a_script_with_a_linreg_of_its_own_finds_that(tmp_path: Path) -> None:
    (tmp_path / "linreg.py").write_text("whose = 'mine'\n")
    (tmp_path / "train.py").write_text("import linreg\nprint(linreg.whose)\n")
    done = linreg_apart("watch", "train.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"mine\n", b"")


def test_a_home_that_cannot_be_used_does_not_stop_the_script(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('trained')\n")
    (tmp_path / "home").write_text("no folder")
    done = linreg_apart("watch", "train.py", cwd=tmp_path, LINREG_HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stdout) == (0, b"trained\n")
