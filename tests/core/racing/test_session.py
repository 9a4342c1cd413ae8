"""A race on a worker thread, steered from another: everyone's epochs are those of a run alone, and all keep step."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import inf, nan
from pathlib import Path
from random import Random
from threading import get_ident
from time import process_time, sleep, thread_time
from typing import Any

import numpy as np
import pytest

import linreg
from linreg import LinregError
from linreg.data import bundled
from linreg.data.table import Source
from linreg.history.history import History
from linreg.live.pacing import Pacing
from linreg.phase import Phase
from linreg.racing import live
from linreg.racing.entries import Choices, Entry, entries
from linreg.racing.positions import positions
from linreg.racing.race import Racer
from linreg.racing.session import RaceSession
from linreg.racing.state import RaceControl, RaceState
from linreg.trace import Trace
from linreg.training.block_length import WATCHED
from patience import PATIENCE

EVERY_ENGINE = Choices(
    optimizers=["SGD", "Adam", "LBFGS"], learning_rates=[0.1], settings={"max_iter": [3]}, batch_sizes=[None, 2]
)
TWO_ENGINES = Choices(optimizers=["SGD", "Adam", "Rprop"], learning_rates=[0.1, 0.03])
THREE = Choices(learning_rates=[0.01, 0.1, 5.0])


def _entries(choices: Choices = THREE, data: str = "exercise1", **changes: Any) -> tuple[Entry, ...]:
    return entries(bundled.find(data).changed(every=1, **changes), choices)


def _wait(session: RaceSession, holds: Callable[[RaceState], bool]) -> RaceState:
    return session.wait(holds)


def _is_still(state: RaceState) -> bool:
    return state.phase not in (Phase.LOADING, Phase.RUNNING, Phase.SEEKING)


def _stands_at(epoch: int) -> Callable[[RaceState], bool]:
    return lambda state: _is_still(state) and state.epoch == epoch


def _check_histories(session: RaceSession) -> None:
    """Compare every epoch of everyone with a run alone, bit for bit."""
    assert len(session.histories) == len(session.entries)
    for entry, history in zip(session.entries, session.histories, strict=True):
        alone = linreg.train(entry.recipe)
        costs = [trace.cost for trace in alone.run(until=history.last_epoch)] if history.last_epoch >= 0 else []
        rows = history.rows(10_000)
        assert [row.epoch for row in rows] == list(range(history.last_epoch + 1))
        assert [row.cost for row in rows] == [float(cost) for block in costs for cost in block], entry.name


def _is_newer(version: int, state: RaceState) -> bool:
    return state.version > version


def _ran(state: RaceState) -> list[int]:
    return [position.epoch for position in state.ranking]


def test_a_race_session_is_a_control() -> None:
    control: RaceControl = RaceSession(_entries())
    assert control.state.phase is Phase.LOADING
    assert control.histories == ()
    assert control.facts == ()


@pytest.mark.parametrize("speed", [inf, 3000.0])
def test_everyone_runs_what_it_would_alone_on_every_engine(speed: float) -> None:
    with RaceSession(_entries(EVERY_ENGINE, epochs=12), speed=speed) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
        assert {facts.engine for facts in session.facts} == {"spectral", "gram", "analytic"}
        assert state.phase is Phase.FINISHED
        assert _ran(state) == [12] * len(session.entries)
        _check_histories(session)


def test_whatever_is_asked_for_nobody_loses_an_epoch_and_who_stands_stands_in_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = replace(WATCHED, seconds=inf)  # however busy the machine is, a pause has time to bring all in step
    monkeypatch.setattr(live, "WATCHED", patient)
    random = Random(1)
    with RaceSession(_entries(TWO_ENGINES, "houses", epochs=3000), paused=True) as session:
        _wait(session, _stands_at(-1))
        requests: list[tuple[Any, tuple[Any, ...]]] = [
            (session.play, ()),
            (session.play, ()),
            (session.pause, ()),
            (session.step, (random.randint(1, 9),)),
            (session.set_speed, (random.choice([20.0, 500.0, inf, -1.0, nan]),)),
        ]
        for number in range(60):
            request, arguments = random.choice(requests)
            request(*arguments)
            if number == 30:
                session.restart()
            sleep(random.random() * 0.02)
        session.play()
        _wait(session, lambda state: state.epoch > 10 or state.phase.has_ended)
        session.set_speed(3000.0)
        for n_answered in range(65, 65 + 2 * 20, 2):
            session.play()
            sleep(random.random() * 0.01)
            session.pause()
            state = _wait(session, lambda state: _is_still(state) and state.answered == n_answered)  # noqa: B023
            assert len(set(_ran(state))) == 1
        assert state.epoch > 10
        _check_histories(session)


def test_a_step_is_so_many_epochs_of_everyone() -> None:
    with RaceSession(_entries(), paused=True) as session:
        _wait(session, _stands_at(-1))
        session.step()
        assert _ran(_wait(session, _stands_at(0))) == [0, 0, 0]
        session.step(10)
        session.step(10)
        assert _ran(_wait(session, _stands_at(20))) == [20, 20, 20]
        _check_histories(session)


def test_a_step_stops_at_the_last_epoch_and_then_does_nothing() -> None:
    with RaceSession(_entries(epochs=5), paused=True) as session:
        session.step(10_000)
        last = _wait(session, lambda state: state.phase is Phase.FINISHED)
        assert last.epoch == last.last_epoch == 5
        session.step()
        session.play()
        assert _wait(session, lambda state: state.answered == 3).phase is Phase.FINISHED


def test_one_that_diverges_holds_nobody_up() -> None:
    with RaceSession(_entries(), speed=inf) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
        statuses = {position.number: position.status for position in state.ranking}
        assert statuses == {0: Phase.FINISHED, 1: Phase.FINISHED, 2: Phase.DIVERGED}
        assert state.phase is Phase.FINISHED
        assert state.ranking[-1].number == 2
        assert state.ranking[-1].place_by_epochs is None
        assert state.epoch == 3000
        _check_histories(session)


def test_a_race_that_nobody_survives_says_so() -> None:
    with RaceSession(_entries(Choices(learning_rates=[5.0, 6.0])), speed=inf) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
        assert state.phase is Phase.DIVERGED
        assert {position.status for position in state.ranking} == {Phase.DIVERGED}


def test_who_runs_after_a_restart_gives_the_same_epochs_again() -> None:
    choices = Choices(optimizers=["SGD", "Adam"], batch_sizes=[None, 2], seeds=[0, 1])
    with RaceSession(_entries(choices, learning_rate=0.05), paused=True) as session:
        session.step(50)
        first = _wait(session, _stands_at(49))
        session.restart()
        again = _wait(session, _stands_at(-1))
        assert again.seconds == 0
        assert all(position.reached == (None, None) for position in again.ranking)
        assert [history.last_epoch for history in session.histories] == [-1] * len(session.entries)
        session.step(50)
        second = _wait(session, _stands_at(49))
        assert [each.number for each in second.ranking] == [each.number for each in first.ranking]
        assert [each.cost for each in second.ranking] == [each.cost for each in first.ranking]
        _check_histories(session)


def test_restart_after_the_end_lets_everyone_run_again() -> None:
    with RaceSession(_entries(), speed=inf) as session:
        first = _wait(session, lambda state: state.phase.has_ended)
        session.restart()
        _wait(session, _stands_at(-1))
        session.play()
        second = _wait(session, lambda state: state.phase.has_ended)
        assert [(each.number, each.epoch, each.cost) for each in first.ranking] == [
            (each.number, each.epoch, each.cost) for each in second.ranking
        ]


def test_places_and_ways_are_those_that_the_plain_command_prints() -> None:
    from linreg.racing.race import pose_race
    from linreg.racing.standings import standings

    entrants = _entries(Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, 0.03, 5.0]), epochs=400)
    race = pose_race(entrants)
    for _ in race.run():
        pass
    with RaceSession(entrants, speed=inf) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
    for position, standing in zip(state.ranking, standings(race), strict=True):
        assert entrants[position.number] is standing.entry
        assert position.place_by_epochs == standing.place_by_epochs
        assert position.status is standing.result.status
        assert position.excess_cost == standing.excess_cost
        assert position.cost == pytest.approx(standing.result.cost, rel=1e-12)
        assert [way and way.epochs for way in position.reached] == [way and way.epochs for way in standing.reached]


def test_at_a_speed_epochs_come_at_that_speed_and_at_their_end_without_one_after_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, ran, paces = 0.0, Pacing.ran, []

    def pass_by(_: RaceSession, seconds: float) -> None:
        nonlocal now
        if seconds < inf:  # else it stands
            now += seconds

    def run(pacing: Pacing, *block: Any) -> None:
        ran(pacing, *block)
        paces.append(pacing.pace)

    monkeypatch.setattr(Pacing.__init__, "__defaults__", (lambda: now,))
    monkeypatch.setattr(Pacing, "ran", run)
    monkeypatch.setattr(RaceSession, "_sleep", pass_by)
    with RaceSession(_entries(epochs=400), speed=400.0) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
        assert state.epoch == 400
        assert now == pytest.approx(400 / 400, rel=0.05)
        assert paces[-1] == pytest.approx(400, rel=0.05)
    assert RaceSession(_entries(epochs=2999)).state.speed == 3000 / 10 * 2 / 3  # the nearest of 1, 2 and 5


def test_a_pause_is_heard_within_50_milliseconds_flat_out() -> None:
    waits = []
    choices = Choices(optimizers=["SGD", "Adam", "RMSprop", "Rprop"], batch_sizes=[None, 500])
    with RaceSession(_entries(choices, "crowd", epochs=1_000_000, learning_rate=0.01), speed=inf) as session:
        _wait(session, lambda state: state.epoch >= 3)
        for _ in range(9):
            session.play()
            start = _wait(session, lambda state: state.phase is Phase.RUNNING).version
            _wait(session, partial(_is_newer, start))
            started = process_time()  # its own time: the machine may have other things to do
            session.pause()
            _wait(session, lambda state: state.phase is Phase.PAUSED)
            waits.append(process_time() - started)
    assert sorted(waits)[2] < 0.05, waits


def test_where_an_epoch_of_all_takes_long_a_pause_does_not_wait_for_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    advance, n_turns = Racer.advance, 0

    def slow(racer: Racer, n_epochs: int) -> Trace:
        nonlocal n_turns
        n_turns += 1
        sleep(0.04)
        return advance(racer, n_epochs)

    monkeypatch.setattr(Racer, "advance", slow)
    choices = Choices(learning_rates=[0.01, 0.02, 0.03, 0.04, 0.05])
    with RaceSession(_entries(choices), speed=inf) as session:
        _wait(session, lambda state: min(_ran(state), default=-1) >= 1)
        for _ in range(4):
            n_before = n_turns
            session.pause()
            state = _wait(session, _is_still)
            assert n_turns - n_before <= 3  # of five
            assert max(_ran(state)) - min(_ran(state)) <= 1
            session.play()
            _wait(session, lambda state: state.phase is Phase.RUNNING)
            sleep(0.05)
        session.step()
        state = _wait(session, lambda state: state.answered == 9 and _is_still(state))
        assert len(set(_ran(state))) == 1
        _check_histories(session)


def test_nothing_is_published_while_a_race_stands() -> None:
    with RaceSession(_entries(), paused=True) as session:
        version = _wait(session, _stands_at(-1)).version
        sleep(0.1)
        assert session.state.version == version


def test_a_state_is_published_once_for_what_has_changed() -> None:
    with RaceSession(_entries(), speed=10.0) as session:
        first = _wait(session, lambda state: state.epoch >= 1)
        last = _wait(session, lambda state: state.epoch >= first.epoch + 6)
        assert last.version - first.version <= last.epoch - first.epoch + 2


def test_telling_how_a_thousand_stand_takes_little_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rank, times = positions, []

    def timed(race: Any) -> Any:
        started = thread_time()
        try:
            return rank(race)
        finally:
            times.append((started, thread_time()))

    monkeypatch.setattr("linreg.racing.live.positions", timed)
    many = _entries(Choices(seeds=range(300), inits=["normal"]), epochs=10**7)
    with RaceSession(many, speed=inf) as session:
        _wait(session, lambda state: state.epoch >= 0)
        n_before = len(times)
        _wait(session, lambda _: len(times) > n_before + 4)
        (start, _), *told = times[n_before : n_before + 5]
        assert sum(end - begun for begun, end in told) < 0.25 * (told[-1][1] - start)


# Failures are data


def test_data_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("x,y\n1,2\n3,four\n")
    with RaceSession(entries(linreg.Recipe(data=str(file)), THREE)) as session:
        with pytest.raises(TimeoutError, match="'four'"):
            _wait(session, lambda state: state.phase is Phase.PAUSED)
        assert session.state.phase is Phase.FAILED
        assert "bad.csv, line 3" in session.state.reason
        assert session.exit_status == 2
        assert isinstance(session.failure, LinregError)


def test_a_racer_that_cannot_be_trained_is_named() -> None:
    choices = Choices(optimizers=["SGD", "Adam"], settings={"betas": ["1"]})
    with RaceSession(_entries(choices)) as session:
        with pytest.raises(TimeoutError):
            _wait(session, lambda state: state.phase is Phase.PAUSED)
        assert session.state.reason.startswith("Adam, learning rate 0.01, betas=1: ")


def test_a_fault_of_ours_on_the_way_ends_the_race_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with RaceSession(_entries(), speed=200.0) as session:
        before = _wait(session, lambda state: state.epoch >= 5)

        def fail(racer: Racer, n_epochs: int) -> Trace:
            raise ZeroDivisionError("so it is")

        monkeypatch.setattr(Racer, "advance", fail)
        with pytest.raises(TimeoutError):
            _wait(session, lambda state: state.phase is Phase.PAUSED)
        assert session.state.phase is Phase.FAILED
        assert "ZeroDivisionError: so it is" in session.state.reason
        assert session.state.epoch >= before.epoch
        assert session.exit_status == 70
        assert session.join(PATIENCE)


def test_reading_says_how_far_it_is_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(source: Source) -> Iterator[Any]:
        while True:
            sleep(0.002)
            yield np.ones((10, 1)), np.ones(10)

    monkeypatch.setattr(Source, "batches", endless)
    monkeypatch.setattr(Source, "n_read", 10, raising=False)
    with RaceSession(_entries()) as session:
        assert _wait(session, lambda state: "rows" in state.reason).phase is Phase.LOADING
        session.stop()
        assert session.join(PATIENCE)
        assert session.state.phase is Phase.STOPPED


def test_stopping_a_race_that_stands_or_runs_ends_its_thread() -> None:
    for speed, paused in ((inf, False), (1.0, False), (None, True)):
        with RaceSession(_entries(), speed=speed, paused=paused) as session:
            _wait(session, lambda state: state.phase is not Phase.LOADING)
            session.stop()
            assert session.join(PATIENCE)


def test_epochs_run_on_the_worker_only(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    add = History.add

    def watched(history: History, trace: Trace) -> None:
        threads.add(get_ident())
        add(history, trace)

    monkeypatch.setattr(History, "add", watched)
    with RaceSession(_entries(), speed=inf) as session:
        _wait(session, lambda state: state.phase.has_ended)
    assert len(threads) == 1
    assert get_ident() not in threads


def test_without_least_squares_the_best_so_far_is_the_yardstick_of_every_state() -> None:
    choices = Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, 0.5])
    recipe = replace(bundled.find("outlier"), criterion="L1Loss", epochs=200)
    with RaceSession(entries(recipe, choices), speed=inf) as session:
        state = _wait(session, lambda state: state.phase.has_ended)
        assert state.yardstick is not None
        assert not state.yardstick.is_exact
        costs = [history.series("cost", 1000).low.min() for history in session.histories]
        lowest = min(*costs, *(position.cost for position in state.ranking))
        assert state.yardstick.least == lowest
        for position in state.ranking:
            assert position.excess_cost == pytest.approx((position.cost - lowest) / lowest)
