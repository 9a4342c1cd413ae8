"""Panel 1: the cost over the epochs, or over the same epochs a curve that a script has logged.

Both ranges grow in steps of round numbers: the curve is then drawn on, not drawn anew, and a frame costs a few cells.
Nothing is left out to look tidy: a spike keeps its height however many epochs share a column, what is not a finite
number has its mark on the upper edge, and a cost that a log axis cannot show (exactly 0) its own on the lower one.
A cursor reads the epochs off: with the keyboard while the panel has it, or with the mouse.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.message import Message
from textual.reactive import reactive

from linreg.history.curves import Curve
from linreg.history.epochs import Row
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.draw.picture import MARK, Picture
from linreg_tui.monitor.names import parameter_names
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.panels.cost_drawing import (
    AxisKind,
    DrawnCurve,
    EpochAxis,
    curve_of,
    draw_changes,
    draw_cursor,
    draw_curve,
    draw_floor,
    draw_labels,
    draw_marks,
    draw_unshowable,
    name_floors,
)
from linreg_tui.monitor.panels.held_out_line import draw_best, draw_held_out, draw_name, held_out_series
from linreg_tui.monitor.panels.overlay_curves import draw_names, draw_overlays, extremes_of, laid_over
from linreg_tui.monitor.panels.rate_course import draw_rates, room_for_rates
from linreg_tui.monitor.view import View, name_of_least
from linreg_tui.runs.overlay import Overlays
from linreg_tui.text.numbers import count, significant

WORDS = {"log": "log", "linear": "linear"}


class CostPanel(ChartPanel):
    """The cost over the epochs."""

    number = 1
    title = "cost"
    KINDS: ClassVar[tuple[AxisKind, ...]] = ("log", "linear", "excess")

    axis: reactive[AxisKind] = reactive[AxisKind]("log", repaint=False, init=False)
    smoothed: reactive[bool] = reactive(False, repaint=False, init=False)
    epochs_by: reactive[EpochAxis] = reactive[EpochAxis]("linear", repaint=False, init=False)
    """How the axis of epochs goes."""
    cursor: reactive[int | None] = reactive[int | None](None, repaint=False, init=False)
    """The epoch that somebody points at."""
    place: reactive[int] = reactive(0, repaint=False, init=False)
    """Which of the curves is shown: 0 is the cost, and those that were logged are counted from 1."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move_cursor(-1)", "Cursor left", show=False),
        Binding("right", "move_cursor(1)", "Cursor right", show=False),
        Binding("home", "move_cursor(-1000)", "Cursor to the start", show=False),
        Binding("end", "move_cursor(1000)", "Cursor to the end", show=False),
        Binding("enter", "go_there", "Go to the epoch under the cursor", show=False),
    ]

    @dataclass
    class EpochAsked(Message):
        """Somebody wants to go to the epoch that they pointed at."""

        epoch: int

    def __init__(self) -> None:
        super().__init__()
        self.overlays = Overlays()
        self._axes: dict[int, AxisKind] = {}
        self._known = -1
        self._facts: Facts | None = None
        self._start: float | None = None
        self._curve: DrawnCurve | None = None

    def watch_axis(self) -> None:
        """Draw on the other axis."""
        self.draw_again()

    def watch_smoothed(self) -> None:
        """Draw the other curve."""
        self.draw_again()

    def watch_epochs_by(self) -> None:
        """Draw on the other axis of epochs."""
        self.draw_again()

    def watch_cursor(self) -> None:
        """Draw the cursor where it is now."""
        self.draw_again()

    def watch_place(self) -> None:
        """Draw another curve; the cursor is for the cost, of whose epochs everything is known."""
        if self.place:
            self.cursor = None
        self.draw_again()

    def next_curve(self) -> bool:
        """Show the next curve that was logged, after the last the cost; tell whether there are any."""
        n_curves = 0 if self._view is None else len(self._view.history.curves)
        self.place = (self.place + 1) % (1 + n_curves)
        return n_curves > 0

    def next_axis(self) -> None:
        """Choose the next axis: log, linear, and for the cost above least squares where that is known."""
        if self.place:
            self._axes[self.place] = "linear" if self._axes.get(self.place) == "log" else "log"
            self.draw_again()
            return
        kinds = self.KINDS if self._view is None or self._view.floor is not None else self.KINDS[:2]
        self.axis = kinds[(kinds.index(self.axis) + 1) % len(kinds)] if self.axis in kinds else kinds[0]

    def next_epoch_axis(self) -> None:
        """Choose the next axis of epochs: linear, log, seconds; steps of a script have no clock of ours."""
        kinds: tuple[EpochAxis, ...] = ("linear", "log", "seconds")
        is_timed = self._view is not None and self._view.facts.script is None and self._view.state.seconds > 0
        kinds = kinds if is_timed else kinds[:2]
        self.epochs_by = kinds[(kinds.index(self.epochs_by) + 1) % len(kinds)] if self.epochs_by in kinds else "linear"

    # The cursor

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to the screen while there is no cursor."""
        if action in ("move_cursor", "go_there"):
            return self.cursor is not None
        return super().check_action(action, parameters)

    def toggle_cursor(self) -> None:
        """Point at the present epoch, or at none any more."""
        here = -1 if self._view is None or self.place else self._view.state.epoch
        self.cursor = None if self.cursor is not None or here < 0 else here

    def action_move_cursor(self, n_cells: int) -> None:
        """Point at an epoch some cells further on."""
        if self.cursor is not None and self._curve is not None:
            wanted = self._curve.epoch_at(self._curve.column(self.cursor) + n_cells)
            if wanted == self.cursor:  # several epochs are in one cell, or several cells between two epochs
                wanted = max(0, min(self.cursor + n_cells, self._curve.until))
            self.cursor = wanted

    def action_go_there(self) -> None:
        """Ask for the epoch that is pointed at, which is read off."""
        row = None if self._view is None else self._pointed_at(self._view)
        if row is not None:
            self.post_message(self.EpochAsked(row.epoch))

    def key_escape(self, event: Key) -> None:
        """Point at nothing any more."""
        if self.cursor is not None:
            event.stop()
            self.cursor = None

    def on_click(self, click: Click) -> None:
        """Point at the epoch under the mouse."""
        at = click.get_content_offset(self)
        if at is not None and self._curve is not None and not self.place and self._view and self._view.has_run:
            self.cursor = self._curve.epoch_at(at.x)

    def _pointed_at(self, view: View) -> Row | None:
        """Return the epoch under the cursor, or the nearest that is kept."""
        if self.cursor is None:
            return None
        row = view.history.row(self.cursor)
        return row or next(iter(view.history.rows(1, self.cursor)), None) or view.history.row_after(self.cursor)

    def draw(self, view: View, picture: Picture) -> str:
        """Draw the curve with what is around it, from the back to the front."""
        logged = tuple(view.history.curves)
        self.place = min(self.place, len(logged))
        self._say_which(logged)
        if self.place:
            return self._draw_logged(logged[self.place - 1], view, picture)
        kind = "log" if self.axis == "excess" and view.floor is None else self.axis
        if view.facts is not self._facts:
            self._facts, self._start = view.facts, _excess_at_start(view)
        n_below, until, by = room_for_rates(view, picture.height), self._shown_until(view), self.epochs_by
        room = picture.width, picture.height - n_below
        laid = laid_over(self.overlays.shown, view, kind, by, until, picture.width)
        held_out = held_out_series(view, kind, by, until, picture.width)
        others = [] if held_out is None else [held_out.low, held_out.high]
        curve = curve_of(
            view, kind, room, until, self._start, None, by, lambda own: [*extremes_of(laid, own, kind), *others]
        )
        holds_out = held_out is not None and len(held_out) > 0
        draw_floor(picture, curve, view, kind)
        if not holds_out:
            name_floors(picture, curve, view, kind, holds_out=False)
        draw_labels(picture, curve, view.state)
        if n_below:
            draw_rates(picture, curve, view)
        draw_overlays(picture, curve, laid)
        if held_out is not None and len(held_out):
            draw_held_out(picture, curve, held_out, view, smoothed=self.smoothed)
        if len(curve.series):
            draw_curve(picture, curve, view, self.smoothed)
            draw_unshowable(picture, curve)
        draw_names(picture, curve, laid)
        if held_out is not None and len(held_out):
            name_floors(picture, curve, view, kind, holds_out=True)
            draw_best(picture, curve, view)
            draw_name(picture, curve, held_out)
        draw_marks(picture, curve, view, kind)
        self._curve, row = curve, self._pointed_at(view)
        if row is not None:
            draw_cursor(picture, curve, view, kind, row)
            return _read_off(row, view, picture.width - 2)
        axis = _above(view) if kind == "excess" else WORDS[kind]
        words = f"{axis} · {'smoothed' if self.smoothed else 'raw'}"
        before = f"before each {view.state.unit if view.facts.script is not None else 'step'} · "
        return f"{before}{words}" if len(before + words) <= picture.width - 2 else words

    def _say_which(self, logged: tuple[Curve, ...]) -> None:
        """Write what is shown into the frame, and where there are more, of how many."""
        which = f" · {self.place + 1} of {1 + len(logged)}" if logged else ""
        name = logged[self.place - 1].name if self.place else self.title
        self.call_it(f"{shortened(name, max(8, self.size.width - len(which) - 6))}{which}")

    def _draw_logged(self, logged: Curve, view: View, picture: Picture) -> str:
        """Draw a curve that was logged: on a linear axis, until somebody chooses otherwise."""
        kind = self._axes.get(self.place, "linear")
        curve = curve_of(
            view, kind, (picture.width, picture.height), self._shown_until(view), None, logged, self.epochs_by
        )
        draw_labels(picture, curve, view.state)
        if len(curve.series):
            draw_curve(picture, curve, view, self.smoothed)
            draw_unshowable(picture, curve)
        draw_changes(picture, curve, view)
        step, value = logged.newest(view.state.epoch)
        if np.isfinite(value):
            picture.text(curve.column(step), curve.row(value), "●", MARK)
        now = f"{significant(value)} · " if step >= 0 else ""
        return f"{now}{WORDS[kind]} · {'smoothed' if self.smoothed else 'raw'}"

    def _shown_until(self, view: View) -> int:
        """Return the last epoch to show: now, or beyond where the run was taken back.

        A run that moves adds epochs to its history after the state was read: those are not beyond, only newer.
        """
        newest = view.history.last_epoch
        self._known = min(self._known, newest) if view.state.phase.is_moving else newest
        return max(self._known, view.state.epoch)


def _above(view: View) -> str:
    least = name_of_least(view.facts)
    return f"above {'the ' if least == 'minimum' else ''}{least}, log"


def _excess_at_start(view: View) -> float | None:
    """Return the cost above the least from which the run starts; of what takes the rows, once an epoch has run."""
    first, floor = view.history.row(0), view.floor
    if view.facts.quadratic is not None or first is None or floor is None:
        return view.facts.excess(view.facts.initial)
    return first.cost - floor


def _read_off(row: Row, view: View, width: int) -> str:
    """Say what there is at an epoch that is pointed at, as far as there is room: cost, then the parameters in order."""
    w, b = view.facts.in_original_units(row.parameters)
    names = parameter_names(view.facts)
    values = [*map(float, w), *([] if b is None else [float(b)])]
    said = f"{view.state.unit} {count(row.epoch)} · cost {significant(row.cost)}"
    if row.held_out_cost is not None:
        said += f" · held out {significant(row.held_out_cost)}"
    if view.facts.recipe.schedule is not None:
        said += f" · η {significant(row.learning_rate, 3)}"
    go = " · ⏎ goes there"
    for name, value in zip(names, values, strict=False):
        more = f" · {name} {significant(value)}"
        if len(said + more + go) > width:
            break
        said += more
    return said + go if len(said + go) <= width else said
