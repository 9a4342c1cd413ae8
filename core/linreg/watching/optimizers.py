"""The optimizers of a script, told apart, and what they say of their steps.

One step of a script is a step of the optimizer that was the first to take one, as long as it takes any. Another beside
it, as in a GAN, is no step more; another that comes after it goes on with the count. Which of the two it is shows only
later, so what others do is kept back until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.optim.sgd import SgdKeywords
from linreg.training.facts import OptimizerFacts
from linreg.watching.places import names_of, script_frames
from linreg.watching.reading.rows import Rows
from linreg.watching.reading.tensors import Tensors

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

PATIENCE, MOST_PATIENCE = 8, 1000
"""Steps that another takes before the first is given up: so many, and four times as many as it ever took between two
steps of the first, but not more than that."""


@dataclass(eq=False, slots=True)
class Trained:
    """What an optimizer trains, as it was before its first step.

    Attributes
    ----------
    tensors
        Those whose numbers are the columns of its steps: its own where they can be, else those that were there.
    start
        ``(n_columns,)``, the numbers then.
    costs, rows
        Of each of its steps since the last one that counted; no rows where there are no columns.
    """

    optimizer: "ref[Optimizer]"
    tensors: Tensors
    start: Vector
    costs: list[Any] = field(default_factory=list)
    rows: Rows | None = None

    def drop(self) -> None:
        """Forget these steps."""
        self.costs = []
        if self.rows is not None:
            self.rows.n_rows = 0

    def take(self) -> tuple[list[Any], Matrix]:
        """Return the costs ``(n,)`` and the parameters ``(n, n_columns)`` of these steps, and begin anew."""
        costs, self.costs = self.costs, []
        return costs, np.empty((len(costs), 0)) if self.rows is None else self.rows.take()


class Optimizers:
    """Those that have taken a step, in the order of their first ones."""

    def __init__(self) -> None:
        self._seen: list[Trained] = []
        self._most_between = 0
        self._facts: tuple[OptimizerFacts, ...] = ()
        self.n_waiting = 0

    def all(self) -> "list[Optimizer]":
        """Return those that are still there."""
        return [each for each in (trained.optimizer() for trained in self._seen) if each is not None]

    def facts(self, main: "Optimizer | None") -> tuple[OptimizerFacts, ...]:
        """Return what there is to say of them, first of the one whose steps count; once all are gone, what was."""
        found = sorted(self.all(), key=lambda each: each is not main)
        if found:
            self._facts = tuple(OptimizerFacts(type(each).__name__, rates_of(each)) for each in found)
        return self._facts

    def known(self, optimizer: "Optimizer") -> Trained | None:
        """Return what is known of one that has been met."""
        return next((each for each in self._seen if each.optimizer() is optimizer), None)

    def meet(self, optimizer: "Optimizer", before: Tensors) -> Trained:
        """Get to know one that is about to take its first step, where the columns are those of other tensors."""
        self._seen = [each for each in self._seen if each.optimizer() is not None]
        tensors = _columns_of(optimizer, before)
        rows = Rows(tensors.tensors) if tensors.is_small else None
        trained = Trained(ref(optimizer), tensors, tensors.numbers(), rows=rows)
        self._seen.append(trained)
        return trained

    def wait(self, trained: Trained, cost: Any) -> bool:
        """Keep a step back; tell whether the first has been waited for long enough."""
        rows = trained.rows
        if rows is not None and not rows.add():  # they lie elsewhere and are of another form
            trained.drop()
            rows.add()
        trained.costs.append(cost)
        self.n_waiting += 1
        most = MOST_PATIENCE if rows is None else min(MOST_PATIENCE, rows.most_rows - 1)
        return len(trained.costs) > min(PATIENCE + 4 * self._most_between, most)

    def forget(self) -> None:
        """Drop what has been kept back: the first has taken another step."""
        self._most_between = max(self._most_between, self.n_waiting)
        self._drop()

    def give_up_the_first(self, trained: Trained) -> tuple[list[Any], Matrix]:
        """Return the steps of another that were kept back, as `Trained.take`: from now on its steps count."""
        taken, self._most_between = trained.take(), 0
        self._drop()
        return taken

    def _drop(self) -> None:
        self.n_waiting = 0
        for each in self._seen:
            each.drop()

    def last(self) -> Trained | None:
        """Return the one that has followed the first at the end: it took more steps than one beside it would have."""
        longest = max(self._seen, key=lambda each: len(each.costs), default=None)
        return None if longest is None or len(longest.costs) <= max(1, self._most_between) else longest


def parameters_of(optimizer: "Optimizer") -> "tuple[list[Tensor], list[str | None]]":
    """Return what all groups train, and their names where the script gave it any."""
    tensors: list[Tensor] = []
    named: list[str | None] = []
    for group in optimizer.param_groups:
        tensors += group["params"]
        named += group.get("param_names") or [None] * len(group["params"])
    return tensors, named


def _columns_of(optimizer: "Optimizer", before: Tensors) -> Tensors:
    """Return its own tensors where they fit into the columns that there are, by name and shape; else those before."""
    params, named = parameters_of(optimizer)
    if {id(each) for each in params} <= {id(each) for each in before.tensors}:
        return before
    names = [mine or theirs for mine, theirs in zip(named, names_of(params, list(script_frames())), strict=True)]
    own = Tensors(params, names)
    fits = (own.names, own.shapes) == (before.names, before.shapes) if before.is_small else not own.is_small
    return own if fits else before


def rate_of(optimizer: "Optimizer") -> float:
    """Return the learning rate of the first group; NaN where it has none that can be read without waiting."""
    rate = optimizer.param_groups[0].get("lr", nan)
    if type(rate) is float:
        return rate
    return _number(rate)


def rates_of(optimizer: "Optimizer") -> tuple[float, ...]:
    """Return the learning rate of every group."""
    return tuple(_number(group.get("lr", nan)) for group in optimizer.param_groups)


def change_rates(optimizer: "Optimizer", before: float, after: float) -> None:
    """Change the learning rate of every group that has one as one of them is changed, in the same proportion."""
    for group in optimizer.param_groups:
        held: Any = group.get("lr")
        if hasattr(held, "fill_"):
            held.fill_(held * (after / before))
        elif held is not None:
            group["lr"] = after if held == before else held * (after / before)


def _number(rate: Any) -> float:
    return float(rate) if not hasattr(rate, "is_cuda") or not rate.is_cuda else nan


def sgd_keywords(optimizer: str, options: Mapping[str, Any]) -> SgdKeywords | None:
    """Return SGD's arguments, or those of a loop by hand (no optimizer), which is plain gradient descent."""
    if optimizer not in ("", "SGD") or options.get("maximize"):
        return None
    return SgdKeywords(
        momentum=float(options.get("momentum", 0.0)),
        dampening=float(options.get("dampening", 0.0)),
        nesterov=bool(options.get("nesterov", False)),
        weight_decay=float(options.get("weight_decay", 0.0)),
    )
