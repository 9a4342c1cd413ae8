"""Rows that are held out: not trained on, nor scaled by, and so the ones that tell how well a fit predicts.

They are a share of the rows, dealt by the seed as cross-validation deals its folds, or a file of their own with the
same columns. Squared error needs no more of them than their moments, which come from the same one pass.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Batch, Matrix, Vector, WeightedBatch
from linreg.checks import FEWEST_HELD_OUT, share_of
from linreg.data.levels import Category
from linreg.engines.choice import MOST_FEATURES_OF_MOMENTS
from linreg.engines.ranks import Ranks
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.folds import Deal
from linreg.text import safe
from linreg.training.rows import moments_of, weighted_moments_of

if TYPE_CHECKING:
    from linreg.data.table import Source, Table


@dataclass(frozen=True, slots=True)
class Score:
    """How well parameters predict rows that were held out.

    Attributes
    ----------
    n_samples
        How many they are.
    cost
        By the recipe's own criterion and reduction, over them.
    rmse
        Root of the mean squared error, in the target's units; of weighted rows the weighted one.
    r2
        1 − SSE / SST about their own mean; None where their target is constant.
    """

    n_samples: int
    cost: float
    rmse: float
    r2: float | None

    def words(self, rmse: float | None) -> str:
        """Say it beside the root mean squared error of the rows that were trained on."""
        own = "" if rmse is None else f"RMSE {rmse:.6g}; "
        rows = "row" if self.n_samples == 1 else "rows"
        r2 = "" if self.r2 is None or not isfinite(self.r2) else f", R² {self.r2:.6f}"
        return f"{own}of {self.n_samples:,} {rows} held out: RMSE {self.rmse:.6g}{r2}"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Rows that are held out, in the data's own units.

    Attributes
    ----------
    n_samples, n_dropped
        How many they are, and how many of a file of their own were left out because a cell was missing.
    moments
        Theirs; None of more features than moments are kept of.
    X, y
        ``(n_samples, n_features)`` and ``(n_samples,)``, where the engine needs rows; None where moments do.
    file
        The name of their own file; empty where they are a share of the rows.
    """

    n_samples: int
    moments: Moments | None
    X: Matrix | None = None
    y: Vector | None = None
    n_dropped: int = 0
    file: str = ""

    @property
    def words(self) -> str:
        """Say how many they are, and where they come from."""
        source = f" in {safe(Path(self.file).name)}" if self.file else " besides"
        dropped = f", {self.n_dropped:,} dropped" if self.n_dropped else ""
        return f"{self.n_samples:,} held out{source}{dropped}"


class Division:
    """Takes the rows that are held out from batches that go by once.

    Parameters
    ----------
    share
        Which part of the rows is held out, and by which seed.
    is_kept
        Whether the rows themselves are wanted besides their moments.
    """

    def __init__(self, share: tuple[float, int], *, is_kept: bool) -> None:
        part = Fraction(share[0]).limit_denominator(FEWEST_HELD_OUT)
        self._n_taken, self._deal = part.numerator, Deal(part.denominator, share[1])
        self._is_kept, self._kept = is_kept, list[Batch]()
        self._totals: _Totals | None = None

    def rest(self, batch: Batch) -> Batch:
        """Take some of the rows, and return the others."""
        X, y = batch
        is_taken = self._deal.next(len(y)) < self._n_taken
        if is_taken.any():
            taken = _chosen(batch, is_taken)
            self._totals = self._totals or _Totals(X.shape[1])
            self._totals.add(taken)
            if self._is_kept:
                self._kept.append((taken[0], taken[1]))
        return _chosen(batch, ~is_taken)

    def held_out(self, n_trained_on: int) -> HeldOut:
        """Return what was taken.

        Raises
        ------
        LinregError
            There is not a row, or so few are trained on.
        """
        if self._totals is None:
            rows = "the only row" if n_trained_on == 1 else f"any of the {n_trained_on:,} rows"
            raise LinregError(f"--hold-out does not take {rows}: give a larger share, or a file of others.")
        return self._totals.held_out(self._kept)


