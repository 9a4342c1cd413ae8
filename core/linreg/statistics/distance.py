"""How far parameters are from the exact answer, by the only yardstick that the rows have: its standard errors.

An estimate that is a hundredth of its standard error away is, for all that the rows can tell, the answer: another
sample of as many rows would have moved the answer itself a hundred times as far.
"""

from dataclasses import dataclass

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.scaling import Scaling
from linreg.recipe import Recipe

NEAR = 1e-3
"""Standard errors within which a run that is as long as it takes ends: no digit that is printed beside them differs."""
MATTERS = 0.05
"""Standard errors that are worth more epochs: within them the mean squared error of an estimate is up by 0.25 %."""


@dataclass(frozen=True, slots=True, eq=False)
class ErrorScale:
    """The exact answer and its standard errors, to measure parameters by.

    Attributes
    ----------
    exact, errors
        ``(n_parameters,)``, w and then b where there is one, in the data's own units; every error is above 0.
    scaling, bias
        From the parameters as trained to those.
    """

    exact: Vector
    errors: Vector
    scaling: Scaling
    bias: bool

    @property
    def reach(self) -> Matrix:
        """The map from a distance as trained to one in standard errors, ``(n_parameters, n_parameters)``."""
        n_features, scale = len(self.scaling.scale), self.scaling.scale
        reach = np.zeros((len(self.exact), len(self.exact)))
        reach[:n_features, :n_features] = np.diag(1 / scale)
        if self.bias:
            reach[-1] = np.append(-self.scaling.mean / scale, 1.0)
        return reach / self.errors[:, np.newaxis]

    def distances(self, parameters: Matrix) -> Matrix:
        """Return how many standard errors each of ``(…, n_parameters)``, as trained, is away from the answer."""
        with np.errstate(over="ignore", invalid="ignore"):
            w, b = self.scaling.to_original(parameters, self.bias)
            own = np.concatenate([w, b[..., np.newaxis]], axis=-1) if self.bias else w
            distances: Matrix = np.abs(own - self.exact) / self.errors
        return distances

    def distance(self, parameters: Matrix) -> Vector:
        """Return how many the farthest of them is away, ``(…)``."""
        farthest: Vector = self.distances(parameters).max(axis=-1)
        return farthest


def to_go(distance: float, until: int | None = None) -> str:
    """Say how far there is to go, and whether that is worth an epoch; `until` when it is, as far as that is known."""
    if not distance > MATTERS:
        return f"{distance:.2g} standard errors from least squares: more epochs change nothing that the data can tell"
    far = f"{distance:.3g} standard errors from least squares"
    return far if until is None else f"{far}: more epochs matter until epoch {until:,}"


def error_scale(recipe: Recipe, answer: LeastSquares | None, scaling: Scaling) -> ErrorScale | None:
    """Return what to measure a run by; None where its parameters do not go to `answer`, or that has no errors."""
    if why_no_scale(recipe, answer):
        return None
    assert answer is not None
    errors = answer.telling_errors
    assert errors is not None
    return ErrorScale(np.append(answer.w, answer.b)[: len(errors)], errors, scaling, recipe.bias)


def why_no_scale(recipe: Recipe, answer: LeastSquares | None) -> str:
    """Say, in a clause, why a run cannot be measured in standard errors; empty where it can."""
    if recipe.module is not None:
        return "a module of your own has none"
    if recipe.criterion != "MSELoss":
        return f"{recipe.criterion} does not lead to least squares"
    if recipe.decays:
        return "weight decay keeps the parameters away from least squares"
    if answer is None:
        return "there is no exact answer to so many features"
    if answer.standard_errors is None:
        return "there are no more rows than parameters, so that nothing tells how large the errors are"
    if answer.is_perfect:
        return "the fit is perfect but for rounding"
    if answer.telling_errors is None:
        return "the rows do not determine every parameter"
    return ""
