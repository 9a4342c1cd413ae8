"""Panel 4: the cost as a landscape seen from above, and the path that the run has walked on it.

A cursor reads the landscape off, and another run can start where it points. The view is doubled when the path leaves
it; where the cost climbs far above that of the start, the path is let go. Contours are computed once for each view.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import reactive

from linreg.arrays import Matrix, Vector
from linreg.training.facts import Facts
from linreg_tui.draw.landscape import Landscape, landscape_of
from linreg_tui.draw.picture import BROKEN, FAINT, LABEL, LINE, MARK, Picture
from linreg_tui.draw.scene import Scene, doublings, followed
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.view import View, name_of_least
from linreg_tui.text.numbers import significant

_DIGITS = ".15g"
"""Of a number that has been to the units that are trained in and back."""
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

    cursor: reactive[tuple[float, ...] | None] = reactive[tuple[float, ...] | None](None, repaint=False, init=False)
    """The point that somebody points at, a number for each direction."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move_cursor(-1, 0)", "Cursor left", show=False),
        Binding("right", "move_cursor(1, 0)", "Cursor right", show=False),
        Binding("up", "move_cursor(0, -1)", "Cursor up", show=False),
        Binding("down", "move_cursor(0, 1)", "Cursor down", show=False),
        Binding("enter", "start_there", "Start from the cursor", show=False),
    ]

    @dataclass
    class StartAsked(Message):
        """Somebody wants a run to start where they pointed: at these w and then b, in the data's own units.

        `cell`: how far apart two places are that can be told from each other, of each.
        """

        start: tuple[float, ...]
        cell: tuple[float, ...] = ()

    DOES = "starts there"

    def __init__(self) -> None:
        super().__init__()
        self.does = self.DOES
        """What ⏎ does with the place."""
        self._facts: Facts | None = None
        self._landscape: Landscape | str = ""
        self._scene: Scene | None = None

    # The cursor

    def watch_cursor(self) -> None:
        """Draw the cursor where it is now."""
        self.draw_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to the screen while there is no cursor."""
        if action in ("move_cursor", "start_there"):
            return self.cursor is not None
        return super().check_action(action, parameters)

    def toggle_cursor(self) -> None:
        """Point at where the run is, or at nothing any more."""
        here = None
        if self._view is not None:
            self._know(self._view.facts)  # it may just have been laid out, and not been drawn yet
        if self.cursor is None and self._view is not None and isinstance(self._landscape, Landscape):
            point = self._landscape.project(self._view.state.parameters[np.newaxis])[0]
            is_seen = self._scene is None or self._scene.cell(point) is not None
            here = tuple((point if is_seen else self._landscape.centre).tolist())
        self.cursor = here

    def action_move_cursor(self, n_columns: int, n_rows: int) -> None:
        """Point some cells further."""
        cell = None if self._scene is None or self.cursor is None else self._scene.cell(np.array(self.cursor))
        if cell is not None:
            self._point_at(cell[0] + n_columns, cell[1] + n_rows)

    def on_click(self, click: Click) -> None:
        """Point at the place under the mouse."""
        at = click.get_content_offset(self)
        if at is not None:
            self._point_at(*at)

    def _point_at(self, column: int, row: int) -> None:
        if self._scene is not None:
            self.cursor = self._scene.frame.at(column, row)[: len(self._scene.landscape.names)]

    def action_start_there(self) -> None:
        """Ask for a run from the point that is read off."""
        if self._view is None or self.cursor is None or self._scene is None:
            return
        facts, landscape, frame = self._view.facts, self._scene.landscape, self._scene.frame
        point = np.array(self.cursor)
        here = _in_units(facts, landscape, point)
        sides = ((axis.high - axis.low) / n for axis, n in ((frame.across, frame.width), (frame.down, frame.height)))
        beside = [point + side * unit for side, unit in zip(sides, np.eye(len(point)), strict=False)]
        cell = sum((np.abs(_in_units(facts, landscape, each) - here) for each in beside), np.zeros(len(here)))
        start = tuple(float(f"{each:{_DIGITS}}") for each in here.tolist())
        self.post_message(self.StartAsked(start, tuple(cell.tolist())))

    def key_escape(self, event: Key) -> None:
        """Point at nothing any more; whoever has asked for the place is told by the key itself."""
        if self.cursor is not None and self.does == self.DOES:
            event.stop()
            self.cursor = None

    def draw(self, view: View, picture: Picture) -> str:
        """Draw the contours, the path, and the three points that matter."""
        self._know(view.facts)
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
        if self.cursor is not None:
            _draw_cursor(picture, scene, self.cursor)
            return _read_off(landscape, self.cursor, view, picture.width - 2, self.does)
        here = "now" if view.now is None else "then"
        legend = f"✕ start  ● {here}" + (f"  + {name_of_least(view.facts)}" if landscape.optimum is not None else "")
        words = f"{landscape.words} · {legend}" if landscape.words else legend
        return words if len(words) <= picture.width - 2 else landscape.words

    def _know(self, facts: Facts) -> None:
        if facts is not self._facts:
            self._facts, self._landscape, self._scene = facts, landscape_of(facts), None
            if isinstance(self._landscape, str) or len(self.cursor or ()) != len(self._landscape.names):
                self.set_reactive(SurfacePanel.cursor, None)

    def _scene_of(self, landscape: Landscape, n_doublings: int, room: tuple[int, int]) -> Scene:
        if self._scene is None or (self._scene.doublings, self._scene.room) != (n_doublings, room):
            self._scene = Scene.of(landscape, n_doublings, room)
        return self._scene


def _draw_cursor(picture: Picture, scene: Scene, point: tuple[float, ...]) -> None:
    """Draw a sign where somebody points, and lines to the edges that lead the eye to it."""
    cell = scene.cell(np.array(point))
    if cell is None:
        return
    column, row = cell
    for y in range(scene.frame.height):
        if picture.is_free(column, y, 1):
            picture.text(column, y, "│", LABEL)
    for x in range(scene.frame.x, scene.frame.x + scene.frame.width):
        if picture.is_free(x, row, 1):
            picture.text(x, row, "─", LABEL)
    picture.text(column, row, "◆", MARK)


def _in_units(facts: Facts, landscape: Landscape, point: Vector) -> Vector:
    """Return w and then b at a point of the landscape, in the data's own units."""
    w, b = facts.in_original_units(landscape.lift(point))
    return w if b is None else np.append(w, b)


def _read_off(landscape: Landscape, point: tuple[float, ...], view: View, width: int, does: str) -> str:
    """Say where somebody points and what it costs there, and as far as there is room what ⏎ does."""
    where = [f"{name} {significant(value)}" for name, value in zip(landscape.names, point, strict=True)]
    cost = landscape.floor + float(landscape.cost(np.array(point)))
    if not landscape.floor and view.facts.quadratic is None and view.facts.recipe.reduction == "sum":
        cost *= view.facts.n_samples
    about = "about " if len(view.facts.sample_y) < view.facts.n_samples and view.facts.quadratic is None else ""
    said = " · ".join([*where, f"cost {about}{significant(cost)}"])
    wordings = [said + more for more in (f" · ⏎ {does}", f" · ⏎ {does.partition(' ')[0]}") if view.facts.is_linear]
    return next((each for each in wordings if len(each) <= width), said)


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
