"""The last step as arithmetic: the update rule with every number filled in.

A rule is shown only where it is true. Where before − η·gradient, with the numbers at hand, is not what came out
(another optimizer, mini-batches, weight decay), the step is called a change, Δ, and no more is claimed.
"""

from dataclasses import dataclass
from math import ceil, log10
from typing import Protocol

import numpy as np

from linreg.arrays import EPSILON, Vector
from linreg.optim.sgd import SgdArguments, sgd_arguments
from linreg.training.facts import Facts
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import NumberFormat, magnitude, scientific, significant

DIGITS, DIGITS_OF_A_GRADIENT, FEWER_DIGITS_OF_A_GRADIENT = 7, 4, 3
_LARGEST_FIXED, _SMALLEST_FIXED = 7, -4
"""Powers of ten between which a parameter is written without an exponent."""
_MOST_DECIMALS = 8
_LEAST_CHANGE = 1e-11
"""A smaller change, beside the parameter itself, has lost the digits that a velocity could be recovered from."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of all parameters, as trained; `gradient` is None where it is not known."""

    before: Vector
    after: Vector
    gradient: Vector | None
    learning_rate: float

    @property
    def change(self) -> Vector:
        """What was added, ``(n_parameters,)``."""
        with np.errstate(over="ignore", invalid="ignore"):
            change: Vector = self.after - self.before
        return change


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of arithmetic: whose it is, and its terms, which can be put in line with those of the same `group`."""

    name: str
    terms: tuple[str, ...]
    group: int = 0


class Rule(Protocol):
    """A way to write a step down."""

    @property
    def symbols(self) -> str:
        """The rule in signs."""
        ...

    @property
    def lines_each(self) -> int:
        """The lines that one parameter takes."""
        ...

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        """Write the step of one parameter, parameters with so many digits."""
        ...


def last_step(view: View) -> Step | None:
    """Return the step of the last epoch; where it is not known the one to come, if that can be foretold, else None."""
    state, facts = view.state, view.facts
    if state.before is not None:
        gradient = cleaned(facts, view.gradient, state.before)
        return Step(state.before, state.parameters, gradient, view.last_rate)
    gradient, sgd = facts.gradient(state.parameters), sgd_of(facts)
    if gradient is None or sgd is None or not np.isfinite(state.learning_rate):
        return None
    if view.has_run and sgd.momentum:  # it remembers steps that nobody here knows
        return None
    gradient = cleaned(facts, gradient, state.parameters)
    assert gradient is not None
    pull = gradient + sgd.weight_decay * state.parameters
    pull = pull * (1 + float(sgd.momentum)) if sgd.nesterov else pull
    return Step(state.parameters, state.parameters - state.learning_rate * pull, gradient, state.learning_rate)


def cleaned(facts: Facts, gradient: Vector | None, parameters: Vector) -> Vector | None:
    """Put 0 for a gradient that the last digits of the parameters make up."""
    if gradient is None or facts.quadratic is None:
        return gradient
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(parameters), np.abs(facts.quadratic.optimum)).max(initial=0.0)
        rounding = 4 * EPSILON * facts.quadratic.eigenvalues[-1] * size
    cleaned: Vector = np.where(np.abs(gradient) <= rounding, 0.0, gradient)
    return cleaned


def sgd_of(facts: Facts) -> SgdArguments | None:
    """Return SGD's arguments where the whole batch makes one step an epoch; None elsewhere."""
    if facts.sgd is not None:
        return SgdArguments(**facts.sgd)
    recipe = facts.recipe
    if recipe.optimizer.lower() != "sgd" or recipe.batch_size is not None:
        return None
    arguments = sgd_arguments(recipe.options)
    return None if arguments is None or arguments.momentum == "auto" else arguments


def rule_of(facts: Facts, step: Step) -> Rule:
    """Choose the most telling rule that the numbers bear out."""
    sgd = sgd_of(facts)
    if sgd is None or step.gradient is None or sgd.nesterov or sgd.weight_decay:
        return _Change(step)
    momentum = float(sgd.momentum)
    if not momentum:
        return Descent(step, step.gradient) if borne_out(step, step.gradient) else _Change(step)
    with np.errstate(all="ignore"):
        velocity = -step.change / step.learning_rate
        whole = np.abs(step.change) > _LEAST_CHANGE * np.maximum(np.abs(step.before), np.abs(step.after))
    if not (np.isfinite(velocity).all() and whole.all()):
        return _Change(step)
    return _Momentum(step, step.gradient, velocity, (momentum, 1 - sgd.dampening))


