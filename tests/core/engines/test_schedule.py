"""A schedule sets the rate of every epoch as it does in the plain loop, whatever the engine and the blocks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau, StepLR

from linreg.engines.analytic import AnalyticEngine
from linreg.engines.autograd import AutogradEngine
from linreg.engines.gram import GramEngine
from linreg.nn.linear import LinearRegression
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments
from linreg.optim.schedules import Schedule

N_EPOCHS = 24
KINDS: list[tuple[type[LRScheduler], dict[str, Any]]] = [
    (StepLR, {"step_size": 3, "gamma": 0.5}),
    (ReduceLROnPlateau, {"patience": 0, "factor": 0.5, "threshold": 0.1}),
]
random = np.random.default_rng(3)
X = random.normal(size=(17, 3)) + 0.5
Y = X @ [1.0, -2.0, 0.5] + random.normal(size=17)


def plain(kind: type[LRScheduler], arguments: dict[str, Any]) -> tuple[list[float], list[float], NDArray[Any]]:
    """Run torch's own loop; return each epoch's cost, rate and parameters."""
    x, y = torch.from_numpy(X), torch.from_numpy(Y)[:, None]
    w, b = torch.zeros(3, 1, dtype=torch.float64, requires_grad=True), torch.zeros(1, dtype=torch.float64)
    b.requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    scheduler: Any = kind(optimizer, **arguments)
    costs, rates, rows = [], [], []
    for _ in range(N_EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        cost = nn.functional.mse_loss(x @ w + b, y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
        rows.append([*w.flatten().tolist(), b.item()])
        scheduler.step(costs[-1]) if kind is ReduceLROnPlateau else scheduler.step()
    return costs, rates, np.array(rows)


def engine(name: str, build_schedule: Callable[[Any], Schedule]) -> Any:
    def optimizer(model: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD(model.parameters(), lr=0.1)

    if name == "gram":
        return GramEngine(Quadratic.of(Moments.of(X, Y)), np.zeros(4), optimizer, build_schedule)
    kind = {"autograd": AutogradEngine, "analytic": AnalyticEngine}[name]
    x, y = torch.from_numpy(X), torch.from_numpy(Y)[:, None]
    return kind(LinearRegression(np.zeros(4)), x, y, nn.MSELoss(), optimizer, build_schedule=build_schedule)


@pytest.mark.parametrize("name", ["autograd", "analytic", "gram"])
@pytest.mark.parametrize(("kind", "arguments"), KINDS)
def test_every_epoch_has_the_rate_of_the_plain_loop(
    name: str, kind: type[LRScheduler], arguments: dict[str, Any]
) -> None:
    costs, rates, rows = plain(kind, arguments)
    assert len(set(rates)) > 3
    trained = engine(name, lambda optimizer: Schedule(kind, arguments, optimizer))
    assert trained.used_rate == 0.1
    traces, kept = [], None
    for n_epochs in (1, 0, 10, 13):
        if n_epochs == 10:
            kept = trained.snapshot()
        traces.append(trained.advance(n_epochs))
        assert trained.used_rate == traces[-1].learning_rate == rates[max(0, trained.epoch - 1)]
    for field, expected in (("cost", costs), ("learning_rates", rates), ("parameters", rows)):
        assert np.concatenate([getattr(trace, field) for trace in traces]) == pytest.approx(np.array(expected))
    assert trained.parameters == pytest.approx(rows[-1])
    trained.restore(kept)
    assert (trained.epoch, trained.used_rate) == (1, rates[0])
    again = trained.advance(23)
    assert again.first_epoch == 1
    assert again.learning_rates == pytest.approx(rates[1:])
    assert again.parameters == pytest.approx(rows[1:])


@pytest.mark.parametrize("name", ["autograd", "analytic", "gram"])
def test_without_a_schedule_a_trace_has_one_rate(name: str) -> None:
    x, y = torch.from_numpy(X), torch.from_numpy(Y)[:, None]
    trained = engine(name, lambda optimizer: Schedule(StepLR, {"step_size": 100}, optimizer))
    trained.schedule = None
    trace = trained.advance(3)
    assert (trace.learning_rate, trace.learning_rates) == (0.1, None)
    if name != "gram":
        assert all(torch.equal(one, other) for one, other in zip(trained.rows, (x, y), strict=True))
