"""``linreg diagnose``: what the residuals of the least-squares fit say against it, and which rows decide it."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linreg.cli import options
from linreg.cli.commands.race import refuse_company
from linreg.cli.commands.summary import Format
from linreg.cli.recipe_options import describing_rows
from linreg.cli.status import narrate

if TYPE_CHECKING:
    from linreg.recipe import Recipe
    from linreg.statistics.diagnostics import Diagnostics

Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Draw four charts into a .svg or .png file: residuals over fitted values, normal quantiles, scale over "
        "location, leverage with Cook's distance.",
        rich_help_panel=options.OUTPUT,
    ),
]


@describing_rows
def diagnose(recipe: "Recipe", output: Output = None, force: options.Force = False, format_: Format = "text") -> int:
    """Say what the residuals of least squares say against it, and which rows decide it; draw it with --output.

    Standard output has the rows of the largest Cook's distances. The rows are read twice; of many a thousand are drawn
    at random, beside those that stand out.
    """
    from linreg.assessment.diagnostics import diagnose as diagnosed
    from linreg.cli.printing.progress import can_redraw, watched

    refuse_company("diagnose")
    if output is not None:
        from linreg.export.export import check_picture

        check_picture(output, replaces=force)
    made = diagnosed(recipe, watched if can_redraw(sys.stderr) else None)
    _PRINTERS[format_](made)
    sys.stdout.flush()
    for warning in made.warnings if format_ != "json" else ():
        narrate(f"warning: {warning}")
    if output is not None:
        from linreg.export.diagnostics_figure import write_diagnostics
        from linreg.text import shown

        write_diagnostics(output, made, replaces=force)
        narrate(f"drawn: {shown(output)}, {made.said()}")
    return 0


def _records(made: "Diagnostics") -> list[dict[str, Any]]:
    rows = made.most_influential()
    names = ("fitted", "residual", "standardized", "leverage", "cooks_distance")
    return [
        {"row": int(number), **{name: float(getattr(rows, name)[place]) for name in names}}
        for place, number in enumerate(rows.number.tolist())
    ]


def _print_text(made: "Diagnostics") -> None:
    from linreg.cli.printing.tables import print_fitting
    from linreg.statistics.figures import NOTHING, aligned, by_error, ratio
    from linreg.text import safe

    def figure(number: float) -> str:
        return f"{number:.3g}" if number == number else NOTHING

    records, error = _records(made), made.residual_standard_error
    columns = {
        "row": [f"{each['row']:,}" for each in records],
        **{name: aligned([by_error(each[name], error) for each in records]) for name in ("fitted", "residual")},
        "standardised": aligned([ratio(each["standardized"]) for each in records]),
        "leverage": aligned([figure(each["leverage"]) for each in records]),
        "Cook's distance": aligned([figure(each["cooks_distance"]) for each in records]),
    }
    sys.stdout.write(
        f"least squares of {safe(made.target)}: rows of the largest Cook's distances of {made.n_samples:,}\n"
    )
    rows = list(map(list, zip(*columns.values(), strict=True)))
    print_fitting(sys.stdout, list(columns), rows, frozenset(columns), ("fitted", "residual"))


def _print_json(made: "Diagnostics") -> None:
    from linreg.files.json_lines import to_json

    about = {"event": "diagnostics", "n_samples": made.n_samples, "n_dropped": made.n_dropped}
    about |= {"n_drawn": made.n_drawn, "residual_standard_error": made.residual_standard_error}
    sys.stdout.write(to_json({**about, "rows": _records(made), "warnings": made.warnings}) + "\n")


def _print_csv(made: "Diagnostics") -> None:
    """Print a row for each of those in the table, in full precision."""
    records = _records(made)
    writer = csv.DictWriter(sys.stdout, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


_PRINTERS = {"text": _print_text, "json": _print_json, "csv": _print_csv}
