"""What is seen of a lesson, cell for cell, and what it costs over a slow line; `--snapshot-update` after a look."""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from linreg.lessons.answers import Answer
from linreg.lessons.grading import grade
from linreg.lessons.presentation import words_of
from linreg.lessons.words import counted, sentence
from linreg.phase import Phase
from linreg_tui.learn.course import Course, Stage
from linreg_tui.learn.screen import LessonScreen
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.term.wire import FewerCells
from tui.canned import view_of
from tui.learn.test_course import LESSONS
from tui.monitor.test_screen import Shown, monitor
from tui.monitor.test_snapshots import STEADY, TextFile, screen_text
from tui.recorded import RecordedControl

SEEN: dict[str, tuple[str, int, str, tuple[int, int], tuple[str, ...]]] = {
    "asks": ("one-step", 1, "en", (120, 40), ()),
    "types": ("one-step", 5, "ko", (80, 24), ("enter", "1")),
    "points": ("overshooting", 1, "ko", (120, 40), ("enter", "right", "up")),
    "points small": ("overshooting", 1, "en", (60, 20), ("enter",)),
    "wrong": ("overshooting", 1, "en", (80, 24), ()),
}


RUNNING = STEADY | {"phase": Phase.RUNNING, "speed": 300.0, "pace": 299.7}


class Seen(Shown):
    """A lesson around a recorded run; without one, the monitor alone."""

    def __init__(self, control: RecordedControl, course: Course | None = None) -> None:
        super().__init__(control)
        self.course = course

    def screen_around(self) -> MonitorScreen:
        if self.course is None:
            return super().screen_around()
        return LessonScreen(self.control, self.course, polls_per_second=10, ascii_only=False)


def lesson_of(name: str, index: int, language: str) -> Course:
    course = Course(LESSONS[name], language, index)
    course.words = words_of(course.step, language)
    return course


@pytest.mark.parametrize("name", SEEN)
async def test_a_lesson_looks_as_it_did(name: str, snapshot: SnapshotAssertion) -> None:
    lesson, index, language, size, keys = SEEN[name]
    course = lesson_of(lesson, index, language)
    if name == "wrong":
        truth = Answer(1.0, sentence("place", n=counted(1), w=1.0, b=1.0), place=(1.0, 1.0))
        course.verdict, course.stage = grade(course.step.question, "0 0", truth, language), Stage.GRADED  # type: ignore[arg-type]
    rate = course.step.recipe.learning_rate
    app = Seen(RecordedControl(view_of("exercise1", 3, state=STEADY, learning_rate=rate)), course)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert screen_text(app) == snapshot(extension_class=TextFile)


class Counted(FewerCells, Seen):
    """Believes that it is on a terminal, and counts what that is sent."""

    sent = 0

    @property
    def is_headless(self) -> bool:
        return False

    def on_load(self) -> None:
        self.call_later(self._listen)

    def _listen(self) -> None:
        driver: Any = self._driver
        driver.write = self._count
        self._cells.forget()

    def _count(self, data: str) -> None:
        self.sent += len(data.encode())


async def test_while_a_run_goes_on_a_lesson_costs_no_more_bytes_than_the_monitor() -> None:
    sent = []
    for course in (None, lesson_of("one-step", 1, "ko")):
        control = RecordedControl(view_of("exercise1", 1, state=RUNNING))
        app = Counted(control, course)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(0.05)
            app.sent = 0
            for n_epochs in range(20, 400, 60):
                control.view = view_of("exercise1", n_epochs, state=RUNNING | {"version": n_epochs})
                monitor(app)._poll()
                await pilot.pause(0.05)
            sent.append(app.sent)
    assert 500 < sent[1] <= sent[0]
