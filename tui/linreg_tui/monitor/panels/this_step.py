"""Panel 6: the last step with its numbers filled in, and one sentence on what happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len

from linreg.training.facts import Facts
from linreg_tui.monitor.step.explanation import Arithmetic, Explanation, explain
from linreg_tui.monitor.step.surroundings import of_cost, of_directions, of_rows
from linreg_tui.monitor.step.update_rule import DIGITS, Formula
from linreg_tui.monitor.view import View
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.numbers import spelled_out
from linreg_tui.widgets.lines import Line, Lines, width_of
from linreg_tui.widgets.panel import Panel

LONGEST_NAME, FEWER_DIGITS = 14, 5
QUIET, NAME = "this-step--quiet", "this-step--name"


class StepPanel(Panel, Lines):
    """The update rule, its arithmetic for the parameters that changed most, and a sentence."""

    number = 6
    title = "this step"
    DEFAULT_CSS = """
    StepPanel {
        .this-step--quiet { color: $text-muted; }
        .this-step--name { color: $accent; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {QUIET, NAME}

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None
        self._shown: tuple[Facts, int, tuple[int, ...]] | None = None
        """Which parameters are shown, of which run, in how many lines: they stay as long as these are the same."""

    def show(self, view: View) -> None:
        """Explain the last step of this moment."""
        self._view = view
        if not self.size:
            return
        known, height = self._shown, self.size.height
        stays = known is not None and known[0] is view.facts and known[1] == height and view.has_run
        shown = known[2] if stays and known is not None else ()
        written = write(explain(view), self.size.width, height, plain=self.ascii, shown=shown)
        self._shown = (view.facts, height, written.shown) if view.has_run else None
        self.set_lines(written.lines)
        self.say_below(next((note for note in written.notes if len(note) <= self.size.width - 4), ""))

    def on_resize(self) -> None:
        """Lay the same out anew."""
        if self._view is not None:
            self.show(self._view)


@dataclass(frozen=True, slots=True)
class Written:
    """An explanation in lines; what is to be said of it, from the longest wording on; the parameters it shows."""

    lines: list[Line]
    notes: tuple[str, ...] = ()
    shown: tuple[int, ...] = ()


def write(
    explanation: Explanation, width: int, height: int, *, plain: bool = False, shown: tuple[int, ...] = ()
) -> Written:
    """Write in `height` lines of `width` cells: the sentence whole, as many formulas as fit, and what is around them.

    Where there is hardly room for the step, the sentence is the brief one.
    """
    heading, rule = explanation.heading, explanation.rule
    words = _wrapped(explanation.sentence, width, plain)
    if rule is not None and height - len(words) < 2:
        words = _wrapped(explanation.brief, width, plain)
    room = height - len(words)
    if room < 2:
        heading = ""
    arithmetic, rows = _fitted(explanation, width, max(1, room - bool(heading)), shown)
    while rows and sum(map(len, rows)) > room - bool(heading):
        del rows[-1]
    lines: list[Line] = [((spelled_out(heading) if plain else heading, QUIET),)] if heading else []
    lines += [line for each in rows for line in each]
    if len(rows) == len(arithmetic.formulas) and lines:
        lines = _spaced([lines, *_around(explanation, arithmetic.shown, width, room - len(lines))], room)
    notes = (arithmetic.note, *arithmetic.note.split(", ")) if rows else ()
    return Written([*lines, *(((text, ""),) for text in words)], notes, arithmetic.shown)


def _wrapped(sentence: str, width: int, plain: bool) -> list[str]:
    return wrap(spelled_out(sentence) if plain else sentence, width)


def _fitted(
    explanation: Explanation, width: int, room: int, shown: tuple[int, ...]
) -> tuple[Arithmetic, list[list[Line]]]:
    """Fill in the numbers of as many parameters as there is room for, each formula on a line where that can be."""
    for digits, more in ((DIGITS, 1), (DIGITS, 0), (FEWER_DIGITS, 0)):
        arithmetic = explanation.arithmetic(room, digits, shown)
        rows = _rows_of(arithmetic.formulas, width, more)
        if all(len(each) == 1 for each in rows):
            break
    n_lines = room
    while n_lines > 1 and sum(map(len, rows)) > room:
        n_lines -= 1
        arithmetic = explanation.arithmetic(n_lines, FEWER_DIGITS, shown)
        rows = _rows_of(arithmetic.formulas, width, 0)
    rests_on_others = any(formula.group for formula in arithmetic.formulas)
    rows = [each for each in rows if max(map(width_of, each)) <= width] or rows[-1:]
    while len(rows) > 1 and sum(map(len, rows)) > room:
        del rows[0 if rests_on_others else -1]  # what a step rests on goes before the step itself
    return arithmetic, rows


def _around(explanation: Explanation, shown: tuple[int, ...], width: int, room: int) -> list[list[Line]]:
    """Write what stands around the step, as far as there is room for it and for a blank line; nothing is cut."""
    blocks: list[list[Line]] = []
    for make in (of_cost, of_directions, partial(of_rows, shown=shown)):
        formulas = make(explanation, room - 1)
        for more in (None, 1, 0):
            block = [line for each in _rows_of(formulas, width, more) for line in each]
            if block and len(block) == len(formulas):
                blocks.append(block)
                room -= len(block)
                break
    return blocks


def _spaced(blocks: list[list[Line]], room: int) -> list[Line]:
    """Put a blank line below each block, as far as there is room: the last, before the sentence, has it first."""
    n_blank = room - sum(map(len, blocks))
    lines: list[Line] = []
    for place, block in enumerate(blocks):
        lines += [*block, ()] if n_blank >= len(blocks) - place else block
    return lines


def _rows_of(formulas: tuple[Formula, ...], width: int, more: int | None = None) -> list[list[Line]]:
    """Write formulas; of what follows the result so many terms, or all."""
    ends = [None if more is None else formula.terms.index("=") + 2 + more for formula in formulas]
    return [_rows(name, terms[:end], width) for (name, terms), end in zip(_in_line(formulas), ends, strict=True)]


def _in_line(formulas: tuple[Formula, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield names and terms, each term as wide as the widest in its place."""
    widths: dict[tuple[int, int], int] = {}
    for formula in formulas:
        for place, term in enumerate(formula.terms):
            key = formula.group, place
            widths[key] = max(widths.get(key, 0), len(term))
    longest = min(LONGEST_NAME, max((cell_len(formula.name) for formula in formulas), default=0))
    for formula in formulas:
        terms = [term.rjust(widths[formula.group, place]) for place, term in enumerate(formula.terms)]
        yield flush_left(formula.name, longest), terms


def _rows(name: str, terms: list[str], width: int) -> list[Line]:
    """Write a formula on one line, or on two where it is too wide: the result then stands below."""
    if cell_len(name) + 2 + len(" ".join(terms)) <= width:
        return [((name, NAME), ("  " + " ".join(terms), ""))]
    result = terms.index("=")
    below = " ".join(terms[result:])
    return [((name, NAME), (" " + " ".join(terms[:result]), "")), ((below.rjust(width), ""),)]
