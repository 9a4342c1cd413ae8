"""``linreg predict`` and ``linreg evaluate``: use a saved model."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linreg.cli import options
from linreg.cli.dialect_options import Said, saying_how_it_is_written
from linreg.cli.status import narrate
from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.arrays import Vector

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A file that linreg run --save wrote.")]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="A file with the model's features as columns, a bundled data set, or - for standard input."
    ),
]


@saying_how_it_is_written
def predict(
    model: Model,
    data: Data,
    dialect: Said,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here instead; the ending decides the format."),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Add the ends of an interval, low and high: of this confidence, as 0.95."),
    ] = None,
    kind: Annotated[
        Literal["mean", "prediction"] | None,
        typer.Option(
            metavar="mean|prediction", help="Of the mean there, or of the next observation.", show_default="mean"
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Predict the target of every row: one column, `prediction`, in the order of the rows, as CSV."""
    import numpy as np

    from linreg.assessment.evaluation import dialect_for, open_for
    from linreg.data.table import write_columns
    from linreg.files.atomic import check_destination
    from linreg.training.fitted import load_model

    if kind is not None and interval is None:
        raise LinregError("--kind says which interval, and none is asked for: give --interval, such as 0.95.")
    if output is not None:
        check_destination(output, data, replaces=force)
    fitted = load_model(model)
    source = open_for(fitted, data, with_target=False, dialect=dialect_for(fitted, data, **dialect))
    parts: list[list[Vector]] = []
    for X, _ in source.batches():
        ends = () if interval is None else fitted.interval(X, interval, kind or "mean")
        parts.append([fitted.predict(X), *ends])
    known = (*fitted.columns, fitted.target, fitted.recipe.get("weights"))
    unused = [name for name in source.columns if name not in known]
    if unused:
        narrate(f"not used: {', '.join(shortened(name) for name in unused)}")
    columns = dict(zip(("prediction", "low", "high"), map(np.concatenate, zip(*parts, strict=True)), strict=False))
    write_columns(output, columns, replaces=force)


@saying_how_it_is_written
def evaluate(
    model: Model,
    data: Data,
    dialect: Said,
    format_: Annotated[
        Literal["text", "json"], typer.Option("--format", metavar="text|json", help="How to print it.")
    ] = "text",
) -> None:
    """Compare the model's predictions with the target of every row."""
    from linreg.assessment import evaluation
    from linreg.files.json_lines import to_json
    from linreg.training.fitted import load_model

    fitted = load_model(model)
    written = evaluation.dialect_for(fitted, data, **dialect)
    source = evaluation.open_for(fitted, data, with_target=True, dialect=written)
    errors = evaluation.evaluate(fitted, source.batches())
    if format_ == "json":
        sys.stdout.write(to_json(errors) + "\n")
        return
    r2 = "undefined: the target is constant" if errors.r2 is None else f"{errors.r2:.6f}"
    sys.stdout.write(
        f"rows                 {errors.n_samples:,}\n"
        f"mean squared error   {errors.mean_squared_error:.6g}\n"
        f"root of it           {errors.mean_squared_error**0.5:.6g}\n"
        f"mean absolute error  {errors.mean_absolute_error:.6g}\n"
        f"largest error        {errors.largest_error:.6g}\n"
        f"R²                   {r2}\n"
    )
