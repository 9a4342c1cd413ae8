"""Any optimizer of torch.optim on full-batch squared error, at a cost per epoch that does not depend on the rows.

The gradient is H (θ − θ*) from the moments. Parameters and gradients are numpy arrays that torch's tensors share memory
with: two small numpy calls write the gradient, and the optimizer's own step is what is left of an epoch. The parameters
are those of `LinearRegression`, shape for shape, so that an optimizer that looks at shapes does as it would there.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from linreg.arrays import Vector
from linreg.nn.linear import LinearRegression
from linreg.numerics.curvature import Quadratic
from linreg.optim.optimizers import needs_closure
from linreg.optim.schedules import Schedule, restored_rate, state_of
from linreg.optim.state import load_exactly
from linreg.trace import Trace

_TOGETHER = 16
"""Epochs whose costs are multiplied out together. An epoch keeps its place among them whatever the block, as the last
digit of a matrix product depends on it: so a cost has the same digits however its epoch was reached."""


class GramEngine:
    """Train by any optimizer with the gradient from the moments.

    Parameters
    ----------
    quadratic
        The cost over the parameters as trained.
    initial
        ``(n_parameters,)``
    build_optimizer
        Makes the optimizer of a model, `weight` ``(n_features, 1)`` and `bias` ``(1,)`` or None.
    build_schedule
        Makes what sets the optimizer's learning rate after every epoch; None where nothing does.
    """

    name = "gram"
    device = "cpu"
    dtype = "float64"
    own_module = None

    def __init__(
        self,
        quadratic: Quadratic,
        initial: Vector,
        build_optimizer: Callable[[nn.Module], torch.optim.Optimizer],
        build_schedule: Callable[[torch.optim.Optimizer], Schedule] | None = None,
    ) -> None:
        self.quadratic = quadratic
        if quadratic.is_complete:
            self._hessian, self._point, self._slope = quadratic.gradient_terms()
            self._slopes = bool(self._slope.any())
        self._theta, self._gradient = np.array(initial, np.float64), np.zeros(len(initial))
        self.model = LinearRegression(self._theta, quadratic.bias)
        _share(self.model, self._theta, self._gradient)
        self.optimizer = build_optimizer(self.model)
        self.schedule = None if build_schedule is None else build_schedule(self.optimizer)
        self.used_rate = self.learning_rate
        self._closure = self._evaluate if needs_closure(type(self.optimizer)) else None
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch that `advance` runs next."""
        return self._epoch

    @property
    def parameters(self) -> Vector:
        """The current parameters, ``(n_parameters,)``."""
        return self._theta.copy()

    @property
    def learning_rate(self) -> float:
        """The rate of the next step; NaN where the optimizer has none."""
        return float(self.optimizer.param_groups[0].get("lr", np.nan))

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

    def advance(self, n_epochs: int) -> Trace:
        """Run `n_epochs` epochs; their costs are computed together at the end."""
        offset = self._epoch % _TOGETHER
        n_rows = -(-(offset + n_epochs) // _TOGETHER) * _TOGETHER
        rows = np.zeros((n_rows + 1, len(self._theta)))
        rows[offset] = self._theta
        after = rows[offset + 1 : offset + 1 + n_epochs]
        rates = None if self.schedule is None else np.empty(n_epochs)
        with np.errstate(all="ignore"):
            self._descend(after, rates)
            excess = self.quadratic.excess(rows[:-1].reshape(-1, _TOGETHER, len(self._theta)))
        excess = excess.reshape(-1)[offset : offset + n_epochs]
        trace = Trace(
            first_epoch=self._epoch,
            cost=self.quadratic.cost(excess),
            parameters=after,
            learning_rate=self.learning_rate if self.schedule is None else self.used_rate,
            excess_cost=excess,
            learning_rates=rates,
        )
        self._epoch += n_epochs
        return trace

    def cost_of(self, parameters: Vector) -> float:
        """Return the cost over all rows at any parameters, ``(n_parameters,)``."""
        return float(self.quadratic.cost(self.quadratic.excess(parameters)))

    def gradient_at(self, parameters: Vector) -> Vector:
        """Return the gradient of that cost, ``(n_parameters,)``."""
        return self.quadratic.gradient(parameters)

    def snapshot(self) -> dict[str, Any]:
        """Copy everything that decides the epochs to come."""
        return {
            "epoch": self._epoch,
            "parameters": self._theta.copy(),
            "optimizer": deepcopy(self.optimizer.state_dict()),
            **state_of(self.schedule, self.used_rate),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Return to an earlier `snapshot`."""
        self._epoch = state["epoch"]
        self._theta[:] = state["parameters"]
        load_exactly(self.optimizer, state["optimizer"])
        self.used_rate = restored_rate(self.schedule, state)

    def _descend(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rates: Vector | None) -> None:
        """Take a step for every row, and keep the parameters after it there, and the rate that it had."""
        theta, step = self._theta, self.optimizer.step
        for index, row in enumerate(rows):
            start = theta.copy() if self.schedule is not None and self.schedule.takes_cost else theta
            if self._closure is None:
                self._write_gradient()
                step()
            else:
                step(self._closure)  # type: ignore[arg-type]
            row[:] = theta
            if self.schedule is not None and rates is not None:
                rates[index] = self.used_rate = self.learning_rate
                self.schedule.step(partial(self.cost_of, start))

    def _write_gradient(self) -> None:
        if not self.quadratic.is_complete:  # of few rows two thin products are less than one with the whole Hessian
            self._gradient[:] = self.quadratic.gradient(self._theta)
            return
        np.dot(self._hessian, self._theta - self._point, out=self._gradient)
        if self._slopes:
            self._gradient += self._slope

    def _evaluate(self) -> Tensor:
        """Return the cost and write its gradient, for an optimizer that asks as often as it likes."""
        self._write_gradient()
        return torch.tensor(self.cost_of(self._theta), dtype=torch.float64)


def _share(model: LinearRegression, theta: Vector, gradient: Vector) -> None:
    """Make the model's parameters and their gradients views of two numpy arrays, in the order w, b."""
    n_features = len(model.weight)
    parts = [(model.weight, slice(0, n_features))]
    if model.bias is not None:
        parts.append((model.bias, slice(n_features, None)))
    for parameter, part in parts:
        parameter.data = torch.from_numpy(theta[part]).view(parameter.shape)
        parameter.grad = torch.from_numpy(gradient[part]).view(parameter.shape)
