"""Panel 4: the cost as a landscape seen from above, and the path that the run has walked on it.

The view is doubled when the path leaves it; where the cost climbs far above that of the start, the path is let go.
Contours are computed once for each view.
"""

import numpy as np

from linreg.arrays import Matrix
from linreg.training.facts import Facts
from linreg_tui.draw.landscape import Landscape, landscape_of
from linreg_tui.draw.picture import BROKEN, FAINT, LABEL, LINE, Picture
from linreg_tui.draw.scene import Scene, doublings, followed
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.view import View, name_of_least

_OUTSIDE = "the run is outside"
_BUCKETS = 400
_HIGHEST = 16.0
"""How many times the cost of the start a path may climb and still be followed: momentum overshoots as far."""
_MOST_FOLLOWED = 16
"""Parameters up to which the path is read epoch by epoch; with more, from the rows that are kept."""


class SurfacePanel(ChartPanel):
    """The cost around the path that was walked."""

    number = 4
    title = "cost surface"

    def __init__(self) -> None:
        super().__init__()
        self._facts: Facts | None = None
        self._landscape: Landscape | str = ""
        self._scene: Scene | None = None

    def draw(self, view: View, picture: Picture) -> str:
        """Draw the contours, the path, and the three points that matter."""
        if view.facts is not self._facts:
            self._facts, self._landscape, self._scene = view.facts, landscape_of(view.facts), None
        landscape = self._landscape
        if isinstance(landscape, str):
            picture.words(landscape, LABEL)
            return ""
        path = landscape.project(_walked(view))
        scene = self._scene_of(landscape, doublings(landscape, _sane(landscape, path)), (picture.width, picture.height))
        picture.dots(scene.contours, FAINT, scene.frame.x)
        scene.path(picture, path, LINE)
        if landscape.optimum is not None:
            scene.mark(picture, landscape.optimum, "+")
        scene.mark(picture, path[0], "✕")
        if not scene.mark(picture, path[-1], "●"):
            picture.text(picture.width - len(_OUTSIDE), 0, _OUTSIDE, BROKEN)
        scene.label(picture)
        here = "now" if view.now is None else "then"
        legend = f"✕ start  ● {here}" + (f"  + {name_of_least(view.facts)}" if landscape.optimum is not None else "")
        words = f"{landscape.words} · {legend}" if landscape.words else legend
        return words if len(words) <= picture.width - 2 else landscape.words

    def _scene_of(self, landscape: Landscape, n_doublings: int, room: tuple[int, int]) -> Scene:
        if self._scene is None or (self._scene.doublings, self._scene.room) != (n_doublings, room):
            self._scene = Scene.of(landscape, n_doublings, room)
        return self._scene


def _sane(landscape: Landscape, path: Matrix) -> Matrix:
    """Keep the part of a path that need be in view: what diverges leaves it, and would leave any."""
    with np.errstate(over="ignore", invalid="ignore"):
        costs = landscape.cost(path)
        return path[costs <= _HIGHEST * max(float(costs[0]), 1e-300)]


def _walked(view: View) -> Matrix:
    """Return the parameters that the run has had, as trained, ``(n, n_parameters)``, from its start to now."""
    state, history = view.state, view.history
    n_parameters = len(view.facts.initial)
    walked = [view.facts.initial[np.newaxis]]
    if state.epoch >= 0:
        if n_parameters <= _MOST_FOLLOWED:
            epochs, early = followed(history, n_parameters, min(state.epoch, _BUCKETS - 1), _BUCKETS)
            later_epochs, later = followed(history, n_parameters, state.epoch, _BUCKETS)
            walked += [early, later[later_epochs > epochs.max(initial=-1)]]
        else:
            walked.extend(row.parameters[np.newaxis] for row in history.rows(_BUCKETS, state.epoch))
        walked.append(state.parameters[np.newaxis])
    return np.concatenate(walked)
