"""Numbers to characters: lines become dots, two across and four down in a cell, and dots become braille or ASCII.

Coordinates are dots, x to the right and y down, the middle of the first dot at (0, 0). Everything is vectorised: a
curve of two thousand points is drawn anew many times a second.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.arrays import Vector

Dots = NDArray[np.bool_]
"""``(4 · height, 2 · width)``: which dots are lit."""
Characters = NDArray[np.str_]
"""``(height, width)``, one character a cell; a blank where no dot is lit."""

_FAR = 1e12
"""A coordinate beyond it is taken as this: farther out, a slope can no longer be told from an upright."""
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Which bit of a braille character is which dot, Unicode chapter 21.1."""


def no_dots(width: int, height: int) -> Dots:
    """Return a plane of `width` × `height` cells with nothing on it."""
    return np.zeros((4 * height, 2 * width), np.bool_)


def polyline(x: ArrayLike, y: ArrayLike, width: int, height: int) -> Dots:
    """Join points ``(n,)`` in order, with a gap where a coordinate is NaN; what lies outside is clipped."""
    across, down = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return segments(across[:-1], down[:-1], across[1:], down[1:], width, height)


def scatter(x: ArrayLike, y: ArrayLike, width: int, height: int) -> Dots:
    """Light one dot for each point ``(n,)`` that is inside."""
    return segments(x, y, x, y, width, height)


def blobs(x: ArrayLike, y: ArrayLike, width: int, height: int) -> Dots:
    """Light two by two dots around each point ``(n,)`` that is inside: seen as a point, and less than a cell."""
    across, down = (np.asarray(each, np.float64) for each in (x, y))
    inside = (across >= -0.5) & (across < 2 * width - 0.5) & (down >= -0.5) & (down < 4 * height - 0.5)
    left, top = (
        np.clip(np.floor(each[inside]), 0, most - 2) for each, most in ((across, 2 * width), (down, 4 * height))
    )
    return scatter([left, left, left + 1, left + 1], [top, top + 1, top, top + 1], width, height)


def in_cells_of(dots: Dots, others: Dots) -> Dots:
    """Return those of other dots that lie in a cell with one of these."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    cells = dots.reshape(height, 4, width, 2).any(axis=(1, 3))
    return others & np.repeat(np.repeat(cells, 4, axis=0), 2, axis=1)


def extents(x: ArrayLike, top: ArrayLike, bottom: ArrayLike, width: int, height: int) -> Dots:
    """Draw a curve of which each point ``(n,)`` is an upright stroke from `top` to `bottom`, joined to its neighbours.

    Where two neighbours overlap they are joined at a height that both have, else between their nearest ends: the curve
    is never wider than its values. A gap where a coordinate is NaN.
    """
    x, top, bottom = (np.asarray(each, np.float64) for each in (x, top, bottom))
    middle = (np.maximum(top[:-1], top[1:]) + np.minimum(bottom[:-1], bottom[1:])) / 2
    left = np.clip(middle, top[:-1], bottom[:-1])
    right = np.clip(middle, top[1:], bottom[1:])
    return segments(
        np.concatenate([x, x[:-1]]),
        np.concatenate([top, left]),
        np.concatenate([x, x[1:]]),
        np.concatenate([bottom, right]),
        width,
        height,
    )


def segments(x0: ArrayLike, y0: ArrayLike, x1: ArrayLike, y1: ArrayLike, width: int, height: int) -> Dots:
    """Draw straight lines from (x0, y0) to (x1, y1), each ``(n,)``; those with a NaN are left out.

    A line lights one dot in each column that it crosses, or in each row where it is steeper: the one nearest to it.
    """
    dots = no_dots(width, height)
    if not dots.size:
        return dots
    ends = np.stack([np.asarray(each, np.float64).ravel() for each in (x0, y0, x1, y1)])
    x0, y0, x1, y1 = _clipped(np.clip(ends[:, ~np.isnan(ends).any(axis=0)], -_FAR, _FAR), 2 * width, 4 * height)
    # Each line is walked along the axis on which it is longer, a dot a step: so it has no gaps, and no dot twice.
    steep = np.abs(y1 - y0) > np.abs(x1 - x0)
    start, end = np.where(steep, y0, x0), np.where(steep, y1, x1)
    cross, stop = np.where(steep, x0, y0), np.where(steep, x1, y1)
    backward = start > end
    start, end = np.where(backward, end, start), np.where(backward, start, end)
    cross, stop = np.where(backward, stop, cross), np.where(backward, cross, stop)
    slope = np.divide(stop - cross, end - start, out=np.zeros_like(start), where=end > start)

    # The steps of all lines are one flat array, and `which` says whose each is: no loop over two thousand lines, and
    # none over as many steps as the longest of them has.
    first = _nearest(start)
    counts = _nearest(end) - first + 1
    which = np.repeat(np.arange(len(counts)), counts)
    along = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    # The first and the last dot may lie up to half a dot beyond the line's ends. They are put where the ends are: drawn
    # on to there, the line could come to a row that none of its values is in.
    across = _nearest(cross[which] + slope[which] * (np.clip(along, start[which], end[which]) - start[which]))
    row, column = np.where(steep[which], along, across), np.where(steep[which], across, along)
    # on the frame's own edge, half a dot outside, a coordinate is rounded to the next dot either way
    inside = (row >= 0) & (row < 4 * height) & (column >= 0) & (column < 2 * width)
    dots[row[inside], column[inside]] = True
    return dots


def dashed(dots: Dots) -> Dots:
    """Break a line that goes across into dashes three dots long."""
    kept = dots.copy()
    kept[:, np.arange(kept.shape[1]) % 6 >= 3] = False
    return kept


def characters(dots: Dots, *, plain: bool = False) -> Characters:
    """Turn dots into one character a cell: braille, or where `plain` the ASCII character that looks most like them."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    # each dot has a bit of its own, so their sum is all of them together
    bits = np.einsum("hrwc,rc->hw", dots.reshape(height, 4, width, 2), _BITS)
    drawn: Characters = (_PLAIN if plain else _BRAILLE)[bits]
    return drawn


