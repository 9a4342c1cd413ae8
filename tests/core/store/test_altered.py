"""A store or a checkpoint that somebody altered by hand: one sentence, soon, and nothing of it is believed."""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altered_stores import ENDLESS, alter, look, record
from linreg import LinregError
from linreg.cli.app import run_command_line
from linreg.store import checkpoint
from linreg.store.checkpoint import CURRENT
from linreg.store.reader import FILE
from linreg.store.store import RunStore


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("recorded") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINREG_HOME", str(home))
        record(home)
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(recorded, tmp_path / "home")
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_every_command_ends_with_a_sentence_whatever_was_altered(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "altered"))
    shutil.rmtree(tmp_path / "altered", ignore_errors=True)
    shutil.copytree(recorded, tmp_path / "altered")
    what = alter(tmp_path / "altered", random.Random(seed))
    assert (what, *look(tmp_path / "altered")) == (what,)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"CREATE VIEW more AS {ENDLESS.format('i')}", "it has the view more"),
        ("CREATE TRIGGER more AFTER UPDATE ON runs BEGIN DELETE FROM epochs; END", "it has the trigger more"),
        ("CREATE INDEX more ON runs (abs(number))", "it has the index more"),
        ("ALTER TABLE epochs ADD COLUMN more AS (epoch * 2)", "a column of epochs is computed"),
    ],
)
def test_only_tables_are_read(home: Path, statement: str, words: str) -> None:
    with closing(sqlite3.connect(home / FILE)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(LinregError, match=f"cannot use .*{words}.*; move the file away"):
        RunStore(home)
    assert (home / FILE).exists()


def test_parameters_that_are_not_finite_are_not_gone_on_with(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunStore(home) as store:
        folder = store.folder(store.get("mine"))
    kept = checkpoint.load(folder).checkpoint
    parameters = np.full_like(kept.snapshot.parameters, np.nan)
    for path in folder.iterdir():
        path.unlink()
    checkpoint.save(folder, replace(kept, snapshot=replace(kept.snapshot, parameters=parameters)))
    assert run_command_line(["resume", "mine", "--epochs", "40"]) == 2
    assert "its parameters are not finite" in capsys.readouterr().err


def test_an_engine_that_stands_elsewhere_than_its_checkpoint_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunStore(home) as store:
        folder = store.folder(store.get("mine"))
    kept = checkpoint.load(folder).checkpoint
    elsewhere = {**kept.snapshot.engine, "epoch": 2**31}
    for path in folder.iterdir():
        path.unlink()
    checkpoint.save(folder, replace(kept, snapshot=replace(kept.snapshot, engine=elsewhere)))
    assert run_command_line(["resume", "mine", "--epochs", "40"]) == 2
    assert "its engine stands at another epoch" in capsys.readouterr().err


@pytest.mark.parametrize("name", [CURRENT, FILE])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    home: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunStore(home) as store:
        path = home / FILE if name == FILE else store.folder(store.get("mine")) / CURRENT
    path.unlink()
    os.mkfifo(path)
    assert run_command_line(["resume", "mine", "--epochs", "40"]) == 2
    assert "it is no file" in capsys.readouterr().err
