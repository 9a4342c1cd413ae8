"""Standard errors for errors of any variance: the sandwich of White (1980), as MacKinnon & White (1985) correct it.

The estimates are C times the sums of the errors along orthonormal directions q of the rows (`Design.influence`), so
their covariance is C M C' with M = Σ ω e² q q'. A second pass over the rows adds M up; ω is 1 (HC0), n / (n − p) (HC1),
1 / (1 − h) (HC2) or 1 / (1 − h)² (HC3), and h = ‖q‖² the leverage of the row.
"""

from collections.abc import Iterable

import numpy as np

from linreg.arrays import Array, Batch, WeightedBatch
from linreg.errors import LinregError
from linreg.numerics.least_squares import Design, LeastSquares
from linreg.numerics.moments import Moments
from linreg.statistics.inference import RobustErrors

KINDS = ("HC0", "HC1", "HC2", "HC3")
_LEAST_LEFT = 1e-10
"""A row of which less is left over decides its own prediction: its error says nothing."""


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
        self._moments, self._answer, self._bias, self._kind = moments, answer, bias, kind
        self._design: Design = moments.design(bias)
        self._influence = self._design.influence()
        self.meat = np.zeros((self._design.n_determined, self._design.n_determined))

    def add(self, batches: Iterable[Batch]) -> None:
        """Add rows, batch by batch."""
        for batch in batches:
            weights = np.sqrt(batch.weights / self._moments.mean_weight) if isinstance(batch, WeightedBatch) else None
            self._add(*batch, weights)

    def _add(self, X: Array, y: Array, weights: Array | None) -> None:
        moments, n_features = self._moments, self._moments.n_features
        mean = moments.mean if self._bias else np.zeros(n_features + 1)
        rows = X - mean[:-1]
        directions = rows @ self._influence[:n_features, : self._design.rank]
        error = (y - mean[-1]) - rows @ self._answer.w
        if self._bias:
            directions = np.column_stack([directions, np.full(len(y), 1 / np.sqrt(moments.n_samples))])
        if weights is not None:
            directions, error = directions * weights[:, np.newaxis], error * weights
        left = 1 - np.square(directions).sum(axis=1)
        weighted = error
        if self._kind in ("HC2", "HC3"):
            if (left < _LEAST_LEFT).any():
                raise LinregError(
                    f"a row decides a coefficient alone (its leverage is 1), and {self._kind} divides by what is left "
                    "of it: take --robust HC1, or leave the row out."
                )
            weighted = error / (left if self._kind == "HC3" else np.sqrt(left))
        scores = directions * weighted[:, np.newaxis]
        self.meat += scores.T @ scores

    def errors(self, meat: Array) -> RobustErrors:
        """Return what follows from the M of all rows: standard errors, and Wald's F that every weight is 0."""
        design, answer = self._design, self._answer
        if self._kind == "HC1" and answer.degrees_of_freedom:
            meat = meat * (self._moments.n_samples / answer.degrees_of_freedom)
        variances = np.einsum("ij,jk,ik->i", self._influence, meat, self._influence, optimize=True)
        undetermined = np.isnan(answer.standard_errors) if answer.standard_errors is not None else False
        errors = np.where(undetermined, np.nan, np.sqrt(np.maximum(variances, 0.0)))
        return RobustErrors(self._kind, errors, self._wald(meat[: design.rank, : design.rank]))

    def _wald(self, meat: Array) -> float | None:
        """Test the weights along the orthonormal directions, where their covariance is M itself."""
        design = self._design
        if not design.rank:
            return None
        along = design.U.T[: design.rank] @ design.target
        try:
            return float(along @ np.linalg.solve(meat, along)) / design.rank
        except np.linalg.LinAlgError:
            return None
