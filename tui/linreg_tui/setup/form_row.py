"""One field of a form: its label, where to type or choose, and below it what is wrong with that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from linreg.text import safe
from linreg_tui.setup.choosers import Chooser, Fold, InlineSelect, ListSelect
from linreg_tui.setup.fields import Field
from linreg_tui.widgets.safe_input import SafeInput


class FormRow(Vertical):
    """A field with its label. It says what was typed, and is told what to show."""

    @dataclass
    class Changed(Message):
        """Somebody typed or chose something."""

        key: str
        text: str

    def __init__(
        self, key: str, field: Field, text: str = "", *, suggestions: Iterable[str] = (), classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
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
            yield ListSelect(field.choices, self._text)
        elif field.folds:
            yield Fold(field.choices, self._text)
        elif field.choices:
            yield InlineSelect(field.choices, self._text)
        else:
            suggester = SuggestFromList(self._suggestions) if self._suggestions else None
            yield SafeInput(
                self._text, placeholder=field.hint, suggester=suggester, select_on_focus=False, validate_on=()
            )

    @property
    def editor(self) -> Widget:
        """What takes the keyboard."""
        return self.query("Input, Chooser").first(Widget)

    @property
    def text(self) -> str:
        """What stands there."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        editor = self.editor
        with self.prevent(Input.Changed):
            if isinstance(editor, Input | Chooser) and editor.value != text:
                editor.value = text

    def offer(self, choices: Sequence[str], notes: Sequence[str] = (), *, chosen: str | None = None) -> None:
        """Offer other choices, each with a note; the one that was chosen stays unless another is given."""
        self._text = self._text if chosen is None else chosen
        self._field = replace(self._field, choices=tuple(choices))
        self.query_one(ListSelect).offer(self._field.choices, notes, self._text)

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

    def on_chooser_changed(self, changed: Chooser.Changed) -> None:
        """Pass on what was chosen."""
        changed.stop()
        self._pass_on(changed.value)

    def _pass_on(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.post_message(self.Changed(self.key, text))
