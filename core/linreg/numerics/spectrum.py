"""Large tables taken apart into orthonormal directions, once: all that is known of them follows.

Fewer rows than columns have no more directions than rows. They are found in the products of the rows with each other
(the dual), and nothing is larger than the rows are. Of many rows there are only the products of the columns, and their
eigendecomposition, with no more than three matrices of that size at a time. The columns are scaled to unit length
first. Standardised features are that but for one factor, so that the cost's curvature comes of the same directions.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Self

import numpy as np

from linreg.arrays import EPSILON, Array
from linreg.numerics.accumulation import blas

_NOISE = 8
"""Times the columns and float64's precision: an eigenvalue of products below that is nothing but their rounding."""
_SHORT = 1e-10
"""Squares of lengths below that, relative to the largest, do not tell the lengths."""
_LARGE = 1024
"""Beyond so many features an eigendecomposition that takes less memory is worth its import."""
_ALIKE = 1e5
"""Features whose units differ by no more than this factor may be multiplied out."""
_BLOCK, _CORRECTIONS = 2048, 8
_SMALL = 2**22
"""Cells whose products are done before several threads of BLAS, on a busy machine, have met."""
_FEW = 512
"""Up to so many features their products are small, however few the rows are."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The centred features, scaled to unit length, as U · diag(lengths) · Vt; U itself is not kept.

    Attributes
    ----------
    scale
        ``(n_features,)``, the lengths of the centred columns; 1 for a column of zeros.
    lengths
        ``(n_directions,)``, the singular values, descending.
    Vt
        ``(n_directions, n_features)``.
    along, beyond
        ``(n_directions,)``, U' target; and the length of what is left of the target.
    memory
        ``(n_directions + 1, n_features + 1)``, where the directions lie, in the opposite order, with room for one more
        that is the bias's.
    """

    scale: Array
    lengths: Array
    Vt: Array
    along: Array
    beyond: float
    memory: Array

    @classmethod
    def of_products(cls, cross: Array) -> Self:
        """Take apart the products of rows with each other, ``(n_features + 1, n_features + 1)``, the target's last."""
        scale, n_features = _ones_for_zeros(np.sqrt(np.diagonal(cross)[:-1])), len(cross) - 1
        scaled = cross[:-1, :-1] / scale
        scaled /= scale[:, np.newaxis]
        eigenvalues, vectors = _eigh(scaled)
        largest = max(1.0, float(eigenvalues.max(initial=0.0)))
        kept = slice(int(np.count_nonzero(eigenvalues <= _NOISE * max(1, n_features) * EPSILON * largest)), None)
        del scaled
        memory = np.zeros((len(eigenvalues[kept]) + 1, n_features + 1))
        memory[:-1, :-1] = vectors.T[kept]
        lengths, Vt = np.sqrt(eigenvalues[kept])[::-1], memory[-2::-1, :-1]
        along = Vt @ (cross[:-1, -1] / scale) / lengths
        return cls(scale, lengths, Vt, along, np.sqrt(max(0.0, float(cross[-1, -1] - along @ along))), memory)

    @classmethod
    def of_rows(cls, rows: Array) -> Self:
        """Take apart rows ``(n, n_features + 1)`` that are no more than the features, the target last."""
        scale = _ones_for_zeros(np.linalg.norm(rows[:, :-1], axis=0))
        memory = np.zeros((len(rows) + 1, rows.shape[1]))
        np.divide(rows[:, :-1], scale, out=memory[:-1, :-1])
        with blas().limit(limits=1) if rows.size <= _SMALL else nullcontext():
            U, lengths, Vt = taken_apart(memory[:-1])
        return cls(scale, lengths, Vt[:, :-1], U.T @ rows[:, -1], 0.0, memory)

    def with_bias(self, place: int) -> Array:
        """Return the directions, ascending, with the bias's at `place`: ``(n_features + 1, n_directions + 1)``.

        They stay in their memory: the spectrum is none afterwards.
        """
        memory = self.memory
        for row in range(len(memory) - 1, place, -1):
            memory[row] = memory[row - 1]
        memory[place], memory[place, -1] = 0.0, 1.0
        return memory.T


def is_wide(n_rows: int, n_features: int) -> bool:
    """Whether rows are so few beside the features that they themselves are kept, and not their products."""
    return n_rows <= n_features and n_features > _FEW


def _eigh(matrix: Array) -> tuple[Array, Array]:
    """Return the eigenvalues, ascending, and the eigenvectors of a symmetric matrix, which may be gone then."""
    if len(matrix) <= _LARGE:
        eigenvalues, vectors = np.linalg.eigh(matrix)
        return eigenvalues, vectors
    from scipy.linalg import eigh

    values, of_them = eigh(matrix.T, overwrite_a=True, check_finite=False, driver="evr")
    return values, of_them


