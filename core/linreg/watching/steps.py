"""The steps of a script, taken down one by one and handed on in blocks: costs, parameters, where the script's count is.

A step costs a copy of the parameters, and nothing waits. What is true of a block as a whole is looked at when it is
handed on: whether all numbers are finite, whether the exact answer still is one, how large large tensors are.
"""

from collections.abc import Callable, Sequence
from math import isfinite, nan
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg.arrays import Matrix, Vector, frozen
from linreg.trace import Trace
from linreg.training.facts import Broken, TensorSummary
from linreg.watching.answer import Answer
from linreg.watching.epochs import Epochs
from linreg.watching.reading.rows import MOST_ROWS, Rows
from linreg.watching.reading.summing import Summing
from linreg.watching.reading.tensors import Tensors, broken_among, broken_by
from linreg.watching.truth import Probe

if TYPE_CHECKING:
    from torch import Tensor

BLOCK_SECONDS, UNSEEN_BLOCK_SECONDS = 0.2, 0.5
"""How long steps come together before they are handed on: while somebody looks, and while nobody does."""


class Steps:
    """What a script has done.

    Parameters
    ----------
    hand_on
        Takes each block of steps, on the script's thread.

    Attributes
    ----------
    meet_broken
        Called with the first number that is not finite, as soon as that is found: a cost on the CPU after its step, any
        other when its block of steps is handed on.
    block_seconds
        How long steps come together before they are handed on.
    n_steps, epochs
        How many have been taken, and where the script's own count of epochs is.
    broken
        Which number was the first not to be finite; None where all were.
    """

    def __init__(self, hand_on: Callable[[Trace], None]) -> None:
        self._hand_on = hand_on
        self.meet_broken: Callable[[Broken], None] | None = None
        self.block_seconds = BLOCK_SECONDS
        self.tensors: Tensors | None = None
        self.initial: Vector = np.empty(0)
        self.device, self.dtype = "cpu", ""
        self.n_steps = 0
        self.epochs = Epochs()
        self.broken: Broken | None = None
        self._answer = Answer()
        self._costs: list[Any] = []
        self._rows: Rows | None = None
        self._most_rows = MOST_ROWS
        self._rate, self._newest_rate = nan, nan
        self._rate_changes: list[tuple[int, float]] = []
        self._previous: Vector = np.empty(0)
        self.newest, self.newest_before, self.newest_cost = self._previous, self._previous, nan
        self.newest_gradient: Vector | None = None
        self._follows_gradients = self._evaluates_often = False
        self._summing: Summing | None = None
        self._handed_on_at = -1.0

    @property
    def summaries(self) -> tuple[TensorSummary, ...]:
        """What is trained as it was last summed up; empty before that."""
        return () if self._summing is None else self._summing.summaries

    @property
    def shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The names and shapes of what is trained."""
        return () if self.tensors is None else tuple(zip(self.tensors.names, self.tensors.shapes, strict=True))

    @property
    def last_step(self) -> int:
        """The number of the script's last step, from 0; −1 if unknown."""
        return self.epochs.last_step

    def _see(self, tensors: "Sequence[Tensor]", names: Sequence[str]) -> None:
        self.tensors = Tensors(tensors, names)
        self._read_from(self.tensors)
        self._previous = self.initial = frozen(self.tensors.numbers())
        self.device = str(tensors[0].device) if tensors else "cpu"
        self.dtype = str(tensors[0].dtype).removeprefix("torch.") if tensors else ""

    def _read_from(self, tensors: Tensors) -> None:
        self.tensors, self._rows, self._summing = tensors, tensors.rows, Summing(tensors)
        self._most_rows = MOST_ROWS if self._rows is None else self._rows.most_rows

    def go_on_from(self, tensors: Tensors, start: Vector) -> None:
        """Read the columns from other tensors from now on, which start ``(n_columns,)``; nothing waits."""
        if tensors is not self.tensors:
            self._read_from(tensors)
            self._previous = start

    def _take(self, cost: Any) -> None:
        """Take down one step: the cost that it started from, None for one without, and the parameters after it."""
        rate = self._newest_rate
        rows = self._rows
        if rows is None:
            if self._summing is not None and self._summing.is_marked:
                self.sum_up()
        elif not rows.add():
            self.flush()
            rows.add()
        costs = self._costs
        if rate is not self._rate and rate != self._rate and (rate == rate or self._rate == self._rate):
            self._rate_changes.append((len(costs), self._rate))
            self._rate = rate
        costs.append(cost)
        self.n_steps += 1
        now = perf_counter()
        breaks = type(cost) is float and not isfinite(cost) and self.broken is None
        if breaks or now - self._handed_on_at > self.block_seconds or len(costs) == self._most_rows:
            if self._follows_gradients:  # a loop by hand is in its next pass already
                self.epochs.look(self.n_steps - 1)
            self.flush(has_gradient=self._follows_gradients)
            self._handed_on_at = now

    def flush(self, *, has_gradient: bool = False) -> None:
        """Hand on the steps that have come together; `has_gradient`: the tensors' gradients are the last one's."""
        if not self._costs:
            return
        has_gradient = has_gradient and self._rows is not None and not self._evaluates_often
        self.newest_gradient = self._rows.gradient() if has_gradient and self._rows is not None else None
        costs, self._costs = self._costs, []
        rates: Vector | None = None
        if self._rate_changes:
            rates = np.full(len(costs), self._rate)
            for end, rate in reversed(self._rate_changes):
                rates[:end] = rate
            self._rate_changes.clear()
        self._tell(costs, np.empty((len(costs), 0)) if self._rows is None else self._rows.take(), rates)

    def take_together(self, costs: list[Any], rows: Matrix) -> None:
        """Take steps down that were kept back, at the newest rate: ``(n,)`` and ``(n, n_columns)``; none waits."""
        if costs:
            self.newest_gradient = None
            self._rate = self._newest_rate
            self.n_steps += len(costs)
            self._tell(costs, rows, None)

    def _tell(self, known: list[Any], rows: Matrix, rates: Vector | None) -> None:
        """Look at a block of steps as a whole, and hand it on."""
        costs = _numbers(known)
        before = np.vstack([self._previous, rows[:-1]])
        self._previous = rows[-1]
        self.newest, self.newest_before, self.newest_cost = rows[-1], before[-1], float(costs[-1])
        first = self.n_steps - len(costs)
        if self.broken is None:
            self._note_broken(broken_among(first, costs, known, rows, self.tensors))
        self._answer.hold_against(before, costs)
        if self._rows is None and self._summing is not None:
            self._summing.mark()
        self._hand_on(Trace(first, costs, rows, self._rate, learning_rates=rates))

    def _note_broken(self, broken: Broken | None) -> None:
        if self.broken is None and broken is not None:
            self.broken = broken
            if self.meet_broken is not None:
                self.meet_broken(broken)

    def sum_up(self) -> None:
        """Look at every tensor as a whole."""
        if self._summing is not None:
            self._summing.sum_up()
            self._note_broken(broken_by(self.n_steps - 1, self._summing.broken))

    @property
    def truth(self) -> Probe:
        """The exact answer over the columns of the rows, or why there is none to show."""
        counter = self.epochs.counter
        return self._answer.truth(sees_all=counter is not None and counter.is_innermost)


def _numbers(costs: Sequence[Any]) -> Vector:
    """Return costs, ``(n,)``, NaN for none; those on a device are read back together, which is waited for once."""
    waiting = [place for place, each in enumerate(costs) if type(each) is not float and each is not None]
    numbers = list(costs)
    if waiting:
        import torch

        kept = [torch.as_tensor(costs[place]).reshape(()) for place in waiting]
        together = torch.stack([each.to(kept[-1].device) for each in kept]).tolist()
        for place, number in zip(waiting, together, strict=True):
            numbers[place] = number
    return np.array(numbers, np.float64)
