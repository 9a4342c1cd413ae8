"""The wheel holds all that a run needs, the bundled data too."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from command import linreg_apart

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_source_holds_what_its_tests_and_documents_need(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("needs the repository, to know what is in it")
    missing = {name for name in tracked.stdout.split("\0") if name} - names
    assert {name for name in missing if not name.startswith(".ci/")} == set()


def test_the_wheel_runs_a_bundled_data_set_from_any_folder(unpacked: Path, tmp_path: Path) -> None:
    code = "import linreg, sys; sys.stdout.write(linreg.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    where = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert where.stdout.startswith(str(unpacked))
    done = linreg_apart("run", "-q", "exercise1", cwd=tmp_path, fresh=True, PYTHONPATH=str(unpacked))
    assert done.stdout == b"Epoch  3000/3000 w:1.500 b:0.000 cost: 0.167\n"


def test_the_wheel_is_typed_and_holds_no_tests(unpacked: Path) -> None:
    names = [str(path.relative_to(unpacked)) for path in unpacked.rglob("*")]
    assert {"linreg/py.typed", "linreg_tui/py.typed"} <= {*names}
    assert "linreg/datasets/quiz1_module.py" in names
    assert not any(name.startswith("tests") for name in names)


def test_the_wheel_has_both_commands_and_knows_its_version(unpacked: Path, tmp_path: Path) -> None:
    (folder,) = unpacked.glob("linreg_tui-*.dist-info")
    commands = (folder / "entry_points.txt").read_text()
    assert "linreg = linreg.__main__:main\n" in commands
    assert "linreg-tui = linreg_tui.__main__:main\n" in commands
    number = folder.name.removeprefix("linreg_tui-").removesuffix(".dist-info")
    done = linreg_apart("--version", cwd=tmp_path, fresh=True, PYTHONPATH=str(unpacked))
    assert done.stdout.decode() == f"linreg {number}\n"
