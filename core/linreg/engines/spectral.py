"""Any epoch of full-batch SGD on squared error by a matrix power: forward, back, or a billion epochs ahead.

Each eigenvector of the Hessian has its own recurrence (see `linreg.numerics.recurrence`). Epochs are computed in
aligned blocks that are a function of their number alone, so an epoch has the same digits however it was reached: in
steps of one, in one stride, by `at`, or after going back. Only changing the learning rate starts a new stretch.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.recurrence import Recurrence
from linreg.numerics.transition import unroll
from linreg.trace import Trace

_BLOCK_CELLS = 2**15
"""Epochs times parameters of a block: half a millisecond's work, shared by all epochs in it."""


class SpectralEngine:
    """Train by SGD in the eigenbasis of the cost's Hessian.

    Parameters
    ----------
    quadratic
        The cost over the parameters as trained.
    initial
        ``(n_parameters,)``
    learning_rate
        May be set between two blocks; the momentum buffer lives on, as in torch.
    momentum, dampening, nesterov, weight_decay
        As torch.optim.SGD has them.
    """

    name = "spectral"
    device = "cpu"
    dtype = "float64"
    own_module = None

    def __init__(
        self,
        quadratic: Quadratic,
        initial: Vector,
        learning_rate: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.quadratic, self.learning_rate = quadratic, learning_rate
        self._initial = np.array(initial, np.float64)
        self._arguments = (momentum, dampening, nesterov, weight_decay)
        self._recurrence = Recurrence.of(quadratic, self._initial, momentum, dampening, nesterov, weight_decay)
        self._stretches: tuple[_Stretch, ...] = (_Stretch(self._recurrence, 0, learning_rate, self._recurrence.start),)
        self._epoch = self._first_epoch = 0

    def on(self, quadratic: Quadratic) -> "SpectralEngine":
        """Return the engine of another cost that goes on from here, with this rate and this momentum buffer.

        It cannot go back beyond here.
        """
        engine = SpectralEngine(quadratic, self.parameters, self.learning_rate, *self._arguments)
        if self._epoch:
            buffer = self._recurrence.quadratic.eigenvectors @ self._current_stretch().state_at(self._epoch)[:, 1]
            start = engine._recurrence.start.copy()
            start[:, 1] = quadratic.eigenvectors.T @ buffer
            engine._recurrence = replace(engine._recurrence, start=start)
        engine._epoch = engine._first_epoch = self._epoch
        engine._stretches = (_Stretch(engine._recurrence, self._epoch, self.learning_rate, engine._recurrence.start),)
        return engine

    @property
    def epoch(self) -> int:
        """The epoch that `advance` runs next."""
        return self._epoch

    @property
    def parameters(self) -> Vector:
        """The current parameters, ``(n_parameters,)``."""
        is_first = self._epoch == self._first_epoch
        return self._initial.copy() if is_first else self.at(self._epoch - 1).parameters[0].copy()

    def advance(self, n_epochs: int) -> Trace:
        """Run `n_epochs` epochs; what is beyond stability overflows to infinity in silence."""
        first_epoch = self._epoch
        self.go_to(first_epoch + n_epochs)
        return self._stretches[-1].trace(first_epoch, n_epochs)

    def at(self, epoch: int) -> Trace:
        """Return one epoch, past or to come, without moving; its learning rate is that of its time."""
        stretch = self._stretch_of(epoch) if epoch < self._epoch else self._current_stretch()
        return stretch.trace(epoch, 1)

    def go_to(self, epoch: int) -> None:
        """Move so that `advance` runs `epoch` next; going back brings the learning rate of that time back."""
        if epoch < self._first_epoch:
            raise ValueError(f"there is no epoch {epoch}")
        if epoch > self._epoch:
            current = self._current_stretch()
            if current is not self._stretches[-1]:
                self._stretches = (*self._stretches, current)
        elif epoch < self._epoch:
            kept = self._stretches.index(self._stretch_of(epoch)) + 1
            self._stretches = self._stretches[:kept]
            self.learning_rate = self._stretches[-1].learning_rate
        self._epoch = epoch

    def cost_of(self, parameters: Vector) -> float:
        """Return the cost over all rows at any parameters, ``(n_parameters,)``."""
        return float(self.quadratic.cost(self.quadratic.excess(parameters)))

    def gradient_at(self, parameters: Vector) -> Vector:
        """Return the gradient of that cost, ``(n_parameters,)``."""
        return self.quadratic.gradient(parameters)

    def snapshot(self) -> dict[str, Any]:
        """Copy everything that decides the epochs to come."""
        stretches = [(each.first_epoch, each.learning_rate, each.start.copy()) for each in self._stretches]
        return {"epoch": self._epoch, "learning_rate": self.learning_rate, "stretches": stretches}

    def restore(self, state: dict[str, Any]) -> None:
        """Return to an earlier `snapshot`."""
        self._epoch, self.learning_rate = state["epoch"], state["learning_rate"]
        self._stretches = tuple(
            _Stretch(self._recurrence, first_epoch, learning_rate, np.array(start))
            for first_epoch, learning_rate, start in state["stretches"]
        )

    def _stretch_of(self, epoch: int) -> "_Stretch":
        first_epochs = [stretch.first_epoch for stretch in self._stretches]
        return self._stretches[bisect_right(first_epochs, epoch) - 1]

    def _current_stretch(self) -> "_Stretch":
        """Return the stretch of the next epoch: a new one where the learning rate was set to another."""
        latest = self._stretches[-1]
        return latest if latest.learning_rate == self.learning_rate else latest.changed(self._epoch, self.learning_rate)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Consecutive epochs of a stretch: their states before each step and after the last, and their trace."""

    number: int
    states: Matrix
    trace: Trace


class _Stretch:
    """All epochs from `first_epoch` on at one learning rate. Keeps nothing but what can be computed again.

    A state times a power of the step has other last digits than the same state stepped on one by one. Somebody who goes
    back must see the numbers that were there, so an epoch may not depend on how it was reached. Hence the blocks: the
    first state of a block follows from the stretch's start and the block's number, all others from that first one, and
    nothing from where the run happens to stand.
    """

    def __init__(self, recurrence: Recurrence, first_epoch: int, learning_rate: float, start: Matrix) -> None:
        self.recurrence, self.start = recurrence, start
        self.first_epoch, self.learning_rate = first_epoch, learning_rate
        self._step = recurrence.step(learning_rate)
        # A power of two, so that a whole block's step is a few squarings of one epoch's.
        self._n_block = 2 ** int(np.clip(np.log2(_BLOCK_CELLS / max(1, len(start))), 6, 14))
        self._powers: list[Matrix] = []  # the step over 1, 2, 4, … blocks, as far as somebody has gone
        self._latest: _Block | None = None  # who steps through a stretch asks for the same block thousands of times

    def trace(self, first_epoch: int, n_epochs: int) -> Trace:
        """Return the epochs from `first_epoch` on."""
        start, end = first_epoch - self.first_epoch, first_epoch - self.first_epoch + n_epochs
        # At least one block, for no epochs too: an empty trace has as many columns as any other.
        numbers = range(start // self._n_block, max(start // self._n_block, (end - 1) // self._n_block) + 1)
        if len(numbers) == 1:
            return _rows(self._block(numbers[0]).trace, first_epoch, n_epochs)
        parts = []
        for number in numbers:
            first = max(start, number * self._n_block)
            n_rows = min(end, (number + 1) * self._n_block) - first
            parts.append(_rows(self._block(number).trace, self.first_epoch + first, n_rows))
        return Trace(
            first_epoch=first_epoch,
            cost=np.concatenate([part.cost for part in parts]),
            parameters=np.concatenate([part.parameters for part in parts]),
            learning_rate=self.learning_rate,
            excess_cost=np.concatenate([part.excess_cost for part in parts if part.excess_cost is not None]),
        )

    def changed(self, epoch: int, learning_rate: float) -> "_Stretch":
        """Return what follows from `epoch` on at another learning rate."""
        # From the state and not from the parameters alone: the momentum buffer lives on.
        return _Stretch(self.recurrence, epoch, learning_rate, self.state_at(epoch))

    def state_at(self, epoch: int) -> Matrix:
        """Return the state before an epoch's step, ``(n_parameters, 3)``."""
        number, row = divmod(epoch - self.first_epoch, self._n_block)
        state: Matrix = self._block(number).states[..., row].copy()
        return state

    def _block(self, number: int) -> _Block:
        if self._latest is None or self._latest.number != number:
            with np.errstate(over="ignore", invalid="ignore"):
                states = unroll(self._step, self._state_before(number), self._n_block)
                trace = self._trace_of(states, self.first_epoch + number * self._n_block)
            self._latest = _Block(number, states, trace)
        return self._latest

    def _state_before(self, number: int) -> Matrix:
        """Return the state that block `number` starts from, by the powers of a whole block's step.

        The binary digits of the number say which ones: the billionth epoch is a few dozen small products away.
        """
        state = self.start
        for exponent in range(number.bit_length()):
            if exponent == len(self._powers):
                self._powers.append(self._squared(exponent))
            if number >> exponent & 1:
                state = (self._powers[exponent] @ state[..., np.newaxis])[..., 0]
        return state

    def _squared(self, exponent: int) -> Matrix:
        if exponent:
            return self._powers[-1] @ self._powers[-1]
        power = self._step
        for _ in range(self._n_block.bit_length() - 1):
            power = power @ power
        return power

    def _trace_of(self, states: Matrix, first_epoch: int) -> Trace:
        offsets = self.recurrence.offsets(states)
        excess = self.recurrence.excess(offsets[:, :-1])
        trace = Trace(
            first_epoch=first_epoch,
            cost=self.recurrence.quadratic.cost(excess),
            parameters=self.recurrence.parameters(offsets[:, 1:]),
            learning_rate=self.learning_rate,
            excess_cost=excess,
        )
        for column in (trace.cost, trace.parameters, excess):
            column.flags.writeable = False  # it is kept, and handed out in slices
        return trace


def _rows(trace: Trace, first_epoch: int, n_epochs: int) -> Trace:
    """Cut `n_epochs` rows out of a block."""
    start = first_epoch - trace.first_epoch
    rows = slice(start, start + n_epochs)
    excess_cost = None if trace.excess_cost is None else trace.excess_cost[rows]
    return replace(
        trace,
        first_epoch=first_epoch,
        cost=trace.cost[rows],
        parameters=trace.parameters[rows],
        excess_cost=excess_cost,
    )
