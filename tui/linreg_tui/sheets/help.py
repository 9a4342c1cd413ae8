"""Help: every key with its meaning, and what the words of the status lines stand for."""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from linreg_tui.widgets.keys import Key, help_keys, spelled

_INDENT, _AROUND, _WIDEST = 9, 5, 113
"""Cells of a key and what parts it from its meaning; of the frame with its scrollbar; and of a line at most."""


class HelpScreen(ModalScreen[None]):
    """A sheet to read; any of these keys puts it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, "dismiss(None)", "Back") for key in ("escape", "q", "question_mark", "f1", "enter", "space")
    ]

    def __init__(self, keys: Sequence[Key], notes: str, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._keys, self._notes, self._ascii = keys, notes, ascii_only

    def compose(self) -> ComposeResult:
        """Write the keys and the notes."""
        with VerticalScroll(id="sheet") as sheet:
            sheet.border_title, sheet.border_subtitle = Content("help"), Content("esc goes back")
            yield Static(self._text(self.app.size.width - _AROUND))

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.query_one(Static).update(self._text(self.app.size.width - _AROUND))

    def _text(self, width: int) -> Content:
        """Write keys beside their meanings, whose second lines begin where the first ones do; below them the notes."""
        write = spelled if self._ascii else str
        lines: list[str] = []
        for key in help_keys(self._keys):
            first, *more = wrap(write(key.meaning), max(20, min(width, _WIDEST) - _INDENT)) or [""]
            lines += [f"{write(key.shown):>7}  {first}", *(" " * _INDENT + line for line in more)]
        return Content("\n".join([*lines, "", *write(self._notes).splitlines()]))
