"""The pictures' SVG, read back by other rules than those that wrote it."""

import re
from collections import Counter
from pathlib import Path
from unicodedata import name
from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style

from pictures.cells import Look, cells_of
from pictures.film import LEARNING
from pictures.shapes import HEIGHT, WIDTH, Rect, lines
from pictures.states import PICTURES, RUNNING, Picture
from pictures.svg import merged, svg
from pictures.taking import take
from tui.svg_reading import ELEMENT, letters, rectangles

BLACK, WHITE = "#000000", "#ffffff"


def drawn(*screen: list[Segment]) -> ElementTree.Element:
    return ElementTree.fromstring(svg(screen, "a screen", WHITE, BLACK))


def plain(*texts: str) -> list[list[Segment]]:
    return [[Segment(text)] for text in texts]


def test_every_letter_of_a_screen_is_written_once_in_its_cell() -> None:
    screen = [
        "epoch 1,234 of 3,000   ► RUNNING",
        "w ← w − η·∂cost/∂w = −0.0371",
        "",
        "  two  blanks, é and ½ <tags> & “quotes”",
    ]
    found = Counter(letters(drawn(*plain(*screen))))
    expected = {(each, x, y) for y, line in enumerate(screen) for x, each in enumerate(line)}
    assert found == Counter(cell for cell in expected if cell[0] not in " ►")


def test_a_wide_letter_takes_two_cells_and_an_accent_none() -> None:
    cells = list(cells_of(plain("a重e\u0301b"), Look(WHITE, BLACK)))
    assert [(cell.text, cell.column) for cell in cells] == [("a", 0), ("重", 1), ("e\u0301", 3), ("b", 4)]
    found = list(letters(drawn(*plain("a重b"))))
    assert found == [("a", 0, 0), ("重", 1, 0), ("b", 3, 0)]


def test_letters_that_mean_something_in_xml_are_escaped() -> None:
    assert [text.text for text in drawn(*plain("a<b>&amp;")).iter(f"{ELEMENT}text")] == ["a<b>&amp;"]
    picture = ElementTree.fromstring(svg(plain("x"), "<&>", WHITE, BLACK))
    assert picture.findtext(f"{ELEMENT}title") == "<&>"


def test_each_dot_of_braille_is_drawn_where_unicode_has_it() -> None:
    places_of = {
        "1": (2, 2),
        "2": (2, 6),
        "3": (2, 10),
        "7": (2, 14),
        "4": (6, 2),
        "5": (6, 6),
        "6": (6, 10),
        "8": (6, 14),
    }
    for character in map(chr, range(0x2801, 0x2900)):
        [dots] = drawn(*plain(character)).findall(f".//{ELEMENT}path[@stroke-linecap='round']")
        places = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", dots.attrib["d"])]
        numbers = name(character).rpartition("-")[2]  # as in BRAILLE PATTERN DOTS-1268
        assert sorted(places) == sorted(places_of[number] for number in numbers)


def test_a_dot_further_on_is_drawn_further_on() -> None:
    [dots] = drawn(*plain("", " ⠁")).findall(f".//{ELEMENT}path[@stroke-linecap='round']")
    assert dots.attrib["d"] == "M10 18h0"


def test_a_blank_braille_character_is_nothing() -> None:
    assert not list(drawn(*plain("⠀")).iter(f"{ELEMENT}path"))


@pytest.mark.parametrize(
    ("block", "filled"),
    [
        ("█", (0, 0, 8, 16)),
        ("▄", (0, 8, 8, 8)),
        ("▁", (0, 14, 8, 2)),
        ("▆", (0, 4, 8, 12)),
        ("▀", (0, 0, 8, 8)),
        ("▎", (0, 0, 2, 16)),
        ("▊", (0, 0, 6, 16)),
        ("▐", (4, 0, 4, 16)),
        ("▔", (0, 0, 8, 2)),
        ("▕", (7, 0, 1, 16)),
        ("▗", (4, 8, 4, 8)),
    ],
)
def test_a_block_fills_its_part_of_the_cell(block: str, filled: tuple[float, ...]) -> None:
    assert rectangles(drawn(*plain(block)), WHITE) == [filled]


