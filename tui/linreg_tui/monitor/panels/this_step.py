"""Panel 6: the last step with its numbers filled in, and one sentence on what happens."""

from collections.abc import Iterator
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len

from linreg.training.facts import Facts
from linreg_tui.monitor.panels.explanation import Explanation, explain
from linreg_tui.monitor.panels.update_rule import DIGITS, Formula
from linreg_tui.monitor.view import View
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.numbers import spelled_out
from linreg_tui.widgets.lines import Line, Lines
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
        explanation, lines = explained(view, self.size.width, height, plain=self.ascii, shown=shown)
        self._shown = (view.facts, height, explanation.shown) if view.has_run else None
        self.set_lines(lines)
        self.say_below(explanation.note)

    def on_resize(self) -> None:
        """Lay the same out anew."""
        if self._view is not None:
            self.show(self._view)


def explained(
    view: View, width: int, height: int, *, plain: bool = False, shown: tuple[int, ...] = ()
) -> tuple[Explanation, list[Line]]:
    """Explain a moment in `height` lines of `width` cells: the sentence whole, and as many formulas as fit."""
    explanation = explain(view, 1)
    heading, sentence = explanation.heading, explanation.sentence
    if plain:
        heading, sentence = spelled_out(heading), spelled_out(sentence)
    words = wrap(sentence, width)
    room = height - len(words)
    if room < 2:
        heading = ""
    room = max(1, room - bool(heading))
    for digits, more, lines_each in ((DIGITS, 1, 1), (DIGITS, 0, 1), (FEWER_DIGITS, 0, 1), (FEWER_DIGITS, 0, 2)):
        explanation = explain(view, room // lines_each, digits, shown)
        arithmetic = _in_line(explanation.formulas)
        rows = [_rows(name, terms[: terms.index("=") + 2 + more], width) for name, terms in arithmetic]
        if all(len(each) <= lines_each for each in rows):
            break
    rests_on_others = any(formula.group for formula in explanation.formulas)
    while len(rows) > 1 and sum(map(len, rows)) > height - len(words) - bool(heading):
        del rows[0 if rests_on_others else -1]  # what a step rests on goes before the step itself
    while rows and sum(map(len, rows)) > height - len(words) - bool(heading):
        del rows[-1]
    lines: list[Line] = [((heading, QUIET),)] if heading else []
    lines += [line for each in rows for line in each]
    if lines and len(lines) + len(words) < height:
        lines.append(())
    return explanation, [*lines, *(((text, ""),) for text in words)]


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
