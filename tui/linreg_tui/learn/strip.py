"""The strip of a lesson: a few lines of words above the panels, and below them keys or the field of an answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from linreg_tui.learn.course import Course, Stage, lines_at
from linreg_tui.text.numbers import in_ascii
from linreg_tui.widgets.lines import Lines
from linreg_tui.widgets.safe_input import SafeInput


def height_at(width: int) -> int:
    """Return how many lines the strip takes from the panels: always as many, so that nothing jumps between steps."""
    return lines_at(width - FRAME) + 1


FRAME = 2
"""Blank columns beside the words."""


class Words(Lines):
    """The lines of words and keys."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "strip--words",
        "strip--keys",
        "strip--quiet",
        "strip--right",
        "strip--wrong",
    }
    DEFAULT_CSS = """
    Words {
        height: auto;
        .strip--words { color: $foreground; }
        .strip--keys { color: $accent; text-style: bold; }
        .strip--quiet { color: $text-muted; }
        .strip--right { color: $text-success; text-style: bold; }
        .strip--wrong { color: $text-warning; text-style: bold; }
    }
    """


class LessonStrip(Vertical):
    """What a lesson says, and the field for an answer."""

    DEFAULT_CSS = """
    LessonStrip { padding: 0 1; background: $surface; }
    LessonStrip Horizontal { height: 1; display: none; }
    LessonStrip.-typing Horizontal { display: block; }
    LessonStrip #typing { width: 1fr; padding: 0 1; color: $text-muted; }
    LessonStrip #typing.-wrong { color: $text-error; }
    """

    def __init__(self, course: Course, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.course, self._ascii = course, ascii_only

    def compose(self) -> ComposeResult:
        """Lay out the words above the field."""
        words = Words()
        words.ascii = self._ascii
        yield words
        with Horizontal():
            yield SafeInput(select_on_focus=False)
            yield Static(Content(""), id="typing")

    def on_mount(self) -> None:
        """Show the step."""
        self.show()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.show()

    @property
    def field(self) -> SafeInput:
        """Where an answer is typed."""
        return self.query_one(SafeInput)

    def show(self) -> None:
        """Show the step as it stands."""
        is_typing = self.course.stage is Stage.TYPING
        self.set_class(is_typing, "-typing")
        self.field.can_focus = is_typing
        width = self.screen.size.width - FRAME
        self.query_one(Words).set_lines(self.course.lines(width))
        if is_typing:
            said = self.course.typing_hint(width)
            hint = self.query_one("#typing", Static)
            hint.set_class(bool(self.course.problem), "-wrong")
            hint.update(Content(in_ascii(said) if self._ascii else said))
            self.field.focus()
