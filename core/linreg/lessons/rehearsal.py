"""A lesson run through without a screen: every question answered rightly and wrongly from where its keys lead."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from linreg.checks import option_name
from linreg.errors import LinregError
from linreg.lessons.answers import Answer, answer
from linreg.lessons.bench import MOST_EPOCHS, Bench
from linreg.lessons.grading import LETTERS, grade
from linreg.lessons.lesson import CHOICES, SIGNS, Lesson, Question, Step, in_language
from linreg.lessons.positions import Place, line_of
from linreg.lessons.presentation import LINES, lines_of, numbers_of
from linreg.lessons.reading import RECIPE_KEYS
from linreg.lessons.standing import Standing
from linreg.lessons.words import choices_of
from linreg.live.state import Intervention, learning_rate_at, scaled_rate
from linreg.phase import Phase
from linreg.text import shown

FASTER, SLOWER = 1.25, 0.8
"""What + and − make of a learning rate."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A step that was run through: its number from 1, where the run then stood, and what is true there."""

    number: int
    standing: Standing
    truth: Answer | None


def rehearse(lesson: Lesson) -> Iterator[Rehearsed]:
    """Run a lesson through, step by step.

    Raises
    ------
    LinregError
        Something in it cannot be: the sentence names the file and the line.
    """
    standing: Standing | None = None
    for index, step in enumerate(lesson.steps):
        place: Place = ("steps", index, "run") if step.is_anew else ("recipe",)
        try:
            standing = _entered(step, standing)
            place = ("steps", index, "ask")
            standing = pressed(step, standing)
            _fits(step)
            truth = None if step.question is None else _tried(step.question, standing)
        except LinregError as problem:
            raise LinregError(_placed(lesson, place, str(problem))) from None
        yield Rehearsed(index + 1, standing, truth)


def _entered(step: Step, before: Standing | None) -> Standing:
    """Return where the run stands when a step is come to: where it stood, or at the start of another."""
    if before is not None and not step.is_anew:
        return before
    standing = Standing(step.recipe)
    Bench(standing, is_endless=False).placed()  # what cannot be trained is told where it is asked for
    return standing


def pressed(step: Step, standing: Standing) -> Standing:
    """Return where the keys of a step lead."""
    for key in step.press:
        standing = _after(key, standing)
    return standing


def _after(key: str, standing: Standing) -> Standing:
    if key == "r":
        return Standing(standing.recipe)
    if key in ("+", "-"):
        bench = Bench(standing).placed()
        first = bench.first_learning_rate if standing.first_rate is None else standing.first_rate
        before = learning_rate_at(standing.epoch + 1, standing.changes, first)
        rate = scaled_rate(before, FASTER if key == "+" else SLOWER)
        kept = tuple(each for each in standing.changes if each.epoch <= standing.epoch)
        return replace(standing, first_rate=first, changes=(*kept, Intervention(standing.epoch + 1, rate)))
    run = Bench(standing, is_endless=False).after({"n": 1, "N": 10}.get(key, MOST_EPOCHS))
    if run.trainer.status is Phase.DIVERGED and key != "space":
        raise LinregError(f"pressing {key} here goes beyond where the run diverges")
    return replace(standing, epoch=run.trainer.epoch)


def _tried(question: Question, standing: Standing) -> Answer:
    """Find the truth, and try it and a wrong answer."""
    truth = answer(question, standing)
    if not grade(question, right_line(question, truth), truth).is_right:
        raise LinregError("the true answer would not be taken for right; give within a larger number")
    if grade(question, wrong_line(question, truth), truth).is_right:
        raise LinregError("a wrong answer would be taken for right; give within a smaller number")
    return truth


def right_line(question: Question, truth: Answer) -> str:
    """Return what somebody types who knows, with the digits that a calculation shows."""
    if question.of in CHOICES:
        return LETTERS[int(truth.value)]
    if question.of in SIGNS:
        return "+" if truth.value > 0 else "-" if truth.value < 0 else "0"
    if truth.place is not None:
        return " ".join(f"{value:.6g}" for value in truth.place)
    return f"{truth.value:.6g}"


def wrong_line(question: Question, truth: Answer) -> str:
    """Return what somebody types who does not: another choice or sign, half as much again and one."""
    if question.of in CHOICES:
        return LETTERS[(int(truth.value) + 1) % len(choices_of(question))]
    if question.of in SIGNS:
        return "-" if truth.value >= 0 else "+"
    if truth.place is not None:
        return " ".join(f"{value * 1.5 + 1:.6g}" for value in truth.place)
    return f"{truth.value * 1.5 + (1 if truth.value >= 0 else -1):.6g}"


def _fits(step: Step) -> None:
    numbers = numbers_of(step)
    for language in step.say:
        n_lines = len(lines_of(in_language(step.say, language).format(**numbers)))
        if n_lines > LINES:
            said = f" in {language}" if language else ""
            raise LinregError(f"the words take {n_lines} lines{said} on a screen of 80 columns, and {LINES} are there")


def _placed(lesson: Lesson, place: Place, words: str) -> str:
    """Say on which line something is wrong, by the key that the words name as an option of the plain command."""
    for key in RECIPE_KEYS if place[-1] in ("recipe", "run") else ():
        if option_name(key) in words:
            place, words = (*place, key), words.replace(option_name(key), key)
            break
    try:
        with open(lesson.origin, encoding="utf-8-sig") as file:
            number = line_of(file.read(), place)
    except (OSError, ValueError):
        number = 1
    return f"{shown(lesson.origin)}, line {number}: {words}"
