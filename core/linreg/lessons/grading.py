"""Reading what was typed in answer to a question, and judging it."""

from dataclasses import dataclass
from fractions import Fraction
from math import hypot, isfinite
from typing import TYPE_CHECKING

from linreg.errors import LinregError
from linreg.lessons.lesson import CHOICES, PLACES, SIGNS, Question
from linreg.lessons.words import Sentence, choices_of, sentence

if TYPE_CHECKING:
    from linreg.lessons.answers import Answer

LETTERS = "abcdef"
_SMALL = 1e-9
"""What an answer of 0 may be off by."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and the sentence with the calculation."""

    is_right: bool
    words: Sentence


def hint(question: Question) -> Sentence:
    """Say what may be typed."""
    if question.of in SIGNS:
        return sentence("type_sign")
    if question.of in PLACES:
        return sentence("type_place")
    if question.of in CHOICES:
        return sentence("type_choice", letters=" ".join(LETTERS[: len(choices_of(question))]))
    return sentence("type_number")


def grade(
    question: Question, line: str, truth: "Answer", language: str = "en", leeway: tuple[float, ...] = ()
) -> Verdict:
    """Judge what was typed, or a place that was pointed at: then it is right anyway if it is off by no more than this.

    Raises
    ------
    LinregError
        It is no answer of that kind; the sentence says what may be typed.
    """
    is_right = _is_right(question, read(question, line, language), truth, leeway)
    return Verdict(is_right, _told(question, is_right, truth))


def _told(question: Question, is_right: bool, truth: "Answer") -> Sentence:
    words, choices = dict(truth.why), choices_of(question)
    if choices:
        chosen = choices[int(truth.value)]
        words = {language: f"{chosen[language]}; {why}" for language, why in words.items()}
    return sentence("right" if is_right else "wrong", truth=words)


def read(question: Question, line: str, language: str) -> tuple[float, ...]:
    """Return what was typed as numbers: of a choice its place, of a sign ±1 or 0, of a place two.

    Raises
    ------
    LinregError
        It is no answer of that kind; the sentence says what may be typed.
    """
    line = line.strip()
    refused = LinregError(hint(question)[language])
    if question.of in SIGNS:
        signs = {"+": 1.0, "-": -1.0, "−": -1.0, "0": 0.0}
        if line not in signs:
            raise refused
        return (signs[line],)
    if question.of in CHOICES:
        word, choices = line.lower(), choices_of(question)
        named = [index for index, each in enumerate(choices) if word and each[language].lower().startswith(word)]
        if len(word) == 1 and word in LETTERS[: len(choices)]:
            return (float(LETTERS.index(word)),)
        if len(named) != 1:
            raise refused
        return (float(named[0]),)
    numbers = [_number(word, refused) for word in line.replace(", ", " ").replace(";", " ").split()]
    if len(numbers) != 1 + (question.of in PLACES):
        raise refused
    return tuple(numbers)


def _number(word: str, refused: LinregError) -> float:
    try:
        value = float(Fraction(word.replace("−", "-").replace(",", "").removesuffix("%")))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise refused from None
    if not isfinite(value):
        raise refused
    return value


def _is_right(question: Question, given: tuple[float, ...], truth: "Answer", leeway: tuple[float, ...]) -> bool:
    if question.of in SIGNS | CHOICES:
        return given[0] == truth.value
    if truth.place is not None:
        off = [abs(each - true) for each, true in zip(given, truth.place, strict=True)]
        is_near = bool(leeway) and all(each <= most for each, most in zip(off, leeway, strict=True))
        return is_near or hypot(*off) <= max(question.within * hypot(*truth.place), _SMALL)
    return abs(given[0] - truth.value) <= max(question.within * abs(truth.value), _SMALL)
