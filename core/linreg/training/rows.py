"""The rows that a recipe names: opened alike by all ranks, and added up as moments in one pass."""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Batch, WeightedBatch
from linreg.data.formats.datafile import Share
from linreg.engines.choice import MOST_FEATURES_OF_MOMENTS
from linreg.engines.ranks import ALONE, Ranks
from linreg.numerics.moments import Moments
from linreg.numerics.weighting import WeightedMoments
from linreg.recipe import Recipe

if TYPE_CHECKING:
    from linreg.data.table import Source, Table


def open_rows(recipe: Recipe, ranks: Ranks = ALONE, folds: str | None = None) -> "Source":
    """Open the table that a recipe names, and choose its columns; that of the folds is read as its last category.

    Raises
    ------
    LinregError
        It cannot be opened or does not fit the recipe, or is not the same for all ranks.
    """
    from linreg.data.table import open_source
    from linreg.engines.agreement import require_agreement

    source = open_source(
        recipe.data,
        target=recipe.target,
        features=recipe.features,
        exclude=recipe.exclude,
        drop_missing=recipe.drop_missing,
        share=Share(ranks.rank, ranks.n_ranks),
        dialect=recipe.dialect,
        weights=recipe.weights,
        folds=folds,
        categorical=recipe.categorical,
        gather=ranks.gather,
    )
    require_agreement(source, recipe, ranks)
    return source


def added_up(
    source: "Source",
    recipe: Recipe,
    reading: "Callable[[Source], Iterator[Batch]] | None" = None,
    ranks: Ranks = ALONE,
) -> tuple[Moments, int]:
    """Pass over the rows once; return the moments of all ranks' rows, and how many were dropped.

    Raises
    ------
    LinregError
        A row is at fault, or there are none.
    """
    batches = ranks.in_step(source.batches() if reading is None else reading(source))
    n_features = len(source.features)
    if recipe.weights is None:
        moments = ranks.total(moments_of(batches, n_features, accelerator(recipe, ranks)))
    else:
        moments = ranks.total(weighted_moments_of(batches, n_features)).scaled()
    n_dropped = sum(ranks.gather(source.n_dropped))
    source.refuse_no_rows(moments.n_samples, n_dropped)
    return moments, n_dropped


def moments_of(batches: Iterable[Batch] | Iterator[Batch], n_features: int, device: str | None = None) -> Moments:
    """Add up the moments of every batch, on a device where one is named; only one batch is in memory at a time."""
    none = Moments.of(np.empty((0, n_features)), np.empty(0))
    if device is None:
        return reduce(add, (Moments.of(X, y) for X, y in batches), none)
    from linreg.numerics.moments_cuda import moments_on

    return reduce(add, (moments_on(device, X, y) for X, y in batches), none)


def weighted_moments_of(batches: Iterable[Batch], n_features: int) -> WeightedMoments:
    """Add up the moments of batches whose rows count differently."""
    none = WeightedMoments.of(np.empty((0, n_features)), np.empty(0), np.empty(0))
    weighted = (WeightedMoments.of(*batch, batch.weights) for batch in batches if isinstance(batch, WeightedBatch))
    return reduce(add, weighted, none)


def moments_of_table(table: "Table", device: str | None, ranks: Ranks) -> Moments | None:
    """Add up the rows of all ranks; None of more features than moments are kept of."""
    n_features = len(table.features)
    if table.weights is not None:
        batch = WeightedBatch.of(table.X, table.y, table.weights)
        return ranks.total(weighted_moments_of([batch], n_features)).scaled()
    if n_features > MOST_FEATURES_OF_MOMENTS:
        return None
    return ranks.total(moments_of([(table.X, table.y)], n_features, device))


def accelerator(recipe: Recipe, ranks: Ranks) -> str | None:
    """Return the CUDA device that the recipe asks for; by itself the CPU keeps up with reading the rows.

    Raises
    ------
    LinregError
        The recipe names a device that is not here.
    """
    if recipe.device.lower() in ("auto", "cpu"):
        return None
    from linreg.engines.devices import resolve

    device = resolve(ranks.device(recipe.device.lower()))
    return device if device.startswith("cuda") else None
