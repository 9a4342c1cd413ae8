"""How far a lesson has been taken, and what the strip says there: values only, no screen."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from linreg.lessons.grading import LETTERS, Verdict, hint
from linreg.lessons.lesson import Lesson, Question, Step, in_language
from linreg.lessons.presentation import LINES, WIDTH, cells_of, lines_of
from linreg.lessons.words import choices_of, sentence
from linreg_tui.widgets.lines import Line

if TYPE_CHECKING:
    from linreg.lessons.answers import Answer

GAP = "   "
FIELD = 24
"""Cells of the field of an answer; what may be typed stands beside it, and takes the rest of the line but two."""
_SHOWN = frozenset({"parameter", "cost", "place", "sign", "errors", "epochs", "end", "outcome", "winner"})
"""What can be seen to happen."""
_GIVEN_AWAY = {
    "parameter": frozenset({6}),
    "place": frozenset({6}),
    "outcome": frozenset({6}),
    "gradient": frozenset({3, 6}),
    "sign": frozenset({3, 6}),
    "cost": frozenset({3, 6}),
}
"""The panels that show what is asked."""
_PANEL = re.compile(r"[Pp]anel (\d)|(\d)번 패널")


class Stage(StrEnum):
    """Where somebody is within a step."""

    TELLS = "tells"
    ASKS = "asks"
    POINTING = "pointing"
    TYPING = "typing"
    WORKING = "working"
    GRADED = "graded"
    SEEN = "seen"


@dataclass
class Course:
    """A lesson being taken.

    Attributes
    ----------
    lesson, language
        Which, and in which language.
    index
        The step, from 0.
    words
        What the step says, with its numbers; empty while they are worked out.
    verdict
        What was said to the answer.
    truth
        What is true, once an answer was graded: its choices stand beside the question.
    problem
        What is wrong with what was typed.
    has_hand
        Whether a hand is on the rows, which has ⏎ meanwhile.
    out_of_sight
        The numbers of the panels that are spoken of, and have no room on the screen.
    """

    lesson: Lesson
    language: str = "en"
    index: int = 0
    stage: Stage = Stage.TELLS
    words: str = ""
    verdict: Verdict | None = None
    truth: "Answer | None" = field(default=None, repr=False)
    problem: str = ""
    has_hand: bool = False
    out_of_sight: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.go_to(self.index)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.lesson.steps[self.index]

    @property
    def question(self) -> Question | None:
        """What it asks."""
        return self.step.question

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.index == len(self.lesson.steps) - 1

    @property
    def can_be_seen(self) -> bool:
        """Whether what was asked can be seen to happen."""
        question = self.question
        return question is not None and question.of in _SHOWN and (question.after > 0 or question.of == "epochs")

    @property
    def veiled(self) -> frozenset[int]:
        """The numbers of the panels that would give an answer away which is still to be given."""
        question = self.question
        is_open = self.stage in (Stage.ASKS, Stage.POINTING, Stage.TYPING, Stage.WORKING)
        return _GIVEN_AWAY.get(question.of, frozenset()) if question is not None and is_open else frozenset()

    @property
    def spoken_of(self) -> frozenset[int]:
        """The numbers of the panels that the words name."""
        return frozenset(int(number) for pair in _PANEL.findall(self.words) for number in pair if number)

    def go_to(self, index: int) -> None:
        """Show another step, as if it had not been answered."""
        self.index = min(max(index, 0), len(self.lesson.steps) - 1)
        self.stage = Stage.TELLS if self.question is None else Stage.ASKS
        self.words, self.verdict, self.truth, self.problem, self.out_of_sight = "", None, None, "", ()

    def lines(self, width: int) -> list[Line]:
        """Say it in lines of so many cells: those of the words, blank ones below, and that of the keys."""
        room, n_lines = max(20, width), lines_at(width)
        if self.verdict is not None:
            style = "strip--right" if self.verdict.is_right else "strip--wrong"
            said = self.verdict.words[self.language]
        else:
            style, said = "strip--words", self.words or "…"
        words: list[Line] = [((each, style),) for each in lines_of(said, room)[:n_lines]]
        if self.stage is Stage.TYPING and len(words) < n_lines:
            words += [*[()] * (n_lines - len(words) - 1), ((self._choices(), style),)]
        words += [()] * (n_lines - len(words))
        return [*words, self._below(room)]

    def _below(self, width: int) -> Line:
        """Put the choices, the keys and how far it is side by side, as many as there is room for."""
        left = self._choices() if self.stage is Stage.ASKS else ""
        on, *keys = self._keys()
        progress = f"{self.index + 1}/{len(self.lesson.steps)}"
        title = in_language(self.lesson.title, self.language)
        pieces = [(left or self._presses(), "strip--words"), *((key, "strip--keys") for key in (on, *keys))]
        needed = [*pieces[:3], (progress, "strip--quiet"), *pieces[3:], (title, "strip--quiet")]
        line: list[tuple[str, str]] = []
        taken = 0
        for text, style in needed:
            gap = GAP if line else ""
            if text and taken + cells_of(gap + text) <= width:
                line.append((gap + text, style))
                taken += cells_of(gap + text)
        return tuple(line)

    def _choices(self) -> str:
        choices = () if self.question is None else choices_of(self.question)
        named = [f"{letter} {each[self.language]}" for letter, each in zip(LETTERS, choices, strict=False)]
        return GAP.join(named)

    def _presses(self) -> str:
        if self.stage is Stage.POINTING:
            return ""
        press = self.step.press if self.verdict is None else ()
        return sentence("to_press", keys=" ".join(press))[self.language] if press else ""

    def _keys(self) -> list[str]:
        if self.stage is Stage.POINTING:
            return [sentence("to_point")[self.language]]
        if self.has_hand:
            return [sentence("to_lay_down")[self.language]]
        if self.stage is Stage.WORKING:
            return [sentence("working")[self.language]]
        on = {
            Stage.ASKS: "to_answer",
            Stage.GRADED: "to_see" if self.can_be_seen else "to_go_on",
        }.get(self.stage, "to_go_on")
        if on == "to_go_on" and self.is_last:
            on = "to_end"
        back = ["to_go_back"] if self.index else []
        after = [sentence(key)[self.language] for key in (*back, "to_list")]
        shows = [sentence("to_show", n=number)[self.language] for number in self.out_of_sight]
        return [sentence(on)[self.language], *shows, *after]

    def typing_hint(self, width: int) -> str:
        """Say what may be typed, or what is wrong with what was; the choices, if they have no room above."""
        assert self.question is not None
        is_full = len(lines_of(self.words, max(20, width))) >= lines_at(width)
        room = width - FIELD - 2
        kind, leaving = hint(self.question)[self.language], sentence("to_leave_field")[self.language]
        typed = f"{kind}{GAP}{leaving}"
        return self.problem or (self._choices() if is_full else "") or (typed if cells_of(typed) <= room else kind)


def lines_at(width: int) -> int:
    """Return how many lines the words have: as many as a screen of 80 columns has, and more where it is narrower."""
    return LINES if width >= WIDTH else -(-LINES * WIDTH // max(20, width)) + 1
