"""What a fit is worth, from Python: how well it predicts, what its residuals say against it, and where decay leads."""

import os
from collections.abc import Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from linreg.assessment.diagnostics import diagnose as diagnosed
from linreg.assessment.diagnostics import diagnose_table, refuse_held_out
from linreg.assessment.path import path_of, path_of_table
from linreg.checks import OptionValue
from linreg.data.given import recipe_named, recipe_of_rows, table_given
from linreg.errors import LinregError
from linreg.export.export import check_picture
from linreg.racing.entries import Choices, entries
from linreg.racing.folds import fold_table, read_folds
from linreg.racing.validation import CrossValidation, needs_rows, refuse_others
from linreg.racing.validation import cross_validate as validated
from linreg.recipe import Recipe
from linreg.statistics.diagnostics import Diagnostics
from linreg.statistics.ridge import RidgePath

Named = str | os.PathLike[str]
"""What ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe."""


def cross_validate(
    data: Recipe | Named | ArrayLike,
    /,
    y: ArrayLike | None = None,
    *,
    folds: int | str | Iterable[Any] = 10,
    optimizers: str | Iterable[str] = (),
    learning_rates: float | str | Iterable[float | str] = (),
    options: Mapping[str, OptionValue | list[OptionValue]] | None = None,
    batch_sizes: int | Iterable[int | None] = (),
    inits: str | Iterable[str] = (),
    seeds: int | Iterable[int] = (),
    **choices: Any,
) -> CrossValidation:
    """Train every combination on all rows but a fold, and judge it by that fold, as ``linreg cross-validate`` does.

    ``made.best`` is the candidate of the least RMSE, ``made.candidates`` has all, the best first, and
    ``candidate.scores`` those of each fold. Without `epochs` full-batch SGD on squared error is taken to where its
    epochs lead: least squares, or with a weight decay the ridge solution.

    Parameters
    ----------
    data, y
        As :func:`linreg.train` takes them.
    folds
        How many to deal the rows to; or of X and y the label of each row's fold, of a file the column that has it.
    optimizers, learning_rates, options, batch_sizes, inits, seeds, **choices
        As :func:`linreg.race` takes them.

    Raises
    ------
    LinregError
        As :func:`linreg.race` does, or the rows make no folds.
    """
    table = table_given("cross_validate", data, y)
    who = "cross_validate"
    recipe = recipe_named(who, data, choices) if table is None else recipe_of_rows(who, choices)
    candidates = entries(recipe, Choices.of(optimizers, learning_rates, options, batch_sizes, inits, seeds))
    refuse_others(candidates)
    wanted = needs_rows(candidates)
    by: Any = None if isinstance(folds, bool) else int(folds) if isinstance(folds, Integral) else folds
    if table is not None and isinstance(by, int | Iterable) and not isinstance(by, str):
        return validated(candidates, fold_table(table, by, candidates[0].recipe.seed, needs_rows=wanted))
    if table is not None or not isinstance(by, int | str):
        rows, column = "the label of each row's fold", "the name of the column that has them"
        raise LinregError(f"folds is a number, {rows} beside X and y, or {column} in a file.")
    return validated(candidates, read_folds(candidates[0].recipe, by, needs_rows=wanted))


def diagnose(
    data: Recipe | Named | ArrayLike,
    /,
    y: ArrayLike | None = None,
    *,
    output: Named | None = None,
    **choices: Any,
) -> Diagnostics:
    """Say what the residuals of least squares say against it, and which rows decide it, as ``linreg diagnose`` does.

    Parameters
    ----------
    data, y, **choices
        As :func:`linreg.summary` takes them.
    output
        A ``.svg`` or ``.png`` file to draw into; one that is there is written over.

    Raises
    ------
    LinregError
        As :func:`linreg.summary` does, or the file cannot be written.
    """
    table = table_given("diagnose", data, y)
    if output is not None:
        check_picture(Path(output), replaces=True)
    if table is None:
        made = diagnosed(recipe_named("diagnose", data, choices))
    else:
        recipe = recipe_of_rows("diagnose", choices)
        refuse_held_out(recipe)
        made = diagnose_table(table, bias=recipe.bias)
    if output is not None:
        from linreg.export.diagnostics_figure import write_diagnostics

        write_diagnostics(Path(output), made)
    return made


def ridge_path(
    data: Recipe | Named | ArrayLike, /, y: ArrayLike | None = None, *, output: Named | None = None, **choices: Any
) -> RidgePath:
    """Follow where weight decay of every strength leads, as ``linreg path`` does; nothing is trained.

    Parameters
    ----------
    data, y, **choices
        As :func:`linreg.summary` takes them, and ``standardize=False`` to decay the weights in the data's own units.
    output
        A ``.svg`` or ``.png`` file to draw into; one that is there is written over.

    Raises
    ------
    LinregError
        The data cannot be read or do not fit each other, or the file cannot be written.
    """
    table = table_given("ridge_path", data, y)
    if output is not None:
        check_picture(Path(output), replaces=True)
    if table is None:
        made = path_of(recipe_named("ridge_path", data, choices))
    else:
        made = path_of_table(recipe_of_rows("ridge_path", choices), table)
    if output is not None:
        from linreg.export.path_figure import write_path

        write_path(Path(output), made)
    return made
