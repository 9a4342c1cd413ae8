"""Several curves over the same epochs on one picture, each with a letter as well as a colour.

How to use it: make a `Curve` of each series, back to front, with `letter` and `style_of` of its place among them and at
most `n_buckets` buckets, and hand them to `draw_curves` with a blank picture. A series comes from a `History`, or from
epochs with gaps between them by `bucketed`. The widget around it is a `PicturePanel`, which has the styles.

Nothing is hidden: a number that is not finite has its mark on the upper edge, a cost of exactly 0 on a log axis its own
on the lower one, and where a curve that diverges would flatten the others, an arrow says where it leaves the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.history.series import Series
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import BROKEN, Picture
from linreg_tui.draw.raster import extents

STYLES = tuple(f"chart--curve-{number}" for number in range(1, 9))
"""Names of styles: as many as can be told apart. After these they come again; the letters do not."""
_BUCKETS_A_CELL = 4
_HIGHEST = {True: 1e2, False: 2.0}
"""How far above its start a curve of several may climb, on a log axis and a linear one, and the range still hold it."""
_LOWEST = 1e-16
"""How far below the lowest start it goes: there, a cost is rounding alone."""
_SMALLEST = 1e-300
"""No log axis goes further down: below, the round numbers of a float64 come to an end."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One series over epochs; its letter is not drawn where it is empty."""

    series: Series
    letter: str
    style: str

    @property
    def epochs(self) -> Vector:
        """The middle of each bucket."""
        return (self.series.first + self.series.last) / 2


def letter(index: int) -> str:
    """Return the letter of a curve by its place, from 0: a to z, A to Z, and no letter after these."""
    return ascii_letters[index] if index < len(ascii_letters) else ""


def style_of(index: int) -> str:
    """Return the style of a curve by its place, from 0."""
    return STYLES[index % len(STYLES)]


def n_buckets(width: int) -> int:
    """Return how many buckets a series needs at most in a picture of `width` cells."""
    return max(1, _BUCKETS_A_CELL * width)


