"""Rows that are held out: not trained on, nor scaled by, and so the ones that tell how well a fit predicts.

They are a share of the rows, dealt by the seed as cross-validation deals its folds, or a file of their own with the
same columns. Squared error needs no more of them than their moments, which come from the same one pass.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np

from linreg.arrays import Batch, Matrix, Vector, WeightedBatch
from linreg.checks import share_of
from linreg.data.levels import Category
from linreg.engines.engine import Engine, OnRows
from linreg.engines.ranks import Ranks
from linreg.errors import LinregError
from linreg.numerics.scaling import Scaling
from linreg.numerics.spectrum import is_wide
from linreg.recipe import Recipe
from linreg.statistics.held_out import Division, HeldOut, Residuals, Score, Totals

if TYPE_CHECKING:
    from linreg.data.table import Source, Table


_CELLS = 2**20
"""Residuals that are computed at a time."""


class Posed(Protocol):
    """What is read of a problem, which is one."""

    @property
    def recipe(self) -> Recipe:
        """What is trained, and how."""
        ...

    @property
    def scaling(self) -> Scaling:
        """From the data's units to those that are trained on."""
        ...

    @property
    def held_out(self) -> "HeldOut | None":
        """The rows that are held out."""
        ...

    @property
    def held_out_residuals(self) -> "Residuals | None":
        """What `residuals_of` returns, kept."""
        ...


class Trained(Protocol):
    """What is read of a trainer, which is one."""

    @property
    def problem(self) -> Posed:
        """What is trained."""
        ...

    @property
    def engine(self) -> Engine:
        """What trains it."""
        ...

    @property
    def outcome(self) -> Vector:
        """What it comes to, as trained."""
        ...

    def in_original_units(self, parameters: Matrix) -> tuple[Matrix, Vector | None]:
        """Return w and b of parameters as trained; those of a module as they are."""
        ...


def _totals_of(n_features: int, *, is_kept: bool) -> Totals:
    """Add up rows as moments, but not the many features of rows that are kept besides."""
    return Totals(n_features, has_moments=not (is_kept and is_wide(0, n_features)))


def divide(recipe: Recipe, source: "Source", ranks: Ranks, *, is_kept: bool) -> Division | None:
    """Have a source hand on only the rows that are trained on; None where none of its rows are held out.

    Raises
    ------
    LinregError
        Several processes share the rows.
    """
    if recipe.hold_out is None:
        return None
    if ranks.n_ranks > 1:
        raise LinregError("--hold-out takes one process: leave it out, or torchrun.")
    share = share_of(recipe.hold_out)
    if share is None:
        return None
    totals = _totals_of(len(source.features), is_kept=is_kept)
    division = Division((share[0], recipe.seed if share[1] is None else share[1]), totals, is_kept=is_kept)
    source.hand_on(division.rest)
    return division


def held_out_of(
    recipe: Recipe, source: "Source", division: Division | None, n_trained_on: int, *, is_kept: bool
) -> HeldOut | None:
    """Return the rows that were taken from a source's, or read those in a file of their own; None where none are.

    Raises
    ------
    LinregError
        There are none in the share, or the file does not fit.
    """
    if recipe.hold_out is None:
        return None
    if division is not None:
        return division.held_out(n_trained_on)
    assert source.target is not None
    return _in_file(recipe, source.features, source.target, source.categories.values(), is_kept=is_kept)


def divided_table(recipe: Recipe, table: "Table", *, is_kept: bool) -> "tuple[Table, HeldOut | None]":
    """Divide rows that are in memory into those that are trained on, and those that are not.

    Raises
    ------
    LinregError
        One of the two has no rows, or the file with those that are held out does not fit.
    """
    if recipe.hold_out is None:
        return table, None
    share = share_of(recipe.hold_out)
    if share is None:
        return table, _in_file(recipe, table.features, table.target, table.categories, is_kept=is_kept)
    batch = (table.X, table.y) if table.weights is None else WeightedBatch.of(table.X, table.y, table.weights)
    totals = _totals_of(len(table.features), is_kept=is_kept)
    division = Division((share[0], recipe.seed if share[1] is None else share[1]), totals, is_kept=is_kept)
    X, y = rest = division.rest(batch)
    if not len(y):
        raise LinregError(f"no row is left to train on beside {len(table.y):,} held out; hold out less.")
    weights = rest.weights if isinstance(rest, WeightedBatch) else None
    return replace(table, X=np.ascontiguousarray(X), y=y, weights=weights), division.held_out(len(y))


