"""Posing a problem: from the data that a recipe names, or from rows that are there, to all that is known of them.

Training on moments reads the rows once, batch by batch, and forgets them; only the lecture's loop keeps them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Batch
from linreg.engines.choice import choose_engine
from linreg.engines.ranks import ALONE, Ranks, row_numbers
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.recipe import Recipe
from linreg.statistics.held_out import HeldOut
from linreg.training.held_out import divide, divided_table, held_out_of
from linreg.training.problem import Problem, in_one_batch
from linreg.training.rows import added_up, moments_of_table, open_rows

if TYPE_CHECKING:
    from linreg.data.table import Source, Table

_TOGETHER = 64
"""Columns: few enough that their products cost no more than reading them does."""


def pose(recipe: Recipe, reading: "Callable[[Source], Iterator[Batch]] | None" = None, ranks: Ranks = ALONE) -> Problem:
    """Read the data that a recipe names.

    Parameters
    ----------
    reading
        Hands on the batches of a source, as `Source.batches` itself does: a way to watch them go by.
    ranks
        The processes that share the rows; each must pose the same recipe.

    Raises
    ------
    LinregError
        The data cannot be read or do not fit the recipe, or are not the same for all ranks.
    """
    recipe = recipe.divided
    source = open_rows(recipe, ranks)
    choice = choose_engine(recipe, ranks.n_ranks)
    division = divide(recipe, source, ranks, is_kept=choice.needs_rows)
    if choice.needs_rows:
        batches = ranks.in_step(source.batches() if reading is None else reading(source))
        table = source.read(batches)
        numbers = row_numbers(ranks.gather(source.part_rows), ranks.rank)
        source.refuse_no_rows(*(sum(ranks.gather(count)) for count in (len(table.y), table.n_dropped)))
        held_out = held_out_of(recipe, source, division, len(table.y), is_kept=True)
        return replace(pose_table(recipe, table, ranks, tuple(numbers), held_out), notices=source.notices)
    moments, n_dropped = added_up(source, recipe, reading, ranks)
    assert source.target is not None
    return Problem(
        recipe=recipe,
        choice=choice,
        features=source.features,
        target=source.target,
        n_samples=moments.n_samples,
        n_dropped=n_dropped,
        moments=moments,
        scaling=scaling_of(recipe, moments),
        notices=source.notices,
        categories=tuple(source.categories.values()),
        held_out=held_out_of(recipe, source, division, moments.n_samples, is_kept=False),
    )


def pose_table(
    recipe: Recipe,
    table: "Table",
    ranks: Ranks = ALONE,
    row_numbers: tuple[range, ...] = (),
    held_out: HeldOut | None = None,
) -> Problem:
    """Pose the problem of rows that are in memory, in that of one process or of each of several.

    Those to be held out are taken from them, unless they are given.
    """
    if held_out is None:
        recipe = recipe.divided
        is_kept = choose_engine(recipe, ranks.n_ranks).needs_rows
        table, held_out = divided_table(recipe, table, is_kept=is_kept)
    n_samples = sum(ranks.gather(len(table.y)))
    recipe = in_one_batch(recipe, n_samples)
    choice = choose_engine(recipe, ranks.n_ranks)
    moments = moments_of_table(recipe, table, ranks, is_kept=choice.needs_rows)
    return Problem(
        recipe=recipe,
        choice=choice,
        features=table.features,
        target=table.target,
        n_samples=n_samples if moments is None else moments.n_samples,
        n_dropped=sum(ranks.gather(table.n_dropped)),
        moments=moments,
        scaling=scaling_of(recipe, moments) if moments is not None else _scaling_of_rows(recipe, table.X, ranks),
        table=table if choice.needs_rows else None,
        ranks=ranks,
        row_numbers=row_numbers,
        categories=table.categories,
        held_out=held_out,
    )


def scaling_of(recipe: Recipe, moments: Moments) -> Scaling:
    """Return the scaling to train on: from these moments where the recipe asks for one."""
    if not recipe.standardize:
        return Scaling.identity(moments.n_features)
    _, mean, scale = moments.standardized(recipe.bias)
    return Scaling(mean, scale)


def _scaling_of_rows(recipe: Recipe, X: NDArray[np.float64], ranks: Ranks) -> Scaling:
    """Standardise columns whose cross-products nobody needs, some columns at a time."""
    if not recipe.standardize:
        return Scaling.identity(X.shape[1])
    starts = range(0, X.shape[1], _TOGETHER)
    own = [Moments.of(X[:, start : start + _TOGETHER], X[:, start]) for start in starts]
    diagonal = [reduce(add, parts) for parts in zip(*ranks.gather(own), strict=True)]
    scalings = [moments.standardized(recipe.bias) for moments in diagonal]
    means, scales = [mean for _, mean, _ in scalings], [scale for _, _, scale in scalings]
    return Scaling(np.concatenate(means), np.concatenate(scales))