class _Totals:
    """The moments of rows that are held out, on their way."""

    def __init__(self, n_features: int) -> None:
        self._n_features, self.n_samples = n_features, 0
        self._plain = moments_of([], n_features)
        self._weighted = weighted_moments_of([], n_features)

    def add(self, batch: Batch) -> None:
        self.n_samples += len(batch[1])
        if isinstance(batch, WeightedBatch):
            self._weighted += weighted_moments_of([batch], self._n_features)
        elif self._n_features <= MOST_FEATURES_OF_MOMENTS:
            self._plain += moments_of([batch], self._n_features)

    def held_out(self, kept: Iterable[Batch], n_dropped: int = 0, file: str = "") -> HeldOut:
        """Return the rows that were added, those of weight 0 not counted.

        Raises
        ------
        LinregError
            None of them counts.
        """
        moments, n_samples = self._plain, self.n_samples
        if self._weighted.weight:
            moments = self._weighted.scaled()
            n_samples = moments.n_samples
        elif self._n_features <= MOST_FEATURES_OF_MOMENTS and not moments.n_samples:
            raise LinregError("every row that is held out has weight 0; hold out rows that count.")
        has_moments = self._n_features <= MOST_FEATURES_OF_MOMENTS
        parts = list(kept)
        return HeldOut(
            n_samples=n_samples,
            moments=moments if has_moments else None,
            X=np.concatenate([X for X, _ in parts]) if parts else None,
            y=np.concatenate([y for _, y in parts]) if parts else None,
            n_dropped=n_dropped,
            file=file,
        )


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
    division = Division((share[0], recipe.seed if share[1] is None else share[1]), is_kept=is_kept)
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
    division = Division((share[0], recipe.seed if share[1] is None else share[1]), is_kept=is_kept)
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
        totals, kept = _Totals(len(features)), list[Batch]()
        for batch in source.batches():
            totals.add(batch)
            if is_kept:
                kept.append((batch[0], batch[1]))
    except LinregError as problem:
        said = str(problem).replace("--feature names", "the model needs").replace("--target names", "the model needs")
        raise LinregError(f"of the rows held out, {said}") from None
    return totals.held_out(kept, source.n_dropped, file)


def score_of(
    held_out: HeldOut, recipe: Recipe, w: Vector, b: Vector | None, predict: Callable[[Matrix], Vector]
) -> Score:
    """Judge parameters by rows that are held out.

    Parameters
    ----------
    w, b
        As they predict rows in the data's own units.
    predict
        What predicts such rows, where the parameters are those of the user's own module; it must leave nothing behind.
    """
    n_samples, mse = held_out.n_samples, None
    with np.errstate(over="ignore", invalid="ignore"):
        if held_out.moments is not None and recipe.module is None:
            mse = float(held_out.moments.cost(w, 0.0 if b is None else b))
        if mse is not None and recipe.criterion == "MSELoss":
            cost = mse * (n_samples if recipe.reduction == "sum" else 1)
            return Score(n_samples, cost, sqrt(mse), _r2(held_out, mse))
        assert held_out.X is not None
        assert held_out.y is not None
        X = held_out.X
        residual = held_out.y - (X @ w + (0.0 if b is None else b) if recipe.module is None else predict(X))
        mse = float(np.square(residual).mean()) if mse is None else mse
    return Score(n_samples, _criterion_of(recipe, residual), sqrt(mse), _r2(held_out, mse))


def _criterion_of(recipe: Recipe, residual: Vector) -> float:
    """Return the recipe's cost of residuals, ``(n_samples,)``."""
    import torch

    criterion = getattr(torch.nn, recipe.criterion)(reduction=recipe.reduction)
    values = torch.from_numpy(residual)
    return float(criterion(values, torch.zeros_like(values)))


def _r2(held_out: HeldOut, mse: float) -> float | None:
    if held_out.moments is not None:
        return held_out.moments.r2(mse)
    assert held_out.y is not None
    variance = float(held_out.y.var())
    return 1 - mse / variance if variance > 0 else None


def _chosen(batch: Batch, is_chosen: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> Batch:
    X, y = batch
    if isinstance(batch, WeightedBatch):
        return WeightedBatch.of(X[is_chosen], y[is_chosen], batch.weights[is_chosen])
    return X[is_chosen], y[is_chosen]
