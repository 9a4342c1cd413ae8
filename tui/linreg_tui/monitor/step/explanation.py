"""What the last step did, for the student: the rule, the numbers in it, and one sentence on why.

What a moment says is worked out once; it is then written in as many lines, and with as many digits, as there is room.
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Vector
from linreg.phase import Phase
from linreg.training.facts import Facts
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.step.adaptive_rule import adaptive_rule
from linreg_tui.monitor.step.descent_words import of_descent, of_effect, of_momentum
from linreg_tui.monitor.step.optimizer_words import words_on
from linreg_tui.monitor.step.update_rule import DIGITS, Formula, Rule, Step, last_step, rule_of, sgd_of
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import count, significant, told_apart


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The rule with numbers.

    Attributes
    ----------
    formulas
        Those of the parameters that changed most, in their order.
    note
        Which parameters, and in which units; may be empty.
    shown
        The indices of these parameters.
    """

    formulas: tuple[Formula, ...] = ()
    note: str = ""
    shown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A step in words.

    Attributes
    ----------
    heading
        The rule in symbols; empty where there is no step to write.
    sentence
        What is happening.
    brief
        The same without what holds for every step of such an optimizer.
    step, rule
        The step, None where it is not known, and how it is written.
    """

    facts: Facts
    heading: str
    sentence: str
    brief: str
    step: Step | None
    rule: Rule | None

    def arithmetic(self, n_lines: int, digits: int = DIGITS, shown: tuple[int, ...] = ()) -> Arithmetic:
        """Fill in the numbers, in at most `n_lines` formulas, but those of one parameter.

        Of parameters that are `shown` already as many stay as there is room for: whoever steps compares.
        """
        if self.step is None or self.rule is None:
            return Arithmetic()
        names = parameter_names(self.facts)
        chosen = _chosen(self.step.change, max(1, n_lines // self.rule.lines_each), shown)
        formulas = [formula for index in chosen for formula in self.rule.formulas(names[index], index, digits)]
        note = _note(self.facts, len(chosen), len(names), is_largest=not shown)
        return Arithmetic(tuple(formulas), note, tuple(chosen))


def explain(view: View) -> Explanation:
    """Explain the last step, or where it is not known the one to come."""
    step = last_step(view)
    sentence, brief = _sentences(view, step)
    if step is None or not len(step.change):
        return Explanation(view.facts, "", sentence, brief, None, None)
    rule = adaptive_rule(view, step) or rule_of(view.facts, step)
    heading = rule.symbols if view.state.before is not None else f"to come:  {rule.symbols}"
    if view.facts.script is not None:
        sentence, brief = (words.replace("epoch", view.state.unit) for words in (sentence, brief))
    return Explanation(view.facts, heading, sentence, brief, step, rule)


def _chosen(change: Vector, n: int, shown: tuple[int, ...]) -> list[int]:
    """Choose the parameters that are shown already, then those that changed most; what is no number comes first."""
    size = np.where(np.isfinite(change), np.abs(change), np.inf)
    by_size = np.argsort(-size, kind="stable")[: n + len(shown)].tolist()
    return sorted([*shown, *(index for index in by_size if index not in shown)][: max(0, n)])


def _note(facts: Facts, n_shown: int, n_parameters: int, *, is_largest: bool) -> str:
    parts = []
    if n_shown < n_parameters:
        of = f"{count(n_shown)} of {count(n_parameters)}"
        parts.append(f"the largest {of} steps" if is_largest else f"{of} parameters")
    if facts.is_linear and facts.recipe.standardize:
        parts.append("as trained (standardised)")
    return ", ".join(parts)


def _sentences(view: View, step: Step | None) -> tuple[str, str]:
    """Say what happens, and the same in brief."""
    begins = ["Space runs, n takes one step."] if not view.has_run and view.state.phase is Phase.PAUSED else []
    facts, sgd, is_first = view.facts, sgd_of(view.facts), view.state.epoch <= 0
    happens, about = [""], [words_on(facts.recipe.optimizer)]
    if step is not None and (sgd is None or facts.quadratic is None):
        happens = [of_effect(facts.quadratic, step, told_of(facts)), _of_batches(facts)]
        about.append(_of_size(step, facts))
    elif step is not None and sgd is not None and facts.quadratic is not None:
        about, limit = [], facts.largest_stable_learning_rate
        if sgd.momentum or sgd.weight_decay:
            happens = [of_momentum(facts.quadratic, step, sgd, limit, is_first=is_first)]
        else:
            happens = [of_descent(facts.quadratic, step.before, step.learning_rate)]
    is_new = step is not None and view.has_run and view.state.learning_rate != step.learning_rate
    ends = [_of_new_rate(view)] if is_new else []
    whole = [*begins, *happens, *about, *ends]
    brief = [*begins, *happens, *ends] if happens[0] else whole
    return " ".join(filter(None, whole)), " ".join(filter(None, brief))


def told_of(facts: Facts) -> str:
    """Name what the state tells the effect of: where an epoch takes many steps, that is not a step."""
    takes_many = facts.recipe.batch_size is not None or facts.recipe.optimizer.lower() == "lbfgs"
    return "epoch" if takes_many else "step"


def _of_size(step: Step, facts: Facts) -> str:
    """Say how far the step went, beside the learning rate; of one that is SGD's, the gradient says that."""
    rate = step.learning_rate
    if not step.change.size:  # of a large model's step no number is here
        return ""
    if not (np.isfinite(rate) and rate > 0) or told_of(facts) != "step" or facts.recipe.optimizer.lower() == "sgd":
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
