"""Columns that hold labels of the rows and are no part of the data: by their names, and by what stands in them."""

import re
from collections.abc import Callable, Iterable, Sequence

from linreg.data.cells import is_number, kind_of

ROWS = 60
"""So many rows are looked at."""
_PANDAS = re.compile(r"__index_level_\d+__")
"""So pandas names row labels that have no name, and so every program keeps them that writes its files anew."""
_NUMBERS = re.compile(
    r"unnamed: \d.*|\.\.\.1|index|level_\d+|row[ ._]?(names?|numbers?|nums?|ids?|index)|id|#|no\.?|nr\.?", re.IGNORECASE
)
"""So pandas and others name a column of row numbers, or one that has no name."""


def labels_among(names: Iterable[str]) -> frozenset[str]:
    """Return those columns whose names alone say that they are but labels of the rows."""
    return frozenset(name for name in names if _PANDAS.fullmatch(name))


def numbered_among(names: Sequence[str], cells_of: Callable[[int], Sequence[str]]) -> tuple[str, ...]:
    """Return those columns that look like row numbers or row names, and have a name that says so."""
    return tuple(name for index, name in enumerate(names) if _NUMBERS.fullmatch(name) and looks_of(cells_of(index)))


def looks_of(cells: Sequence[str], *, in_front: bool = True) -> str:
    """Say what the cells of a column look like that nobody would learn from; nothing where they do not.

    `in_front` of all others, any whole numbers of which none comes twice are labels; elsewhere those that count.
    """
    if not any(cells):
        return "its cells are empty"
    numbers = [float(cell) for cell in cells if is_number(cell)]
    are_whole = len(set(numbers)) == len(cells) and all(each >= 0 and each % 1 == 0 for each in numbers)
    if (
        len(cells) > 1
        and are_whole
        and (in_front or numbers in [[*range(start, start + len(cells))] for start in (0, 1)])
    ):
        return f"it looks like row numbers ({', '.join(f'{each:.15g}' for each in numbers[:3])}, …)"
    return "it looks like row names" if all(cell and kind_of(cell) is None for cell in cells) else ""
