"""The update of Adam, RMSprop and Adagrad with its numbers filled in: what they remember, and the step.

What an optimizer remembers is not published. Where every epoch so far is kept, and the cost is a known quadratic on
the full batch, the gradients of all steps follow from the parameters, and from these what it must have remembered. A
rule is shown only where the step that comes of it is the one that was taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.checks import OptionValue
from linreg_tui.monitor.step.update_rule import Formula, Rule, Step, borne_out, descended, of_gradient, signed
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import significant

_MOST_NUMBERS, _MOST_WHILE_MOVING = 2**20, 2**15
"""How many gradients are worked out for one moment: all of them would take as long as a frame may."""


def adaptive_rule(view: View, step: Step) -> Rule | None:
    """Return the rule of the last step; None where none is known to be true.

    The options are torch's own defaults unless they are set; weight decay is 0 here unless it is set.
    """
    recipe, make = view.facts.recipe, _RULES.get(view.facts.recipe.optimizer.lower())
    if make is None or recipe.batch_size is not None or not view.has_run or not step.learning_rate > 0:
        return None
    gradients = _gradients(view)
    if gradients is None:
        return None
    rule = make(step, gradients, dict(recipe.options))
    return rule if rule is not None and borne_out(step, rule.ratio) else None


def _gradients(view: View) -> Matrix | None:
    """Return the gradient of every step up to the last, ``(n_steps, n_parameters)``; None where they are not known."""
    quadratic, state, n_parameters = view.facts.quadratic, view.state, len(view.facts.initial)
    most = _MOST_WHILE_MOVING if state.phase.is_moving else _MOST_NUMBERS
    if quadratic is None or view.facts.script is not None or (state.epoch + 1) * n_parameters > most:
        return None
    later = view.history.consecutive(0, state.epoch)
    if later is None:
        return None
    hessian, point, slope = quadratic.gradient_terms()
    with np.errstate(over="ignore", invalid="ignore"):
        gradients: Matrix = (np.vstack([view.facts.initial, later]) - point) @ hessian + slope
    return gradients


@dataclass(frozen=True, slots=True)
class _Average:
    """A running mean of what the gradients give: its factor, what it was and is, and what it is divided by."""

    factor: float
    before: Vector
    now: Vector
    divisor: float = 1.0

    @classmethod
    def of(cls, values: Matrix, factor: float, *, is_corrected: bool) -> "_Average":
        """Average values ``(n_steps, n_parameters)``, the last of which counts most."""
        n_steps = len(values)
        weights = (1 - factor) * factor ** np.arange(n_steps - 1, -1, -1.0)
        now = weights @ values
        before = (now - (1 - factor) * values[-1]) / factor if n_steps > 1 and factor else np.zeros_like(now)
        return cls(factor, before, now, 1 - factor**n_steps if is_corrected else 1.0)

    @property
    def corrected(self) -> Vector:
        """What it is, over the sum of its weights so far."""
        corrected: Vector = self.now / self.divisor
        return corrected

    def formula(self, name: str, index: int, new: str, group: int, digits: int) -> Formula:
        """Write how it came about; `new` is what joined it."""
        divided = "" if self.divisor == 1 else f" / {significant(self.divisor)}"
        terms = (
            f"({significant(self.factor)} ×",
            f"({signed(float(self.before[index]), digits=of_gradient(digits))})",
            f"+ {significant(1 - self.factor)} × {new}){divided}",
            "=",
            significant(float(self.corrected[index]), digits),
        )
        return Formula(name, terms, group)


@dataclass(frozen=True, slots=True, eq=False)
class _Adaptive:
    """A step along the gradient's mean, or the gradient itself, over the root of its mean square."""

    symbols: str
    step: Step
    gradient: Vector
    ratio: Vector
    mean: _Average | None
    square: _Average | None

    @property
    def lines_each(self) -> int:
        """The lines of one parameter."""
        return 1 + (self.mean is not None) + (self.square is not None)

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        """Write the step of one parameter, after what it rests on."""
        gradient, lines = signed(float(self.gradient[index]), digits=of_gradient(digits)), []
        if self.mean is not None:
            lines.append(self.mean.formula(f"m̂ of {name}", index, f"({gradient})", 2, digits))
        if self.square is not None:
            lines.append(self.square.formula(f"v̂ of {name}", index, f"({gradient})²", 3, digits))
        return [*lines, descended(name, self.step, index, float(self.ratio[index]), digits)]


def _adam(step: Step, gradients: Matrix, options: dict[str, OptionValue]) -> _Adaptive | None:
    betas, eps = _numbers(options.pop("betas", "0.9,0.999")), _numbers(options.pop("eps", 1e-8))
    if options or len(betas) != 2 or len(eps) != 1:
        return None
    m = _Average.of(gradients, betas[0], is_corrected=True)
    v = _Average.of(np.square(gradients), betas[1], is_corrected=True)
    ratio = m.corrected / (np.sqrt(v.corrected) + eps[0])
    return _Adaptive("w ← w − η·m̂/(√v̂ + ε)", step, gradients[-1], ratio, m, v)


def _rmsprop(step: Step, gradients: Matrix, options: dict[str, OptionValue]) -> _Adaptive | None:
    alpha, eps = _numbers(options.pop("alpha", 0.99)), _numbers(options.pop("eps", 1e-8))
    if options or len(alpha) != 1 or len(eps) != 1:
        return None
    v = _Average.of(np.square(gradients), alpha[0], is_corrected=False)
    ratio = gradients[-1] / (np.sqrt(v.now) + eps[0])
    return _Adaptive("w ← w − η·∂cost/∂w / (√v̂ + ε)", step, gradients[-1], ratio, None, v)


@dataclass(frozen=True, slots=True, eq=False)
class _Adagrad:
    """A step along the gradient over the root of all squared gradients so far."""

    step: Step
    gradients: Matrix
    ratio: Vector
    symbols = "s ← s + (∂cost/∂w)²,  w ← w − η·∂cost/∂w / (√s + ε)"
    lines_each = 2

    def formulas(self, name: str, index: int, digits: int) -> list[Formula]:
        """Write the step of one parameter, after the sum."""
        squares = np.square(self.gradients[:, index])
        terms = (
            significant(float(squares[:-1].sum()), digits),
            f"+ ({signed(float(self.gradients[-1, index]), digits=of_gradient(digits))})²",
            "=",
            significant(float(squares.sum()), digits),
        )
        lines = [Formula(f"s of {name}", terms, 4)]
        return [*lines, descended(name, self.step, index, float(self.ratio[index]), digits)]


def _adagrad(step: Step, gradients: Matrix, options: dict[str, OptionValue]) -> _Adagrad | None:
    eps = _numbers(options.pop("eps", 1e-10))
    if options or len(eps) != 1:
        return None
    ratio = gradients[-1] / (np.sqrt(np.square(gradients).sum(axis=0)) + eps[0])
    return _Adagrad(step, gradients, ratio)


def _numbers(value: OptionValue) -> list[float]:
    """Read an option as numbers; none where it is no such thing."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    try:
        return [float(part) for part in parts]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


_RULES: Mapping[str, Callable[[Step, Matrix, dict[str, OptionValue]], "_Adaptive | _Adagrad | None"]] = {
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
