"""A step of somebody else's loop, watched and recorded, against the same step with nobody looking on."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from torch.nn import functional

from benchmarks.measuring import AtMost, Comparison, TimesAsFast
from linreg.files.home import VARIABLE
from linreg.watching.watched import Watched

Step = Callable[[], torch.Tensor]


def measure(quick: bool) -> Iterator[Comparison]:
    """Steps of other people's loops: watched, bare, and logged by SummaryWriter."""
    repeats = 3 if quick else 12
    for name, make, n_steps, goal in (
        ("the lecture's loop, 3 rows", lecture, 2000, 1.1),
        ("an MLP, 784-128-10, batch 64", perceptron, 300, 1.02),
    ):
        bare, watched = _in_turns(partial(_bare, make, n_steps), partial(_watched, make, n_steps), repeats)
        yield Comparison(f"a step of {name}, watched: bare", watched / n_steps, bare / n_steps, AtMost(goal))
    logged, watched = _in_turns(partial(_logged, lecture, 2000), partial(_watched, lecture, 2000), repeats)
    name = "a step of the lecture's loop, watched: logged by SummaryWriter"
    yield Comparison(name, watched / 2000, logged / 2000, TimesAsFast(2))


def lecture() -> Step:
    """Return a step of the lecture's program."""
    x, y = torch.tensor([[0.0], [1.0], [1.0]]), torch.tensor([[0.0], [1.0], [2.0]])
    w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.01)

    def step() -> torch.Tensor:
        cost = torch.mean((x * w + b - y) ** 2)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        return cost

    return step


def perceptron() -> Step:
    """Return a step of a small network on one batch."""
    X, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
    model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters())

    def step() -> torch.Tensor:
        cost = functional.cross_entropy(model(X), y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        return cost

    return step


def _bare(make: Callable[[], Step], n_steps: int) -> float:
    step = make()
    for _ in range(n_steps // 10):
        step()
    started = perf_counter()
    for _ in range(n_steps):
        step()
    return perf_counter() - started


def _watched(make: Callable[[], Step], n_steps: int) -> float:
    with TemporaryDirectory() as folder:
        os.environ[VARIABLE] = str(Path(folder, "home"))
        watched = Watched(name="theirs")
        try:
            return _bare(make, n_steps)
        finally:
            watched.close()


def _logged(make: Callable[[], Step], n_steps: int) -> float:
    from torch.utils.tensorboard import SummaryWriter

    step = make()
    with TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        started = perf_counter()
        for number in range(n_steps):
            cost = step()
            writer.add_scalar("cost", cost.item(), number)
            writer.add_scalar("w", cost.item(), number)
            writer.add_scalar("b", cost.item(), number)
        return perf_counter() - started


def _in_turns(rival: Callable[[], float], ours: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Run both in turns, and return the least seconds of either."""
    least, turn = [inf, inf], [(0, rival), (1, ours)]
    for _ in range(repeats):
        for side, run in turn:
            least[side] = min(least[side], run())
        turn.reverse()
    return least[0], least[1]
