"""How long a run has to be: the epochs after which more of them change nothing that anybody could tell.

The yardstick is a thousandth of the standard errors. Where the rows tell none (no more rows than parameters, features
that determine no answer, a perfect fit), it is the cost: within a millionth of its least, as a result calls it reached.
With weight decay the parameters are to settle where that holds them: within a thousandth of the standard errors that
they would have without it, or else within a millionth of the way there.
"""

from math import inf
from typing import Protocol

import numpy as np

from linreg.arrays import Vector
from linreg.engines.choice import Choice
from linreg.numerics.convergence import epochs_to_converge, epochs_to_within
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.scaling import Scaling
from linreg.optim.sgd import SgdKeywords
from linreg.recipe import UNTOLD_EPOCHS, Recipe, about_a_tenth
from linreg.statistics.distance import NEAR, error_scale

CLOSE = 1e-6
"""An excess cost up to this counts as having reached least squares."""
MOST_EPOCHS = 10**9
"""A jump to the billionth takes no time; but who watches or records them all has to wait for minutes."""


class Posed(Protocol):
    """What is read of a problem, which is one."""

    @property
    def recipe(self) -> Recipe:
        """What to train."""

    @property
    def choice(self) -> Choice:
        """On which engine."""

    @property
    def scaling(self) -> Scaling:
        """From the data's units to those that are trained on."""

    @property
    def quadratic(self) -> Quadratic | None:
        """The cost over the parameters as trained."""

    @property
    def least_squares(self) -> LeastSquares | None:
        """The exact answer."""

    @property
    def learning_rate(self) -> float | None:
        """The rate to train with."""

    @property
    def largest_stable_learning_rate(self) -> float | None:
        """The rate beyond which full-batch SGD diverges."""

    @property
    def sgd_keywords(self) -> SgdKeywords:
        """SGD's arguments."""

    def initial_parameters(self) -> Vector:
        """Return where the parameters start."""


def epochs_enough(problem: Posed) -> int | None:
    """Return the last epoch of a run that is long enough, at most `MOST_EPOCHS`; None where the curvature tells none.

    Only full-batch SGD on squared error can be foretold. It is a round number, so that the last epoch is one of those
    that are printed. A rule that looks at single steps has the usual number at least, as it may ask for more than the
    standard errors do.
    """
    n_steps = _steps_enough(problem)
    return None if n_steps is None else int(min(MOST_EPOCHS, n_steps - 1))


def reason_for(problem: Posed) -> str:
    """Say, in a clause, why a run whose length is left to the curvature is that long."""
    n_steps = _steps_enough(problem)
    if n_steps is None:
        return "the curvature does not tell how many it takes"
    would = "yet more that would" if n_steps == inf else f"{n_steps - 1:,} that would"
    takes = "as many as" if n_steps - 1 <= MOST_EPOCHS else f"the most there are, of {would}"
    if error_scale(problem.recipe.without_decay, problem.least_squares, problem.scaling) is None:
        where = "where weight decay holds them" if problem.recipe.decays else "the cost of least squares"
        return f"{takes} come within {CLOSE:g} of {where}"
    where = "where weight decay holds it" if problem.recipe.decays else "least squares"
    return f"{takes} bring every parameter within {_tolerance(problem):g} standard errors of {where}"


def _tolerance(problem: Posed) -> float:
    """Return how near every parameter is to come, in standard errors."""
    return min(NEAR, problem.recipe.until_standard_errors or NEAR)


def _steps_enough(problem: Posed) -> float | None:
    """Return how many steps it takes, infinite where they are too many to be counted; None where that is not known."""
    quadratic, rate, limit = problem.quadratic, problem.learning_rate, problem.largest_stable_learning_rate
    if problem.choice.name != "spectral" or quadratic is None or rate is None or limit is None or rate >= limit:
        return None
    n_steps = _counted(problem, quadratic, rate)
    return inf if n_steps is None and quadratic.reference > 0 else n_steps


def _counted(problem: Posed, quadratic: Quadratic, rate: float) -> int | None:
    """Return after how many steps, epoch 0 with its own, a round last epoch is near enough; momentum may swing by."""
    recipe, initial, sgd = problem.recipe, problem.initial_parameters(), problem.sgd_keywords
    looks_at_steps = recipe.until_step is not None or recipe.until_cost is not None

    def rounded(n_steps: int) -> int:
        last = max(n_steps - 1, UNTOLD_EPOCHS if looks_at_steps else 0)
        while last % about_a_tenth(last):
            last += -last % about_a_tenth(last)
        return last + 1

    scale = error_scale(recipe.without_decay, problem.least_squares, problem.scaling)
    if scale is not None:
        known = (quadratic, initial, rate, scale.reach, _tolerance(problem))
        return epochs_to_within(*known, **sgd, at_rest=recipe.decays, rounded=rounded)
    if not recipe.decays:
        return epochs_to_converge(quadratic, initial, rate, **sgd, tolerance=CLOSE, rounded=rounded)
    way = float(np.abs(quadratic.optimum - initial).max(initial=0.0))
    return epochs_to_within(quadratic, initial, rate, None, CLOSE * way, **sgd, at_rest=True, rounded=rounded)
