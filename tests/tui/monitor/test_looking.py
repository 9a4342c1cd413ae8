"""Looking back over a script's steps: the numbers as they were, and nothing asked of the script."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from linreg.history.history import History
from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.facts import ScriptFacts, TensorSummary
from linreg_tui.monitor.looking import Looking
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.monitor.view import View
from linreg_tui.widgets.key_line import KeyLine
from tui.canned import view_of
from tui.monitor.test_screen import Shown, monitor
from tui.recorded import RecordedControl


def script(n_steps: int = 500, phase: Phase = Phase.PAUSED, every: int = 1) -> RecordedControl:
    """Stand in for a script with the numbers of a run of ours."""
    view = view_of("exercise1", n_steps, every=1, state={"unit": "step", "phase": phase})
    facts = replace(view.facts, script=ScriptFacts(path="/their/train.py"), weight_names=("w", "b"), least_squares=None)
    history = view.history if every == 1 else thinned(view.history, n_steps, every)
    return RecordedControl(replace(view, facts=facts, history=history))


def thinned(history: History, n_steps: int, every: int) -> History:
    """Keep fewer rows, and none of the latest but the very last."""
    fewer = History(2, every=every)
    for row in history.rows(n_steps):
        fewer.add(Trace(row.epoch, np.array([row.cost]), row.parameters[np.newaxis], row.learning_rate))
    fewer._rows._latest.clear()
    return fewer


def seen(looking: Looking, control: RecordedControl) -> View:
    assert control.facts is not None
    assert control.history is not None
    return looking.view(control.facts, control.history, control.state)


@pytest.mark.parametrize("n", [1, 10])
def test_looking_back_shows_the_numbers_as_they_were_and_asks_nothing_of_the_script(n: int) -> None:
    control = script()
    looking = Looking(control)
    looking.back(n)
    looking.back(1)
    view, then = seen(looking, control), control.view.history.row(499 - n - 1)
    before = control.view.history.row(499 - n - 2)
    assert then is not None
    assert before is not None
    assert (view.state.epoch, view.state.cost) == (then.epoch, then.cost)
    assert view.state.parameters.tolist() == then.parameters.tolist()
    assert view.state.before is not None
    assert view.state.before.tolist() == before.parameters.tolist()
    assert view.now is control.state
    assert control.requests == []


def test_forwards_leads_back_to_now_and_then_the_script_steps() -> None:
    control = script()
    looking = Looking(control)
    looking.back(2)
    steps = []
    for _ in range(2):
        looking.forward(1)
        steps.append(looking.step)
    assert steps == [498, None]
    assert control.requests == []
    looking.forward(1)
    assert control.requests == [("step", 1)]


def test_ten_forwards_do_not_run_the_script_on() -> None:
    control = script()
    looking = Looking(control)
    looking.back(3)
    looking.forward(10)
    assert (looking.step, control.requests) == (None, [])


def test_before_the_first_step_there_are_the_initial_parameters() -> None:
    control = script(n_steps=3)
    looking = Looking(control)
    looking.back(10)
    view = seen(looking, control)
    assert view.state.epoch == -1
    assert view.state.parameters is view.facts.initial
    assert "before the first" in looking.said
    looking.forward(1)
    view = seen(looking, control)
    assert view.state.epoch == 0
    assert view.state.before is view.facts.initial


@pytest.mark.parametrize(("asked", "found"), [(120, 120), (0, 0), (-1, -1), (499, None)])
def test_any_step_so_far_can_be_gone_to(asked: int, found: int | None) -> None:
    control = script()
    looking = Looking(control)
    looking.go_to(asked)
    assert (looking.step, control.requests) == (found, [])
    assert ("kept" in looking.said) is False


def test_a_step_that_is_to_come_is_for_the_script() -> None:
    control = script()
    looking = Looking(control)
    looking.back(5)
    looking.go_to(600)
    assert (looking.step, control.requests) == (None, [("go_to", 600)])


@pytest.mark.parametrize(("asked", "found"), [(121, 120), (123, 124), (498, 496)])
def test_where_not_every_step_is_kept_the_nearest_is_shown_and_that_is_said(asked: int, found: int) -> None:
    control = script(every=4)
    looking = Looking(control)
    looking.go_to(asked)
    assert looking.step == found
    assert f"step {asked} is not kept" in looking.said
    assert f"{found}" in looking.said
    looking.back(1)
    assert looking.step == found - 4
    assert seen(looking, control).state.before is None, "the step before is not kept"


def test_what_is_looked_at_stays_while_the_script_runs_on() -> None:
    control = script(phase=Phase.RUNNING)
    looking = Looking(control)
    looking.back(1)
    then = seen(looking, control).state
    more = Trace(500, np.full(5000, 0.5), np.full((5000, 2), 7.0), 0.01)
    control.view.history.add(more)
    control.show(epoch=5499)
    now = seen(looking, control)
    assert now.state.parameters.tolist() == then.parameters.tolist()
    assert (now.state.epoch, now.state.phase) == (498, Phase.PAUSED)
    assert now.now is not None
    assert now.now.epoch == 5499


def test_sums_of_large_tensors_are_not_shown_as_those_of_an_earlier_step() -> None:
    control = script()
    large = ScriptFacts(path="t.py", is_small=False, tensors=(TensorSummary("w", (9, 999), 1.0, 2.0, 3.0, 4.0),))
    control.view = replace(control.view, facts=replace(control.view.facts, script=large))
    looking = Looking(control)
    assert seen(looking, control).facts.script is large
    looking.back(1)
    then = seen(looking, control).facts
    assert then.script is not None
    assert [(each.name, each.shape) for each in then.script.tensors] == [("w", (9, 999))]
    assert np.isnan([then.script.tensors[0].norm, then.script.tensors[0].gradient_norm]).all()
    assert seen(looking, control).facts is then, "the same until others are known"


def test_a_run_of_our_own_is_taken_back_itself() -> None:
    control = RecordedControl(view_of("exercise1", 50))
    looking = Looking(control)
    looking.back(1)
    looking.forward(1)
    looking.go_to(3)
    assert control.requests == [("back", 1), ("step", 1), ("go_to", 3)]
    assert looking.step is None


def test_a_step_is_shown_with_the_rate_that_it_had() -> None:
    control = script(n_steps=3)
    history = control.view.history
    history.add(Trace(3, np.array([0.5]), np.zeros((1, 2)), 0.125))
    control.show(epoch=3)
    looking = Looking(control)
    assert seen(looking, control).last_rate == 0.125
    looking.back(1)
    assert seen(looking, control).last_rate == 0.01
    assert seen(looking, control).state.learning_rate == 0.125, "that of the step to come"


@asynccontextmanager
async def watching(control: RecordedControl, size: tuple[int, int]) -> AsyncIterator[tuple[Pilot[None], Shown]]:
    app = Shown(control)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, app


def status(app: Shown) -> str:
    lines: Any = monitor(app).query_one(MonitorStatus)
    return "\n".join(lines.render_line(y).text for y in range(3))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_the_screen_says_where_the_script_is(size: tuple[int, int]) -> None:
    control = script()
    async with watching(control, size) as (pilot, app):
        await pilot.press("left", "left", "B")
        assert "LOOKING BACK" in status(app)
        assert "487" in status(app)
        assert "stands at" in status(app)
        assert "499" in status(app)
        assert "Esc" in status(app)
        control.show(phase=Phase.RUNNING, epoch=510)
        await pilot.press("right")
        assert "488" in status(app)
        assert "runs on at" in status(app)
        assert "510" in status(app)
        await pilot.press("escape")
        assert "LOOKING" not in status(app)
        assert "510" in status(app)
        assert control.requests == []


async def test_escape_puts_an_enlarged_panel_back_first() -> None:
    async with watching(script(), (120, 40)) as (pilot, app):
        await pilot.press("left", "enter", "escape")
        assert "LOOKING BACK" in status(app)
        await pilot.press("escape")
        assert "LOOKING BACK" not in status(app)


async def test_space_holds_a_script_that_runs_and_lets_one_run_on_from_now() -> None:
    control = script(phase=Phase.RUNNING)
    async with watching(control, (120, 40)) as (pilot, app):
        await pilot.press("left", "space")
        assert control.requests == [("pause",)]
        assert "LOOKING BACK" in status(app)
        control.show(phase=Phase.PAUSED)
        await pilot.press("space")
        assert control.requests == [("pause",), ("play",)]
        assert "LOOKING BACK" not in status(app)


async def test_a_change_is_asked_of_the_script_and_the_screen_stays_where_it_looks() -> None:
    control = script()
    async with watching(control, (120, 40)) as (pilot, app):
        await pilot.press("left", "plus")
        assert control.requests == [("scale_learning_rate", 1.25)]
        assert "LOOKING BACK" in status(app)


async def test_g_looks_at_a_step_by_its_number() -> None:
    control = script()
    async with watching(control, (120, 40)) as (pilot, app):
        await pilot.press("g", *"120", "enter")
        assert "120 of" in status(app)
        await pilot.press("g", *"-20", "enter")
        assert "100 of" in status(app), "from the step that is looked at"
        await pilot.press("g", *"start", "enter")
        assert "before the first" in monitor(app).query_one(KeyLine).sentence
        assert control.requests == []


@pytest.mark.parametrize("key", ["r", "R"])
async def test_running_it_again_is_not_asked_of_the_script(key: str) -> None:
    control = script()
    async with watching(control, (120, 40)) as (pilot, _):
        await pilot.press(key)
        assert control.requests == []


async def test_a_script_is_let_run_to_the_end_of_its_epoch_which_the_status_names() -> None:
    control, theirs = script(), ScriptFacts(path="/t.py", epoch=9, last_epoch=49)
    control.view = replace(control.view, facts=replace(control.view.facts, script=theirs))
    async with watching(control, (120, 40)) as (pilot, app):
        await pilot.press("E")
        assert "once the script has been through one" in app.screen.query_one(KeyLine).sentence
        assert control.requests == []
        known = replace(theirs, epoch_began=450, steps_an_epoch=60)
        control.view = replace(control.view, facts=replace(control.view.facts, script=known))
        control.show(epoch=499)
        await pilot.press("E")
        assert control.requests == [("go_to", 509)]
        assert "epoch 9 of 49" in status(app)
