"""A run that is steered block by block, without a thread: where it stands after each request, by arithmetic."""

from collections.abc import Callable
from dataclasses import fields
from math import inf, isnan, nan
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import lecture
import linreg
from exactly import same
from linreg.data import bundled
from linreg.data.sample import Sample
from linreg.history.epochs import Epochs
from linreg.live import moving
from linreg.live.checkpoint import Checkpoint
from linreg.live.control import ChangesRows, CountsBatches
from linreg.live.run import LiveRun
from linreg.live.state import Intervention, State
from linreg.live.values import plain
from linreg.numerics.minima.minimum import Fit, Minimum
from linreg.phase import Phase
from linreg.training.fitted import load_model
from linreg.training.posing import pose

LAST = 300
"""Beyond the integers that Python has once only."""
ENGINES: dict[str, dict[str, Any]] = {
    "spectral": {"engine": "spectral"},
    "gram": {"engine": "gram"},
    "analytic": {"engine": "analytic"},
    "autograd": {"engine": "autograd"},
}


def started(speed: float = inf, is_playing: bool = False, may_reseed: bool = True, **choices: Any) -> LiveRun:
    recipe = bundled.find("exercise1").changed(**{"every": 1, "epochs": LAST, **choices})
    return LiveRun(pose(recipe), Sample(1), speed, is_playing, may_reseed=may_reseed)


def arrive(run: LiveRun) -> State:
    while run.phase.is_moving:
        run.work()
    return run.state(1)


def straight(n_epochs: int, rate_of: Callable[[int], float]) -> tuple[list[float], list[list[float]]]:
    """Return the cost that each epoch starts from, and the parameters after it, by arithmetic."""
    rows = [(x, y) for [x], [y] in zip(*lecture.EXERCISE1, strict=True)]
    w, b, costs, parameters = 0.0, 0.0, list[float](), list[list[float]]()
    for epoch in range(n_epochs):
        residuals = [(x, w * x + b - y) for x, y in rows]
        costs.append(sum(r * r for _, r in residuals) / len(rows))
        w -= rate_of(epoch) * 2 * sum(r * x for x, r in residuals) / len(rows)
        b -= rate_of(epoch) * 2 * sum(r for _, r in residuals) / len(rows)
        parameters.append([w, b])
    return costs, parameters


