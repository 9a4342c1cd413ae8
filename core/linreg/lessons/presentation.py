"""How the words of a step are put on a strip of a few lines: with their numbers, and as wide as their letters are."""

from unicodedata import east_asian_width

from linreg.lessons.lesson import Step, in_language
from linreg.lessons.standing import Standing
from linreg.lessons.words import brief

WIDTH, LINES = 76, 3
"""Cells and lines that the words of a step have on a screen of 80 columns."""


def numbers_of(step: Step) -> dict[str, str]:
    """Work out what stands in the words of a step, from its recipe's start.

    Raises
    ------
    LinregError
        One of them is not known of this run.
    """
    from linreg.lessons.answers import answer

    start = Standing(step.recipe)
    return {name: brief(answer(question, start).value) for name, question in step.numbers.items()}


def words_of(step: Step, language: str) -> str:
    """Return the words of a step in a language, with their numbers."""
    return in_language(step.say, language).format(**numbers_of(step))


def lines_of(text: str, width: int = WIDTH) -> list[str]:
    """Break a text into lines at blanks; a word wider than a line is broken where the line ends."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cells_of(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if cells_of(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def cells_of(text: str) -> int:
    """Count the cells of a terminal that a text takes: letters of Hangul take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