def _clipped(ends: NDArray[np.float64], n_columns: int, n_rows: int) -> tuple[Vector, Vector, Vector, Vector]:
    """Keep what lies inside the frame of lines ``(4, n)`` (Liang and Barsky 1984)."""
    x0, y0, x1, y1 = ends
    dx, dy = x1 - x0, y1 - y0
    enters, leaves = np.zeros_like(x0), np.ones_like(x0)
    visible = np.ones(x0.shape, np.bool_)
    for rate, room in ((-dx, x0 + 0.5), (dx, n_columns - 0.5 - x0), (-dy, y0 + 0.5), (dy, n_rows - 0.5 - y0)):
        crossing = np.divide(room, rate, out=np.zeros_like(room), where=rate != 0)
        enters = np.where(rate < 0, np.maximum(enters, crossing), enters)
        leaves = np.where(rate > 0, np.minimum(leaves, crossing), leaves)
        visible &= (rate != 0) | (room >= 0)
    visible &= enters <= leaves
    x0, y0, dx, dy, enters, leaves = (each[visible] for each in (x0, y0, dx, dy, enters, leaves))
    return x0 + enters * dx, y0 + enters * dy, x0 + leaves * dx, y0 + leaves * dy


def _nearest(values: Vector) -> NDArray[np.int64]:
    # Not np.rint, which rounds a half to the even number: the steps of a line that climbs a dot in two would be one and
    # three dots long in turn.
    return np.floor(values + 0.5).astype(np.int64)


def _look_alike(bits: int) -> str:
    """Choose the ASCII character whose ink lies where the lit dots are."""
    lit = (bits & _BITS) > 0
    if not lit.any():
        return " "
    rows = np.flatnonzero(lit.any(axis=1))
    left, right = np.flatnonzero(lit[:, 0]), np.flatnonzero(lit[:, 1])
    if lit.sum() >= 6:
        return "#"
    if len(left) and len(right) and abs(left.mean() - right.mean()) > 1:
        return "/" if left.mean() > right.mean() else "\\"
    if len(rows) >= 3:
        return "|" if rows[-1] - rows[0] + 1 == len(rows) else ":"
    if len(rows) == 2 and rows[1] - rows[0] > 1:
        return ":"
    return {0: "'", 1: "-", 2: "-", 3: "_" if lit[3].all() else "."}[int(rows.max() if rows.max() == 3 else rows.min())]


_BRAILLE = np.array([" ", *(chr(0x2800 + bits) for bits in range(1, 256))])
_PLAIN = np.array([_look_alike(bits) for bits in range(256)])
