"""What the panels are shown: one moment of a run, the same for all of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linreg.arrays import Vector
from linreg.history.history import History
from linreg.live.state import State, learning_rate_at
from linreg.numerics.minima.minimum import Minimum
from linreg.training.facts import Facts
from linreg.training.minimum import above_ridge


@dataclass(frozen=True, eq=False)
class View:
    """A moment of a run, with what follows from it worked out once, and only if a panel asks.

    `caption`: where the run is, if it is not this process's own, in words and in fewer. `now`: how a script stands at
    whose earlier step somebody looks, which the state is then; else None.
    """

    facts: Facts
    state: State
    history: History
    caption: tuple[str, ...] = ()
    now: State | None = None

    @property
    def has_run(self) -> bool:
        """Whether an epoch has run."""
        return self.state.epoch >= 0

    @cached_property
    def w(self) -> Vector:
        """The weights now, in the data's own units, ``(n_weights,)``."""
        return self.facts.in_original_units(self.state.parameters)[0]

    @cached_property
    def b(self) -> float | None:
        """The bias now, in the data's own units; None without one."""
        b = self.facts.in_original_units(self.state.parameters)[1]
        return None if b is None else float(b)

    @property
    def floor(self) -> float | None:
        """The least cost: that of least squares, or of another criterion's minimum; None where it is not known."""
        if self.facts.quadratic is not None:
            return self.facts.quadratic.floor
        return None if self.facts.minimum is None else self.facts.minimum.cost

    @cached_property
    def excess(self) -> float | None:
        """The cost above that of least squares, of the parameters now; 0 where that is rounding, None if not known."""
        quadratic, excess = self.facts.quadratic, self.facts.excess(self.state.parameters)
        return 0.0 if quadratic is not None and excess is not None and excess <= quadratic.rounding else excess

    @property
    def ridge(self) -> Minimum | None:
        """Where a weight decay leads instead of least squares; None where there is none."""
        least = self.facts.minimum
        return least if least is not None and least.weight_decay and self.facts.quadratic is not None else None

    @cached_property
    def above_ridge(self) -> float | None:
        """How far the cost with its penalty is above that of the ridge solution, as a part of it."""
        ridge, quadratic = self.ridge, self.facts.quadratic
        return None if ridge is None or quadratic is None else above_ridge(quadratic, ridge, self.state.parameters)

    @cached_property
    def errors_away(self) -> float | None:
        """How many of its standard errors the farthest parameter is from least squares; None where that is untrue."""
        scale = self.facts.error_scale
        return None if scale is None else float(scale.distance(self.state.parameters))

    @cached_property
    def gradient(self) -> Vector | None:
        """The gradient that the last step followed, over the parameters as trained; None where it is not known."""
        state = self.state
        if state.before is None:
            return None
        return state.gradient if state.gradient is not None else self.facts.gradient(state.before)

    @cached_property
    def share_of_limit(self) -> float | None:
        """The learning rate over the largest stable one; None where there is no such limit to know."""
        limit = self.facts.largest_stable_learning_rate
        if limit is None or not np.isfinite(self.state.learning_rate) or not limit > 0:
            return None
        return self.state.learning_rate / limit

    @cached_property
    def last_rate(self) -> float:
        """The learning rate that the last epoch used: the state's own is that of the next."""
        varies = self.facts.script is not None or self.facts.recipe.schedule is not None
        known = self.history.row(self.state.epoch) if varies else None
        if known is not None and known.learning_rate > 0:  # a script may have a schedule of its own
            return known.learning_rate
        return learning_rate_at(self.state.epoch, self.state.interventions, self.facts.learning_rate)

    @cached_property
    def epochs_to_go(self) -> int | None:
        """How many more epochs until the excess cost is at most 1e-6 of least squares; None: never, or not known."""
        state = self.state
        return self.facts.epochs_to_converge(state.parameters, state.learning_rate, state.before, self.last_rate)

    @cached_property
    def epochs_that_matter(self) -> int | None:
        """How many more epochs bring every parameter so near that the data can't tell; None: never, or not known."""
        state = self.state
        return self.facts.epochs_that_matter(state.parameters, state.learning_rate, state.before, self.last_rate)


def name_of_least(facts: Facts) -> str:
    """Name what costs least: least squares, or of another criterion its own minimum."""
    return "minimum" if facts.quadratic is None and facts.minimum is not None else "least squares"
