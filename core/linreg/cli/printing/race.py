"""What a race prints: a table for people, JSON lines and CSV for programs, and what is said beside them."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from linreg.cli.printing.tables import print_fitting
from linreg.files.json_lines import to_json
from linreg.phase import Phase
from linreg.racing.descent import Reached
from linreg.racing.entries import option_text
from linreg.racing.race import TOLERANCES, Race, Yardstick
from linreg.racing.standings import Standing
from linreg.text import safe

_NAMES = tuple(f"{tolerance:.0e}".replace("e-0", "e-") for tolerance in TOLERANCES)
_NOTHING = "–"
_WORDS = ("optimizer", "options", "init", "status", "engine")
_DISPENSABLE = ("engine", "cost", "by time", *(f"ms to {name}" for name in _NAMES[:-1]), f"to {_NAMES[0]}", "status")
"""What a narrow terminal can do without, first things first."""
_CLEARLY = 0.8
"""Times nearer to each other than this may be the other way round the next time."""
_RECORDED = ("status", "epoch", "cost", "excess_cost", "engine", "device", "seconds")
"""What CSV has of a result."""


def print_text(out: TextIO, ranking: Sequence[Standing], yardstick: Yardstick, quiet: bool) -> None:
    """Print a table of all, the best first; or one line about the winner."""
    if quiet:
        out.writelines(f"{line}\n" for line in _winner(ranking[0], yardstick))
        return
    columns = {**dict(_choices(ranking)), **dict(_figures(ranking))}
    numeric = [name for name in columns if name not in _WORDS]
    print_fitting(out, list(columns), list(map(list, zip(*columns.values(), strict=True))), numeric, _DISPENSABLE)


def print_json(out: TextIO, ranking: Sequence[Standing], yardstick: Yardstick, quiet: bool) -> None:
    """Print one object a line, a line for each racer; or that of the winner only."""
    for standing in ranking[:1] if quiet else ranking:
        record = {"event": "racer", **_record(standing, yardstick), **standing.result.as_dict()}
        out.write(to_json(record | {"excess_cost": standing.excess_cost}) + "\n")


def print_csv(out: TextIO, ranking: Sequence[Standing], yardstick: Yardstick, quiet: bool) -> None:
    """Print a header and one row for each racer, in full precision; or the winner's row only."""
    records = [_flat(standing, yardstick) for standing in (ranking[:1] if quiet else ranking)]
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


PRINTERS: dict[str, Callable[[TextIO, Sequence[Standing], Yardstick, bool], None]] = {
    "text": print_text,
    "json": print_json,
    "csv": print_csv,
}


def introduction(race: Race) -> str:
    """Say what runs on what, and what counts."""
    problem = race.problem
    rows = "row" if problem.n_samples == 1 else "rows"
    columns = "feature" if len(problem.features) == 1 else "features"
    racers = "racer" if len(race.racers) == 1 else "racers"
    dropped = f" ({problem.n_dropped:,} dropped: a cell was missing)" if problem.n_dropped else ""
    return (
        f"{safe(Path(problem.recipe.data).name)}: {problem.n_samples:,} {rows}{dropped} × {len(problem.features):,} "
        f"{columns}, {len(race.racers):,} {racers}, epochs 0 to {problem.last_epoch:,}"
    )


def summary(ranking: Sequence[Standing], yardstick: Yardstick) -> Iterator[str]:
    """Say what the columns mean, who won by either measure, and what there is to be warned of."""
    least = "that of least squares" if yardstick.is_exact else "the best that any of them reached"
    yield (
        f"epochs and milliseconds until the cost was within {' and '.join(_NAMES)} of the least, "
        f"{yardstick.least:.6g}: {least}"
    )
    yield from _winner(ranking[0], yardstick)
    quickest = next((each for each in ranking if each.place_by_seconds == 1), ranking[0])
    if _is_clearly_quicker(quickest, ranking[0]):
        yield f"quickest by the clock: {next(_winner(quickest, yardstick))}"
    for standing in ranking:
        if standing.result.status is Phase.DIVERGED:
            yield f"warning: {standing.entry.name}: {standing.result.warnings[-1]}"
    everyones = set.intersection(*(set(standing.result.warnings) for standing in ranking))
    yield from (f"warning: {warning}" for warning in ranking[0].result.warnings if warning in everyones)


