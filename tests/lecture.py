"""The lecture's programs in plain torch, as the slides have them but for returning instead of printing: the oracle."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn, optim

Row = tuple[list[float], float, float]
"""w, b and cost as the program prints them at an epoch."""

EXERCISE1 = ([[0.0], [1.0], [1.0]], [[0.0], [1.0], [2.0]])
QUIZ1 = (
    [[73.0, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]],
    [[152.0], [185], [180], [196], [142]],
)


def exercise1(nb_epochs: int = 3000, lr: float = 0.01) -> Iterator[Row]:
    x_train = torch.FloatTensor(EXERCISE1[0])
    y_train = torch.FloatTensor(EXERCISE1[1])

    w = torch.zeros(1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    optimizer = optim.SGD([w, b], lr=lr)

    for _ in range(nb_epochs + 1):
        hypothesis = x_train * w + b

        cost = torch.mean((hypothesis - y_train) ** 2)

        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

        yield [w.item()], b.item(), cost.item()


def quiz1(nb_epochs: int = 1000, lr: float = 1e-5, by_class: bool = False) -> Iterator[Row]:
    x_train = torch.FloatTensor(QUIZ1[0])
    y_train = torch.FloatTensor(QUIZ1[1])

    w = torch.zeros((3, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    optimizer = optim.SGD([w, b], lr=lr)
    loss = nn.MSELoss()

    for _ in range(nb_epochs + 1):
        hypothesis = x_train.matmul(w) + b

        cost = loss(hypothesis, y_train) if by_class else F.mse_loss(hypothesis, y_train)

        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

        yield w.squeeze().tolist(), b.item(), cost.item()


class MultivariateLinearRegressionModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        prediction: torch.Tensor = self.linear(x)
        return prediction


def quiz1_module(nb_epochs: int = 20, lr: float = 1e-5, seed: int = 0) -> Iterator[Row]:
    x_train = torch.FloatTensor(QUIZ1[0])
    y_train = torch.FloatTensor(QUIZ1[1])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = MultivariateLinearRegressionModel()

    optimizer = optim.SGD(model.parameters(), lr=lr)

    for _ in range(nb_epochs + 1):
        prediction = model(x_train)

        cost = F.mse_loss(prediction, y_train)

        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

        yield model.linear.weight.squeeze().tolist(), model.linear.bias.item(), cost.item()
