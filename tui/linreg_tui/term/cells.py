"""Two grids of cells, what is wanted and what the terminal shows, and the shortest text from the one to the other."""

import re
from collections.abc import Iterable

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment
from textual.strip import Strip

from linreg_tui.term.ink import Ink, ink_of
from linreg_tui.term.writer import Writer
from linreg_tui.text.numbers import in_ascii

# What is left out is not one cell for sure: the soft hyphen (U+00AD), which terminals draw or not; what combines with
# the character before it (from U+0300 and U+0483 on); marks of direction and line separators (U+200E, U+2028); signs
# that some terminals draw as pictures, two cells wide (from U+2194 and U+25FD on).
_PLAIN_TEXT = re.compile(
    r"[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u2193\u2500-\u25fc\u2800-\u28ff−]*"
)
"""Text that is surely one cell a character, tested without a loop."""

_STRAIGHT = {"─━┄┅┈┉╌╍═╴╶╸╺╼╾▁▔": "-", "│┃┆┇┊┋╎╏║╵╷╹╻╽╿▏▎▍▌▐▕▊▋▉": "|", "█▓": "#"}
_SIGNS = dict(zip("←→↑↓▲▼▶◀‹›•✓⏎", "<>^v^v><<>*x<", strict=True)) | {"🔎": "? "}
_FRAMES = str.maketrans(
    {chr(code): "+" for code in range(0x2500, 0x2580)}
    | {chr(code): " " for code in range(0x2580, 0x25A0)}
    | {sign: plain for signs, plain in _STRAIGHT.items() for sign in signs}
    | _SIGNS
)
"""What Textual draws around and into its widgets, and what reads alike in ASCII, of the same width."""


class Cells:
    """The grid of cells that are wanted, and the grid that the terminal shows.

    A character of two cells stands in the first of them, with an empty text in the second; None is a cell of which
    nothing is known.

    Attributes
    ----------
    ascii_only
        Whether frames, arrows and the like are to be drawn in ASCII; a name that a user gave stays what it is.
    """

    def __init__(self, width: int = 0, height: int = 0) -> None:
        self.ascii_only = False
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Know nothing of a screen of this size."""
        self.width, self.height = width, height
        self._wanted = [_Row(width) for _ in range(height)]
        self.forget()

    def forget(self) -> None:
        """Know no more what the terminal shows: the next changes are the whole screen."""
        self._shown = [_Row(self.width) for _ in range(self.height)]  # full of None, which equals no cell
        self._touched = set(range(self.height))

    def want(self, x: int, y: int, strips: Iterable[Strip], system: ColorSystem) -> None:
        """Want these strips, one after the other, from here on; what is beyond the edge is cut off."""
        if 0 <= y < self.height:
            self._wanted[y].put(x, map(_in_ascii, strips) if self.ascii_only else strips, system)
            self._touched.add(y)

    def changes(self) -> str:
        """Return what turns the screen shown into the one wanted; from here on it counts as shown."""
        writer = Writer()
        for y in sorted(self._touched):
            wanted, shown = self._wanted[y], self._shown[y]
            # Textual touches far more lines than differ; that two lists are equal is found out in C
            if wanted.texts != shown.texts or wanted.inks != shown.inks:
                writer.line(y, wanted.texts, wanted.inks, wanted.differences(shown))
                shown.texts[:], shown.inks[:] = wanted.texts, wanted.inks
        self._touched.clear()
        return writer.finished()


class _Row:
    """One line of cells: what stands in each, and how it is inked."""

    # Two lists and not one of cells: however long a text is, two slices put it down, and two comparisons tell whether a
    # line is as it was. No cell is an object of its own.
    __slots__ = ("inks", "texts")

    def __init__(self, width: int) -> None:
        self.texts: list[str | None] = [None] * width
        self.inks: list[Ink | None] = [None] * width

    def put(self, x: int, strips: Iterable[Strip], system: ColorSystem) -> None:
        """Write strips from cell `x` on."""
        for text, style, control in (segment for strip in strips for segment in strip):
            if control or not text:
                continue
            texts = list(text) if _PLAIN_TEXT.fullmatch(text) else _cells(text)
            # a slice that is longer than what it replaces would make the line longer
            del texts[max(0, len(self.texts) - x) :]
            self.texts[x : x + len(texts)] = texts
            self.inks[x : x + len(texts)] = [ink_of(style, system, blank=text.isspace())] * len(texts)
            x += len(texts)

    def differences(self, shown: "_Row") -> list[int]:
        """List the cells to write so that the line shown becomes this one.

        A wide character is never halved: where one half of it changes, the other half becomes or was something else.
        """
        now, then = zip(self.texts, self.inks, strict=True), zip(shown.texts, shown.inks, strict=True)
        return [x for x, (cell, old) in enumerate(zip(now, then, strict=True)) if cell != old and cell[0] is not None]


def _in_ascii(strip: Strip) -> Strip:
    return Strip(
        [Segment(in_ascii(text.translate(_FRAMES)), style, control) for text, style, control in strip],
        strip.cell_length,
    )


def _cells(text: str) -> list[str]:
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells += [text[start:end], *[""] * (width - 1)]
        elif cells:  # it joins what stands before it
            cells[-1] += text[start:end]
    return cells
