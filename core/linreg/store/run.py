"""One run as it is in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from linreg.data.fingerprint import Fingerprint
from linreg.errors import LinregError
from linreg.files.nested import NestedError, flattened, restored
from linreg.files.typed import checked
from linreg.history.epochs import number
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.names import is_id
from linreg.store.owner import Owner
from linreg.text import safe, shortened

Order = Literal["newest", "oldest", "name", "status", "epoch", "cost"]

COLUMNS = (
    "number id name status reason started ended owner recipe data versions result every epoch cost excess_cost script"
)
LATEST_TIME, LAST_EPOCH = 2.5e11, 2**60
"""The year 9892; and far more than anybody trains."""
_TEXTS = ("owner", "recipe", "data", "versions", "result")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Run:
    """What is known of a run but for its epochs.

    Attributes
    ----------
    number, id, name
        Its place in the order of runs, what it is called for good, and what its user calls it (strangers' text).
    status, reason
        How it stands, and a phrase that says why. A run whose process is gone without an end is INTERRUPTED.
        PAUSED is one whose process is there and computes nothing.
    is_alive
        Whether its process is at work on it; None where that cannot be known from this machine.
    started, ended
        Seconds since 1970, to show and not to compare; `ended` is None while it runs, and where nobody saw the end.
    owner
        The process that worked on it last.
    recipe
        With full paths, so that it can be taken up again from any folder.
    data
        What its files were like; None where they cannot be looked at again.
    versions
        Of the packages that decide the digits.
    every
        The epochs that are kept are the multiples of this, and the newest.
    epoch, cost, excess_cost
        The newest epoch, as `Trace` has it; −1, None and None before the first.
    interventions
        Every change of the learning rate.
    result
        What it came to, as `Result.as_dict` has it; None until it has ended.
    script
        Whose training loop it is, if not ours: the file or module that was watched. Its epochs are steps.
    """

    number: int
    id: str
    name: str
    status: Phase
    reason: str
    is_alive: bool | None
    started: float
    ended: float | None
    owner: Owner
    recipe: Recipe
    data: Fingerprint | None
    versions: Mapping[str, str]
    every: int
    epoch: int
    cost: float | None
    excess_cost: float | None
    interventions: tuple[Intervention, ...]
    result: Mapping[str, Any] | None
    script: str = ""

    @property
    def is_resumable(self) -> bool:
        """Whether there are epochs left that no process is at work on."""
        return not self.script and not self.status.has_ended and self.is_alive is not True

    @property
    def last_epoch(self) -> int | None:
        """The epoch that it is to go to, or has gone to; None of a script that has not said, as long as it runs.

        What was last written of such a script is how far it was then, which the epochs written since are beyond.
        """
        last = self.recipe.last_epoch
        is_untold = bool(self.script) and not self.status.has_ended and last <= self.epoch
        return None if is_untold else last

    def stands_after(self, last: int) -> tuple[Phase, str]:
        """Return how the run stands after the last epoch that is kept, and a phrase that says why.

        One that has not come to its end is paused there.
        """
        if self.status.has_ended and self.epoch == last:
            return self.status, self.reason
        if self.is_alive:
            return Phase.PAUSED, "the run is still going on"
        return Phase.PAUSED, f"{self.status}: {self.reason}" if self.reason else self.status

    def contains(self, text: str) -> bool:
        """Whether this is in its name, status, data or optimizer, in any case."""
        where = (self.name, self.status, self.recipe.data, self.recipe.optimizer)
        return any(text.casefold() in each.casefold() for each in where)


def run_of(row: Sequence[Any], changes: Sequence[tuple[int, Any]]) -> Run:
    """Make a run of a row of `COLUMNS`, and its interventions' rows.

    Raises
    ------
    LinregError
        The row is damaged.
    """
    try:
        return _run_of(dict(zip(COLUMNS.split(), row, strict=True)), changes)
    except (NestedError, AttributeError, LookupError, TypeError, ValueError, OverflowError, LinregError) as problem:
        said = shortened(str(problem), 100).rstrip(".")
        name, run_id = shortened(str(row[2])), safe(str(row[1]))
        raise LinregError(
            f"what is known of the run {name} is damaged: {said}; delete it by its id, {run_id}."
        ) from None


def _run_of(values: dict[str, Any], changes: Sequence[tuple[int, Any]]) -> Run:
    values |= {name: restored(values[name], {}) for name in _TEXTS}
    if not is_id(values["id"]):
        raise ValueError("its id is none")
    owner, ended, status = Owner.of_dict(values["owner"]), values["ended"], Phase(values["status"])
    values |= {"status": status, "is_alive": owner.is_alive() if ended is None else False}
    if ended is None and values["is_alive"] is False and status in (Phase.RUNNING, Phase.PAUSED):
        values |= {"status": Phase.INTERRUPTED, "reason": "its process is gone"}
    run = Run(
        **{
            **values,
            "owner": owner,
            "recipe": Recipe(**values["recipe"]),
            "data": None if values["data"] is None else Fingerprint.of_dict(values["data"]),
            "cost": number(values["cost"]),
            "excess_cost": number(values["excess_cost"]),
            "interventions": tuple(Intervention(epoch, _known(number(rate))) for epoch, rate in changes),
        }
    )
    return _in_range(checked(run))


def _in_range(run: Run) -> Run:
    """Return a run whose numbers are such as linreg writes.

    Raises
    ------
    ValueError
        One is not: the store was altered.
    """
    times = [run.started] if run.ended is None else [run.started, run.ended]
    epochs = [run.epoch, *(change.epoch for change in run.interventions)]
    if not all(0 <= each <= LATEST_TIME for each in times):
        raise ValueError("a time is out of range")
    if run.number < 1 or not 1 <= run.every <= LAST_EPOCH or not all(-1 <= each <= LAST_EPOCH for each in epochs):
        raise ValueError("an epoch is out of range")
    return run


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("a learning rate is missing")
    return value


def ordered(runs: Sequence[Run], order: Order) -> tuple[Run, ...]:
    """Sort runs, which come newest first, and stay so where the order leaves it open; unknown costs come last."""
    match order:
        case "oldest":
            return tuple(reversed(runs))
        case "name":
            return tuple(sorted(runs, key=lambda run: run.name.casefold()))
        case "status":
            return tuple(sorted(runs, key=lambda run: run.status))
        case "epoch":
            return tuple(sorted(runs, key=lambda run: -run.epoch))
        case "cost":
            return tuple(sorted(runs, key=_cost))
        case _:
            return tuple(runs)


def _cost(run: Run) -> float:
    return float("inf") if run.cost is None or run.cost != run.cost else run.cost


def text_of(value: object) -> str:
    """Return a nested value without arrays as the text of a column."""
    text, arrays = flattened(value)
    assert not arrays
    return text
