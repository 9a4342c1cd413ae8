"""A terminal's screen as SVG: exact to the cell, and small.

Textual's own export draws lines and braille with whatever font the reader has, and they fall apart. Here all that
draws is a shape (`shapes.py`), and every run of text is held to its cells by ``textLength``. Neighbouring backgrounds
are merged, and what has one colour is one path.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from rich.segment import Segment

from pictures import shapes
from pictures.cells import Cell, Look, cells_of, mixed
from pictures.shapes import HEIGHT, WIDTH, Rect

MARGIN = 12
FONTS = "ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', Consolas, monospace"
FONT_SIZE = WIDTH / 0.6  # an advance of 0.6 em is what most of these have
BASELINE = 12


def svg(lines: Iterable[Iterable[Segment]], title: str, colour: str, background: str) -> str:
    """Draw a screen, given line by line; `colour` and `background` are those of cells without any of their own."""
    cells = list(cells_of(lines, Look(colour, background)))
    writing = [f'<g font-family="{FONTS}" font-size="{FONT_SIZE:.2f}">', *written(cells), "</g>"]
    return framed([*drawn(cells, background), *writing], cells, title, background)


def framed(parts: Iterable[str], cells: Iterable[Cell], title: str, background: str) -> str:
    """Put what has been drawn of some cells into a picture of their size."""
    ends = [(cell.end, cell.row + 1) for cell in cells]
    width = max((column for column, _ in ends), default=0) * WIDTH + 2 * MARGIN
    height = max((row for _, row in ends), default=0) * HEIGHT + 2 * MARGIN
    around = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{background}"/>',
        f'<g transform="translate({MARGIN} {MARGIN})">',
    ]
    return "\n".join([*around, *parts, "</g>", "</svg>"]) + "\n"


def drawn(cells: Sequence[Cell], background: str) -> Iterator[str]:
    """Draw all that is not text."""
    yield from _grounds(cells, background)
    yield from _drawings(cells)


def _grounds(cells: Sequence[Cell], background: str) -> Iterator[str]:
    """Fill backgrounds, and block elements upon them."""
    grounds: dict[str, list[Rect]] = defaultdict(list)
    blocks: dict[str, list[Rect]] = defaultdict(list)
    for cell in cells:
        text, look = cell.text, cell.look
        if look.background != background:
            grounds[look.background].append(Rect(*cell.corner, (cell.end - cell.column) * WIDTH, HEIGHT))
        if text in shapes.SHADES:
            blocks[mixed(look.colour, look.background, shapes.SHADES[text])].append(shapes.WHOLE.moved(*cell.corner))
        blocks[look.colour] += [rect.moved(*cell.corner) for rect in shapes.block(text) or ()]
    yield from _paths(grounds, 'shape-rendering="crispEdges"')
    yield from _paths(blocks, 'shape-rendering="crispEdges"')


def _drawings(cells: Sequence[Cell]) -> Iterator[str]:
    """Draw lines, rounded corners, marks and dots."""
    lines: dict[str, list[Rect]] = defaultdict(list)
    curves, marks, dots = (defaultdict[str, str](str) for _ in range(3))
    for cell in cells:
        text, colour = cell.text, cell.look.colour
        x, y = cell.corner
        lines[colour] += [rect.moved(x, y) for rect in shapes.lines(text) or ()]
        dots[colour] += "".join(f"M{x + across} {y + down}h0" for across, down in shapes.dots(text) or ())
        for paths, path in ((curves, shapes.curve(text)), (marks, shapes.MARKS.get(text))):
            paths[colour] += f"M{x} {y}{path}" if path else ""
    yield from _paths(lines)
    for paths, manner in (
        (curves, 'fill="none" stroke-width="1" stroke="{}"'),
        (marks, 'fill="{}"'),
        (dots, 'fill="none" stroke-width="2.7" stroke-linecap="round" stroke="{}"'),
    ):
        yield from (f'<path {manner.format(colour)} d="{path}"/>' for colour, path in paths.items() if path)


def _paths(layer: dict[str, list[Rect]], manner: str = "") -> Iterator[str]:
    """Fill what has one colour as one path."""
    for colour, rects in layer.items():
        if rects:
            path = "".join(f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z" for x, y, width, height in merged(rects))
            yield f'<path {manner} fill="{colour}" d="{path}"/>'.replace("  ", " ")


def merged(rects: Iterable[Rect]) -> list[Rect]:
    """Join rectangles that touch or overlap side by side, then those of the same width that do on top of each other."""
    rows: list[Rect] = []
    for rect in sorted(rects, key=lambda rect: (rect.y, rect.height, rect.x)):
        last = rows[-1] if rows else None
        if last and (last.y, last.height) == (rect.y, rect.height) and rect.x <= last.x + last.width:
            rows[-1] = last._replace(width=max(last.width, rect.x + rect.width - last.x))
        else:
            rows.append(rect)
    joined: list[Rect] = []
    for rect in sorted(rows, key=lambda rect: (rect.x, rect.width, rect.y)):
        last = joined[-1] if joined else None
        if last and (last.x, last.width) == (rect.x, rect.width) and rect.y <= last.y + last.height:
            joined[-1] = last._replace(height=max(last.height, rect.y + rect.height - last.y))
        else:
            joined.append(rect)
    return joined


def written(cells: Iterable[Cell]) -> Iterator[str]:
    """Write the rest as text, what is set alike in one group."""
    groups: dict[Look, list[str]] = defaultdict(list)
    for run in runs(cells):
        first, last = run[0], run[-1]
        text = escape("".join(cell.text for cell in run))
        x, y = first.corner
        length = (last.end - first.column) * WIDTH
        # A lone sign may come from another font, with another width: it stands in the middle of its cell.
        place = f'x="{x}" textLength="{length}"' if len(run) > 1 else f'x="{x + length / 2:g}" text-anchor="middle"'
        groups[first.look._replace(background="")].append(f'<text {place} y="{y + BASELINE}">{text}</text>')
    for look, texts in groups.items():
        yield f"<g{_attributes(look)}>{''.join(texts)}</g>"


def _attributes(look: Look) -> str:
    decoration = " ".join(name for name, on in (("underline", look.underline), ("line-through", look.strike)) if on)
    values = {
        "fill": look.colour,
        "font-weight": "bold" if look.bold else "",
        "font-style": "italic" if look.italic else "",
        "text-decoration": decoration,
    }
    return "".join(f' {name}="{value}"' for name, value in values.items() if value)


def _is_drawn(text: str) -> bool:
    """Whether a cell's character is a shape."""
    return (
        text in shapes.MARKS
        or text in shapes.SHADES
        or any(shape(text) is not None for shape in (shapes.dots, shapes.block, shapes.curve, shapes.lines))
    )


def runs(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """Split text into runs of one look without two blanks in a row, and signs that few fonts have."""
    run: list[Cell] = []
    for cell in cells:
        if _is_drawn(cell.text):
            continue
        follows = run and (run[-1].end, run[-1].row, run[-1].look) == (cell.column, cell.row, cell.look)
        if not follows or (cell.text == " " == run[-1].text) or _is_rare(cell.text) or _is_rare(run[-1].text):
            yield from _trimmed(run)
            run = []
        run.append(cell)
    yield from _trimmed(run)


def _is_rare(text: str) -> bool:
    return len(text) > 1 or (ord(text) > 0xFF and text not in "−–—…’“”")


def _trimmed(run: list[Cell]) -> Iterator[list[Cell]]:
    """Leave out blanks at both ends, but those that are underlined."""
    is_ink = [cell.text != " " or cell.look.underline or cell.look.strike for cell in run]
    if any(is_ink):
        yield run[is_ink.index(True) : len(run) - is_ink[::-1].index(True)]
