"""A recorded run played back: at every epoch that is kept it shows what the live session showed, to the last bit."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import inf, isnan
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import numpy as np
import pytest

from exactly import same
from linreg import LinregError, Recipe
from linreg.data.bundled import find
from linreg.history.epochs import Epochs
from linreg.history.history import History
from linreg.live.control import Control
from linreg.live.state import Intervention, State
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.replay.replay import Replay, open_replay
from linreg.session.session import Session
from linreg.store.recorded_run import RecordedRun
from linreg.store.store import RunStore
from linreg.training.facts import Facts
from linreg_tui.monitor.step.explanation import explain
from linreg_tui.monitor.view import View
from patience import PATIENCE

NOT_COMPARED = {"version", "speed", "pace", "seconds", "notice", "answered", "gradient", "result", "before"}
"""What a recording has of its own; the last two are looked at closely."""


@dataclass
class Live:
    """What a session showed at each epoch, and what it ended with."""

    states: dict[int, State]
    facts: Facts
    history: History
    end: State


def run_live(recipe: Recipe, change_at: int | None = None) -> Live:
    with Session(recipe, speed=inf, paused=True) as session:
        n_asked = 0

        def asked(request: Callable[[], None]) -> State:
            nonlocal n_asked
            request()
            n_asked += 1
            return session.wait(lambda state: state.answered >= n_asked and not state.phase.is_moving, 20)

        session.wait(lambda state: state.phase is Phase.PAUSED, 20)
        if change_at is not None:
            asked(lambda: session.go_to(change_at))
            asked(lambda: session.scale_learning_rate(0.7))
        asked(session.play)
        end = session.wait(lambda state: state.phase.has_ended, 20)
        states = {epoch: asked(lambda epoch=epoch: session.go_to(epoch)) for epoch in range(-1, end.epoch + 1)}  # type: ignore[misc]
        assert session.facts is not None
        assert session.history is not None
        return Live({**states, end.epoch: end}, session.facts, session.history, end)


def record(
    store: RunStore, live: Live, kept: Callable[[int], bool] = lambda _: True, *, last: int | None = None
) -> None:
    """Keep some epochs of a live run, and how it ended; or up to the `last`, and not how it ended."""
    end = live.end.epoch if last is None else last
    rows = [live.history.row(epoch) for epoch in range(end + 1) if kept(epoch) or epoch == end]
    excess = [row.excess_cost for row in rows if row is not None]
    epochs = Epochs(
        np.array([row.epoch for row in rows if row is not None]),
        np.array([row.cost for row in rows if row is not None]),
        None if None in excess or live.facts.quadratic is None else np.array(excess, np.float64),
        np.array([row.learning_rate for row in rows if row is not None]),
        np.array([row.parameters for row in rows if row is not None]),
    )
    assert len(epochs) == len(rows)
    run = store.begin(live.facts.recipe, facts=plain(live.facts))
    store.append(run.id, epochs, interventions=live.end.interventions)
    if last is None:
        assert live.end.result is not None
        store.finish(run.id, live.end.phase, live.end.reason, live.end.result.as_dict())
    else:
        store.finish(run.id, Phase.INTERRUPTED, "put aside")


def check_moment(replay: Replay, live: Live, *, has_before: bool = True) -> None:
    """Compare the recording where it stands with what was live there."""
    state = replay.state
    expected = live.states[state.epoch]
    seen, wanted = ({name: value for name, value in asdict(each).items() if name not in NOT_COMPARED}
                    for each in (state, expected))  # fmt: skip
    assert same(seen, wanted), state.epoch
    assert same(state.before, expected.before if has_before or state.epoch <= 0 else None), state.epoch
    if expected.result is None:
        assert state.result is None
    else:
        assert state.result is not None
        assert same(asdict(replace(state.result, seconds=0.0)), asdict(replace(expected.result, seconds=0.0)))
    one, other = View(replay.facts, state, replay.history), View(live.facts, expected, live.history)
    names = ["w", "b", "excess", "share_of_limit", "last_rate", "has_run"]
    if has_before:
        names += ["epochs_to_go"] + (["gradient"] if live.facts.quadratic is not None else [])
    for name in names:
        assert same(getattr(one, name), getattr(other, name)), (name, state.epoch)


RUNS: dict[str, tuple[str, dict[str, Any], int | None]] = {
    "finished": ("exercise1", {"epochs": 120}, None),
    "changed": ("exercise1", {"epochs": 90, "options": {"momentum": 0.9}}, 40),
    "standardised": ("houses", {"epochs": 40}, 17),
    "Adam": ("houses", {"epochs": 40, "optimizer": "Adam", "learning_rate": 0.1}, None),
    "mini-batches": ("exercise1", {"epochs": 25, "batch_size": 2}, 10),
    "converged": ("exercise1", {"epochs": 3000, "until_step": 3e-3}, None),
    "diverged": ("exercise1", {"epochs": 3000, "learning_rate": 3e100, "engine": "autograd"}, None),
}
PHASES = {"converged": Phase.CONVERGED, "diverged": Phase.DIVERGED}


@pytest.fixture(scope="module", params=RUNS)
def ran(request: pytest.FixtureRequest) -> tuple[Live, Phase]:
    data, choices, change_at = RUNS[request.param]
    live = run_live(find(data).changed(every=1, **choices), change_at)
    assert live.end.epoch >= 1
    return live, PHASES.get(request.param, Phase.FINISHED)


@pytest.fixture(scope="module")
def live() -> Live:
    """Return a run of 101 epochs, with the rate changed after the fortieth."""
    return run_live(find("exercise1").changed(every=1, epochs=100), 40)


def test_at_every_epoch_it_shows_what_the_live_session_showed(ran: tuple[Live, Phase], tmp_path: Path) -> None:
    live, phase = ran
    with RunStore(tmp_path) as store:
        record(store, live)
        replay = open_replay(store, "latest")
    last = live.end.epoch
    assert replay.state.epoch == -1
    check_moment(replay, live)
    for epoch in range(last + 1):
        replay.step()
        assert replay.state.epoch == epoch
        check_moment(replay, live)
    assert replay.state.phase is phase
    assert live.end.result is not None
    assert replay.state.seconds == live.end.result.seconds > 0
    for epoch in reversed(range(-1, last)):
        replay.back()
        assert replay.state.epoch == epoch
        check_moment(replay, live)
    for epoch in (last, 0, -1, last // 2, last):
        replay.go_to(epoch)
        assert replay.state.epoch == epoch
        check_moment(replay, live)
    assert replay.state.notice is None


@pytest.mark.parametrize("every", [2, 8])
def test_of_a_run_of_which_some_epochs_are_kept_it_shows_those_exactly(
    ran: tuple[Live, Phase], tmp_path: Path, every: int
) -> None:
    live, phase = ran
    with RunStore(tmp_path) as store:
        record(store, live, lambda epoch: epoch % every == 0)
        replay = open_replay(store, "latest")
    last = live.end.epoch
    kept = sorted({*range(0, last + 1, every), last})
    for before, epoch in zip([-1, *kept], kept, strict=False):
        replay.step()
        assert replay.state.epoch == epoch
        check_moment(replay, live, has_before=epoch - before == 1)
    assert replay.state.phase is phase
    replay.back(2)
    assert replay.state.epoch == [-1, *kept][-3]


def test_the_charts_have_what_they_had(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        replay = open_replay(store, "latest")
    for until in (100, 41, 0):
        for quantity in ("cost", "excess", 0, 1):
            for n_buckets in (7, 1000):
                one, other = (each.series(quantity, n_buckets, until) for each in (replay.history, live.history))
                assert same(asdict(one), asdict(other))
        rows, wanted = ([asdict(row) for row in each.rows(30, until)] for each in (replay.history, live.history))
        assert len(rows) == min(30, until + 1)
        assert all(same(*pair) for pair in zip(rows, wanted, strict=True))


def test_an_interrupted_run_stands_at_its_last_epoch_and_says_why(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, last=60)
        replay = open_replay(store, "latest")
    replay.go_to(60)
    state = replay.state
    assert (state.phase, state.reason, state.epoch, state.last_epoch) == (
        Phase.PAUSED, "interrupted: put aside", 60, 100
    )  # fmt: skip
    assert state.result is None
    assert state.notice is None
    for ask in (replay.play, replay.step):
        ask()
        assert (replay.state.phase, replay.state.epoch) == (Phase.PAUSED, 60)
        assert replay.state.notice is not None
        assert "linreg resume exercise1, goes on" in replay.state.notice.text
    replay.go_to(80)
    assert replay.state.notice is not None
    assert replay.state.notice.text == "the recording ends with epoch 60."


def test_a_run_that_is_still_going_on_stands_at_what_is_kept(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, last=60)
        kept = RecordedRun.of(store, "latest")
    replay = Replay(replace(kept.run, status=Phase.RUNNING, is_alive=True), live.facts, kept.epochs)
    replay.go_to(100)
    assert (replay.state.phase, replay.state.reason) == (Phase.PAUSED, "the run is still going on")
    ahead = Replay(replace(kept.run, status=Phase.FINISHED, epoch=61), live.facts, kept.epochs)
    ahead.go_to(100)
    assert ahead.state.phase is Phase.PAUSED  # its end is not among the epochs that were read


def test_an_epoch_that_is_not_kept_is_not_made_up(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, lambda epoch: epoch % 16 == 0)
        replay = open_replay(store, "latest")
    for asked, there, said in (
        (47, 32, "of this run one epoch in 16 is kept here: this is 32."),
        (99, 96, "of this run one epoch in 4 is kept here: this is 96."),
    ):
        replay.go_to(asked)
        assert replay.state.epoch == there
        assert replay.state.notice is not None
        assert (replay.state.notice.text, replay.state.notice.is_error) == (said, False)
    n_notices = replay.state.notice.number if replay.state.notice else 0
    for asked, there in ((48, 48), (-7, -1), (5000, 100)):
        replay.go_to(asked)
        assert replay.state.epoch == there
    assert replay.state.notice is not None
    assert replay.state.notice.number == n_notices


def test_where_the_last_step_is_not_kept_none_is_made_up(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, lambda epoch: epoch % 16 == 0)
        kept = RecordedRun.of(store, "latest")
    assert live.facts.sgd is not None
    with_momentum = replace(live.facts, sgd={**live.facts.sgd, "momentum": 0.9})
    for facts, epoch, heading in (
        (live.facts, 0, "w ← w"),
        (live.facts, 48, "to come:  w ← w"),
        (with_momentum, -1, "to come:  "),
        (with_momentum, 48, ""),
    ):
        replay = Replay(kept.run, facts, kept.epochs)
        replay.go_to(epoch)
        explanation = explain(View(replay.facts, replay.state, replay.history))
        assert explanation.heading.startswith(heading)
        assert bool(explanation.arithmetic(2).formulas) == bool(heading)


def test_what_a_recording_begins_too_late_for_is_its_start(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, lambda epoch: epoch >= 30)
        replay = open_replay(store, "latest")
    replay.go_to(10)
    assert replay.state.epoch == -1
    assert replay.state.notice is not None
    assert replay.state.notice.text == "the recording begins with epoch 30: this is the start."
    replay.step()
    assert replay.state.epoch == 30
    assert replay.state.before is None


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def timed(store: RunStore, live: Live, clock: Clock, speed: float | None, every: int = 1) -> Replay:
    record(store, live, lambda epoch: epoch % every == 0)
    kept = RecordedRun.of(store, "latest")
    assert kept.facts is not None
    return Replay(kept.run, kept.facts, kept.epochs, speed=speed, clock=clock)


def test_it_plays_at_the_speed_that_is_asked_for_and_stops_at_its_end(live: Live, tmp_path: Path) -> None:
    clock = Clock()
    with RunStore(tmp_path) as store:
        replay = timed(store, live, clock, 10.0)
    clock.now += 50
    assert (replay.state.epoch, replay.state.phase, replay.state.pace) == (-1, Phase.PAUSED, 0.0)
    replay.play()
    assert (replay.state.epoch, replay.state.phase, replay.state.pace) == (0, Phase.RUNNING, 10.0)
    for seconds, epoch in ((0.05, 0), (0.05, 1), (0.1, 2), (0.7, 9), (0.05, 9)):
        clock.now += seconds
        assert replay.state.epoch == epoch
    replay.play()  # changes nothing
    assert replay.state.epoch == 9
    clock.now += 0.05
    assert replay.state.epoch == 10
    replay.set_speed(20.0)
    clock.now += 0.5
    assert (replay.state.epoch, replay.state.speed) == (20, 20.0)
    replay.pause()
    clock.now += 50
    assert (replay.state.epoch, replay.state.phase) == (20, Phase.PAUSED)
    replay.play()
    clock.now += 1
    replay.step()
    assert (replay.state.epoch, replay.state.phase) == (42, Phase.PAUSED)
    replay.play()
    clock.now += 1e9
    assert (replay.state.epoch, replay.state.phase, replay.state.pace) == (100, Phase.FINISHED, 0.0)
    replay.play()
    assert (replay.state.epoch, replay.state.phase, replay.state.notice) == (100, Phase.FINISHED, None)
    replay.restart()
    assert (replay.state.epoch, replay.state.phase) == (-1, Phase.PAUSED)


def test_between_two_epochs_that_are_kept_it_waits_for_the_time_of_the_second(live: Live, tmp_path: Path) -> None:
    clock = Clock()
    with RunStore(tmp_path) as store:
        replay = timed(store, live, clock, 10.0, every=32)
    replay.play()
    seen = []
    for _ in range(120):
        seen.append(replay.state.epoch)
        replay.set_speed(10.0)  # and asking for the same speed again loses no time
        clock.now += 0.1
    assert seen == [0] * 32 + [32] * 32 + [64] * 32 + [96] * 4 + [100] * 20


@pytest.mark.parametrize(("speed", "seconds"), [(inf, 2.0), (1e308, 0.01), (1e308, 1e9), (None, 10.2)])
def test_however_fast_it_comes_to_its_end(live: Live, tmp_path: Path, speed: float | None, seconds: float) -> None:
    clock = Clock()
    with RunStore(tmp_path) as store:
        replay = timed(store, live, clock, speed)
    replay.play()
    clock.now += seconds
    assert replay.state.phase is Phase.FINISHED


def test_the_state_is_the_same_object_until_something_is_different(live: Live, tmp_path: Path) -> None:
    clock = Clock()
    with RunStore(tmp_path) as store:
        replay = timed(store, live, clock, 10.0, every=8)
    first = replay.state
    assert replay.state is first
    replay.play()
    second = replay.state
    assert second.version == first.version + 1
    for _ in range(7):
        clock.now += 0.1
        assert replay.state is second
    clock.now += 0.1
    third = replay.state
    assert (third.epoch, third.version) == (8, second.version + 1)
    clock.now += 1e9
    last = replay.state
    clock.now += 1e9
    assert replay.state is last
    for number in range(1, 4):
        replay.pause()
        assert (replay.state.answered, replay.state.version) == (1 + number, last.version + number)
    with pytest.raises(ValueError, match="read-only"):
        last.parameters[0] = 1.0


REFUSED: dict[str, Callable[[Control], None]] = {
    "rate": lambda control: control.set_learning_rate(0.1),
    "factor": lambda control: control.scale_learning_rate(2.0),
    "seed": lambda control: control.restart(new_seed=True),
    "recover": lambda control: control.recover(),
    "save": lambda control: control.save(Path("model.safetensors")),
    "stop": lambda control: control.stop(),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("interrupted", "c on the runs screen, or linreg resume mine\ufffd, goes on with it"),
        ("finished", "linreg resume mine\ufffd --epochs N takes the run further"),
        ("diverged", "a run that has diverged: to change anything, train it anew"),
        ("converged", "a run that has converged: to change anything, train it anew"),
    ],
)
def test_what_cannot_be_done_on_a_recording_says_what_to_do(
    live: Live, tmp_path: Path, what: str, status: str, words: str
) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        kept = RecordedRun.of(store, "latest")
    replay = Replay(replace(kept.run, name="mine\x1b", status=Phase(status)), live.facts, kept.epochs)
    replay.go_to(50)
    before = replay.state
    REFUSED[what](replay)
    after = replay.state
    assert after.notice is not None
    assert after.notice.is_error
    assert after.notice.text.startswith("this is a recording")
    assert words in after.notice.text
    assert (after.epoch, after.answered, after.learning_rate) == (50, before.answered + 1, before.learning_rate)


@pytest.mark.parametrize("speed", [0.0, -1.0, np.nan])
def test_a_speed_that_is_none_is_refused(live: Live, tmp_path: Path, speed: float) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        with open_replay(store, "latest", speed=5.0) as replay:
            replay.set_speed(speed)
            assert replay.state.speed == 5.0
            assert replay.state.notice is not None
            assert replay.state.notice.is_error
        assert replay.exit_status == 0


def test_a_run_that_was_given_more_epochs_goes_to_those(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, last=60)
        run = store.claim(store.get("latest").id, epochs=500)
        replay = open_replay(store, run.id)
    assert (replay.state.last_epoch, replay.facts.recipe.epochs, replay.recipe.epochs) == (500, 500, 500)


def test_a_rate_that_is_still_ahead_is_shown_and_not_yet_used(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        replay = open_replay(store, "latest")
    (change,) = live.end.interventions
    assert change.epoch == 41
    replay.go_to(39)
    assert replay.state.interventions == (change,)
    assert replay.state.learning_rate == 0.01
    replay.step()
    assert replay.state.learning_rate == change.learning_rate == 0.007


# What does not fit


def test_a_run_of_which_nothing_is_kept_cannot_be_replayed(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.begin(Recipe(), name="empty")
        with pytest.raises(LinregError, match="nothing is kept of the run empty"):
            open_replay(store, "empty")
        with pytest.raises(LinregError, match="there is no run 'other'"):
            open_replay(store, "other")


SPOILED: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "none": lambda _: None,
    "a field too many": lambda facts: {**facts, "more": 1},
    "a field too few": lambda facts: {name: value for name, value in facts.items() if name != "target"},
    "no recipe": lambda facts: {**facts, "recipe": {"epochs": "many"}},
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_run_whose_facts_are_lost_or_of_another_version_cannot_be_replayed(
    live: Live, tmp_path: Path, spoil: str
) -> None:
    with RunStore(tmp_path) as store:
        run = store.begin(live.facts.recipe, name="odd\x1b", facts=SPOILED[spoil](plain(live.facts)))
        store.append(run.id, Epochs(np.arange(3), np.ones(3), None, np.ones(3), np.ones((3, 2))))
        with pytest.raises(LinregError, match=r"the run odd\ufffd is lost, or of another version of linreg"):
            open_replay(store, "latest")


@pytest.mark.parametrize(
    "change",
    [
        {"initial": np.zeros(3)},
        {"weight_names": ("x", "z")},
        {"sample_X": np.zeros((3, 2))},
        {"sample_X": np.zeros(3)},
        {"scaling": None},
    ],
)
def test_facts_that_do_not_fit_the_epochs_are_refused_in_a_sentence(
    live: Live, tmp_path: Path, change: dict[str, Any]
) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        kept = RecordedRun.of(store, "latest")
    with pytest.raises(LinregError, match="the epochs of the run exercise1 do not fit what is known of it"):
        Replay(kept.run, replace(live.facts, **change), kept.epochs)


@pytest.mark.parametrize("result", [None, {}, {"status": "finished"}, {"status": "odd", "least_squares": None}])
def test_a_result_that_another_version_wrote_is_left_out(
    live: Live, tmp_path: Path, result: dict[str, Any] | None
) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        kept = RecordedRun.of(store, "latest")
    replay = Replay(replace(kept.run, result=result), live.facts, kept.epochs)
    replay.go_to(100)
    assert (replay.state.phase, replay.state.result) == (Phase.FINISHED, None)


# Threads


def test_eight_threads_see_one_recording(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live, lambda epoch: epoch % 2 == 0)
        replay = open_replay(store, "latest", speed=2000.0)
    seen: list[list[State]] = [[] for _ in range(8)]
    failures: list[BaseException] = []

    def hammer(number: int) -> None:
        random = Random(number)
        asks: list[Callable[[], None]] = [
            replay.play, replay.pause, replay.step, replay.back, lambda: replay.go_to(random.randrange(-1, 101)),
            lambda: replay.set_speed(random.choice([10.0, 1e4, inf])), replay.restart, replay.recover, replay.play,
        ]  # fmt: skip
        try:
            for _ in range(400):
                random.choice(asks)()
                seen[number].append(replay.state)
        except BaseException as problem:
            failures.append(problem)

    threads = [Thread(target=hammer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failures == []
    by_version: dict[int, State] = {}
    for states in seen:
        versions = [state.version for state in states]
        assert versions == sorted(versions)
        for state in states:
            assert by_version.setdefault(state.version, state) is state
    for state in by_version.values():
        expected = live.states[state.epoch]
        assert same(state.parameters, expected.parameters)
        assert state.cost == expected.cost or (isnan(state.cost) and state.epoch == -1)
    assert replay.state.answered == 8 * 400


def test_while_it_plays_every_thread_sees_it_go_on(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        replay = open_replay(store, "latest", speed=1000.0)
    seen: list[list[int]] = [[] for _ in range(8)]

    def watch(epochs: list[int]) -> None:
        while not (state := replay.state).phase.has_ended:
            epochs.append(state.epoch)

    replay.play()
    threads = [Thread(target=watch, args=(epochs,)) for epochs in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert replay.state.epoch == 100
    assert all(epochs == sorted(epochs) for epochs in seen)
    assert len({epoch for epochs in seen for epoch in epochs}) > 20


WITHOUT = """
import sys
from pathlib import Path
from linreg.replay.replay import open_replay
from linreg.store.store import RunStore

