"""A picture: a grid of cells, each a character and the name of its style, laid on top of one another.

What lies on top covers a cell whole: a terminal's cell has one colour, and the dots of two curves in it would both be
taken for the upper one's. Two pictures can be compared, so that only what differs is sent to the terminal.
"""

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

import numpy as np
from rich.cells import cell_len

from linreg_tui.draw.raster import Dots, characters
from linreg_tui.text.numbers import in_ascii

LINE, BEHIND, FLOOR, LABEL, MARK, POINT, FAINT, BROKEN = (
    "chart--line",
    "chart--behind",
    "chart--floor",
    "chart--label",
    "chart--mark",
    "chart--point",
    "chart--faint",
    "chart--broken",
)
"""Names of styles; which colours they are is said where a picture becomes a widget."""
_LARGEST_GAP = 3
"""Equal cells between two that differ that are cheaper to send again than to jump over."""
_MARKS = str.maketrans("✕┄▾▴│┆↑↓→★", "X-v^|:^v>*")


class Picture:
    """`width` × `height` cells, blank at first; where `plain`, drawn with ASCII characters only."""

    def __init__(self, width: int, height: int, *, plain: bool = False) -> None:
        self.width, self.height, self.plain = width, height, plain
        self._characters = np.full((height, width), " ", "<U4")
        self._styles = np.full((height, width), "", "<U16")

    def dots(self, dots: Dots, style: str, x: int = 0, y: int = 0) -> None:
        """Lay dots on the picture, their first cell at (x, y)."""
        drawn = characters(dots, plain=self.plain)
        height, width = drawn.shape
        lit = drawn != " "
        self._characters[y : y + height, x : x + width][lit] = drawn[lit]
        self._styles[y : y + height, x : x + width][lit] = style

    def restyle(self, was: str, style: str, x: int) -> None:
        """Give cells of one style another, from column `x` on."""
        part = self._styles[:, max(0, x) :]
        part[part == was] = style

    def text(self, x: int, y: int, text: str, style: str) -> None:
        """Write text from cell (x, y) on; what does not fit is left out."""
        if not 0 <= y < self.height:
            return
        text = self.drawable(text)
        for character in text:
            width = cell_len(character)
            if x >= 0 and x + width <= self.width:
                if width == 0 and x:
                    self._characters[y, x - 1] = (str(self._characters[y, x - 1]) + character)[:4]
                self._characters[y, x : x + width] = [character, ""][:width]
                self._styles[y, x : x + width] = style
            x += width

    def drawable(self, text: str) -> str:
        """Return text in the characters that this picture may use."""
        return in_ascii(text).translate(_MARKS) if self.plain else text

    def words(self, sentence: str, style: str) -> None:
        """Write a sentence from the top left on, broken between words."""
        for y, line in enumerate(wrap(sentence, max(1, self.width))):
            self.text(0, y, line, style)

    def is_free(self, x: int, y: int, width: int) -> bool:
        """Whether `width` cells from (x, y) on are inside and blank."""
        inside = 0 <= y < self.height and x >= 0 and x + width <= self.width
        return inside and bool((self._characters[y, x : x + width] == " ").all())

    def pieces(self, y: int) -> Iterator[tuple[str, str]]:
        """Return one line as pieces of one style each: text and the style's name."""
        cells = zip(self._characters[y].tolist(), self._styles[y].tolist(), strict=True)
        for style, run in groupby(cells, key=lambda cell: cell[1]):
            yield "".join(character for character, _ in run), style

    def changes(self, before: "Picture") -> Iterator[tuple[int, int, int]]:
        """Return the stretches of cells that differ from a picture of the same size: column, line and length."""
        differs = (self._characters != before._characters) | (self._styles != before._styles)
        for y in np.flatnonzero(differs.any(axis=1)).tolist():
            columns = np.flatnonzero(differs[y])
            for stretch in np.split(columns, np.flatnonzero(np.diff(columns) > _LARGEST_GAP) + 1):
                yield int(stretch[0]), y, int(stretch[-1] - stretch[0]) + 1

    @property
    def lines(self) -> list[str]:
        """The picture as plain text."""
        return ["".join(row) for row in self._characters.tolist()]