class Model:
    """What a run of these requests should be."""

    def __init__(self) -> None:
        self.epoch, self.farthest, self.first, self.changes = -1, -1, 0.01, list[Intervention]()
        self.was_refused = False

    def rate_of(self, epoch: int) -> float:
        return next((each.learning_rate for each in reversed(self.changes) if each.epoch <= epoch), self.first)

    def go_to(self, epoch: int) -> None:
        self.epoch = min(max(epoch, -1), LAST)
        self.farthest = max(self.farthest, self.epoch)

    def change(self, rate: float) -> None:
        if self.epoch == LAST:
            self.was_refused = True
            return
        following = self.epoch + 1
        if rate == self.rate_of(following):
            return
        self.changes = [each for each in self.changes if each.epoch < following]
        if rate != self.rate_of(following):
            self.changes.append(Intervention(following, rate))
        self.farthest = self.epoch

    def restart(self) -> None:
        self.first, self.changes, self.epoch, self.farthest = self.rate_of(self.epoch + 1), [], -1, -1

    def check(self, run: LiveRun) -> None:
        state = run.state(17)
        costs, parameters = straight(self.farthest + 1, self.rate_of)
        assert (state.version, state.epoch, state.last_epoch, state.goal) == (17, self.epoch, LAST, None)
        assert state.phase is (Phase.FINISHED if self.epoch == LAST else Phase.PAUSED)
        assert (state.learning_rate, state.interventions) == (self.rate_of(self.epoch + 1), tuple(self.changes))
        assert (state.pace, state.speed, run.seconds_to_next) == (0.0, inf, inf)
        assert (state.notice is not None and state.notice.is_error) == self.was_refused
        assert (state.result is not None) == (self.epoch == LAST)
        around = [[0.0, 0.0], *parameters]
        assert state.parameters == pytest.approx(around[self.epoch + 1], rel=1e-9, abs=1e-12)
        if self.epoch < 0:
            assert state.before is None
            assert isnan(state.cost)
        else:
            assert state.before == pytest.approx(around[self.epoch], rel=1e-9, abs=1e-12)
            assert state.cost == pytest.approx(costs[self.epoch], rel=1e-9)
        rows = run.history.rows(LAST + 1)
        assert [row.epoch for row in rows] == list(range(self.farthest + 1))
        assert [row.cost for row in rows] == pytest.approx(costs, rel=1e-9)
        assert [row.learning_rate for row in rows] == [self.rate_of(epoch) for epoch in range(self.farthest + 1)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_asked_for_the_run_stands_where_a_plain_loop_would(engine: str, seed: int) -> None:
    draw, run, model = Random(seed), started(**ENGINES[engine]), Model()
    for _ in range(30):
        n_epochs, rate = draw.choice((1, 2, 7, 70)), draw.choice((0.01, 0.02, 0.1))
        match draw.choice(
            ("step", "step", "back", "go", "go", "rate", "scale", "restart" if draw.random() < 0.3 else "")
        ):
            case "step":
                run.step(n_epochs)
                model.go_to(model.epoch + n_epochs)
            case "back":
                run.back(n_epochs)
                model.go_to(model.epoch - n_epochs)
            case "go":
                epoch = draw.randint(-5, LAST + 20)
                run.go_to(epoch)
                model.go_to(epoch)
            case "rate":
                run.set_learning_rate(rate)
                model.change(rate)
            case "scale":
                run.scale_learning_rate(0.5)
                model.change(model.rate_of(model.epoch + 1) * 0.5)
            case "restart":
                run.restart()
                model.restart()
            case _:
                run.play()
                model.go_to(LAST)
        arrive(run)
        model.check(run)


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_on_the_way_count_from_the_goal(engine: str) -> None:
    run = started(**ENGINES[engine])
    run.go_to(100)
    assert run.state(1).phase is Phase.SEEKING
    assert run.state(1).goal == 100
    assert run.seconds_to_next == 0
    run.step(20)
    assert run.state(1).goal == 120
    run.back(50)
    assert run.state(1).goal == 70
    assert arrive(run).epoch == 70


def test_a_pause_stands_still_where_the_run_is() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    run.work()
    here = run.epoch
    run.pause()
    state = run.state(1)
    assert (state.phase, state.goal, state.epoch) == (Phase.PAUSED, None, here)
    assert 0 <= here < 100
    run.pause()
    assert run.state(1).phase is Phase.PAUSED


@pytest.mark.parametrize(("is_playing", "phase"), [(True, Phase.RUNNING), (False, Phase.PAUSED)])
def test_a_run_begins_as_it_was_told_to(is_playing: bool, phase: Phase) -> None:
    run = started(is_playing=is_playing)
    assert run.state(1).phase is phase
    assert run.seconds_to_next == (0 if is_playing else inf)


def test_a_run_that_is_played_on_its_way_back_plays_on_from_there() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    arrive(run)
    run.rewinding._kept[1:] = []  # so that there is a way
    run.go_to(50)
    assert run.state(1).phase is Phase.SEEKING
    run.play()
    assert run.state(1).phase is Phase.SEEKING
    seen = [run.state(1).phase]
    while run.phase.is_moving:
        run.work()
        seen.append(run.state(1).phase)
    assert seen[-1] is Phase.FINISHED
    assert Phase.RUNNING in seen
    assert Phase.PAUSED not in seen


def test_a_run_that_is_played_on_its_way_to_what_is_new_runs_on_at_once() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    run.play()
    assert run.state(1).phase is Phase.RUNNING
    assert run.state(1).goal is None
    assert arrive(run).epoch == LAST
    run.play()
    assert run.state(1).phase is Phase.FINISHED


def test_a_rate_that_is_changed_on_the_way_counts_from_where_the_run_is_and_it_goes_on() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    run.work()
    here = run.epoch
    run.set_learning_rate(0.03)
    assert run.state(1).goal == 100
    state = arrive(run)
    assert state.epoch == 100
    assert state.interventions == (Intervention(here + 1, 0.03),)
    _, parameters = straight(101, lambda epoch: 0.03 if epoch > here else 0.01)
    assert state.parameters == pytest.approx(parameters[-1], rel=1e-9)


def test_a_rate_that_is_changed_on_the_way_back_counts_from_the_goal() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    arrive(run)
    run.rewinding._kept[1:] = []
    run.go_to(50)
    run.set_learning_rate(0.03)
    run.play()
    state = arrive(run)
    assert state.interventions == (Intervention(51, 0.03),)
    assert state.epoch == LAST
    _, parameters = straight(LAST + 1, lambda epoch: 0.03 if epoch > 50 else 0.01)
    assert state.parameters == pytest.approx(parameters[-1], rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_in_motion_is_changed_without_standing_still(engine: str) -> None:
    run = started(is_playing=True, **ENGINES[engine])
    run.work()
    here = run.epoch
    run.set_learning_rate(0.03)
    state = run.state(1)
    assert state.phase is Phase.RUNNING
    assert state.interventions == (Intervention(here + 1, 0.03),)
    state = arrive(run)
    assert (state.phase, state.epoch) == (Phase.FINISHED, LAST)


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.0596, 1e-7])
def test_a_rate_that_is_raised_and_lowered_as_often_is_what_it_was(rate: float) -> None:
    run = started(learning_rate=rate)
    for factor in [1.25] * 9 + [0.8] * 18 + [1.25] * 9:
        run.scale_learning_rate(factor)
    assert arrive(run).learning_rate == rate