@pytest.mark.parametrize(
    ("character", "sides"),
    [("─", "lr"), ("│", "ud"), ("┌", "dr"), ("┤", "lud"), ("┼", "lrud"), ("╸", "l"), ("┻", "lru"), ("╺", "r")],
)
def test_a_line_reaches_the_sides_that_it_joins(character: str, sides: str) -> None:
    strokes = lines(character)
    assert strokes is not None
    reached = {
        *("l" for stroke in strokes if stroke.x == 0),
        *("r" for stroke in strokes if stroke.x + stroke.width == WIDTH),
        *("u" for stroke in strokes if stroke.y == 0),
        *("d" for stroke in strokes if stroke.y + stroke.height == HEIGHT),
    }
    assert reached == set(sides)


def test_a_heavy_line_is_thicker_than_a_light_one() -> None:
    [heavy] = rectangles(drawn(*plain("━━")), WHITE)
    [light] = rectangles(drawn(*plain("──")), WHITE)
    assert heavy[3] > 1.5 * light[3]
    assert heavy[2] == light[2] == 2 * WIDTH


def test_a_frame_is_four_strokes_and_four_corners() -> None:
    picture = drawn(*plain("╭────╮", "│    │", "│    │", "╰────╯"))
    assert len(rectangles(picture, WHITE)) == 4
    [corners] = picture.findall(f".//{ELEMENT}path[@stroke='{WHITE}']")
    assert corners.attrib["d"].count("a") == 4


def test_a_coloured_ground_is_one_rectangle() -> None:
    line = [Segment("  "), Segment("ab", Style(bgcolor="#336699")), Segment("  ", Style(bgcolor="#336699"))]
    assert rectangles(drawn(line, line), "#336699") == [(16, 0, 32, 32)]


def test_merging_covers_what_was_covered() -> None:
    rects = [Rect(x, y, 8, 16) for x, y in ((0, 0), (8, 0), (24, 0), (0, 16), (8, 16), (24, 16), (32, 16))]
    cells = Counter((rect.x, rect.y) for rect in rects)
    covered = Counter(
        (rect.x + 8 * across, rect.y + 16 * down)
        for rect in merged(rects)
        for across in range(int(rect.width) // 8)
        for down in range(int(rect.height) // 16)
    )
    assert covered == cells
    assert len(merged(rects)) < len(rects)


def test_reverse_and_dim_are_worked_out() -> None:
    line = [Segment("r", Style(color="#ff0000", reverse=True)), Segment("d", Style(dim=True))]
    reverse, dim = (cell.look for cell in cells_of([line], Look(WHITE, BLACK)))
    assert (reverse.colour, reverse.background) == (BLACK, "#ff0000")
    assert dim.colour == "#808080"


def test_an_underlined_blank_is_kept() -> None:
    [text] = drawn([Segment("a ", Style(underline=True))]).iter(f"{ELEMENT}text")
    assert text.text == "a "


def test_every_picture_has_a_file_and_every_file_a_picture() -> None:
    files = (Path(__file__).parents[2] / ".github").glob("*.svg")
    assert sorted(file.stem for file in files) == sorted(picture.name for picture in [LEARNING.picture, *PICTURES])


async def test_a_picture_shows_the_state_that_its_keys_lead_to() -> None:
    picture = ElementTree.fromstring(await take(Picture("stepped", "<two>", ("2*n", "to 41"), size=(60, 20))))
    written = " ".join(text.text or "" for text in picture.iter(f"{ELEMENT}text"))
    assert "41 of 3,000" in written
    assert "PAUSED" in written
    assert picture.findtext(f"{ELEMENT}title") == "linreg-tui: <two>"


async def test_a_picture_of_a_run_in_motion_is_the_same_each_time() -> None:
    picture = Picture("running", "moving", ("to 7",), size=(60, 20), shown=RUNNING)
    first = await take(picture)
    assert "RUNNING" in first
    assert await take(picture) == first