def _is_clearly_quicker(one: Standing, other: Standing) -> bool:
    """Whether the clock tells two racers apart that came equally near."""
    for here, there in zip(reversed(one.reached), reversed(other.reached), strict=True):
        if here is not None and there is not None:
            return here.seconds < _CLEARLY * there.seconds
    return False


def _winner(standing: Standing, yardstick: Yardstick) -> Iterator[str]:
    """Say in one line how the racer came near the least cost; nothing of one that diverged."""
    if standing.place_by_epochs is None:
        return
    least = "least squares" if yardstick.is_exact else "the best cost"
    for name, reached in reversed(list(zip(_NAMES, standing.reached, strict=True))):
        if reached is not None:
            yield (
                f"{standing.entry.name}: within {name} of {least} after {reached.epochs:,} epochs, "
                f"{_milliseconds(reached)} ms"
            )
            return
    excess = "" if standing.excess_cost is None else f", {100 * standing.excess_cost:.3g} % above {least}"
    yield f"{standing.entry.name}: cost {standing.result.cost:.6g}{excess}"


TableColumn = tuple[str, list[str]]
"""Its name and its cells."""


def _choices(ranking: Sequence[Standing]) -> Iterator[TableColumn]:
    """Yield the place, and what sets the racers apart."""
    recipes = [standing.entry.recipe for standing in ranking]
    yield "place", [_whole(standing.place_by_epochs) for standing in ranking]
    yield "optimizer", [recipe.optimizer for recipe in recipes]
    yield "rate", [f"{standing.result.learning_rate:.4g}" for standing in ranking]
    if any(recipe.options for recipe in recipes):
        yield "options", [option_text(recipe.options) for recipe in recipes]
    for name in ("batch_size", "init", "seed"):
        values = [getattr(recipe, name) for recipe in recipes]
        if any(value != values[0] for value in values):
            cells = ["full" if value is None else str(value) for value in values]
            yield name.replace("_size", ""), cells


def _figures(ranking: Sequence[Standing]) -> Iterator[TableColumn]:
    for name, reached in zip(_NAMES, zip(*(standing.reached for standing in ranking), strict=True), strict=True):
        yield f"to {name}", [_NOTHING if each is None else f"{each.epochs:,}" for each in reached]
        yield f"ms to {name}", [_NOTHING if each is None else _milliseconds(each) for each in reached]
    yield "by time", [_whole(standing.place_by_seconds) for standing in ranking]
    yield "cost", [f"{standing.result.cost:.6g}" for standing in ranking]
    yield "excess", [_excess(standing.excess_cost) for standing in ranking]
    yield "status", [standing.result.status.value for standing in ranking]
    yield "engine", [standing.result.engine for standing in ranking]


def _whole(number: int | None) -> str:
    return _NOTHING if number is None else f"{number:,}"


def _excess(number: float | None) -> str:
    """Write the part that a cost is above the least."""
    if number is None:
        return _NOTHING
    return f"{number:.1e}" if number else "0"


def _milliseconds(reached: Reached) -> str:
    return f"{1000 * reached.seconds:,.2f}"


def _record(standing: Standing, yardstick: Yardstick) -> dict[str, Any]:
    """Return places, choices and ways, as programs read them."""
    recipe = standing.entry.recipe
    record: dict[str, Any] = {
        "place_by_epochs": standing.place_by_epochs,
        "place_by_seconds": standing.place_by_seconds,
        "name": standing.entry.name,
        "optimizer": recipe.optimizer,
        "learning_rate": standing.result.learning_rate,
        "options": dict(recipe.options),
        "batch_size": recipe.batch_size,
        "init": recipe.init,
        "seed": recipe.seed,
    }
    for name, reached in zip(_NAMES, standing.reached, strict=True):
        record[f"epochs_to_{name}"] = None if reached is None else reached.epochs
        record[f"seconds_to_{name}"] = None if reached is None else reached.seconds
    return record | {"compared_with": "least squares" if yardstick.is_exact else "best reached"}


def _flat(standing: Standing, yardstick: Yardstick) -> dict[str, Any]:
    result = {name: getattr(standing.result, name) for name in _RECORDED} | {"excess_cost": standing.excess_cost}
    record = _record(standing, yardstick) | result
    return record | {"options": option_text(standing.entry.recipe.options)}
