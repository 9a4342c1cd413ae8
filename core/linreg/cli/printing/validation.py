"""What a cross-validation prints: a table for people, JSON lines and CSV for programs, and what is said beside them."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from linreg.cli.printing.tables import print_fitting
from linreg.files.json_lines import to_json
from linreg.phase import Phase
from linreg.racing.entries import option_text
from linreg.racing.folds import Folded
from linreg.racing.validation import EXACT, Candidate, CrossValidation
from linreg.recipe import Recipe
from linreg.statistics.figures import NOTHING, aligned, by_error
from linreg.statistics.held_out import r2_words
from linreg.text import safe
from linreg.training.length import CLOSE

_WORDS = ("optimizer", "options", "init", "by")
_DISPENSABLE = ("by", "optimizer", "rate")
"""What a narrow terminal can do without, first things first."""


def print_text(out: TextIO, made: CrossValidation, quiet: bool) -> None:
    """Print a table of all candidates, the best first; or one line about the best."""
    if quiet:
        out.write(f"{safe(_best(made))}\n")
        return
    columns = {**dict(_choices(made)), **dict(_scores(made))}
    numeric = [name for name in columns if name not in _WORDS]
    print_fitting(out, list(columns), list(map(list, zip(*columns.values(), strict=True))), numeric, _DISPENSABLE)


def print_json(out: TextIO, made: CrossValidation, quiet: bool) -> None:
    """Print an object a line: every fold of every candidate as they were given, then the candidates, the best first."""
    ranked = made.candidates[:1] if quiet else made.candidates
    for each in () if quiet else sorted(ranked, key=lambda each: each.number):
        for score in each.scores:
            about = {"event": "fold", "candidate": each.number, "fold": score.fold, "n_samples": score.n_samples}
            out.write(to_json(about | {"mse": score.mse, "r2": score.r2, "status": score.status.value}) + "\n")
    for each in ranked:
        out.write(to_json({"event": "candidate", **_record(each)}) + "\n")


def print_csv(out: TextIO, made: CrossValidation, quiet: bool) -> None:
    """Print a header and one row for each candidate, in full precision; or the best one's row only."""
    records = [_record(each) | {"options": option_text(each.entry.recipe.options)} for each in made.candidates]
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records[:1] if quiet else records)


PRINTERS: dict[str, Callable[[TextIO, CrossValidation, bool], None]] = {
    "text": print_text,
    "json": print_json,
    "csv": print_csv,
}


def introduction(recipe: Recipe, folded: Folded, n_candidates: int) -> str:
    """Say what is trained on what."""
    least, most = min(folded.sizes), max(folded.sizes)
    sizes = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    data = "standard input" if recipe.data == "-" else safe(Path(recipe.data).name)
    dropped = f" ({folded.n_dropped:,} dropped: a cell was missing)" if folded.n_dropped else ""
    rows, candidates = "row" if most == 1 else "rows", _counted(n_candidates, "candidate")
    return (
        f"{data}: {folded.n_samples:,} rows{dropped} × {_counted(len(folded.features), 'feature')}, "
        f"{len(folded.names):,} folds of {sizes} {rows}, {candidates}"
    )


def summary(made: CrossValidation) -> Iterator[str]:
    """Say which is best, what is as good as far as the folds can tell, and what there is to be warned of."""
    yield safe(_best(made))
    yield from _as_good(made)
    for each in made.candidates:
        diverged = [score.fold for score in each.scores if score.status is Phase.DIVERGED]
        if diverged:
            where = "fold" if len(diverged) == 1 else "folds"
            yield f"warning: {safe(each.entry.name)} diverged without {where} {safe(', '.join(diverged[:3]))}"
    short = [each for each in made.candidates if each.excess_cost > CLOSE]
    if short:
        worst = max(short, key=lambda each: each.excess_cost)
        others = "" if len(short) == 1 else f" (and {_counted(len(short) - 1, 'other')})"
        yield (
            f"warning: {safe(worst.entry.name)}{others} ended before least squares, up to "
            f"{100 * worst.excess_cost:.2g} % above its cost: other epochs or rates give other scores"
        )
    yield from (f"warning: {safe(notice)}" for notice in made.notices)


