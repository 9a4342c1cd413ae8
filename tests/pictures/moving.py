"""Screens one after the other as one SVG that moves by itself, in a loop, without a script.

A piece of a screen, which is a run of text or any other cell, is drawn once for all frames in a row that have it;
pieces that come and go together are one group, which is visible for so long. Nothing ever lies upon anything else, so
each frame is as exact as a picture of it alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from pictures.cells import Cell
from pictures.svg import FONT_SIZE, FONTS, drawn, framed, runs, written

Piece = tuple[Cell, ...]
Span = tuple[int, int]
"""The first frame that has something, and the one behind the last."""
BLANKS = " ⠀"


class Frame(NamedTuple):
    """A screen's cells, and for how long they are seen."""

    cells: tuple[Cell, ...]
    seconds: float


def moving_svg(frames: Sequence[Frame], still: int, title: str, background: str) -> str:
    """Draw screens of one size; `still` is the one that is seen where nothing may move."""
    groups = _groups([_pieces(frame.cells, background) for frame in frames])
    lasting = groups.pop((0, len(frames)), [])
    starts = list(accumulate((frame.seconds for frame in frames), initial=0.0))
    parts = [_style(groups, starts), f'<g font-family="{FONTS}" font-size="{FONT_SIZE:.2f}">']
    parts += [*drawn(lasting, background), *written(lasting)]
    for span, cells in groups.items():
        seen = "m s" if span[0] <= still < span[1] else "m"
        opening = f'<g class="{seen}" style="animation-name:{_name(span)}">'
        parts += [opening, *drawn(cells, background), *written(cells), "</g>"]
    return framed([*parts, "</g>"], frames[0].cells, title, background)


def _pieces(cells: Sequence[Cell], background: str) -> Iterator[Piece]:
    """Take a screen apart: each run of text, and each other cell that is more than background."""
    in_runs = set[Cell]()
    for run in runs(cells):
        in_runs.update(run)
        yield tuple(run)
    for cell in cells:
        if cell not in in_runs and (cell.text not in BLANKS or cell.look.background != background):
            yield (cell,)


def _groups(screens: Sequence[Iterable[Piece]]) -> dict[Span, list[Cell]]:
    """Gather the cells that come and go together, row by row."""
    since: dict[Piece, int] = {}
    groups: dict[Span, list[Cell]] = defaultdict(list)
    for index, screen in enumerate([*screens, ()]):
        pieces = dict.fromkeys(screen)
        for piece in since.keys() - pieces:
            groups[since.pop(piece), index] += piece
        for piece in pieces:
            since.setdefault(piece, index)
    return {span: sorted(groups[span], key=lambda cell: (cell.row, cell.column)) for span in sorted(groups)}


def _style(spans: Iterable[Span], starts: Sequence[float]) -> str:
    """Say when each group is visible; who wants no motion, or cannot have any, sees the still frame."""
    duration = starts[-1]
    rules = [
        f".m{{visibility:hidden;animation:{duration:g}s step-end infinite}}.s{{visibility:visible}}",
        "@media (prefers-reduced-motion:reduce){.m{animation:none!important}}",
    ]
    for first, end in spans:
        turns = {0.0: "hidden", starts[first]: "visible", starts[end]: "hidden"}
        steps = (f"{100 * at / duration:.5g}%{{visibility:{value}}}" for at, value in turns.items())
        rules.append(f"@keyframes {_name((first, end))}{{{''.join(steps)}}}")
    return f"<style>{''.join(rules)}</style>"


def _name(span: Span) -> str:
    return f"f{span[0]}-{span[1]}"
