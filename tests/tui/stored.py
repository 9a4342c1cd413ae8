"""A home with runs in it, for tests of what shows them: trained, and recorded as a command records its own."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg.data import bundled
from linreg.data.table import open_source
from linreg.history.epochs import Epochs
from linreg.live.state import Intervention
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.owner import Owner
from linreg.store.reader import FILE
from linreg.store.run import Run, text_of
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from linreg.trace import Trace
from linreg.training.facts import Facts, facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer

FIRST = datetime(2026, 11, 24, 12, 21, 7).timestamp()
VERSIONS = {"linreg": "0.1.0", "numpy": "2.4.6", "torch": "2.15.0"}


def trained(data: str, n_epochs: int, choices: dict[str, Any]) -> tuple[Trainer, list[Trace], Facts]:
    """Train `n_epochs` epochs of a bundled recipe with other choices."""
    trainer = Trainer(pose(bundled.find(data).changed(**choices)))
    recipe = trainer.problem.recipe
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    facts, traces = facts_of(trainer, table.X, table.y), []
    while trainer.epoch + 1 < n_epochs and trainer.status is Phase.RUNNING:
        traces.append(trainer.advance(n_epochs - trainer.epoch - 1))
    return trainer, traces, facts


def record(store: RunStore, name: str, data: str = "exercise1", n_epochs: int = 10_000, **choices: Any) -> Run:
    """Train a recipe, and record it under a path that is the same on every machine."""
    trainer, traces, facts = trained(data, n_epochs, choices)
    recipe = replace(trainer.problem.recipe, data=f"/data/{data}.csv")
    run = store.begin(recipe, name=name, versions=VERSIONS, facts=plain(facts))
    recorder = RunWriter(store.home, run, seconds=1e6)
    for trace in traces:
        recorder.add(trace)
    if trainer.status is Phase.RUNNING:
        recorder.close()
    else:
        recorder.finish(trainer.status, trainer.reason, trainer.result().as_dict())
    return store.get(run.id)


def write(store: RunStore, name: str, cost: list[float], excess: list[float] | None = None, **choices: Any) -> Run:
    """Record a run with these costs, as if it had been trained."""
    run = store.begin(Recipe(**choices), name=name)
    n = len(cost)
    above = None if excess is None else np.array(excess, np.float64)
    epochs = Epochs(np.arange(n), np.array(cost, np.float64), above, np.full(n, 0.1), np.zeros((n, 2)))
    store.append(run.id, epochs)
    return store.get(run.id)


def leave(store: RunStore, run: Run, owner: Owner) -> None:
    """Make a run another process's, as if that had begun it."""
    with sqlite3.connect(store.home / FILE) as connection:
        connection.execute("UPDATE runs SET owner = ? WHERE id = ?", (text_of(owner.as_dict()), run.id))
    connection.close()


@cache
def gone() -> Owner:
    """Return a process that has been here, and is not any more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return replace(Owner.here(), pid=done.pid, started="1")


def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clock and ids be the same in every test."""
    times = iter(range(10_000))
    ids = iter(range(10_000))
    monkeypatch.setattr("linreg.store.store.time", lambda: FIRST + 61 * next(times))
    monkeypatch.setattr("linreg.store.names.token_hex", lambda _: f"{next(ids):010x}")


def fill(home: Path) -> None:
    """Record runs of every kind: ended well and badly, left, going on, another machine's, one that was changed."""
    with RunStore(home) as store:
        record(store, "three points")
        record(store, "valley", "valley")
        record(store, "valley-momentum", "valley", options={"momentum": 0.9})
        record(store, "too fast", "houses", standardize=False, learning_rate=0.1, epochs=500)
        record(store, "coarse", "valley", until_cost=1e-3, learning_rate=0.1)
        left = record(store, "left", "valley", n_epochs=700, learning_rate=0.05)
        store.append(left.id, interventions=[Intervention(300, 0.1)], every=1)
        leave(store, left, gone())
        elsewhere = record(store, "elsewhere", "valley", n_epochs=50, learning_rate=0.2)
        leave(store, elsewhere, replace(Owner.here(), host="other-machine"))
        record(store, "going on", "valley", n_epochs=900, learning_rate=0.02)
