"""The ridge path of the rows that a recipe names, or that are in memory: one pass, one eigendecomposition."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from linreg.arrays import Batch
from linreg.engines.ranks import ALONE, Ranks
from linreg.numerics.curvature import answer_and_curvature
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.ridge import RidgePath, ridge_path
from linreg.training.held_out import divide, divided_table
from linreg.training.posing import scaling_of
from linreg.training.rows import added_up, moments_of, open_rows

if TYPE_CHECKING:
    from linreg.data.table import Source, Table


def path_of(
    recipe: Recipe, reading: "Callable[[Source], Iterator[Batch]] | None" = None, ranks: Ranks = ALONE
) -> RidgePath:
    """Follow the ridge path of the rows that a recipe names, but for a share that it holds out.

    Parameters
    ----------
    reading
        Hands on the batches of a source: a way to watch them go by.
    ranks
        The processes that share the rows; each must ask for the same.

    Raises
    ------
    LinregError
        The data cannot be read.
    """
    source = open_rows(recipe, ranks)
    divide(recipe, source, ranks, is_kept=False)
    moments, n_dropped = added_up(source, recipe, reading, ranks)
    assert source.target is not None
    return _followed(recipe, moments, source.features, source.target, n_dropped)


def path_of_table(recipe: Recipe, table: "Table") -> RidgePath:
    """Follow the ridge path of rows in memory, but for a share that the recipe holds out."""
    table, _ = divided_table(recipe, table, is_kept=False)
    return _followed(recipe, moments_of([(table.X, table.y)], len(table.features)), table.features, table.target)


def _followed(
    recipe: Recipe, moments: Moments, features: tuple[str, ...], target: str, n_dropped: int = 0
) -> RidgePath:
    scaling = scaling_of(recipe, moments)
    _, quadratic = answer_and_curvature(moments, scaling, recipe.bias, "mean")
    return ridge_path(quadratic, scaling, features, target, moments.n_samples, n_dropped)
