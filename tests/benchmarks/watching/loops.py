"""A loop of somebody else's in a process of its own, that takes its turns when it is told: ``loops.py LOOP HOW``.

HOW it is looked on: ``bare``, ``watched`` and recorded, watched and shown to a ``viewer`` that reads all it is sent, or
logged by ``tensorboard``, ``wandb`` (offline) or ``tqdm`` (beside its bar), cost, w and b at each step. Each line on
standard input is a number of steps; the answer is the seconds that they took.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from torch.nn import functional

from linreg.files.home import VARIABLE

Step = Callable[[], torch.Tensor]
Log = Callable[[int, dict[str, float]], object]
_VIEWER = """
import sys
from pathlib import Path
from time import sleep
from linreg.remote.client import attach
from linreg.remote.sockets import sockets_folder
with attach(sockets_folder(), sys.argv[1]) as run:
    print("watching", flush=True)
    while True:
        sleep(0.1)
        run.state, run.history
"""


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


LOOPS = {"lecture": lecture, "perceptron": perceptron}


@contextmanager
def looked_on(how: str, make: Callable[[], Step], folder: Path) -> Iterator[Step]:
    """Make a loop's step, with whoever looks on."""
    if how == "bare":
        yield make()
        return
    if how in LOGGERS:
        with LOGGERS[how](folder) as log:
            yield _logged(make(), log)
        return
    from linreg.watching.watched import Watched

    os.environ[VARIABLE] = str(folder / "home")
    watched = Watched(name="theirs")
    step = make()
    step()
    if how == "viewer":
        assert watched.run is not None
        command = [sys.executable, "-c", _VIEWER, watched.run.id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as viewer:
            assert viewer.stdout is not None
            viewer.stdout.readline()
            yield step
            viewer.kill()
    else:
        yield step
    watched.close()


@contextmanager
def _tensorboard(folder: Path) -> Iterator[Log]:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder) as writer:
        yield lambda step, values: [writer.add_scalar(*pair, step) for pair in values.items()]


@contextmanager
def _wandb(folder: Path) -> Iterator[Log]:
    wandb = import_module("wandb")
    settings = wandb.Settings(mode="offline", silent=True, console="off")
    with wandb.init(project="loops", dir=str(folder), settings=settings) as run:
        yield lambda step, values: run.log(values, step=step)


@contextmanager
def _tqdm(folder: Path) -> Iterator[Log]:
    tqdm = import_module("tqdm").tqdm
    with open(folder / "bar", "w") as file, tqdm(file=file) as bar:
        yield lambda _, values: (bar.set_postfix(values), bar.update())


LOGGERS: dict[str, Callable[[Path], AbstractContextManager[Log]]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "tqdm": _tqdm,
}


def _logged(step: Step, log: Log) -> Step:
    number = 0

    def logged() -> torch.Tensor:
        nonlocal number
        cost, number = step(), number + 1
        value = cost.item()
        log(number, {"cost": value, "w": value, "b": value})
        return cost

    return logged


def main(loop: str, how: str) -> None:
    """Take turns until there are no more."""
    torch.set_num_threads(1)
    with TemporaryDirectory(prefix="lr") as folder, looked_on(how, LOOPS[loop], Path(folder)) as step:
        for line in sys.stdin:
            n_steps, started = int(line), perf_counter()
            for _ in range(n_steps):
                step()
            sys.stdout.write(f"{perf_counter() - started}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
