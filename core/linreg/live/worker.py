"""A thread that reads the data and then works, steered by others: what a session and a race have in common."""

from collections.abc import Iterator
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, Self

from linreg.arrays import Batch
from linreg.errors import LinregError
from linreg.live.steering import StateT, Steered, WorkT
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.data.table import Source

_LOADING_STATES_A_SECOND = 20


class NotWantedError(Exception):
    """Nobody wants the data any more."""


class Worker(Steered[StateT, WorkT]):
    """A thread with a state, and with requests to what it is at work on."""

    thread_name: ClassVar[str]

    def __init__(self, state: StateT) -> None:
        super().__init__(state)
        self._thread = Thread(target=self._run, name=self.thread_name, daemon=True)

    def _work(self) -> None:
        """Be the thread: read the data, and work until `stop`."""
        raise NotImplementedError

    def _leave(self, reason: str) -> None:
        """Do what is to be done at the end, for which `reason` is the sentence where it is a failure."""
        self._end(reason)

    def start(self) -> Self:
        """Begin to read the data, then to work."""
        self._thread.start()
        return self

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

    def _run(self) -> None:
        try:
            self._work()
        except NotWantedError:
            pass
        except BaseException as problem:  # whatever it is, whoever watches must see it, and the process goes on
            self.failure = problem
        self._leave("" if self.failure is None else sentence_of(self.failure))

    def _read(self, source: "Source") -> Iterator[Batch]:
        """Hand on the rows, and say how far reading has come."""
        for batch in source.batches():
            yield batch
            if self._stopping:
                raise NotWantedError
            if perf_counter() - self._published_at > 1 / _LOADING_STATES_A_SECOND:
                share = source.fraction_read
                self._publish_loading(f"{source.n_read:,} rows" + ("" if share is None else f", {share:.0%}"))
        self._publish_loading("starting the engine")

    def _publish_loading(self, reason: str) -> None:
        self._show(self._with(reason=reason))


def sentence_of(problem: BaseException) -> str:
    """Return what to tell the user of an exception: a LinregError's own sentence, or that the fault is ours."""
    if isinstance(problem, LinregError):
        return str(problem)
    if isinstance(problem, MemoryError):
        return "there is not enough memory for this: use fewer rows or columns."
    what = shortened(f"{type(problem).__name__}: {problem}", 120)
    return f"internal error: {what}; run again with LINREG_DEBUG=1 and report what it shows."
