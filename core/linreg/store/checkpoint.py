"""A run put aside so that it can be taken up again, by another process, as if it had never stopped.

One file holds everything, so that it is there whole or not at all. A new one is written under a third name first; only
then does the current one become the previous one, and the new one current. Whatever moment a machine stops at, the
newest whole one is found by looking at the three names in that order. Loading reads numbers and text and never runs
code.

There is no random state beside the engine's own: the order of an epoch's rows, and whatever a module draws, follow
from the seed and the epoch.
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from linreg.arrays import Vector
from linreg.data.fingerprint import Fingerprint
from linreg.errors import LinregError
from linreg.files.atomic import write_atomically
from linreg.files.home import own_folder
from linreg.files.nested import NestedError
from linreg.files.sealed import OtherKindError, SealError, seal, unseal
from linreg.live.state import Intervention
from linreg.recipe import Recipe
from linreg.text import safe, shortened
from linreg.training.trainer import Snapshot

FORMAT = "linreg checkpoint 1"
NEW, CURRENT, PREVIOUS = (f"checkpoint{part}.safetensors" for part in (".new", "", ".previous"))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Checkpoint:
    """All that decides the epochs to come, and what tells whether they may be run here.

    Attributes
    ----------
    recipe
        What is trained, and how.
    snapshot
        Where the trainer stood: what the stop rules remember, and what the engine needs.
    status, reason
        How the run stood, in a word and in a phrase.
    first_learning_rate
        Of epoch 0; NaN where the optimizer has none.
    interventions
        Every change of it since, some of which may lie ahead.
    before
        ``(n_parameters,)``, what the snapshot's epoch started from; None where that is not known.
    frontier
        The last epoch that has ever run; the snapshot's own unless the run was taken back.
    seconds
        Spent in the engine.
    data
        What the data files were like; None where they cannot be compared, as with standard input.
    versions
        Of the packages that decide the digits.
    """

    recipe: Recipe
    snapshot: Snapshot
    status: str
    first_learning_rate: float
    reason: str = ""
    interventions: tuple[Intervention, ...] = ()
    before: Vector | None = None
    frontier: int | None = None
    seconds: float = 0.0
    data: Fingerprint | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return it as a file's content.

        Raises
        ------
        LinregError
            The engine holds something that cannot be kept: a buffer of the user's own module, say.
        """
        snapshot = self.snapshot
        value = {
            "recipe": self.recipe.as_dict(),
            "snapshot": {
                "epoch": snapshot.epoch,
                "parameters": snapshot.parameters,
                "cost": snapshot.cost,
                "engine": snapshot.engine,
            },
            "status": str(self.status),
            "reason": self.reason,
            "first_learning_rate": self.first_learning_rate,
            "interventions": [[change.epoch, change.learning_rate] for change in self.interventions],
            "before": self.before,
            "frontier": self.frontier,
            "seconds": self.seconds,
            "data": None if self.data is None else self.data.as_dict(),
            "versions": dict(self.versions),
        }
        try:
            return seal(FORMAT, value)
        except NestedError as problem:
            raise LinregError(f"this run cannot be put aside: {safe(str(problem))}; it can still be trained.") from None

    @classmethod
    def of_content(cls, content: bytes) -> "Checkpoint":
        """Return what `content` was made of.

        Raises
        ------
        SealError
            It is damaged, or of another version.
        """
        value = unseal(FORMAT, content)
        try:
            return cls(
                **{
                    **value,
                    "recipe": Recipe(**value["recipe"]),
                    "snapshot": Snapshot(**value["snapshot"]),
                    "interventions": tuple(Intervention(*change) for change in value["interventions"]),
                    "data": None if value["data"] is None else Fingerprint.of_dict(value["data"]),
                }
            )
        except (LinregError, KeyError, TypeError, ValueError) as problem:
            raise SealError(f"its content does not fit: {shortened(str(problem), 200).rstrip('.')}") from None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A checkpoint, and the sentence to tell whoever resumes it; empty where all is well."""

    checkpoint: Checkpoint
    notice: str = ""


def save(folder: Path, checkpoint: Checkpoint) -> int:
    """Put a checkpoint into a run's own folder, beside the one before; return how many bytes it takes.

    The folder is made if it is not there.

    Raises
    ------
    LinregError
        It cannot be written. Those that are there are untouched.
    """
    content = checkpoint.content()
    own_folder(folder)
    new, current = folder / NEW, folder / CURRENT
    write_atomically(new, lambda file: file.write(content))
    try:
        with contextlib.suppress(FileNotFoundError):
            os.replace(current, folder / PREVIOUS)
        os.replace(new, current)
    except OSError as problem:
        raise LinregError(f"cannot write {safe(str(current))}: {problem.strerror}.") from None
    return len(content)


def load(folder: Path) -> Loaded:
    """Read the newest whole checkpoint of a run.

    Raises
    ------
    LinregError
        There is none, or none that is whole.
    """
    where, faults = safe(str(folder)), []
    for name in (NEW, CURRENT, PREVIOUS):
        try:
            checkpoint = Checkpoint.of_content((folder / name).read_bytes())
        except FileNotFoundError:
            continue
        except OtherKindError as problem:
            raise LinregError(f"{where}/{name} is of another version of linreg: {safe(str(problem))}.") from None
        except (OSError, SealError) as problem:
            faults.append(f"{name}: {getattr(problem, 'strerror', None) or safe(str(problem))}")
            continue
        if not faults:
            return Loaded(checkpoint)
        epoch = checkpoint.snapshot.epoch
        return Loaded(
            checkpoint,
            f"the newest checkpoint is damaged ({'; '.join(faults)}); the one before it is used, of epoch {epoch:,}.",
        )
    if not faults:
        raise LinregError(f"there is no checkpoint in {where}: the run ended before its first; train it again.")
    raise LinregError(f"no checkpoint in {where} is whole ({'; '.join(faults)}); train the run again.")


def sweep(folder: Path) -> int:
    """Remove what a process that was killed left half-written; return how many files that were.

    Only for a run whose process is gone, or is this one and has not begun to write.
    """
    swept = 0
    for stray in folder.glob(".checkpoint*.safetensors.*"):
        with contextlib.suppress(OSError):
            stray.unlink()
            swept += 1
    return swept


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide the digits, without importing them."""
    found = {}
    for name in ("linreg", "torch", "numpy"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
