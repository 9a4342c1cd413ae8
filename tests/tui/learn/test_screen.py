"""Lessons on the monitor: taken with right and with wrong answers, left and taken up."""

from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from linreg.lessons.answers import Answer, answer
from linreg.lessons.lesson import Question
from linreg.lessons.progress import Progress, keep_progress, load_progress, progress_of
from linreg.lessons.reading import bundled_lessons
from linreg.lessons.rehearsal import right_line, wrong_line
from linreg.lessons.standing import Standing
from linreg.lessons.words import sentence
from linreg.phase import Phase
from linreg.racing.session import RaceSession
from linreg_tui.app import MonitorApp
from linreg_tui.learn.course import Course, Stage
from linreg_tui.learn.lessons import LessonsScreen
from linreg_tui.learn.screen import LessonScreen
from linreg_tui.learn.strip import Words
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.panels.this_step import StepPanel
from linreg_tui.race.screen import RaceScreen
from linreg_tui.sheets.help import HelpScreen
from patience import PATIENCE

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}
WIDE, MIDDLE = (120, 40), (80, 24)


class Taking:
    """A lesson on a screen, and what somebody does who takes it."""

    def __init__(self, pilot: Pilot[int], app: MonitorApp) -> None:
        self.pilot, self.app = pilot, app

    @property
    def screen(self) -> LessonScreen:
        return next(each for each in reversed(self.app.screen_stack) if isinstance(each, LessonScreen))

    @property
    def course(self) -> Course:
        assert self.app.course is not None
        return self.app.course

    @property
    def is_right(self) -> bool:
        assert self.course.verdict is not None
        return self.course.verdict.is_right

    @property
    def words(self) -> str:
        return self.screen.query_one(Words).text

    async def until(self, holds: Callable[[], bool]) -> None:
        given_up = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < given_up
            await sleep(0.01)

    async def stands(self) -> None:
        """Wait until the run is there, in sight, and stands still, and the words are worked out."""
        await self.until(lambda: self.app.session.recipe == self.course.step.recipe and self.screen.is_current)
        await self.until(lambda: self.app.session.facts is not None and not self.app.session.state.phase.is_moving)
        await self.until(lambda: self.screen._view is not None)
        await self.until(lambda: bool(self.course.words or self.course.verdict))

    def truth(self, question: Question) -> Answer:
        facts = self.app.session.facts
        assert facts is not None
        return answer(question, Standing.of(facts, self.app.session.state))

    async def answer(self, write: Callable[[Question, Answer], str]) -> None:
        """Answer what is asked, and see the verdict."""
        question = self.course.question
        assert question is not None
        line = write(question, self.truth(question))
        self.screen.action_go_on()
        if question.of == "place":
            assert self.course.stage is Stage.POINTING
            self.screen.action_type_rate()
        assert self.course.stage is Stage.TYPING
        self.screen._strip.field.value = line
        await self.screen._strip.field.action_submit()
        await self.until(lambda: self.course.stage is Stage.GRADED)

    async def take(self, write: Callable[[Question, Answer], str]) -> bool:
        """Take a step, and return whether an answer was right; see what was asked happen."""
        await self.stands()
        assert self.words.count("\n") == 3
        if self.course.question is None:
            await self.go_on()
            return True
        await self.answer(write)
        verdict = self.course.verdict
        assert verdict is not None
        for word in verdict.words[self.course.language].split()[:8]:
            assert word in self.words
        if self.course.can_be_seen and self.course.question.of != "winner":
            before = self.app.session.state.epoch
            self.screen.action_go_on()
            control = self.app.session
            await self.until(lambda: control.state.epoch != before and not control.state.phase.is_moving)
        elif self.course.can_be_seen:
            self.course.stage = Stage.SEEN
        await self.go_on()
        return verdict.is_right

    async def go_on(self) -> None:
        """Take the next step, with the run that it begins anew."""
        index, session = self.course.index, self.app.session
        self.screen.action_go_on()
        if self.course.index != index and self.course.step.is_anew:
            await self.until(lambda: self.app.session is not session)


