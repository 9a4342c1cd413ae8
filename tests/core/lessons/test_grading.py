"""What is taken for right."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.cli.app import run_command_line
from linreg.errors import LinregError
from linreg.lessons.answers import Answer
from linreg.lessons.grading import grade
from linreg.lessons.language import language_of
from linreg.lessons.lesson import Question
from linreg.lessons.progress import FILE, Progress, keep_progress, load_progress, progress_of
from linreg.lessons.reading import bundled_lessons
from linreg.lessons.words import brief, number, sentence

NUMBER, SIGN = Question(of="parameter", name="w", within=0.05), Question(of="sign", name="w")
CHOICE, PLACE = Question(of="outcome", learning_rate=1.0), Question(of="place", within=0.1)
WHY = sentence("just", words="because")


@given(st.floats(-1e6, 1e6), st.floats(0.9, 1.1))
def test_a_number_is_right_within_its_part_of_the_true_one(value: float, factor: float) -> None:
    verdict = grade(NUMBER, repr(value * factor), Answer(value, WHY))
    assert verdict.is_right == (abs(value * factor - value) <= max(0.05 * abs(value), 1e-9))


@pytest.mark.parametrize("line", ["2/3", " 0.6667 ", "0.66667", "6.667e-1", "0,000.6667"])
def test_a_number_may_be_written_as_people_do(line: str) -> None:
    assert grade(NUMBER, line, Answer(2 / 3, WHY)).is_right


@pytest.mark.parametrize(
    ("question", "line", "value", "is_right"),
    [
        (SIGN, "+", 1.0, True),
        (SIGN, "−", -1.0, True),
        (SIGN, "-", 1.0, False),
        (CHOICE, "c", 2, True),
        (CHOICE, "Diverges", 2, True),
        (CHOICE, "sw", 1, True),
        (CHOICE, "a", 1, False),
        (NUMBER, "−0.1", -0.1, True),
        (NUMBER, "0", 0.0, True),
        (NUMBER, "1e-6", 0.0, False),
    ],
)
def test_a_sign_a_choice_and_a_nought(question: Question, line: str, value: float, is_right: bool) -> None:
    assert grade(question, line, Answer(value, WHY)).is_right == is_right


def test_a_place_is_right_by_how_far_off_it_is() -> None:
    truth = Answer(1.5, WHY, place=(1.5, 0.0))
    assert grade(PLACE, "1.5 0", truth).is_right
    assert grade(PLACE, "1.45; 0.1", truth).is_right
    assert not grade(PLACE, "1.5 0.2", truth).is_right


@pytest.mark.parametrize(
    ("question", "line"),
    [
        *((NUMBER, line) for line in ("", "x", "1 2", "nan", "inf", "1/0", "1e999")),
        *((SIGN, line) for line in ("", "1")),
        *((CHOICE, line) for line in ("", "z", "e")),
        *((PLACE, line) for line in ("1", "1 2 3")),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_no_answer_is_not_graded(question: Question, line: str, language: str) -> None:
    with pytest.raises(LinregError):
        grade(question, line, Answer(1.0, WHY, place=(1.0, 1.0)), language)


def test_a_choice_may_be_written_in_the_lessons_language() -> None:
    assert grade(CHOICE, "발산", Answer(2, WHY), "ko").is_right


@pytest.mark.parametrize(
    ("value", "said"), [(1e-16, "0"), (-0.5, "−0.5"), (12345.678, "12,345.7"), (1e-7, "1e−7"), (1e-10, "1e−10")]
)
def test_numbers_have_the_digits_that_a_person_compares(value: float, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.657671, "0.6577"), (14572.0, "14,572"), (57605273.4, "57,610,000"), (1.91625e-7, "1.916e−7")]
)
def test_numbers_that_are_only_spoken_of_have_four_digits_and_counts_all(value: float, said: str) -> None:
    assert brief(value) == said


# How far a lesson was taken


def test_a_lesson_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    first, second, *_ = bundled_lessons()
    keep_progress(first, Progress(3), tmp_path)
    keep_progress(second, Progress(0, is_done=True), tmp_path)
    kept = load_progress(tmp_path)
    assert progress_of(first, kept) == Progress(3)
    assert progress_of(second, kept) == Progress(0, is_done=True)
    assert progress_of(first, {first.name: Progress(99, is_done=True)}) == Progress(0, is_done=True)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"one-step": 3}', '{"one-step": {"step": -1, "done": true}}'])
def test_a_damaged_file_is_as_good_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    assert load_progress(tmp_path) == {}


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        ("KO", {}, "ko"),
        (None, {"LANG": "ko_KR.UTF-8"}, "ko"),
        (None, {"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        (None, {"LC_MESSAGES": "ko"}, "ko"),
        (None, {"LANG": "fr_FR"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_asked_for_or_the_locales(
    asked: str | None, environment: dict[str, str], language: str
) -> None:
    assert language_of(asked, environment) == language


def test_where_only_ascii_can_be_drawn_lessons_speak_english() -> None:
    assert language_of(None, {"LANG": "ko_KR.UTF-8"}, ascii_only=True) == "en"
    assert language_of("en", {}, ascii_only=True) == "en"
    with pytest.raises(LinregError, match="--no-ascii"):
        language_of("ko", {}, ascii_only=True)


# The plain command


def test_the_lessons_are_listed_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    lesson = bundled_lessons()[1]
    keep_progress(lesson, Progress(2))
    assert run_command_line(["learn", "--format", "json", "--lang", "ko"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["lesson"] for record in records] == [each.name for each in bundled_lessons()]
    assert records[1] == {
        "lesson": "learning-rate",
        "title": "학습률",
        "steps": len(lesson.steps),
        "minutes": 5,
        "step": 3,
        "done": False,
    }
    assert run_command_line(["learn"]) == 0
    assert "at step 3 of" in capsys.readouterr().out


def test_a_lesson_that_holds_is_told_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    origin = bundled_lessons()[0].origin
    assert run_command_line(["learn", "--check", origin, "--format", "json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["step"] for record in records] == list(range(1, 9))
    assert records[5]["answer"] == pytest.approx(0.02)


def test_a_language_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["learn", "--lang", "fr"]) == 2
    assert capsys.readouterr().err == "linreg: --lang takes one of en, ko, not 'fr'.\n"
