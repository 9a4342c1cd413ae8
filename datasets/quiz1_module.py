# The lecture's class, word for word.
# ruff: noqa: D100, D101, D102, F401, N812
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class MultivariateLinearRegressionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x)
