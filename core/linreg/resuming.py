"""Taking up a run that was left: the same files, the same choices, and the trainer where its checkpoint stands.

A run that was killed before its first checkpoint begins again; so nothing has to be said twice on the command line.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linreg import checkpoint
from linreg.checkpoint import CURRENT, NEW, PREVIOUS, Checkpoint, versions
from linreg.errors import LinregError
from linreg.fingerprint import Fingerprint, fingerprint_of
from linreg.problem import pose
from linreg.recipe import Recipe
from linreg.recording import Recording
from linreg.run_record import Run
from linreg.runs import RunStore
from linreg.safe import safe, shortened
from linreg.state import Intervention
from linreg.trace import Trace
from linreg.trainer import Trainer

if TYPE_CHECKING:
    from linreg.recording import Reading


@dataclass(frozen=True, slots=True)
class Wishes:
    """What may be otherwise than it was: other files, another last epoch, other rows to print, another machine."""

    data_changed: bool = False
    epochs: int | None = None
    every: int | None = None
    from_elsewhere: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Resumed:
    """A run that can go on.

    Attributes
    ----------
    trainer
        Standing at the checkpoint's epoch, or before the first.
    recording
        To be used as a context, while it is trained.
    interventions
        Changes of the learning rate; those that lie ahead are for `on_course`.
    notices
        Sentences for the user.
    """

    trainer: Trainer
    recording: Recording
    interventions: tuple[Intervention, ...]
    notices: tuple[str, ...]

    def on_course(self) -> Iterator[Trace]:
        """Run up to the last change of the learning rate that lies ahead, where one does: a run was taken back."""
        for change in self.interventions:
            if change.epoch > self.trainer.epoch + 1:
                yield from self.trainer.run(until=change.epoch - 1)
                self.trainer.engine.learning_rate = change.learning_rate
        if self.trainer.epoch >= self.trainer.last_epoch:  # nothing is left to run: show where it stands
            yield _last_of(self.trainer)


def newest_resumable(store: RunStore) -> Run:
    """Return the newest run that can be taken up.

    Raises
    ------
    LinregError
        There is none.
    """
    for run in store.runs():
        if run.is_resumable and run.is_alive is False:
            return run
    raise LinregError("there is no run to resume: linreg run --record keeps one, linreg runs list shows all.")


def resume(store: RunStore, run: Run, wishes: Wishes, reading: "Reading | None" = None) -> Resumed:
    """Make a run this process's own, and stand where it stood; if that cannot be, the run stays as it was.

    Raises
    ------
    LinregError
        It has ended, is at work, has no whole checkpoint, or its files have changed.
    """
    claimed = store.claim(run.id, although=wishes.from_elsewhere, epochs=wishes.epochs)
    try:
        return _taken_up(store, claimed, wishes, reading)
    except BaseException:
        store.finish(run.id, run.status, run.reason, run.result)
        raise


def _taken_up(store: RunStore, run: Run, wishes: Wishes, reading: "Reading | None") -> Resumed:
    folder, notices = store.folder(run), [store.notice]
    kept: Checkpoint | None = None
    if any(os.path.lexists(folder / name) for name in (NEW, CURRENT, PREVIOUS)):
        loaded = checkpoint.load(folder)
        kept = loaded.checkpoint
        notices.append(loaded.notice)
    recipe = (run.recipe if kept is None else kept.recipe).changed(epochs=wishes.epochs, every=wishes.every)
    if kept is not None and recipe.epochs < kept.snapshot.epoch:
        raise LinregError(f"--epochs must be at least {kept.snapshot.epoch}: this run has been there already.")
    then = run.data if kept is None else kept.data
    data = _same_files(recipe, then, wishes)
    facts = store.facts(run.id) or {}
    trainer = Trainer(pose(recipe.changed(device=_device_of(recipe, facts)), reading))
    first_rate = trainer.engine.learning_rate
    interventions = run.interventions if kept is None else kept.interventions
    if kept is None:
        notices.append("no checkpoint was written before the run ended: it begins again.")
    else:
        _stand(trainer, kept)
        first_rate = kept.first_learning_rate
        notices.append(_other_versions(kept))
    recording = Recording(trainer, store.home, run, data, first_rate, interventions)
    return Resumed(trainer, recording, interventions, tuple(notice for notice in notices if notice))


def _same_files(recipe: Recipe, then: Fingerprint | None, wishes: Wishes) -> Fingerprint | None:
    """Look at the files; return what they are like now.

    Raises
    ------
    LinregError
        They have changed, cannot be read, or cannot be compared, and nobody said that this is meant.
    """
    now = fingerprint_of(recipe.data, recipe.module)
    if wishes.data_changed:
        return now
    what = "linreg resume --data-changed goes on with what is there now"
    if then is None:
        source = "standard input" if recipe.data == "-" else "data that are in no file"
        raise LinregError(f"the run was trained on {source}, which cannot be compared with today's; {what}.")
    if now is None:
        raise LinregError(f"the data are gone: there is no {safe(recipe.data)}; put them back where they were.")
    if (difference := then.difference(now)) is not None:
        raise LinregError(f"the data have changed since: {difference}; put them back, or {what}.")
    return now


def _device_of(recipe: Recipe, facts: dict[str, object]) -> str | None:
    """Return the device that "auto" meant then: another one rounds otherwise."""
    device = facts.get("device")
    return device if recipe.device == "auto" and isinstance(device, str) else None


def _stand(trainer: Trainer, kept: Checkpoint) -> None:
    snapshot = kept.snapshot
    same_engine = trainer.engine.snapshot().keys() == snapshot.engine.keys()
    if snapshot.parameters.shape != trainer.parameters.shape or not same_engine:
        raise LinregError("the checkpoint does not fit these data: other columns, or another engine; train a new run.")
    trainer.restore(snapshot)
    trainer.seconds = kept.seconds


def _other_versions(kept: Checkpoint) -> str:
    now = versions()
    other = [
        f"{safe(name)} {shortened(then)} then and {now.get(name, 'none')} now"
        for name, then in kept.versions.items()
        if now.get(name) != then
    ]
    return f"the last digits may differ: {', '.join(other)}." if other else ""


def _last_of(trainer: Trainer) -> Trace:
    """Return the row of the trainer's epoch."""
    import numpy as np

    rate = trainer.engine.learning_rate
    return Trace(trainer.epoch, np.array([trainer.cost]), trainer.parameters[np.newaxis], rate)
