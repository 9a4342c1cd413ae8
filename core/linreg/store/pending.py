"""What of a run has come together and is not written yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linreg.history.epochs import Epochs
from linreg.history.extremes import Extremes, joined
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """What is trained, and what is known of that beside the epochs."""

    recipe: Recipe
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """How a run stands or ended, in a word and in a phrase, and what it came to.

    `is_open`: its process goes on, and may yet give it another future.
    """

    status: Phase
    reason: str
    result: Mapping[str, Any] | None
    is_open: bool = False


@dataclass(slots=True, eq=False)
class Pending:
    """Changes to what is kept of a run, in the order: forget from an epoch on, add rows, replace the rest.

    Attributes
    ----------
    from_epoch
        Forget the epochs from here on; None: none.
    parts
        Rows to keep, in order.
    newest
        The one row that need not be a multiple of anything.
    before
        The extremes of the costs that came before `parts`: they belong to the last row that is written.
    interventions, description, checkpoint, end
        None where they have not changed.
    """

    from_epoch: int | None = None
    parts: list[Epochs] = field(default_factory=list)
    newest: Epochs | None = None
    before: Extremes | None = None
    interventions: tuple[Intervention, ...] | None = None
    description: Description | None = None
    checkpoint: Checkpoint | None = None
    end: End | None = None

    @property
    def has_rows(self) -> bool:
        """Whether there are epochs or changes for the store."""
        return bool(self.parts) or any(each is not None for each in (self.from_epoch, self.newest, self.interventions))

    @property
    def has_record(self) -> bool:
        """Whether there is anything for the store that comes before a checkpoint, and before the end."""
        return self.has_rows or self.description is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self.has_record and self.checkpoint is None and self.end is None

    def rows(self) -> Epochs | None:
        """Return all rows in order, the newest last; None where there are none."""
        last = int(self.parts[-1].epoch[-1]) if self.parts else -1
        newest = [self.newest] if self.newest is not None and int(self.newest.epoch[-1]) != last else []
        return Epochs.joined([*self.parts, *newest]) if self.parts or newest else None

    def reach(self, extremes: Extremes | None) -> None:
        """Let the last row stand for more epochs, the extremes of whose costs these are; None where it does not."""
        if extremes is None:
            return
        if self.parts:
            self.parts[-1] = self.parts[-1].reaching(extremes)
        else:
            self.before = extremes if self.before is None else joined(self.before, extremes)

    def forget(self, epoch: int) -> None:
        """Forget the epochs from this one on, written or not; a row that stood for some of them stands for itself."""
        self.from_epoch = epoch if self.from_epoch is None else min(self.from_epoch, epoch)
        if self.checkpoint is not None and self.checkpoint.snapshot.epoch >= epoch:
            self.checkpoint = None  # of a future that is not to be
        newest = [] if self.newest is None else [self.newest]
        if not any(part.epoch[-1] >= epoch for part in (*self.parts, *newest)):
            return
        self.parts = [part for each in self.parts if len(part := each.before(epoch))]
        if self.parts:
            self.parts[-1] = self.parts[-1].alone()
        else:
            self.before = None
        if self.newest is not None and self.newest.epoch[-1] >= epoch:
            self.newest = None

    def rows_are_written(self) -> None:
        """Leave what else there is."""
        self.from_epoch, self.parts, self.newest, self.before, self.interventions = None, [], None, None, None

    def thin(self, every: int) -> None:
        """Keep the multiples of `every`, and the newest."""
        if self.parts:
            fewer, before = Epochs.joined(self.parts).multiples(every)
            self.parts = []
            self.reach(before)
            self.parts = [fewer] if len(fewer) else []

    def absorb(self, later: "Pending") -> None:
        """Let `later` come after this."""
        if later.from_epoch is not None:
            self.forget(later.from_epoch)
        self.reach(later.before)
        self.parts += later.parts
        for name in ("newest", "interventions", "description", "checkpoint", "end"):
            if (value := getattr(later, name)) is not None:
                setattr(self, name, value)
