"""A widget drawn line by line, that sends the terminal only what has changed of each line.

A widget that is refreshed is sent whole. Here every line is a tuple of pieces of text, each with the name of its style,
so that two moments can be compared, and only the cells from the first to the last difference are drawn again.
"""

from collections.abc import Iterable
from itertools import zip_longest

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from linreg_tui.text.numbers import in_ascii
from linreg_tui.widgets.styled import Styled

Piece = tuple[str, str]
"""A text, and the component class of its style; an empty name is the widget's own style."""
Line = tuple[Piece, ...]


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def plain_text(line: Line) -> str:
    """Return what a line says."""
    return "".join(text for text, _ in line)


class Lines(Styled):
    """A widget whose content is set as lines."""

    ascii: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Line, ...] = ()
        self._veil = ""

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(map(plain_text, self._lines))

    def set_lines(self, lines: Iterable[Line]) -> None:
        """Show these lines from the top; draw again only the cells that differ."""
        old, self._lines = self._lines, tuple(self._drawable(line) for line in lines)
        for y, (was, now) in enumerate(zip_longest(old, self._lines, fillvalue=())):
            if was != now:
                # By cells, not by characters: a Chinese name before a number moves it by a cell for every character. Of
                # lines that differ only in how they are cut into pieces one cell is drawn anew, which does no harm.
                start, end = changed_cells(was, now)
                self.refresh(Region(start, y, max(1, end - start), 1))

    def veil(self, words: str) -> None:
        """Show these words in the place of all lines, until there are none."""
        if words != self._veil:
            self._veil = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line, filled up with blanks."""
        own = self.rich_style
        if self._veil:
            return Strip([Segment(self._veil if y == 0 else "", own)]).adjust_cell_length(self.size.width, own)
        line = self._lines[y] if y < len(self._lines) else ()
        segments = [Segment(text, self.get_component_rich_style(name) if name else own) for text, name in line]
        return Strip(segments).adjust_cell_length(self.size.width, own)

    def _drawable(self, line: Line) -> Line:
        return tuple((in_ascii(text), name) for text, name in line) if self.ascii else line


def changed_cells(was: Line, now: Line) -> tuple[int, int]:
    """Return the first cell that differs between two lines, and the one behind the last."""
    old, new = _cells(was), _cells(now)
    length = max(len(old), len(new))
    old += [_BLANK] * (length - len(old))
    new += [_BLANK] * (length - len(new))
    differing = [index for index, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    return (differing[0], differing[-1] + 1) if differing else (0, 0)


_BLANK = (" ", "")


def _cells(line: Line) -> list[tuple[str, str]]:
    """List a line cell by cell: a wide character fills two, and what has no width goes with the cell before it."""
    cells: list[tuple[str, str]] = []
    for text, name in line:
        for character in text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + character, name)
            else:
                cells += [(character, name)] * width
    return cells
