"""What in the columns makes a fit untrustworthy, a sentence each."""

from collections.abc import Sequence

import numpy as np

from linreg.numerics.accumulation import MOST_WHOLE
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.text import shortened

COARSE = 1e-6
"""A column whose rounding is more than this part of its standard deviation has lost digits before it was read."""


def data_warnings(
    moments: Moments, answer: LeastSquares | None, features: Sequence[str], target: str, *, bias: bool
) -> list[str]:
    """Say what is wrong with the columns that `moments` describe, for a fit whose exact answer is `answer`."""
    warnings, n_constant = _of_columns(moments, features, target, bias)
    if answer is not None:
        warnings += _of_the_answer(moments.n_samples, answer, len(features), n_constant, bias)
    return warnings


def summary_warnings(
    moments: Moments, answer: LeastSquares, features: Sequence[str], target: str, *, bias: bool
) -> list[str]:
    """Say the same where a weight that the rows do not determine is not shown at all."""
    warnings, n_constant = _of_columns(moments, features, target, bias)
    if answer.rank == len(features) - n_constant:
        return warnings + _of_the_answer(moments.n_samples, answer, len(features), n_constant, bias)
    free = np.zeros(len(features), bool) if answer.standard_errors is None else np.isnan(answer.standard_errors)
    never = moments.constant[:-1] if bias else np.zeros(len(features), bool)
    open_ones = [name for name, is_free in zip(features, free[: len(features)] & ~never, strict=True) if is_free]
    verb, it = ("is", "its weight") if len(open_ones) == 1 else ("are", "their weights")
    warnings.append(
        f"{_listed(open_ones)} {verb} not determined: the features are collinear (rank {answer.rank} of "
        f"{len(features) - n_constant}), and {it} may be anything."
    )
    return warnings


def undetermined(answer: LeastSquares, features: Sequence[str]) -> list[str]:
    """Say the same of a fit of whose rows no more is known than the answer."""
    errors = answer.standard_errors
    free = [] if errors is None else [name for name, error in zip(features, errors, strict=False) if np.isnan(error)]
    if free:
        verb = "is" if len(free) == 1 else "are"
        return [f"{_listed(free)} {verb} not determined: what never changes, or follows from others, has no weight."]
    return [] if answer.determined else [_nearly_collinear(answer)]


def _nearly_collinear(answer: LeastSquares) -> str:
    return (
        f"the features are so nearly collinear (condition number {answer.condition_number:.1e}) that the data "
        "cannot determine the weights: do not trust their digits."
    )


def _of_columns(moments: Moments, features: Sequence[str], target: str, bias: bool) -> tuple[list[str], int]:
    """Say which columns never change or are rounded; and how many of the former b takes the place of."""
    constant = [name for name, same in zip(features, moments.constant[:-1], strict=True) if same]
    beyond = _constant_beyond_integers(moments, features, target)
    never = [name for name in constant if name not in beyond]
    warnings = [_constant(never)] if never and bias else []
    if beyond:
        warnings.append(
            f"{_listed(beyond)}: float64 rounds integers beyond 2⁵³, and to it these are all the same; if they differ, "
            "subtract a constant from them first."
        )
    rounded = [name for name in _rounded(moments, features, target) if name not in constant]
    if rounded and not moments.constant[-1]:
        warnings.append(
            f"{_listed(rounded)}: these values are so large beside their differences that float64 rounds the "
            "differences away; subtract a constant from them first."
        )
    return warnings, len(constant) if bias else 0


def _constant(names: list[str]) -> str:
    verb, it = ("never changes", "it") if len(names) == 1 else ("never change", "them")
    return f"{_listed(names)} {verb}: no weight can be learned for {it}, b takes the place."


def _constant_beyond_integers(moments: Moments, features: Sequence[str], target: str) -> list[str]:
    """Return the columns that do not change, but may have before their integers became float64."""
    is_so = moments.constant & (moments.reach > MOST_WHOLE) & (moments.n_samples > 1)
    return [name for name, each in zip([*features, target], is_so, strict=True) if each]


def _rounded(moments: Moments, features: Sequence[str], target: str) -> list[str]:
    std = np.sqrt(moments.squares / max(1, moments.n_samples - 1))
    coarse = (np.spacing(moments.reach) > COARSE * std) & moments.may_be_fractional
    return [name for name, is_coarse in zip([*features, target], coarse, strict=True) if is_coarse]


def _of_the_answer(n_samples: int, answer: LeastSquares, n_features: int, n_constant: int, bias: bool) -> list[str]:
    """Say why the rows do not determine the weights, if they do not."""
    n_parameters = n_features + bias
    if n_samples < n_parameters:
        rows = "1 row" if n_samples == 1 else f"{n_samples:,} rows"
        return [
            f"{rows} cannot determine {n_parameters:,} parameters: many fit equally well, and least squares shows the "
            "smallest weights."
        ]
    if answer.rank < n_features - n_constant:
        return [
            f"the features are collinear (rank {answer.rank} of {n_features}): many weights fit equally "
            "well, and least squares shows the smallest."
        ]
    if not answer.determined:
        return [_nearly_collinear(answer)]
    return []


def _listed(names: list[str]) -> str:
    shown = ", ".join(shortened(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
