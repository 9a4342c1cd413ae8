"""The one pass over the rows against the one matrix product that it cannot do without."""

from collections.abc import Iterator

from benchmarks.measuring import Comparison, TimesAsFast, alternate
from benchmarks.synthetic import rows
from linreg.numerics.moments import Moments

GOALS = {(1_000_000, 8): 0.6, (1_000_000, 32): 1.0, (1_000_000, 64): 1.2, (100_000, 512): 0.9}
"""The goal for each number of rows and features, as a part of the product's speed."""


def measure(quick: bool) -> Iterator[Comparison]:
    """Moments of rows in memory (means, extremes, centred products) against one `X.T @ X`, in float64."""
    for (n_samples, n_features), goal in GOALS.items():
        n_samples //= 50 if quick else 1
        X, y = rows(n_samples, n_features)
        ours, rival = alternate(lambda X=X, y=y: Moments.of(X, y), lambda X=X: X.T @ X, 3 if quick else 10)  # type: ignore[misc]
        name = f"moments of {n_samples:,} × {n_features} in memory: X.T @ X alone"
        yield Comparison(name, ours, rival, TimesAsFast(goal))
