"""The rivals' training loops, as their users write them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.synthetic import Array

LEARNING_RATE = 0.01


def tensors(X: Array, y: Array) -> tuple[Tensor, Tensor]:
    """Turn rows into the lecture's float32, ``(n_samples, n_features)`` and ``(n_samples, 1)``."""
    return torch.from_numpy(X).float(), torch.from_numpy(y).float().reshape(-1, 1)


def lecture_loop(x: Tensor, y: Tensor) -> Callable[[int], None]:
    """Return the lecture's bare loop: it trains so many epochs more, and keeps nothing."""
    n_features = x.shape[1]
    w = torch.zeros((n_features, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=LEARNING_RATE)

    def by_product(n_epochs: int) -> None:
        for _ in range(n_epochs):
            hypothesis = x * w + b
            cost = torch.mean((hypothesis - y) ** 2)
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()

    def by_matmul(n_epochs: int) -> None:
        for _ in range(n_epochs):
            hypothesis = x.matmul(w) + b
            cost = torch.mean((hypothesis - y) ** 2)
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()

    return by_product if n_features == 1 else by_matmul


def data_loader_loop(x: Tensor, y: Tensor, batch_size: int) -> Callable[[int], None]:
    """Return torch's usual mini-batch loop, nn.Linear fed by a DataLoader that shuffles."""
    model = nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    batches = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)

    def train(n_epochs: int) -> None:
        for _ in range(n_epochs):
            for x_batch, y_batch in batches:
                cost = nn.functional.mse_loss(model(x_batch), y_batch)
                optimizer.zero_grad()
                cost.backward()
                optimizer.step()

    return train
