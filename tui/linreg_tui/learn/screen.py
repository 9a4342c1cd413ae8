"""The monitor with a lesson on top: all keys work as ever, ⏎ goes on and ⌫ back."""

from asyncio import to_thread
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from linreg.errors import LinregError
from linreg.lessons.grading import grade, read
from linreg.lessons.lesson import LOOKED_AT, PLACES, Lesson, Question
from linreg.lessons.presentation import words_of
from linreg.lessons.progress import Progress
from linreg.lessons.standing import Standing
from linreg.lessons.words import choices_of, sentence
from linreg.live.control import Control
from linreg.racing.entries import Entry
from linreg.recipe import Recipe
from linreg_tui.learn.course import Course, Stage
from linreg_tui.learn.strip import LessonStrip, height_at
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.panels.this_step import StepPanel
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.widgets.keys import Key, bindings

if TYPE_CHECKING:
    from linreg.lessons.answers import Answer

OWN_KEYS = (
    Key("enter", "go_on", "⏎", "lesson", "Lesson: go on, or answer; a panel is enlarged by its number", 1),
    Key("backspace", "go_back", "⌫", "lesson", "Lesson: the step before", 1),
    Key("L", "lessons", "L", "lessons", "Lesson: choose another, or start over", 2),
)


class LessonScreen(MonitorScreen):
    """One run, and a lesson about it.

    Parameters
    ----------
    control
        The run.
    course
        The lesson, and how far it has been taken.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(OWN_KEYS))

    @dataclass
    class StepTaken(Message):
        """A lesson has come so far."""

        lesson: Lesson
        progress: Progress

    @dataclass
    class RunAsked(Message):
        """The lesson goes on with another run."""

        recipe: Recipe

    @dataclass
    class LessonsAsked(Message):
        """Somebody wants to choose a lesson."""

    def __init__(self, control: Control, course: Course, *, polls_per_second: float, ascii_only: bool) -> None:
        super().__init__(control, polls_per_second=polls_per_second, ascii_only=ascii_only)
        self.keys = (*OWN_KEYS, *(key for key in self.keys if key.action != "enlarge"))
        self.course = course
        self._strip = LessonStrip(course, ascii_only=ascii_only)

    def compose(self) -> ComposeResult:
        """Lay out the monitor with the strip below its status lines."""
        for widget in super().compose():
            yield widget
            if isinstance(widget, MonitorStatus):
                yield self._strip

    def on_mount(self) -> None:
        """Say what the step says; Textual calls the base class by itself."""
        self._fill_in()

    def on_resize(self) -> None:
        """Give the strip its lines, before the base class arranges the panels in what is left."""
        self._grid.taken = height_at(self.size.width)
        self._strip.styles.height = self._grid.taken
        self.call_after_refresh(self._name_keys)

    def _fill_in(self) -> None:
        """Work the numbers of the words out, on a thread: an optimizer's take a library that is slow to load."""
        self._hide_what_is_asked()
        if not self.course.words:
            self.run_worker(self._say_words(self.course.index), exclusive=True, group="words")
        self._strip.show()

    def _name_keys(self) -> None:
        """Say as well that ⏎ is the hand's while there is one, and by which key a panel appears that is spoken of."""
        super()._name_keys()
        course, before = self.course, (self.course.has_hand, self.course.out_of_sight)
        course.has_hand, course.out_of_sight = self.has_hand, tuple(sorted(course.spoken_of - self._grid.in_sight()))
        if (course.has_hand, course.out_of_sight) != before:
            self._strip.show()

    def action_panel(self, number: int) -> None:
        """Give a panel the keyboard; enlarge one that has it."""
        super().action_panel(number)
        self._name_keys()

    def _hide_what_is_asked(self) -> None:
        """Cover what would give the answer away, until it has been given."""
        words = sentence("veiled")[self.course.language]
        for panel in (self.query_one(ParametersPanel), self.query_one(StepPanel)):
            panel.veil(words if panel.number in self.course.veiled else "")

    async def _say_words(self, index: int) -> None:
        course = self.course
        try:
            words = await to_thread(words_of, course.step, course.language)
        except LinregError as problem:
            self.say(str(problem), is_error=True)
            return
        if course.index == index:
            course.words = words
            self._name_keys()
            self._strip.show()

    # Going on and back

    def action_go_on(self) -> None:
        """Do what comes next: answer, see it happen, or take the next step."""
        course = self.course
        if course.stage in (Stage.ASKS, Stage.POINTING):
            self._ask()
        elif course.stage is Stage.GRADED and course.can_be_seen and course.question is not None:
            course.stage = Stage.SEEN
            self._let_it_happen(course.question)
            self._strip.show()
        elif course.stage is not Stage.WORKING:
            self._take(course.index + 1)

    def action_go_back(self) -> None:
        """Take the step before once more."""
        if self.course.stage is not Stage.WORKING:
            self._take(self.course.index - 1)

    def _take(self, index: int) -> None:
        course, before = self.course, self.course.step.recipe
        if index < 0:
            return
        is_over = index >= len(course.lesson.steps)
        self.post_message(self.StepTaken(course.lesson, Progress(0 if is_over else index, is_over)))
        if is_over:
            self.post_message(self.LessonsAsked())
            return
        course.go_to(index)
        if course.step.is_anew or course.step.recipe != before:
            self.post_message(self.RunAsked(course.step.recipe))
        else:
            self._fill_in()

    def action_lessons(self) -> None:
        """Choose another lesson."""
        self.post_message(self.LessonsAsked())

    # Answering

    def _ask(self) -> None:
        """Let a place be pointed at, where there is a surface to point on; else have the answer typed."""
        surface, question = self.query_one(SurfacePanel), self.course.question
        if question is not None and question.of in PLACES:
            self._stand_still()
            surface.does = "answers"
            if not surface.has_focus:
                self._grid.go_to(surface.number)
            if surface.cursor is None:
                surface.toggle_cursor()
            if surface.cursor is not None:
                self.course.stage = Stage.POINTING
                self._strip.show()
                return
        self._open_field()

    def _stand_still(self) -> None:
        """Stop the run: it is asked of where it stands."""
        if self._control.state.phase.is_moving:
            self._control.pause()
            self._hasten()

    def action_type_rate(self) -> None:
        """Type a place instead of pointing at it; else, as ever, a learning rate."""
        if self.course.stage is Stage.POINTING:
            self._point_no_more()
            self._open_field()
        else:
            super().action_type_rate()

    def _point_no_more(self) -> None:
        surface = self.query_one(SurfacePanel)
        surface.cursor, surface.does = None, surface.DOES

    def on_surface_panel_start_asked(self, message: SurfacePanel.StartAsked) -> None:
        """Take the place for the answer, where one is asked; else, as ever, for a start."""
        if self.course.stage is not Stage.POINTING:
            return
        message.prevent_default()  # Textual would call the base class too
        message.stop()
        if self._control.state.phase.is_moving:
            return
        self._point_no_more()
        self._answer(" ".join(map(repr, message.start)), message.cell)

    def _open_field(self) -> None:
        self._stand_still()
        self.course.stage, self.course.problem = Stage.TYPING, ""
        self._strip.field.value = ""
        self._strip.show()

    def _close_field(self, stage: Stage) -> None:
        self.course.stage = stage
        self.set_focus(None)
        self._hide_what_is_asked()
        self._strip.show()

    def key_escape(self) -> None:
        """Leave the field of an answer; else as ever."""
        if self.course.stage in (Stage.TYPING, Stage.POINTING):
            self._point_no_more()
            self._close_field(Stage.ASKS)
        else:
            super().key_escape()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Grade an answer, on a thread: the engine is run for it."""
        if submitted.input is self._strip.field:
            self._answer(submitted.value)

    def _answer(self, line: str, leeway: tuple[float, ...] = ()) -> None:
        facts, state, question = self._control.facts, self._control.state, self.course.question
        if question is None:
            return
        if facts is None or state.phase.is_moving:
            self._say_problem(sentence("not_ready")[self.course.language])
            return
        if facts.first_epoch:
            self._say_problem(sentence("rows_changed")[self.course.language])
            return
        try:
            read(question, line, self.course.language)
        except LinregError as problem:  # at once: the truth may take a while
            self._say_problem(str(problem))
            return
        grading = self._grade(question, line, Standing.of(facts, state), leeway)
        self.run_worker(grading, exclusive=True, group="grading")

    async def _grade(self, question: Question, line: str, standing: Standing, leeway: tuple[float, ...]) -> None:
        course, index = self.course, self.course.index
        self._close_field(Stage.WORKING)
        try:
            truth = await to_thread(_found_out, question, standing)
            verdict = grade(question, line, truth, course.language, leeway)
        except LinregError as problem:
            course.stage = Stage.TYPING
            self._say_problem(str(problem))
            return
        if course.index == index:
            course.truth, course.verdict = truth, verdict
            self._close_field(Stage.GRADED)

    def _say_problem(self, sentence: str) -> None:
        self.course.problem = sentence
        self._strip.show()

    def _let_it_happen(self, question: Question) -> None:
        """Run what was foretold."""
        control, course = self._control, self.course
        if question.of == "winner":
            self.post_message(self.RaceAsked(_racers(question, course.step.recipe)))
            return
        if question.learning_rate is not None and question.learning_rate != control.state.learning_rate:
            control.set_learning_rate(question.learning_rate)
        if question.of == "end":
            control.play()
        else:
            n_epochs = {
                "epochs": 0 if course.truth is None else int(course.truth.value),
                "outcome": LOOKED_AT,
                "sign": 1,
            }
            control.step(n_epochs.get(question.of, question.after))
        self._hasten()


def _found_out(question: Question, standing: Standing) -> "Answer":
    from linreg.lessons.answers import answer  # and with it what reads rows: the screen does not wait for that

    return answer(question, standing)


def _racers(question: Question, recipe: Recipe) -> tuple[Entry, ...]:
    """Return those who race, under the names that the question has for them, as far as it asks: epochs 0 to N − 1."""
    named = zip(choices_of(question), question.racers, strict=True)
    end = {"epochs": max(0, question.after - 1)}
    return tuple(Entry(name["en"], recipe.changed(**{**changes, **end})) for name, changes in named)
