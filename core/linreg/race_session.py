"""A race on a worker thread, as `linreg.session` has one run on one: read and asked at any time, and never waited for.

The worker publishes an immutable state by replacing one attribute; requests wait in a queue and are heard between the
turns of two racers.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import inf
from threading import Condition, Thread
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Self

from linreg.entries import Entry
from linreg.errors import LinregError
from linreg.facts import Facts
from linreg.history import History
from linreg.live_race import LiveRace
from linreg.pacing import default_speed
from linreg.problem import Batch
from linreg.race import pose_race
from linreg.race_state import RaceState
from linreg.sampling import Sample
from linreg.session import STATES_A_SECOND, sentence_of
from linreg.state import Phase

if TYPE_CHECKING:
    from linreg.table import Source

_LOADING_STATES_A_SECOND = 20
_MOST_TELLING = 0.1
"""The share of the time that may go into telling how many racers stand."""

Request = Callable[[LiveRace], None]


class _NotWantedError(Exception):
    """Nobody wants the data any more."""


class RaceSession:
    """Race entries on a thread of its own.

    Parameters
    ----------
    entries
        At least one, as `linreg.entries.entries` makes them; the data are read on the thread.
    speed
        Epochs a second of every racer; None lets a short race last about ten seconds.
    paused
        Whether to stand at the start once the data are read.

    Attributes
    ----------
    failure
        The exception behind a state that is FAILED, for whoever debugs.
    """

    def __init__(self, entries: Sequence[Entry], *, speed: float | None = None, paused: bool = False) -> None:
        self.entries, self._paused = tuple(entries), paused
        last_epoch = self.entries[0].recipe.epochs
        self.facts: tuple[Facts, ...] = ()
        self.histories: tuple[History, ...] = ()
        self.failure: BaseException | None = None
        self.state = RaceState(
            version=0,
            phase=Phase.LOADING,
            epoch=-1,
            last_epoch=last_epoch,
            speed=default_speed(last_epoch + 1) if speed is None else speed,
        )
        self._requests: deque[Request] = deque()
        self._asked, self._published = Condition(), Condition()
        self._stopping, self._has_changed, self._answered = False, True, 0
        self._published_at, self._rest = -inf, 0.0
        self._thread = Thread(target=self._run, name="linreg race", daemon=True)

    def start(self) -> Self:
        """Begin to read the data, then to race."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask the thread to end, between two turns or two batches of rows."""
        with self._asked:
            self._stopping = True
            self._asked.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended, and tell whether it has."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def exit_status(self) -> int:
        """What a command that ends now should exit with: 2 if the input was at fault, 1 if we were, else 0."""
        if self.failure is None:
            return 0
        return 2 if isinstance(self.failure, LinregError) else 1

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join()

    def wait(self, predicate: Callable[[RaceState], bool], timeout: float = 10.0) -> RaceState:
        """Wait until a state satisfies `predicate`, and return it.

        Raises
        ------
        TimeoutError
            There was none in time, or there will be none because the thread has ended.
        """
        deadline = monotonic() + timeout
        with self._published:
            while not predicate(state := self.state):
                left = deadline - monotonic()
                if left <= 0 or state.phase in (Phase.FAILED, Phase.STOPPED):
                    raise TimeoutError(f"no such state: {state.phase} at epoch {state.epoch}: {state.reason}")
                self._published.wait(left)
        return state

    def play(self) -> None:
        """Run on, at the speed that is set."""
        self._ask(LiveRace.play)

    def pause(self) -> None:
        """Stand still, all at the same epoch; where an epoch of all takes long, some may be one behind."""
        self._ask(LiveRace.pause)

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs of every racer, then stand still."""
        self._ask(lambda race: race.step(n_epochs))

    def set_speed(self, speed: float) -> None:
        """Let every racer run at most this many epochs a second; infinite: as fast as they come."""
        self._ask(lambda race: race.set_speed(speed))

    def restart(self) -> None:
        """Start everyone again from the same initial parameters, and stand."""
        self._ask(LiveRace.restart)

    def _ask(self, request: Request) -> None:
        with self._asked:
            self._requests.append(request)
            self._asked.notify()

    def _run(self) -> None:
        """Be the thread: load, race, and end with a state that says how."""
        try:
            self._race(self._load())
        except _NotWantedError:
            self._end(Phase.STOPPED, "")
        except BaseException as problem:  # whatever it is, whoever watches must see it, and the process goes on
            self.failure = problem
            self._end(Phase.FAILED, sentence_of(problem))
        else:
            self._end(Phase.STOPPED, "")

    def _load(self) -> LiveRace:
        samples: list[Sample] = []

        def watched(source: "Source") -> Iterator[Batch]:
            samples.append(Sample(len(source.features)))
            for batch in samples[0].watch(source.batches()):
                yield batch
                self._say_how_far(source)
            self._publish_loading("starting the engines")

        race = pose_race(self.entries, watched)
        if self._stopping:
            raise _NotWantedError
        return LiveRace(race, samples[0], self.state.speed, is_playing=not self._paused)

    def _say_how_far(self, source: "Source") -> None:
        if self._stopping:
            raise _NotWantedError
        if perf_counter() - self._published_at > 1 / _LOADING_STATES_A_SECOND:
            share = source.fraction_read
            self._publish_loading(f"{source.n_read:,} rows" + ("" if share is None else f", {share:.0%}"))

    def _race(self, race: LiveRace) -> None:
        """Obey, let one racer run, publish; wait where there is nothing to do."""
        while self._obey(race):
            wait = race.seconds_to_next
            if wait > 0:
                self._publish_at_leisure(race)
                self._sleep(min(wait, self._rest) if self._has_changed else wait)
            else:
                if race.is_level:
                    self._publish_at_leisure(race)
                race.work()
                self._has_changed = True
                if not race.phase.is_moving:
                    self._publish(race)
        self._publish(race)

    def _obey(self, race: LiveRace) -> bool:
        """Fulfil what has been asked for, in order, and show it at once; return whether to go on."""
        while self._requests and not self._stopping:
            self._requests.popleft()(race)
            self._has_changed = True
            self._answered += 1
        if self._answered > self.state.answered:
            self._publish(race)
        return not self._stopping

    def _sleep(self, seconds: float) -> None:
        """Wait so long, or until somebody asks for something."""
        with self._asked:
            if not self._requests and not self._stopping:
                self._asked.wait(None if seconds == inf else seconds)

    def _publish_at_leisure(self, race: LiveRace) -> None:
        """Let everybody see how the race stands, but not so often that telling it holds it up."""
        if perf_counter() - self._published_at > self._rest:
            self._publish(race)

    def _publish(self, race: LiveRace) -> None:
        """Let everybody see how the race stands, if anything has changed."""
        if not self._has_changed:
            return
        started, self._has_changed = perf_counter(), False
        self.facts, self.histories = race.facts, race.histories
        self._show(replace(race.state(self.state.version + 1), answered=self._answered))
        self._rest = max(1 / STATES_A_SECOND, (perf_counter() - started) / _MOST_TELLING)

    def _publish_loading(self, reason: str) -> None:
        self._show(replace(self.state, version=self.state.version + 1, reason=reason))

    def _end(self, phase: Phase, reason: str) -> None:
        last = replace(self.state, version=self.state.version + 1, phase=phase, reason=reason, goal=None, pace=0.0)
        self._show(last)

    def _show(self, state: RaceState) -> None:
        self._published_at = perf_counter()
        with self._published:
            self.state = state
            self._published.notify_all()