@pytest.mark.parametrize("rate", [0.0, -1.0, nan, inf, -inf])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    run = started()
    run.set_learning_rate(rate)
    state = run.state(1)
    assert (state.learning_rate, state.interventions) == (0.01, ())
    assert state.notice is not None
    assert (state.notice.number, state.notice.is_error) == (1, True)


def test_an_optimizer_without_a_rate_has_none_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    run = started(optimizer="Adam", learning_rate=0.01, engine="gram")
    monkeypatch.setattr(type(run.trainer.engine), "learning_rate", nan)
    run.set_learning_rate(0.5)
    notice = run.state(1).notice
    assert notice is not None
    assert notice.text == "Adam has no learning rate to change."


@pytest.mark.parametrize("speed", [0.0, -3.0, nan])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    run = started(speed=10.0)
    run.set_speed(speed)
    state = run.state(1)
    assert state.speed == 10.0
    assert state.notice is not None
    assert state.notice.is_error


def test_a_speed_holds_from_now_on() -> None:
    run = started(speed=1e-3, is_playing=True)
    run.work()
    assert run.epoch == 0
    assert 900 < run.seconds_to_next <= 1000
    run.set_speed(0.5)
    assert run.state(1).speed == 0.5
    assert run.state(1).notice is None
    assert run.seconds_to_next == 0
    run.work()
    assert run.epoch == 1
    assert 1 < run.seconds_to_next <= 2
    run.set_speed(inf)
    assert run.seconds_to_next == 0
    assert arrive(run).epoch == LAST


def test_the_pace_is_that_of_a_run_in_motion() -> None:
    run = started(is_playing=True, engine="autograd")
    for _ in range(3):
        run.work()
    assert run.state(1).pace > 0
    run.pause()
    assert run.state(1).pace == 0


@pytest.mark.parametrize("rate", [None, 0.02])
def test_another_seed_begins_at_other_parameters_with_the_rate_that_is_set(rate: float | None) -> None:
    run = started()
    run.step(5)
    arrive(run)
    if rate is not None:
        run.set_learning_rate(rate)
    before, seen = run.state(1), {(0.0, 0.0)}
    for number in (1, 2):
        run.restart(new_seed=True)
        state = run.state(1)
        assert (state.epoch, state.learning_rate, state.interventions) == (-1, before.learning_rate, ())
        assert state.phase is Phase.PAUSED
        assert run.history.last_epoch == -1
        assert state.parameters.tolist() == run.facts.initial.tolist()
        assert run.facts.learning_rate == before.learning_rate
        assert state.notice is not None
        assert state.notice.number == number
        assert str(run.facts.recipe.seed) in state.notice.text
        assert "standard normal" in state.notice.text
        seen.add(tuple(state.parameters.tolist()))
    assert len(seen) == 3


