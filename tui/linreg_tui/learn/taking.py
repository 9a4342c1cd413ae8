"""What an app does that lets lessons be taken: it chooses among them, and has each go on with its runs."""

from asyncio import to_thread

from textual.app import App

from linreg.errors import LinregError
from linreg.lessons.lesson import Lesson
from linreg.lessons.progress import Progress, keep_progress
from linreg.lessons.reading import bundled_lessons
from linreg.recipe import Recipe
from linreg_tui.learn.course import Course
from linreg_tui.learn.lessons import LessonsScreen
from linreg_tui.learn.screen import LessonScreen


class TakesLessons(App[int]):
    """An app that may show a lesson above its run.

    Parameters
    ----------
    course
        The lesson that the run belongs to, which goes on with each run that takes its place; None: there is none.
    lists_lessons
        Whether all lessons are shown first.
    """

    def __init__(self, course: Course | None = None, *, lists_lessons: bool = False) -> None:
        super().__init__()
        self.course, self._lists_lessons = course, lists_lessons
        self._to_keep: dict[str, tuple[Lesson, Progress]] = {}
        """How far each lesson has come, where that is still to be written down."""
        self._is_keeping = False

    async def on_mount(self) -> None:
        """Show all lessons, over the screen that an app of its own kind has put there by now."""
        if self._lists_lessons:
            self.show_lessons()

    async def show_recipe(self, recipe: Recipe) -> None:
        """Train a recipe in the place of the run that is shown, paused at its start."""
        raise NotImplementedError

    def on_lesson_screen_step_taken(self, message: LessonScreen.StepTaken) -> None:
        """Write down how far a lesson has come, one after the other, on a thread: a disk may be slow."""
        self._to_keep[message.lesson.origin] = message.lesson, message.progress
        if not self._is_keeping:
            self._is_keeping = True
            self.run_worker(self._keep())

    async def _keep(self) -> None:
        while self._to_keep:
            _, (lesson, progress) = self._to_keep.popitem()
            try:
                await to_thread(keep_progress, lesson, progress)
            except LinregError as problem:
                if isinstance(self.screen, LessonScreen):
                    self.screen.say(f"how far you are is not kept: {problem}", is_error=True)
        self._is_keeping = False

    async def on_lesson_screen_run_asked(self, message: LessonScreen.RunAsked) -> None:
        """Go on with a lesson on another run."""
        await self.show_recipe(message.recipe)

    def on_lesson_screen_lessons_asked(self, _: LessonScreen.LessonsAsked) -> None:
        """Show all lessons."""
        self.show_lessons()

    def show_lessons(self) -> None:
        """Let somebody choose a lesson, and take it."""
        assert self.course is not None
        lesson, lessons = self.course.lesson, bundled_lessons()
        if lesson.origin not in [each.origin for each in lessons]:  # one of somebody's own
            lessons = (lesson, *lessons)
        self.push_screen(LessonsScreen(lessons, self.course.language, lesson.name), self._take)

    async def _take(self, course: Course | None) -> None:
        if course is not None:
            self.course = course
            await self.show_recipe(course.step.recipe)