def _best(made: CrossValidation) -> str:
    best = made.best
    if best.rmse is None:
        return "no candidate has a score in every fold"
    r2 = "" if best.r2 is None else f", {r2_words(best.r2)}"
    error = "" if best.rmse_standard_error is None else f" ± {best.rmse_standard_error:.2g}"
    return f"{best.entry.name}: RMSE {best.rmse:.6g}{error}{r2}"


def _as_good(made: CrossValidation) -> Iterator[str]:
    """Name the strongest decay whose error is within one standard error of the least (Breiman et al. 1984)."""
    best = made.best
    if best.rmse is None or best.rmse_standard_error is None:
        return
    limit = best.rmse + best.rmse_standard_error
    near = [each for each in made.candidates if each.rmse is not None and each.rmse <= limit]
    simplest = max(near, key=lambda each: each.weight_decay)
    if simplest.weight_decay > best.weight_decay:
        yield f"within one standard error of that, with the strongest decay: {safe(simplest.entry.name)}"


def _choices(made: CrossValidation) -> Iterator[tuple[str, list[str]]]:
    """Yield the place, and what sets the candidates apart."""
    recipes = [each.entry.recipe for each in made.candidates]
    yield "place", [NOTHING if each.rmse is None else str(place) for place, each in enumerate(made.candidates, 1)]
    yield "optimizer", [recipe.optimizer for recipe in recipes]
    if any(each.engine != EXACT for each in made.candidates):
        rates = [recipe.learning_rate for recipe in recipes]
        yield "rate", [rate if isinstance(rate, str) else f"{rate:.4g}" for rate in rates]
    if any(recipe.options for recipe in recipes):
        yield "options", [option_text(recipe.options) for recipe in recipes]
    for name in ("batch_size", "init", "seed"):
        values = [getattr(recipe, name) for recipe in recipes]
        if any(value != values[0] for value in values):
            yield name.replace("_size", ""), ["full" if value is None else str(value) for value in values]


def _scores(made: CrossValidation) -> Iterator[tuple[str, list[str]]]:
    """Yield the mean of each score, and its standard error beside it, to the digits that this leaves."""
    for name in ("rmse", "r2"):
        means = [getattr(each, name) for each in made.candidates]
        errors = [getattr(each, f"{name}_standard_error") for each in made.candidates]
        title = {"rmse": "RMSE", "r2": "R²"}[name]
        yield title, aligned([by_error(mean, error) for mean, error in zip(means, errors, strict=True)])
        yield "±" if name == "rmse" else "± ", aligned([by_error(error, error) for error in errors])
    yield "by", [each.engine for each in made.candidates]


def _record(each: Candidate) -> dict[str, Any]:
    """Return a candidate's choices and scores, as programs read them."""
    recipe = each.entry.recipe
    return {
        "candidate": each.number,
        "name": each.entry.name,
        "optimizer": recipe.optimizer,
        "learning_rate": recipe.learning_rate,
        "options": _numbers(recipe.options),
        "batch_size": recipe.batch_size,
        "init": recipe.init,
        "seed": recipe.seed,
        "rmse": each.rmse,
        "rmse_standard_error": each.rmse_standard_error,
        "mse": each.mse,
        "r2": each.r2,
        "r2_standard_error": each.r2_standard_error,
        "engine": each.engine,
    }


def _numbers(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return an optimizer's options with numbers for what was typed as such."""

    def read(value: Any) -> Any:
        try:
            return float(value) if isinstance(value, str) else value
        except ValueError:
            return value

    return {name: read(value) for name, value in options.items()}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
