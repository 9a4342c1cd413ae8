"""What stands around a step where there is room: the cost, what each direction makes of it, the gradient from the rows.

Each is shown only where it is true of the step at hand, and worked out from the same numbers as the step.
"""

from collections.abc import Iterator

import numpy as np

from linreg.arrays import Vector
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.step.explanation import Explanation, told_of
from linreg_tui.monitor.step.update_rule import DIGITS, Descent, Formula, decimals_of, signed, written
from linreg_tui.text.numbers import count, part, significant, told_apart

MOST_ROWS = 6
"""Rows whose sum is written out."""
_OF_GRADIENT, _OF_COST, _OF_EXCESS, _OF_DIRECTION = 5, 6, 7, 8
"""The groups of these lines."""
_NONE = 1e-6
"""A part of the excess cost that is none; all but this is all."""
_NO_ROOM: tuple[Formula, ...] = ()


def of_cost(explanation: Explanation, n_lines: int) -> tuple[Formula, ...]:
    """Write what became of the cost and, on a second line, of the part of it that is above least squares."""
    step, quadratic = explanation.step, explanation.facts.quadratic
    if step is None or quadratic is None:
        return _NO_ROOM
    was, now = (float(quadratic.excess(parameters)) for parameters in (step.before, step.after))
    before, after = quadratic.floor + was, quadratic.floor + now
    if not np.isfinite([before, after]).all():
        return _NO_ROOM
    decimals, change = decimals_of(before, after, DIGITS), now - was
    change = 0.0 if abs(change) <= quadratic.rounding else change
    one, other = (written(each, decimals, DIGITS) for each in (before, after))
    terms = (one, f"+ ({signed(change, decimals)})", "=", other, f"after the {told_of(explanation.facts)}")
    lines = [Formula("cost", terms, _OF_COST)]
    if min(was, now) > quadratic.rounding and quadratic.floor >= quadratic.reference:
        factor = told_apart(now / was, 1, 4)
        one, other = _two_apart(100 * was / quadratic.reference, 100 * now / quadratic.reference)
        lines.append(Formula("excess", (f"{one} %", f"× {factor}", "=", f"{other} %", "of least squares"), _OF_EXCESS))
    return tuple(lines[: max(0, n_lines)])


def _two_apart(one: float, other: float) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart."""
    pairs = ((significant(one, digits), significant(other, digits)) for digits in range(4, 9))
    return next((pair for pair in pairs if pair[0] != pair[1]), (significant(one), significant(other)))


def of_directions(explanation: Explanation, n_lines: int) -> tuple[Formula, ...]:
    """Write by what plain gradient descent multiplies the error along each direction of curvature, the steepest first.

    Of many, the steepest and the flattest stay, and between them those that make up most of the excess cost.
    """
    step, quadratic = explanation.step, explanation.facts.quadratic
    if step is None or quadratic is None or not isinstance(explanation.rule, Descent):
        return _NO_ROOM
    with np.errstate(all="ignore"):
        excesses = 0.5 * quadratic.eigenvalues * np.square(quadratic.error(step.before))
        shares = excesses / excesses.sum()
    curved = np.flatnonzero(quadratic.eigenvalues > 0)[::-1]
    if not np.isfinite(shares).all() or n_lines < min(2, len(curved)):
        return _NO_ROOM
    between = curved[1:-1]
    chosen = {*curved[[0, -1]], *between[np.argsort(-shares[between], kind="stable")[: n_lines - 2]]}
    return tuple(
        _of_direction(_rank(rank, len(curved)), float(quadratic.eigenvalues[at]), step.learning_rate, float(shares[at]))
        for rank, at in enumerate(curved)
        if at in chosen
    )


def _of_direction(name: str, curvature: float, rate: float, share: float) -> Formula:
    factor = told_apart(1 - rate * curvature, 1, 5)
    whole = float(round(share)) if min(share, 1 - share) < _NONE else share
    terms = (f"1 − {significant(rate, DIGITS)} ×", significant(curvature), "=", factor, "of its error left")
    return Formula(name, (*terms, f" {part(whole)}", "of excess"), _OF_DIRECTION)


def _rank(rank: int, n_directions: int) -> str:
    if n_directions == 1:
        return "curvature"
    if rank in (0, n_directions - 1):
        return "steepest" if rank == 0 else "flattest"
    ending = {1: "st", 2: "nd", 3: "rd"}.get((rank + 1) % 10 if rank not in (10, 11, 12) else 0, "th")
    return f"{count(rank + 1)}{ending} of {count(n_directions)}"


def of_rows(explanation: Explanation, n_lines: int, shown: tuple[int, ...]) -> tuple[Formula, ...]:
    """Write the gradient of parameters, those `shown`, as 2/n times the sum of (prediction − target) · x over the rows.

    All of them or none, and only of the mean squared error of a linear model on the rows as they are.
    """
    step, facts = explanation.step, explanation.facts
    X, y, n = facts.sample_X, facts.sample_y, facts.n_samples
    recipe = facts.recipe
    is_plain = facts.is_linear and recipe.criterion == "MSELoss" and not recipe.standardize and not recipe.batch_size
    if step is None or step.gradient is None or not is_plain or not 0 < n <= MOST_ROWS or len(y) != n:
        return _NO_ROOM
    inputs = np.column_stack([X, np.ones(n)]) if facts.has_bias else X
    with np.errstate(all="ignore"):
        residuals = inputs @ step.before - y
        terms = residuals[:, np.newaxis] * inputs
        missed, scale = np.abs(2 / n * terms.sum(axis=0) - step.gradient), np.abs(terms).sum(axis=0)
    if len(shown) > n_lines or not (np.isfinite(scale).all() and (missed <= 1e-6 * scale).all()):
        return _NO_ROOM
    names = parameter_names(facts)
    return tuple(
        Formula(f"∂cost/∂{names[at]}", tuple(_sum(residuals, inputs[:, at], float(step.gradient[at]))), _OF_GRADIENT)
        for at in shown
    )


def _sum(residuals: Vector, inputs: Vector, total: float) -> Iterator[str]:
    sign = f"2/{len(residuals)} × ["
    for residual, x in zip(residuals, inputs, strict=True):
        yield f"{sign} ({signed(float(residual), digits=4)}) × {significant(float(x))}".lstrip()
        sign = "+"
    yield from ("]", "=", signed(total))
