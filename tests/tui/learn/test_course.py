"""What the strip says at each stage of each step, without a screen: nothing is cut, and the next key is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from linreg.errors import LinregError
from linreg.lessons.answers import Answer
from linreg.lessons.grading import Verdict, grade
from linreg.lessons.lesson import LANGUAGES
from linreg.lessons.presentation import LINES, cells_of, words_of
from linreg.lessons.progress import Progress, keep_progress, load_progress, progress_of
from linreg.lessons.reading import bundled_lessons
from linreg.lessons.rehearsal import right_line, wrong_line
from linreg.lessons.words import choices_of, counted, sentence
from linreg_tui.learn.course import Course, Stage
from linreg_tui.widgets.lines import plain_text, width_of

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}


@pytest.mark.parametrize("width", [118, 78])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_the_keys_and_the_choices_always_have_room(name: str, language: str, width: int) -> None:
    course = Course(LESSONS[name], language)
    for index in range(len(course.lesson.steps)):
        course.go_to(index)
        course.words = "words"
        lines = course.lines(width)
        assert len(lines) == LINES + 1
        assert all(width_of(line) <= width for line in lines)
        below = plain_text(lines[-1])
        assert sentence("to_answer" if course.question else "to_go_on")[language] in below or course.is_last
        assert (sentence("to_go_back")[language] in below) == (index > 0)
        assert f"{index + 1}/{len(course.lesson.steps)}" in below
        for choice in choices_of(course.question) if course.question else ():
            assert choice[language] in below
        if course.question is not None:
            course.stage = Stage.POINTING
            assert sentence("to_point")[language] in plain_text(course.lines(58)[-1])
            course.stage = Stage.TYPING
            assert cells_of(course.typing_hint(width)) <= 78 - 24 - 2
            for said in (course.typing_hint(58), *(sentence(key)[language] for key in ("not_ready", "rows_changed"))):
                assert cells_of(said) <= 58 - 24 - 2
            above = plain_text(course.lines(width)[-2])
            assert all(choice[language] in above for choice in choices_of(course.question))
            course.words = "word " * 60
            assert all(choice[language] in course.typing_hint(width) for choice in choices_of(course.question))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_cut_on_a_narrow_screen(language: str) -> None:
    for lesson in LESSONS.values():
        course = Course(lesson, language)
        for index in range(len(lesson.steps)):
            course.go_to(index)
            course.words = words_of(course.step, language)
            for width in (58, 40):
                said = " ".join(plain_text(line) for line in course.lines(width)[:-1] if line)
                assert said.replace(" ", "") == course.words.replace(" ", "")


@pytest.mark.parametrize("width", [118, 78])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_is_taken_rightly_and_wrongly_and_taken_up_at_each_step(language: str, width: int) -> None:
    for lesson in LESSONS.values():
        course = Course(lesson, language)
        for index, step in enumerate(lesson.steps):
            assert (course.index, course.stage) == (index, Stage.ASKS if step.question else Stage.TELLS)
            course.words = words_of(step, language)
            assert_all_is_said(course, course.words, width)
            taken_up = Course(lesson, language, index)  # by somebody who had left it here
            taken_up.words = course.words
            assert taken_up.lines(width) == course.lines(width)
            for write in (wrong_line, right_line) if step.question else ():
                assert step.question is not None
                why = sentence("moved", n=counted(1_000), name="w", was=-0.123456789, now=1.23456789)
                truth = Answer(1.0, why, place=(1.0, 2.0) if step.question.of == "place" else None)
                course.verdict = grade(step.question, write(step.question, truth), truth, language)
                course.stage = Stage.GRADED
                assert course.verdict.is_right == (write is right_line)
                assert_all_is_said(course, course.verdict.words[language], width)
                below = plain_text(course.lines(width)[-1])
                assert sentence("to_see" if course.can_be_seen else "to_go_on")[language] in below or course.is_last
                course.go_to(index)
                assert course.lines(width) == Course(lesson, language, index).lines(width)
            course.go_to(index + 1)


def assert_all_is_said(course: Course, words: str, width: int) -> None:
    lines = course.lines(width)
    said = "".join(plain_text(line) for line in lines[:-1])
    assert said.replace(" ", "") == words.replace(" ", "")
    assert all(width_of(line) <= width for line in lines)


def test_where_a_lesson_was_left_is_where_it_is_taken_up_and_a_shorter_one_is_begun_again(own_home: Path) -> None:
    lesson = LESSONS["overshooting"]
    for index in range(len(lesson.steps)):
        keep_progress(lesson, Progress(index))
        assert progress_of(lesson, load_progress()) == Progress(index)
    shorter = replace(lesson, steps=lesson.steps[:2])
    assert progress_of(shorter, load_progress()) == Progress(0)


def test_a_verdict_takes_the_place_of_the_words_and_says_what_comes_next() -> None:
    course = Course(LESSONS["one-step"], index=5)
    course.verdict, course.stage = Verdict(False, sentence("wrong", truth="w is 2")), Stage.GRADED
    assert plain_text(course.lines(78)[0]) == "Not quite: w is 2."
    assert "see it happen" in plain_text(course.lines(78)[-1])
    course.stage = Stage.SEEN
    assert "go on" in plain_text(course.lines(78)[-1])


def test_another_step_is_shown_as_if_it_had_not_been_answered() -> None:
    course = Course(LESSONS["one-step"], index=2)
    course.verdict, course.stage, course.problem = Verdict(True, {}), Stage.GRADED, "no"
    course.go_to(1)
    assert [course.stage, course.verdict, course.problem, course.words] == [Stage.ASKS, None, "", ""]
    course.go_to(99)
    assert course.is_last


def test_who_knows_is_told_apart_from_who_does_not() -> None:
    for lesson in LESSONS.values():
        for step in lesson.steps:
            if step.question is None:
                continue
            truth = Answer(1.0, sentence("just", words=""), place=(1.0, 2.0) if step.question.of == "place" else None)
            assert grade(step.question, right_line(step.question, truth), truth).is_right
            try:
                assert not grade(step.question, wrong_line(step.question, truth), truth).is_right
            except LinregError as problem:
                raise AssertionError(step.question) from problem
