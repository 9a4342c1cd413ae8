"""Numbers of a summary in words and tables: with the digits that a standard error leaves them, points in one column.

Pure text: what prints it, on a terminal or in a notebook, decides on widths and on nothing else.
"""

from collections.abc import Sequence
from html import escape
from math import floor, isfinite, log10
from unicodedata import east_asian_width

from linreg.text import safe

ERROR_DIGITS = 4
"""Significant digits of a standard error; the estimate and its interval end with the same decimal."""
LEAST_P = 2e-16
"""Of a smaller p nothing more is said: no sample's errors are normal to so many digits."""
NOTHING = "–"
_MOST_DECIMALS, _LARGEST = 12, 1e9


def by_error(number: float | None, error: float | None) -> str:
    """Write a number to the last digit that its standard error leaves it."""
    if number is None or not isfinite(number):
        return NOTHING
    if error is None or not (isfinite(error) and error > 0):
        return f"{number:.7g}"
    place = floor(log10(error)) - ERROR_DIGITS + 1
    if place >= -_MOST_DECIMALS and abs(number) < _LARGEST:
        return f"{number:z.{max(0, -place)}f}"
    size = floor(log10(abs(number))) if number else place
    return f"{number:.{min(16, max(0, size - place))}e}"


def ratio(number: float | None) -> str:
    """Write a number that is no size of anything: to three decimals, or to the unit where it is large."""
    if number is None or number != number:
        return NOTHING
    if not isfinite(number):
        return "∞" if number > 0 else "−∞"
    if abs(number) < 1e4:
        return f"{number:z.3f}"
    return f"{number:.0f}" if abs(number) < _LARGEST else f"{number:.3e}"


def probability(p: float | None) -> str:
    """Write a p value."""
    if p is None:
        return NOTHING
    return f"<{LEAST_P:g}" if p < LEAST_P else f"{p:.4f}" if p >= 1e-3 else f"{p:.2e}"


def less_or_equal(p: float) -> str:
    """Write a p value after the letter."""
    return f"< {LEAST_P:g}" if p < LEAST_P else f"= {probability(p)}"


def aligned(cells: Sequence[str]) -> list[str]:
    """Put the points of a column under each other."""
    parts = [cell.partition(".") for cell in cells]
    before = max(len(whole) for whole, _, _ in parts)
    after = max(len(point + decimals) for _, point, decimals in parts)
    return [whole.rjust(before) + (point + decimals).ljust(after) for whole, point, decimals in parts]


def as_text(title: str, table: Sequence[Sequence[str]], below: Sequence[str]) -> str:
    """Write a title, a table whose first column holds names, and the lines below it as one text."""
    written, table = [title], [[safe(cell) for cell in row] for row in table]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for name, *cells in table:
        padded = [" " * (width - _width(cell)) + cell for cell, width in zip(cells, widths[1:], strict=True)]
        written.append("  ".join([name + " " * (widths[0] - _width(name)), *padded]).rstrip())
    return "\n".join([*written, *below])


def as_html(title: str, table: Sequence[Sequence[str]], below: Sequence[str]) -> str:
    """Write the same for a notebook."""
    header, *rows = table
    names = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr><th>{escape(safe(name))}</th>{''.join(f'<td>{escape(cell.strip())}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    said = "<br>".join(map(escape, below))
    return f"<table><caption>{escape(title)}</caption><tr>{names}</tr>{body}</table><p>{said}</p>"


def _width(text: str) -> int:
    """Return how many cells of a terminal a text takes, where most characters take one and some two."""
    return sum(1 + (east_asian_width(character) in "WF") for character in text)
