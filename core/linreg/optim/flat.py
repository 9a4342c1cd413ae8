"""SGD's and Adam's step on one flat array: torch.optim's arithmetic without its price a call.

A step of torch.optim costs 20 to 70 µs whatever the size; on a few dozen parameters that is all of an epoch of
mini-batches. What a step does is a handful of array operations, and here numpy does them. The optimizer itself keeps
the options and, between epochs, the state: so a rate that is set, a snapshot and a checkpoint are as with any other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

Floating = NDArray[np.floating[Any]]
Step = Callable[[Floating, Floating], None]
"""Moves the parameters, ``(n_parameters,)``, in place; may write into the gradient, ``(n_parameters,)``."""


class FlatStep:
    """The step of an optimizer whose parameters lie one after the other in one array.

    Parameters
    ----------
    optimizer
        Of one group; what `flat_step` has found to be one of those that are done here.
    parameters
        In the order in which they lie.
    """

    def __init__(self, optimizer: Optimizer, parameters: Sequence[Tensor]) -> None:
        self.optimizer, self._parameters = optimizer, list(parameters)
        self._n_parameters = sum(parameter.numel() for parameter in self._parameters)
        self._dtype = self._parameters[0].detach().numpy().dtype

    @property
    def _options(self) -> dict[str, Any]:
        return self.optimizer.param_groups[0]

    @contextmanager
    def taken_up(self) -> Iterator[Step]:
        """Go on from the optimizer's state, and leave in it what comes of it."""
        raise NotImplementedError

    def _gathered(self, name: str) -> Floating | None:
        """Copy a part of the state into one array; None where the optimizer has not got it yet."""
        parts = [self.optimizer.state[parameter].get(name) for parameter in self._parameters]
        if any(part is None for part in parts):
            return None
        return np.concatenate([part.numpy().reshape(-1) for part in parts if part is not None])

    def _scatter(self, **state: Floating) -> None:
        """Put parts of the state back where the optimizer keeps them."""
        for name, values in state.items():
            start = 0
            for parameter in self._parameters:
                part = torch.from_numpy(values[start : start + parameter.numel()].copy()).view(parameter.shape)
                self.optimizer.state[parameter][name] = part
                start += parameter.numel()


class FlatSGD(FlatStep):
    """SGD with momentum, dampening, Nesterov's look ahead and weight decay (Sutskever et al. 2013, as in torch)."""

    @contextmanager
    def taken_up(self) -> Iterator[Step]:
        """Go on from the optimizer's state, and leave in it what comes of it."""
        momentum, velocity = self._options["momentum"], self._gathered("momentum_buffer")
        rate, decay = self._options["lr"], self._options["weight_decay"]
        fresh, nesterov = 1 - self._options["dampening"], self._options["nesterov"]

        def step(theta: Floating, gradient: Floating) -> None:
            nonlocal velocity
            if decay:
                gradient += decay * theta
            if momentum:
                if velocity is None:
                    velocity = gradient.copy()
                else:
                    velocity *= momentum
                    velocity += fresh * gradient
                if nesterov:
                    gradient += momentum * velocity
                else:
                    gradient[:] = velocity
            gradient *= rate
            theta -= gradient

        yield step
        if velocity is not None:
            self._scatter(momentum_buffer=velocity)


class FlatAdam(FlatStep):
    """Adam (Kingma & Ba 2015), and AdamW, whose decay shrinks the parameters themselves (Loshchilov & Hutter 2019)."""

    @contextmanager
    def taken_up(self) -> Iterator[Step]:
        """Go on from the optimizer's state, and leave in it what comes of it."""
        mean, square = self._gathered("exp_avg"), self._gathered("exp_avg_sq")
        if mean is None or square is None:
            mean, square, n_steps = *np.zeros((2, self._n_parameters), self._dtype), 0
        else:
            n_steps = int(self.optimizer.state[self._parameters[0]]["step"])
        options, decoupled = self._options, self._options.get("decoupled_weight_decay", False)
        rate, decay, epsilon, (of_mean, of_square) = (options[name] for name in ("lr", "weight_decay", "eps", "betas"))

        def step(theta: Floating, gradient: Floating) -> None:
            nonlocal n_steps, mean, square
            n_steps += 1
            if decay and decoupled:
                theta *= 1 - rate * decay
            elif decay:
                gradient += decay * theta
            mean += (1 - of_mean) * (gradient - mean)
            square *= of_square
            square += (1 - of_square) * (gradient * gradient)
            size = np.sqrt(square)
            size /= (1 - of_square**n_steps) ** 0.5
            size += epsilon
            theta -= rate / (1 - of_mean**n_steps) * (mean / size)

        yield step
        self._scatter(exp_avg=mean, exp_avg_sq=square)
        for parameter in self._parameters:
            self.optimizer.state[parameter]["step"] = torch.tensor(float(n_steps))


_KINDS: dict[type[Optimizer], tuple[type[FlatStep], tuple[str, ...]]] = {
    SGD: (FlatSGD, ("differentiable", "fused")),
    Adam: (FlatAdam, ("amsgrad", "capturable", "differentiable", "fused")),
    AdamW: (FlatAdam, ("amsgrad", "capturable", "differentiable", "fused")),
}
"""How each is done, and the options with which torch does it."""


def flat_step(optimizer: Optimizer, parameters: Sequence[Tensor]) -> FlatStep | None:
    """Return an optimizer's step on its parameters where they lie one after the other; None where torch is to take it.

    Parameters
    ----------
    parameters
        On the CPU, in the order in which they lie.
    """
    kind, left_to_torch = _KINDS.get(type(optimizer), (None, ()))
    if kind is None or len(optimizer.param_groups) != 1:
        return None
    (options,) = optimizer.param_groups
    if any(options.get(name) for name in left_to_torch):
        return None
    return kind(optimizer, parameters)
