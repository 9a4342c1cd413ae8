"""What a step of gradient descent on a squared error does, in sentences that the numbers bear out.

Along each eigenvector of the Hessian a step of plain gradient descent multiplies the error by 1 − ηλ, whatever the
others do. The direction that makes up most of the excess cost tells the story; the steepest one is told of as well
where it swings, and is not done. Momentum and weight decay mix the steps, so that of these only what the step did to
the cost is said. A number has so many digits that it is not taken for the bound that it is near to.
"""

import numpy as np

from linreg.arrays import Vector
from linreg.numerics.curvature import Quadratic
from linreg.optim.sgd import SgdArguments
from linreg_tui.monitor.step.update_rule import Step
from linreg_tui.text.numbers import part, percent, significant, told_apart

DONE, CREEPING, ALIKE, OVER = 1e-6, 1e-3, 3.0, 0.01
"""An excess over least squares that is none; a part of the way left that is next to nothing; a ratio of curvatures not
worth telling apart; a part of the excess cost that is over and done with."""
ARRIVING, SWINGING = 0.05, -0.5
"""A factor of the error that leaves next to nothing of it; one with which a direction swings for long."""
AT_REST, ROUNDING = 1e-9, 1e-11
"""A change, beside the parameters, that is none; a factor, and a part of a cost, that rounding may make up."""


def of_descent(quadratic: Quadratic, before: Vector, learning_rate: float) -> str:
    """Say what one step of plain gradient descent from `before`, ``(n_parameters,)``, does."""
    with np.errstate(all="ignore"):
        factors = 1 - learning_rate * quadratic.eigenvalues
        excesses = 0.5 * quadratic.eigenvalues * np.square(quadratic.error(before))
        excess, later = float(excesses.sum()), float((excesses * np.square(factors)).sum())
    share_of_limit = learning_rate * float(quadratic.eigenvalues[-1]) / 2
    if excess <= DONE * quadratic.reference:
        beyond = f" {_above_the_limit(share_of_limit)}." if factors[-1] < -1 else ""
        return of_arrival(quadratic, excess) + beyond
    if not np.isfinite(excess) and factors[-1] >= -1:
        return "The cost is beyond every number."
    if factors[-1] < -1:
        return _of_growth(share_of_limit, excess, later, float(factors[-1]))
    leading = int(excesses.argmax())
    said = _of_leader(quadratic.eigenvalues, excesses, leading, factors)
    if leading < len(factors) - 1 and factors[-1] < SWINGING and excesses[-1] > DONE * quadratic.reference:
        swing = told_apart(float(factors[-1]), -1, 2)
        said += f" The steepest direction swings meanwhile: each step multiplies its error by {swing}."
    return said


def of_momentum(quadratic: Quadratic, step: Step, sgd: SgdArguments, limit: float | None, *, is_first: bool) -> str:
    """Say what a step with momentum or weight decay did to the cost."""
    parts = []
    if limit == 0:
        parts.append("With a momentum of 1 or more no learning rate is stable.")
    elif limit is not None and step.learning_rate > limit:
        parts.append(f"{_above_the_limit(step.learning_rate / limit)}: in the long run the cost grows.")
    parts.append(of_effect(quadratic, step))
    if sgd.momentum and not is_first:
        parts.append(f"{part(float(sgd.momentum))} of the velocity is carried on.")
    if sgd.weight_decay:
        parts.append(_of_decay(step, sgd.weight_decay))
    return " ".join(filter(None, parts))


def of_effect(quadratic: Quadratic | None, step: Step, what: str = "step") -> str:
    """Say how the excess cost changed in a step, or in an epoch of many; nothing where it is not known."""
    if quadratic is None:
        return ""
    was, now = (float(quadratic.excess(parameters)) for parameters in (step.before, step.after))
    if not (np.isfinite(was) and np.isfinite(now)):
        return ""
    if now <= DONE * quadratic.reference:
        return of_arrival(quadratic, now, is_at_rest=was == 0)
    if abs(now - was) <= ROUNDING * was:
        return ""
    if now > was:
        if not (was > 0 and np.isfinite(now / was)):
            return f"After this {what} the cost is above least squares again."
        return f"After this {what} the cost is {told_apart(now / was, 1)} times as far above least squares."
    return f"This {what} took {part((was - now) / was)} off what was left to least squares."


