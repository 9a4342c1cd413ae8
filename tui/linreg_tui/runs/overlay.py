"""Earlier runs whose costs are laid over the chart of another: which they are, and whether they can be compared at all.

A cost is comparable with another of the same rows by the same criterion; how it was brought down does not matter, that
is what is compared. Where it is not, its label says why, and no curve is drawn.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from linreg.data.fingerprint import fingerprint_of, rooted
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.store.run import Run
from linreg.text import shortened
from linreg_tui.runs.stored_runs import RunCosts, StoredRuns

_ROWS = ("dialect", "drop_missing", "weights")
_COLUMNS = ("target", "features", "exclude", "categorical")
_UNKNOWN = ("-", "arrays")
"""Data that nobody can look at again."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A run and its costs as they were when it was laid over; `has_changed`: its files are not what they were."""

    run: Run
    costs: RunCosts
    has_changed: bool = False

    @classmethod
    def of(cls, stored: StoredRuns, run: Run) -> "Overlay":
        """Read a run; this waits for the disk."""
        now = None
        with suppress(LinregError):
            now = (
                None
                if run.data is None
                else fingerprint_of(run.recipe.data, run.recipe.module, run.recipe.held_out_file)
            )
        has_changed = run.data is not None and now is not None and run.data.difference(now) is not None
        return cls(run, stored.read(run), has_changed)

    def why_not(self, shown: Recipe, is_script: bool) -> str:
        """Say why its costs are not comparable with those of the run that is shown; empty where they are."""
        if self.costs.problem:
            return shortened(self.costs.problem, 60)
        its, own = self.run.recipe, rooted(shown)
        if is_script or self.run.script:
            same = is_script and bool(self.run.script) and its.data == own.data
            return "" if same else "another program's cost"
        if its.data != own.data or its.data in _UNKNOWN or _differ(its, own, _ROWS):
            return "other data"
        if self.has_changed:
            return "its data have changed since"
        if _differ(its, own, _COLUMNS):
            return "other columns"
        if its.criterion != own.criterion:
            return f"{its.criterion}, another cost"
        return "" if its.reduction == own.reduction else f"the {its.reduction} over all rows, another cost"


def _differ(one: Recipe, other: Recipe, fields: Sequence[str]) -> bool:
    return any(getattr(one, field) != getattr(other, field) for field in fields)


@dataclass(slots=True)
class Overlays:
    """What is laid over a chart, in the order in which it was."""

    shown: tuple[Overlay, ...] = ()

    def has(self, runs: Sequence[Run]) -> bool:
        """Whether all of these are laid over it."""
        return {run.id for run in runs} <= {each.run.id for each in self.shown}

    def take_off(self, runs: Sequence[Run]) -> None:
        """Show these no longer."""
        gone = {run.id for run in runs}
        self.shown = tuple(each for each in self.shown if each.run.id not in gone)

    def lay(self, overlays: Sequence[Overlay]) -> None:
        """Show these as well, those that are there already as they are now."""
        self.take_off([each.run for each in overlays])
        self.shown = (*self.shown, *overlays)