def test_a_run_that_prints_its_epochs_takes_no_other_seed() -> None:
    run = started(may_reseed=False)
    run.step(5)
    arrive(run)
    run.restart(new_seed=True)
    state = run.state(1)
    assert state.epoch == 4
    assert state.notice is not None
    assert state.notice.is_error
    run.restart()
    assert run.state(1).epoch == -1
    assert run.state(1).notice == state.notice


def test_a_run_that_has_diverged_recovers_at_the_least_cost_of_all_with_a_rate_that_is_safe() -> None:
    run = started(engine="autograd", epochs=3000)
    run.step(30)
    arrive(run)
    run.set_learning_rate(2.0)
    run.play()
    assert arrive(run).phase is Phase.DIVERGED
    costs, parameters = straight(run.epoch + 1, lambda epoch: 0.01 if epoch < 30 else 2.0)
    best = int(np.argmin(costs)) - 1
    run.recover()
    state = arrive(run)
    assert (state.phase, state.epoch, state.learning_rate) == (Phase.PAUSED, best, 0.591)
    assert state.parameters == pytest.approx(parameters[best], rel=1e-9)
    assert state.notice is not None
    assert state.notice.text == (
        f"back to epoch {best}, where the cost was least of all; the learning rate is now 0.591, "
        "safely below the largest stable one, 0.6577."
    )
    run.recover()
    notice = run.state(1).notice
    assert notice is not None
    assert (notice.number, notice.is_error) == (2, True)


def test_a_run_that_diverges_from_the_start_recovers_there() -> None:
    run = started(learning_rate=2.0, epochs=3000, is_playing=True)
    assert arrive(run).phase is Phase.DIVERGED
    run.recover()
    state = arrive(run)
    assert (state.epoch, state.learning_rate) == (-1, 0.591)
    assert state.notice is not None
    assert state.notice.text.startswith("back to the start; the learning rate is now")
    assert state.notice.is_error is False


def test_a_run_that_diverges_after_a_million_epochs_recovers_at_the_very_one_where_the_cost_was_least() -> None:
    run = started(epochs=2_000_000)
    run.go_to(1_000_000)
    arrive(run)
    run.set_learning_rate(2.0)
    arrive(run)
    run.play()
    assert arrive(run).phase is Phase.DIVERGED
    assert run.history.is_coarse
    run.recover()
    state = arrive(run)
    costs = [trace.cost for trace in linreg.train("exercise1", epochs=1_000_000)]
    assert state.epoch == int(np.argmin(np.concatenate(costs))) - 1
    assert state.learning_rate == 0.591


def test_a_converged_run_goes_on_at_another_rate() -> None:
    run = started(until_step=1e-3, epochs=5000, is_playing=True)
    state = arrive(run)
    assert state.phase is Phase.CONVERGED
    assert state.result is not None
    run.set_learning_rate(0.1)
    assert arrive(run).phase is Phase.PAUSED
    assert run.state(1).result is None
    run.play()
    assert arrive(run).epoch > state.epoch


@pytest.mark.parametrize(
    ("choices", "is_there"), [({"engine": "autograd", "criterion": "HuberLoss"}, True), ({"engine": "autograd"}, False)]
)
def test_the_gradient_of_a_step_is_shown_where_the_facts_do_not_tell_it(
    choices: dict[str, Any], is_there: bool
) -> None:
    run = started(**choices)
    assert run.state(1).gradient is None
    run.step(8)
    state = arrive(run)
    assert (state.gradient is not None) == is_there
    if state.gradient is not None and state.before is not None:
        assert state.parameters == pytest.approx(state.before - 0.01 * state.gradient, rel=1e-12)
        run.step(50)
        assert run.state(1).gradient is None


def test_a_gradient_that_takes_long_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_LONGEST_GRADIENT", 0.0)
    run = started(engine="autograd", criterion="HuberLoss")
    run.step(8)
    assert arrive(run).gradient is None


