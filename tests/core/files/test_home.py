"""Where runs are kept: a folder that nobody else can enter, or one sentence that says why there is none."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from linreg import LinregError
from linreg.files.home import home_folder, open_home


def test_the_variable_decides_where_runs_are_kept(tmp_path: Path) -> None:
    assert home_folder({"LINREG_HOME": str(tmp_path / "here")}) == tmp_path / "here"


def test_without_the_variable_it_is_where_the_system_keeps_data_of_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for environment in ({}, {"LINREG_HOME": ""}):
        home = home_folder(environment)
        assert home.name == "linreg"
        assert tmp_path in home.parents


def test_a_relative_home_stays_where_it_is_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = home_folder({"LINREG_HOME": "mine"})
    monkeypatch.chdir("/")
    assert home == tmp_path / "mine"


def test_the_home_is_made_with_those_above_it_and_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = open_home(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert open_home(home) == home


@pytest.mark.parametrize("name", ["file", "file/below", "\0", "x" * 300])
def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LinregError, match=r"cannot keep runs in .*; set LINREG_HOME to") as raised:
        open_home(Path(f"{tmp_path}/{name}"))
    assert str(raised.value).isprintable()


def test_a_home_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    home.chmod(0o500)
    script = "import os, sys; from pathlib import Path; from linreg.files.home import own_folder\n"
    script += "{}own_folder(Path(sys.argv[1]))"
    as_somebody_else = "os.setuid(65534); " if os.getuid() == 0 else ""  # root may write anywhere
    done = subprocess.run(
        [sys.executable, "-c", script.format(as_somebody_else), home], capture_output=True, text=True, check=False
    )
    home.chmod(0o700)
    assert "LinregError: cannot keep runs in" in done.stderr
    assert "set LINREG_HOME to another folder." in done.stderr
