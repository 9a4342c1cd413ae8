"""The line that y shows comes to the same numbers, bit for bit, by way of the command's own options."""

import shlex
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg.data import bundled
from linreg.data.sample import Sampled
from linreg.dialect import TextDialect
from linreg.errors import LinregError
from linreg.live.reproduction import Retrace, command_of, retrace_of
from linreg.live.run import LiveRun
from linreg.live.state import Intervention
from linreg.recipe import Recipe
from linreg.training.posing import pose
from linreg_tui.startup import command as monitor


def run_of(recipe: Recipe) -> LiveRun:
    sampled = Sampled(lambda source: source.batches())
    return LiveRun(pose(recipe, sampled), sampled.sample, inf, False)


def at_rest(run: LiveRun) -> LiveRun:
    while run.phase.is_moving:
        run.work()
    return run


def understood(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Recipe, Retrace | None, bool]:
    """Return what the command makes of a line."""
    told: list[tuple[Recipe, dict[str, Any]]] = []

    def note(recipe: Recipe, choices: dict[str, Any]) -> int:
        told.append((recipe, choices))
        return 0

    monkeypatch.setattr(monitor, "_show_new", note)
    program, *words = shlex.split(line)
    assert program == "linreg-tui"
    assert monitor.run_command_line(words) == 0
    [(recipe, choices)] = told
    return recipe, choices["retrace"], choices["paused"]


RECIPES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "of its own": {"learning_rate": 0.1, "epochs": 50, "seed": 3, "init": "normal", "bias": False},
    "with options": {"options": {"momentum": 0.9, "nesterov": True}, "learning_rate": 0.05, "standardize": True},
    "adam": {"optimizer": "Adam", "options": {"betas": (0.8, 0.9)}, "learning_rate": 0.1, "batch_size": 2},
    "scheduled": {"schedule": "ExponentialLR", "schedule_options": {"gamma": 0.9}, "epochs": 40},
    "absolute": {"criterion": "L1Loss", "reduction": "sum", "dtype": "float32", "until_step": 1e-9},
}


@pytest.mark.parametrize("choices", RECIPES.values(), ids=RECIPES)
def test_the_line_comes_to_the_same_numbers(choices: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(bundled.find("exercise1").changed(**choices))
    run.go_to(4)
    at_rest(run)
    if not choices.get("schedule"):
        run.set_learning_rate(0.07)
        at_rest(run).step(3)
        at_rest(run).scale_learning_rate(1.25)
    at_rest(run).step(5)
    state = at_rest(run).state(1)
    recipe, way, _ = understood(command_of(run.facts, state), monkeypatch)
    assert way is not None
    again = run_of(recipe)
    again.retrace(way)
    other = at_rest(again).state(1)
    assert np.array_equal(other.parameters, state.parameters)
    assert (other.epoch, other.cost, other.learning_rate) == (state.epoch, state.cost, state.learning_rate)
    assert not other.phase.is_moving


def test_a_file_with_a_dialect_and_odd_names_is_named_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a b's.csv"
    path.write_text("x one;g;y\n1,5;a;2\n2,5;b;4\n3,5;a;?\n4,0;b;5\n4,5;a;7\n", encoding="utf-8")
    line = f"linreg-tui {shlex.quote(str(path))} --separator ';' --decimal , --missing '?' --drop-missing"
    said, _, _ = understood(f"{line} --categorical g --target y --feature 'x one' --feature g", monkeypatch)
    run = run_of(said)
    recipe, way, is_paused = understood(command_of(run.facts, run.state(1)), monkeypatch)
    assert (way, is_paused) == (None, True)
    first = replace(said, learning_rate=run.facts.learning_rate, epochs=recipe.epochs, every=recipe.every)
    assert recipe == first


def test_a_file_that_is_called_as_a_bundled_set_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("exercise1").write_text("x,y\n1,1\n2,3\n4,4\n")
    run = run_of(Recipe(data="./exercise1", dialect=TextDialect(separator=",")))
    assert understood(command_of(run.facts, run.state(1)), monkeypatch)[0].data == "./exercise1"


@pytest.mark.parametrize("text", ["", "5", "5:", ":0.1", "-1:0.1", "5:0", "5:-1", "5:nan", "5:inf", "1.5:0.1", "a:b"])
def test_a_change_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LinregError, match="EPOCH:RATE"):
        retrace_of([text], None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--change", "5:0.1", "--change", "5:0.2"], "in the order"),
        (["--at", "-3"], "from 0"),
        (["--replay", "x", "--at", "3"], "belong to a new run"),
    ],
)
def test_a_way_that_cannot_be_gone_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert monitor.run_command_line(["exercise1", *words]) == 2
    assert said in capsys.readouterr().err


def test_changes_are_taken_in_their_order() -> None:
    assert retrace_of(["3:0.1", "8:0.2"], 9) == Retrace((Intervention(3, 0.1), Intervention(8, 0.2)), 9)
    assert retrace_of(["0:5e-324"], None) == Retrace((Intervention(0, 5e-324),), -1)
    assert retrace_of([], 0) == Retrace((), 0)
    assert retrace_of([], None) is None


