"""All lessons: which were taken, and where one was left."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from linreg.lessons.lesson import Lesson, in_language
from linreg.lessons.presentation import cells_of
from linreg.lessons.progress import Progress, load_progress, progress_of
from linreg.lessons.words import reached, sentence
from linreg_tui.learn.course import Course


class LessonsScreen(ModalScreen[Course | None]):
    """Choose a lesson; None is the answer of Esc.

    Parameters
    ----------
    lessons, language
        What there is to choose from, in which language.
    first
        The name of the one to begin at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back"),
        Binding("o", "start_over", "Start over"),
    ]

    def __init__(self, lessons: Sequence[Lesson], language: str, first: str = "") -> None:
        super().__init__()
        self._lessons, self._language, self._first = lessons, language, first
        self._kept: dict[str, Progress] = load_progress()

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        with Vertical(id="sheet") as sheet:
            sheet.border_title = Content(sentence("lessons")[self._language])
            yield OptionList(*map(self._option, self._lessons), markup=False)
            yield Static(Content(sentence("list_keys")[self._language]), id="hint")

    def _option(self, lesson: Lesson) -> Option:
        """Write a line: title, minutes, how far it has been taken."""
        title = in_language(lesson.title, self._language)
        minutes = sentence("minutes", n=lesson.minutes)[self._language]
        blanks = " " * max(2, 40 - cells_of(title))
        return Option(Content(f" {title}{blanks}{minutes}  {reached(self._progress(lesson), lesson)[self._language]}"))

    def _progress(self, lesson: Lesson) -> Progress:
        return progress_of(lesson, self._kept)

    def on_mount(self) -> None:
        """Point at the lesson to begin with."""
        names = [lesson.name for lesson in self._lessons]
        options = self.query_one(OptionList)
        options.highlighted = names.index(self._first) if self._first in names else 0
        options.focus()

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Take a lesson up where it was left."""
        lesson = self._lessons[selected.option_index]
        self.dismiss(Course(lesson, self._language, self._progress(lesson).step))

    def action_start_over(self) -> None:
        """Take the lesson that is pointed at from its start."""
        index = self.query_one(OptionList).highlighted
        if index is not None:
            self.dismiss(Course(self._lessons[index], self._language))
