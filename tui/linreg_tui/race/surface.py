"""Panel 2 of a race with one or two parameters: everybody's path over the same landscape.

The view holds where all start and where the optimum is. It is doubled for a path that leaves it on a way that leads
down, as momentum does, and never made smaller again; one that climbs is let go.
"""

import numpy as np

from linreg.arrays import Matrix
from linreg.history.history import History
from linreg_tui.draw.landscape import Landscape
from linreg_tui.draw.lettering import Lettering
from linreg_tui.draw.picture import FAINT, LABEL, Picture
from linreg_tui.draw.scene import Scene, doublings, followed
from linreg_tui.race.arrangement import SURFACE
from linreg_tui.race.chart import MOST_CURVES
from linreg_tui.race.view import RaceView, surface_of
from linreg_tui.widgets.picture_panel import PicturePanel

_BUCKETS = 300


class RaceSurfacePanel(PicturePanel):
    """The paths of a race."""

    number = SURFACE
    title = "cost surface"

    def __init__(self) -> None:
        super().__init__()
        self._view: RaceView | None = None
        self._landscape: Landscape | None = None
        self._histories: tuple[History, ...] = ()
        self._scene: Scene | None = None
        self._doublings = 0

    def show(self, view: RaceView) -> None:
        """Draw this moment of the race."""
        if self._view is None or self._view.facts is not view.facts:
            self._landscape, self._scene = surface_of(view.facts), None
        if self._histories != view.histories:
            self._histories, self._doublings = view.histories, 0
        self._view = view
        self.draw_again()

    def paint(self, picture: Picture) -> str | None:
        """Draw the contours, the paths from the last to the best, where they start and where they should end."""
        view, landscape = self._view, self._landscape
        if view is None or landscape is None:
            return None
        numbers = _drawn(view)
        paths = {number: landscape.project(_walked(view, number)) for number in numbers}
        scene = self._scene_of(landscape, list(paths.values()), (picture.width, picture.height))
        picture.dots(scene.contours, FAINT, scene.frame.x)
        for number in reversed(numbers):
            scene.path(picture, _sane(landscape, paths[number]), _style(view, number))
        for path in paths.values():
            scene.mark(picture, path[0], "✕")
        if landscape.optimum is not None:
            scene.mark(picture, landscape.optimum, "+")
        scene.label(picture)
        outside = self._write_letters(picture, scene, view, paths)
        return _words(picture, landscape, outside)

    def _scene_of(self, landscape: Landscape, paths: list[Matrix], room: tuple[int, int]) -> Scene:
        for path in paths:
            costs = landscape.cost(path[[0, -1]])
            seen = path if costs[1] <= costs[0] else path[:1]
            self._doublings = max(self._doublings, doublings(landscape, seen))
        if self._scene is None or (self._scene.doublings, self._scene.room) != (self._doublings, room):
            self._scene = Scene.of(landscape, self._doublings, room)
        return self._scene

    def _write_letters(self, picture: Picture, scene: Scene, view: RaceView, paths: dict[int, Matrix]) -> str:
        """Write each racer's letter where it is; return the letters of those out of view."""
        lettering, outside = Lettering(picture, scene.frame.height), ""
        for number, path in paths.items():
            cell = scene.cell(path[-1])
            if cell is None:
                outside += view.letter(number)
            else:
                lettering.put(*cell, view.letter(number), _style(view, number))
        return outside


def _sane(landscape: Landscape, path: Matrix) -> Matrix:
    """Let a path that climbs above where it began end where its cost was least: the rest would cover all others."""
    with np.errstate(over="ignore", invalid="ignore"):
        costs = landscape.cost(path)
    return path if costs[-1] <= costs[0] else path[: int(np.argmin(np.nan_to_num(costs, nan=np.inf))) + 2]


def _drawn(view: RaceView) -> list[int]:
    """List those whose paths are drawn, the foremost first: the chosen one, then the best."""
    numbers = [position.number for position in view.state.ranking]
    if view.selected is not None:
        numbers = [view.selected, *(number for number in numbers if number != view.selected)]
    return numbers[:MOST_CURVES]


def _style(view: RaceView, number: int) -> str:
    return view.style(number) if view.selected in (None, number) else LABEL


def _walked(view: RaceView, number: int) -> Matrix:
    """Return the parameters that a racer has had, as trained, ``(n, n_parameters)``, from its start to now."""
    initial, history = view.facts[number].initial, view.histories[number]
    early, first = followed(history, len(initial), min(history.last_epoch, _BUCKETS - 1), _BUCKETS)
    epochs, later = followed(history, len(initial), history.last_epoch, _BUCKETS)
    return np.concatenate([initial[np.newaxis], first, later[epochs > early.max(initial=-1)]])


def _words(picture: Picture, landscape: Landscape, outside: str) -> str:
    legend = "✕ start" + ("  + least squares" if landscape.optimum is not None else "")
    parts = [landscape.words, legend, f"{outside} outside" if outside else ""]
    words = " · ".join(filter(None, parts))
    return words if len(words) <= picture.width - 2 else parts[2]
