"""Where the parameters start: zeros as in the lecture, nn.Linear's own distribution, standard normal, or as given.

Zeros need no torch, so that a run without torch never imports it. A seed decides the other two, and torch's global
random state is left as it was: training inside a larger program must not change that program's numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from linreg.errors import LinregError
from linreg.numerics.scaling import Scaling
from linreg.text import shortened


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


def given_parameters(
    start: tuple[float, ...], features: tuple[str, ...], scaling: Scaling, bias: bool
) -> NDArray[np.float64]:
    """Return a w and b in the data's own units as trained parameters, ``(n_features,)`` weights and then the bias.

    Raises
    ------
    LinregError
        These are not as many numbers as there are parameters.
    """
    n_features = len(features)
    if len(start) != n_features + bias:
        names = shortened(", ".join(features), 100)
        n_wanted = n_features + bias
        wanted = f"{n_wanted:,} number{'s' * (n_wanted != 1)}: w of {names}{', and b' if bias else ''}"
        raise LinregError(f"--init takes {wanted}; here it has {len(start):,}.")
    w, b = np.array(start[:n_features]), start[-1] if bias else 0.0
    return scaling.to_trained(w, b, bias)


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