def test_a_change_far_back_makes_a_coarse_history_fine_again() -> None:
    run = started(epochs=1_000_000, is_playing=True)
    arrive(run)
    assert run.history.is_coarse
    run.go_to(50)
    run.set_learning_rate(0.02)
    assert arrive(run).phase is Phase.PAUSED
    assert (run.history.is_coarse, run.history.last_epoch) == (False, 50)
    assert [row.epoch for row in run.history.rows(60)] == list(range(51))


def test_a_fine_history_is_cut_where_the_change_is() -> None:
    run = started(engine="autograd")
    run.go_to(100)
    arrive(run)
    run.go_to(60)
    arrive(run)
    run.set_learning_rate(0.02)
    assert run.history.last_epoch == 60  # at once: nothing has to be added again
    assert run.state(1).phase is Phase.PAUSED


@pytest.mark.parametrize("is_playing", [False, True])
def test_a_run_is_taken_up_where_it_was_left_and_runs_on_if_it_was_to(is_playing: bool) -> None:
    left = started(engine="autograd")
    left.step(20)
    arrive(left)
    left.set_learning_rate(0.03)
    left.step(20)
    state = arrive(left)
    kept = Checkpoint(
        recipe=left.facts.recipe,
        snapshot=left.trainer.snapshot(),
        status=Phase.RUNNING,
        first_learning_rate=0.01,
        interventions=state.interventions,
        before=state.before,
    )
    run = started(engine="autograd", is_playing=is_playing)
    run.resume_from(kept, _epochs_of(left))
    found = run.state(1)
    assert found.phase is (Phase.RUNNING if is_playing else Phase.PAUSED)
    assert (found.epoch, found.cost, found.interventions) == (39, state.cost, (Intervention(20, 0.03),))
    assert found.parameters.tolist() == state.parameters.tolist()
    assert run.facts.learning_rate == 0.01
    assert [row.epoch for row in run.history.rows(99)] == list(range(40))
    run.play()
    left.play()
    assert arrive(run).parameters.tolist() == arrive(left).parameters.tolist()


def _epochs_of(run: LiveRun) -> Epochs:
    rows = run.history.rows(LAST + 1)
    return Epochs(
        np.array([row.epoch for row in rows]),
        np.array([row.cost for row in rows]),
        None,
        np.array([row.learning_rate for row in rows]),
        np.array([row.parameters for row in rows]),
    )


def test_a_model_is_saved_as_it_stands_and_replaces_a_file_only_if_told_to(tmp_path: Path) -> None:
    run = started()
    run.step(20)
    state, path = arrive(run), tmp_path / "model.safetensors"
    for number, (replaces, is_error) in enumerate([(False, False), (False, True), (True, False)], 1):
        run.save(path, replaces=replaces)
        notice = run.state(1).notice
        assert notice is not None
        assert (notice.number, notice.is_error) == (number, is_error)
        assert "model.safetensors" in notice.text
    assert load_model(path).w.tolist() == state.parameters[:1].tolist()


def test_a_run_in_motion_goes_on_after_its_coarse_history_was_made_fine_again() -> None:
    run = started(epochs=1_000_000, is_playing=True)
    arrive(run)
    run.go_to(50)
    arrive(run)
    run.set_speed(1.0)
    run.play()
    run.work()
    run.set_learning_rate(0.02)
    while run.phase is Phase.SEEKING:
        run.work()
    state = run.state(1)
    assert (state.phase, state.epoch, state.interventions) == (Phase.RUNNING, 51, (Intervention(52, 0.02),))
    assert [row.epoch for row in run.history.rows(60)] == list(range(52))


def said(run: LiveRun) -> tuple[str, bool]:
    notice = run.state(1).notice
    assert notice is not None
    return notice.text, notice.is_error


def ended(**choices: Any) -> LiveRun:
    run = started(is_playing=True, **choices)
    arrive(run)
    return run


