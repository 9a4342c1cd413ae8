"""Write cells that changed in few bytes: in pieces, and ink by ink."""

from collections.abc import Sequence
from dataclasses import dataclass

from linreg_tui.term.ink import PLAIN, Ink, change, shared

SHORT = 4
"""Bytes of a short move: cells between two that changed are written again if they take no more."""


@dataclass(slots=True)
class _Piece:
    """Text that is written in one go, from one cell on, in one ink."""

    x: int
    y: int
    text: str
    ink: Ink
    end: int
    """The cell after it."""
    is_closed: bool = False
    """Whether where the cursor is after it is not known for sure."""


class Writer:
    """Collects pieces of lines and writes them ink by ink: a move of the cursor is shorter than a change of colours."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []

    def line(self, y: int, texts: Sequence[str | None], inks: Sequence[Ink | None], cells: list[int]) -> None:
        """Write these cells of a line, of which all texts and inks are given."""
        piece = None
        for x in cells:
            text, ink = texts[x], inks[x]
            if not text or ink is None:  # the second half of a wide character
                continue
            if piece is None or not _extend(piece, x, texts, inks):
                piece = _Piece(x, y, text, ink, x + 1)
                self._pieces.append(piece)
            # terminals differ on how wide such a character is: say anew where the next one goes
            piece.is_closed = len(text) != 1 or texts[x + 1 : x + 2] == [""]

    def finished(self) -> str:
        """Return what turns the pen to each ink, moves it to each piece and writes it, and puts the pen down."""
        # A terminal that has written its last column leaves the cursor there, not behind it. No move is relative to it
        # then: a piece would have to begin behind the end of that line.
        out, pen, x, y = [], PLAIN, -1, -1
        for ink, pieces in self._by_ink().items():
            sequence, pen = change(pen, ink)
            out.append(sequence)
            for piece in pieces:
                out += [_move(x, y, piece), piece.text]
                x, y = (-1, -1) if piece.is_closed else (piece.end, piece.y)
        if pen != PLAIN:
            out.append("\x1b[m")
        return "".join(out)

    def _by_ink(self) -> dict[Ink, list[_Piece]]:
        """Sort the pieces, backgrounds together; a blank one goes with any ink that leaves it blank."""
        groups: dict[Ink, list[_Piece]] = {}
        home: dict[Ink, Ink] = {}
        # Blank pieces last: by then there is mostly an ink of their background for them to join. Backgrounds together:
        # to change one takes up to 19 bytes in true colour, to move the cursor three to ten.
        for piece in sorted(self._pieces, key=lambda piece: (piece.ink.background, piece.ink.attributes is None)):
            if piece.ink not in home:
                home[piece.ink] = next((known for known in groups if shared(known, piece.ink)), piece.ink)
            groups.setdefault(home[piece.ink], []).append(piece)
        for pieces in groups.values():
            pieces.sort(key=lambda piece: (piece.y, piece.x))
        return groups


def _extend(piece: _Piece, x: int, texts: Sequence[str | None], inks: Sequence[Ink | None]) -> bool:
    """Add a cell to a piece, and what lies between where that is shorter than a move; say whether it could be added."""
    if piece.is_closed:
        return False
    if x == piece.end and inks[x] is piece.ink:  # mostly
        piece.text += texts[x] or ""
        piece.end += 1
        return True
    between = texts[piece.end : x]
    # Bytes, not cells: a character of braille takes three of them, so that one is all that is written again.
    if x - piece.end > SHORT or len("".join(text or "____" for text in between).encode()) > SHORT:
        return False
    ink: Ink | None = piece.ink
    for other in inks[piece.end : x + 1]:
        ink = None if ink is None or other is None else shared(ink, other)
    if ink is None or any(text is None or len(text) != 1 for text in between):
        return False
    piece.text += "".join(text or "" for text in texts[piece.end : x + 1])
    piece.ink, piece.end = ink, x + 1
    return True


def _move(x: int, y: int, piece: _Piece) -> str:
    """Return the shortest move of the cursor from a cell to the start of a piece."""
    gap = piece.x - x
    if piece.y == y and gap >= 0:  # never where the cursor may be anywhere: that is line −1
        return "" if gap == 0 else "\x1b[C" if gap == 1 else f"\x1b[{gap}C"
    return f"\x1b[{piece.y + 1};{piece.x + 1}H" if piece.x else f"\x1b[{piece.y + 1}H"
