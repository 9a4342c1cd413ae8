"""The lecture's model as an nn.Module, once with dense and once with sparse gradients.

One feature is the lecture's ``x * w + b`` (Exercise 1), several are its ``x.matmul(w) + b`` (Quiz 1), operation for
operation, so that in float32 training gives the lecture's numbers bit for bit.

SparseAdam takes only sparse gradients, so `SparseLinearRegression` looks its weights up in embedding tables, and then
multiplies as the dense model does. An ``EmbeddingBag`` with the rows as its weights computes the same, but its gradient
has one entry a row and feature, which SparseAdam must sort and sum: 30 times slower at 100,000 × 8.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import embedding


class LinearRegression(nn.Module):
    """f(x; w, b) = x w + b.

    Parameters
    ----------
    initial
        ``(n_features [+ 1],)``, the weights and then the bias where there is one.
    bias
        Whether the last initial value is b; without it f(x; w) = x w.
    dtype, device
        Of the parameters.

    Attributes
    ----------
    weight
        ``(n_features, 1)``
    bias
        ``(1,)``, or None
    """

    bias_shape: tuple[int, ...] = (1,)

    def __init__(
        self,
        initial: NDArray[np.float64],
        bias: bool = True,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        # Converted on the CPU: MPS has no float64 to convert from.
        start = torch.tensor(np.asarray(initial, np.float64), device="cpu").to(dtype).to(device)
        n_features = len(start) - bias
        self.one_feature = n_features == 1
        self.weight = nn.Parameter(start[:n_features].reshape(n_features, 1).clone())
        self.bias = nn.Parameter(start[n_features:].reshape(self.bias_shape).clone()) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Predict ``(n_samples, 1)`` from ``(n_samples, n_features)``."""
        return self.predict(x, self.weight, self.bias)

    def predict(self, x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        """Return the lecture's hypothesis for given w and b."""
        product = x * w if self.one_feature else x.matmul(w)
        return product if b is None else product + b


class SparseLinearRegression(LinearRegression):
    """The same function, with every gradient a sparse tensor; `bias` is ``(1, 1)``, the table of one embedding."""

    bias_shape = (1, 1)

    def __init__(
        self,
        initial: NDArray[np.float64],
        bias: bool = True,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(initial, bias, dtype, device)
        self.register_buffer("rows", torch.arange(len(self.weight), device=device), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Predict ``(n_samples, 1)`` from ``(n_samples, n_features)``."""
        rows = self.get_buffer("rows")
        w = embedding(rows, self.weight, sparse=True)
        b = None if self.bias is None else embedding(rows[:1], self.bias, sparse=True)
        return self.predict(x, w, b)
