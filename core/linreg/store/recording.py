"""A run that is written down as it goes: what ``run --record``, ``resume`` and the app have in common.

What is kept is the run's newest future. Looking back at epochs that have run changes nothing of it; a change of the
learning rate, or a restart, forgets what came after. A checkpoint is taken only where the run has got furthest, so that
whoever takes it up has lost nothing, wherever somebody was looking when it ended.

Nothing here prints, and nothing here stops a run: what the disk refuses is a notice, and training goes on.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from linreg.data.fingerprint import Fingerprint, rooted
from linreg.engines.engine import Jumping
from linreg.errors import LinregError
from linreg.live.checkpoint import Checkpoint
from linreg.live.run import LiveRun
from linreg.live.state import Intervention
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.store.checkpoint import versions
from linreg.store.pending import Description, End
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from linreg.trace import Trace

ROWS_OF_JUMPS = 1000
"""What is kept at least of a run that jumps from one printed epoch to the next."""
ROWS_CHANGED = "its rows were changed by hand, and what came after is not kept"
_AT_WORK, _STANDING = End(Phase.RUNNING, "", None), End(Phase.PAUSED, "", None)


class Recording:
    """One run of this process, taken down by the thread that trains it.

    Parameters
    ----------
    live
        Standing where the next epoch is the first to be taken down.
    home, run, data
        As the store has them, and what the files were like before they were read.
    is_dispensable
        Whether to leave nothing behind of a run of which no epoch has run.

    Attributes
    ----------
    is_over
        Whether nothing more is taken down.
    """

    def __init__(
        self, live: LiveRun, home: Path, run: Run, data: Fingerprint | None, *, is_dispensable: bool = False
    ) -> None:
        self.run = run
        self._live, self._home, self._data, self._is_dispensable = live, home, data, is_dispensable
        self._versions = versions()
        self._facts, self._history, self._changes = live.facts, live.history, live.rewinding.changes
        self._next = live.epoch + 1
        self._kept_epoch = live.epoch
        self._end = _AT_WORK
        self.is_over = False
        description = Description(rooted(live.facts.recipe), plain(live.facts))
        self._writer = RunWriter(home, run, from_epoch=self._next, description=description)
        self._writer.change(self._changes)

    def add(self, trace: Trace) -> Trace:
        """Take down the epochs that have run, and return those that are new in the run's present future."""
        if self.is_over:
            return trace
        self._note_changes()
        fresh = trace.since(self._next)
        if len(fresh):
            self._writer.add(fresh)
            self._next = fresh.last_epoch + 1
        self.look()
        return fresh

    def look(self) -> None:
        """Take down what has been asked of the run since the last call, and how it stands."""
        if self.is_over:
            return
        self._note_changes()
        has_ended = self._live.trainer.status.has_ended
        if self._writer.wants_checkpoint or has_ended or not self._live.phase.is_moving:
            self.put_aside()  # before the end is told: what is called ended has its last checkpoint
        self._note_end()

    def leave(self) -> None:
        """Take nothing down any more: what follows is not what the recipe trains.

        The run is kept as it was, and with its own data it can be taken up from there.
        """
        self.is_over = True

    def watch(self, traces: Iterable[Trace]) -> Iterator[Trace]:
        """Hand on traces that the trainer runs by itself, in jumps; evenly spread epochs between are taken down too."""
        rewinding = self._live.rewinding
        for trace in traces:
            for passed in self._passed(trace.first_epoch):
                self._writer.add(passed)
            self._next = trace.first_epoch
            rewinding.has_reached(trace.last_epoch)
            self.add(trace)
            yield trace

    def _passed(self, epoch: int) -> Iterator[Trace]:
        trainer = self._live.trainer
        step = _step(trainer.last_epoch)
        if isinstance(trainer.engine, Jumping):
            for passed in range(-(-self._next // step) * step, epoch, step):
                yield trainer.at(passed)

    def _note_changes(self) -> None:
        """Forget what came after a change, or everything after a restart."""
        live, changes = self._live, self._live.rewinding.changes
        if live.facts is not self._facts:
            self._facts = live.facts
            self._writer.describe(rooted(live.facts.recipe), plain(live.facts))
        if live.history is not self._history:
            self._history, self._changes = live.history, changes
            self._forget(0)
        elif changes != self._changes:
            first = _first_difference(changes, self._changes)
            self._changes = changes
            self._forget(first)

    def _forget(self, epoch: int) -> None:
        self._writer.forget(epoch)
        self._writer.change(self._changes)
        self._next, self._kept_epoch = min(self._next, epoch), -1
        if self._end is not _AT_WORK:
            self._end = _AT_WORK
            self._writer.stand(self._end)

    def _note_end(self) -> None:
        """Write how the run stands now, where that is not what is written already."""
        trainer, end = self._live.trainer, self._end
        if not trainer.status.has_ended:
            end = _AT_WORK if self._live.phase.is_moving else _STANDING
        if trainer.status.has_ended and not self._end.status.has_ended:
            end = End(trainer.status, trainer.reason, trainer.result().as_dict())
        if end is not self._end and not self._end.status.has_ended:
            self._end = end
            self._writer.stand(end)

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written, or to be told."""
        return self._writer.is_behind

    def notices(self) -> tuple[str, ...]:
        """Return the sentences for the user since the last call."""
        return self._writer.notices()

    def put_aside(self) -> None:
        """Take a checkpoint here, if the run has never been further, and none has been taken here."""
        if self.is_over:
            return
        live, trainer = self._live, self._live.trainer
        is_furthest = trainer.is_in_step and trainer.epoch >= live.rewinding.frontier
        if is_furthest and trainer.epoch >= 0 and trainer.epoch != self._kept_epoch:
            self._kept_epoch = trainer.epoch
            self._writer.keep(self._checkpoint())

    def _checkpoint(self) -> Checkpoint:
        live, trainer = self._live, self._live.trainer
        recipe = trainer.problem.settled_recipe
        return Checkpoint(
            recipe=rooted(recipe),
            snapshot=trainer.snapshot(),
            status=trainer.status,
            reason=trainer.reason,
            first_learning_rate=live.rewinding.first_learning_rate,
            interventions=self._changes,
            before=live.rewinding.before,
            seconds=trainer.seconds,
            data=self._data,
            versions=self._versions,
        )

    def finish(self, reason: str) -> bool:
        """Write how the run ended and where it can be taken up, and tell whether it can.

        Parameters
        ----------
        reason
            Why it ended, if it has not come to its own end.
        """
        self.look()
        self.put_aside()
        trainer, end = self._live.trainer, self._end
        if self.is_over and not end.status.has_ended:
            end = End(Phase.INTERRUPTED, ROWS_CHANGED, None)
        elif not end.status.has_ended:
            trainer.interrupt(reason)
            is_furthest = trainer.epoch >= self._live.rewinding.frontier
            end = End(Phase.INTERRUPTED, reason, trainer.result().as_dict() if is_furthest else None)
        self._writer.finish(end.status, end.reason, end.result)
        is_empty = self._next == 0 if self.is_over else self._live.rewinding.frontier < 0
        if self._is_dispensable and is_empty:
            self._remove()
        return end.status in (Phase.INTERRUPTED, Phase.FINISHED)

    def fail(self, reason: str) -> None:
        """Write that the run broke off: nobody knows where its engine stands."""
        self._writer.finish(Phase.INTERRUPTED, reason)

    def _remove(self) -> None:
        with suppress(LinregError), RunStore(self._home) as store:  # what cannot be removed stays
            store.delete(self.run.id)


def _first_difference(changes: tuple[Intervention, ...], others: tuple[Intervention, ...]) -> int:
    """Return the epoch from which on two lists of changes differ, as they do."""
    return min(change.epoch for change in {*changes} ^ {*others})


def _step(last_epoch: int) -> int:
    """Return a power of two, as the writer keeps the multiples of one."""
    return 1 << max(0, last_epoch // ROWS_OF_JUMPS).bit_length()
