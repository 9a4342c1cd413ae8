"""One field of a form: its label, where to type or choose, and below it what is wrong with that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from linreg.safe import safe
from linreg_tui.fields import NO, YES, Field


class YesNo(Static, can_focus=True):
    """Yes or no, in words; Textual's own tells them apart by colour."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter,left,right", "change", "Change", show=False)]

    is_on: reactive[bool] = reactive(False)

    @dataclass
    class Changed(Message):
        """Somebody changed it."""

        is_on: bool

    def render(self) -> Content:
        """Say which."""
        return Content("[x] yes" if self.is_on else "[ ] no")

    def action_change(self) -> None:
        """Change it."""
        self.is_on = not self.is_on
        self.post_message(self.Changed(self.is_on))

    def on_click(self, _: Click) -> None:
        """Change it."""
        self.action_change()


class SafeInput(Input):
    """A line of text in which no control character stays: Textual would send it to the terminal as it is."""

    def validate_value(self, value: str) -> str:
        """Make it safe, however it came."""
        return safe(value)


class FormRow(Vertical):
    """A field with its label. It says what was typed, and is told what to show."""

    @dataclass
    class Changed(Message):
        """Somebody typed or chose something."""

        key: str
        text: str

    def __init__(self, key: str, field: Field, text: str = "", *, suggestions: Iterable[str] = ()) -> None:
        super().__init__()
        self.key, self._field, self._text = key, field, text
        self._suggestions = tuple(suggestions)
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Lay out label, editor and the room for what is wrong."""
        with Horizontal(classes="line"):
            yield Static(Content(safe(self._field.label)), classes="label")
            yield self._editor()
        yield Static(Content(""), classes="problem")

    def _editor(self) -> Widget:
        if self._field.is_switch:
            switch = YesNo()
            switch.set_reactive(YesNo.is_on, self._text == YES)
            return switch
        if self._field.choices:
            return Select(_options(self._field.choices, self._text), value=self._text, allow_blank=False, compact=True)
        suggester = SuggestFromList(self._suggestions) if self._suggestions else None
        return SafeInput(
            self._text, placeholder=self._field.hint, compact=True, suggester=suggester, select_on_focus=False
        )

    @property
    def editor(self) -> Widget:
        """What takes the keyboard."""
        return self.query("Input, Select, YesNo").first(Widget)

    @property
    def text(self) -> str:
        """What stands there."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        editor = self.editor
        with self.prevent(Input.Changed, Select.Changed):
            if isinstance(editor, YesNo):
                editor.is_on = text == YES
            elif isinstance(editor, Select):
                if text not in self._field.choices:
                    self.offer(self._field.choices)
                editor.value = text
            elif isinstance(editor, Input) and editor.value != text:
                editor.value = text

    def offer(self, choices: Sequence[str], notes: Sequence[str] = (), *, chosen: str | None = None) -> None:
        """Offer other choices, each with a note; the one that was chosen stays unless another is given."""
        self._text = self._text if chosen is None else chosen
        self._field = Field(self._field.name, self._field.label, self._field.hint, tuple(choices))
        editor = self.query_one(Select)
        with self.prevent(Select.Changed):
            editor.set_options(_options(choices, self._text, notes))
            editor.value = self._text

    def explain(self, problem: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        if problem != self._problem:
            self._problem = problem
            self.set_class(bool(problem), "-wrong")
            self.query_one(".problem", Static).update(Content(problem))

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Pass on what was typed."""
        changed.stop()
        self._pass_on(changed.value)

    def on_select_changed(self, changed: Select.Changed) -> None:
        """Pass on what was chosen."""
        changed.stop()
        if changed.value is not Select.NULL:
            self._pass_on(str(changed.value))

    def on_yes_no_changed(self, changed: YesNo.Changed) -> None:
        """Pass on what was switched."""
        changed.stop()
        self._pass_on(YES if changed.is_on else NO)

    def _pass_on(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.post_message(self.Changed(self.key, text))


def _options(choices: Sequence[str], chosen: str, notes: Sequence[str] = ()) -> list[tuple[Text, str]]:
    """List the choices, and the one that is chosen even where it is none of them."""
    told = dict(zip(choices, notes, strict=True)) if notes else {}
    every = choices if chosen in choices else (*choices, chosen)
    return [(Text(safe(each) + (f"  {safe(told[each])}" if told.get(each) else "")), each) for each in every]
