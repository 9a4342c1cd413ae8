"""What a field is chosen with, a widget each: one of a few words in place, one of many from a list, fields to unfold.

Textual's own list has seven widgets, and all its entries, whether it is open or not, be they thousands of columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Blur, Click, Key
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from linreg.text import safe
from linreg_tui.setup.fields import NO, YES
from linreg_tui.text.alignment import flush_left

_FORGOTTEN = 0.7
"""Seconds after which what was typed in a list is the start of another word."""


class Chooser(Static, can_focus=True):
    """A word that is one of several. It says when somebody chose another."""

    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Somebody chose another word."""

        value: str

    def __init__(self, choices: Sequence[str], value: str) -> None:
        super().__init__()
        self.choices = choices
        self.set_reactive(Chooser.value, value)

    def choose(self, value: str) -> None:
        """Have it another word."""
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(value))


class InlineSelect(Chooser):
    """One of a few words, changed in place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter,right", "turn(1)", "Next", show=False),
        Binding("left", "turn(-1)", "Before", show=False),
    ]

    def render(self) -> Content:
        """Write the word; yes and no as a box that is ticked or not."""
        if tuple(self.choices) == (YES, NO):
            return Content("[x] yes" if self.value == YES else "[ ] no")
        return Content(f"‹ {safe(self.value)} ›")

    def action_turn(self, n_places: int) -> None:
        """Go to another word; after the last comes the first."""
        here = self.choices.index(self.value) if self.value in self.choices else -n_places
        self.choose(self.choices[(here + n_places) % len(self.choices)])

    def on_click(self, _: Click) -> None:
        """Go to the next word."""
        self.action_turn(1)


class Fold(Chooser):
    """A line that opens to fields below it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "turn", "Open, or close", show=False)]

    is_open: reactive[bool] = reactive(False)

    @dataclass
    class Turned(Message):
        """Somebody wants it open, or closed."""

    def render(self) -> Content:
        """Write what is below in a line, behind a mark that shows whether it is open."""
        return Content(f"{'▾' if self.is_open else '▸'} {safe(self.value)}")

    def action_turn(self) -> None:
        """Ask for it."""
        self.post_message(self.Turned())

    def on_click(self, _: Click) -> None:
        """Ask for it."""
        self.action_turn()


class ListSelect(Chooser):
    """One of many words, from a list that is there only while it is open."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space,down,up", "open", "Choose", show=False)]

    def __init__(self, choices: Sequence[str], value: str) -> None:
        super().__init__(choices, value)
        self._notes: dict[str, str] = {}
        self._list: ChoiceList | None = None

    def offer(self, choices: Sequence[str], notes: Sequence[str], value: str) -> None:
        """Offer other words, each with a note; one is chosen, be it one of them or not."""
        self.choices, self.value = choices, value
        self._notes = dict(zip(choices, notes, strict=True)) if notes else {}
        if self._list is not None:
            self._fill(self._list)
        self.refresh()

    def render(self) -> Content:
        """Write the word, and at the end of the line that there is a list."""
        return Content(flush_left(self._line(self.value), self.size.width - 1) + ("▼" if self._list is None else "▲"))

    async def action_open(self) -> None:
        """Open the list, at the word that is chosen."""
        if self._list is not None:
            return
        self._list = ChoiceList(compact=True)
        await self.mount(self._list)
        self._fill(self._list)
        self._list.focus(scroll_visible=False)
        self.refresh()

    async def on_click(self, _: Click) -> None:
        """Open the list."""
        await self.action_open()

    async def on_choice_list_closed(self, closed: "ChoiceList.Closed") -> None:
        """Take what was chosen, if anything was."""
        closed.stop()
        if self._list is not None:
            had_focus, listed, self._list = self._list.has_focus, self._list, None
            if had_focus:
                self.focus()
            await listed.remove()
            self.refresh()
        if closed.value is not None:
            self.choose(closed.value)

    def _fill(self, listed: "ChoiceList") -> None:
        listed.words = self.choices if self.value in self.choices else (*self.choices, self.value)
        listed.set_options(Option(Content(self._line(word))) for word in listed.words)
        listed.go_to(listed.words.index(self.value))

    def _line(self, word: str) -> str:
        return safe(word) + (f"  {safe(self._notes[word])}" if self._notes.get(word) else "")


class ChoiceList(OptionList):
    """The list while it is open: what is typed goes to the word that it is in, nearest to the start."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]
    ALLOW_SELECT = False

    words: Sequence[str] = ()

    @dataclass
    class Closed(Message):
        """Somebody closed it, with a word or without."""

        value: str | None = None

    _typed, _typed_at = "", 0.0

    def go_to(self, index: int) -> None:
        """Have the word under the cursor, and in sight."""
        self.highlighted = index
        self.call_after_refresh(self.scroll_to_highlight)

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether a key is for the search."""
        return character is not None and character.isprintable()

    def on_key(self, key: Key) -> None:
        """Search."""
        if key.character is None or not key.is_printable:
            return
        key.stop()
        key.prevent_default()
        now = monotonic()
        self._typed = (self._typed if now - self._typed_at < _FORGOTTEN else "") + key.character.lower()
        self._typed_at = now
        found = [
            (place, index) for index, word in enumerate(self.words) if (place := word.lower().find(self._typed)) >= 0
        ]
        if found:
            self.go_to(min(found)[1])

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Close with the word."""
        selected.stop()
        self.post_message(self.Closed(self.words[selected.option_index]))

    def on_option_list_option_highlighted(self, highlighted: OptionList.OptionHighlighted) -> None:
        """Tell nobody: nothing is chosen yet."""
        highlighted.stop()

    def action_close(self) -> None:
        """Close without a word."""
        self.post_message(self.Closed())

    def on_blur(self, _: Blur) -> None:
        """Close without a word."""
        self.post_message(self.Closed())