def of_arrival(quadratic: Quadratic, excess: float, *, is_at_rest: bool = True) -> str:
    """Say that least squares is reached; `is_at_rest`: it was before this step, too."""
    if excess == 0 and is_at_rest:
        return "This is least squares: the gradient is 0."
    if excess <= quadratic.rounding:
        return "This is least squares, to the last digit of the cost."
    costs_nothing = quadratic.floor < quadratic.reference
    above = significant(excess, 2) if costs_nothing else percent(excess / quadratic.reference)
    return f"Least squares is reached: the cost is {above} above it."


def _above_the_limit(share: float) -> str:
    return f"The learning rate is {told_apart(share, 1)} times the stable limit"


def _of_growth(share: float, excess: float, later: float, steepest: float) -> str:
    """Speak of a rate above the limit. Once the cost grows it never falls again: it is convex in the epochs."""
    start = f"{_above_the_limit(share)}:"
    growth = later / excess if np.isfinite(later) and np.isfinite(excess) else steepest * steepest
    if growth == np.inf:
        return f"{start} the cost grows beyond every number in this epoch."
    if growth > 1:
        return f"{start} the cost grows each epoch, its excess {told_apart(growth, 1)}-fold in this one."
    return (
        f"{start} the cost still falls, but along the steepest direction the error grows "
        f"{told_apart(-steepest, 1)}-fold each epoch."
    )


def _of_leader(curvature: Vector, excesses: Vector, leading: int, factors: Vector) -> str:
    """Speak of the direction that makes up most of the excess cost."""
    factor = float(factors[leading])
    steeper = curvature >= ALIKE * curvature[leading]
    flatter = (curvature * ALIKE <= curvature[leading]) & (excesses > 0)
    if steeper.any():
        rest = float(excesses[steeper].sum() / excesses.sum())
        left = "is done" if rest < OVER else f"makes up {part(rest)} of the excess cost"
        return f"Downhill along the flat valley: the steep direction {left}. {_pace(factor)}"
    if not flatter.any():
        return _after("Downhill", factor) if factor > ARRIVING else _pace(factor)
    later = bool((np.abs(factors[flatter]) > abs(factor)).any())
    return _after("Down the steep direction", factor) + " The flat valley comes later." * later


def _after(where: str, factor: float) -> str:
    pace = _pace(factor)
    return f"{where}: {pace[0].lower()}{pace[1:]}"


def _pace(factor: float) -> str:
    """Say what a step does to the error along one direction, by the factor that it is multiplied by."""
    if factor < -ARRIVING:
        return f"It jumps from side to side: each step multiplies the error by {told_apart(factor, -1, 2)}."
    if abs(factor) <= ROUNDING:
        return "Each step goes all of the way."
    if abs(factor) <= ARRIVING:
        return f"Each step leaves {percent(abs(factor))} of the way."
    if 1 - factor < CREEPING:
        return f"The steps barely move: each covers {percent(1 - factor)} of the way left."
    return f"Each step covers {part(1 - factor)} of the way left."


def _of_decay(step: Step, weight_decay: float) -> str:
    """Say what weight decay does: at rest its pull and the gradient are equal, and opposite."""
    pull = weight_decay * step.before
    with np.errstate(all="ignore"):
        is_at_rest = bool((np.abs(step.change) <= AT_REST * np.abs(step.after).max(initial=0.0)).all())
        balance = step.gradient is not None and np.abs(step.gradient + pull).max() <= 1e-6 * np.abs(pull).max()
    if is_at_rest and balance:
        return f"At rest: the pull of weight decay {significant(weight_decay)} and the gradient balance."
    return f"Weight decay {significant(weight_decay)} pulls every parameter towards 0."