SCHEDULE: dict[str, Any] = {"schedule": "StepLR", "schedule_options": {"step_size": 5}}
NONE_LEFT = "no step is left for another learning rate"
REFUSED: dict[str, tuple[Callable[[], LiveRun], Callable[[LiveRun], None], str]] = {
    "a rate of a schedule": (
        lambda: started(**SCHEDULE),
        lambda run: run.set_learning_rate(0.5),
        "StepLR sets the learning rate after every epoch; d chooses another.",
    ),
    "a rate that is none": (
        started,
        lambda run: run.set_learning_rate(nan),
        "a learning rate is a finite number above 0; nothing was changed.",
    ),
    "a rate after the end": (
        ended,
        lambda run: run.set_learning_rate(0.5),
        f"the run has finished: {NONE_LEFT}; go back first, or start again.",
    ),
    "a rate after a divergence": (
        lambda: ended(learning_rate=5.0, epochs=3000),
        lambda run: run.scale_learning_rate(0.5),
        f"the run has diverged: {NONE_LEFT}; u goes back and lowers it.",
    ),
    "a speed": (started, lambda run: run.set_speed(0.0), "a speed is a number of epochs a second, above 0."),
    "a recovery": (
        started,
        lambda run: run.recover(),
        "the run has not diverged; there is nothing to recover from.",
    ),
    "a seed": (
        lambda: started(may_reseed=False),
        lambda run: run.restart(new_seed=True),
        "this run prints its epochs: start another one for other initial parameters.",
    ),
}


@pytest.mark.parametrize(("begin", "ask", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_said_and_leaves_all_as_it_was(
    begin: Callable[[], LiveRun], ask: Callable[[LiveRun], None], words: str
) -> None:
    run = begin()
    before = run.state(1)
    ask(run)
    assert said(run) == (words, True)
    after = run.state(1)
    for field in fields(State):
        if field.name != "notice":
            assert same(plain(getattr(after, field.name)), plain(getattr(before, field.name))), field.name


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "back to the start; the learning rate is now 0.591, safely below the largest stable one, 0.6577."),
        (
            {"options": {"momentum": 2.0}, "learning_rate": 0.5},
            "back {where}: with a momentum of 1 or more no learning rate is stable.",
        ),
        (
            {"schedule": "ExponentialLR", "schedule_options": {"gamma": 1.0}},
            "back {where}; the schedule goes on as it is: train again with a lower rate.",
        ),
    ],
    ids=str,
)
def test_a_way_back_is_said(choices: dict[str, Any], words: str) -> None:
    run = ended(**{"learning_rate": 50.0, "epochs": 3000, **choices})
    assert run.phase is Phase.DIVERGED
    run.recover()
    state = arrive(run)
    where = f"to epoch {state.epoch:,}, where the cost was least of all" if state.epoch >= 0 else "to the start"
    text, is_error = said(run)
    assert (text, is_error) == (words.format(where=where), False)
    assert state.phase is Phase.PAUSED


def test_where_the_largest_stable_rate_is_not_known_one_is_tried() -> None:
    run = ended(engine="autograd", criterion="MSELoss", optimizer="SGD", batch_size=2, learning_rate=8.0, epochs=3000)
    assert run.facts.largest_stable_learning_rate is None
    run.recover()
    state = arrive(run)
    text, _ = said(run)
    rate = state.learning_rate
    assert rate in [8.0 / 2**n for n in range(1, 20)]
    assert f"the learning rate is now {rate:.6g}, halved until the cost no longer rose over " in text
    assert text.endswith(" epochs.")


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, ", standard normal"),
        ({"init": "linear"}, ", as nn.Linear"),
    ],
)
def test_what_another_seed_draws_is_said(choices: dict[str, Any], words: str) -> None:
    run = started(**choices)
    run.restart(new_seed=True)
    seed = run.facts.recipe.seed
    assert said(run) == (f"new random initial parameters, seed {seed:,}{words}.", False)


def test_where_the_criterion_is_least_is_taken_up_in_what_the_run_has_come_to() -> None:
    fit = Fit(np.array([1.0]), 0.5, 2.0)
    minimum = Minimum("HuberLoss", np.array([1.5]), 0.25, 1.0, True, fit)
    run = started(epochs=5, is_playing=True)
    run.know_minimum(minimum)
    assert run.facts.minimum is minimum
    assert run.state(1).result is None
    arrive(run)
    run.know_minimum(minimum)
    result = run.state(1).result
    assert result is not None
    assert result.minimum is minimum


