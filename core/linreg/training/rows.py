"""The rows that a recipe names: opened alike by all ranks, and added up as moments in one pass."""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from math import inf
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Batch, WeightedBatch
from linreg.data.formats.datafile import Share
from linreg.data.row_file import room_for_rows
from linreg.engines.ranks import ALONE, Ranks
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.numerics.spectrum import is_wide
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


def moments_of(batches: Iterable[Batch], n_features: int, device: str | None = None) -> Moments:
    """Add up the moments of every batch, on a device where one is named; few of them are in memory at a time.

    Raises
    ------
    LinregError
        There is no room for them.
    """
    if device is None:
        return Moments.of_batches(_while_they_fit(batches, n_features), n_features)
    from linreg.numerics.moments_cuda import moments_on

    none = Moments.of(np.empty((0, n_features)), np.empty(0))
    return reduce(add, (moments_on(device, X, y) for X, y in batches), none)


def _while_they_fit(batches: Iterable[Batch], n_features: int) -> Iterator[Batch]:
    """Hand on batches as long as there is room for what is made of them; of few features there always is."""
    room = room_for_rows() if is_wide(0, n_features) else inf
    n_samples = 0
    for batch in batches:
        n_samples += len(batch[1])
        if _bytes(n_samples, n_features) > room:
            size, free = 3 * _bytes(n_samples, n_features) / 2**30, 3 * room / 2**30
            raise LinregError(
                f"the exact answer to {n_features:,} features takes {size:.3g} GiB of memory, and {free:.3g} are "
                "free: choose some with --feature, leave some out with --exclude, or give --batch-size 256."
            )
        yield batch


def _bytes(n_samples: int, n_features: int) -> int:
    """Return what one matrix takes, of the three that there are at most: the rows, or their products if less."""
    return 8 * min(n_samples, n_features + 1) * (n_features + 1)


def weighted_moments_of(batches: Iterable[Batch], n_features: int) -> WeightedMoments:
    """Add up the moments of batches whose rows count differently."""
    none = WeightedMoments.of(np.empty((0, n_features)), np.empty(0), np.empty(0))
    weighted = (WeightedMoments.of(*batch, batch.weights) for batch in batches if isinstance(batch, WeightedBatch))
    return reduce(add, weighted, none)


def moments_of_table(recipe: Recipe, table: "Table", ranks: Ranks, *, is_kept: bool) -> Moments | None:
    """Add up the rows of all ranks.

    None where they are kept besides, and the products of so many features are not wanted or do not fit.
    """
    n_features, device = len(table.features), accelerator(recipe, ranks)
    if table.weights is not None:
        batch = WeightedBatch.of(table.X, table.y, table.weights)
        return ranks.total(weighted_moments_of([batch], n_features)).scaled()
    if is_kept and is_wide(0, n_features):
        n_samples = max(ranks.gather(len(table.y)))
        has_answer = recipe.module is None and recipe.criterion == "MSELoss"
        is_large = _bytes(n_samples, n_features) > min(ranks.gather(room_for_rows()))
        if is_large or not (has_answer or is_wide(n_samples, n_features)):
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
