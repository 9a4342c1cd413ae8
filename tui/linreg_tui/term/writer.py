"""Write cells that changed in few bytes: in runs, and ink by ink."""

from collections.abc import Sequence
from dataclasses import dataclass

from linreg_tui.term.ink import PLAIN, Ink, change, shared

SHORT = 4
"""Bytes of a short move: cells between two that changed are written again if they take no more."""


@dataclass(slots=True)
class _Run:
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
    """Collects runs of cells, and writes them ink by ink: a move of the cursor is shorter than a change of colours."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def line(self, y: int, texts: Sequence[str | None], inks: Sequence[Ink | None], cells: list[int]) -> None:
        """Write these cells of a line, of which all texts and inks are given."""
        run = None
        for x in cells:
            text, ink = texts[x], inks[x]
            if not text or ink is None:  # the second half of a wide character
                continue
            if run is None or not _extend(run, x, texts, inks):
                run = _Run(x, y, text, ink, x + 1)
                self._runs.append(run)
            # terminals differ on how wide such a character is: say anew where the next one goes
            run.is_closed = len(text) != 1 or texts[x + 1 : x + 2] == [""]

    def finished(self) -> str:
        """Return what turns the pen to each ink, moves it to each run and writes it, and puts the pen down."""
        out, pen, x, y = [], PLAIN, -1, -1
        for ink, runs in self._by_ink().items():
            sequence, pen = change(pen, ink)
            out.append(sequence)
            for run in runs:
                out += [_move(x, y, run), run.text]
                x, y = (-1, -1) if run.is_closed else (run.end, run.y)
        if pen != PLAIN:
            out.append("\x1b[m")
        return "".join(out)

    def _by_ink(self) -> dict[Ink, list[_Run]]:
        """Sort the runs, backgrounds together; a blank one goes with any ink that leaves it blank."""
        groups: dict[Ink, list[_Run]] = {}
        home: dict[Ink, Ink] = {}
        for run in sorted(self._runs, key=lambda run: (run.ink.background, run.ink.attributes is None)):
            if run.ink not in home:
                home[run.ink] = next((known for known in groups if shared(known, run.ink)), run.ink)
            groups.setdefault(home[run.ink], []).append(run)
        for runs in groups.values():
            runs.sort(key=lambda run: (run.y, run.x))
        return groups


def _extend(run: _Run, x: int, texts: Sequence[str | None], inks: Sequence[Ink | None]) -> bool:
    """Add a cell to a run, and what lies between where that is shorter than a move; say whether it could be added."""
    if run.is_closed:
        return False
    if x == run.end and inks[x] is run.ink:  # mostly
        run.text += texts[x] or ""
        run.end += 1
        return True
    between = texts[run.end : x]
    if x - run.end > SHORT or len("".join(text or "____" for text in between).encode()) > SHORT:
        return False
    ink: Ink | None = run.ink
    for other in inks[run.end : x + 1]:
        ink = None if ink is None or other is None else shared(ink, other)
    if ink is None or any(text is None or len(text) != 1 for text in between):
        return False
    run.text += "".join(text or "" for text in texts[run.end : x + 1])
    run.ink, run.end = ink, x + 1
    return True


def _move(x: int, y: int, run: _Run) -> str:
    """Return the shortest move of the cursor from a cell to the start of a run."""
    gap = run.x - x
    if run.y == y and gap >= 0:
        return "" if gap == 0 else "\x1b[C" if gap == 1 else f"\x1b[{gap}C"
    return f"\x1b[{run.y + 1};{run.x + 1}H" if run.x else f"\x1b[{run.y + 1}H"
