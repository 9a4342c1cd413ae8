"""From the exact answer to its summary: t, p, intervals, F, the likelihood.

Everything follows from what `LeastSquares` holds; the tails of t and F come from scipy, which is imported
only when a summary is asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, log, nan, pi, sqrt
from typing import Any

import numpy as np

from linreg.arrays import Array
from linreg.errors import LinregError
from linreg.numerics.least_squares import LeastSquares
from linreg.statistics import tails
from linreg.statistics.summary import Coefficient, Summary
from linreg.text import shortened

PERFECT = (
    "the fit is perfect but for rounding: its standard errors, t, p and F are those of the rounding, and say nothing."
)


@dataclass(frozen=True, slots=True, eq=False)
class RobustErrors:
    """Standard errors that hold for errors of any variance: `kind`, ``(n_parameters,)``, and the F that they give."""

    kind: str
    standard_errors: Array
    f: float | None


def summary_of(
    answer: LeastSquares,
    features: Sequence[str],
    target: str,
    n_samples: int,
    *,
    bias: bool,
    level: float = 0.95,
    robust: RobustErrors | None = None,
    n_dropped: int = 0,
    warnings: Iterable[str] = (),
) -> Summary:
    """Say what a fit of `n_samples` rows is worth.

    Parameters
    ----------
    answer
        In the data's own units.
    level
        Of the confidence intervals, above 0 and below 1.

    Raises
    ------
    LinregError
        No row is left over to tell how large the errors are, or the level is none.
    """
    check_level(level)
    degrees_of_freedom, sse = answer.degrees_of_freedom, answer.cost * n_samples
    n_determined = answer.rank + bias
    if answer.standard_errors is None:
        raise LinregError(too_few_rows(n_samples, n_determined))
    errors = answer.standard_errors if robust is None else robust.standard_errors
    parameters = np.append(answer.w, answer.b)[: len(errors)]
    inflation = np.empty(0) if answer.inflation is None else answer.inflation
    rows = _coefficients(parameters, errors, inflation, degrees_of_freedom, level)
    f = _f(answer, sse) if robust is None else robust.f
    total, log_likelihood = answer.explained + sse, _log_likelihood(answer, n_samples)
    r2 = 1 - sse / total if total > 0 else None
    return Summary(
        target=target,
        n_samples=n_samples,
        n_dropped=n_dropped,
        degrees_of_freedom=degrees_of_freedom,
        level=level,
        robust=None if robust is None else robust.kind,
        w=dict(zip(features, rows, strict=False)),
        b=rows[-1] if bias else None,
        residual_standard_error=sqrt(sse * answer.mean_weight / degrees_of_freedom),
        r2=r2,
        r2_adjusted=None if r2 is None else 1 - (1 - r2) * ((n_samples - bias) / degrees_of_freedom),
        r2_about_mean=bias,
        f=f,
        f_degrees_of_freedom=answer.rank,
        f_p=None if f is None else _f_tail(f, answer.rank, degrees_of_freedom),
        log_likelihood=log_likelihood,
        aic=2 * n_determined - 2 * log_likelihood,
        bic=n_determined * log(n_samples) - 2 * log_likelihood,
        condition_number=answer.condition_number,
        warnings=(*warnings, PERFECT) if answer.is_perfect else tuple(warnings),
    )


def check_level(level: Any, option: str = "--level") -> None:
    """Refuse what is no level of confidence.

    Raises
    ------
    LinregError
        It is no number above 0 and below 1.
    """
    number = level if isinstance(level, int | float) else nan
    if not 0 < number < 1:
        instead = f"{number / 100:g}" if 1 < number < 100 else "0.95"
        raise LinregError(
            f"{option} takes a share above 0 and below 1, such as {instead}, not {shortened(str(level))}."
        )


def too_few_rows(n_samples: int, n_determined: int) -> str:
    """Say why there are no standard errors."""
    rows = "1 row is" if n_samples == 1 else f"{n_samples:,} rows are"
    parameters = "1 parameter" if n_determined == 1 else f"{n_determined:,} parameters"
    return (
        f"{rows} fitted exactly by {parameters}, and none is left over to tell how large the errors are: "
        "give more rows, or fewer features."
    )


def _coefficients(
    parameters: Array, errors: Array, inflation: Array, degrees_of_freedom: int, level: float
) -> list[Coefficient]:
    known = tails.special()
    with np.errstate(divide="ignore", invalid="ignore"):
        t = parameters / errors
    p = 2 * known.stdtr(degrees_of_freedom, -np.abs(t))
    half = -known.stdtrit(degrees_of_freedom, (1 - level) / 2) * errors
    estimates = np.where(np.isnan(errors), np.nan, parameters)
    vif = np.full(len(parameters), np.nan)
    vif[: len(inflation)] = inflation
    columns = (estimates, errors, t, p, estimates - half, estimates + half, vif)
    return [
        Coefficient(*map(_known, numbers)) for numbers in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _known(number: float) -> float | None:
    return None if number != number else number


def _f(answer: LeastSquares, sse: float) -> float | None:
    if not answer.rank or not answer.explained + sse > 0:
        return None
    per_degree = sse / answer.degrees_of_freedom
    return answer.explained / answer.rank / per_degree if per_degree > 0 else inf


def _f_tail(f: float, n_weights: int, degrees_of_freedom: int) -> float:
    return float(tails.special().fdtrc(n_weights, degrees_of_freedom, f)) if f < inf else 0.0


def _log_likelihood(answer: LeastSquares, n_samples: int) -> float:
    """Return that of normal errors at their most likely variance, the weighted mean of their squares."""
    variance = answer.cost * answer.mean_weight
    return -n_samples / 2 * (log(2 * pi * variance) + 1) + answer.log_weights / 2 if variance > 0 else inf
