"""The summary of the rows that a recipe names, or that are in memory: one pass, and a second one for robust errors."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from linreg import checks
from linreg.arrays import Batch
from linreg.engines.ranks import ALONE, Ranks
from linreg.errors import LinregError
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.inference import RobustErrors, check_level, summary_of, too_few_rows
from linreg.statistics.robust import KINDS, Sandwich
from linreg.statistics.summary import Summary
from linreg.statistics.warnings import summary_warnings
from linreg.training.held_out import divide
from linreg.training.rows import added_up, moments_of, open_rows

if TYPE_CHECKING:
    from linreg.data.table import Source, Table

    Reading = Callable[[Source], Iterator[Batch]]


def summarize(
    recipe: Recipe,
    *,
    level: float = 0.95,
    robust: str | None = None,
    reading: "Reading | None" = None,
    ranks: Ranks = ALONE,
) -> Summary:
    """Summarise the least-squares fit of the rows that a recipe names; how it would be trained does not matter.

    Parameters
    ----------
    level
        Of the confidence intervals.
    robust
        ``"HC0"`` to ``"HC3"``, for errors of any variance; None takes it to be the same for all rows.
    reading
        Hands on the batches of a source: a way to watch them go by.
    ranks
        The processes that share the rows; each must ask for the same.

    Raises
    ------
    LinregError
        The data cannot be read, or are too few to tell; or `level` or `robust` is none.

    Notes
    -----
    A share of the rows that the recipe holds out is left out here, too.
    """
    robust = _checked(level, robust)
    if robust is not None and recipe.data == "-":
        raise LinregError("--robust passes over the rows twice, and standard input can be read only once: save it.")
    source = open_rows(recipe, ranks)
    division = divide(recipe, source, ranks, is_kept=False)
    moments, n_dropped = added_up(source, recipe, reading, ranks)
    answer, errors = _answer(moments, recipe.bias), None
    held_out = () if division is None else (f"{division.n_taken:,} rows are held out: this is the fit of the others.",)
    if robust is not None:
        divide(recipe, source, ranks, is_kept=False)  # the same rows again
        sandwich = Sandwich(moments, answer, recipe.bias, robust)
        sandwich.add(ranks.in_step(source.batches() if reading is None else reading(source)))
        errors = sandwich.errors(np.sum(ranks.gather(sandwich.meat), axis=0))
    assert source.target is not None
    names = (source.features, source.target)
    return _summarized(moments, answer, names, recipe.bias, level, errors, n_dropped, (*source.notices, *held_out))


def summarize_table(table: "Table", *, bias: bool = True, level: float = 0.95, robust: str | None = None) -> Summary:
    """Summarise the least-squares fit of rows in memory; otherwise as `summarize`."""
    robust = _checked(level, robust)
    moments = moments_of([(table.X, table.y)], len(table.features))
    answer, errors = _answer(moments, bias), None
    if robust is not None:
        sandwich = Sandwich(moments, answer, bias, robust)
        sandwich.add([(table.X, table.y)])
        errors = sandwich.errors(sandwich.meat)
    return _summarized(moments, answer, (table.features, table.target), bias, level, errors)


def _checked(level: float, robust: str | None) -> str | None:
    """Refuse what is no level or no kind of errors, before a row is read; return the kind."""
    check_level(level)
    return None if robust is None else checks.choice(KINDS)("robust", robust)


def _answer(moments: Moments, bias: bool) -> LeastSquares:
    """Return the exact answer of rows that leave something over, or say why they do not."""
    answer = moments.least_squares(bias)
    if answer.standard_errors is None:
        raise LinregError(too_few_rows(moments.n_samples, answer.rank + bias))
    return answer


def _summarized(
    moments: Moments,
    answer: LeastSquares,
    names: tuple[tuple[str, ...], str],
    bias: bool,
    level: float,
    robust: RobustErrors | None,
    n_dropped: int = 0,
    notices: tuple[str, ...] = (),
) -> Summary:
    features, target = names
    return summary_of(
        answer,
        features,
        target,
        moments.n_samples,
        bias=bias,
        level=level,
        robust=robust,
        n_dropped=n_dropped,
        warnings=[*notices, *summary_warnings(moments, answer, features, target, bias=bias)],
    )
