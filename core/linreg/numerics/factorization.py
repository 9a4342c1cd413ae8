"""The triangular factor of centred rows, R with R'R their cross-products: half the condition number, all the digits.

Where the target is much larger than what the features explain of it (NIST's Wampler5: 10,000 times), its rounding
drowns small coefficients even so. For small data the target's column of R is therefore refined: residuals and their
products with the rows are summed exactly, by products without rounding error (Dekker 1971) and `fsum`.
"""

from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Array

FACTORED_CELLS = 2**18
"""Up to so many cells a QR of the rows costs nothing that anyone notices."""
_REFINED_CELLS = 2**13
_REFINEMENTS = 3
_LEAST_LENGTH = 1e-4
"""With a singular value below this, relative to the largest, w is large enough for its own rounding to do harm."""


def factor_of_rows(X: NDArray[Any], y: NDArray[Any], mean: Array, rest: Array) -> Array:
    """Return R ``(≤ n_features + 1, n_features + 1)`` of the rows [X y] less their mean, `mean` and its `rest`.

    Both ``(n_features + 1,)``: of large integers the mean has more digits than float64.
    """
    rows = np.column_stack([X, y]).astype(np.float64, copy=False)
    centred = rows - mean
    factor = np.asarray(np.linalg.qr(centred - rest, mode="r"))
    if X.size <= _REFINED_CELLS and len(factor) == len(mean):  # with fewer rows nothing is left to refine
        # Columns that the mean can be taken off without rounding are refined without it: their sums are smaller.
        exact = ((rows - (centred + mean) == 0) & (rows - centred == mean)).all(axis=0)
        rows, centre = np.where(exact, centred, rows), np.where(exact, rest, mean)
        _refine(factor, rows[:, :-1], rows[:, -1], centre)
    return factor


def intercept(w: Array, mean: Array, rest: Array) -> float:
    """Return the target's mean less w times the features' means, rounded once.

    `w` is ``(n_features,)``; the means, ``(n_features + 1,)`` each, are `mean` and what rounding left out, `rest`.
    """
    products, errors = _exact_products(mean[:-1], -w)
    terms = np.concatenate([mean[-1:], rest[-1:], products, errors, rest[:-1] * -w])
    return fsum(terms) if np.isfinite(terms).all() else float(mean[-1] - mean[:-1] @ w)


def merged_factor(first: Array, second: Array, between: Array) -> Array:
    """Return R of both sets of rows; `between` is the row that the distance of their means adds."""
    return np.asarray(np.linalg.qr(np.vstack([first, second, between]), mode="r"))


def _refine(factor: Array, X: Array, y: Array, mean: Array) -> None:
    """Improve the last column of `factor` in place, by iterative refinement of the least-squares solution."""
    # Only the last column, R w beside the length of the residual, holds what the target's rounding drowns. The rest is
    # as good as Householder made it, and good enough to solve with: refinement corrects what it gets wrong.
    triangle = factor[:-1, :-1]
    scale = np.linalg.norm(triangle, axis=0)
    if not len(scale) or not scale.all():
        return
    U, lengths, Vt = np.linalg.svd(triangle / scale)
    if not np.isfinite(lengths).all() or lengths[-1] < _LEAST_LENGTH * lengths[0]:
        return
    w = Vt.T @ (U.T @ factor[:-1, -1] / lengths) / scale
    b = float(mean[-1] - mean[:-1] @ w)
    try:
        w, b, residual = _refined(X, y, mean, w, b, (Vt, lengths, scale))
    except (OverflowError, ValueError):  # a sum beyond float64: the answer as it was has all the digits there are
        return
    factor[:-1, -1] = triangle @ w
    factor[-1, -1] = np.linalg.norm(residual[0])


def _refined(
    X: Array, y: Array, mean: Array, w: Array, b: float, decomposition: tuple[Array, Array, Array]
) -> tuple[Array, float, tuple[Array, Array]]:
    """Improve w and b by residuals of twice the precision; `decomposition` is V', the singular values, the scale."""
    Vt, lengths, scale = decomposition
    residual = _exact_residual(X, y, w, b)
    for _ in range(_REFINEMENTS):
        # What the normal equations lack at w, summed over the rows as they came: centred rows would have been rounded,
        # so the means are taken off the two sums instead.
        off = np.array([_exact_dot(column, *residual) for column in X.T])
        bias_off = fsum(np.concatenate(residual))
        slope = (off - mean[:-1] * bias_off) / scale
        change = Vt.T @ (Vt @ slope / np.square(lengths)) / scale
        w, b = w + change, b + bias_off / len(y) - float(mean[:-1] @ change)
        residual = _exact_residual(X, y, w, b)
    return w, b, residual


def _exact_residual(X: Array, y: Array, w: Array, b: float) -> tuple[Array, Array]:
    """Return y − X w − b to twice the precision, as a rounded value and the rest.

    A residual is what is left when numbers thousands of times as large cancel; rounded once, it would bring back the
    error that it is to correct.
    """
    products, errors = _exact_products(X, -w)
    terms = np.column_stack([y, np.full(len(y), -b), products, errors]).tolist()
    high = [fsum(row) for row in terms]
    low = [fsum([*row, -value]) for row, value in zip(terms, high, strict=True)]
    return np.array(high), np.array(low)


def _exact_dot(column: Array, high: Array, low: Array) -> float:
    products, errors = _exact_products(column, high)
    return fsum(np.concatenate([products, errors, column * low]))


def _exact_products(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a·b rounded, and exactly what rounding left out.

    Halves have so few digits that their products are exact, and taken off in this order so are the differences.
    """
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(values: Array) -> tuple[Array, Array]:
    """Split each number into two of at most 26 bits (Veltkamp)."""
    # Multiplied by 2²⁷ + 1 the upper half of the 53 digits is all that survives the subtraction.
    shifted = values * (2.0**27 + 1)
    high = shifted - (shifted - values)
    return high, values - high
