"""The parameters of least cost that a run goes to, and how small a number is nothing but rounding beside the rows."""

import numpy as np

from linreg.arrays import Vector
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Fit, Minimum
from linreg.training.facts import Facts

ROUNDING = 1e-14
"""A part of a number that its last digits make up."""


def rounding_of(facts: Facts) -> Vector | None:
    """Return how small a w and b ``(n_parameters,)`` is nothing but rounding: it moves no prediction's last digits.

    None where there are no rows to know that from.
    """
    if facts.script is not None or not facts.is_linear or not len(facts.sample_y):
        return None
    reach = np.abs(facts.sample_X).max(axis=0, initial=0.0)
    if len(reach) != len(facts.weight_names):
        return None
    noise = ROUNDING * float(np.abs(facts.sample_y).max(initial=0.0))
    of_weights: Vector = np.divide(noise, reach, out=np.zeros_like(reach), where=reach > 0)
    return np.append(of_weights, noise) if facts.has_bias else of_weights


def exact_answer(facts: Facts) -> Vector | None:
    """Return the w and b that the run leads to, ``(n_parameters,)``, with 0 for what is only the rounding of sums."""
    least = facts.minimum or facts.least_squares
    return None if least is None else written_of(facts, least)


def written_of(facts: Facts, fit: LeastSquares | Minimum | Fit) -> Vector:
    """Return a fit's w and b, ``(n_parameters,)``, with 0 for what is only rounding."""
    return without_rounding(np.append(fit.w, fit.b) if facts.has_bias else fit.w, rounding_of(facts))


def without_rounding(numbers: Vector, rounding: Vector | None) -> Vector:
    """Put 0 for what is only rounding."""
    if rounding is None:
        return numbers
    rounded: Vector = np.where(np.abs(numbers) <= rounding, 0.0, numbers)
    return rounded
