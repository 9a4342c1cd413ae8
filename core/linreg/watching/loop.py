"""A script's training loop as a run: each step a row of its history, with the cost that it started from.

It is told of steps and backward passes by `linreg.watching.hooks`, on the script's own thread, where a step costs a
copy of the parameters and nothing waits. What has come together is handed on a block at a time.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector, frozen
from linreg.numerics.curvature import Quadratic
from linreg.trace import Trace
from linreg.training.facts import TensorSummary
from linreg.training.problem import SgdKeywords
from linreg.watching.places import Counter, counter_of, named_so, names_of, script_frames
from linreg.watching.tensors import Tensors, first_broken
from linreg.watching.truth import (
    HAS_HOOKS,
    MOST_PARAMETERS,
    NOT_TWICE,
    OTHER_ROWS,
    OTHER_TENSORS,
    TOO_MANY,
    Probe,
    leaves_of,
    probe,
)

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

BLOCK, BLOCK_SECONDS, SUMMARY_SECONDS = 256, 0.1, 0.5
_UNKNOWN = "no step has been taken yet"


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
        self.summaries: tuple[TensorSummary, ...] = ()
        self.device, self.dtype = "cpu", ""
        self.n_steps = 0
        self.epoch: int | None = None
        self.counter: Counter | None = None
        self.broken = ""
        self.failure = ""
        self._probe = Probe(why_none=_UNKNOWN)
        self._n_agreeing = 0
        self._main: ref[Optimizer] | None = None
        self._roots: list[Any] = []
        self._costs: list[Any] = []
        self._rows: Matrix = np.empty((BLOCK, 0))
        self._n_rows, self._rate, self._newest_rate = 0, nan, nan
        self._previous: Vector = np.empty(0)
        self.newest, self.newest_before, self.newest_cost = self._previous, self._previous, nan
        self._handed_on_at = self._summed_up_at = -1.0
        self._has_looked = self._is_looking = False
        self._thread: int | None = None
        self._globals: dict[str, Any] = {}

    @property
    def shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The names and shapes of what is trained."""
        return () if self.tensors is None else tuple(zip(self.tensors.names, self.tensors.shapes, strict=True))

    @property
    def sgd(self) -> SgdKeywords | None:
        """SGD's arguments, or those of a loop by hand, which is plain gradient descent as far as can be seen."""
        given = {"momentum": 0.0, "dampening": 0.0, "nesterov": False, "weight_decay": 0.0}
        if self.optimizer not in ("", "SGD") or self.options.get("maximize"):
            return None
        momentum, dampening, nesterov, decay = (self.options.get(name, default) for name, default in given.items())
        return SgdKeywords(
            momentum=float(momentum), dampening=float(dampening), nesterov=bool(nesterov), weight_decay=float(decay)
        )

    @property
    def last_step(self) -> int:
        """The number of the script's last step, from 0, where each pass of its loop is one; −1 if unknown."""
        counter, epoch = self.counter, self.epoch
        if counter is None or epoch is None or not counter.is_innermost:
            return -1
        return self.n_steps - 1 + len(counter.values) - 1 - counter.values.index(epoch)

    def rate_now(self) -> float:
        """Return the rate that the next step will use, as things stand."""
        optimizer = None if self._main is None else self._main()
        return nan if optimizer is None else _rate_of(optimizer)

    # -- what the hooks tell

    def backward_begins(self, root: "Tensor", within_step: bool, accumulates: bool) -> None:
        """Note the cost that gradients are computed of, and look for the exact answer where it is the first."""
        if self._main is None:
            if self._is_looking:
                return
            self._begin_without(root)
        elif not accumulates or self._thread != get_ident() or (within_step and self._roots):
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
        if self._is_main(optimizer):
            self._newest_rate = _rate_of(optimizer)

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

    def _is_main(self, optimizer: "Optimizer") -> bool:
        return self._main is not None and self._main() is optimizer

    def _begin(self, optimizer: "Optimizer") -> None:
        """Get to know the optimizer at its first step: what it trains, and how that is called."""
        self._main, self._thread = ref(optimizer), get_ident()
        first = dict(optimizer.param_groups[0])
        self.optimizer, self.first_rate = type(optimizer).__name__, _rate_of(optimizer)
        self.options = {name: first[name] for name in first if name not in ("params", "param_names")}
        tensors: list[Tensor] = []
        named: list[str | None] = []
        for group in optimizer.param_groups:
            tensors += group["params"]
            named += group.get("param_names") or [None] * len(group["params"])
        frames = list(script_frames())
        found = names_of(tensors, frames)
        self._reorder(tensors)
        self._see(tensors, [mine or theirs for mine, theirs in zip(named, found, strict=True)])
        self.counter = counter_of(frames)

    def _reorder(self, tensors: "Sequence[Tensor]") -> None:
        """Put the exact answer into the order of what the optimizer trains; of other tensors it is none."""
        known = [] if self.tensors is None else [id(each) for each in self.tensors.tensors]
        quadratic = self._probe.quadratic
        if quadratic is None or self.tensors is None:
            return
        if sorted(known) != sorted(map(id, tensors)):
            self._probe = Probe(why_none=OTHER_TENSORS)
            return
        places = dict(zip(known, self.tensors.places, strict=True))
        columns = np.concatenate([np.arange(places[id(each)].start, places[id(each)].stop) for each in tensors])
        self._probe = replace(self._probe, quadratic=_reordered(quadratic, columns))

    def _see(self, tensors: "Sequence[Tensor]", names: Sequence[str]) -> None:
        self.tensors = Tensors(tensors, names)
        self._rows = np.empty((BLOCK, self.tensors.n_columns))
        self.initial = np.empty(self.tensors.n_columns)
        if self.tensors.is_small:
            self.tensors.read(self.initial)
            self.initial = frozen(self.initial)
        self._previous = self.initial
        self.device = str(tensors[0].device) if tensors else "cpu"
        self.dtype = str(tensors[0].dtype).removeprefix("torch.") if tensors else ""

    def _step_by_hand(self, root: "Tensor") -> None:
        """See whether the parameters have moved since the last backward pass, though no optimizer has stepped."""
        tensors = self.tensors
        assert tensors is not None
        leaves, _ = leaves_of(root)
        if [tuple(each.shape) for each in leaves] != [*tensors.shapes]:
            return
        tensors.rebind(leaves)
        if self._roots and tensors.have_moved():
            roots, self._roots = self._roots, []
            self._take(sum(roots))
            if self.hold is not None:
                self.hold(None)
        self._count()

    def _take(self, cost: Any) -> None:
        """Take down one step: the cost that it started from, and the parameters after it."""
        if self._n_rows and not (self._newest_rate == self._rate or self._newest_rate != self._newest_rate):
            self.flush()
        self._rate = self._newest_rate
        place = self._n_rows
        tensors = self.tensors
        if tensors is not None and tensors.is_small:
            tensors.read(self._rows[place])
        self._costs.append(cost)
        self._n_rows += 1
        self.n_steps += 1
        now = perf_counter()
        if self._n_rows == BLOCK or now - self._handed_on_at > BLOCK_SECONDS:
            self.flush()
            self._handed_on_at = now

    def _count(self) -> None:
        if self.counter is not None:
            value = self.counter.read(sys._getframe(1))
            self.epoch = self.epoch if value is None else value

    def flush(self) -> None:
        """Hand on the steps that have come together."""
        n_rows = self._n_rows
        if not n_rows:
            return
        costs, self._costs, self._n_rows = np.array([float(each) for each in self._costs]), [], 0
        rows = self._rows[:n_rows].copy()
        before = np.vstack([self._previous, rows[:-1]])
        self._previous = rows[-1]
        self.newest, self.newest_before, self.newest_cost = rows[-1], before[-1], float(costs[-1])
        first = self.n_steps - n_rows
        self._check(first, costs, before, rows)
        self._hand_on(Trace(first, costs, rows, self._rate))

    def _check(self, first: int, costs: Vector, before: Matrix, rows: Matrix) -> None:
        """See whether all is finite, and whether the exact answer still is one."""
        if not self.broken:
            bad = np.flatnonzero(~(np.isfinite(costs) & np.isfinite(rows).all(1)))
            if len(bad) and first + bad[0] >= 0:
                self._note_broken(first + int(bad[0]), rows[bad[0]])
        if self._probe.quadratic is not None:
            if self._probe.agrees(before, costs):
                self._n_agreeing += len(costs)
            else:
                self._probe = Probe(why_none=OTHER_ROWS)
        now = perf_counter()
        if self.tensors is not None and not self.tensors.is_small and now - self._summed_up_at > SUMMARY_SECONDS:
            self.sum_up()

    def _note_broken(self, step: int, row: Vector) -> None:
        assert self.tensors is not None
        which = self.tensors.first_broken(row)
        self.broken = f"{'the cost' if which is None else which} was not finite at step {step:,}"

    def sum_up(self) -> None:
        """Look at every tensor as a whole."""
        if self.tensors is not None:
            began = perf_counter()
            self.summaries = self.tensors.summaries()
            which = first_broken(self.summaries)
            if which and not self.broken:
                self.broken = f"{which} was not finite by step {self.n_steps - 1:,}"
            # what takes long is done seldom: a fiftieth of the script's time at most
            self._summed_up_at = perf_counter() + 50 * (perf_counter() - began) - SUMMARY_SECONDS

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
        leaves, is_plain = leaves_of(root)
        n_scalars = sum(each.numel() for each in leaves)
        if n_scalars > MOST_PARAMETERS:
            self._probe = Probe(why_none=TOO_MANY)
        elif self.tensors_have_hooks() or any(each._backward_hooks for each in leaves):
            self._probe = Probe(why_none=HAS_HOOKS)
        elif not is_plain:
            self._probe = Probe(why_none=NOT_TWICE)
        else:
            self._probe = probe(root, leaves)
        if leaves:
            frames = list(script_frames())
            self._see(leaves, names_of(leaves, frames))
            self.counter = counter_of(frames)
            self._globals = next((each.f_globals for each in frames if each.f_code.co_name == "<module>"), {})

    @property
    def is_certain(self) -> bool:
        """Whether what the first graph says holds for the loop: later steps have shown it, or it sees all rows."""
        sees_all = self.counter is not None and self.counter.is_innermost
        return self._n_agreeing >= 2 or (sees_all and self._n_agreeing >= 1)

    @property
    def truth(self) -> Probe:
        """The exact answer over the columns of the rows, or why there is none to show."""
        if self._probe.quadratic is None or not self.is_certain:
            why = self._probe.why_none or "not enough steps have been taken to be certain of it"
            return Probe(why_none=why)
        return self._probe


def _rate_of(optimizer: "Optimizer") -> float:
    """Return the learning rate of the first group; NaN where it has none."""
    rate = optimizer.param_groups[0].get("lr", nan)
    return float(rate) if not hasattr(rate, "is_cuda") or not rate.is_cuda else nan


def _reordered(quadratic: Quadratic, columns: NDArray[np.int64]) -> Quadratic:
    return replace(quadratic, eigenvectors=quadratic.eigenvectors[columns], optimum=quadratic.optimum[columns])
