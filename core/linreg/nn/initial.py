"""Where the parameters start: zeros as in the lecture, nn.Linear's own distribution, or standard normal.

Zeros need no torch, so that a run without torch never imports it. A seed decides the other two, and torch's global
random state is left as it was: training inside a larger program must not change that program's numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray


def initial_parameters(init: str, seed: int, n_features: int, bias: bool = True) -> NDArray[np.float64]:
    """Return the parameters before epoch 0, ``(n_features,)`` weights and then the bias where there is one.

    Parameters
    ----------
    init
        ``"zeros"``; ``"linear"``: what ``torch.manual_seed(seed); nn.Linear(n_features, 1)`` holds, in float32;
        ``"normal"``: ``torch.randn`` of a generator with that seed, in float32.
    """
    if init == "zeros":
        return np.zeros(n_features + bias)
    if init == "linear":
        return _as_linear(seed, n_features, bias)
    if init == "normal":
        return _as_normal(seed, n_features + bias)
    raise ValueError(f"no such initialisation: {init!r}")


def _as_linear(seed: int, n_features: int, bias: bool) -> NDArray[np.float64]:
    import torch

    with seeded(seed):
        linear = torch.nn.Linear(n_features, 1, bias=bias, device="cpu", dtype=torch.float32)
    return np.concatenate([parameter.detach().double().numpy().ravel() for parameter in linear.parameters()])


def _as_normal(seed: int, n_parameters: int) -> NDArray[np.float64]:
    import torch

    generator = torch.Generator("cpu").manual_seed(seed)
    drawn = torch.randn(n_parameters, generator=generator, dtype=torch.float32, device="cpu")
    return np.asarray(drawn.double().numpy())


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's global CPU generator for a while, as ``torch.manual_seed`` would, then put it back."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
