"""Every clause on a step that states a number or a direction, held against the plain loop.

The loop knows nothing of eigenvalues: it is the lecture's, θ ← θ − η v with v ← β v + (1 − τ) g, on a cost
floor + ½ (θ − θ*)ᵀ H (θ − θ*). What it does along each axis of H is measured from its steps.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.numerics.curvature import Quadratic
from linreg.optim.sgd import SgdArguments
from linreg_tui.monitor.step.descent_words import of_descent, of_momentum
from linreg_tui.monitor.step.update_rule import Step

Vector = NDArray[np.float64]
NUMBER = r"([−+]?[\d.,]+(?:e[−+]?\d+)?)"


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "").rstrip("."))


def is_about(said: str, value: float, *, in_percent: bool = False) -> bool:
    """Whether a number is what was said, to the digits that were said."""
    said = said.rstrip(".")
    digits, _, power = said.replace("−", "-").lower().partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    value = 100 * value if in_percent else value
    return abs(number(said) - value) <= 0.51 * unit + 1e-9 * abs(value)


@dataclass(eq=False)
class Walk:
    """The plain loop on a cost, some steps of it."""

    curvatures: Vector
    axes: NDArray[np.float64]
    optimum: Vector
    floor: float
    rate: float
    momentum: float = 0.0
    weight_decay: float = 0.0

    def steps(self, start: Vector, n_steps: int) -> list[Vector]:
        H = self.axes @ np.diag(self.curvatures) @ self.axes.T
        walked, v = [start], np.zeros_like(start)
        for _ in range(n_steps):
            theta = walked[-1]
            v = self.momentum * v + H @ (theta - self.optimum) + self.weight_decay * theta
            walked.append(theta - self.rate * v)
        return walked

    @property
    def beyond_stability(self) -> float:
        """The rate over the largest stable one, 2 (1 + momentum) / (largest curvature + decay): Polyak 1964."""
        return self.rate * float(self.curvatures[-1] + self.weight_decay) / (2 * (1 + self.momentum))

    def along(self, theta: Vector) -> Vector:
        """The error along each axis."""
        return self.axes.T @ (theta - self.optimum)

    def excesses(self, theta: Vector) -> Vector:
        return 0.5 * self.curvatures * self.along(theta) ** 2

    @property
    def quadratic(self) -> Quadratic:
        return Quadratic(
            eigenvalues=self.curvatures,
            eigenvectors=self.axes,
            optimum=self.optimum,
            coordinates=self.axes.T @ self.optimum,
            floor=self.floor,
            variance=1.0,
            bias=False,
            unseen=np.zeros(len(self.curvatures), bool),
        )


Check = Callable[[Walk, Vector, Vector, "re.Match[str]"], bool]


def _leading(walk: Walk, before: Vector) -> int:
    return int(walk.excesses(before).argmax())


def _factor(walk: Walk, before: Vector, after: Vector, axis: int) -> float:
    return float(walk.along(after)[axis] / walk.along(before)[axis])


def _leads(check: Callable[[str, float], bool]) -> Check:
    return lambda walk, before, after, said: check(said[1], _factor(walk, before, after, _leading(walk, before)))


def _sum(walk: Walk, theta: Vector) -> float:
    return float(walk.excesses(theta).sum())


def _steeper(walk: Walk, before: Vector) -> float:
    leading, excesses = _leading(walk, before), walk.excesses(before)
    return float(excesses[walk.curvatures >= 3 * walk.curvatures[leading]].sum() / excesses.sum())


def _has_steeper(walk: Walk, before: Vector) -> bool:
    return bool((walk.curvatures >= 3 * walk.curvatures[_leading(walk, before)]).any())


def _grows_at_last(walk: Walk, before: Vector) -> bool:
    """Whether far along the way the parameters are farther off than on the way."""
    with np.errstate(all="ignore"):
        walked = walk.steps(before, 6_000)
        sizes = [float(np.abs(walk.along(theta)).max()) for theta in walked[3_000::50]]
    return not np.isfinite(sizes[-1]) or sizes[-1] > sizes[0]


CLAUSES: dict[str, Check] = {
    r"This is least squares: the gradient is 0\.": lambda walk, before, after, _: _sum(walk, before) == 0,
    r"After this step the cost is above least squares again\.": lambda walk, before, after, _: (
        _sum(walk, before) == 0 < _sum(walk, after)
    ),
    r"This is least squares, to the last digit of the cost\.": lambda walk, before, after, _: (
        min(_sum(walk, before), _sum(walk, after)) <= 2.3e-16 * max(walk.floor, 1e-16)
    ),
    rf"Least squares is reached: the cost is {NUMBER} % above it\.": lambda walk, before, after, said: any(
        is_about(said[1], _sum(walk, each) / walk.floor, in_percent=True) for each in (before, after)
    ),
    rf"Least squares is reached: the cost is {NUMBER} above it\.": lambda walk, before, after, said: any(
        is_about(said[1], _sum(walk, each)) for each in (before, after)
    ),
    rf"The learning rate is {NUMBER} times the stable limit(?:\.|:) ?": lambda walk, before, _, said: (
        number(said[1]) > 1 and is_about(said[1], walk.beyond_stability) and _grows_at_last(walk, before)
    ),
    r"the cost grows beyond every number in this epoch\.": lambda walk, before, after, _: _sum(walk, after) > 1e200,
    rf"the cost grows each epoch, its excess {NUMBER}-fold in this one\.": lambda walk, before, after, said: (
        is_about(said[1], _sum(walk, after) / _sum(walk, before)) and _sum(walk, after) > _sum(walk, before)
    ),
    rf"the cost still falls, but along the steepest direction the error grows {NUMBER}-fold each epoch\.": (
        lambda walk, before, after, said: (
            _sum(walk, after) <= _sum(walk, before)
            and is_about(said[1], -_factor(walk, before, after, -1))
            and number(said[1]) > 1
        )
    ),
    r"Downhill along the flat valley: the steep direction is done\.": lambda walk, before, *_: (
        _has_steeper(walk, before) and _steeper(walk, before) < 0.01
    ),
    rf"Downhill along the flat valley: the steep direction makes up {NUMBER} % of the excess cost\.": (
        lambda walk, before, _, said: is_about(said[1], _steeper(walk, before), in_percent=True)
    ),
    r"(?:Downhill|Down the steep direction): ": lambda walk, before, *_: not _has_steeper(walk, before),
    rf"[Ii]t jumps from side to side: each step multiplies the error by {NUMBER}\.": _leads(
        lambda said, factor: factor < 0 and number(said) != -1 and is_about(said, factor)
    ),
    r"[Ee]ach step goes all of the way\.": lambda walk, before, after, _: (
        abs(_factor(walk, before, after, _leading(walk, before))) < 1e-10
    ),
    rf"[Ee]ach step leaves {NUMBER} % of the way\.": _leads(
        lambda said, factor: is_about(said, abs(factor), in_percent=True)
    ),
    rf"[Tt]he steps barely move: each covers {NUMBER} % of the way left\.": _leads(
        lambda said, factor: is_about(said, 1 - factor, in_percent=True)
    ),
    rf"[Ee]ach step covers {NUMBER} % of the way left\.": _leads(
        lambda said, factor: number(said) < 100 and is_about(said, 1 - factor, in_percent=True)
    ),
    r"The flat valley comes later\.": lambda walk, before, after, _: any(
        abs(_factor(walk, before, after, axis)) > abs(_factor(walk, before, after, _leading(walk, before)))
        for axis in range(_leading(walk, before))
        if 3 * walk.curvatures[axis] <= walk.curvatures[_leading(walk, before)]
    ),
    rf"The steepest direction swings meanwhile: each step multiplies its error by {NUMBER}\.": (
        lambda walk, before, after, said: (
            number(said[1]) < 0
            and is_about(said[1], _factor(walk, before, after, -1))
            and _leading(walk, before) < len(before) - 1
        )
    ),
    rf"After this step the cost is {NUMBER} times as far above least squares\.": lambda walk, before, after, said: (
        number(said[1]) > 1 and is_about(said[1], _sum(walk, after) / _sum(walk, before))
    ),
    rf"This step took {NUMBER} % off what was left to least squares\.": lambda walk, before, after, said: (
        number(said[1]) < 100 and is_about(said[1], 1 - _sum(walk, after) / _sum(walk, before), in_percent=True)
    ),
    r"in the long run the cost grows\.": lambda walk, before, *_: _grows_at_last(walk, before),
    rf"{NUMBER} % of the velocity is carried on\.": lambda walk, before, after, said: is_about(
        said[1], walk.momentum, in_percent=True
    ),
    rf"Weight decay {NUMBER} pulls every parameter towards 0\.": lambda walk, before, after, said: is_about(
        said[1], walk.weight_decay
    ),
    rf"At rest: the pull of weight decay {NUMBER} and the gradient balance\.": lambda walk, before, after, _: (
        np.allclose(before, after, rtol=1e-8, atol=1e-12)
    ),
}
"""Every clause that there is, and what the loop must have done for it to be true."""


def check(sentences: str, walk: Walk, before: Vector, after: Vector) -> set[str]:
    """Read every clause, hold it against the loop, and return which there were; a clause that is not known is none."""
    rest, found = sentences, set()
    while rest:
        for clause, is_true in CLAUSES.items():
            said = re.match(clause + " ?", rest)
            if said is not None:
                assert is_true(walk, before, after, said), (said[0], sentences)
                rest = rest[said.end() :]
                found.add(clause)
                break
        else:
            raise AssertionError(f"no check for {rest!r}")
    return found


def _axes(n: int, turn: float) -> NDArray[np.float64]:
    axes = np.eye(n)
    for at in range(n - 1):
        turned = np.eye(n)
        c, s = np.cos(turn + at), np.sin(turn + at)
        turned[at : at + 2, at : at + 2] = [[c, -s], [s, c]]
        axes = axes @ turned
    return axes


powers = st.floats(-3, 2)
SHARES = st.one_of(st.floats(0.001, 0.99), st.floats(1.001, 1.6), st.sampled_from([0.4988, 0.5, 0.9988, 0.999]))


@st.composite
def walks(draw: st.DrawFn) -> tuple[Walk, Vector]:
    n = draw(st.integers(1, 3))
    curvatures = np.sort(10.0 ** np.array(draw(st.lists(powers, min_size=n, max_size=n))))
    axes = _axes(n, draw(st.floats(0, 1.5)))
    optimum = np.array(draw(st.lists(st.floats(-3, 3), min_size=n, max_size=n)))
    errors = np.array(draw(st.lists(st.floats(-5, 2), min_size=n, max_size=n)))
    signs = np.array(draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n)))
    floor = draw(st.sampled_from([0.0, 0.3, 1.0]))
    rate = draw(SHARES) * 2 / float(curvatures[-1])
    return Walk(curvatures, axes, optimum, floor, rate), optimum + axes @ (signs * 10.0**errors)


@given(walks())
def test_what_is_said_of_plain_descent_is_what_the_plain_loop_does(drawn: tuple[Walk, Vector]) -> None:
    walk, before = drawn
    _, after = walk.steps(before, 1)
    check(of_descent(walk.quadratic, before, walk.rate), walk, before, after)


def _that_arrives() -> tuple[Walk, Vector]:
    """One whose first step ends where the cost is least, and goes beyond it with what is left of the velocity."""
    return Walk(np.array([1.0]), np.array([[1.0]]), np.array([0.0]), 0.0, 1.0), np.array([-1.0])


@example(_that_arrives(), 0.5, 0.0, 0, 1 / 3)
@example(_that_arrives(), 0.5, 0.0, 1, 1 / 3)
@given(
    walks(), st.sampled_from([0.5, 0.9, 0.99]), st.sampled_from([0.0, 0.1]), st.integers(0, 30), st.floats(0.05, 1.4)
)
def test_what_is_said_of_momentum_and_decay_is_what_the_plain_loop_does(
    drawn: tuple[Walk, Vector], momentum: float, weight_decay: float, n_steps: int, share: float
) -> None:
    walk, start = drawn
    limit = 2 * (1 + momentum) / (float(walk.curvatures[-1]) + weight_decay)
    walk.rate, walk.momentum, walk.weight_decay = share * limit, momentum, weight_decay
    *_, before, after = walk.steps(start, n_steps + 1)
    step = Step(before, after, walk.quadratic.gradient(before), walk.rate)
    sgd = SgdArguments(momentum=momentum, weight_decay=weight_decay)
    said = of_momentum(walk.quadratic, step, sgd, limit, is_first=n_steps == 0)
    if abs(share - 1) < 0.01:  # so near to it, nobody waits for the end
        return
    found = check(said, walk, before, after)
    assert any("velocity" in clause for clause in found) is (n_steps > 0)


CASES: list[tuple[list[float], list[float], float, str]] = [
    (
        [0.1, 2.0],
        [1.0, 0.1],
        0.999,
        "The steepest direction swings meanwhile: each step multiplies its error by −0.998.",
    ),
    ([2.0], [1.0], 0.999, "each step multiplies the error by −0.998."),
    ([2.0], [1.0], 0.4988, "Each step leaves 0.24 % of the way."),
    ([0.1, 2.0], [1.0, 1.0], 1.00003, "The learning rate is 1.00003 times the stable limit"),
]


@pytest.mark.parametrize(("curvatures", "errors", "rate", "words"), CASES)
def test_a_number_is_never_taken_for_the_bound_that_it_is_near_to(
    curvatures: list[float], errors: list[float], rate: float, words: str
) -> None:
    walk = Walk(np.array(curvatures), np.eye(len(curvatures)), np.zeros(len(curvatures)), 1.0, rate)
    said = of_descent(walk.quadratic, np.array(errors), rate)
    assert words in said
    check(said, walk, np.array(errors), walk.steps(np.array(errors), 1)[1])


def test_at_rest_pull_and_gradient_balance() -> None:
    walk = Walk(np.array([0.5, 2.0]), np.eye(2), np.array([1.0, -1.0]), 1.0, 0.3, weight_decay=0.1)
    *_, before, after = walk.steps(np.zeros(2), 500)
    step = Step(before, after, walk.quadratic.gradient(before), walk.rate)
    said = of_momentum(walk.quadratic, step, SgdArguments(weight_decay=0.1), 1.0, is_first=False)
    assert said == "At rest: the pull of weight decay 0.1 and the gradient balance."