def bucketed(
    epoch: NDArray[np.int64], values: Vector, most: int, extremes: tuple[Vector, Vector] | None = None
) -> Series:
    """Sum ascending epochs ``(n,)`` with gaps and their values ``(n,)`` up in at most `most` buckets of equal width.

    Parameters
    ----------
    extremes
        The least and the greatest value from each of these epochs up to the next, where the epochs between are gone.
    """
    width = -(-(int(epoch[-1]) + 1) // most) if len(epoch) else 1
    starts = np.flatnonzero(np.diff(epoch // width, prepend=-1))
    ends = np.append(starts[1:], len(epoch)) - 1 if len(epoch) else starts
    known = np.isfinite(values)
    counts = _each(np.add, known.astype(np.int64), starts)
    share = np.where(known, values, 0.0) / np.repeat(np.maximum(counts, 1), ends - starts + 1)
    low, high = (
        np.where(counts > 0, _each(extreme, np.where(known, ends_at, beyond), starts), np.nan)
        for extreme, ends_at, beyond in zip(
            (np.fmin, np.fmax), extremes or (values, values), (np.inf, -np.inf), strict=True
        )
    )
    mean = np.where(counts > 0, _each(np.add, share, starts), np.nan)
    return Series(epoch[starts], epoch[ends], low, high, mean, values[ends], counts < ends - starts + 1)


def _each(function: np.ufunc, values: NDArray[np.generic], starts: NDArray[np.int64]) -> Vector:
    """Reduce the values from each start to the next."""
    return np.asarray(function.reduceat(values, starts) if len(starts) else values[:0])


def draw_curves(picture: Picture, curves: Sequence[Curve], last: int, *, log: bool = True) -> None:
    """Draw curves on a blank picture, the first one at the back, over the epochs 0 to `last`."""
    across = Axis(0.0, float(max(1, last)))
    frame = Frame.inside((picture.width, picture.height), across, _axis(curves, log))
    frame.label(picture)
    for curve in curves:
        with np.errstate(over="ignore"):  # of a linear axis that a curve leaves by far
            x, top = frame.dots(curve.epochs, curve.series.high)
            bottom = frame.dots(curve.epochs, curve.series.low)[1]
        picture.dots(extents(x, top, bottom, frame.width, frame.height), curve.style, frame.x)
    taken: set[tuple[int, int]] = set()
    for curve in reversed(curves):
        taken |= _mark_unshowable(picture, frame, curve)
    for number, curve in enumerate(reversed(curves), start=1):
        _write_letter(picture, frame, curve, number / (len(curves) + 1), taken)


def _axis(curves: Sequence[Curve], log: bool) -> Axis:
    """Choose the range: all values, but of several curves none so far out that the others would be flat."""
    parts = [np.stack([curve.series.low, curve.series.high], axis=1).ravel() for curve in curves]
    parts = [part[np.isfinite(part) & ((part > 0) | (not log))] for part in parts]
    parts = [part for part in parts if len(part)]
    if not parts:
        return Axis(0.1, 1.0, log=True) if log else Axis(0.0, 1.0)
    low, high = min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)
    if len(parts) > 1:
        starts = [float(part[0]) for part in parts]
        ground = min(starts) * _LOWEST
        tops = [
            (float(part.max()), max(start * _HIGHEST[log], *starts)) for part, start in zip(parts, starts, strict=True)
        ]
        sane = [top for top, ceiling in tops if top <= ceiling]
        high = max(*sane, *starts) if sane else high
        if log and any(part.min() >= ground for part in parts):
            low = max(low, ground)
    if log:
        low, high = max(low, _SMALLEST), max(high, _SMALLEST)
    elif low < high / 2:
        low = min(low, 0.0)
    return Axis.around(low, high, log=log)


def _mark_unshowable(picture: Picture, frame: Frame, curve: Curve) -> set[tuple[int, int]]:
    """Mark what is no finite number, what a log axis cannot show, and where the curve leaves; return the cells."""
    series, axis, bottom = curve.series, frame.down, frame.height - 1
    is_above, is_below = series.low > axis.high, series.high < axis.low
    leaves_up = is_above & ~np.append(False, is_above[:-1])
    leaves_down = is_below & ~np.append(False, is_below[:-1])
    marks = [(leaves_down, bottom, "↓", curve.style), (leaves_up, 0, "↑", curve.style)]
    if axis.log:
        marks.append((series.low <= 0, bottom, "0", curve.style))
    marks.append((series.broken, 0, "✕", BROKEN))
    marked: set[tuple[int, int]] = set()
    for where, row, sign, style in marks:
        for column in np.unique(_columns(frame, curve.epochs[where])).tolist():
            picture.text(column, row, sign, style)
            marked.add((column, row))
    return marked


def _write_letter(picture: Picture, frame: Frame, curve: Curve, share: float, taken: set[tuple[int, int]]) -> None:
    """Write a curve's letter where it ends, and once more on the way, where no other letter or mark stands."""
    places = _places(frame, curve)
    if not places or not curve.letter:
        return
    middle = int(share * len(places))
    for places_in_turn in (places[::-1], places[middle:] + places[:middle][::-1]):
        free = next((place for place in places_in_turn if _has_room(place, taken)), None)
        if free is not None:
            taken.add(free)
            picture.text(*free, curve.letter, curve.style)


def _has_room(place: tuple[int, int], taken: set[tuple[int, int]]) -> bool:
    """Whether nothing is written on this cell or beside it."""
    return all((place[0] + step, place[1]) not in taken for step in (-1, 0, 1))


def _places(frame: Frame, curve: Curve) -> list[tuple[int, int]]:
    """List the cells that a curve goes through, in order, by its means."""
    mean = curve.series.mean
    is_shown = np.isfinite(mean) & (mean >= frame.down.low) & (mean <= frame.down.high)
    return list(dict.fromkeys(frame.cells(curve.epochs[is_shown], mean[is_shown])))


def _columns(frame: Frame, epochs: Vector) -> NDArray[np.int64]:
    """Return the columns of epochs."""
    dots = frame.across.share(epochs) * (2 * frame.width - 1)
    return frame.x + np.clip(np.floor(dots + 0.5).astype(np.int64) // 2, 0, frame.width - 1)
