"""One field of a form: its label, where to type or choose, and below it what is wrong with that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from linreg.text import safe
from linreg_tui.setup.fields import NO, YES, Field
from linreg_tui.widgets.safe_input import SafeInput


class InlineSelect(Static, can_focus=True):
    """One of a few words, changed in place: one widget where Textual's list has seven."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter,right", "turn(1)", "Next", show=False),
        Binding("left", "turn(-1)", "Before", show=False),
    ]

    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Somebody chose another word."""

        value: str

    def __init__(self, choices: Sequence[str], value: str) -> None:
        super().__init__()
        self._choices = choices
        self.set_reactive(InlineSelect.value, value)

    def render(self) -> Content:
        """Write the word; yes and no as a box that is ticked or not."""
        if tuple(self._choices) == (YES, NO):
            return Content("[x] yes" if self.value == YES else "[ ] no")
        return Content(f"‹ {safe(self.value)} ›")

    def action_turn(self, n_places: int) -> None:
        """Go to another word; after the last comes the first."""
        here = self._choices.index(self.value) if self.value in self._choices else -n_places
        self.value = self._choices[(here + n_places) % len(self._choices)]
        self.post_message(self.Changed(self.value))

    def on_click(self, _: Click) -> None:
        """Go to the next word."""
        self.action_turn(1)


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
        self._explanation: Static | None = None

    def render(self) -> Content:
        """Write the label; the editor lies over the rest of the line."""
        return Content(safe(self._field.label))

    def compose(self) -> ComposeResult:
        """Lay out the editor."""
        field = self._field
        if field.has_list:
            yield Select(_options(field.choices, self._text), value=self._text, allow_blank=False, compact=True)
        elif field.choices:
            yield InlineSelect(field.choices, self._text)
        else:
            suggester = SuggestFromList(self._suggestions) if self._suggestions else None
            yield SafeInput(
                self._text, placeholder=field.hint, compact=True, suggester=suggester, select_on_focus=False
            )

    @property
    def editor(self) -> Widget:
        """What takes the keyboard."""
        return self.query("Input, Select, InlineSelect").first(Widget)

    @property
    def text(self) -> str:
        """What stands there."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        editor = self.editor
        with self.prevent(Input.Changed, Select.Changed):
            if isinstance(editor, InlineSelect):
                editor.value = text
            elif isinstance(editor, Select):
                if text not in self._field.choices:
                    self.offer(self._field.choices)
                editor.value = text
            elif isinstance(editor, Input) and editor.value != text:
                editor.value = text

    def offer(self, choices: Sequence[str], notes: Sequence[str] = (), *, chosen: str | None = None) -> None:
        """Offer other choices, each with a note; the one that was chosen stays unless another is given."""
        self._text = self._text if chosen is None else chosen
        self._field = replace(self._field, choices=tuple(choices))
        editor = self.query_one(Select)
        with self.prevent(Select.Changed):
            editor.set_options(_options(choices, self._text, notes))
            editor.value = self._text

    def explain(self, problem: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        if problem != self._problem:
            self._problem = problem
            self.set_class(bool(problem), "-wrong")
            if self._explanation is None and problem:
                self._explanation = Static(classes="problem")
                self.mount(self._explanation)
            if self._explanation is not None:
                self._explanation.update(Content(problem))

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Pass on what was typed."""
        changed.stop()
        self._pass_on(changed.value)

    def on_select_changed(self, changed: Select.Changed) -> None:
        """Pass on what was chosen."""
        changed.stop()
        if changed.value is not Select.NULL:
            self._pass_on(str(changed.value))

    def on_inline_select_changed(self, changed: InlineSelect.Changed) -> None:
        """Pass on what was chosen."""
        changed.stop()
        self._pass_on(changed.value)

    def _pass_on(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.post_message(self.Changed(self.key, text))


def _options(choices: Sequence[str], chosen: str, notes: Sequence[str] = ()) -> list[tuple[Text, str]]:
    """List the choices, and the one that is chosen even where it is none of them."""
    told = dict(zip(choices, notes, strict=True)) if notes else {}
    every = choices if chosen in choices else (*choices, chosen)
    return [(Text(safe(each) + (f"  {safe(told[each])}" if told.get(each) else "")), each) for each in every]
