"""``linreg path``: what every strength of weight decay leads to, from one eigendecomposition."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linreg.cli import options
from linreg.cli.commands.summary import Format
from linreg.cli.recipe_options import describing_rows
from linreg.cli.status import narrate
from linreg.cli.training import silent, unwatched

if TYPE_CHECKING:
    from linreg.recipe import Recipe
    from linreg.statistics.ridge import RidgePath

Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Draw each weight over the strength into a .svg or .png file.",
        rich_help_panel=options.OUTPUT,
    ),
]


@describing_rows
def path(
    recipe: "Recipe",
    standardize: options.Standardize = None,
    output: Output = None,
    force: options.Force = False,
    format_: Format = "text",
) -> int:
    """Follow the ridge path: where --set weight_decay=λ leads SGD to, for every λ, from one pass and nothing trained.

    All parameters are pulled as they are trained, b too. The score, GCV, is that of generalised cross-validation:
    about the error on a row that was left out. json and csv have ten strengths a decade, the table one.
    """
    from linreg.assessment.path import path_of
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.engines.ranks import joined

    if output is not None:
        from linreg.export.export import check_picture

        check_picture(output, replaces=force)
    with joined() as ranks, silent(ranks.rank > 0):
        reading = watched if ranks.rank == 0 and can_redraw(sys.stderr) else unwatched
        made = path_of(recipe.changed(standardize=standardize), reading, ranks)
        _PRINTERS[format_](made)
        sys.stdout.flush()
        best = made.least_gcv
        if format_ == "text" and best is not None:
            narrate(f"least GCV, {made.gcv[best]:.6g}, at weight decay {made.weight_decay[best]:.3g}")
        if output is not None and ranks.rank == 0:
            from linreg.export.path_figure import write_path
            from linreg.text import shown

            write_path(output, made, replaces=force)
            narrate(f"drawn: {shown(output)}")
    return 0


def _print_text(made: "RidgePath") -> None:
    from linreg.cli.printing.tables import print_numbers
    from linreg.export.column_names import BIAS, weight_columns

    chosen = made.round_ones
    columns = {"weight decay": [f"{decay:g}" for decay in made.weight_decay[chosen]]}
    names = weight_columns(made.features, made.b is not None)
    columns |= {name: _seven(w) for name, w in zip(names, made.w[chosen].T.tolist(), strict=True)}
    if made.b is not None:
        columns[BIAS] = _seven(made.b[chosen].tolist())
    last = {"free": [f"{free:.3f}" for free in made.degrees_of_freedom[chosen]]}
    last |= {"R²": [f"{r2:.6f}" if r2 == r2 else "–" for r2 in made.r2[chosen]]}
    last |= {"GCV": [f"{score:.6g}" if score == score else "–" for score in made.gcv[chosen]]}
    columns |= last
    print_numbers(sys.stdout, list(columns), list(map(list, zip(*columns.values(), strict=True))), len(last))


def _seven(numbers: list[float]) -> list[str]:
    return [f"{number:.7g}" for number in numbers]


def _print_json(made: "RidgePath") -> None:
    from linreg.files.json_lines import to_json

    for place in range(len(made.weight_decay)):
        sys.stdout.write(to_json({"event": "path", **made.record(place)}) + "\n")


def _print_csv(made: "RidgePath") -> None:
    from linreg.export.column_names import BIAS, weight_columns

    names = weight_columns(made.features, made.b is not None)
    bias = [] if made.b is None else [BIAS]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["weight_decay", *names, *bias, "cost", "r2", "degrees_of_freedom", "gcv"])
    for place in range(len(made.weight_decay)):
        each = made.record(place)
        scores = [each[name] for name in ("cost", "r2", "degrees_of_freedom", "gcv")]
        writer.writerow([each["weight_decay"], *each["w"].values(), *([each["b"]] if bias else []), *scores])


_PRINTERS = {"text": _print_text, "json": _print_json, "csv": _print_csv}
