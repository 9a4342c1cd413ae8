"""What the last step did, for the student: the rule, the numbers in it, and one sentence on why.

The sentence comes from the errors along the Hessian's eigenvectors: plain gradient descent multiplies each of them by
1 − ηλ, and the one that makes up most of the excess cost tells the story.
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Vector
from linreg.export.column_names import BIAS, weight_columns
from linreg.numerics.curvature import Quadratic
from linreg.text import safe
from linreg.training.facts import Facts
from linreg_tui.monitor.panels.optimizer_words import words_on
from linreg_tui.monitor.panels.update_rule import DIGITS, Formula, Step, last_step, rule_of, sgd_of
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, percent, significant

DONE, CREEPING, ALIKE, OVER = 1e-6, 1e-3, 3.0, 0.01
"""An excess over least squares that is none; a part of the way left that is next to nothing; a ratio of curvatures not
worth telling apart; a part of the excess cost that is over and done with."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A step in words.

    Attributes
    ----------
    heading
        The rule in symbols.
    formulas
        The rule with numbers, for the parameters that changed most, in their order.
    note
        Which parameters, and in which units; may be empty.
    sentence
        What is happening.
    """

    heading: str
    formulas: tuple[Formula, ...]
    note: str
    sentence: str


def explain(view: View, n_lines: int, digits: int = DIGITS) -> Explanation:
    """Explain the last step, or where it is not known the one to come, in at most `n_lines` formulas."""
    step, names = last_step(view), parameter_names(view.facts)
    if step is None:
        return Explanation("", (), "", _sentence(view, None))
    rule = rule_of(view.facts, step, digits)
    chosen = _largest(step.change, max(1, n_lines // rule.lines_each))
    formulas = [formula for index in chosen for formula in rule.formulas(names[index], index)]
    if not formulas:
        return Explanation("", (), "", _sentence(view, step))
    heading = rule.symbols if view.state.before is not None else f"to come:  {rule.symbols}"
    sentence = _sentence(view, step)
    if view.facts.script is not None:
        sentence = sentence.replace("epoch", view.state.unit)
    return Explanation(heading, tuple(formulas), _note(view.facts, len(chosen), len(names)), sentence)


def parameter_names(facts: Facts) -> tuple[str, ...]:
    """Name every parameter as it is shown, safe: the lecture's w where there is one weight, b last."""
    names = tuple(map(safe, weight_columns(facts.weight_names, facts.has_bias)))
    if facts.is_linear and len(names) == 1:
        names = ("w",)
    return (*names, BIAS) if facts.has_bias else names


def _largest(change: Vector, n: int) -> list[int]:
    """Choose the parameters that changed most; what is no number comes first."""
    size = np.where(np.isfinite(change), np.abs(change), np.inf)
    return sorted(np.argsort(-size, kind="stable")[: max(0, n)].tolist())


def _note(facts: Facts, n_shown: int, n_parameters: int) -> str:
    parts = []
    if n_shown < n_parameters:
        parts.append(f"the largest {count(n_shown)} of {count(n_parameters)} steps")
    if facts.is_linear and facts.recipe.standardize:
        parts.append("as trained (standardised)")
    return ", ".join(parts)


def _sentence(view: View, step: Step | None) -> str:
    parts = [] if view.has_run else ["Space runs, n takes one step."]
    facts, sgd = view.facts, sgd_of(view.facts)
    if step is None:
        parts.append(words_on(facts.recipe.optimizer, view.state.learning_rate))
    elif sgd is None or facts.quadratic is None:
        parts += [_effect(facts.quadratic, step), _of_batches(facts)]
        parts.append(words_on(facts.recipe.optimizer, step.learning_rate))
    elif sgd.momentum or sgd.weight_decay:
        limit = facts.largest_stable_learning_rate
        parts.append(of_momentum(facts.quadratic, step, float(sgd.momentum), sgd.weight_decay, limit))
    else:
        parts.append(of_descent(facts.quadratic, step.before, step.learning_rate))
    if step is not None and view.has_run and view.state.learning_rate != step.learning_rate:
        parts.append(_of_new_rate(view))
    return " ".join(part for part in parts if part)


