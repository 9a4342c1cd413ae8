"""Contours of a surface that is known on a grid: marching squares, all cells at once."""

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector

Indices = NDArray[np.intp]
_BETWEEN = 4.0
"""How much higher each contour is than the one inside it: along a parabola they then lie evenly, each twice as far."""
_INNERMOST = 1e-3
"""Of the height of the surface; contours below it would be smaller than a cell."""


def levels(surface: Matrix) -> Vector:
    """Return ascending heights to draw contours at, each above the lowest point by four times as much as the last."""
    finite = surface[np.isfinite(surface)]
    if not len(finite):
        return np.empty(0)
    low, span = float(finite.min()), float(np.ptp(finite))
    n_levels = int(np.log(1 / _INNERMOST) / np.log(_BETWEEN))
    heights: Vector = low + span * 0.5 * _BETWEEN ** -np.arange(n_levels, dtype=np.float64)[::-1]
    return heights if span > 0 else np.empty(0)


def contour(surface: Matrix, level: float) -> Matrix:
    """Return where a surface ``(n_rows, n_columns)`` has one height, as straight pieces ``(n, 4)``: x0, y0, x1, y1.

    Coordinates count columns and rows of the grid. Where a cell's corners alternate, its middle decides which are
    joined. A cell with a corner that is not finite has no contour.
    """
    above = surface >= level
    corners = np.stack([above[:-1, :-1], above[:-1, 1:], above[1:, 1:], above[1:, :-1]])
    values = np.stack([surface[:-1, :-1], surface[:-1, 1:], surface[1:, 1:], surface[1:, :-1]])
    finite = np.isfinite(values).all(axis=0)
    case = np.where(finite, np.tensordot([1, 2, 4, 8], corners, axes=1), 0)
    with np.errstate(all="ignore"):
        saddle_is_above = values.mean(axis=0) >= level
    case = np.where(saddle_is_above & np.isin(case, (5, 10)), 15 - case, case)

    pieces = []
    for number, joined in _PIECES.items():
        rows, columns = np.nonzero(case == number)
        for start, end in joined if len(rows) else ():
            ends = [_crossing(values[:, rows, columns], edge, level, rows, columns) for edge in (start, end)]
            pieces.append(np.column_stack([*ends[0], *ends[1]]))
    return np.concatenate(pieces) if pieces else np.empty((0, 4))


_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))
_TOP, _RIGHT, _BOTTOM, _LEFT = (0, 1), (1, 2), (2, 3), (3, 0)
_PIECES = {
    1: [(_LEFT, _TOP)],
    2: [(_TOP, _RIGHT)],
    3: [(_LEFT, _RIGHT)],
    4: [(_RIGHT, _BOTTOM)],
    5: [(_LEFT, _TOP), (_RIGHT, _BOTTOM)],
    6: [(_TOP, _BOTTOM)],
    7: [(_LEFT, _BOTTOM)],
    8: [(_BOTTOM, _LEFT)],
    9: [(_TOP, _BOTTOM)],
    10: [(_TOP, _RIGHT), (_BOTTOM, _LEFT)],
    11: [(_RIGHT, _BOTTOM)],
    12: [(_LEFT, _RIGHT)],
    13: [(_TOP, _RIGHT)],
    14: [(_LEFT, _TOP)],
}
"""Which edges of a cell are joined, by which corners are above: 1 the upper left, then clockwise 2, 4 and 8."""


def _crossing(
    values: Matrix, edge: tuple[int, int], level: float, rows: Indices, columns: Indices
) -> tuple[Vector, Vector]:
    """Return x and y of where an edge has the height, between its two corners."""
    start, end = values[edge[0]], values[edge[1]]
    share = (level - start) / (end - start)
    (x0, y0), (x1, y1) = _CORNERS[edge[0]], _CORNERS[edge[1]]
    return columns + x0 + share * (x1 - x0), rows + y0 + share * (y1 - y0)
