"""The lecture's loop without autograd: of a linear model the gradient is known in closed form.

With r = X w + b − y over the rows of a batch it is X' c(r), c being the criterion's derivative. The batches, their
order and the optimizer are those of the lecture's loop, and so are the numbers: of a full batch to the last bit, of
mini-batches but for how sums are rounded.

Mini-batches on the CPU are a few small products each, and numpy's at that: a call of torch costs several times as much.
They write into the same memory, and what SGD and Adam do with a gradient is done there too (`linreg.optim.flat`).
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from linreg.engines.autograd import AutogradEngine
from linreg.engines.shuffle import shuffled
from linreg.nn.linear import LinearRegression
from linreg.optim.flat import FlatStep, Floating, Step, flat_step

_PIECE_CELLS = 2**18
"""Gathered at a time, 2 MiB of float64, so that they are still in the cache when their batch comes."""

SLOPES: dict[str, tuple[Callable[[Floating], object], Callable[[Tensor], object], float]] = {
    "MSELoss": (lambda r: r, lambda r: r, 2.0),
    "L1Loss": (lambda r: np.sign(r, out=r), lambda r: r.sign_(), 1.0),
    "SmoothL1Loss": (lambda r: np.clip(r, -1.0, 1.0, out=r), lambda r: r.clamp_(-1.0, 1.0), 1.0),
    "HuberLoss": (lambda r: np.clip(r, -1.0, 1.0, out=r), lambda r: r.clamp_(-1.0, 1.0), 1.0),
}
"""The derivative of each criterion at a residual, in place and up to a factor, for numpy and for torch."""


class AnalyticEngine(AutogradEngine):
    """Train a `LinearRegression` on `x` and `y` with the gradient in closed form.

    The parameters are those of `AutogradEngine`; `criterion` is one of `SLOPES`.
    """

    name = "analytic"

    def __init__(self, model: LinearRegression, *arguments: Any, **keywords: Any) -> None:
        super().__init__(model, *arguments, **keywords)
        assert isinstance(self.model, LinearRegression)
        self.weight, self.bias = self.model.weight, self.model.bias
        self._array_slope, self._tensor_slope, self._factor = SLOPES[type(self.criterion).__name__]
        self._step: FlatStep | None = None
        if self.batch_size is not None and self._flat.device.type == "cpu":
            self._step = flat_step(self.optimizer, [self.weight] + ([] if self.bias is None else [self.bias]))

    @cached_property
    def _piece(self) -> tuple[Floating, Floating]:
        """Room for the rows of some whole batches."""
        assert self.batch_size is not None
        n_batches = min(_PIECE_CELLS // self._n_columns // self.batch_size, -(-len(self.x) // self.batch_size))
        n_rows = max(1, n_batches) * self.batch_size
        return self.x.new_empty(n_rows, self.x.shape[1]).numpy(), self.y.new_empty(n_rows, 1).numpy()

    def _scale(self, n_rows: int) -> float:
        return self._factor / n_rows if self.criterion.reduction == "mean" else self._factor

    def _pass_over_rows(self) -> Tensor:
        if self.batch_size is None or self._step is None:
            return super()._pass_over_rows()
        cost = self._full_cost()
        with np.errstate(all="ignore"), self._step.taken_up() as step:
            self._descend_all(self.batch_size, step)
        self.batches = None
        return cost

    def _descend_all(self, batch_size: int, step: Step) -> None:
        """Take the steps of an epoch of mini-batches."""
        theta: Floating = self._flat.numpy()
        gradient, n_features = np.zeros_like(theta), len(self.weight)
        w, of_w, has_bias = theta[:n_features], gradient[:n_features], self.bias is not None
        slope, add, dot = self._array_slope, np.add.reduce, np.dot
        n_seen, n_batches = 0, -(-len(self.x) // batch_size)
        for x, y in self._pieces_of_batches(batch_size):
            n_seen += len(y)
            self.batches = -(-n_seen // batch_size), n_batches
            for start in range(0, len(y), batch_size):
                rows = x[start : start + batch_size]
                residual = dot(rows, w)
                residual -= y[start : start + batch_size]
                if has_bias:
                    residual += theta[n_features]
                slope(residual)
                residual *= self._scale(len(residual))
                dot(residual, rows, out=of_w)
                if has_bias:
                    gradient[n_features] = add(residual)
                step(theta, gradient)

    def _pieces_of_batches(self, batch_size: int) -> Iterator[tuple[Floating, Floating]]:
        """Gather the rows of some batches at a time, ``(n, n_features)`` and ``(n,)``, in the epoch's order.

        Always into the same memory, so that it is in the cache and never asked for anew.
        """
        x, y = self._piece
        n_rows = len(x)
        for order in shuffled(len(self.x), self._n_columns, batch_size, self._epoch_seed()):
            for some in order.split(n_rows):
                n = len(some)
                yield _gathered(self.x, some, x[:n]), _gathered(self.y, some, y[:n]).reshape(-1)

    def _descend(self, x: Tensor, y: Tensor) -> Tensor:
        if self._takes_closure:
            return self._descend_by_closure(x, y)
        cost = self._backward(x, y)
        self.optimizer.step()
        return cost

    def _backward(self, x: Tensor, y: Tensor) -> Tensor:
        """Leave the gradient in the parameters, and return the cost."""
        with torch.no_grad():
            hypothesis = self.model(x)
            cost: Tensor = self.criterion(hypothesis, y)
            residual = hypothesis.sub_(y)
            self._tensor_slope(residual)
            residual.mul_(self._scale(len(x)))
            # As autograd does it, so that full batches have its bits: the sign of a residual can hang on the last one.
            self.weight.grad = (residual * x).sum(0, keepdim=True) if self.model.one_feature else x.T @ residual
            if self.bias is not None:
                self.bias.grad = residual.sum(0)
        return cost


def _gathered(rows: Tensor, order: Tensor, out: Floating) -> Floating:
    """Copy rows in some order into `out`."""
    if rows.is_contiguous():
        return np.take(rows.numpy(), order.numpy(), axis=0, out=out, mode="clip")  # which no number needs; but faster
    torch.index_select(rows, 0, order, out=torch.from_numpy(out))
    return out
