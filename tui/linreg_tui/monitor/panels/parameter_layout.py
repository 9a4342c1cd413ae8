"""Which columns the table of parameters, or of tensors, has in some width, and how wide they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, isnan, nan

from linreg_tui.text.numbers import scientific, short_percent

SHORTEST_PATH, LONGEST_PATH = 6, 120
SHORTEST_NAME, LONGEST_NAME = 8, 40
WAY_LEFT, GRADIENT, LAST_STEP = "way left", "gradient", "last step"
EXTRAS = {WAY_LEFT: 8, LAST_STEP: 10, GRADIENT: 10}
"""Columns that join where there is room, the first of them first, with their cells."""
_SHORTEST_PATH_BESIDE = 12
"""Cells of a path that is left where another column joins."""

ParameterRow = tuple[str, str, tuple[str, ...], str]
"""A row: the name, the number now, the other numbers, each with the gap before it, the path."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table fits some width: cells of a name, of a number and of a path, the gap, and the columns shown."""

    name: int
    number: int
    gap: int
    columns: tuple[int, ...]
    path: int
    extras: tuple[str, ...] = ()


def lay_out(width: int, longest_name: int, n_columns: int = 3, extras: tuple[str, ...] = ()) -> Layout:
    """Choose what fits: first the path goes, then digits, then the columns of least squares and of what is to go.

    A fourth column, of least squares beside another criterion's minimum, is shown where all of that has room. Of
    `extras`, those of `EXTRAS` that there are, as many join as leave a path that is worth having.
    """
    columns, fourth = tuple(range(min(n_columns, 3))), tuple(range(n_columns))
    n_columns, wanted = len(columns), min(longest_name, SHORTEST_NAME)
    choices = [
        *([(fourth, 11, 2, SHORTEST_PATH), (fourth, 11, 2, 0)] if len(fourth) > 3 else []),
        (columns, 12, 2, SHORTEST_PATH),
        (columns, 11, 2, SHORTEST_PATH),
        (columns, 11, 2, 0),
        (columns, 9, 1, 0),
    ]
    choices += [(columns, 9, 1, 0), ((0, n_columns - 1), 9, 1, 0), ((0,), 9, 1, 0)]
    for shown, number, gap, path in choices:
        room = width - len(shown) * (number + gap) - (path + gap if path else 0)
        if room >= wanted:
            break
    name = max(1, min(longest_name, LONGEST_NAME, room))
    if not path:
        return Layout(name, number, gap, shown, 0)
    path, joined = path + room - name, set[str]()
    for extra, cells in EXTRAS.items():
        if extra in extras and path - cells - gap >= _SHORTEST_PATH_BESIDE:
            path -= cells + gap
            joined.add(extra)
    return Layout(name, number, gap, shown, min(LONGEST_PATH, path), tuple(each for each in extras if each in joined))


def written_extras(layout: Layout, numbers: Mapping[str, float]) -> str:
    """Write what a row has in the columns that joined; a dash for what is not known."""
    return "".join(
        _written(numbers.get(extra, nan), extra).rjust(layout.gap + EXTRAS[extra]) for extra in layout.extras
    )


def _written(number: float, extra: str) -> str:
    """Write a share in per cent, and anything else with three digits and an exponent: it shrinks all through a run."""
    if isnan(number):
        return "–"
    if extra == WAY_LEFT:
        return short_percent(number, EXTRAS[extra]) if isfinite(number) else "–"
    return "0" if number == 0 else scientific(number, EXTRAS[extra], signed=True, digits=3)
