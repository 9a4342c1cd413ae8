"""Lengths drawn with characters: how far a run is, how near its learning rate is to the limit, how a number moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇", "_.:-=+#"
_NEAR, _SLOW = 0.9, 0.25


@dataclass(frozen=True, slots=True)
class Gauge:
    """A line with one mark on it, in the three pieces that are coloured apart."""

    before: str
    mark: str
    after: str


def progress_bar(share: float, width: int) -> tuple[str, str]:
    """Draw how far a run is, to half a cell: what is done and what is left, together `width` cells."""
    halves = int(min(max(share, 0.0), 1.0) * 2 * width + 1e-9)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return done, "─" * (width - len(done))


def rate_gauge(share: float, width: int) -> Gauge:
    """Draw where a learning rate lies between 0 and the largest stable one, in `width` + 1 cells.

    The cell behind the end is there for a rate above the limit: the mark is then outside, whatever the colours.
    """
    n_cells = width - 2
    if share > 1:
        return Gauge("├" + "─" * n_cells + "┤", "●", "")
    at = min(n_cells - 1, int(share * n_cells))
    return Gauge("├" + "─" * at, "●", "─" * (n_cells - at - 1) + "┤ ")


def verdict(share: float) -> str:
    """Say in a word or two what a learning rate, as a share of the largest stable one, does.

    Below a quarter of the limit the flattest direction takes more than four times as long as it must.
    """
    if share > 1:
        return "diverging"
    if share > _NEAR:
        return "near the edge"
    return "safe, slow" if share < _SLOW else "safe"


def verdict_style(share: float) -> str:
    """Name the style of that word: its colour says the same."""
    return "bad" if share > 1 else "warning" if share > _NEAR else "good"


def sparkline(values: Sequence[float], *, plain: bool = False) -> str:
    """Draw one character a value, from the least to the greatest; a blank for what is not a finite number."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return " " * len(values)
    levels = _ASCII_LEVELS if plain else _LEVELS
    low, high = min(finite), max(finite)
    if not high > low:
        return "".join(levels[3] if isfinite(value) else " " for value in values)
    half = high / 2 - low / 2  # of the largest floats, the difference itself is infinite
    return "".join(
        levels[round((value / 2 - low / 2) / half * (len(levels) - 1))] if isfinite(value) else " " for value in values
    )


def path_line(values: Sequence[float], width: int, *, plain: bool = False) -> str:
    """Draw a sparkline in `width` cells: a cell a value at first, and to the edge once half of them are there."""
    n = len(values)
    if width / 2 <= n < width:
        values = [values[round(cell * (n - 1) / (width - 1))] for cell in range(width)]
    return sparkline(values, plain=plain).ljust(width)
