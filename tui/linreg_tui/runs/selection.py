"""Which runs are shown and in what order, which of them is highlighted, and which are marked."""

from collections.abc import Sequence
from itertools import count
from string import ascii_letters
from typing import get_args

from linreg.store.run import Order, Run, ordered

ORDERS: tuple[Order, ...] = get_args(Order)
MOST_MARKS = len(ascii_letters)
WORDS: dict[Order, str] = {
    "newest": "newest first",
    "oldest": "oldest first",
    "name": "by name",
    "status": "by status",
    "epoch": "most epochs first",
    "cost": "least cost first",
}


class RunSelection:
    """The runs that a table shows. The cursor stays on its run, and a mark too, whatever is read anew.

    Attributes
    ----------
    every
        All runs, the newest first.
    shown
        Those that match the filter, in order.
    cursor
        The place of the highlighted one among these.
    marks
        The marked runs by id, with the place of each one's letter: the first that was free.
    """

    def __init__(self) -> None:
        self.every: tuple[Run, ...] = ()
        self.shown: tuple[Run, ...] = ()
        self.order: Order = ORDERS[0]
        self.filter = ""
        self.cursor = 0
        self.marks: dict[str, int] = {}
        self._wanted: str | None = None

    @property
    def highlighted(self) -> Run | None:
        """The run under the cursor; None where nothing is shown."""
        return self.shown[self.cursor] if self.shown else None

    @property
    def marked(self) -> list[tuple[Run, int]]:
        """The marked runs, also those that the filter leaves out, in the order of their letters."""
        marked = [(run, self.marks[run.id]) for run in self.every if run.id in self.marks]
        return sorted(marked, key=lambda pair: pair[1])

    def read(self, runs: Sequence[Run]) -> None:
        """Take the runs as they are now."""
        self.every = tuple(runs)
        ids = {run.id for run in runs}
        self.marks = {run_id: place for run_id, place in self.marks.items() if run_id in ids}
        if self._wanted not in ids:
            self._wanted = None
        self._choose()
        if self._wanted is None and self.highlighted is not None:
            self._wanted = self.highlighted.id

    def match(self, text: str) -> None:
        """Show only runs with this in their name, status, data or optimizer."""
        self.filter = text
        self._choose()

    def next_order(self, step: int) -> None:
        """Sort otherwise."""
        self.order = ORDERS[(ORDERS.index(self.order) + step) % len(ORDERS)]
        self._choose()

    def move_to(self, place: int) -> None:
        """Highlight the run at a place, or the one nearest to it."""
        self.cursor = max(0, min(place, len(self.shown) - 1))
        if self.highlighted is not None:
            self._wanted = self.highlighted.id

    def toggle(self) -> bool:
        """Mark the highlighted run, or unmark it; return whether that could be done: the letters are soon used up."""
        run = self.highlighted
        if run is None or (run.id not in self.marks and len(self.marks) >= MOST_MARKS):
            return False
        if self.marks.pop(run.id, None) is None:
            taken = set(self.marks.values())
            self.marks[run.id] = next(place for place in count() if place not in taken)
        return True

    def _choose(self) -> None:
        self.shown = ordered([run for run in self.every if run.contains(self.filter)], self.order)
        ids = [run.id for run in self.shown]
        place = ids.index(self._wanted) if self._wanted in ids else self.cursor
        self.cursor = max(0, min(place, len(ids) - 1))
