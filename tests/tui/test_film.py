"""The film, read back frame by frame, by other rules than those that wrote it."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style

from pictures.cells import Look, cells_of
from pictures.film import LEARNING, Film, Moment
from pictures.moving import Frame, moving_svg
from pictures.states import RUNNING, Picture
from pictures.svg import svg
from pictures.taking import take_film
from tui.svg_reading import ELEMENT, letters, rectangles

BLACK, WHITE, BLUE = "#000000", "#ffffff", "#336699"
FILE = Path(__file__).parents[2] / ".github" / f"{LEARNING.picture.name}.svg"
SCREENS = [
    [[Segment("epoch 9  ●⣿─ w")], [Segment("a <tag>", Style(bgcolor=BLUE)), Segment("  ")]],
    [[Segment("epoch 10 ●⣿─ w")], [Segment("       ", Style(bgcolor=BLUE)), Segment("  ")]],
    [[Segment("epoch 9  ●⣇─ w")], [Segment("a <tag>", Style(bgcolor=BLUE)), Segment("  ")]],
]
SECONDS = (0.5, 1.0, 0.25)


def moving(still: int = 0) -> str:
    plain = Look(WHITE, BLACK)
    frames = [Frame(tuple(cells_of(*each)), s) for each, s in zip(((x, plain) for x in SCREENS), SECONDS, strict=True)]
    return moving_svg(frames, still, "a film", BLACK)


def seconds_of(film: str) -> float:
    """How long it is, which goes round for ever."""
    [seconds] = re.findall(r"animation:([\d.]+)s step-end infinite", film)
    return float(seconds)


def seen(film: str, at: float | None) -> ElementTree.Element:
    """What a browser shows after so many seconds; None: where nothing moves."""
    picture, share = ElementTree.fromstring(film), 0.0 if at is None else 100 * at / seconds_of(film)
    turns = {
        name: re.findall(r"([\d.]+)%\{visibility:(\w+)\}", steps)
        for name, steps in re.findall(r"@keyframes ([\w-]+)\{(.*?\})\}", film)
    }
    for parent in [*picture.iter()]:
        for group in parent.findall(f"{ELEMENT}g[@style]"):
            steps = turns[group.attrib["style"].removeprefix("animation-name:")]
            value = [value for start, value in steps if float(start) <= share][-1]
            if at is None:
                value = "visible" if "s" in group.attrib["class"].split() else "hidden"
            if value == "hidden":
                parent.remove(group)
    return picture


def marks(picture: ElementTree.Element) -> Counter[str]:
    """Every stroke and dot, wherever it is written."""
    paths = [(path.get("stroke"), path.attrib["d"]) for path in picture.iter(f"{ELEMENT}path") if path.get("stroke")]
    return Counter(f"{colour} {each}" for colour, path in paths for each in re.findall(r"M[^M]+", path))


def area(picture: ElementTree.Element, colour: str) -> Counter[tuple[float, float]]:
    """Which squares of a colour are filled."""
    return Counter(
        (x + across, y + down)
        for x, y, width, height in rectangles(picture, colour)
        for across in range(int(width))
        for down in range(int(height))
    )


@pytest.mark.parametrize(("at", "index"), [(0.0, 0), (0.4, 0), (0.5, 1), (1.4, 1), (1.6, 2), (None, 2)])
def test_each_frame_is_what_a_picture_of_it_alone_would_be(at: float | None, index: int) -> None:
    shown = seen(moving(still=2), at)
    alone = ElementTree.fromstring(svg(SCREENS[index], "alone", WHITE, BLACK))
    assert Counter(letters(shown)) == Counter(letters(alone))
    assert marks(shown) == marks(alone)
    assert all(area(shown, colour) == area(alone, colour) for colour in (BLUE, WHITE))
    assert shown.attrib == alone.attrib


def test_what_stays_is_written_once() -> None:
    assert moving().count(">w</text>") == 1


def test_the_film_is_taken_of_what_its_keys_lead_to() -> None:
    film = FILE.read_text(encoding="utf-8")
    assert seconds_of(film) == pytest.approx(sum(moment.seconds for moment in LEARNING.moments))
    words, at = [], 0.0
    for moment in LEARNING.moments:
        texts = " ".join(text.text or "" for text in seen(film, at + moment.seconds / 2).iter(f"{ELEMENT}text"))
        words += re.findall("PAUSED|RUNNING|DIVERGED", texts)
        at += moment.seconds
    assert len(words) == len(LEARNING.moments)
    changes = [words[0], *(then for now, then in pairwise(words) if then != now)]
    assert changes == ["PAUSED", "RUNNING", "PAUSED", "RUNNING", "DIVERGED", "PAUSED", "RUNNING", "PAUSED"]


def test_the_film_is_small_and_short_and_moves_by_itself() -> None:
    film = FILE.read_text(encoding="utf-8")
    assert FILE.stat().st_size < 400_000
    assert 9 <= seconds_of(film) <= 12
    assert "prefers-reduced-motion" in film
    tags = {element.tag.removeprefix(ELEMENT) for element in ElementTree.fromstring(film).iter()}
    assert tags == {"svg", "title", "style", "g", "rect", "path", "text"}
    assert not re.search(r"href|url\(|@import|\bon\w+=", film)


async def test_a_film_is_taken_moment_by_moment() -> None:
    moments = (Moment((), 1.0), Moment(("to 7",), 1.0, RUNNING), Moment(("left",), 1.0))
    film = await take_film(Film(Picture("short", "three moments", size=(60, 20)), moments))
    for at, words in enumerate(["Space runs it", "RUNNING", "PAUSED"]):
        texts = " ".join(text.text or "" for text in seen(film, at + 0.5).iter(f"{ELEMENT}text"))
        assert words in texts
        assert f"{['–', '7', '6'][at]} of 3,000" in texts