def of_descent(quadratic: Quadratic, before: Vector, learning_rate: float) -> str:
    """Say what one step of plain gradient descent from `before`, ``(n_parameters,)``, does."""
    with np.errstate(all="ignore"):
        factors = 1 - learning_rate * quadratic.eigenvalues
        shares = 0.5 * quadratic.eigenvalues * np.square(quadratic.error(before))
        excess, later = float(shares.sum()), float((shares * np.square(factors)).sum())
    if excess <= DONE * quadratic.reference:
        return _of_arrival(quadratic, excess)
    steepest = float(factors[-1])
    if steepest < -1:
        return _of_growth(learning_rate * float(quadratic.eigenvalues[-1]) / 2, excess, later, steepest)
    leading = int(shares.argmax())
    return _of_leader(quadratic.eigenvalues, shares, leading, float(factors[leading]))


def of_momentum(quadratic: Quadratic, step: Step, momentum: float, weight_decay: float, limit: float | None) -> str:
    """Say what a step with momentum or weight decay did to the cost."""
    if limit is not None and step.learning_rate > limit:
        times = f"{significant(step.learning_rate / limit, 3)} times" if limit > 0 else "above"
        return f"The step is {times} the stable limit: in the long run the cost grows. {_effect(quadratic, step)}"
    parts = [_effect(quadratic, step)]
    if momentum:
        parts.append(f"{percent(momentum)} of the last step is carried on, so that it runs along the valley.")
    if weight_decay:
        parts.append(
            f"Weight decay {significant(weight_decay)} pulls every parameter towards 0, away from least squares."
        )
    return " ".join(part for part in parts if part)


def _of_arrival(quadratic: Quadratic, excess: float) -> str:
    if excess == 0:
        return "This is least squares: the gradient is 0, and nothing moves any more."
    costs_nothing = quadratic.floor < quadratic.reference
    above = significant(excess, 2) if costs_nothing else percent(excess / quadratic.reference)
    return f"Least squares is reached: the cost is {above} above it, and the steps are next to nothing."


def _of_growth(share: float, excess: float, later: float, steepest: float) -> str:
    """Speak of a rate above the limit. Once the cost grows it never falls again: it is convex in the epochs."""
    start = f"The step is {significant(share, 3)} times the stable limit:"
    growth = later / excess if np.isfinite(later) and np.isfinite(excess) else steepest * steepest
    if growth == np.inf:
        return f"{start} the cost grows beyond every number in this epoch."
    if growth > 1:
        return f"{start} the cost grows each epoch, its excess {significant(growth, 3)}-fold in this one."
    return (
        f"{start} the cost still falls, but along the steepest direction the error grows "
        f"{significant(-steepest, 3)}-fold each epoch."
    )


def _of_leader(curvature: Vector, shares: Vector, leading: int, factor: float) -> str:
    """Speak of the direction that makes up most of the excess cost."""
    steeper = curvature >= ALIKE * curvature[leading]
    flatter = (curvature * ALIKE <= curvature[leading]) & (shares > 0)
    if factor < 0:
        where = "Along the steep direction it" if flatter.any() else "It"
        return f"{where} jumps from side to side: each step multiplies the error by {significant(factor, 2)}."
    covered = percent(1 - factor)
    if 1 - factor < CREEPING:
        return f"The next steps barely move: {covered} of the way left is covered per epoch."
    if steeper.any():
        over = float(shares[steeper].sum()) < OVER * float(shares.sum())
        done = "the steep direction is done" if over else "the steep direction is nearly done"
        return f"Downhill along the flat valley: {done}. Each step covers {covered} of the way left."
    if flatter.any():
        return f"Down the steep direction: each step covers {covered} of the way left. The flat valley comes later."
    return f"Downhill: each step covers {covered} of the way left."


def _effect(quadratic: Quadratic | None, step: Step) -> str:
    """Say how the excess cost changed; nothing where it is not known."""
    if quadratic is None:
        return ""
    was, now = (float(quadratic.excess(parameters)) for parameters in (step.before, step.after))
    if not (np.isfinite(was) and np.isfinite(now)):
        return ""
    if now <= DONE * quadratic.reference:
        return _of_arrival(quadratic, now)
    if was == now:
        return ""
    if now > was:
        return f"The step overshot: what is left to least squares is {significant(now / was, 3)} times as much."
    return f"The step took {percent((was - now) / was)} off what was left to least squares."


def _of_batches(facts: Facts) -> str:
    size = facts.recipe.batch_size
    if size is None:
        return ""
    return f"An epoch is {count(-(-facts.n_samples // size))} steps, each on {count(min(size, facts.n_samples))} rows."


def _of_new_rate(view: View) -> str:
    rate, share = significant(view.state.learning_rate), view.share_of_limit
    if share is not None and share > 1:
        return f"The next step's rate is {rate}, {significant(share, 3)} times the stable limit."
    return f"The next step's rate is {rate}."
