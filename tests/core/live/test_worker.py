"""What is steered on a thread: requests in order, states that only grow, and an end that everybody sees."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from time import monotonic
from typing import Any

import numpy as np
import pytest

from linreg.errors import LinregError
from linreg.live import worker
from linreg.live.worker import Worker
from linreg.phase import Phase
from patience import PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A state of the least that there can be."""

    version: int = 0
    phase: Phase = Phase.LOADING
    reason: str = ""
    epoch: int = -1
    answered: int = 0
    goal: int | None = 3
    pace: float = 5.0
    done: tuple[str, ...] = ()


@dataclass
class Source:
    """Rows that come a batch at a time, whenever somebody lets them."""

    fraction_read: float | None
    n_read: int = 0
    n_batches: int = 3
    may_read: Event = field(default_factory=Event)

    def batches(self) -> Iterator[tuple[Any, Any]]:
        for _ in range(self.n_batches):
            assert self.may_read.wait(PATIENCE)
            self.n_read += 1000
            yield np.zeros((1000, 1)), np.zeros(1000)


class Doer(Worker[Seen, list[str]]):
    """Writes down what it is asked for."""

    thread_name = "doer"

    def __init__(self, source: Source | None = None, problem: BaseException | None = None) -> None:
        super().__init__(Seen())
        self._source, self._problem, self.batches, self.slept = source, problem, 0, 0
        self.left: list[str] = []

    def _work(self) -> None:
        if self._source is not None:
            for _ in self._read(self._source):  # type: ignore[arg-type]
                self.batches += 1
        if self._problem is not None:
            raise self._problem
        done: list[str] = []
        while self._obey(done):
            self._publish(done)
            self._sleep(np.inf)
            self.slept += 1

    def _state_of(self, work: list[str], version: int) -> Seen:
        return Seen(version=version, phase=Phase.PAUSED, done=tuple(work))

    def _leave(self, reason: str) -> None:
        self.left.append(reason)
        super()._leave(reason)

    def do(self, word: str) -> None:
        self._ask(lambda done: done.append(word))


def test_requests_are_heard_in_order_and_counted() -> None:
    with Doer() as doer:
        for word in "abcdef":
            doer.do(word)
        state = doer.wait(lambda state: state.answered == 6, PATIENCE)
        assert state.done == tuple("abcdef")
        assert state is doer.state
        before = state.version
        doer.do("g")
        state = doer.wait(lambda state: state.answered == 7, PATIENCE)
        assert state.done[-1] == "g"
        assert state.version == before + 1
    assert (doer.state.phase, doer.state.goal, doer.state.pace, doer.state.reason) == (Phase.STOPPED, None, 0.0, "")
    assert doer.state.version == before + 2
    assert doer.exit_status == 0
    assert doer.left == [""]


def test_who_has_nothing_to_do_sleeps_until_somebody_asks() -> None:
    with Doer() as doer:
        doer.wait(lambda state: state.phase is Phase.PAUSED, PATIENCE)
        version = doer.state.version
        assert doer.slept == 0
        doer.do("a")
        doer.wait(lambda state: state.answered == 1, PATIENCE)
        assert doer.state.version == version + 1
    assert doer.slept <= 2


