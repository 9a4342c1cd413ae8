"""A home that others can change is not used, and the sentence says how to mend that."""

import os
from pathlib import Path

import pytest

from linreg import LinregError
from linreg.cli.app import run_command_line
from linreg.files.home import open_home


@pytest.mark.parametrize(("mode", "who"), [(0o777, "everybody"), (0o770, "its group"), (0o1777, "everybody")])
def test_a_home_that_others_can_write_to_is_refused_with_the_cure(own_home: Path, mode: int, who: str) -> None:
    own_home.mkdir()
    own_home.chmod(mode)
    with pytest.raises(LinregError, match=f"{who} can write there.*; chmod go-w {own_home}, or set LINREG_HOME"):
        open_home()
    assert list(own_home.iterdir()) == []
    own_home.chmod(0o755)
    assert open_home() == own_home


@pytest.mark.parametrize("whose", ["folder", "link"])
def test_a_home_that_is_another_s_is_refused(own_home: Path, monkeypatch: pytest.MonkeyPatch, whose: str) -> None:
    lstat, stat = os.lstat, os.stat

    def of_another(found: os.stat_result) -> os.stat_result:
        return os.stat_result((*found[:4], found.st_uid + 1, *found[5:10]))

    own_home.mkdir(mode=0o700)
    if whose == "folder":
        monkeypatch.setattr(os, "stat", lambda path, **keys: of_another(stat(path, **keys)))
    else:
        monkeypatch.setattr(os, "lstat", lambda path: of_another(lstat(path)))
    with pytest.raises(LinregError, match="belongs to another user; set LINREG_HOME to a folder of your own"):
        open_home()


def test_a_link_to_a_home_that_is_open_to_all_is_refused_and_one_to_an_own_folder_is_not(
    own_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    own_home.symlink_to(tmp_path / "real")
    (tmp_path / "real").chmod(0o777)
    with pytest.raises(LinregError, match="everybody can write there"):
        open_home()
    (tmp_path / "real").chmod(0o700)
    assert open_home() == own_home


def test_a_run_is_trained_all_the_same_and_every_other_command_exits_with_2(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_home.mkdir()
    own_home.chmod(0o777)
    assert run_command_line(["run", "exercise1", "--epochs", "3", "-q", "--record"]) == 0
    assert "this run is not recorded: cannot keep runs in" in capsys.readouterr().err
    for command in (["runs"], ["runs", "show", "latest"], ["resume"]):
        assert run_command_line(command) == 2
        assert "can write there" in capsys.readouterr().err
    assert list(own_home.iterdir()) == []
