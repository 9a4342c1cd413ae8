"""A script's training loop as a run: each step a row of its history, with the cost that it started from.

It is told of steps and backward passes by `linreg.watching.hooks`, on the script's own thread, where a step costs a
copy of the parameters and nothing waits. What has come together is handed on a block at a time.
"""

import sys
from collections.abc import Callable, Sequence
from math import nan
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from linreg.arrays import Matrix, Vector, frozen
from linreg.trace import Trace
from linreg.training.facts import TensorSummary
from linreg.watching.answer import Answer
from linreg.watching.optimizers import rate_of
from linreg.watching.places import Counter, counter_of, named_so, names_of, script_frames
from linreg.watching.rows import MOST_ROWS, Rows
from linreg.watching.summing import Summing
from linreg.watching.tensors import Tensors
from linreg.watching.truth import Probe, leaves_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

BLOCK_SECONDS = 0.2


class Loop:
    """Turn what a script does into traces.

    Parameters
    ----------
    hand_on
        Takes each block of steps, on the script's thread.

    Attributes
    ----------
    tensors_have_hooks
        Tells whether the script has hooks on tensors of its own.
    hold
        Called after each step, where somebody wants to hold the script back there.
    optimizer, options
        The optimizer whose steps count, and its first group's options at the first of them; none for a loop without.
    first_rate
        Its first learning rate; NaN where it has none.
    n_steps, epoch
        How many have been taken, and where the script's own count is; None where that is not certain.
    broken
        Which number was the first not to be finite, and when; empty where all were.
    failure
        Why nothing more is told.
    """

    def __init__(self, hand_on: Callable[[Trace], None]) -> None:
        self._hand_on = hand_on
        self.tensors_have_hooks: Callable[[], bool] = lambda: False
        self.hold: Callable[[Optimizer | None], None] | None = None
        self.optimizer, self.first_rate = "", nan
        self.options: dict[str, Any] = {}
        self.tensors: Tensors | None = None
        self.initial: Vector = np.empty(0)
        self.device, self.dtype = "cpu", ""
        self.n_steps = 0
        self.epoch: int | None = None
        self.counter: Counter | None = None
        self.broken = ""
        self.failure = ""
        self._answer = Answer()
        self._main: ref[Optimizer] | None = None
        self._roots: list[Any] = []
        self._costs: list[Any] = []
        self._rows: Rows | None = None
        self._most_rows = MOST_ROWS
        self._rate, self._newest_rate = nan, nan
        self._rate_changes: list[tuple[int, float]] = []
        self._previous: Vector = np.empty(0)
        self.newest, self.newest_before, self.newest_cost = self._previous, self._previous, nan
        self.newest_gradient: Vector | None = None
        self._evaluates_often = False
        self._summing: Summing | None = None
        self._handed_on_at = -1.0
        self._has_looked = self._is_looking = False
        self._thread: int | None = None
        self._globals: dict[str, Any] = {}

    @property
    def shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The names and shapes of what is trained."""
        return () if self.tensors is None else tuple(zip(self.tensors.names, self.tensors.shapes, strict=True))

    @property
    def summaries(self) -> tuple[TensorSummary, ...]:
        """What is trained as it was last summed up; empty before that."""
        return () if self._summing is None else self._summing.summaries

    @property
    def last_step(self) -> int:
        """The number of the script's last step, from 0, where each pass of its loop is one; −1 if unknown."""
        counter, epoch = self.counter, self.epoch
        if counter is None or epoch is None or not counter.is_innermost:
            return -1
        return self.n_steps - 1 + len(counter.values) - 1 - counter.values.index(epoch)

    @property
    def step(self) -> int:
        """The step that was taken last, or that a loop by hand is taking; 0 before the first."""
        return self.n_steps if self._main is None and self._roots else max(0, self.n_steps - 1)

    def rate_now(self) -> float:
        """Return the rate that the next step will use, as things stand."""
        optimizer = None if self._main is None else self._main()
        return nan if optimizer is None else rate_of(optimizer)

    # -- what the hooks tell

    def backward_begins(self, root: "Tensor", within_step: bool, accumulates: bool) -> None:
        """Note the cost that gradients are computed of, and look for the exact answer where it is the first."""
        if self._main is None:
            if self._is_looking:
                return
            self._begin_without(root)
        elif not accumulates or self._thread != get_ident():
            return
        elif within_step and self._roots:
            self._evaluates_often = True
            return
        self._roots.append(root.item() if root.is_cpu else root.detach().clone())

    def _begin_without(self, root: "Tensor") -> None:
        """Look into the first cost; from then on see whether steps are taken without an optimizer."""
        if not self._has_looked:
            self._is_looking = True
            try:
                self._look_into(root)
            finally:
                self._has_looked, self._is_looking = True, False
        if self.tensors is not None:
            self._step_by_hand(root)

    def step_begins(self, optimizer: "Optimizer") -> None:
        """Note what the step starts from: its rate, and before the first one its parameters."""
        if self._main is None and not self.n_steps:
            self._begin(optimizer)
        if self._main is not None and self._main() is optimizer:
            self._newest_rate = rate_of(optimizer)

    def step_ended(self, optimizer: "Optimizer") -> None:
        """Take the step down."""
        if self._main is None or self._main() is not optimizer:
            self._roots.clear()
            return
        if self.counter is not None:
            self._count()
        roots = self._roots
        self._take(roots[0] if len(roots) == 1 else sum(roots) if roots else nan)
        roots.clear()
        if self.hold is not None:
            self.hold(optimizer)

    def has_failed(self, reason: str) -> None:
        """Something of ours went wrong; the script goes on unwatched."""
        self.failure = reason

    # -- the steps

    def _begin(self, optimizer: "Optimizer") -> None:
        """Get to know the optimizer at its first step: what it trains, and how that is called."""
        self._main, self._thread = ref(optimizer), get_ident()
        first = dict(optimizer.param_groups[0])
        self.optimizer, self.first_rate = type(optimizer).__name__, rate_of(optimizer)
        self.options = {name: first[name] for name in first if name not in ("params", "param_names")}
        tensors: list[Tensor] = []
        named: list[str | None] = []
        for group in optimizer.param_groups:
            tensors += group["params"]
            named += group.get("param_names") or [None] * len(group["params"])
        frames = list(script_frames())
        found = names_of(tensors, frames)
        if self.tensors is not None:
            self._answer.reorder(self.tensors, tensors)
        self._see(tensors, [mine or theirs for mine, theirs in zip(named, found, strict=True)])
        self.counter = counter_of(frames)

    def _see(self, tensors: "Sequence[Tensor]", names: Sequence[str]) -> None:
        self.tensors = Tensors(tensors, names)
        self._rows, self._summing = self.tensors.rows, Summing(self.tensors)
        self._most_rows = MOST_ROWS if self._rows is None else self._rows.most_rows
        self._previous = self.initial = frozen(self.tensors.numbers())
        self.device = str(tensors[0].device) if tensors else "cpu"
        self.dtype = str(tensors[0].dtype).removeprefix("torch.") if tensors else ""

    def _step_by_hand(self, root: "Tensor") -> None:
        """See whether the parameters have moved since the last backward pass, though no optimizer has stepped."""
        tensors = self.tensors
        assert tensors is not None
        leaves, _ = leaves_of(root)
        if [tuple(each.shape) for each in leaves] != [*tensors.shapes]:
            self._roots.clear()
            return
        if not tensors.rebind(leaves):
            self.flush()
            tensors.rebind(leaves)
        if self._roots and tensors.have_moved():
            roots, self._roots = self._roots, []
            self._take(sum(roots))
            if self.hold is not None:
                self.hold(None)
        elif len(self._roots) > 1:
            self._roots = [sum(self._roots)]
        self._count()

    def _take(self, cost: Any) -> None:
        """Take down one step: the cost that it started from, and the parameters after it."""
        rate = self._newest_rate
        rows = self._rows
        if rows is None:
            if self._summing is not None and self._summing.is_marked:
                self.sum_up()
        elif not rows.add():
            self.flush()
            rows.add()
        costs = self._costs
        if rate != self._rate and (rate == rate or self._rate == self._rate):
            self._rate_changes.append((len(costs), self._rate))
            self._rate = rate
        costs.append(cost)
        self.n_steps += 1
        now = perf_counter()
        if now - self._handed_on_at > BLOCK_SECONDS or len(costs) == self._most_rows:
            self.flush(has_gradient=self._main is not None)
            self._handed_on_at = now

    def _count(self) -> None:
        if self.counter is not None:
            value = self.counter.read(sys._getframe(1))
            self.epoch = self.epoch if value is None else value

    def flush(self, *, has_gradient: bool = False) -> None:
        """Hand on the steps that have come together; `has_gradient`: the tensors' gradients are the last one's."""
        if not self._costs:
            return
        has_gradient = has_gradient and self._rows is not None and not self._evaluates_often
        self.newest_gradient = self._rows.gradient() if has_gradient and self._rows is not None else None
        costs, self._costs = np.array([float(each) for each in self._costs]), []
        rates: Vector | None = None
        if self._rate_changes:
            rates = np.full(len(costs), self._rate)
            for end, rate in reversed(self._rate_changes):
                rates[:end] = rate
            self._rate_changes.clear()
        rows = np.empty((len(costs), 0)) if self._rows is None else self._rows.take()
        before = np.vstack([self._previous, rows[:-1]])
        self._previous = rows[-1]
        self.newest, self.newest_before, self.newest_cost = rows[-1], before[-1], float(costs[-1])
        first = self.n_steps - len(costs)
        self._check(first, costs, before, rows)
        self._hand_on(Trace(first, costs, rows, self._rate, learning_rates=rates))

    def _check(self, first: int, costs: Vector, before: Matrix, rows: Matrix) -> None:
        """See whether all is finite, and whether the exact answer still is one."""
        if not self.broken:
            bad = np.flatnonzero(~(np.isfinite(costs) & np.isfinite(rows).all(1)))
            if len(bad):
                self._note_broken(first + int(bad[0]), rows[bad[0]])
        self._answer.hold_against(before, costs)
        if self._rows is None and self._summing is not None:
            self._summing.mark()

    def _note_broken(self, step: int, row: Vector) -> None:
        assert self.tensors is not None
        which = self.tensors.first_broken(row)
        self.broken = f"{'the cost' if which is None else which} was not finite at step {step:,}"

    def sum_up(self) -> None:
        """Look at every tensor as a whole."""
        if self._summing is not None:
            self._summing.sum_up()
            which = self._summing.broken
            if which and not self.broken:
                self.broken = f"{which} was not finite by step {self.n_steps - 1:,}"

    def finish(self) -> None:
        """Take what is left: a loop by hand has taken its last step since its last backward pass."""
        tensors = self.tensors
        if self._main is None and tensors is not None and self._roots:
            made_anew = named_so(tensors.names, tensors.shapes, self._globals)
            if made_anew is not None:
                tensors.rebind(made_anew)
            if tensors.have_moved():
                self._take(sum(self._roots))
        self._roots = []
        self.flush()
        self.sum_up()

    # -- the exact answer

    def _look_into(self, root: "Tensor") -> None:
        """Find out what a cost depends on, and where it is least."""
        leaves, may_pass = leaves_of(root)
        self._answer.look_into(root, leaves, may_pass=may_pass, has_hooks=self.tensors_have_hooks())
        if leaves:
            frames = list(script_frames())
            self._see(leaves, names_of(leaves, frames))
            self.counter = counter_of(frames)
            self._globals = next((each.f_globals for each in frames if each.f_code.co_name == "<module>"), {})

    @property
    def truth(self) -> Probe:
        """The exact answer over the columns of the rows, or why there is none to show."""
        return self._answer.truth(sees_all=self.counter is not None and self.counter.is_innermost)