with RunStore(Path(sys.argv[1])) as store:
    replay = open_replay(store, "latest")
for _ in range(101):
    replay.step()
state = replay.state
print(state.phase, state.epoch, replay.facts.excess(state.parameters) == state.result.excess_cost)
print(*sorted({"torch", "polars"} & set(sys.modules)))
"""


def test_a_recording_needs_neither_the_data_nor_torch(tmp_path: Path) -> None:
    data = tmp_path / "points.csv"
    data.write_text("x,y\n0,0\n1,1\n2,3\n")
    live = run_live(Recipe(data=str(data), epochs=100, every=1, learning_rate=0.1))
    with RunStore(tmp_path) as store:
        record(store, live)
    data.unlink()
    done = subprocess.run([sys.executable, "-c", WITHOUT, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0].startswith("finished 100")
    assert done.stdout.split("\n")[1] == ""


def test_a_change_of_a_run_that_has_no_rate_of_its_own_yet_is_the_first_of_all(live: Live, tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        record(store, live)
        kept = RecordedRun.of(store, "latest")
    run = replace(kept.run, interventions=(Intervention(0, 0.5), Intervention(7, 0.25)))
    replay = Replay(run, live.facts, kept.epochs)
    rates = []
    for epoch in (-1, 5, 6, 100):
        replay.go_to(epoch)
        rates.append(replay.state.learning_rate)
    assert rates == [0.5, 0.5, 0.25, 0.25]
