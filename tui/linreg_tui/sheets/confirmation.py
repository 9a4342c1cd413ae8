"""A small sheet that asks before something is done that cannot be undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class Confirmation(ModalScreen[bool]):
    """Ask a question that ``y`` alone says yes to; both texts have been made safe."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("escape,n,q", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str, hint: str) -> None:
        super().__init__()
        self._question, self._hint = question, hint

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        with Vertical(id="sheet"):
            yield Static(Content(self._question))
            yield Static(Content(self._hint), id="hint")
