"""Panel 3 of a race: everybody in the order of their places, as it changes.

A row moves when its place does, and the chosen one is followed there. Nothing else moves: every column keeps its width.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from linreg.phase import Phase
from linreg.racing.positions import Position
from linreg.training.facts import Facts
from linreg_tui.draw.picture import BROKEN, LABEL, MARK, POINT, Picture
from linreg_tui.race.arrangement import RANKING
from linreg_tui.race.table import MARK as MARK_WIDTH
from linreg_tui.race.table import RaceTable
from linreg_tui.race.view import RaceView
from linreg_tui.text.numbers import count
from linreg_tui.widgets.picture_panel import PicturePanel


class RankingPanel(PicturePanel):
    """The table of a race, which scrolls."""

    number = RANKING
    title = "ranking"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "scroll_pages(-1000000)", "First row", show=False),
        Binding("end", "scroll_pages(1000000)", "Last row", show=False),
    ]

    @dataclass
    class PointedAt(Message):
        """Somebody clicked on a racer."""

        number: int

    def __init__(self) -> None:
        super().__init__()
        self._view: RaceView | None = None
        self._table: tuple[tuple[Facts, ...], RaceTable] | None = None
        self._top, self._followed = 0, (-1, -1)

    def show(self, view: RaceView) -> None:
        """Show this moment of the race, and the chosen racer where its place has become another."""
        self._view = view
        numbers = [position.number for position in view.state.ranking]
        if view.selected is not None:
            followed = view.selected, numbers.index(view.selected)
            if followed != self._followed:
                self._followed = followed
                self._top = min(max(self._top, followed[1] - self._n_rows + 1), followed[1])
        self.draw_again()

    def action_scroll_pages(self, n_pages: int) -> None:
        """Move the table by some pages."""
        self._scroll(n_pages * max(1, self._n_rows - 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down with the wheel."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up with the wheel."""
        event.stop()
        self._scroll(-3)

    def on_click(self, event: Click) -> None:
        """Choose the racer under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None or self._view is None or offset.y < 1:
            return
        row = self._top + offset.y - 1
        if row < len(self._view.state.ranking):
            self.post_message(self.PointedAt(self._view.state.ranking[row].number))

    @property
    def _n_rows(self) -> int:
        return max(1, self.content_size.height - 1)

    def _scroll(self, n_rows: int) -> None:
        self._top += n_rows
        self.draw_again()

    def paint(self, picture: Picture) -> str | None:
        """Write the heading, and a row for each racer that there is room for."""
        view = self._view
        if view is None:
            return None
        table, ranking = self._table_of(view, picture.width), view.state.ranking
        n_rows = max(1, picture.height - 1)
        self._top = max(0, min(self._top, len(ranking) - n_rows))
        picture.text(MARK_WIDTH, 0, table.heading, LABEL)
        seen = ranking[self._top : self._top + n_rows]
        for y, position in enumerate(seen, start=1):
            _write(picture, y, table, view, position)
        if len(seen) == len(ranking):
            return "by epochs"
        return f"{count(self._top + 1)}–{count(self._top + len(seen))} of {count(len(ranking))}, by epochs"

    def _table_of(self, view: RaceView, width: int) -> RaceTable:
        """Return the columns of this race in this width: the same until one of the two changes."""
        if self._table is None or self._table[0] is not view.facts or self._table[1].width != width:
            self._table = view.facts, RaceTable.of(view.facts, view.state.last_epoch, width)
        return self._table[1]


def _write(picture: Picture, y: int, table: RaceTable, view: RaceView, position: Position) -> None:
    is_chosen, has_diverged = position.number == view.selected, position.status is Phase.DIVERGED
    if is_chosen:
        picture.text(0, y, "→", MARK)
    picture.text(2, y, view.letter(position.number), view.style(position.number))
    text = table.row(position)
    picture.text(MARK_WIDTH, y, text, MARK if is_chosen else LABEL if has_diverged else POINT)
    if has_diverged and (at := text.rfind(word := position.status.value)) >= 0:
        picture.text(MARK_WIDTH + at, y, word, BROKEN)
