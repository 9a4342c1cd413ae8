"""The summary of a least-squares fit, as R's ``summary(lm)`` prints it and more: how sure each number is."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from linreg.statistics.figures import aligned, as_html, as_text, by_error, less_or_equal, probability, ratio
from linreg.text import safe, told_apart

_OF_P = 3
"""The place of p among the numbers: some with an exponent and some without, they end in one column instead."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One estimate and how sure it is; every number is None where the rows do not determine it.

    Attributes
    ----------
    estimate
        The least-squares value, in the data's own units.
    standard_error
        The estimate's standard deviation over samples like this one.
    t, p
        Estimate over standard error, and how often chance alone would put it as far from 0, on either side.
    low, high
        The ends of the confidence interval.
    vif
        By how much the other features inflate the variance; None for b.
    """

    estimate: float | None
    standard_error: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None
    vif: float | None = None

    def cells(self) -> list[str]:
        """Write the numbers, each with the digits that the standard error leaves it."""
        numbers = (self.estimate, self.standard_error, self.low, self.high)
        estimate, error, low, high = (by_error(number, self.standard_error) for number in numbers)
        return [estimate, error, ratio(self.t), probability(self.p), low, high, ratio(self.vif)]


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A least-squares fit, and what it is worth.

    Attributes
    ----------
    target
        The column that is predicted.
    n_samples, n_dropped
        Rows used, and rows left out because a cell was missing.
    degrees_of_freedom
        Rows less the parameters that they determine.
    level
        Of the intervals.
    robust
        ``"HC0"`` to ``"HC3"`` where the standard errors hold for errors of any variance (MacKinnon & White 1985); None
        where they take it to be the same for all rows.
    w, b
        The coefficients by feature, and the bias; None without one.
    residual_standard_error
        √(squared error / degrees of freedom).
    r2, r2_adjusted
        The share of the target's squares that is explained, and the same for variances. Squares are about the mean, or
        about 0 where there is no b (`r2_about_mean` is False), as R and NIST have it. None for a target that never
        changes.
    f, f_degrees_of_freedom, f_p
        The test that every weight is 0: F over (`f_degrees_of_freedom`, `degrees_of_freedom`), and how often chance
        alone would bring as much. With `robust` it is Wald's. None where no weight is determined.
    log_likelihood, aic, bic
        Of normal errors. The parameters counted are w and b, not the variance, as in statsmodels; R's are larger by 2
        and by log(n).
    condition_number
        As `LeastSquares` has it.
    warnings
        One sentence each.
    """

    target: str
    n_samples: int
    n_dropped: int
    degrees_of_freedom: int
    level: float
    robust: str | None
    w: dict[str, Coefficient]
    b: Coefficient | None
    residual_standard_error: float
    r2: float | None
    r2_adjusted: float | None
    r2_about_mean: bool
    f: float | None
    f_degrees_of_freedom: int
    f_p: float | None
    log_likelihood: float
    aic: float
    bic: float
    condition_number: float
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return every field as the JSON summary has it."""
        record = asdict(self)
        if record["b"] is not None:
            del record["b"]["vif"]
        return record

    def coefficients(self) -> Iterator[tuple[str, Coefficient]]:
        """Yield each by its name, b last: a feature that is called so, too, is ``w_b``."""
        others = () if self.b is None else ("b",)
        yield from ((told_apart(name, others), each) for name, each in self.w.items())
        if self.b is not None:
            yield "b", self.b

    def header(self) -> list[str]:
        """Name the columns of the coefficients' table."""
        level = f"{100 * self.level:.15g} %"
        error = "standard error" if self.robust is None else f"{self.robust} error"
        return ["", "estimate", error, "t", "p", f"{level} from", "to", "VIF"]

    def rows(self) -> list[list[str]]:
        """Write the coefficients, one a row: numbers with their points in one column, names as they are."""
        named = list(self.coefficients())
        written = zip(*(each.cells() for _, each in named), strict=True)
        columns = [list(column) if at == _OF_P else aligned(column) for at, column in enumerate(written)]
        return [[name, *numbers] for (name, _), *numbers in zip(named, *columns, strict=True)]

    def title(self) -> str:
        """Say what was fitted to what."""
        dropped = f" ({self.n_dropped:,} dropped: a cell was missing)" if self.n_dropped else ""
        features = "1 feature" if len(self.w) == 1 else f"{len(self.w):,} features"
        return f"least squares of {safe(self.target)}: {self.n_samples:,} rows{dropped} × {features}"

    def lines(self) -> list[str]:
        """Say what the fit as a whole is worth, but for the warnings."""
        degrees = self.degrees_of_freedom
        freedom = f"{degrees:,} degree{'' if degrees == 1 else 's'} of freedom"
        spread = f"residual standard error {self.residual_standard_error:.6g} on {freedom}"
        if self.r2 is None or self.r2_adjusted is None:
            said = [f"{spread}, R² undefined: the target never changes"]
        else:
            about = "" if self.r2_about_mean else ", about 0, as there is no b"
            said = [f"{spread}, R² {self.r2:.6f}, adjusted {self.r2_adjusted:.6f}{about}"]
        test, condition = "", f"condition number {ratio(self.condition_number)}"
        if self.f is not None and self.f_p is not None:
            wald = "" if self.robust is None else f" (Wald's, {self.robust})"
            p = less_or_equal(self.f_p)
            test = f"F {ratio(self.f)} on {self.f_degrees_of_freedom:,} and {degrees:,}, p {p}{wald}, "
        said.append(test + condition)
        if isfinite(self.log_likelihood):
            said.append(f"log-likelihood {self.log_likelihood:.7g}, AIC {self.aic:.7g}, BIC {self.bic:.7g}")
        return said

    def __str__(self) -> str:
        return as_text(self.title(), [self.header(), *self.rows()], self._below())

    def _repr_html_(self) -> str:
        return as_html(self.title(), [self.header(), *self.rows()], self._below())

    def _below(self) -> list[str]:
        return [*self.lines(), *(f"warning: {each}" for each in self.warnings)]