def taken_apart(rows: Array) -> tuple[Array, Array, Array]:
    """Return the singular value decomposition U ``(n, n)``, lengths ``(n,)``, Vt ``(n, n_columns)`` of wide rows.

    Parameters
    ----------
    rows
        ``(n, n_columns)`` with n ≤ n_columns, C-contiguous. Vt is in their memory, and they are gone.
    """
    found = _by_products(rows)
    if found is not None:
        return *found, rows[::-1]
    Q, R = np.linalg.qr(rows.T)
    inner, lengths, Wt = np.linalg.svd(R)
    rows[:] = inner[:, ::-1].T @ Q.T
    return Wt.T, lengths, rows[::-1]


def _by_products(rows: Array) -> tuple[Array, Array] | None:
    """Return U and the lengths from large products alone; the directions, ascending, take the rows' place.

    The products of the rows with each other square the lengths, and halve their digits. So they only lead to a first
    basis of what the rows span, which is made orthonormal by its own products (as in Cholesky QR, twice: Yamamoto et
    al. 2015), and in which the rows are taken apart anew. None where some lengths are too short for that.
    """
    squares, U = np.linalg.eigh(rows @ rows.T)
    n_flat = int(np.count_nonzero(squares <= _SHORT * squares[-1]))
    flat = np.linalg.norm(U[:, :n_flat].T @ rows, axis=1)
    if (flat > max(rows.shape) * EPSILON * np.sqrt(max(0.0, squares[-1]))).any():
        return None
    to_basis = np.ascontiguousarray((U[:, n_flat:] / np.sqrt(squares[n_flat:])).T)
    parts = [slice(start, start + _BLOCK) for start in range(0, rows.shape[1], _BLOCK)]
    among, with_rows = np.zeros((len(to_basis), len(to_basis))), np.zeros((len(rows), len(to_basis)))
    for part in parts:
        basis = to_basis @ rows[:, part]
        among += basis @ basis.T
        with_rows += rows[:, part] @ basis.T
    orthonormal = np.linalg.inv(np.linalg.cholesky(among))
    of_kept, lengths, inner = np.linalg.svd(with_rows @ orthonormal.T, full_matrices=False)
    to_directions = np.ascontiguousarray((inner @ orthonormal)[::-1])
    for part in parts:
        rows[n_flat:, part] = to_directions @ (to_basis @ rows[:, part])
    rows[:n_flat] = 0.0
    return np.column_stack([of_kept, U[:, :n_flat][:, ::-1]]), np.append(lengths, np.zeros(n_flat))


def smallest_of(Vt: Array, scale: Array, explained: Array) -> Array:
    """Return the shortest w ``(n_features,)`` with Vt (scale · w) the coordinates that are explained, ``(rank,)``.

    It is B (B'B)⁻¹ times those, B = diag(scale) V: by the normal equations, whose lost digits corrections bring back
    (Björck 1987), where the features' units are not too different.
    """
    if scale.max() <= _ALIKE * scale.min() and (w := _by_normal_equations(Vt, scale, explained)) is not None:
        return w
    from scipy.linalg import qr, solve_triangular

    # Sorted rows and pivoted columns keep the digits of each row, whatever its size (Cox & Higham 1998).
    order = np.argsort(-scale, kind="stable")
    Q, R, pivots = qr(Vt.T[order] * scale[order, np.newaxis], mode="economic", pivoting=True, check_finite=False)
    w, wanted = np.zeros(len(scale)), explained
    for _ in range(2):  # the second time for what the first was rounded by
        w[order] += Q @ solve_triangular(R, wanted[pivots], trans="T")
        wanted = explained - Vt @ (scale * w)
    return w


def _by_normal_equations(Vt: Array, scale: Array, explained: Array) -> Array | None:
    """Return the same; None where the corrections do not come to an end."""
    products = np.zeros((len(Vt), len(Vt)))
    for start in range(0, len(scale), _BLOCK):
        block = Vt[:, start : start + _BLOCK] * scale[start : start + _BLOCK]
        products += block @ block.T
    try:
        inverse = np.linalg.inv(products)
    except np.linalg.LinAlgError:
        return None
    coordinates, w, wanted, left = np.zeros(len(Vt)), np.zeros(len(scale)), explained, np.inf
    for _ in range(_CORRECTIONS):
        coordinates += inverse @ wanted
        w = scale * (coordinates @ Vt)
        wanted = explained - Vt @ (scale * w)
        left, before = float(np.linalg.norm(wanted)), left
        if not left < before / 2:
            break
    return w if left <= len(Vt) * EPSILON * float(np.linalg.norm(explained)) else None


def _ones_for_zeros(values: Array) -> Array:
    return np.where(values > 0, values, 1.0)
