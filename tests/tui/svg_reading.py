"""Pictures read back, by other rules than those that wrote them."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from rich.cells import cell_len

from pictures.shapes import HEIGHT, WIDTH
from pictures.svg import BASELINE

ELEMENT = "{http://www.w3.org/2000/svg}"


def letters(picture: ElementTree.Element) -> Iterator[tuple[str, int, int]]:
    """Each character but blanks with its column and row, as a browser would place it."""
    for element in picture.iter(f"{ELEMENT}text"):
        text, row = element.text or "", (int(element.attrib["y"]) - BASELINE) // HEIGHT
        if element.get("text-anchor") == "middle":
            yield text, int(float(element.attrib["x"]) / WIDTH - cell_len(text) / 2), row
            continue
        start, advance = int(element.attrib["x"]) // WIDTH, int(element.attrib["textLength"]) / len(text)
        assert advance == WIDTH
        yield from ((each, start + index, row) for index, each in enumerate(text) if each != " ")


def rectangles(picture: ElementTree.Element, colour: str) -> list[tuple[float, ...]]:
    paths = [path.attrib["d"] for path in picture.iter(f"{ELEMENT}path") if path.get("fill") == colour]
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z", "".join(paths))
    assert all(there == back for _, _, there, _, back in found)
    return [tuple(map(float, rectangle[:4])) for rectangle in found]
