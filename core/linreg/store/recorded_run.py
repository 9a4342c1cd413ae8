"""A recorded run as its exports read it: what it is, the epochs that are kept, and what is known of it beside them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Self

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.errors import LinregError
from linreg.files.typed import checked
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs
from linreg.phase import Phase
from linreg.store.run import Run
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.store.store import RunStore
    from linreg.training.facts import Facts
    from linreg.training.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class RecordedRun:
    """A run of which at least one epoch is kept.

    Attributes
    ----------
    run, epochs
        As the store has them.
    facts
        None where they are lost: the store was damaged while the run went on.
    curves
        What else was measured on the way.
    """

    run: Run
    epochs: Epochs
    facts: "Facts | None"
    curves: Curves = field(default_factory=Curves)

    @classmethod
    def of(cls, store: "RunStore", word: str) -> Self:
        """Read a run.

        Raises
        ------
        LinregError
            There is no such run, nothing is kept of it, or what is known of it is damaged.
        """
        run_id = store.get(word).id
        epochs = store.epochs(run_id)
        if not len(epochs):
            raise LinregError(f"nothing is kept of the run {shortened(word)}: it ended before its first epochs were.")
        facts = facts_of_run(store, run_id)
        if facts is not None and len(facts.initial) != epochs.parameters.shape[1]:
            raise LinregError(f"the epochs of the run {shortened(word)} have other parameters than it; delete it.")
        curves = Curves(store.curves(run_id))
        return cls(store.get(run_id), epochs, facts, curves)  # the run last: it may have gone on meanwhile

    @property
    def counted(self) -> str:
        """How many of its epochs are kept, in words."""
        return f"{len(self.epochs):,} of {self.run.epoch + 1:,} epochs"

    @property
    def newest(self) -> int:
        """The last epoch that is kept."""
        return int(self.epochs.epoch[-1])

    @property
    def weight_names(self) -> tuple[str, ...]:
        """What the columns of `in_original_units` are called: strangers' text, or numbers where the names are lost."""
        if self.facts is not None:
            return self.facts.weight_names
        return tuple(f"parameter_{number}" for number in range(1, self.epochs.parameters.shape[1] + 1))

    def outcome(self) -> tuple[int, Vector, float | None]:
        """Return what the run came to in the data's own units: after which epoch, w ``(n_weights,)`` and b.

        That is its newest epoch; with patience, once it is over, the best.
        """
        result = self.run.result or {}
        best = result.get("best")
        w, b = self.in_original_units()
        if self.run.recipe.patience is not None and isinstance(best, Mapping):
            with suppress(AttributeError, LookupError, TypeError, ValueError):  # another version wrote it otherwise
                weights = np.array([float(best["w"][name]) for name in self.weight_names])
                return int(best["epoch"]), weights, None if b is None else float(best["b"])
        return self.newest, w[-1], None if b is None else float(b[-1])

    def in_original_units(self) -> tuple[Matrix, Vector | None]:
        """Return w ``(n, n_weights)`` and b ``(n,)`` after each epoch; b is None without a bias.

        Where the facts are lost nobody knows the units, nor which parameter was b: all are returned as trained, as w.
        """
        if self.facts is None:
            return self.epochs.parameters, None
        return self.facts.in_original_units(self.epochs.parameters)


def facts_of_run(store: "RunStore", word: str) -> "Facts | None":
    """Return what is known of a run beside its epochs; None where it is lost.

    Raises
    ------
    LinregError
        There is no such run, or what is known of it is damaged.
    """
    from linreg.live.values import made
    from linreg.training.facts import Facts

    values = store.facts(word)
    try:
        return None if values is None else _sound(made(Facts, values))
    except (LinregError, TypeError, ValueError, LookupError, AttributeError, OverflowError):
        return None


def _sound(facts: "Facts") -> "Facts":
    """Return facts whose parts fit each other.

    Raises
    ------
    ValueError, LookupError, TypeError
        They don't: the store was altered.
    """
    n_parameters, n_features = len(checked(facts).initial), len(facts.features)
    w, b = facts.in_original_units(np.zeros((1, n_parameters)))
    exact = facts.least_squares
    shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        (facts.initial.shape, (n_parameters,)),
        (w.shape, (1, len(facts.weight_names))),
        (facts.sample_X.shape, (len(facts.sample_y), n_features)),
    ]
    shapes += [(each.shape, (n_features,)) for each in (facts.scaling.mean, facts.scaling.scale)]
    if exact is not None:
        shapes.append((exact.w.shape, (n_features if facts.is_linear else n_parameters,)))
    if facts.minimum is not None:
        shapes += [(each.w.shape, (n_features,)) for each in (facts.minimum, facts.minimum.least_squares)]
    if facts.quadratic is not None:
        facts.quadratic.gradient(facts.initial)
    if any(found != meant for found, meant in shapes) or (b is not None and b.shape != (1,)):
        raise ValueError("the facts of the run do not fit each other")
    return facts


def result_of_run(run: Run, facts: "Facts") -> "Result | None":
    """Return what a run came to; None where the store does not say, or another version of linreg said it otherwise."""
    from linreg.statistics.best_epoch import BestFit
    from linreg.statistics.held_out import Score
    from linreg.training.result import Result

    try:
        values = dict(run.result or {})
        exact = None if values["least_squares"] is None else facts.least_squares
        status, warnings = Phase(values["status"]), tuple(values["warnings"])
        held_out = None if values.get("held_out") is None else Score(**values["held_out"])
        best = None if values.get("best") is None else BestFit(**values["best"])
        known = {
            "held_out": held_out,
            "best": best,
            "status": status,
            "warnings": warnings,
            "least_squares": exact,
            "is_linear": facts.is_linear,
        }
        return checked(Result(**{**values, **known, "minimum": facts.minimum}))
    except (KeyError, TypeError, ValueError):
        return None


def best_of_run(run: Run, kept: Epochs) -> tuple[int | None, float]:
    """Return the epoch of the least held-out cost, and that cost: as the run knew it, else of the epochs that are kept.

    None and NaN where no rows are held out.
    """
    best = (run.result or {}).get("best")
    epoch, cost = (best.get("epoch"), best.get("held_out_cost")) if isinstance(best, Mapping) else (None, None)
    if isinstance(epoch, int) and isinstance(cost, float):
        return epoch, cost
    return best_kept(kept)


def best_kept(kept: Epochs) -> tuple[int | None, float]:
    """Return the epoch of the least held-out cost among those that are kept, and that cost."""
    costs = kept.held_out_cost
    if costs is None or not np.isfinite(costs).any():
        return None, nan
    row = int(np.where(np.isfinite(costs), costs, np.inf).argmin())
    return int(kept.epoch[row]), float(costs[row])