def test_nobody_sleeps_over_what_is_asked_for_already(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    for ask in (lambda doer: None, lambda doer: doer.do("a"), lambda doer: doer.stop()):
        doer = Doer()
        monkeypatch.setattr(doer._asked, "wait", waits.append)
        ask(doer)
        for seconds in (0.5, np.inf):
            doer._sleep(seconds)
    assert waits == [0.5, None]


def test_what_is_asked_for_after_a_stop_is_not_done() -> None:
    doer = Doer(Source(None))
    doer.do("a")
    doer.stop()
    doer.start()
    assert doer._source is not None
    doer._source.may_read.set()
    assert doer.join(PATIENCE)
    assert doer.state.answered == 0


def test_whoever_waits_in_vain_is_told_how_it_stands() -> None:
    with Doer() as doer:
        with pytest.raises(TimeoutError, match=r"^no such state: (paused|loading) at epoch -1: $"):
            doer.wait(lambda state: state.epoch == 5, 0.01)
        begun = monotonic()
        with pytest.raises(TimeoutError):
            doer.wait(lambda state: state.epoch == 5, 0.03)
        assert monotonic() >= begun + 0.03
        assert doer.wait(lambda state: True, 0.0) is doer.state
    with pytest.raises(TimeoutError, match="no such state: stopped"):
        doer.wait(lambda state: state.epoch == 5, 10 * PATIENCE)


def test_whoever_waits_is_woken_when_no_time_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for timeout, clock, left in ((10.0, [100.0, 100.0, 109.5, 110.0], [10.0, 0.5]), (3.0, [5.0, 7.0, 8.5], [1.0])):
        doer, waits = Doer(), list[float | None]()
        monkeypatch.setattr(worker, "monotonic", iter(clock).__next__)
        monkeypatch.setattr(doer._published, "wait", waits.append)
        with pytest.raises(TimeoutError, match=r"^no such state: loading at epoch -1: $"):
            doer.wait(lambda state: state.epoch == 5, timeout)
        assert waits == left


def test_whoever_waits_when_it_ends_waits_no_longer() -> None:
    doer, raised = Doer(), Event()

    def wait() -> None:
        with pytest.raises(TimeoutError):
            doer.wait(lambda state: state.epoch == 5, 10 * PATIENCE)
        raised.set()

    with doer:
        waiting = Thread(target=wait, daemon=True)
        waiting.start()
    assert raised.wait(PATIENCE)


@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        (LinregError("no such file."), 2, "no such file."),
        (MemoryError(), 2, "memory"),
        (ZeroDivisionError("no \x1b[31mred"), 70, "internal error: ZeroDivisionError: no "),
        (KeyboardInterrupt(), 70, "KeyboardInterrupt"),
    ],
)
def test_a_failure_is_a_state_and_a_status(problem: BaseException, status: int, words: str) -> None:
    doer = Doer(problem=problem).start()
    assert doer.join(PATIENCE)
    assert doer.failure is problem
    assert doer.state.phase is Phase.FAILED
    assert words in doer.state.reason
    assert "\x1b" not in doer.state.reason
    assert doer.left == [doer.state.reason]
    assert doer.exit_status == status
    with pytest.raises(TimeoutError, match="failed"):
        doer.wait(lambda state: state.epoch == 5, 10 * PATIENCE)


def test_one_that_was_never_started_has_ended() -> None:
    doer = Doer()
    assert doer.join()
    assert doer.exit_status == 0


def test_one_that_goes_on_has_not_ended() -> None:
    with Doer() as doer:
        assert not doer.join(0.0)
    assert doer.join(0.0)


@pytest.mark.parametrize(("share", "words"), [(0.25, "1,000 rows, 25%"), (0.0, "1,000 rows, 0%"), (None, "1,000 rows")])
def test_reading_says_how_far_it_is(share: float | None, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LOADING_STATES_A_SECOND", np.inf)
    source, seen = Source(share, n_batches=1), list[Seen]()
    doer = Doer(source)
    show = doer._show

    def see(state: Seen) -> None:
        seen.append(state)
        show(state)

    monkeypatch.setattr(doer, "_show", see)
    with doer:
        source.may_read.set()
        doer.wait(lambda state: state.phase is Phase.PAUSED, PATIENCE)
    assert [state.reason for state in seen][:2] == [words, "starting the engine"]
    assert [state.version for state in seen][:2] == [1, 2]
    assert seen[0].phase is Phase.LOADING
    assert doer.batches == 1


def test_reading_says_so_no_more_often_than_anybody_can_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LOADING_STATES_A_SECOND", 1 / PATIENCE)
    source, seen = Source(None, n_batches=5), list[Seen]()
    source.may_read.set()
    doer = Doer(source)
    show = doer._show

    def see(state: Seen) -> None:
        seen.append(state)
        show(state)

    monkeypatch.setattr(doer, "_show", see)
    with doer:
        doer.wait(lambda state: state.phase is Phase.PAUSED, PATIENCE)
    assert [state.reason for state in seen][:2] == ["1,000 rows", "starting the engine"]


def test_reading_ends_when_nobody_wants_the_data_any_more() -> None:
    source = Source(None, n_batches=10**9)
    with Doer(source) as doer:
        doer.stop()
        source.may_read.set()
    assert doer.failure is None
    assert doer.state.phase is Phase.STOPPED
    assert doer.batches <= 2


def test_the_thread_has_a_name_and_keeps_no_process_alive() -> None:
    with Doer() as doer:
        [thread] = [each for each in enumerate_threads() if each.name == "doer"]
        assert thread.daemon
        assert doer.join(0.0) is False
    assert not thread.is_alive()
