"""What the last step did, for the student: the rule, the numbers in it, and one sentence on why."""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Vector
from linreg.export.column_names import BIAS, weight_columns
from linreg.phase import Phase
from linreg.text import safe
from linreg.training.facts import Facts
from linreg_tui.monitor.panels.adaptive_rule import adaptive_rule
from linreg_tui.monitor.panels.descent_words import of_descent, of_effect, of_momentum
from linreg_tui.monitor.panels.optimizer_words import words_on
from linreg_tui.monitor.panels.update_rule import DIGITS, Formula, Step, last_step, rule_of, sgd_of
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, significant, told_apart


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
    shown
        The indices of these parameters.
    """

    heading: str
    formulas: tuple[Formula, ...]
    note: str
    sentence: str
    shown: tuple[int, ...] = ()


def explain(view: View, n_lines: int, digits: int = DIGITS, shown: tuple[int, ...] = ()) -> Explanation:
    """Explain the last step, or where it is not known the one to come, in at most `n_lines` formulas.

    Of parameters that are `shown` already as many stay as there is room for: whoever steps compares.
    """
    step, names = last_step(view), parameter_names(view.facts)
    if step is None:
        return Explanation("", (), "", _sentence(view, None))
    rule = adaptive_rule(view, step, digits) or rule_of(view.facts, step, digits)
    chosen = _chosen(step.change, max(1, n_lines // rule.lines_each), shown)
    formulas = [formula for index in chosen for formula in rule.formulas(names[index], index)]
    if not formulas:
        return Explanation("", (), "", _sentence(view, step))
    heading = rule.symbols if view.state.before is not None else f"to come:  {rule.symbols}"
    sentence = _sentence(view, step)
    if view.facts.script is not None:
        sentence = sentence.replace("epoch", view.state.unit)
    note = _note(view.facts, len(chosen), len(names), is_largest=not shown)
    return Explanation(heading, tuple(formulas), note, sentence, tuple(chosen))


def parameter_names(facts: Facts) -> tuple[str, ...]:
    """Name every parameter as it is shown, safe: the lecture's w where there is one weight, b last."""
    names = tuple(map(safe, weight_columns(facts.weight_names, facts.has_bias)))
    if facts.is_linear and len(names) == 1:
        names = ("w",)
    return (*names, BIAS) if facts.has_bias else names


def _chosen(change: Vector, n: int, shown: tuple[int, ...]) -> list[int]:
    """Choose the parameters that are shown already, then those that changed most; what is no number comes first."""
    size = np.where(np.isfinite(change), np.abs(change), np.inf)
    by_size = np.argsort(-size, kind="stable").tolist()
    return sorted([*shown, *(index for index in by_size if index not in shown)][: max(0, n)])


def _note(facts: Facts, n_shown: int, n_parameters: int, *, is_largest: bool) -> str:
    parts = []
    if n_shown < n_parameters:
        of = f"{count(n_shown)} of {count(n_parameters)}"
        parts.append(f"the largest {of} steps" if is_largest else f"{of} parameters")
    if facts.is_linear and facts.recipe.standardize:
        parts.append("as trained (standardised)")
    return ", ".join(parts)


def _sentence(view: View, step: Step | None) -> str:
    parts = ["Space runs, n takes one step."] if not view.has_run and view.state.phase is Phase.PAUSED else []
    facts, sgd, is_first = view.facts, sgd_of(view.facts), view.state.epoch <= 0
    if step is None:
        parts.append(words_on(facts.recipe.optimizer))
    elif sgd is None or facts.quadratic is None:
        parts += [of_effect(facts.quadratic, step, _unit(facts)), _of_batches(facts)]
        parts += [words_on(facts.recipe.optimizer), _of_size(step, facts)]
    elif sgd.momentum or sgd.weight_decay:
        parts.append(of_momentum(facts.quadratic, step, sgd, facts.largest_stable_learning_rate, is_first=is_first))
    else:
        parts.append(of_descent(facts.quadratic, step.before, step.learning_rate))
    if step is not None and view.has_run and view.state.learning_rate != step.learning_rate:
        parts.append(_of_new_rate(view))
    return " ".join(part for part in parts if part)


def _unit(facts: Facts) -> str:
    """Name what the state tells the effect of: where an epoch takes many steps, that is not a step."""
    takes_many = facts.recipe.batch_size is not None or facts.recipe.optimizer.lower() == "lbfgs"
    return "epoch" if takes_many else "step"


def _of_size(step: Step, facts: Facts) -> str:
    """Say how far the step went, beside the learning rate; of one that is SGD's, the gradient says that."""
    rate = step.learning_rate
    if not (np.isfinite(rate) and rate > 0) or _unit(facts) != "step" or facts.recipe.optimizer.lower() == "sgd":
        return ""
    largest = float(np.abs(step.change).max(initial=0.0)) / rate
    return f"The largest change of a parameter is {significant(largest, 2)} η." if np.isfinite(largest) else ""


def _of_batches(facts: Facts) -> str:
    size = facts.recipe.batch_size
    if size is None:
        return ""
    return f"An epoch is {count(-(-facts.n_samples // size))} steps, each on {count(min(size, facts.n_samples))} rows."


def _of_new_rate(view: View) -> str:
    rate, share = significant(view.state.learning_rate), view.share_of_limit
    if share is not None and share > 1:
        return f"The next step's rate is {rate}, {told_apart(share, 1)} times the stable limit."
    return f"The next step's rate is {rate}."
