"""All that another process needs to go on with a run, as one value; `linreg.store.checkpoint` keeps it in files."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

import numpy as np

from linreg.arrays import Vector
from linreg.data.fingerprint import Fingerprint
from linreg.errors import LinregError
from linreg.files.nested import NestedError
from linreg.files.sealed import SealError, seal, unseal
from linreg.files.typed import checked
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.statistics.best_epoch import BestEpoch
from linreg.text import safe, shortened
from linreg.training.trainer import Snapshot

FORMAT = "linreg checkpoint 1"
LAST_EPOCH = 2**60


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
        How the run stood, and a phrase that says why.
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
    status: Phase
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
                "best": None if snapshot.best is None else asdict(snapshot.best),
            },
            "status": self.status.value,
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
            return _sound(
                cls(
                    **{
                        **value,
                        "recipe": Recipe(**value["recipe"]),
                        "status": Phase(value["status"]),
                        "snapshot": _snapshot(value["snapshot"]),
                        "interventions": tuple(Intervention(*change) for change in value["interventions"]),
                        "data": None if value["data"] is None else Fingerprint.of_dict(value["data"]),
                    }
                )
            )
        except (LinregError, LookupError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            raise SealError(f"its content does not fit: {shortened(str(problem), 200).rstrip('.')}") from None


def _snapshot(value: dict[str, Any]) -> Snapshot:
    best = value.get("best")  # which there was none of in earlier versions
    return Snapshot(**{**value, "best": None if best is None else BestEpoch(**best)})


def _sound(kept: Checkpoint) -> Checkpoint:
    """Return a checkpoint that an engine can go on from.

    Raises
    ------
    ValueError
        It cannot be one that linreg wrote.
    """
    snapshot, before = checked(kept).snapshot, kept.before
    if snapshot.parameters.ndim != 1 or snapshot.parameters.dtype != np.float64:
        raise ValueError("its parameters are no vector")
    if not np.isfinite(snapshot.parameters).all():
        raise ValueError("its parameters are not finite")
    best = snapshot.best
    if best is not None and (best.parameters.shape != snapshot.parameters.shape or best.epoch > snapshot.epoch):
        raise ValueError("its best epoch does not fit it")
    if before is not None and before.shape != snapshot.parameters.shape:
        raise ValueError("the parameters before do not fit those that it has")
    if not 0 <= snapshot.epoch <= LAST_EPOCH or not 0 <= kept.seconds < inf:
        raise ValueError("its epoch or its seconds are out of range")
    for change in kept.interventions:
        if not (0 <= change.epoch <= LAST_EPOCH and 0 < change.learning_rate < inf):
            raise ValueError("a change of the learning rate is out of range")
    return kept
