"""``linreg summary``: the least-squares fit, and how sure each of its numbers is."""

import csv
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linreg.cli import options
from linreg.cli.recipe_options import describing_rows
from linreg.cli.status import narrate
from linreg.cli.training import silent, unwatched

if TYPE_CHECKING:
    from linreg.recipe import Recipe
    from linreg.statistics.summary import Summary

STATISTICS = "Statistics"

Level = Annotated[float, typer.Option(metavar="SHARE", help="Of the confidence intervals.", rich_help_panel=STATISTICS)]
Robust = Annotated[
    str | None,
    typer.Option(
        metavar="HC0|HC1|HC2|HC3",
        help="Standard errors that hold for errors of any variance; reads the rows twice.",
        show_default="errors of one variance",
        rich_help_panel=STATISTICS,
    ),
]
Format = Annotated[
    Literal["text", "json", "csv"],
    typer.Option(
        "--format",
        metavar="text|json|csv",
        help="What standard output holds; csv: the coefficients alone.",
        rich_help_panel=options.OUTPUT,
    ),
]


@describing_rows
def summary(recipe: "Recipe", level: Level = 0.95, robust: Robust = None, format_: Format = "text") -> int:
    """Fit by least squares, and say how sure each number is: standard errors, t, p, intervals, F, AIC.

    The rows are read once, however many there are; nothing is trained.
    """
    from linreg.assessment.summary import summarize
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.engines.ranks import joined

    with joined() as ranks, silent(ranks.rank > 0):
        reading = watched if ranks.rank == 0 and can_redraw(sys.stderr) else unwatched
        made = summarize(recipe, level=level, robust=robust, reading=reading, ranks=ranks)
        _PRINTERS[format_](made)
    return 0


def _print_text(made: "Summary") -> None:
    from linreg.cli.printing.tables import print_fitting
    from linreg.text import safe

    header, rows = made.header(), made.rows()
    out, numeric = sys.stdout, frozenset(header[1:])
    out.write(f"{made.title()}\n")
    print_fitting(out, header, rows, numeric, dispensable=("VIF", "t"))
    out.writelines(f"{safe(line)}\n" for line in made.lines())
    for warning in made.warnings:
        narrate(f"warning: {warning}")


def _print_json(made: "Summary") -> None:
    from linreg.files.json_lines import to_json

    sys.stdout.write(to_json({"event": "summary", **made.as_dict()}) + "\n")


def _print_csv(made: "Summary") -> None:
    """Print a row for each coefficient, in full precision; what is not determined is empty."""
    from dataclasses import fields

    from linreg.statistics.summary import Coefficient
    from linreg.text import safe

    out, names = csv.writer(sys.stdout, lineterminator="\n"), [field.name for field in fields(Coefficient)]
    out.writerow(["coefficient", *names])
    shown = safe if sys.stdout.isatty() else str
    for name, each in made.coefficients():
        out.writerow([shown(name), *(getattr(each, field) for field in names)])
    for warning in made.warnings:
        narrate(f"warning: {warning}")


_PRINTERS = {"text": _print_text, "json": _print_json, "csv": _print_csv}
