"""What the characters that draw look like, so that a picture depends on no font: lines, blocks, braille dots, marks.

A cell is 8 units wide and 16 high, so that an eighth of it, its middle and the places of the dots are whole numbers.
What a character is made of is read off its Unicode name: ``BOX DRAWINGS DOWN HEAVY AND RIGHT LIGHT`` says it all.
"""

from functools import cache
from typing import NamedTuple
from unicodedata import name

WIDTH, HEIGHT = 8, 16
_MIDDLE = (WIDTH / 2, HEIGHT / 2)


class Rect(NamedTuple):
    """An upright rectangle."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> "Rect":
        """Return the same rectangle elsewhere."""
        return Rect(self.x + x, self.y + y, self.width, self.height)


WHOLE = Rect(0, 0, WIDTH, HEIGHT)
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
"""How much of the cell has the text's colour."""
MARKS = {
    "●": "m1 8a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
    "•": "m2 8a2 2 0 1 1 4 0a2 2 0 1 1-4 0z",
    "○": "m1 8a3 3 0 1 1 6 0a3 3 0 1 1-6 0zm1 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0z",
    "■": "m1 5h6v6h-6z",
    "◆": "m4 4l3.5 4-3.5 4-3.5-4z",
    "▲": "m4 4l4 7h-8z",
    "▼": "m4 12l4-7h-8z",
    "▶": "m1 4l7 4-7 4z",
    "►": "m1 4l7 4-7 4z",
    "◀": "m7 4l-7 4 7 4z",
    "◄": "m7 4l-7 4 7 4z",
    "✕": "m1 5.7l.7-.7 2.3 2.3 2.3-2.3.7.7-2.3 2.3 2.3 2.3-.7.7-2.3-2.3-2.3 2.3-.7-.7 2.3-2.3z",
    "✓": "m.8 8.7l.8-.7 1.7 1.9 3.2-5.3.9.5-3.9 6.5z",
    "‖": "m2 4h1.3v8h-1.3zm2.7 0h1.3v8h-1.3z",
}
"""Outlines of single marks, to be filled; like all paths here, relative to the cell's corner."""

_DOTS = ((2, 2), (2, 6), (2, 10), (6, 2), (6, 6), (6, 10), (2, 14), (6, 14))


def dots(character: str) -> list[tuple[int, int]] | None:
    """List where a braille character has its dots; None for any other character."""
    bits = ord(character) - 0x2800 if len(character) == 1 else -1
    return [dot for bit, dot in enumerate(_DOTS) if bits >> bit & 1] if 0 <= bits < 256 else None


@cache
def _title(character: str) -> str:
    return name(character, "") if len(character) == 1 else ""


_FRACTIONS = {"EIGHTH": 8, "EIGHTHS": 8, "QUARTER": 4, "QUARTERS": 4, "HALF": 2}
_COUNTS = {"ONE": 1, "THREE": 3, "FIVE": 5, "SEVEN": 7}
_QUADRANTS = {"UPPER LEFT": (0, 0), "UPPER RIGHT": (4, 0), "LOWER LEFT": (0, 8), "LOWER RIGHT": (4, 8)}


def block(character: str) -> list[Rect] | None:
    """Return what a block element fills: ``LEFT THREE QUARTERS BLOCK``; None for any other character."""
    words = _title(character).split()
    if words == ["FULL", "BLOCK"]:
        return [WHOLE]
    if words[:1] == ["QUADRANT"]:
        corners = " ".join(words[1:]).split(" AND ")
        return [Rect(*_QUADRANTS[corner], WIDTH / 2, HEIGHT / 2) for corner in corners]
    if words[-1:] != ["BLOCK"] or len(words) < 3 or words[-2] not in _FRACTIONS:
        return None
    share = _COUNTS.get(words[1], 1) / _FRACTIONS[words[-2]]
    width, height = WIDTH * share, HEIGHT * share
    sides = {
        "LEFT": Rect(0, 0, width, HEIGHT),
        "RIGHT": Rect(WIDTH - width, 0, width, HEIGHT),
        "UPPER": Rect(0, 0, WIDTH, height),
        "LOWER": Rect(0, HEIGHT - height, WIDTH, height),
    }
    return [sides[words[0]]]


_WEIGHTS = {"LIGHT": 1.0, "SINGLE": 1.0, "HEAVY": 2.2}
_SIDES = {
    **{side: (side,) for side in ("LEFT", "RIGHT", "UP", "DOWN")},
    "HORIZONTAL": ("LEFT", "RIGHT"),
    "VERTICAL": ("UP", "DOWN"),
}
_DASHES = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_CURVES = {
    "DOWN AND RIGHT": "m4 16v-4a4 4 0 0 1 4-4",
    "DOWN AND LEFT": "m4 16v-4a4 4 0 0 0-4-4",
    "UP AND LEFT": "m4 0v4a4 4 0 0 1-4 4",
    "UP AND RIGHT": "m4 0v4a4 4 0 0 0 4 4",
}


def curve(character: str) -> str | None:
    """Return the light stroke of a rounded corner; None for any other character."""
    return _CURVES.get(_title(character).removeprefix("BOX DRAWINGS LIGHT ARC "))


def lines(character: str) -> list[Rect] | None:
    """Return the strokes of a straight box-drawing character, from the middle to the edges; None for any other."""
    title = _title(character).removeprefix("BOX DRAWINGS ")
    words = title.split()
    if title == _title(character) or {"ARC", "DIAGONAL"} & {*words}:
        return None
    if "DASH" in words:
        return _dashed(words[-1], _DASHES[words[1]], _WEIGHTS[words[0]])
    if "DOUBLE" in words:
        return None
    strokes, weight = [], 1.0
    for part in title.split(" AND "):
        weight = next((_WEIGHTS[word] for word in part.split() if word in _WEIGHTS), weight)
        strokes += [_arm(side, weight) for word in part.split() for side in _SIDES.get(word, ())]
    return strokes


def _arm(side: str, weight: float) -> Rect:
    """A stroke from the middle, where it is as long as it is wide, so that two of them join without a notch."""
    (x, y), half = _MIDDLE, weight / 2
    return {
        "LEFT": Rect(0, y - half, x + half, weight),
        "RIGHT": Rect(x - half, y - half, x + half, weight),
        "UP": Rect(x - half, 0, weight, y + half),
        "DOWN": Rect(x - half, y - half, weight, y + half),
    }[side]


def _dashed(direction: str, n_dashes: int, weight: float) -> list[Rect]:
    (x, y), half = _MIDDLE, weight / 2
    if direction == "HORIZONTAL":
        pitch = WIDTH / n_dashes
        return [Rect((n + 0.2) * pitch, y - half, 0.6 * pitch, weight) for n in range(n_dashes)]
    pitch = HEIGHT / n_dashes
    return [Rect(x - half, (n + 0.2) * pitch, weight, 0.6 * pitch) for n in range(n_dashes)]
