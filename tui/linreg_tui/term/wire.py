"""Send the terminal only the cells that changed.

Textual redraws whole regions: when one digit of a panel changes, every cell of the panel goes down the line, each piece
of text with its full colours. Here the compositor's update is laid into a grid of cells instead, next to a grid of
what the terminal shows, and only cells that differ are written. Over SSH that is the difference between kilobytes and
some hundred bytes a frame, and a frame that changes nothing sends nothing.

It also means that a frame need not be sent at all while the terminal does not keep up: the grid holds what is wanted,
and the next frame that is sent brings all of it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.events import Resize
from textual.screen import Screen
from textual.strip import Strip

from linreg_tui.term.cells import Cells

RETRY = 0.05
"""Seconds until a frame that the terminal had no room for is tried again."""


class FewerCells(App[Any]):
    """An app that sends only changed cells, and none while the terminal does not keep up. Mix it in before the app."""

    _cells: Cells
    _owes_a_frame = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._cells = Cells()
        super().__init__(*arguments, **options)

    def is_stalled(self) -> bool:
        """Say whether the terminal has no room for a frame now."""
        return False

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        # In a batch of changes, or without a terminal, Textual drops the update: the grid must not take it in.
        held = self._batch_count or self.is_headless or self._driver is None or self._driver.is_inline
        if held or not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            super()._display(screen, renderable)
            return
        if (self._cells.width, self._cells.height) != self.size:
            self._cells.resize(*self.size)
        take(self._cells, renderable, self.console._color_system or ColorSystem.TRUECOLOR)
        self._send()

    def on_resize(self, event: Resize) -> None:
        """Paint every cell anew: terminals rearrange what they show, and after a suspension show something else.

        Textual reports the size whenever it takes the terminal, also where it has not changed.
        """
        self._cells.forget()
        if (self._cells.width, self._cells.height) == event.size:
            self.call_after_refresh(self._send)

    def _send(self) -> None:
        if self._batch_count or self.is_stalled():
            # In a batch, Textual would drop this frame too, and the grid would take it for shown. One timer for however
            # many frames are held back: each of them has only changed what the grid wants.
            if not self._owes_a_frame:
                self._owes_a_frame = True
                self.set_timer(RETRY, self._send_owed)
            return
        # Textual puts the cursor in its place after every frame; where nothing else has changed, that alone is a frame.
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        changes = self._cells.changes()
        if changes or cursor != self._previous_cursor_position:
            # through Textual's own way out, which asks the terminal to show a frame all at once, and moves the cursor
            super()._display(self.screen, cast(Any, _Ready(changes)))

    def _send_owed(self) -> None:
        self._owes_a_frame = False
        self._send()


class _Ready(CompositorUpdate):
    """An update that knows already what it sends."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def render_segments(self, console: Console) -> str:
        return self._sequence


def take(cells: Cells, update: LayoutUpdate | ChopsUpdate, system: ColorSystem) -> None:
    """Want what an update of the compositor would draw."""
    for y, x, strips in _of_layout(update) if isinstance(update, LayoutUpdate) else _of_chops(update):
        cells.want(x, y, strips, system)


def _of_layout(update: LayoutUpdate) -> Iterator[tuple[int, int, Iterable[Strip]]]:
    for y, strips in enumerate(update.strips, update.region.y):
        yield y, update.region.x, strips


def _of_chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Strip]]]:
    """List the pieces of lines that an update touches.

    Whole, where ``ChopsUpdate.render_segments`` cuts them at the edge of what was refreshed: they are drawn anyway,
    and a wide character on that edge would be lost.
    """
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= x2 and end > x1:
                yield y, x, [strip]
