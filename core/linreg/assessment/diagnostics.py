"""The diagnostics of the rows that a recipe names, or that are in memory: a pass for the fit, and one for its rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from linreg.arrays import Batch
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.diagnostics import Diagnostics, Standouts
from linreg.statistics.inference import too_few_rows
from linreg.statistics.influence import Influence
from linreg.statistics.warnings import summary_warnings
from linreg.training.rows import added_up, moments_of, open_rows

if TYPE_CHECKING:
    from linreg.data.table import Source, Table

    Reading = Callable[[Source], Iterator[Batch]]


def diagnose(recipe: Recipe, reading: "Reading | None" = None) -> Diagnostics:
    """Diagnose the least-squares fit of the rows that a recipe names; how it would be trained does not matter.

    Parameters
    ----------
    reading
        Hands on the batches of a source: a way to watch them go by.

    Raises
    ------
    LinregError
        The data cannot be read, or leave nothing over to judge by.
    """
    if recipe.data == "-":
        raise LinregError("diagnose passes over the rows twice, and standard input can be read only once: save it.")
    refuse_held_out(recipe)
    source = open_rows(recipe)
    moments, n_dropped = added_up(source, recipe, reading)
    assert source.target is not None
    batches = source.batches() if reading is None else reading(source)
    return _diagnosed(moments, batches, source.features, source.target, recipe.bias, n_dropped)


def refuse_held_out(recipe: Recipe) -> None:
    """Refuse to leave rows out where each is named by its number."""
    if recipe.hold_out is not None:
        raise LinregError("diagnose looks at every row, by its number in the data: leave --hold-out out of the recipe.")


def diagnose_table(table: "Table", *, bias: bool = True) -> Diagnostics:
    """Diagnose the least-squares fit of rows in memory; otherwise as `diagnose`."""
    batches = [(table.X, table.y)]
    return _diagnosed(moments_of(batches, len(table.features)), batches, table.features, table.target, bias, 0)


def _diagnosed(
    moments: Moments, batches: Iterable[Batch], features: Sequence[str], target: str, bias: bool, n_dropped: int
) -> Diagnostics:
    answer = moments.least_squares(bias)
    if not answer.degrees_of_freedom:
        raise LinregError(too_few_rows(moments.n_samples, answer.rank + bias))
    if answer.is_perfect:
        raise LinregError("the fit is perfect but for rounding: its residuals are that rounding, and say nothing.")
    influence, standouts, n_before = Influence(moments, answer, bias), Standouts(), 0
    for batch in batches:
        standouts.add(influence.diagnose(batch, n_before + 1))
        n_before += len(batch[1])
    rows, is_drawn = standouts.rows()
    warnings = summary_warnings(moments, answer, features, target, bias=bias)
    if standouts.n_decided:
        who = "1 row decides its" if standouts.n_decided == 1 else f"{standouts.n_decided:,} rows decide their"
        warnings.append(f"{who} own prediction (leverage 1): no residual says whether it is right.")
    return Diagnostics(
        target=target,
        n_samples=moments.n_samples,
        n_dropped=n_dropped,
        n_parameters=influence.design.n_determined,
        residual_standard_error=sqrt(answer.cost * moments.n_samples * answer.mean_weight / answer.degrees_of_freedom),
        rows=rows,
        n_drawn=int(is_drawn.sum()),
        is_drawn=is_drawn,
        n_decided=standouts.n_decided,
        warnings=tuple(warnings),
    )
