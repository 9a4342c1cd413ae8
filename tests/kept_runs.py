"""Runs as a store has them, for the tests of what is made of them: trained, or with epochs that a test makes up."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from linreg.data.bundled import find
from linreg.data.table import open_source
from linreg.history.epochs import Epochs
from linreg.live.values import plain
from linreg.recipe import Recipe
from linreg.store.recorded_run import RecordedRun
from linreg.store.store import RunStore
from linreg.training.facts import facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer


def keep(store: RunStore, recipe: Recipe, name: str | None = None) -> Trainer:
    """Train a recipe to its end, and keep every epoch of it, with all rows to draw."""
    trainer = Trainer(pose(recipe))
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    run = store.begin(recipe, name=name, facts=plain(facts_of(trainer, table.X, table.y)))
    store.append(run.id, Epochs.of(trainer.advance(trainer.last_epoch + 1)))
    return trainer


def kept(home: Path, data: str = "exercise1", *, name: str | None = None, **choices: Any) -> RecordedRun:
    """Train a data set's recipe with other choices, and read it back from a store."""
    with RunStore(home) as store:
        keep(store, find(data).changed(**choices), name)
        return RecordedRun.of(store, "latest")


def kept_of(home: Path, columns: dict[str, Sequence[float]], *, name: str | None = None, **choices: Any) -> RecordedRun:
    """Train on columns, the last of them the target."""
    pl.DataFrame(columns).write_parquet(home / "data.parquet")
    return kept(home, str(home / "data.parquet"), name=name, **choices)


def with_epochs(run: RecordedRun, cost: Sequence[float], parameters: Sequence[float] | None = None) -> RecordedRun:
    """Give a run other costs, one for each epoch from 0 on, and parameters as trained for all of them."""
    chosen = run.epochs.parameters[-1] if parameters is None else np.array(parameters, float)
    n_epochs = len(cost)
    epochs = Epochs(
        np.arange(n_epochs), np.array(cost, float), None, np.full(n_epochs, 0.01), np.tile(chosen, (n_epochs, 1))
    )
    return replace(run, run=replace(run.run, epoch=n_epochs - 1), epochs=epochs)
