"""The search for a criterion's own minimum: once, on whatever thread, and part of what a run comes to and leaves."""

import json
from math import inf
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest

import linreg
from linreg.cli.app import run_command_line
from linreg.data import bundled
from linreg.numerics.minima.minimum import Minimum
from linreg.replay.replay import open_replay
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store.store import RunStore
from linreg.training.posing import pose
from linreg.training.problem import Problem
from patience import PATIENCE


def test_of_the_squared_error_and_of_modules_there_is_nothing_to_find() -> None:
    for recipe in (bundled.find("exercise1"), bundled.find("quiz1-module").changed(criterion="L1Loss")):
        assert pose(recipe).minimum_search.find() is None


@pytest.mark.parametrize(
    "choices", [{"options": {"weight_decay": 0.5}}, {"optimizer": "ASGD", "options": {"lambd": 0.1}}], ids=str
)
def test_a_weight_decay_leads_elsewhere_and_nothing_is_called_the_minimum(choices: dict[str, Any]) -> None:
    problem = pose(bundled.find("outlier").changed(criterion="L1Loss"))
    assert problem.minimum_search.find() is not None
    assert problem.with_recipe(problem.recipe.changed(**choices)).minimum_search.find() is None
    assert pose(problem.recipe.changed(**choices)).minimum_search.find() is None


def test_a_search_tells_what_it_has_found_and_others_share_it() -> None:
    problem: Problem = pose(bundled.find("outlier").changed(criterion="HuberLoss"))
    found: Queue[Minimum] = Queue()
    problem.minimum_search.start(found.put)
    least = found.get(timeout=PATIENCE)
    assert problem.minimum_search.find() is least
    assert problem.reseeded().minimum_search.known is least
    assert problem.with_recipe(problem.recipe.changed(criterion="L1Loss")).minimum_search.known is None


def test_a_search_that_was_cancelled_finds_nothing() -> None:
    search = pose(bundled.find("outlier").changed(criterion="L1Loss")).minimum_search
    search.cancel()
    assert search.find() is None


def test_the_result_has_it_with_least_squares_for_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "outlier", "--criterion", "L1Loss", "--epochs", "30", "--format", "json"]
    assert run_command_line(words) == 0
    said = capsys.readouterr()
    result = json.loads(said.out.splitlines()[-1])
    least, squares = result["minimum"], result["minimum"]["least_squares"]
    assert result["least_squares"] is None
    assert result["excess_cost"] is None
    assert (least["criterion"], least["is_unique"]) == ("L1Loss", True)
    assert [least["w"]["x"], least["b"]] == pytest.approx([2, 1], abs=1e-12)  # as the rows but one were made
    rows = np.loadtxt(bundled.bundled_folder() / "outlier.csv", delimiter=",", skiprows=1, comments="#")
    assert least["cost"] == pytest.approx(np.abs(rows[:, 1] - 2 * rows[:, 0] - 1).mean(), rel=1e-12)
    assert least["excess_cost"] == pytest.approx(result["cost"] / least["cost"] - 1)
    w, b = np.polyfit(rows[:, 0], rows[:, 1], 1)
    assert [squares["w"]["x"], squares["b"]] == pytest.approx([w, b])
    assert squares["cost"] == pytest.approx(np.abs(rows[:, 1] - w * rows[:, 0] - b).mean())
    assert run_command_line(words[:-2]) == 0
    assert "minimum: where L1Loss is least" in capsys.readouterr().err


def test_where_many_cost_as_little_the_summary_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n0,-5\n0,5\n1,-5\n1,5\n")
    assert run_command_line(["run", str(path), "--criterion", "L1Loss", "--epochs", "3"]) == 0
    assert "minimum: where L1Loss is least; others cost as little" in capsys.readouterr().err


def test_python_is_given_it_too() -> None:
    result = linreg.fit([0.0, 1, 2, 3, 4], [0.0, 1, 2, 3, 40], criterion="L1Loss", epochs=3)
    assert result.minimum is not None
    assert result.minimum.w == pytest.approx([1.0])


def test_it_comes_while_a_session_stands_and_what_is_recorded_keeps_its_epochs(own_home: Path) -> None:
    recipe = bundled.find("outlier").changed(criterion="L1Loss", epochs=40)
    with Session(recipe, speed=inf, start=RecordedStart()) as session:
        session.wait(lambda state: state.phase.has_ended, PATIENCE)
        session.wait(lambda state: session.facts is not None and session.facts.minimum is not None, PATIENCE)
        ended = session.wait(lambda state: state.result is not None and state.result.minimum is not None, PATIENCE)
        assert ended.result is not None
        session.restart()
        session.wait(lambda state: state.epoch == -1, PATIENCE)
        session.play()
        session.wait(lambda state: state.phase.has_ended, PATIENCE)
        assert session.run is not None
        name = session.run.name
    with RunStore(own_home) as store:
        assert len(store.epochs(name)) == 41
        kept = open_replay(store, name).facts.minimum
    assert kept is not None
    assert kept.w == pytest.approx([2.0])
