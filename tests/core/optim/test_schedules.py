"""Schedules of torch.optim.lr_scheduler on every engine: torch's own rates, epoch by epoch, there and back."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import linreg
from command import linreg as run_linreg
from linreg.data.bundled import find
from linreg.live.checkpoint import Checkpoint
from linreg.live.rewinding import Rewinding
from linreg.optim import schedules
from linreg.session.session import Session
from linreg.trace import Trace
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from linreg.training.usability import require_usable
from patience import PATIENCE

LAST = 60
SCHEDULES: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 7, "gamma": 0.5},
    "MultiStepLR": {"milestones": [5, 30]},
    "ConstantLR": {},
    "LinearLR": {"total_iters": 20},
    "ExponentialLR": {"gamma": 0.97},
    "PolynomialLR": {"total_iters": 50, "power": 2.0},
    "CosineAnnealingLR": {"T_max": LAST + 1},
    "CosineAnnealingWarmRestarts": {"T_0": 9, "T_mult": 2},
    "CyclicLR": {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 8},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": LAST + 1},
    "ReduceLROnPlateau": {"patience": 1, "threshold": 0.2, "factor": 0.5},
}
ENGINES: dict[str, dict[str, Any]] = {
    "gram": {"options": {"momentum": 0.5}},
    "gram Adam": {"optimizer": "Adam"},
    "autograd": {"engine": "autograd", "options": {"momentum": 0.5}},
    "analytic": {"engine": "analytic"},
    "mini-batches": {"batch_size": 2, "options": {"momentum": 0.5}},
}


def recipe_of(schedule: str, **choices: Any) -> linreg.Recipe:
    given = {"T_max", "total_steps"} | ({"max_lr"} if schedule == "OneCycleLR" else set())
    options = {name: value for name, value in SCHEDULES[schedule].items() if name not in given}
    return find("exercise1").changed(
        **{"epochs": LAST, "learning_rate": 0.1, "schedule": schedule, "schedule_options": options, **choices}
    )


@cache
def of_torch(schedule: str, optimizer: str, momentum: float) -> NDArray[np.float64]:
    """Train exercise1 in a plain loop, the schedule as it is in torch: rate, cost, w, b of every epoch."""
    x, y = torch.tensor([[0.0], [1.0], [1.0]]).double(), torch.tensor([[0.0], [1.0], [2.0]]).double()
    w, b = (
        torch.zeros(1, dtype=torch.float64, requires_grad=True),
        torch.zeros(1, dtype=torch.float64, requires_grad=True),
    )
    options = {"momentum": momentum} if optimizer == "SGD" else {}
    descent = getattr(torch.optim, optimizer)([w, b], lr=0.1, **options)
    course = getattr(torch.optim.lr_scheduler, schedule)(descent, **SCHEDULES[schedule])
    rows = []
    for _ in range(LAST + 1):
        rate, cost = descent.param_groups[0]["lr"], torch.mean((x * w + b - y) ** 2)
        descent.zero_grad()
        cost.backward()
        descent.step()
        rows.append([rate, cost.item(), w.item(), b.item()])
        course.step(*([cost.item()] if schedule == "ReduceLROnPlateau" else []))
    return np.array(rows)


def rows_of(trace: Trace) -> NDArray[np.float64]:
    rows: NDArray[np.float64] = np.column_stack([trace.rates, trace.cost, trace.parameters])
    return rows


@pytest.mark.parametrize("engine", ["gram", "gram Adam", "autograd", "analytic"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_epochs_are_those_of_a_plain_loop_with_that_schedule(schedule: str, engine: str) -> None:
    choices = ENGINES[engine]
    trainer = Trainer(pose(recipe_of(schedule, **choices)))
    assert trainer.engine.name == engine.split()[0]
    expected = of_torch(schedule, choices.get("optimizer", "SGD"), choices.get("options", {}).get("momentum", 0.0))
    ours = np.concatenate([rows_of(trainer.advance(n)) for n in (1, 17, 100)])
    np.testing.assert_allclose(ours[:, 0], expected[:, 0], rtol=1e-14, atol=0)
    np.testing.assert_allclose(ours[:, 1:], expected[:, 1:], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("schedule", ["StepLR", "MultiStepLR", "CosineAnnealingLR", "OneCycleLR", "ReduceLROnPlateau"])
def test_epochs_that_are_gone_back_to_or_taken_up_elsewhere_are_the_same_to_the_last_bit(
    schedule: str, engine: str
) -> None:
    recipe = recipe_of(schedule, **ENGINES[engine])
    straight, draw = rows_of(Trainer(pose(recipe)).advance(LAST + 1)), Random(1)
    run = Rewinding(Trainer(pose(recipe)))
    for epoch in [40, *(draw.randint(-1, LAST) for _ in range(5)), LAST, 20]:
        run.approach(epoch)
        while run.trainer.epoch < epoch:
            trace = run.advance(min(draw.randint(1, 9), epoch - run.trainer.epoch))
            np.testing.assert_array_equal(rows_of(trace), straight[trace.first_epoch : trace.last_epoch + 1])
    kept = Checkpoint(
        recipe=run.trainer.problem.settled_recipe,
        snapshot=run.trainer.snapshot(),
        status=run.trainer.status,
        first_learning_rate=run.first_learning_rate,
    )
    kept = Checkpoint.of_content(kept.content())
    elsewhere = Rewinding(Trainer(pose(kept.recipe)))
    elsewhere.resume_from(kept)
    assert elsewhere.learning_rate_of(20) == straight[20, 0]
    np.testing.assert_array_equal(rows_of(elsewhere.advance(100)), straight[21:])
    elsewhere.start_again()
    np.testing.assert_array_equal(rows_of(elsewhere.advance(100))[:30], straight[:30])


def test_the_spectral_engine_is_for_a_rate_that_stays() -> None:
    assert Trainer(pose(recipe_of("StepLR"))).engine.name == "gram"
    with pytest.raises(linreg.LinregError, match="the spectral engine cannot serve this recipe: a schedule changes"):
        pose(recipe_of("StepLR", engine="spectral"))


def test_a_schedule_that_goes_by_the_length_of_the_run_is_told_it_and_keeps_to_it() -> None:
    problem = pose(recipe_of("CosineAnnealingLR"))
    assert problem.settled_recipe.schedule_options == {"T_max": LAST + 1}
    further = Trainer(pose(problem.settled_recipe.changed(epochs=2 * LAST))).advance(LAST + 1)
    np.testing.assert_array_equal(rows_of(further), rows_of(Trainer(problem).advance(LAST + 1)))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("Foo", {}, "torch.optim.lr_scheduler has no schedule 'Foo'"),
        ("StepLr", {}, "StepLR needs step_size: add --schedule-set step_size=VALUE."),
        ("CyclicLR", {}, "CyclicLR needs base_lr: add --schedule-set base_lr=VALUE."),
        ("StepLR", {"stepsize": 3}, "(did you mean 'step_size'?)"),
        ("StepLR", {"step_size": "often"}, "StepLR's option step_size takes a whole number, not 'often'."),
        ("MultiStepLR", {"milestones": "a,b"}, "milestones takes values such as 30,80, not 'a,b'."),
        ("OneCycleLR", {"total_steps": 4}, "OneCycleLR ends after 4 steps, and the run takes 61"),
        ("StepLR", {"step_size": 3, "last_epoch": 4}, "last_epoch cannot be set as an option of StepLR"),
        ("LambdaLR", {}, "LambdaLR takes what no option can write"),
        ("SequentialLR", {}, "SequentialLR takes what no option can write"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence_before_the_run(name: str, options: Any, sentence: str) -> None:
    recipe = find("exercise1").changed(epochs=LAST, schedule=name, schedule_options=options)
    for refusing in (require_usable, lambda recipe: Trainer(pose(recipe))):
        with pytest.raises(linreg.LinregError) as refused:
            refusing(recipe)
        assert sentence in str(refused.value)


def test_what_torch_refuses_is_a_sentence_too() -> None:
    recipe = recipe_of("ReduceLROnPlateau", schedule_options={"factor": 2.0})
    with pytest.raises(linreg.LinregError, match=r"^ReduceLROnPlateau cannot be used so: Factor should be < 1\.0\.$"):
        Trainer(pose(recipe))
    with pytest.raises(linreg.LinregError, match="--schedule-set is an option of a schedule"):
        linreg.Recipe(schedule_options={"gamma": 0.1})


def test_every_schedule_that_options_can_write_is_offered() -> None:
    assert set(SCHEDULES) <= set(schedules.names())


def test_every_row_has_its_own_rate(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        f'data = "{find("exercise1").data}"\nepochs = 9\nevery = 1\nlearning_rate = 0.1\nstandardize = false\n'
        'schedule = "StepLR"\nschedule_options = {step_size = 4, gamma = 0.5}\n'
    )
    ended = run_linreg("run", recipe, "--format", "json")
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    rates = [event["learning_rate"] for event in events if event["event"] == "epoch"]
    assert rates == [0.1] * 4 + [0.05] * 4 + [0.025] * 2
    assert b"lr_scheduler" not in ended.stderr  # torch's own warning
    other = run_linreg("run", recipe, "--schedule", "steplr", "--schedule-set", "gamma=1", "--format", "json")
    assert {json.loads(line).get("learning_rate") for line in other.stdout.splitlines()} == {0.1}
    assert run_linreg("run", recipe, "--schedule", "ConstantLR").returncode == 0  # with options of its own


def test_the_rate_of_a_scheduled_session_is_the_schedules() -> None:
    with Session(recipe_of("StepLR"), paused=True) as session:
        session.step(20)
        session.wait(lambda state: state.epoch == 19, PATIENCE)
        session.scale_learning_rate(2.0)
        state = session.wait(lambda state: state.notice is not None, PATIENCE)
        assert state.notice is not None
        assert state.notice.is_error
        assert "StepLR sets the learning rate after every epoch" in state.notice.text
        assert state.learning_rate == of_torch("StepLR", "SGD", 0.0)[20, 0]
        session.back(10)
        state = session.wait(lambda state: state.epoch == 9, PATIENCE)
        assert state.learning_rate == of_torch("StepLR", "SGD", 0.0)[10, 0]
        assert session.history is not None
        row = session.history.row(9)
        assert row is not None
        assert row.learning_rate == of_torch("StepLR", "SGD", 0.0)[9, 0]
        session.restart()
        state = session.wait(lambda state: state.epoch == -1, PATIENCE)
        assert state.learning_rate == 0.1
