"""The table of runs as text: which columns there are in some width, and what a run's row says.

Columns give way in an order, and no number is ever cut: a name that is longer than its column loses its middle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from linreg.store.run import Order, Run
from linreg_tui.draw.curves import letter, style_of
from linreg_tui.runs import words
from linreg_tui.text.alignment import flush_left, flush_right
from linreg_tui.widgets.lines import Line

POINTER = "▸"
QUIET, POINT = "run--quiet", "run--point"
_MARKS, _GAP, _LONGEST = 3, 2, 40
_FIRST = 8
"""So many columns are there, each as wide as it has a use for, before any other is."""


Need = tuple[int, int]
"""The cells without which a column is left out, and those beyond which it has no use for more."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One column.

    Attributes
    ----------
    text
        What it says of a run, however long.
    flush
        Makes that as wide as the column.
    least, most
        Its `Need`; but it takes no more than its longest text, and one of numbers no less.
    rank
        Where room is short, a lower one stays longer.
    style
        That of a run's cell.
    orders
        In which of them the greatest is first, and in which the least.
    """

    heading: str
    text: Callable[[Run], str]
    flush: Callable[[str, int], str]
    least: int
    most: int
    rank: int
    style: Callable[[Run], str] = lambda _: ""
    orders: tuple[Order | None, Order | None] = (None, None)

    def need(self, longest: int) -> Need:
        """Return what it needs for a longest text."""
        if self.least == self.most:
            return self.least, self.most
        longest = max(len(self.heading) + any(self.orders), longest)
        return (longest if self.flush is flush_right else min(self.least, longest)), min(self.most, longest)

    def heading_text(self, width: int, order: Order) -> str:
        """Write the heading, with an arrow where the table is in its order."""
        arrow = {self.orders[0]: "▾", self.orders[1]: "▴"}.get(order, "")
        return self.flush(self.heading + arrow, width)


class Needs:
    """What the columns need for some runs. What a run needs is worked out once: there may be thousands."""

    def __init__(self) -> None:
        self._lengths: dict[str, tuple[Run, tuple[int, ...]]] = {}

    def of(self, runs: Sequence[Run]) -> Sequence[Need]:
        """Return it column by column, as `COLUMNS` has them."""
        before, self._lengths = self._lengths, {}
        for run in runs:
            known = before.get(run.id)
            self._lengths[run.id] = (
                known
                if known is not None and known[0] is run
                else (run, tuple(cell_len(column.text(run)) for column in COLUMNS))
            )
        longest = np.array([lengths for _, lengths in self._lengths.values()] or [(0,) * len(COLUMNS)]).max(axis=0)
        return [column.need(int(each)) for column, each in zip(COLUMNS, longest, strict=True)]


class RunColumns:
    """The columns in `width` cells, by what each of `COLUMNS` needs."""

    def __init__(self, width: int, column_needs: Sequence[Need]) -> None:
        needs = {column.heading: need for column, need in zip(COLUMNS, column_needs, strict=True)}
        widths = _widths(width - _MARKS, needs)
        self._columns = [(column, widths[column.heading]) for column in COLUMNS if column.heading in widths]

    def heading(self, order: Order) -> Line:
        """Write the headings."""
        texts = [column.heading_text(width, order) for column, width in self._columns]
        return ((" " * _MARKS + (" " * _GAP).join(texts), QUIET),)

    def row(self, run: Run, mark: int | None, *, is_highlighted: bool) -> Line:
        """Write a run; `mark` is the place of its letter, where it has one."""
        pointer = (POINTER if is_highlighted else " ", POINT)
        mark_cell = (" ", "") if mark is None else (letter(mark), style_of(mark))
        cells = [(column.flush(column.text(run), width), column.style(run)) for column, width in self._columns]
        gaps = [" "] + [" " * _GAP] * (len(cells) - 1)
        return (pointer, mark_cell, *((gap + text, style) for gap, (text, style) in zip(gaps, cells, strict=True)))


def _widths(room: int, needs: Mapping[str, Need]) -> dict[str, int]:
    """Give each column its room in their order, and none to any after the first for which there is not enough."""
    widths: dict[str, int] = {}
    ranked = [column.heading for column in sorted(COLUMNS, key=lambda column: column.rank)]
    for place, heading in enumerate(ranked):
        least = needs[heading][0] + _GAP * bool(widths)
        if place == _FIRST:
            room = _grown(widths, needs, room)
        if widths and least > room:
            break
        widths[heading] = needs[heading][0] if widths else min(least, room)
        room -= least
    _grown(widths, needs, room)
    return widths


def _grown(widths: dict[str, int], needs: Mapping[str, Need], room: int) -> int:
    """Let columns grow to what they have a use for, and return the room that is left."""
    for heading in widths:
        more = max(0, min(room, needs[heading][1] - widths[heading]))
        widths[heading] += more
        room -= more
    return room


def _quiet(_: Run) -> str:
    return QUIET


def _moment(text: str, width: int) -> str:
    """Leave out the year where there is no room for it."""
    return flush_left(text if cell_len(text) <= width else text.partition("-")[2], width)


COLUMNS = (
    RunColumn("name", lambda run: run.name, flush_left, 15, _LONGEST, 0, orders=(None, "name")),
    RunColumn("status", words.state, flush_left, 11, 11, 1, words.state_style, (None, "status")),
    RunColumn("data", lambda run: words.data(run.recipe), flush_left, 9, _LONGEST, 7, _quiet),
    RunColumn("optimizer", lambda run: words.method(run.recipe), flush_left, 12, _LONGEST, 4),
    RunColumn("rate", words.rate, flush_right, 5, _LONGEST, 5),
    RunColumn("epoch", words.epoch, flush_right, 6, _LONGEST, 3, orders=("epoch", None)),
    RunColumn("of", words.last_epoch, flush_right, 4, _LONGEST, 9, _quiet),
    RunColumn("cost", words.cost, flush_right, words.COST, words.COST, 2, orders=(None, "cost")),
    RunColumn("excess", words.excess, flush_right, words.EXCESS, words.EXCESS, 6),
    RunColumn("started", words.started, _moment, 11, 16, 8, _quiet, ("newest", "oldest")),
)
