"""Standard errors for errors of any variance: the sandwich of White (1980), as MacKinnon & White (1985) correct it.

The estimates are C times the sums of the errors along orthonormal directions q of the rows (`Design.influence`), so
their covariance is C M C' with M = Σ ω e² q q'. A second pass over the rows adds M up; ω is 1 (HC0), n / (n − p) (HC1),
1 / (1 − h) (HC2) or 1 / (1 − h)² (HC3), and h = ‖q‖² the leverage of the row.
"""

from collections.abc import Iterable

import numpy as np

from linreg.arrays import Array, Batch
from linreg.errors import LinregError
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.statistics.inference import RobustErrors
from linreg.statistics.influence import LEAST_LEFT, Influence

KINDS = ("HC0", "HC1", "HC2", "HC3")


class Sandwich:
    """M on its way, from rows ``(n, n_features)`` and targets ``(n,)``, and weights where there are some.

    Parameters
    ----------
    moments, answer
        Of all rows, and the exact answer that follows.
    kind
        One of `KINDS`.

    Attributes
    ----------
    meat
        ``(n_determined, n_determined)``, of the rows added so far.
    """

    def __init__(self, moments: Moments, answer: LeastSquares, bias: bool, kind: str) -> None:
        self._moments, self._answer, self._kind = moments, answer, kind
        self._rows = Influence(moments, answer, bias)
        self.meat = np.zeros((self._rows.design.n_determined, self._rows.design.n_determined))

    def add(self, batches: Iterable[Batch]) -> None:
        """Add rows, batch by batch."""
        for batch in batches:
            self._add(*self._rows.directions(batch))

    def _add(self, directions: Array, error: Array) -> None:
        left = 1 - np.square(directions).sum(axis=1)
        weighted = error
        if self._kind in ("HC2", "HC3"):
            if (left < LEAST_LEFT).any():
                raise LinregError(
                    f"a row decides a coefficient alone (its leverage is 1), and {self._kind} divides by what is left "
                    "of it: take --robust HC1, or leave the row out."
                )
            weighted = error / (left if self._kind == "HC3" else np.sqrt(left))
        scores = directions * weighted[:, np.newaxis]
        self.meat += scores.T @ scores

    def errors(self, meat: Array) -> RobustErrors:
        """Return what follows from the M of all rows: standard errors, and Wald's F that every weight is 0."""
        design, answer, estimates = self._rows.design, self._answer, self._rows.estimates
        if self._kind == "HC1" and answer.degrees_of_freedom:
            meat = meat * (self._moments.n_samples / answer.degrees_of_freedom)
        variances = np.einsum("ij,jk,ik->i", estimates, meat, estimates, optimize=True)
        undetermined = np.isnan(answer.standard_errors) if answer.standard_errors is not None else False
        errors = np.where(undetermined, np.nan, np.sqrt(np.maximum(variances, 0.0)))
        return RobustErrors(self._kind, errors, self._wald(meat[: design.rank, : design.rank]))

    def _wald(self, meat: Array) -> float | None:
        """Test the weights along the orthonormal directions, where their covariance is M itself."""
        design = self._rows.design
        if not design.rank:
            return None
        along = design.along[: design.rank]
        try:
            return float(along @ np.linalg.solve(meat, along)) / design.rank
        except np.linalg.LinAlgError:
            return None
