"""Panel 2: what the model says beside what the data say.

For one feature, the data with the fitted line, or what a module of the user's own answers; for several, each prediction
over the value that it should be. Turned, what the residuals say. With one feature a hand can change the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.events import MouseDown, MouseMove
from textual.message import Message
from textual.timer import Timer

from linreg.arrays import Vector
from linreg.live.edits import AddRow, MoveRow, RedoEdit, RemoveRow, RowEdit, ScatterTargets, UndoEdit
from linreg.training.facts import Facts
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.picture import Picture
from linreg_tui.monitor.fit.drawing import (
    Model,
    draw_output,
    draw_over_actual,
    draw_over_feature,
    draw_sentence,
    frame_over_feature,
    line_of,
    predicted_by,
)
from linreg_tui.monitor.fit.hand import Hand, draw_hand, following, nearest
from linreg_tui.monitor.fit.queue import Queue
from linreg_tui.monitor.fit.residuals import VIEWS, draw_residuals, leverage_of, residuals_of
from linreg_tui.monitor.keys import ROW_KEYS
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.view import View
from linreg_tui.widgets.keys import action_name, bindings

_OF_HAND = frozenset(action_name(key.action) for key in ROW_KEYS)
_LONG = 0.05
"""Seconds after which what was asked for has not been done at once: an epoch may take that long."""


class FitPanel(ChartPanel):
    """The data and the model, and a hand on the data."""

    number = 2
    title = "fit"

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(ROW_KEYS))

    @dataclass
    class EditAsked(Message):
        """Somebody changed a row."""

        edit: RowEdit

    @dataclass
    class HandMoved(Message):
        """A hand was laid on the rows, or taken away."""

    @dataclass
    class NothingFound(Message):
        """There is no row where the hand is."""

    def __init__(self) -> None:
        super().__init__()
        self.place = 0
        """Which of the views is shown: 0 is the fit, and what its residuals say is counted from 1."""
        self.hand: Hand | None = None
        self.may_edit = False
        """Whether whoever shows this panel has the rows changed that are asked for."""
        self._leverage: tuple[Facts, Vector | None] | None = None
        self._frame: Frame | None = None
        self._drags, self._follows, self._adds_to = False, False, 0
        self._queue = Queue()
        self._waiting: Timer | None = None
        """Until when the answer to a change draws the hand, so that nothing is drawn twice."""

    def turn(self) -> None:
        """Show the next view: the fit, its residuals, their normal quantiles, their sizes, the leverages."""
        self.let_go()
        self.place = (self.place + 1) % (1 + len(VIEWS))
        self.draw_again()

    def show(self, view: View) -> None:
        """Draw this moment of the run; a hand that holds a row holds it where it is now."""
        was = None if self._view is None else self._view.facts
        if was is not None and view.facts.n_edits < was.n_edits:  # another run
            self._forget()
        if was is not view.facts and self._queue.has_answer(view.facts):
            self._keep_hold(view)
        self._stop_waiting()
        super().show(view)
        while (action := self._queue.next(view.facts)) is not None:
            action()

    # The hand

    def _keep_hold(self, view: View) -> None:
        """Hold the row that was added; let go one that is not there any more; follow one that was not moved by hand."""
        hand, n_rows = self.hand, len(view.facts.sample_y)
        is_added, follows = 0 < self._adds_to < n_rows, self._follows
        self._adds_to, self._follows = 0, False
        if hand is None:
            return
        if is_added:
            self.hand = replace(hand, row=n_rows - 1)
        elif hand.row is not None and hand.row >= n_rows:
            self.hand = replace(hand, row=None)
        elif hand.row is not None and follows:
            self.hand = Hand.on(*_rows(view), hand.row)

    def _is_early(self, action: Callable[[], None]) -> bool:
        """Put off what is asked for while the answer to an earlier change is awaited; tell whether that is so."""
        return self._view is not None and self._queue.put_off(action, self._view.facts)

    def _forget(self) -> None:
        self._queue, self._adds_to, self._follows = Queue(), 0, False

    def lay_hand(self) -> None:
        """Lay a hand on the rows: on the last, which arrows move then."""
        if self._view is None or not self.may_edit:
            return
        self.place = 0
        x, y = _rows(self._view)
        self._point(Hand.on(x, y, len(y) - 1))

    def let_go(self) -> None:
        """Take the hand away, and see the rows as large as they fit."""
        self._frame = None
        self._forget()
        self._point(None)

    def _point(self, hand: Hand | None) -> None:
        was, self.hand = self.hand, hand
        self.draw_again()
        if (was is None) != (hand is None):
            self.post_message(self.HandMoved())

    def _ask(self, edit: RowEdit, hand: Hand | None) -> None:
        """Ask for a change of the rows; the hand, which is there then, is drawn with its answer or, if late, before."""
        if self._view is None:
            return
        self.hand = hand
        self._queue.ask(edit, self._view.facts)
        self.post_message(self.EditAsked(edit))
        self._stop_waiting()
        self._waiting = self.set_timer(_LONG, self.draw_again)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the screen while there is no hand."""
        if action in _OF_HAND:
            return self.hand is not None
        return super().check_action(action, parameters)

    def action_move(self, across: float, up: float) -> None:
        """Go some steps further, with the row that is held."""
        if self._is_early(partial(self.action_move, across, up)):
            return
        if self.hand is not None and self._frame is not None:
            self._carry(self.hand.moved(self._frame, across, up))

    def _carry(self, hand: Hand) -> None:
        if hand.row is None:
            self._point(hand)
        else:
            self._ask(MoveRow(hand.row, hand.x, hand.y), hand)

    def action_next_row(self, direction: int) -> None:
        """Hold the next row to the right (1) or to the left (−1)."""
        if self._is_early(partial(self.action_next_row, direction)):
            return
        if self.hand is not None and self._view is not None:
            rows = _rows(self._view)
            self._point(Hand.on(*rows, following(*rows, self.hand, direction)))

    def action_hold(self) -> None:
        """Let the row go that is held, and stay there; else hold the one that is there."""
        if self._is_early(self.action_hold) or self.hand is None or self._view is None or self._frame is None:
            return
        if self.hand.row is not None:
            self._point(replace(self.hand, row=None))
            return
        row = nearest(self._frame, *_rows(self._view), self.hand)
        if row is None:
            self.post_message(self.NothingFound())
        else:
            self._point(Hand.on(*_rows(self._view), row))

    def action_add_row(self) -> None:
        """Add a row where the hand is, and hold it."""
        if self._is_early(self.action_add_row) or self.hand is None or self._view is None:
            return
        self._adds_to = len(self._view.facts.sample_y)
        self._ask(AddRow(self.hand.x, self.hand.y), replace(self.hand, row=None))

    def action_remove_row(self) -> None:
        """Remove the row that is held, or that is there."""
        if self._is_early(self.action_remove_row) or self.hand is None or self._view is None or self._frame is None:
            return
        x, y = _rows(self._view)
        row = nearest(self._frame, x, y, self.hand) if self.hand.row is None else self.hand.row
        if row is None:
            self.post_message(self.NothingFound())
        else:
            self._ask(RemoveRow(row), self.hand if len(y) == 1 else replace(self.hand, row=None))

    def action_scatter(self) -> None:
        """Add noise to every target."""
        if not self._is_early(self.action_scatter):
            self._follows = True
            self._ask(ScatterTargets(), self.hand)

    def action_undo(self) -> None:
        """Take the latest change back."""
        if not self._is_early(self.action_undo):
            self._follows, self._frame = True, None
            self._ask(UndoEdit(), self.hand)

    def action_redo(self) -> None:
        """Make it again."""
        if not self._is_early(self.action_redo):
            self._follows, self._frame = True, None
            self._ask(RedoEdit(), self.hand)

    def action_let_go(self) -> None:
        """Take the hand away."""
        self.let_go()

    # The mouse

    def on_mouse_down(self, event: MouseDown) -> None:
        """Lay the hand there; hold the row that is there, and draw it along."""
        at, view, frame = event.get_content_offset(self), self._view, self._frame
        if at is None or view is None or frame is None or not self.may_edit or self.place:
            return
        is_first = self.hand is None
        there = Hand(*frame.at(*at))
        row = nearest(frame, *_rows(view), there)
        self._point(there if row is None else Hand.on(*_rows(view), row))
        if row is not None and not is_first:  # the first click asks for the hand, and moves nothing
            self._drags = True
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Draw the row along."""
        at = event.get_content_offset(self)
        if self._drags and at is not None and self._frame is not None and self.hand is not None:
            x, y = self._frame.at(*at)
            if (x, y) != (self.hand.x, self.hand.y):
                self._carry(replace(self.hand, x=x, y=y))

    def on_mouse_up(self) -> None:
        """Leave the row where it is."""
        if self._drags:
            self._drags = False
            self.release_mouse()

    # The picture

    def draw(self, view: View, picture: Picture) -> str:
        """Draw what there is to draw."""
        facts = view.facts
        self.call_it(self.title if facts.script is None else "output")
        if facts.script is not None:
            return draw_output(picture, facts.script.output)
        if not len(facts.sample_y):
            return draw_sentence(picture, "No rows to draw.")
        line = line_of(facts, view.state.parameters)
        predicted = view.state.predicted if line is None else predicted_by(facts, line)
        if predicted is None:
            return draw_sentence(picture, "What this module answers is not known here: it is no linear model.")
        if self.place and facts.is_linear:
            self.call_it(VIEWS[self.place - 1])
            found = residuals_of(facts, predicted, self._leverage_of(facts))
            return draw_residuals(facts, picture, VIEWS[self.place - 1], found)
        if len(facts.features) == 1:
            return self._draw_over_feature(view, picture, Model(line, predicted))
        return draw_over_actual(view, picture, predicted)

    def _draw_over_feature(self, view: View, picture: Picture, model: Model) -> str:
        before = self._frame if self.hand is not None else None
        room = picture.width, picture.height
        self._frame = frame = frame_over_feature(view.facts, room, model, self.hand, before)
        words = draw_over_feature(view, picture, model, frame)
        if self.hand is None:
            return words
        draw_hand(picture, frame, self.hand)
        return self.hand.words(view, picture.width - 2)

    def _leverage_of(self, facts: Facts) -> Vector | None:
        """Return the leverages of the rows at hand, which are the same as long as these are."""
        if self._leverage is None or self._leverage[0] is not facts:
            self._leverage = facts, leverage_of(facts)
        return self._leverage[1]


def _rows(view: View) -> tuple[Vector, Vector]:
    """Return the rows of one feature, ``(n,)`` each."""
    return view.facts.sample_X[:, 0], view.facts.sample_y