@pytest.mark.parametrize(("engine", "expected"), [("autograd", (1, 2)), ("gram", None)])
def test_which_mini_batch_is_at_work_is_told_where_there_are_any(
    engine: str, expected: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(engine=engine)
    assert run.batches is None
    if expected is not None:
        monkeypatch.setattr(run.trainer.engine, "batches", expected)
    assert run.batches == expected


def test_a_step_is_one_epoch_where_no_more_are_asked_for() -> None:
    run = started()
    run.go_to(7)
    arrive(run)
    run.step()
    assert arrive(run).epoch == 8
    run.back()
    assert arrive(run).epoch == 7


def test_a_long_run_is_not_trained_again_for_the_sake_of_a_fine_history() -> None:
    run = started(epochs=1_000_000, is_playing=True)
    arrive(run)
    run.go_to(500_000)
    arrive(run)
    run._pacing.seconds_an_epoch = 1.0
    run.set_learning_rate(0.02)
    arrive(run)
    assert run.history.is_coarse


def test_a_rate_is_changed_of_the_next_step_whatever_is_ahead() -> None:
    run = started(engine="gram")
    run.go_to(9)
    arrive(run)
    run.set_learning_rate(0.03)
    run.go_to(20)
    arrive(run)
    for epoch, rate, changes in (
        (7, 0.01, [(10, 0.03)]),  # as it is there: what is ahead stays
        (9, 0.03, [(10, 0.03)]),
        (8, 0.03, [(9, 0.03)]),  # as it would be a step later
        (8, 0.02, [(9, 0.02)]),
        (8, 0.01, []),
        (14, 0.04, [(15, 0.04)]),
    ):
        run.go_to(epoch)
        arrive(run)
        farthest = run.rewinding.frontier
        run.set_learning_rate(rate)
        state = arrive(run)
        assert state.interventions == tuple(Intervention(*change) for change in changes)
        assert (state.epoch, state.learning_rate, state.phase) == (epoch, rate, Phase.PAUSED)
        assert run.rewinding.frontier == (farthest if (epoch, rate) in ((7, 0.01), (9, 0.03)) else epoch)
    for epoch, factor, rate in ((13, 2.0, 0.02), (14, 0.5, 0.02), (12, 3.0, 0.03)):
        run.go_to(14)
        arrive(run)
        run.set_learning_rate(0.04)
        run.go_to(epoch)
        arrive(run)
        run.scale_learning_rate(factor)
        assert arrive(run).learning_rate == rate


def test_a_rate_that_is_changed_on_the_way_to_what_is_new_leaves_the_goal_where_it_is() -> None:
    run = started(epochs=1_000_000)
    run.go_to(100_000)
    arrive(run)
    assert run.history.is_coarse
    run.go_to(200_000)
    run.set_learning_rate(0.02)  # so that the history is made fine again
    state = run.state(1)
    assert (state.phase, state.goal) == (Phase.SEEKING, 200_000)
    state = arrive(run)
    assert (state.epoch, state.phase) == (200_000, Phase.PAUSED)
    assert state.interventions == (Intervention(100_001, 0.02),)


def test_a_run_that_is_taken_up_at_its_last_epoch_has_nothing_left_to_run() -> None:
    left = ended(engine="autograd", epochs=20)
    kept = Checkpoint(
        recipe=left.facts.recipe,
        snapshot=left.trainer.snapshot(),
        status=Phase.RUNNING,
        first_learning_rate=0.01,
        before=left.rewinding.before,
    )
    run = started(engine="autograd", epochs=20, is_playing=True)
    run.resume_from(kept, _epochs_of(left))
    state = run.state(1)
    assert (state.phase, state.epoch, run.seconds_to_next) == (Phase.FINISHED, 20, inf)
    assert state.result is not None
    assert state.result.reason == left.state(1).reason == state.reason


def test_nothing_is_written_over_unless_that_is_said(tmp_path: Path) -> None:
    run, path = started(), tmp_path / "model.safetensors"
    run.save(path)
    assert said(run) == (f"saved {path}.", False)
    content = path.read_bytes()
    run.step(3)
    arrive(run)
    run.save(path)
    text, is_error = said(run)
    assert "exists" in text
    assert is_error
    assert path.read_bytes() == content


@pytest.mark.parametrize("engine", ["gram", "spectral"])
@pytest.mark.parametrize("patience", [None, 20])
def test_of_rows_that_are_held_out_the_best_epoch_is_told_and_saved(
    tmp_path: Path, patience: int | None, engine: str
) -> None:
    path, draw = tmp_path / "points.csv", np.random.default_rng(5)
    x = draw.normal(size=40)
    y = 2 * x + draw.normal(size=40)
    path.write_text("x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
    choices = {"hold_out": "0.5:1", "every": 1, "epochs": LAST, "learning_rate": 0.05, "patience": patience}
    recipe = bundled.find("exercise1").changed(title="", data=str(path), target="y", engine=engine, **choices)
    run = LiveRun(pose(recipe), Sample(1), inf, False)
    assert told_best(run) == (None, True)
    run.go_to(LAST)
    state, rows = arrive(run), run.history.rows(LAST + 1)
    costs = np.array([row.held_out_cost for row in rows], float)
    best = int(costs.argmin())
    assert 20 < best < state.epoch
    assert (state.best_epoch, state.best_cost) == (best, costs[best])
    assert state.result is not None
    assert state.result.is_best == (patience is not None)
    run.save(tmp_path / "model.safetensors")
    words = "" if patience is None else f", as epoch {best} left it, the best"
    assert said(run) == (f"saved {tmp_path / 'model.safetensors'}{words}.", False)
    run.go_to(10)
    assert arrive(run).best_epoch == best  # it has run, and is still to come
    run.set_learning_rate(0.06)
    state = arrive(run)
    assert (state.epoch, state.best_epoch, state.best_cost) == (10, 10, costs[10])
    run.step(2)
    assert arrive(run).best_epoch == 12
    run.back(7)
    assert arrive(run).best_epoch == 12
    run.restart()
    assert told_best(run) == (None, True)


def told_best(run: LiveRun) -> tuple[int | None, bool]:
    """Return the best epoch, and whether its cost is not known."""
    state = run.state(1)
    return state.best_epoch, isnan(state.best_cost)


def test_a_run_that_stands_is_shown_what_it_has_come_to_and_one_that_moves_is_not() -> None:
    run = started(epochs=30, engine="autograd", criterion="HuberLoss", is_playing=True)
    state = arrive(run)
    assert state.result is not None
    assert state.gradient is not None
    assert (state.result.status, state.reason) == (Phase.FINISHED, "all epochs to 30 have run")
    run.go_to(12)
    while run.phase.is_moving:
        state = run.state(1)
        assert (state.result, state.gradient) == (None, None)
        run.work()
    state = run.state(1)
    assert (state.phase, state.reason, state.result) == (Phase.PAUSED, "", None)
    assert state.gradient is not None
    run.restart()
    state = run.state(1)
    assert (state.epoch, state.gradient, state.before) == (-1, None, None)


def test_another_seed_of_a_scheduled_run_begins_at_the_schedules_own_rate() -> None:
    run = started(learning_rate=0.08, **SCHEDULE)
    run.step(12)
    assert arrive(run).learning_rate < 0.08
    for new_seed in (True, False):
        run.restart(new_seed=new_seed)
        state = run.state(1)
        assert (state.epoch, state.learning_rate, state.interventions) == (-1, 0.08, ())
        assert run.facts.learning_rate == 0.08
        run.step(12)
        arrive(run)
    assert [row.learning_rate for row in run.history.rows(12)] == pytest.approx([0.08] * 5 + [0.008] * 5 + [0.0008] * 2)


def test_a_run_counts_its_batches_changes_its_rows_and_may_have_another_seed_unless_told_otherwise() -> None:
    run = LiveRun(pose(bundled.find("exercise1")), Sample(1), inf, False)
    assert isinstance(run, CountsBatches)
    assert isinstance(run, ChangesRows)
    assert not isinstance(run.trainer, CountsBatches | ChangesRows)
    seed = run.facts.recipe.seed
    run.restart(new_seed=True)
    assert run.facts.recipe.seed != seed
    assert not said(run)[1]
    run.say("a sentence.")
    assert said(run) == ("a sentence.", False)
