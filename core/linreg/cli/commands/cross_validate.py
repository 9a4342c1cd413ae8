"""``linreg cross-validate``: every combination of the choices, trained on all rows but a fold and judged by it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linreg.cli import options
from linreg.cli.commands import race
from linreg.cli.recipe_options import describing_a_run
from linreg.cli.status import DIVERGED, complain, narrate
from linreg.errors import LinregError

if TYPE_CHECKING:
    from linreg.racing.validation import CrossValidation
    from linreg.recipe import Recipe

FOLDS = "Folds"

Folds = Annotated[
    int | None,
    typer.Option(
        metavar="K",
        help="Deal the rows to K folds of one size, drawn by the seed.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]
FoldColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="A fold for each text or number of this column, which is no feature then.",
        show_default=False,
        rich_help_panel=FOLDS,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Draw the scores into a .svg or .png file, over weight decay where it has several values.",
        rich_help_panel=options.OUTPUT,
    ),
]


@describing_a_run
def cross_validate(
    recipe: "Recipe",
    folds: Folds = None,
    fold_column: FoldColumn = None,
    optimizer: race.Optimizers = None,
    learning_rate: race.LearningRates = None,
    set_: race.Settings = None,
    batch_size: race.BatchSizes = None,
    init: race.Inits = None,
    seed: race.Seeds = None,
    output: Output = None,
    force: options.Force = False,
    format_: race.Format = "text",
    quiet: race.Quiet = False,
) -> int:
    """Say how well it predicts rows that it has not seen: train on all but a fold, and judge by that fold, for each.

    The rows are read once. Repeated options are candidates, and all combinations are tried: the best comes first, by
    the mean of the folds' root mean squared errors. Full-batch SGD on squared error is taken to where its epochs lead,
    least squares or with weight decay the ridge solution, unless --epochs says how far.

    Exit status: 0, 2 bad usage or input, 3 all diverged.
    """
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.cli.printing.validation import PRINTERS, introduction, summary
    from linreg.racing.entries import entries
    from linreg.racing.validation import needs_rows, refuse_others

    by = _folds(folds, fold_column)
    entrants = entries(recipe, race.chosen(optimizer, learning_rate, set_, batch_size, init, seed))
    refuse_others(entrants)
    race.refuse_company("cross-validation")
    if output is not None:
        from linreg.export.export import check_picture

        check_picture(output, replaces=force)
    from linreg.racing.folds import read_folds
    from linreg.racing.validation import cross_validate as validate

    reading = watched if not quiet and can_redraw(sys.stderr) else None
    folded = read_folds(entrants[0].recipe, by, reading, needs_rows=needs_rows(entrants))
    if not quiet:
        narrate(introduction(entrants[0].recipe, folded, len(entrants)))
    made = validate(entrants, folded)
    PRINTERS[format_](sys.stdout, made, quiet)
    sys.stdout.flush()
    if not quiet:
        for line in summary(made):
            narrate(line)
    if output is not None:
        _draw(output, made, force, quiet)
    return _status(made, quiet)


def _folds(folds: int | None, fold_column: str | None) -> int | str:
    if (folds is None) == (fold_column is None):
        what = "either, not both" if folds is not None else "one of them"
        raise LinregError(f"cross-validate needs folds, by --folds 10 or by --fold-column NAME: give {what}.")
    return fold_column if folds is None else folds  # type: ignore[return-value]


def _draw(output: Path, made: "CrossValidation", force: bool, quiet: bool) -> None:
    from linreg.export.validation_figure import write_validation
    from linreg.text import shown

    write_validation(output, made, replaces=force)
    if not quiet:
        narrate(f"drawn: {shown(output)}")


def _status(made: "CrossValidation", quiet: bool) -> int:
    if made.best.rmse is not None:
        return 0
    sentence = "all candidates diverged; try lower learning rates, or --lr auto."
    return complain(sentence, DIVERGED) if quiet else DIVERGED
