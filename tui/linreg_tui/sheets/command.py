"""A small sheet that shows a line for a shell, whole, however long it is."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from linreg.text import safe


class CommandSheet(ModalScreen[None]):
    """Show a line; any of the keys that close a sheet closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,y", "dismiss", "Close")]

    def __init__(self, command: str) -> None:
        super().__init__()
        self._command = command

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        with VerticalScroll(id="sheet") as sheet:
            sheet.border_title = Content("the same numbers again")
            yield Static(Content(safe(self._command)), id="command")
            yield Static(Content("copied, where the terminal takes that\nesc goes back"), id="hint")
