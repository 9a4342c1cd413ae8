"""How a run that was left goes on: the same files, the same choices, and the trainer where its checkpoint stands.

A run that was killed before its first checkpoint begins again; so nothing has to be said twice on the command line.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.data.fingerprint import WHOLE_UP_TO, FileState, Fingerprint, fingerprint_of
from linreg.errors import LinregError
from linreg.history.epochs import Epochs
from linreg.live.checkpoint import Checkpoint
from linreg.live.values import plain
from linreg.recipe import Recipe
from linreg.session.start import StartedRun, StartOptions, live_run
from linreg.store import checkpoint
from linreg.store.checkpoint import CURRENT, NEW, PREVIOUS, UnrecordedError, versions
from linreg.store.recording import Recording
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.text import safe, shortened
from linreg.training.trainer import Trainer

if TYPE_CHECKING:
    from linreg.data.sample import Reading


@dataclass(frozen=True, slots=True)
class ResumeOptions:
    """What may be otherwise than it was: other files, another last epoch, other rows to print, another machine.

    `module`, ``FILE.py:CLASS``: who resumes has named the module, so that its file may be another than it was.
    """

    data_changed: bool = False
    epochs: int | None = None
    every: int | str | None = None
    from_elsewhere: bool = False
    module: str | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class ResumedStart:
    """A start: where a run of the home was left, and recorded on.

    Attributes
    ----------
    home, run
        As the store has them.
    """

    home: Path
    run: Run
    changes: ResumeOptions = field(default_factory=ResumeOptions)

    @property
    def recipe(self) -> Recipe:
        """What is trained, and how."""
        return self.run.recipe

    def begin(self, _: Recipe, reading: "Reading", options: StartOptions) -> StartedRun:
        """Make the run this process's own, and stand where it stood; if that cannot be, it stays as it was.

        Raises
        ------
        LinregError
            It has ended, is at work, has no whole checkpoint, or its files have changed.
        """
        with RunStore(self.home) as store:
            claimed = store.claim(self.run.id, force=self.changes.from_elsewhere, epochs=self.changes.epochs)
            try:
                return _resumed(store, claimed, self.changes, reading, options)
            except BaseException:
                store.release(self.run)
                raise


def _resumed(
    store: RunStore, run: Run, changes: ResumeOptions, reading: "Reading", options: StartOptions
) -> StartedRun:
    kept, notice = _checkpoint_of(store, run)
    recipe = (run.recipe if kept is None else kept.recipe).changed(
        epochs=changes.epochs, every=changes.every, module=changes.module and os.path.abspath(changes.module)
    )
    if kept is not None and recipe.last_epoch < kept.snapshot.epoch:
        raise LinregError(f"--epochs must be at least {kept.snapshot.epoch}: this run has been there already.")
    data = _same_files(recipe, run.data if kept is None else kept.data, changes)
    facts = store.facts(run.id) or {}
    live = live_run(recipe.changed(device=_device_of(recipe, facts)), reading, options)
    if kept is None:
        said = "" if notice else "no checkpoint was written before the run ended: it begins again."
    else:
        _require_fit(live.trainer, kept)
        try:
            live.resume_from(kept, _epochs_of(store, run))
        except (LinregError, MemoryError):
            raise
        except Exception as problem:  # an engine takes what it is given: whatever is wrong with it shows there
            said = shortened(f"{type(problem).__name__}: {problem}", 100)
            raise LinregError(f"the checkpoint does not fit its engine ({said}); train the run again.") from None
        said = _other_versions(kept)
    if changes.data_changed:
        store.describe(run.id, recipe, plain(live.facts))
    recording = Recording(live, store.home, run, data)
    return StartedRun(live, recording, tuple(each for each in (store.notice, notice, said) if each))


def _checkpoint_of(store: RunStore, run: Run) -> tuple[Checkpoint | None, str]:
    """Return the newest checkpoint that the record bears out, None where there is none, and what to say of it."""
    folder = store.folder(run)
    if not any(os.path.lexists(folder / name) for name in (NEW, CURRENT, PREVIOUS)):
        return None, ""
    try:
        loaded = checkpoint.load(folder, lambda kept: _is_recorded(run, kept))
    except UnrecordedError as problem:
        return None, f"{problem} The run begins again, so that no epoch is lacking."
    return loaded.checkpoint, " ".join(each for each in (loaded.notice, _lacking(store, run)) if each)


def _is_recorded(run: Run, kept: Checkpoint) -> bool:
    """Whether the epochs up to a checkpoint are recorded, and are those that led to it."""
    epoch = kept.snapshot.epoch
    changes, recorded = (
        [change for change in changes if change.epoch <= epoch] for changes in (kept.interventions, run.interventions)
    )
    return epoch <= run.epoch and changes == recorded and kept.recipe.seed == run.recipe.seed


def _lacking(store: RunStore, run: Run) -> str:
    """Say which epochs are lost for good: the store was, while the run went on."""
    epochs = _epochs_of(store, run).epoch
    first = int(epochs[0]) if len(epochs) else 0
    return f"what is recorded of this run lacks its epochs before {first:,}." if first else ""


def _epochs_of(store: RunStore, run: Run) -> Epochs:
    """Return what is kept of the epochs; nothing where that is damaged: the run can go on without."""
    try:
        return store.epochs(run.id)
    except LinregError:
        return Epochs.of_rows([])


def _same_files(recipe: Recipe, then: Fingerprint | None, changes: ResumeOptions) -> Fingerprint | None:
    """Look at the files; return what they are like now.

    Raises
    ------
    LinregError
        They have changed, cannot be read, or cannot be compared, and nobody said that this is meant.
    """
    now = fingerprint_of(recipe.data, recipe.module, recipe.held_out_file)
    if changes.data_changed:
        _require_same_module(recipe, then, changes)
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


def _require_same_module(recipe: Recipe, then: Fingerprint | None, changes: ResumeOptions) -> None:
    """Refuse to run a file of Python because the store says so, unless it is the one that ran, or the user names it.

    Raises
    ------
    LinregError
        It is another one than was recorded, or that cannot be told.
    """
    if recipe.module is None or changes.module is not None:
        return
    path = recipe.module.rpartition(":")[0]
    recorded, name = None if then is None else then.of_file(path), safe(recipe.module)
    try:
        now = FileState.of(path, WHOLE_UP_TO)
    except (OSError, ValueError):
        now = None
    said = (
        "it cannot be compared with the one that ran" if recorded is None or now is None else recorded.difference(now)
    )
    if said is not None:
        raise LinregError(f"the module {name} is not run: {said}; put it back, or name it with --module {name}.")


def _device_of(recipe: Recipe, facts: dict[str, object]) -> str | None:
    """Return the device that "auto" meant then: another one rounds otherwise."""
    device = facts.get("device")
    return device if recipe.device == "auto" and isinstance(device, str) else None


def _require_fit(trainer: Trainer, kept: Checkpoint) -> None:
    snapshot = kept.snapshot
    same_engine = trainer.engine.snapshot().keys() == snapshot.engine.keys()
    if snapshot.parameters.shape != trainer.parameters.shape or not same_engine:
        raise LinregError("the checkpoint does not fit these data: other columns, or another engine; train a new run.")
    engine_epoch = snapshot.engine.get("epoch")  # the one that the engine is to run next
    if not isinstance(engine_epoch, int) or engine_epoch != snapshot.epoch + 1:
        raise LinregError("the checkpoint does not fit itself: its engine stands at another epoch; train a new run.")


def _other_versions(kept: Checkpoint) -> str:
    now = versions()
    other = [
        f"{safe(name)} {shortened(then)} then and {now.get(name, 'none')} now"
        for name, then in kept.versions.items()
        if now.get(name) != then
    ]
    return f"the last digits may differ: {', '.join(other)}." if other else ""
