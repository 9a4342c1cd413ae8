"""A run on a worker thread, steered from others: nothing torn, lost or doubled, and every failure is data."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from math import inf, isnan, nan
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
import torch

import linreg
from bad_paths import bad_paths
from linreg import LinregError
from linreg.arrays import Matrix, Vector
from linreg.data import bundled
from linreg.data.table import Source
from linreg.engines.spectral import SpectralEngine
from linreg.live.control import Control
from linreg.live.state import Intervention, State
from linreg.phase import Phase
from linreg.session.session import Session
from linreg.trace import Trace
from linreg.training.fitted import load_model
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from patience import PATIENCE

ENGINES: dict[str, dict[str, Any]] = {
    "spectral": {"engine": "spectral"},
    "gram": {"engine": "gram", "optimizer": "Adam", "learning_rate": 0.01},
    "autograd": {"engine": "autograd", "options": {"momentum": 0.9}},
    "mini-batches": {"batch_size": 2},
}


def _recipe(**choices: Any) -> linreg.Recipe:
    return bundled.find("exercise1").changed(**{"every": 1, **choices})


def _session(speed: float | None = inf, **choices: Any) -> Session:
    return Session(_recipe(**choices), speed=speed, paused=True)


def _is_still(state: State) -> bool:
    return state.phase not in (Phase.LOADING, Phase.RUNNING, Phase.SEEKING)


def _at(epoch: int) -> Any:
    return lambda state: state.epoch == epoch and _is_still(state)


def _straight(session: Session, n_epochs: int) -> Trace:
    """Run the same recipe and the same interventions straight ahead, without a thread."""
    state, facts = session.state, session.facts
    assert facts is not None
    trainer, parts = Trainer(pose(session.recipe)), []
    trainer.engine.learning_rate = facts.learning_rate
    for change in [*state.interventions, Intervention(n_epochs, nan)]:
        if len(part := trainer.advance(min(change.epoch, n_epochs) - trainer.epoch - 1)):
            parts.append(part)
        if change.epoch < n_epochs:
            trainer.engine.learning_rate = change.learning_rate
    return Trace(
        0, np.concatenate([part.cost for part in parts]), np.concatenate([part.parameters for part in parts]), nan
    )


def _check_history(session: Session) -> None:
    """Compare every epoch of the history with a run straight ahead, bit for bit."""
    history = session.history
    assert history is not None
    n_epochs = history.last_epoch + 1
    rows = history.rows(n_epochs)
    assert [row.epoch for row in rows] == list(range(n_epochs))
    if not n_epochs:
        return
    straight = _straight(session, n_epochs)
    np.testing.assert_array_equal([row.cost for row in rows], straight.cost)
    np.testing.assert_array_equal([row.parameters for row in rows], straight.parameters)
    series = history.series(0, n_epochs)
    width = int(series.last[0] - series.first[0]) + 1
    groups = [straight.parameters[start : start + width, 0] for start in range(0, n_epochs, width)]
    np.testing.assert_array_equal(series.final, [group[-1] for group in groups])
    np.testing.assert_array_equal(series.low, [group.min() for group in groups])
    np.testing.assert_array_equal(series.high, [group.max() for group in groups])


def test_a_session_is_a_control() -> None:
    control: Control = _session()
    assert control.state.phase is Phase.LOADING
    assert control.history is None


@pytest.mark.parametrize("engine", ENGINES)
def test_no_epoch_is_lost_or_doubled_whatever_eight_threads_ask_for(engine: str) -> None:
    def ask(session: Session, random: Random) -> None:
        requests: list[tuple[Any, tuple[Any, ...]]] = [
            (session.play, ()),
            (session.play, ()),
            (session.pause, ()),
            (session.step, (random.randint(1, 40),)),
            (session.back, (random.randint(1, 40),)),
            (session.go_to, (random.randint(-5, 3100),)),
            (session.scale_learning_rate, (random.choice([0.8, 1.25, 0.3]),)),
            (session.set_learning_rate, (random.choice([0.01, 0.02, 2.0, -1.0, nan]),)),
            (session.set_speed, (random.choice([100.0, 10_000.0, inf]),)),
            (session.recover, ()),
            *([(session.restart, ())] if random.random() < 0.02 else []),
        ]
        for _ in range(60):
            request, arguments = random.choice(requests)
            request(*arguments)
            state, history = session.state, session.history
            if history is not None:
                history.rows(20, state.epoch)
                history.series("cost", 50, state.epoch)
            sleep(random.random() * 0.03)

    with _session(**ENGINES[engine]) as session:
        session.wait(_is_still)
        threads = [Thread(target=ask, args=(session, Random(seed))) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.set_speed(inf)
        session.pause()
        session.set_speed(123.0)
        state = session.wait(lambda state: state.speed == 123 and _is_still(state))
        assert state.phase is not Phase.FAILED, session.failure
        _check_history(session)
        state = session.state
        assert session.history is not None
        row = session.history.row(state.epoch)
        assert state.epoch == -1 or (row is not None and row.cost == state.cost)


@pytest.mark.parametrize("engine", ENGINES)
def test_stepping_back_and_going_to_an_epoch_are_exact(engine: str) -> None:
    with _session(epochs=600, **ENGINES[engine]) as session:
        session.wait(_is_still)
        session.play()
        last = session.wait(lambda state: state.phase is Phase.FINISHED)
        assert last.result is not None
        straight = _straight(session, 601)
        initial = Trainer(pose(session.recipe)).parameters
        requests: list[tuple[Callable[[], None], int]] = [
            (lambda: session.back(1), 599),
            (lambda: session.back(10), 589),
            (lambda: session.step(1), 590),
            (lambda: session.go_to(234), 234),
            (lambda: session.back(5000), -1),
            (lambda: session.step(1), 0),
            (lambda: session.go_to(9999), 600),
        ]
        for request, epoch in requests:
            request()
            state = session.wait(_at(epoch))
            if epoch < 0:
                assert isnan(state.cost)
                assert state.before is None
                assert state.parameters.tolist() == initial.tolist()
                continue
            assert state.cost == straight.cost[epoch]
            assert state.parameters.tolist() == straight.parameters[epoch].tolist()
            assert state.before is not None
            assert state.before.tolist() == (straight.parameters[epoch - 1] if epoch else initial).tolist()
        assert state.phase is Phase.FINISHED
        assert session.history is not None
        assert session.history.last_epoch == 600
        _check_history(session)


def test_a_change_of_the_learning_rate_is_that_of_a_plain_torch_loop() -> None:
    with _session(engine="autograd", options={"momentum": 0.9}) as session:
        session.step(300)
        session.wait(_at(299))
        session.go_to(99)
        session.set_learning_rate(0.05)
        session.set_learning_rate(0.001)
        session.step(50)
        session.wait(_at(149))
        session.scale_learning_rate(2)
        session.step(50)
        state = session.wait(_at(199))
        _check_history(session)
    assert state.interventions == (Intervention(100, 0.001), Intervention(150, 0.002))
    w, b = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    table = linreg.train("exercise1", engine="autograd").problem.table
    assert table is not None
    x, y = torch.from_numpy(table.X[:, 0]), torch.from_numpy(table.y)
    optimizer = torch.optim.SGD([w, b], lr=0.01, momentum=0.9)
    for epoch in range(200):
        optimizer.param_groups[0]["lr"] = 0.01 if epoch < 100 else 0.001 if epoch < 150 else 0.002
        optimizer.zero_grad()
        ((x * w + b - y) ** 2).mean().backward()
        optimizer.step()
    assert state.parameters == pytest.approx([w.item(), b.item()], rel=1e-12)


def test_nothing_happens_once_a_run_stands_still() -> None:
    with _session(speed=inf, epochs=10**9) as session:
        session.play()
        for _ in range(5):
            session.wait(lambda state: state.phase is Phase.RUNNING)
            session.pause()
            state = session.wait(lambda state: state.phase is Phase.PAUSED)
            assert session.history is not None
            assert session.history.last_epoch == state.epoch
            sleep(0.1)
            assert session.state is state
            assert session.history.last_epoch == state.epoch
            session.play()


def test_a_long_way_can_be_interrupted() -> None:
    with _session(engine="autograd", epochs=10**9) as session:
        session.go_to(10**8)
        session.wait(lambda state: state.phase is Phase.SEEKING and state.goal == 10**8)
        session.pause()
        state = session.wait(lambda state: state.phase is Phase.PAUSED)
        assert 0 <= state.epoch < 10**8
        assert state.goal is None
        session.stop()
        assert session.join(PATIENCE)


def test_steps_asked_for_at_once_all_count() -> None:
    with _session() as session:
        for _ in range(7):
            session.step()
        session.step(10)
        session.back(2)
        session.wait(_at(14))


def test_a_request_shows_while_its_first_epoch_is_still_being_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    run, may_run = SpectralEngine.advance, Event()

    def wait_and_run(engine: SpectralEngine, n_epochs: int) -> Trace:
        assert may_run.wait(PATIENCE)
        return run(engine, n_epochs)

    monkeypatch.setattr(SpectralEngine, "advance", wait_and_run)
    with _session() as session:
        session.wait(_is_still)
        sleep(0.05)
        session.step()
        try:
            assert session.wait(lambda state: state.phase is Phase.SEEKING).goal == 0
        finally:
            may_run.set()
        session.wait(_at(0))


def test_a_failing_engine_is_told_in_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SpectralEngine.advance

    def fail(engine: SpectralEngine, n_epochs: int) -> Trace:
        if engine.epoch > 50:
            raise ZeroDivisionError("no \x1b[31mred")
        return run(engine, n_epochs)

    monkeypatch.setattr(SpectralEngine, "advance", fail)
    with _session(speed=1000.0) as session:
        session.play()
        state = session.wait(lambda state: state.phase is Phase.FAILED)
        assert session.join(PATIENCE)
    assert state.epoch > 40
    assert state.reason.startswith("internal error: ZeroDivisionError: no ")
    assert "\x1b" not in state.reason
    assert isinstance(session.failure, ZeroDivisionError)
    assert session.exit_status == 70
    session.play()
    assert session.state is state


def test_data_that_cannot_be_read_are_told_in_the_state() -> None:
    with Session(linreg.Recipe(data="nowhere.csv")) as session:
        state = session.wait(lambda state: state.phase is Phase.FAILED)
        assert "nowhere.csv" in state.reason
        assert isinstance(session.failure, LinregError)
        assert session.exit_status == 2
        with pytest.raises(TimeoutError):
            session.wait(lambda state: state.phase is Phase.RUNNING)


def test_reading_says_how_far_it_is_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(source: Source) -> Iterator[tuple[Matrix, Vector]]:
        for number in count(1):
            source.n_read = 1000 * number
            sleep(0.001)
            yield np.ones((1000, 1)), np.ones(1000)

    monkeypatch.setattr(Source, "batches", endless)
    session = _session().start()
    state = session.wait(lambda state: "rows" in state.reason)
    assert state.phase is Phase.LOADING
    session.stop()
    assert session.join(PATIENCE)
    assert session.state.phase is Phase.STOPPED
    assert session.failure is None


def test_a_diverged_run_recovers_where_the_cost_was_least_of_all_at_the_largest_safe_rate() -> None:
    with _session() as session:
        session.step(500)
        session.wait(_at(499))
        session.set_learning_rate(2.0)
        session.play()
        state = session.wait(lambda state: state.phase is Phase.DIVERGED)
        assert np.isfinite(state.parameters).all()
        assert state.result is not None
        _check_history(session)
        best = int(_straight(session, state.epoch + 1).cost.argmin()) - 1
        assert session.facts is not None
        limit = session.facts.largest_stable_learning_rate
        assert limit is not None
        session.recover()
        state = session.wait(lambda state: state.phase is Phase.PAUSED)
        assert state.notice is not None
        assert f"the largest stable one, {limit:.4g}" in state.notice.text
        assert state.epoch == best
        assert 0.89 * limit < state.learning_rate <= 0.9 * limit
        assert state.interventions[-1] == Intervention(best + 1, state.learning_rate)
        _check_history(session)
        session.play()
        state = session.wait(lambda state: state.phase.has_ended)
        assert state.phase is not Phase.DIVERGED
        session.recover()
        state = session.wait(lambda state: state.notice is not None and state.notice.number == 2)
        assert state.notice is not None
        assert state.notice.is_error


def test_the_best_epoch_may_lie_before_the_rate_was_changed() -> None:
    with _session(learning_rate=0.1) as session:
        session.step(900)
        session.wait(_at(899))
        session.set_learning_rate(2.0)
        session.step(3)
        session.wait(_at(902))
        session.set_learning_rate(3.0)
        session.play()
        ended = session.wait(lambda state: state.phase is Phase.DIVERGED)
        costs = _straight(session, ended.epoch + 1).cost
        session.recover()
        state = session.wait(lambda state: state.phase is Phase.PAUSED)
        assert state.epoch < 899
        assert costs[state.epoch + 1] == costs.min()


def test_where_no_limit_is_known_the_rate_is_halved_until_one_has_worked() -> None:
    with _session(options={"momentum": 0.9}, batch_size=2, learning_rate=8.0, epochs=200) as session:
        session.play()
        session.wait(lambda state: state.phase is Phase.DIVERGED)
        session.recover()
        state = session.wait(lambda state: state.phase is Phase.PAUSED)
        assert state.notice is not None
        assert "halved until the cost no longer rose" in state.notice.text
        assert state.learning_rate <= 2.0  # half of it, and a quarter, diverge as well
        session.play()
        assert session.wait(lambda state: state.phase.has_ended).phase is not Phase.DIVERGED


def test_a_rate_that_is_none_changes_nothing() -> None:
    with _session() as session:
        session.step(20)
        before = session.wait(_at(19))
        for number, rate in enumerate([0.0, -1.0, nan, inf], 1):
            session.set_learning_rate(rate)
            state = session.wait(lambda state, n=number: state.notice is not None and state.notice.number == n)  # type: ignore[misc]
            assert state.notice is not None
            assert state.notice.is_error
            assert (state.learning_rate, state.interventions) == (before.learning_rate, ())


def test_a_run_that_has_come_to_its_end_takes_no_rate_that_would_be_applied_to_nothing() -> None:
    with _session(epochs=30) as session:
        session.play()
        before = session.wait(lambda state: state.phase is Phase.FINISHED)
        session.scale_learning_rate(100.0)
        state = session.wait(lambda state: state.notice is not None)
        assert state.notice is not None
        assert "no step is left for another learning rate" in state.notice.text
        assert (state.learning_rate, state.interventions) == (before.learning_rate, ())
        session.back()
        session.wait(_at(29))
        session.scale_learning_rate(2.0)
        state = session.wait(lambda state: bool(state.interventions))
        assert state.learning_rate == 2 * before.learning_rate


def test_a_restart_keeps_the_rate_and_a_new_seed_draws_new_parameters() -> None:
    with _session() as session:
        session.step(20)
        session.wait(_at(19))
        session.set_learning_rate(0.03)
        session.restart()
        state = session.wait(_at(-1))
        assert (state.learning_rate, state.interventions, state.notice) == (0.03, (), None)
        assert session.history is not None
        assert session.history.last_epoch == -1
        session.step(5)
        session.wait(_at(4))
        _check_history(session)
        drawn = []
        for number in (1, 2):
            session.restart(new_seed=True)
            state = session.wait(lambda state, n=number: state.notice is not None and state.notice.number == n)  # type: ignore[misc]
            assert session.facts is not None
            assert state.parameters.tolist() == session.facts.initial.tolist()
            assert state.learning_rate == 0.03
            drawn.append(tuple(state.parameters.tolist()))
        assert len({(0.0, 0.0), *drawn}) == 3
        session.play()
        state = session.wait(lambda state: state.phase is Phase.FINISHED)
        assert state.parameters == pytest.approx([1.5, 0.0], abs=1e-2)


def test_a_saved_model_is_what_the_state_shows(tmp_path: Path) -> None:
    with _session() as session:
        session.step(20)
        state = session.wait(_at(19))
        session.save(tmp_path / "model.safetensors")
        session.save(tmp_path)
        seen = session.wait(lambda state: state.notice is not None and state.notice.number == 2)
        assert seen.notice is not None
        assert seen.notice.is_error
        assert load_model(tmp_path / "model.safetensors").w.tolist() == state.parameters[:1].tolist()


def _has_notice(number: int, state: State) -> bool:
    return state.notice is not None and state.notice.number == number


def test_a_path_that_cannot_be_looked_at_is_a_notice_and_not_the_end(tmp_path: Path) -> None:
    with _session() as session:
        for number, path in enumerate(bad_paths(tmp_path, ".safetensors"), 1):
            session.save(Path(path))
            seen = session.wait(partial(_has_notice, number))
            assert seen.notice is not None
            assert seen.notice.is_error
        session.step(20)
        session.wait(_at(19))


def test_a_request_that_fails_is_a_notice_and_not_the_end(tmp_path: Path) -> None:
    module = tmp_path / "once.py"
    module.write_text(
        "from torch import nn\nclass Once(nn.Linear):\n    def __init__(self, n):\n        super().__init__(n, 1)\n"
    )
    with _session(module=f"{module}:Once") as session:
        session.step(20)
        session.wait(_at(19))
        module.write_text("class Once: pass\n")
        session.restart(new_seed=True)
        seen = session.wait(lambda state: state.notice is not None)
        assert seen.notice is not None
        assert "it has no nn.Module class" in seen.notice.text
        assert seen.phase is Phase.PAUSED
        session.step()
        session.wait(_at(20))


def test_the_gradient_of_a_step_is_there_once_the_run_stands_still() -> None:
    with _session(engine="autograd", criterion="HuberLoss") as session:
        session.step(8)
        state = session.wait(_at(7))
        assert state.before is not None
        assert state.gradient is not None
        assert state.parameters == pytest.approx(state.before - state.learning_rate * state.gradient, rel=1e-12)
        session.back(3)
        _check_history(session)


def test_a_paced_run_lasts_as_long_as_its_speed_says() -> None:
    with _session(speed=200.0, epochs=60) as session:
        session.wait(_is_still)
        started = monotonic()
        session.play()
        session.wait(lambda state: state.phase is Phase.FINISHED)
        assert monotonic() - started > 0.28
