"""What the plain command says on standard error: what runs, and what it came to."""

from collections.abc import Iterator, Sequence
from math import isfinite, isinf
from pathlib import Path
from typing import TYPE_CHECKING

from linreg.cli.printing.tables import cell_width, padded_to
from linreg.export.column_names import BIAS, COST, weight_columns
from linreg.phase import Phase
from linreg.statistics.distance import MATTERS, NEAR, to_go
from linreg.statistics.figures import aligned as points_aligned
from linreg.statistics.figures import by_error
from linreg.statistics.held_out import r2_words
from linreg.text import safe
from linreg.training.advice import epochs_that_do, epochs_that_matter, has_waited
from linreg.training.length import reason_for

if TYPE_CHECKING:
    from linreg.numerics.minima.minimum import Minimum
    from linreg.training.result import Result
    from linreg.training.trainer import Trainer

_ROUNDING = 1e-14
LONGEST_LIST = 12
"""Parameters named in the summary; the rest are counted."""


def introduction(trainer: "Trainer") -> str:
    """Say what runs, where, on which engine and why."""
    problem = trainer.problem
    recipe, limit = problem.recipe, problem.largest_stable_learning_rate
    rows = "row" if problem.n_samples == 1 else "rows"
    columns = "feature" if len(problem.features) == 1 else "features"
    held_out = "" if problem.held_out is None else f" ({problem.held_out.words})"
    dropped = f" ({problem.n_dropped:,} dropped: a cell was missing)" if problem.n_dropped else ""
    stable = "" if limit is None else f" (largest stable {limit:.3g})"
    length = f"\nepochs 0 to {problem.last_epoch:,}: {reason_for(problem)}" if recipe.epochs == "auto" else ""
    return (
        f"{safe(Path(recipe.data).name)}: {problem.n_samples:,} {rows}{dropped}{held_out} × "
        f"{len(problem.features):,} {columns}, "
        f"{safe(recipe.optimizer)}, learning rate {trainer.engine.learning_rate:.3g}{stable}, {trainer.device}\n"
        f"engine {problem.choice.name}: {problem.choice.reason}{length}"
    )


def summary(trainer: "Trainer", result: "Result") -> Iterator[str]:
    """Say what the run came to: each parameter beside its least-squares value, the cost, the warnings."""
    n_epochs = 0 if result.epoch is None else result.epoch + 1
    pace = f", {n_epochs / result.seconds:,.0f} epochs/s" if result.seconds > 0 and not trainer.jumps else ""
    yield f"{result.status}: {result.reason}, {result.seconds:.3g} s{pace}"
    names, answer = list(result.w), result.least_squares
    shown = names if len(names) <= LONGEST_LIST else names[: LONGEST_LIST - 1]
    has_bias = result.b is not None
    labels = [*map(safe, weight_columns(shown, has_bias)), *([BIAS] if has_bias else []), COST]
    now = [*(result.w[name] for name in shown), *([] if result.b is None else [result.b]), result.cost]
    columns = [["", *labels], ["now", *aligned(now)]]
    least = result.minimum
    if answer is not None and least is None:
        exact = [*answer.w[: len(shown)], *([] if result.b is None else [answer.b]), answer.cost]
        exact = [
            0.0 if abs(number) < noise else number for number, noise in zip(exact, _noise(trainer, exact), strict=True)
        ]
        columns += [["least squares", *aligned(exact)]]
        errors = answer.telling_errors
        if errors is not None:
            shown_errors = [*errors[: len(shown)], *([errors[-1]] if has_bias else [])]
            columns += [["standard error", *points_aligned([by_error(error, error) for error in shown_errors]), ""]]
        columns += [["to go", *aligned(_differences(exact, now))]]
    if least is not None:
        fits = [
            [*fit.w[: len(shown)], *([fit.b] if has_bias else []), fit.cost] for fit in (least, least.least_squares)
        ]
        columns += [[least.name, *aligned(fits[0])], ["to go", *aligned(_differences(fits[0], now))]]
        columns += [["least squares", *aligned(fits[1])]]
    yield from _side_by_side(columns)
    if len(names) > len(shown):
        yield f"  (and {len(names) - len(shown):,} more weights: --format json has them all)"
    if least is not None:
        yield f"{least.name}: {_meaning(least)}"
    worth = [r2_words(result.r2)] if result.r2 is not None and isfinite(result.r2) else []
    if result.standard_errors_to_go is not None and result.status is not Phase.DIVERGED:
        away = result.standard_errors_to_go
        until = None if has_waited(trainer) else epochs_that_matter(trainer)
        enough = epochs_that_do(trainer) if NEAR < away <= MATTERS else None
        worth.append(to_go(away, until) + (f" (within {NEAR:g} at --epochs {enough})" if enough is not None else ""))
    if worth:
        yield ", ".join(worth)
    if result.held_out is not None:
        yield result.held_out.words(result.rmse)
    if result.best is not None:
        yield result.best.words(is_kept=result.is_best)
    for warning in result.warnings:
        yield f"warning: {warning}"


def _meaning(least: "Minimum") -> str:
    """Say of what the exact answer is least, where it is not least squares."""
    if least.weight_decay:
        return (
            f"weight decay leads there, where the cost + ½ · {least.weight_decay:g} · ‖parameters as trained‖² is least"
        )
    return f"where {least.criterion} is least" + ("" if least.is_unique else "; others cost as little")


def aligned(numbers: Sequence[float]) -> list[str]:
    """Format numbers with seven significant digits and their points in one column."""
    return points_aligned([f"{number:.7g}" for number in numbers])


def _differences(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Subtract number by number; what is left of two that are the same but for their last digits is 0."""
    pairs = zip(one, other, strict=True)
    return [a - b if isinf(b) or abs(a - b) > _ROUNDING * max(abs(a), abs(b)) else 0.0 for a, b in pairs]


def _noise(trainer: "Trainer", numbers: Sequence[float]) -> list[float]:
    """Return the size below which a least-squares parameter is only the rounding of its sums; 0 for the cost."""
    moments = trainer.problem.moments
    if moments is None:
        return [0.0] * len(numbers)
    *features, target = moments.reach.tolist()
    sizes = [*(target / reach if reach > 0 else 0.0 for reach in features[: len(numbers) - 1]), target]
    return [*(1e-14 * size for size in sizes[: len(numbers) - 1]), 0.0]


def _side_by_side(columns: list[list[str]]) -> Iterator[str]:
    widths = [max(map(cell_width, column)) for column in columns]
    for label, *cells in zip(*columns, strict=True):
        line = "  ".join(
            padded_to(width, cell, flush_right=True) for cell, width in zip(cells, widths[1:], strict=True)
        )
        yield f"  {padded_to(widths[0], label, flush_right=False)}  {line}".rstrip()
