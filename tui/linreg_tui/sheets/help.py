"""Help: every key with its meaning, and what the words of the status lines stand for."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from linreg_tui.widgets.keys import Key, help_keys, spelled


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
        entries = [(key.shown, key.meaning) for key in help_keys(self._keys)]
        if self._ascii:
            entries = [(spelled(shown), spelled(meaning)) for shown, meaning in entries]
        keys = [Content(f"{shown:>7}  {meaning}") for shown, meaning in entries]
        notes = [Content(""), *map(Content, (spelled(self._notes) if self._ascii else self._notes).splitlines())]
        with VerticalScroll(id="sheet") as sheet:
            sheet.border_title, sheet.border_subtitle = Content("help"), Content("esc goes back")
            yield Static(Content("\n").join([*keys, *notes]))