def test_rows_from_a_pipe_have_no_line() -> None:
    run = run_of(bundled.find("exercise1"))
    facts = replace(run.facts, recipe=replace(run.facts.recipe, data="-"))
    with pytest.raises(LinregError, match="keep them in a file"):
        command_of(facts, run.state(1))


STEPS: dict[str, Any] = {"schedule": "StepLR", "schedule_options": {"step_size": 5}}
LINES: dict[str, tuple[dict[str, Any], float, str]] = {
    "as it is": ({}, 0.01, ""),
    "the recipe's rate": ({"learning_rate": 0.5}, 0.5, "--learning-rate 0.5"),
    "another rate from the start": ({"learning_rate": 0.5}, 0.25, "--learning-rate 0.25"),
    "a rate that was worked out": ({"learning_rate": "auto"}, 0.6, "--learning-rate 0.6"),
    "a rate of no optimizer": ({"learning_rate": "auto"}, nan, "--learning-rate auto"),
    "no rate but the recipe's own": ({}, nan, ""),
    "a schedule's rate": (
        {**STEPS, "learning_rate": 0.5},
        0.25,
        "--schedule StepLR --schedule-set step_size=5 --learning-rate 0.5",
    ),
    "a schedule": (STEPS, 0.25, "--schedule StepLR --schedule-set step_size=5"),
    "words of every kind": (
        {"bias": False, "standardize": True, "features": ("x", "z"), "until_step": 1e-9, "batch_size": 2},
        0.01,
        "--feature x --feature z --no-bias --standardize --until-step 1e-09 --batch-size 2",
    ),
    "options": (
        {"optimizer": "Adam", "options": {"betas": (0.8, 0.9), "amsgrad": True}},
        0.01,
        "--optimizer Adam --set betas=0.8,0.9 --set amsgrad=true",
    ),
}


@pytest.mark.parametrize(("choices", "rate", "words"), LINES.values(), ids=LINES)
def test_the_line_names_what_is_other_than_by_itself_and_nothing_more(
    choices: dict[str, Any], rate: float, words: str
) -> None:
    run = run_of(bundled.find("exercise1"))
    facts = replace(run.facts, recipe=run.facts.recipe.changed(**choices), learning_rate=rate)
    assert command_of(facts, run.state(1)) == " ".join(f"linreg-tui exercise1 {words} --paused".split())
    changes = tuple(Intervention(epoch, 0.1 / (epoch + 1)) for epoch in (0, 7, 998, 999, 1000, 1001))
    state = replace(run.state(1), epoch=998, interventions=changes)
    said = "--change 0:0.1 --change 7:0.0125 --change 998:0.0001001001001001001 --change 999:0.0001"
    assert command_of(facts, state) == " ".join(f"linreg-tui exercise1 {words} {said} --at 998".split())
    state = replace(state, epoch=0, interventions=changes[:1])
    assert command_of(facts, state) == " ".join(f"linreg-tui exercise1 {words} --change 0:0.1 --at 0".split())


def test_a_run_that_no_line_makes_again_says_why() -> None:
    run = run_of(bundled.find("exercise1"))
    refused: list[tuple[dict[str, Any], str]] = [
        ({"script": object()}, "a script is run again by r, or by the line that started it."),
        (
            {"rows_changed": True, "first_epoch": 3},
            "the rows were changed by hand and are in no file: where the run was started w writes them, then r starts "
            "again on them.",
        ),
        (
            {"first_epoch": 1},
            "the rows were changed on the way, as no line can: r starts again on those that are here.",
        ),
        (
            {"recipe": replace(run.facts.recipe, data="-"), "script": object()},
            "the rows came through standard input: keep them in a file, which a line can name.",
        ),
    ]
    for changes, words in refused:
        with pytest.raises(LinregError) as refusal:
            command_of(replace(run.facts, **changes), run.state(1))
        assert str(refusal.value) == words


def test_a_way_is_refused_in_a_sentence_with_what_was_typed() -> None:
    refused: list[tuple[list[str], int | None, str]] = [
        (["120;0.5"], None, "--change takes EPOCH:RATE, such as 120:0.5, not '120;0.5'."),
        (["5:0.1", "9:0.2", "9:0.3"], None, "--change is given in the order of the epochs, once for each."),
        (["5:0.1", "9:0.2", "8:0.3"], 1, "--change is given in the order of the epochs, once for each."),
        ([], -1, "--at takes an epoch from 0, not -1."),
    ]
    for changes, at, words in refused:
        with pytest.raises(LinregError) as refusal:
            retrace_of(changes, at)
        assert str(refusal.value) == words
    assert retrace_of(["5:0.1", "6:0.2"], None) == Retrace((Intervention(5, 0.1), Intervention(6, 0.2)), -1)
    assert Retrace() == Retrace((), -1)
