"""A landscape seen from so far away, and what is drawn on it: contours, paths and signs.

The view is fixed by where a run starts and where the optimum is, and is doubled where a path leaves it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.history.history import History
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.contours import contour, levels
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.landscape import Landscape
from linreg_tui.draw.picture import LABEL, MARK, Picture
from linreg_tui.draw.raster import Dots, no_dots, polyline, segments

_GREATEST = 1e307
"""About the greatest cost in view: all of them must be finite numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A landscape in one window, with its contours; drawn again only when the window or the room changes."""

    landscape: Landscape
    doublings: int
    room: tuple[int, int]
    frame: Frame
    contours: Dots

    @classmethod
    def of(cls, landscape: Landscape, doublings: int, room: tuple[int, int]) -> Self:
        """Look at a landscape from so far away."""
        reach = np.ldexp(landscape.reach, doublings)
        across, *others = (
            Axis(float(low), float(high))
            for low, high in zip(landscape.centre - reach, landscape.centre + reach, strict=True)
        )
        if not others:
            costs = landscape.cost(np.array([[across.low], [across.high], *landscape.centre[:, np.newaxis]]))
            others = [Axis.around(float(costs.min()), float(costs.max()))]
        frame = Frame.inside(room, across, others[0])
        draw = _contours if len(landscape.names) == 2 else _parabola
        return cls(landscape, doublings, room, frame, draw(landscape, frame))

    def dots(self, points: Matrix) -> tuple[Vector, Vector]:
        """Return where points ``(n, n_directions)`` lie, in dots."""
        return self.frame.dots(points[:, 0], self._height(points))

    def path(self, picture: Picture, points: Matrix, style: str) -> None:
        """Draw a path through points ``(n, n_directions)``; it ends where it leaves the picture, and may come back.

        What jumps across it from outside to outside is left out: of a run that diverges that is each of its steps.
        """
        x, y = self.dots(points)
        inside, width, height = self.frame.holds(x, y), self.frame.width, self.frame.height
        seen = inside[:-1] | inside[1:]
        drawn = segments(x[:-1][seen], y[:-1][seen], x[1:][seen], y[1:][seen], width, height)
        picture.dots(drawn, style, self.frame.x)

    def label(self, picture: Picture) -> None:
        """Write round values beside and below, and the names: what goes up at the top left, right at the bottom."""
        self.frame.label(picture)
        names = self.landscape.names
        up = names[1] if len(names) > 1 else "cost above least squares"
        right = f"{names[0]} →"
        picture.text(self.frame.x, 0, f"↑ {up}", LABEL)
        if self.frame.height < picture.height:
            picture.text(picture.width - len(right), self.frame.height - 1, right, LABEL)

    def cell(self, point: Vector) -> tuple[int, int] | None:
        """Return where one point is, column and line; None out of view."""
        points = point[np.newaxis]
        return next(iter(self.frame.cells(points[:, 0], self._height(points))), None)

    def mark(self, picture: Picture, point: Vector, sign: str) -> bool:
        """Put a sign on one point, and return whether it is in view."""
        cell = self.cell(point)
        if cell is not None:
            picture.text(*cell, sign, MARK)
        return cell is not None

    def _height(self, points: Matrix) -> Vector:
        height: Vector = points[:, 1] if points.shape[1] == 2 else self.landscape.cost(points)
        return height


def followed(history: History, n_parameters: int, until: int, n_buckets: int) -> tuple[NDArray[np.int64], Matrix]:
    """Return the last epoch of each bucket, ``(n,)``, and the parameters after it, ``(n, n_parameters)``.

    Nothing where the worker made the buckets wider between two looks: the next picture has them.
    """
    series = [history.series(index, n_buckets, until) for index in range(n_parameters)]
    if any(len(each) != len(series[0]) for each in series):
        return np.empty(0, np.int64), np.empty((0, n_parameters))
    return series[0].last, np.column_stack([each.final for each in series])


def doublings(landscape: Landscape, path: Matrix) -> int:
    """Count how often the view must be doubled to hold the path, as far as that can be drawn."""
    with np.errstate(over="ignore", invalid="ignore"):
        farthest = np.abs(path - landscape.centre) / landscape.reach
    farthest = farthest[np.isfinite(farthest)]
    corner = float(landscape.cost(landscape.centre + landscape.reach))  # a cost grows at most as the distance squared
    most = int((np.log2(_GREATEST) - np.log2(max(corner, 1e-300))) / 2)
    return min(most, int(np.ceil(np.log2(max(1.0, farthest.max(initial=1.0))))))


def _contours(landscape: Landscape, frame: Frame) -> Dots:
    """Draw contours, dotted to be told from the path, from the cost at every second dot each way."""
    x = np.linspace(frame.across.low, frame.across.high, frame.width + 1)
    y = np.linspace(frame.down.high, frame.down.low, 2 * frame.height + 1)
    surface = landscape.cost(np.stack(np.meshgrid(x, y), axis=-1))
    dots = no_dots(frame.width, frame.height)
    right, bottom = (2 * frame.width - 1) / frame.width, (4 * frame.height - 1) / (2 * frame.height)
    for level in levels(surface):
        x0, y0, x1, y1 = contour(surface, level).T * [[right], [bottom], [right], [bottom]]
        steep = np.abs(y1 - y0) > np.abs(x1 - x0)
        for chosen, gaps in ((steep, (slice(2, None, 3), slice(None))), (~steep, (slice(None), slice(2, None, 3)))):
            drawn = segments(x0[chosen], y0[chosen], x1[chosen], y1[chosen], frame.width, frame.height)
            drawn[gaps] = False
            dots |= drawn
    return dots


def _parabola(landscape: Landscape, frame: Frame) -> Dots:
    """Draw the cost over one parameter."""
    x = np.linspace(frame.across.low, frame.across.high, 2 * frame.width)
    return polyline(*frame.dots(x, landscape.cost(x[:, np.newaxis])), frame.width, frame.height)