@asynccontextmanager
async def taking(
    name: str = "one-step", language: str = "en", size: tuple[int, int] = WIDE, index: int = 0, *, lists: bool = False
) -> AsyncIterator[Taking]:
    course = Course(LESSONS[name], language, index)
    app = MonitorApp(course.step.recipe, paused=True, course=course, lists_lessons=lists, speed=float("inf"))
    async with app.run_test(size=size) as pilot:
        taken = Taking(pilot, app)
        if not lists:
            await taken.stands()
        yield taken
        await app.leave(0)


@pytest.mark.parametrize(("language", "size", "n_lessons"), [("en", MIDDLE, 10), ("ko", WIDE, 3)])
async def test_every_lesson_is_taken_to_its_end(language: str, size: tuple[int, int], n_lessons: int) -> None:
    async with taking(language=language, size=size) as taken:
        for number, name in enumerate(list(LESSONS)[:n_lessons]):
            is_right = (number % 2 == 0) == (language == "en")
            if number:
                await taken.app._take(Course(LESSONS[name], language))
            for step in LESSONS[name].steps:
                is_well = await taken.take(right_line if is_right else wrong_line)
                assert is_well == (is_right or step.question is None), (name, step.say)
            await taken.until(lambda: isinstance(taken.app.screen, LessonsScreen))
            await taken.app.workers.wait_for_complete()
            assert progress_of(LESSONS[name], load_progress()) == Progress(0, is_done=True)
            await taken.app.pop_screen()


async def test_a_question_is_answered_by_keys_and_what_gives_it_away_is_hidden_until_then() -> None:
    async with taking(index=2) as taken:
        step, parameters = taken.screen.query_one(StepPanel), taken.screen.query_one(ParametersPanel)
        await taken.until(lambda: step.size.width > 0)
        assert "once you have answered" in step.render_line(0).text
        assert "once you have answered" in parameters.render_line(0).text
        await taken.pilot.press("enter", "-", "x", "enter")
        await taken.until(lambda: bool(taken.course.problem))
        await taken.pilot.press("backspace", "2", "enter")
        await taken.until(lambda: taken.course.verdict is not None)
        assert taken.course.verdict is not None
        assert taken.course.verdict.is_right
        assert "2·(−2)·1) / 3 = −2" in taken.words
        assert "once you have answered" not in step.render_line(0).text + parameters.render_line(0).text
        await taken.pilot.press("enter")
        assert taken.course.index == 3
        await taken.pilot.press("backspace", "backspace")
        assert taken.course.index == 1


async def test_all_keys_work_as_ever_and_an_answer_is_found_from_where_the_run_then_stands() -> None:
    async with taking(index=5) as taken:
        await taken.pilot.press("n", "plus")
        await taken.until(lambda: taken.app.session.state.interventions != ())
        await taken.stands()
        await taken.pilot.press("enter", "1", "escape")
        assert taken.course.stage is Stage.ASKS
        await taken.pilot.press("question_mark")
        assert isinstance(taken.app.screen, HelpScreen)
        await taken.pilot.press("escape", "a")
        await taken.until(lambda: "esc lays the hand down" in taken.words)
        await taken.pilot.press("escape")
        await taken.until(lambda: "⏎ answer" in taken.words)
        await taken.answer(right_line)
        assert "0.02 − 0.0125 × (−1.94" in taken.words.replace("\n", " ")


async def test_a_step_with_a_run_of_its_own_begins_at_its_start_even_if_it_trains_the_same() -> None:
    async with taking(index=4) as taken:
        await taken.take(wrong_line)
        await taken.stands()
        assert (taken.course.index, taken.app.session.state.epoch) == (5, -1)
        await taken.answer(right_line)
        assert "0 − 0.01 × (−2) = 0.02" in taken.words