def borne_out(step: Step, pull: Vector) -> bool:
    """Whether before − η·pull is what came out, to the digits that are shown."""
    with np.errstate(all="ignore"):
        missed = np.abs(step.before - step.learning_rate * pull - step.after)
        size = np.maximum(np.abs(step.before), np.abs(step.after))
        return bool((missed <= 1e-7 * size + 1e-4 * np.abs(step.change)).all())


class Descent:
    """Plain gradient descent."""

    symbols, lines_each = "w ← w − η·∂cost/∂w", 1

    def __init__(self, step: Step, gradient: Vector) -> None:
        self._step, self._gradient = step, gradient

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        """Write the step of one parameter."""
        return [descended(name, self._step, index, float(self._gradient[index]), digits)]


class _Momentum:
    """Gradient descent with a velocity, recovered from the step itself."""

    lines_each = 2

    def __init__(self, step: Step, gradient: Vector, velocity: Vector, of_both: tuple[float, float]) -> None:
        self._step, self._gradient, self._velocity = step, gradient, velocity
        self._momentum, self._part = momentum, part = of_both
        share = "" if part == 1 else f"{significant(part)}·"
        self.symbols = f"v ← {significant(momentum)}·v + {share}∂cost/∂w,  w ← w − η·v"

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        velocity, gradient = float(self._velocity[index]), float(self._gradient[index])
        carried = (velocity - self._part * gradient) / self._momentum
        if abs(carried) <= _LEAST_CHANGE * max(abs(velocity), abs(gradient)):  # before the first step there was none
            carried = 0.0
        share = "" if self._part == 1 else f"{significant(self._part)} × "
        second = descended(name, self._step, index, velocity, digits)
        terms = (
            f"{significant(self._momentum)} ×",
            f"({signed(carried, digits=of_gradient(digits))})",
            f"+ {share}({signed(gradient, digits=of_gradient(digits))})",
            "=",
            second.terms[2].strip("()"),
        )
        first = Formula(f"v of {name}", terms, group=1)
        return [first, second]


class _Change:
    """A step of which only the outcome is known."""

    symbols, lines_each = "w ← w + Δ", 1

    def __init__(self, step: Step) -> None:
        self._step = step

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        before, after = float(self._step.before[index]), float(self._step.after[index])
        decimals = decimals_of(before, after, digits)
        terms = [
            written(before, decimals, digits),
            f"+ ({signed(float(self._step.change[index]), decimals)})",
            "=",
            written(after, decimals, digits),
        ]
        if self._step.gradient is not None:
            terms.append(f"  gradient {signed(float(self._step.gradient[index]))}")
        return [Formula(name, tuple(terms))]


def descended(name: str, step: Step, index: int, pull: float, digits: int) -> Formula:
    """Write before − η·pull = after for one parameter."""
    before, after, rate = float(step.before[index]), float(step.after[index]), step.learning_rate
    decimals = decimals_of(before, after, digits)
    wanted = None if decimals is None else decimals + ceil(log10(rate))
    terms = (
        written(before, decimals, digits),
        f"− {significant(rate, DIGITS)} ×",
        f"({signed(pull, wanted, digits + 1 if decimals is None else of_gradient(digits))})",
        "=",
        written(after, decimals, digits),
    )
    return Formula(name, terms)


def of_gradient(digits: int) -> int:
    """Choose the digits of a gradient beside parameters with so many."""
    return DIGITS_OF_A_GRADIENT if digits >= DIGITS else FEWER_DIGITS_OF_A_GRADIENT


def decimals_of(before: float, after: float, digits: int) -> int | None:
    """Choose the decimals that both are written with; None for an exponent."""
    size = max(abs(before), abs(after))
    power = magnitude(size)
    if not np.isfinite(size) or power > _LARGEST_FIXED or power < _SMALLEST_FIXED:
        return None
    return min(_MOST_DECIMALS, NumberFormat.of(size, 20, digits).decimals)


def written(number: float, decimals: int | None, digits: int) -> str:
    """Write a parameter."""
    if decimals is None:
        return scientific(number, 20, digits=digits)
    return NumberFormat(20, decimals).text(number).strip()


def signed(number: float, decimals: int | None = None, digits: int = DIGITS_OF_A_GRADIENT) -> str:
    """Write a gradient with its sign, to at least `digits` digits and, where they are given, at least so many decimals.

    The decimals are those from which the shown result follows.
    """
    power = magnitude(number)
    if not np.isfinite(number) or power > _LARGEST_FIXED or power < _SMALLEST_FIXED:
        needed = digits if decimals is None else 1 + power + decimals
        return scientific(number, 20, signed=True, digits=min(DIGITS + 1, max(digits, needed)))
    at_least = digits - 1 - power
    n_decimals = max(0, at_least if decimals is None else max(at_least, decimals))
    return NumberFormat(20, n_decimals).text(number, signed=True).strip()
