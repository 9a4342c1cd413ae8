"""``linreg predict`` and ``linreg evaluate``: use a saved model."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from linreg.cli.status import narrate
from linreg.errors import LinregError
from linreg.safe import shortened

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A file that linreg run --save wrote.")]
Data = Annotated[str, typer.Argument(metavar="DATA", help="A file with the model's features as columns, or - for CSV.")]


def predict(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here instead; the ending decides the format."),
    ] = None,
) -> None:
    """Predict the target of every row: one column, `prediction`, in the order of the rows, as CSV."""
    import numpy as np

    from linreg.fitted import load_model
    from linreg.table import open_source, write_columns

    fitted = load_model(model)
    source = open_source(data, features=fitted.features, with_target=False)
    predictions = [fitted.predict(X) for X, _ in source.batches()]
    unused = [name for name in source.columns if name not in fitted.features and name != fitted.target]
    if unused:
        narrate(f"not used: {', '.join(shortened(name) for name in unused)}")
    write_columns(output, {"prediction": np.concatenate(predictions)})


def evaluate(
    model: Model,
    data: Data,
    format_: Annotated[str, typer.Option("--format", metavar="text|json", help="How to print it.")] = "text",
) -> None:
    """Compare the model's predictions with the target of every row."""
    from linreg.evaluation import evaluate as evaluate_model
    from linreg.fitted import load_model
    from linreg.printers import to_json
    from linreg.table import open_source

    if format_ not in ("text", "json"):
        raise LinregError(f"--format takes one of text, json, not {shortened(repr(format_))}.")
    fitted = load_model(model)
    source = open_source(data, target=fitted.target, features=fitted.features)
    errors = evaluate_model(fitted, source.batches())
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
