"""The sums of the rows of one feature, exact, so that rows can come and go one at a time and nothing drifts.

A float64 is a fraction whose denominator is a power of two, and fractions are added, multiplied and subtracted without
rounding. So taking a row away takes away just what it had brought, however large it was beside the others: moments in
floating point would keep the rounding of an outlier that is long gone. A row costs the same whether there are three of
them or a thousand; only the moments that are handed out are rounded, each number once.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import inf, sqrt
from typing import Self

import numpy as np

from linreg.arrays import Vector
from linreg.numerics.moments import Moments


@dataclass(frozen=True, slots=True)
class ExactSums:
    """How many rows (x, y) there are, and the sums of x, y and of their products."""

    n_samples: int = 0
    x: Fraction = Fraction()
    y: Fraction = Fraction()
    xx: Fraction = Fraction()
    xy: Fraction = Fraction()
    yy: Fraction = Fraction()

    @classmethod
    def of(cls, x: Vector, y: Vector) -> Self:
        """Add up rows, ``(n_samples,)`` each and finite."""
        rows = [(Fraction(across), Fraction(up)) for across, up in zip(x.tolist(), y.tolist(), strict=True)]
        return cls(
            len(rows),
            sum((across for across, _ in rows), Fraction()),
            sum((up for _, up in rows), Fraction()),
            sum((across * across for across, _ in rows), Fraction()),
            sum((across * up for across, up in rows), Fraction()),
            sum((up * up for _, up in rows), Fraction()),
        )

    def with_row(self, x: float, y: float, sign: int = 1) -> Self:
        """Return the sums with a row more, or where the sign is −1 without it."""
        across, up = Fraction(x), Fraction(y)
        return type(self)(
            self.n_samples + sign,
            self.x + sign * across,
            self.y + sign * up,
            self.xx + sign * across * across,
            self.xy + sign * across * up,
            self.yy + sign * up * up,
        )

    def moments(self, x: Vector, y: Vector) -> Moments:
        """Return the moments of the rows whose sums these are: the rows themselves tell no more than their extremes.

        Raises
        ------
        LinregError
            A column's squares are too large or too small for float64.
        """
        n = max(1, self.n_samples)
        means = self.x / n, self.y / n
        mean = np.array([_float(each) for each in means])
        xx, xy, yy = self.xx - self.x * means[0], self.xy - self.x * means[1], self.yy - self.y * means[1]
        unexplained = yy - xy * xy / xx if xx else yy
        length = sqrt(_float(xx))
        return Moments(
            n_samples=self.n_samples,
            mean=mean,
            cross=np.array([[_float(xx), _float(xy)], [_float(xy), _float(yy)]]),
            minimum=np.array([x.min(initial=inf), y.min(initial=inf)]),
            maximum=np.array([x.max(initial=-inf), y.max(initial=-inf)]),
            factor=np.array([[length, _float(xy) / length if length else 0.0], [0.0, sqrt(_float(unexplained))]]),
            rest=np.array([_float(exact - Fraction(each)) for exact, each in zip(means, mean.tolist(), strict=True)]),
        )


def _float(value: Fraction) -> float:
    """Return the nearest float64; an infinite one of what is beyond them all."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
