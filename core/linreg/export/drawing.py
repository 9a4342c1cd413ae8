"""What the charts of a picture share: colours, text made safe, lines with gaps."""

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from typing import Any
from unicodedata import combining

import numpy as np
from matplotlib.axes import Axes

from linreg.arrays import Vector
from linreg.text import REPLACEMENT, safe

ACCENT, OTHER, INK, QUIET, GRID = "#2563eb", "#a8326b", "#1f2937", "#6b7280", "#e5e7eb"
DASHES = (0, (4, 3))
SIZE, _LONGEST = 9, 200
"""Of letters, in points, and of names, in characters, before they are measured."""
_BEYOND = "\u0900"
"""Before it are the letters of Latin, Greek, Cyrillic, Hebrew and Arabic; those after it can be wide."""
_NO_XML = str.maketrans(dict.fromkeys("\ufffe\uffff", REPLACEMENT))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def lettered(text: str, room: float, size: float = SIZE) -> str:
    """Make strangers' text safe, and cut it to about `room` points across in letters of a size.

    XML has no way at all to write two of the characters, and marks piled up on a letter would take the charts' room.
    """
    text = "".join(_few_marks(safe(text[:_LONGEST]).translate(_NO_XML)))
    ends = list(accumulate(size * _width(character) for character in text))
    if not ends or ends[-1] <= room:
        return text
    return text[: bisect(ends, room - size)] + "…"


def _width(character: str) -> float:
    """Guess how wide a letter is, in its own size: to measure one that the font lacks takes a tenth of a second."""
    if combining(character):
        return 0.0
    return 1.2 if character in "mwMW@%" or character >= _BEYOND else 0.7


def _few_marks(text: str) -> Iterator[str]:
    """Leave out what is piled up on a letter beyond two marks."""
    height = 0
    for character in text:
        height = height + 1 if combining(character) else 0
        if height <= 2:
            yield character


def power_of_ten(exponent: int) -> str:
    """Write 10ⁿ."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def stroke(axes: Axes, x: Vector, y: Vector, name: str, color: str = ACCENT, **style: Any) -> None:
    """Draw a line with gaps where y, ``(n,)``, is NaN, and a dot where a number has no neighbour to be joined to.

    `name` is what an SVG calls it.
    """
    known = ~np.isnan(y)
    joined = np.zeros(len(y), bool)
    joined[1:] |= known[:-1]
    joined[:-1] |= known[1:]
    axes.plot(x, y, color=color, solid_capstyle="round", gid=name, **style)
    alone = known & ~joined
    if alone.any():
        axes.plot(x[alone], y[alone], "o", color=color, markersize=4, markeredgewidth=0, gid=f"{name}_alone", **style)