async def test_a_panel_that_is_spoken_of_and_has_no_room_is_shown_by_its_key() -> None:
    async with taking("overshooting", size=MIDDLE) as taken:
        surface = taken.screen.query_one(SurfacePanel)
        await taken.until(lambda: "4 shows panel 4" in taken.words)
        await taken.pilot.press("4")
        await taken.until(lambda: surface.display and "4 shows panel 4" not in taken.words)


async def test_while_an_answer_is_graded_the_strip_says_so_and_a_slip_is_refused_before() -> None:
    async with taking(index=5) as taken:
        await taken.pilot.press("enter", "x", "enter")
        assert (taken.course.stage, bool(taken.course.problem)) == (Stage.TYPING, True)
        taken.course.stage = Stage.WORKING
        taken.screen._strip.show()
        assert "working it out" in taken.words
        assert "⏎" not in taken.words


async def test_what_a_rate_does_is_seen_and_a_race_is_come_back_from() -> None:
    async with taking("adam", index=4) as taken:
        await taken.answer(right_line)
        taken.screen.action_go_on()
        await taken.until(lambda: isinstance(taken.app.screen, RaceScreen))
        race = taken.app.control
        assert isinstance(race, RaceSession)
        await taken.until(lambda: race.state.phase is Phase.FINISHED)
        assert race.state.epoch == 99  # a hundred epochs, as it was asked: who wins there has the least cost
        await taken.pilot.press("q")
        await taken.until(lambda: taken.app.screen is taken.screen)
        assert taken.course.stage is Stage.SEEN
        assert taken.app.session.recipe.optimizer == "Adam"


async def test_a_lesson_that_was_left_is_taken_up_from_the_list_or_started_over() -> None:
    keep_progress(LESSONS["valley"], Progress(4))
    async with taking(lists=True) as taken:
        await taken.until(lambda: isinstance(taken.app.screen, LessonsScreen))
        options = taken.app.screen.query_one(OptionList)
        assert "at step 5 of 6" in str(options.get_option_at_index(3).prompt)
        await taken.pilot.press("down", "down", "down", "enter")
        await taken.until(lambda: taken.course.lesson.name == "valley")
        await taken.stands()
        assert taken.course.index == 4
        assert taken.app.session.recipe == LESSONS["valley"].steps[4].recipe
        await taken.pilot.press("L")
        await taken.until(lambda: isinstance(taken.app.screen, LessonsScreen))
        await taken.pilot.press("o")
        await taken.until(lambda: taken.course.index == 0)


async def test_a_place_is_answered_by_pointing_at_it_on_the_surface() -> None:
    async with taking("overshooting", "ko", (80, 24), index=1) as taken:
        surface = taken.screen.query_one(SurfacePanel)
        await taken.pilot.press("enter")
        assert (taken.course.stage, surface.display, surface.has_focus) == (Stage.POINTING, True, True)
        assert surface.cursor == pytest.approx((0.0, 0.0), abs=0.2)
        assert sentence("to_point")["ko"] in taken.words
        assert "⏎ answers" in str(surface.border_subtitle)
        await taken.pilot.press("escape")
        assert (taken.course.stage, surface.cursor) == (Stage.ASKS, None)
        await taken.pilot.press("enter", "right", "enter")
        await taken.until(lambda: taken.course.stage is Stage.GRADED)
        assert (taken.is_right, surface.cursor) == (False, None)
        await taken.pilot.press("enter")
        await taken.until(lambda: taken.app.session.state.epoch == 0)
        taken.course.go_to(1)  # the same question from here
        truth = taken.truth(Question(of="place"))
        await taken.pilot.press("enter")
        surface.cursor = truth.place
        await taken.pilot.press("right", "enter")  # a cell beside it, which is as near as can be pointed
        await taken.until(lambda: taken.course.stage is Stage.GRADED)
        assert taken.is_right
        await taken.pilot.press("c", "enter", "escape")  # afterwards the cursor is for a start as ever
        assert surface.does == "starts there"
