"""A trainer whose epochs are written down as they go by: what ``run --record`` and ``resume`` have in common.

Nothing here prints, and nothing here stops a run: what the disk refuses is a notice, and training goes on.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from linreg.checkpoint import Checkpoint, versions
from linreg.engines.engine import Jumping
from linreg.facts import facts_of
from linreg.fingerprint import Fingerprint, fingerprint_of
from linreg.home import open_home
from linreg.plain import plain
from linreg.problem import Batch
from linreg.recorder import Recorder
from linreg.run_names import checked_name
from linreg.run_record import INTERRUPTED, Run
from linreg.runs import RunStore
from linreg.sampling import Sample
from linreg.state import Intervention
from linreg.stopping import Status
from linreg.trace import Trace
from linreg.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from linreg.recipe import Recipe
    from linreg.result import Result
    from linreg.table import Source

    Reading = Callable[[Source], Iterator[Batch]]

ROWS_OF_JUMPS = 1000
"""What is kept at least of a run that jumps from one printed epoch to the next."""


class Recording:
    """One run of this process. Used as a context it is closed whatever happens; without `finish` it is interrupted.

    Parameters
    ----------
    trainer
        Standing where the next epoch is `Recorder`'s first.
    home, run, data
        As the store has them, and what the files were like before they were read.
    first_learning_rate, interventions
        Of epoch 0, and every change since.
    notice
        A sentence about the store itself.
    """

    def __init__(
        self,
        trainer: Trainer,
        home: Path,
        run: Run,
        data: Fingerprint | None,
        first_learning_rate: float,
        interventions: tuple[Intervention, ...] = (),
        notice: str = "",
    ) -> None:
        self.run = run
        self._trainer, self._data, self._notice = trainer, data, notice
        self._first_rate, self._interventions = first_learning_rate, interventions
        self._versions = versions()
        self._next = trainer.epoch + 1
        self._recorder = Recorder(home, run, from_epoch=self._next)

    def watch(self, traces: Iterable[Trace]) -> Iterator[Trace]:
        """Hand on the trainer's traces, each once it has been taken down."""
        for trace in traces:
            self._add_passed(trace.first_epoch)
            self._recorder.add(trace)
            self._next = trace.last_epoch + 1
            if self._recorder.wants_checkpoint and self._trainer.status is Status.RUNNING:
                self._keep()
            yield trace

    def _add_passed(self, epoch: int) -> None:
        """Take down evenly spread epochs of those that were jumped over on the way to this one."""
        engine, step = self._trainer.engine, _step(self._trainer.last_epoch)
        if isinstance(engine, Jumping):
            for passed in range(-(-self._next // step) * step, epoch, step):
                self._recorder.add(engine.at(passed))

    def notices(self) -> tuple[str, ...]:
        """Return the sentences for the user since the last call."""
        notices = (*([self._notice] if self._notice else []), *self._recorder.notices())
        self._notice = ""
        return notices

    def finish(self, result: "Result") -> bool:
        """Put the run aside where it stands, write how it ended, and tell whether it can be taken up again.

        A run that has finished can be given more epochs later; of one that was interrupted nothing is to be lost.
        """
        stands = self._trainer.status in (Status.FINISHED, Status.INTERRUPTED) and self._trainer.is_in_step
        if stands:
            self._keep()
        self._recorder.finish(result.status.value, result.reason, result.as_dict())
        return stands

    def _keep(self) -> None:
        trainer = self._trainer
        if not trainer.is_in_step or trainer.epoch < 0:
            return
        kept = Checkpoint(
            recipe=self.run.recipe.changed(epochs=trainer.problem.recipe.epochs, every=trainer.problem.recipe.every),
            snapshot=trainer.snapshot(),
            status=trainer.status.value,
            reason=trainer.reason,
            first_learning_rate=self._first_rate,
            interventions=self._interventions,
            seconds=trainer.seconds,
            data=self._data,
            versions=self._versions,
        )
        self._recorder.keep(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if problem is not None:
            self._recorder.finish(INTERRUPTED, str(problem) or type(problem).__name__)
        else:
            self._recorder.close()


class Beginning:
    """What has to be seen before a run's first epoch: its files as they are before they are read, and rows to draw.

    Raises
    ------
    LinregError
        The run cannot be called that, or its files cannot be read.
    """

    def __init__(self, recipe: "Recipe", name: str | None, reading: "Reading | None" = None) -> None:
        self._name = None if name is None else checked_name(name)
        self._data = fingerprint_of(recipe.data, recipe.module)
        self._reading, self._sample = reading, Sample(0)

    def reading(self, source: "Source") -> Iterator[Batch]:
        """Hand on a source's batches: for `linreg.problem.pose`."""
        self._sample = Sample(len(source.features))
        yield from self._sample.watch(source.batches() if self._reading is None else self._reading(source))

    def begin(self, trainer: Trainer) -> Recording:
        """Enter the run into the store of the home.

        Raises
        ------
        LinregError
            The store cannot be written: the run can be trained, but not recorded.
        """
        home = open_home()
        facts = facts_of(trainer, self._sample.X, self._sample.y)
        with RunStore(home) as store:
            store.sweep()
            run = store.begin(
                trainer.problem.recipe, name=self._name, data=self._data, versions=versions(), facts=plain(facts)
            )
            return Recording(trainer, home, run, self._data, facts.learning_rate, notice=store.notice)


def _step(last_epoch: int) -> int:
    """Return a power of two, as the recorder keeps the multiples of one."""
    return 1 << max(0, last_epoch // ROWS_OF_JUMPS).bit_length()
