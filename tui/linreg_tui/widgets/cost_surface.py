"""Panel 4: the cost as a landscape seen from above, and the path that the run has walked on it.

The view is fixed by where the run starts and where the optimum is, and is doubled when the path leaves it, which one
that diverges does for ever. Contours are computed once for each view.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.facts import Facts
from linreg.history import History
from linreg.trace import Matrix, Vector
from linreg_tui.axes import Axis
from linreg_tui.contours import contour, levels
from linreg_tui.frame import Frame
from linreg_tui.landscape import Landscape, landscape_of
from linreg_tui.picture import BROKEN, FAINT, LABEL, LINE, MARK, Picture
from linreg_tui.raster import Dots, no_dots, polyline, segments
from linreg_tui.view import View
from linreg_tui.widgets.chart import Chart

_OUTSIDE = "the run is outside"
_BUCKETS = 400
_MOST_FOLLOWED = 16
"""Parameters up to which the path is read epoch by epoch; with more, from the rows that are kept."""
_GREATEST = 1e307
"""About the greatest cost in view: all of them must be finite numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
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

    def mark(self, picture: Picture, point: Vector, sign: str) -> bool:
        """Put a sign on one point, and return whether it is in view."""
        points = point[np.newaxis]
        for column, row in self.frame.cells(points[:, 0], self._height(points)):
            picture.text(column, row, sign, MARK)
            return True
        return False

    def _height(self, points: Matrix) -> Vector:
        height: Vector = points[:, 1] if points.shape[1] == 2 else self.landscape.cost(points)
        return height


class CostSurface(Chart):
    """The cost around the path that was walked."""

    number = 4
    title = "cost surface"

    def __init__(self) -> None:
        super().__init__()
        self._facts: Facts | None = None
        self._landscape: Landscape | str = ""
        self._scene: _Scene | None = None

    def draw(self, view: View, picture: Picture) -> str:
        """Draw the contours, the path, and the three points that matter."""
        if view.facts is not self._facts:
            self._facts, self._landscape, self._scene = view.facts, landscape_of(view.facts), None
        landscape = self._landscape
        if isinstance(landscape, str):
            picture.words(landscape, LABEL)
            return ""
        path = landscape.project(_walked(view))
        scene = self._scene_of(landscape, _doublings(landscape, path), (picture.width, picture.height))
        picture.dots(scene.contours, FAINT, scene.frame.x)
        picture.dots(polyline(*scene.dots(path), scene.frame.width, scene.frame.height), LINE, scene.frame.x)
        if landscape.optimum is not None:
            scene.mark(picture, landscape.optimum, "+")
        scene.mark(picture, path[0], "✕")
        if not scene.mark(picture, path[-1], "●"):
            picture.text(picture.width - len(_OUTSIDE), 0, _OUTSIDE, BROKEN)
        scene.frame.label(picture)
        _draw_names(picture, scene)
        legend = "✕ start  ● now" + ("  + least squares" if landscape.optimum is not None else "")
        words = f"{landscape.words} · {legend}" if landscape.words else legend
        return words if len(words) <= picture.width - 2 else landscape.words

    def _scene_of(self, landscape: Landscape, doublings: int, room: tuple[int, int]) -> _Scene:
        if self._scene is None or (self._scene.doublings, self._scene.room) != (doublings, room):
            self._scene = _Scene.of(landscape, doublings, room)
        return self._scene


def _walked(view: View) -> Matrix:
    """Return the parameters that the run has had, as trained, ``(n, n_parameters)``, from its start to now."""
    state, history = view.state, view.history
    n_parameters = len(view.facts.initial)
    walked = [view.facts.initial[np.newaxis]]
    if state.epoch >= 0:
        if n_parameters <= _MOST_FOLLOWED:
            epochs, early = _followed(history, n_parameters, min(state.epoch, _BUCKETS - 1))
            later_epochs, later = _followed(history, n_parameters, state.epoch)
            walked += [early, later[later_epochs > epochs.max(initial=-1)]]
        else:
            walked.extend(row.parameters[np.newaxis] for row in history.rows(_BUCKETS, state.epoch))
        walked.append(state.parameters[np.newaxis])
    return np.concatenate(walked)


def _followed(history: History, n_parameters: int, until: int) -> tuple[NDArray[np.int64], Matrix]:
    """Return the last epoch of each bucket, ``(n,)``, and the parameters after it, ``(n, n_parameters)``.

    Nothing where the worker made the buckets wider between two looks: the next picture has them.
    """
    series = [history.series(index, _BUCKETS, until) for index in range(n_parameters)]
    if any(len(each) != len(series[0]) for each in series):
        return np.empty(0, np.int64), np.empty((0, n_parameters))
    return series[0].last, np.column_stack([each.final for each in series])


def _doublings(landscape: Landscape, path: Matrix) -> int:
    """Count how often the view must be doubled to hold the path, as far as that can be drawn."""
    with np.errstate(over="ignore", invalid="ignore"):
        farthest = np.abs(path - landscape.centre) / landscape.reach
    farthest = farthest[np.isfinite(farthest)]
    corner = float(landscape.cost(landscape.centre + landscape.reach))  # a cost grows at most as the distance squared
    most = int(np.log2(_GREATEST / max(corner, 1e-300)) / 2)
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


def _draw_names(picture: Picture, scene: _Scene) -> None:
    """Write what goes up at the top left, and what goes to the right at the bottom right."""
    names = scene.landscape.names
    up = names[1] if len(names) > 1 else "cost above least squares"
    right = f"{names[0]} →"
    picture.text(scene.frame.x, 0, f"↑ {up}", LABEL)
    if scene.frame.height < picture.height:
        picture.text(picture.width - len(right), scene.frame.height - 1, right, LABEL)
