"""A column of categories: which levels it has, and the columns of zeros and ones that stand for them.

A level is the text of a cell, whatever the format: a whole number is written as one in every format, and so are true
and false. One level, the reference, has no column: it is what the others are compared with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

from linreg.data.cells import MISSING, TRUTH, number_of
from linreg.dialect import PLAIN, TextDialect

MOST_LEVELS = 1000
"""A column with more is no category, but a name or a number of each row."""


@dataclass(frozen=True, slots=True)
class Category:
    """A column whose levels are known, in their order: numbers by their size, else as text is sorted."""

    column: str
    levels: tuple[str, ...]
    reference: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the columns of zeros and ones are called, one for each level but the reference."""
        return tuple(f"{self.column}[{level}]" for level in self.levels if level != self.reference)


class Levels:
    """The levels of a column while it is read, by the numbers that stand for them until they are spread out.

    Parameters
    ----------
    known
        The levels, where no other may come.
    drops_others
        Whether a cell with another counts as missing: of rows that were left out when the levels were learned.
    """

    def __init__(
        self, known: Iterable[str] | None = None, *, drops_others: bool = False, dialect: TextDialect = PLAIN
    ) -> None:
        self._codes = {level: float(code) for code, level in enumerate(known or ())}
        self._dialect, self._are_known, self._drops_others = dialect, known is not None, drops_others

    @property
    def texts(self) -> tuple[str, ...]:
        """The levels so far, in the order of their numbers."""
        return tuple(self._codes)

    def code(self, text: str) -> float | None:
        """Return the number of a cell's level; NaN where the cell is missing, None where it is no known level."""
        level = level_of(text, self._dialect)
        if level is None:
            return nan
        if self._are_known:
            return self._codes.get(level, nan if self._drops_others else None)
        return self._codes.setdefault(level, float(len(self._codes)))


def level_of(text: str, dialect: TextDialect = PLAIN) -> str | None:
    """Return the level that a cell's text names; None where it is missing."""
    stripped = text.strip()
    lowered = stripped.lower()
    if lowered in MISSING or dialect.is_missing(stripped):
        return None
    if lowered in TRUTH:
        return lowered
    number = number_of(stripped, dialect)
    return stripped if number is None or isnan(number) else written(number)


def written(number: float) -> str:
    """Write a number as a level: without decimals where it has none."""
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def in_order(levels: Iterable[str]) -> tuple[str, ...]:
    """Sort levels: by their size where all are numbers, else as text."""
    known = set(levels)
    numbers = {level: number_of(level) for level in known}
    if all(number is not None and level not in TRUTH for level, number in numbers.items()):
        return tuple(sorted(known, key=lambda level: (numbers[level], level)))
    return tuple(sorted(known))