def _in_file(
    recipe: Recipe, features: tuple[str, ...], target: str, categories: Iterable[Category], *, is_kept: bool
) -> HeldOut:
    """Read the rows of a file of their own, by the columns that are trained on.

    Raises
    ------
    LinregError
        It is the file that is trained on, cannot be read, or lacks a column or has a level that is not known.
    """
    from linreg.data.formats.opening import is_text
    from linreg.data.table import open_source
    from linreg.dialect import PLAIN

    file, known = recipe.hold_out or "", tuple(categories)
    if os.path.exists(file) and os.path.exists(recipe.data) and os.path.samefile(file, recipe.data):
        raise LinregError("--hold-out names the file that is trained on; give a share of its rows, such as 0.2.")
    column_of = {name: each.column for each in known for name in each.names}
    try:
        source = open_source(
            file,
            target=target,
            features=tuple(dict.fromkeys(column_of.get(name, name) for name in features)),
            drop_missing=recipe.drop_missing,
            dialect=recipe.dialect if is_text(file) else PLAIN,
            weights=recipe.weights,
            categories=known,
        )
        totals, kept = _totals_of(len(features), is_kept=is_kept), list[Batch]()
        for batch in source.batches():
            totals.add(batch)
            if is_kept:
                kept.append((batch[0], batch[1]))
    except LinregError as problem:
        said = str(problem).replace("--feature names", "the model needs").replace("--target names", "the model needs")
        raise LinregError(f"of the rows held out, {said}") from None
    return totals.held_out(kept, source.n_dropped, file)


def residuals_of(problem: Posed) -> Residuals | None:
    """Return what tells the residuals of the rows that are held out: as few as do for the recipe's criterion.

    None where there are none, or a module of the user's own predicts them.
    """
    held_out, recipe = problem.held_out, problem.recipe
    if held_out is None or recipe.module is not None:
        return None
    if held_out.moments is not None and recipe.criterion == "MSELoss":
        return Residuals.of_moments(held_out.moments, problem.scaling, bias=recipe.bias)
    assert held_out.X is not None
    assert held_out.y is not None
    return Residuals.of_rows(held_out.X, held_out.y, problem.scaling, bias=recipe.bias)


def score_of(trainer: Trained) -> Score | None:
    """Judge what a trainer comes to by the rows that are held out; None where there are none."""
    held_out, parameters = trainer.problem.held_out, trainer.outcome[np.newaxis]
    if held_out is None:
        return None
    if held_out.moments is not None and trainer.problem.recipe.module is None:
        w, b = trainer.in_original_units(parameters)
        mse = float(held_out.moments.cost(w, 0.0 if b is None else b)[0])
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            mse = float(np.square(_at(trainer, parameters)).mean())
    return Score(held_out.n_samples, float(costs_of(trainer, parameters)[0]), sqrt(mse), _r2(held_out, mse))


def costs_of(trainer: Trained, parameters: Matrix) -> Vector:
    """Return the recipe's cost of the rows that are held out, ``(n_epochs,)``, and leave nothing behind.

    The digits of an epoch's cost are the same whichever others are asked for with it.

    Parameters
    ----------
    parameters
        ``(n_epochs, n_parameters)``, as trained.
    """
    problem, residuals = trainer.problem, trainer.problem.held_out_residuals
    assert problem.held_out is not None
    n_epochs = max(1, _CELLS // (problem.held_out.n_samples if residuals is None else len(residuals)))
    costs = np.empty(len(parameters))
    for start in range(0, len(parameters), n_epochs):
        part = _at(trainer, parameters[start : start + n_epochs])
        costs[start : start + n_epochs] = _criterion_of(problem.recipe, part)
    if problem.recipe.reduction == "sum":
        return costs
    return costs / (problem.held_out.n_samples if residuals is None else residuals.n_samples)


def _at(trainer: Trained, parameters: Matrix) -> Matrix:
    """Return the residuals at parameters as trained, ``(n_epochs, n_residuals)``."""
    problem, engine = trainer.problem, trainer.engine
    if problem.held_out_residuals is not None:
        return problem.held_out_residuals.at(parameters)
    held_out = problem.held_out
    assert held_out is not None
    assert held_out.X is not None
    assert held_out.y is not None
    assert isinstance(engine, OnRows)
    X = problem.scaling.apply(held_out.X)
    answers: Matrix = np.array([engine.predict(each, X) for each in parameters])
    return held_out.y - answers


def _criterion_of(recipe: Recipe, residuals: Matrix) -> Vector:
    """Return the sum of the recipe's cost over residuals ``(n_epochs, n_residuals)``, for each epoch."""
    with np.errstate(over="ignore", invalid="ignore"):
        if recipe.criterion == "MSELoss":
            each = np.square(residuals)
        else:
            import torch

            values = torch.from_numpy(residuals)
            each = getattr(torch.nn, recipe.criterion)(reduction="none")(values, torch.zeros_like(values)).numpy()
        costs: Vector = each.sum(axis=1)
    return costs


def _r2(held_out: HeldOut, mse: float) -> float | None:
    if held_out.moments is not None:
        return held_out.moments.r2(mse)
    assert held_out.y is not None
    variance = float(held_out.y.var())
    return 1 - mse / variance if variance > 0 else None
