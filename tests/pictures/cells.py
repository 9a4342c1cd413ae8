"""A terminal's screen, taken apart into cells."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from pictures.shapes import HEIGHT, WIDTH


class Look(NamedTuple):
    """How a cell is coloured and set; colours as ``#rrggbb``."""

    colour: str
    background: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Cell(NamedTuple):
    """A character and those that combine with it, at a column and a row; it takes one column or two."""

    text: str
    column: int
    row: int
    look: Look

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.column + cell_len(self.text)

    @property
    def corner(self) -> tuple[int, int]:
        """Its upper left corner, in units of the picture."""
        return self.column * WIDTH, self.row * HEIGHT


def cells_of(lines: Iterable[Iterable[Segment]], plain: Look) -> Iterator[Cell]:
    """Take a screen apart into cells."""
    for row, line in enumerate(lines):
        column = 0
        for text, style, control in line:
            if control:
                continue
            look = look_of(style or Style.null(), plain)
            for character in _characters(text):
                yield Cell(character, column, row, look)
                column += cell_len(character)


def _characters(text: str) -> list[str]:
    """Split text into what takes a cell: a character that has no width goes with the one before it."""
    found: list[str] = []
    for character in text:
        if cell_len(character) == 0:
            found[-1:] = [found[-1] + character] if found else []
        else:
            found.append(character)
    return found


def look_of(style: Style, plain: Look) -> Look:
    """Resolve a style: defaults, reverse and dim are worked out."""
    colour, background = _hex(style.color, plain.colour), _hex(style.bgcolor, plain.background)
    if style.reverse:
        colour, background = background, colour
    if style.dim:
        colour = mixed(colour, background, 0.5)
    return Look(colour, background, bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike))


def _hex(colour: Color | None, default: str) -> str:
    return default if colour is None or colour.is_default else colour.get_truecolor().hex


def mixed(colour: str, background: str, share: float) -> str:
    """Mix two colours, `share` of the first."""
    pairs = [(int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)
