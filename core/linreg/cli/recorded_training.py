"""A run of the plain command that is recorded, and that can be attached to while it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from linreg.cli.printing.narration import introduction
from linreg.cli.status import narrate
from linreg.cli.training import Training
from linreg.session.session import ForegroundSession
from linreg.session.start import StartedRun, StartOptions
from linreg.store.recording import Recording
from linreg.text import safe
from linreg.trace import Trace

PLAIN_START = StartOptions(speed=inf, is_playing=True, may_reseed=False)
"""How the plain command runs: what it has printed cannot be given another start."""


class RecordedTraining(Training):
    """A session on this thread; but a run that jumps from row to row is over at once, and nobody could attach to it."""

    def __init__(self, started: StartedRun, recording: Recording, quiet: bool) -> None:
        super().__init__(started.live.trainer, quiet)
        self._started, self._recording = started, recording
        self._session: ForegroundSession | None = None
        self._reason = "stopped by who watched it"

    def traces(self) -> Iterator[Trace]:
        """Run to the end, block by block; what was printed before is printed again only in another future."""
        trainer, changes = self.trainer, self._started.live.rewinding.changes
        if trainer.epoch >= trainer.last_epoch:  # nothing is left to run: show where it stands
            return iter([trainer.newest])
        if trainer.jumps_at(self.stride) and all(change.epoch <= trainer.epoch + 1 for change in changes):
            return self._recording.watch(trainer.run(stride=self.stride))
        self._session = ForegroundSession(self._started)
        return self._session.traces()

    def interrupt(self, reason: str) -> None:
        """End the run after the block that is being run."""
        self._reason = reason
        if self._session is None:
            self.trainer.interrupt(reason)
        else:
            self._session.stop(reason)

    def end(self) -> str:
        """Write how the run stands, and a checkpoint where it can be taken up."""
        with self._watched():
            return self._recording.run.name if self._recording.finish(self._reason) else ""

    def fail(self, problem: BaseException) -> None:
        """Write that the run broke off, and why."""
        with self._watched():
            self._recording.fail(str(problem) or type(problem).__name__)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Let go of the viewers at the end of it, whatever comes of it."""
        try:
            yield
        finally:
            if self._session is not None:
                self._session.close()

    def notices(self) -> tuple[str, ...]:
        """Return what the disk has refused: who wants a run recorded must know that it is not, however quiet else."""
        return self._recording.notices() if self._session is None else self._session.notices()


def training_of(started: StartedRun, quiet: bool, words: str) -> Training:
    """Say what runs, and that it is recorded, or why not; return what trains it.

    Parameters
    ----------
    words
        What is said of a run that is recorded, with its name in the place of ``{name}``.
    """
    for notice in started.notices:
        narrate(f"warning: {notice}")
    if not quiet:
        narrate(introduction(started.live.trainer))
    if started.recording is None:
        return Training(started.live.trainer, quiet)
    if not quiet:
        narrate(words.format(name=safe(started.recording.run.name)))
    return RecordedTraining(started, started.recording, quiet)
