"""Only changed cells are sent, and the terminal shows the same: judged by a terminal emulator that is not ours."""

import itertools
from random import Random

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from linreg_tui.term.cells import Cells
from linreg_tui.term.ink import PLAIN, change, ink_of
from linreg_tui.term.wire import take
from tui.emulator import Emulator

WIDTH, HEIGHT = 40, 8
CUTS = (0, 7, 20, 31, WIDTH)
STYLES = [
    None,
    Style(),
    Style(color="#ff0000", bgcolor="#101010"),
    Style(color="#00ff00", bgcolor="#101010", bold=True),
    Style(color="#00ff00", bgcolor="#202020", underline=True, italic=True),
    Style(bold=True, strike=True),
    Style(reverse=True, bgcolor="#303030"),
]
PIECES = ["w", "1.467223", "     ", "⣀⡠⠤", "−0.1", "漢字", "e\u0301", "🙂", "│", " "]


def _strip(random: Random, width: int) -> Strip:
    segments = [Segment(random.choice(PIECES), random.choice(STYLES)) for _ in range(width)]
    return Strip(segments).adjust_cell_length(width, Style(bgcolor="#101010"))


def _updates(random: Random, n: int) -> list[LayoutUpdate | ChopsUpdate]:
    """A whole screen, then parts of it, cut as Textual does at the edges of widgets."""
    lines = [[_strip(random, end - start) for start, end in itertools.pairwise(CUTS)] for _ in range(HEIGHT)]
    updates: list[LayoutUpdate | ChopsUpdate] = [LayoutUpdate(list(map(list, lines)), Region(0, 0, WIDTH, HEIGHT))]
    for _ in range(n):
        spans = []
        for y in sorted(random.sample(range(HEIGHT), random.randint(1, 3))):
            first = random.randrange(len(CUTS) - 1)
            last = random.randrange(first, len(CUTS) - 1)
            for part in range(first, last + 1):
                if random.random() < 0.7:
                    lines[y][part] = _strip(random, CUTS[part + 1] - CUTS[part])
            spans.append((y, CUTS[first], CUTS[last + 1]))
        chops = [dict(zip(CUTS[:-1], line, strict=True)) for line in lines]
        updates.append(ChopsUpdate(chops, spans, [list(CUTS[1:])] * HEIGHT))
    return updates


@pytest.mark.parametrize("seed", range(30))
def test_a_terminal_that_is_sent_changes_shows_what_one_that_is_sent_everything_shows(seed: int) -> None:
    random, cells = Random(seed), Cells(WIDTH, HEIGHT)
    thrifty, plain, console = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT), Console()
    for update in _updates(random, 30):
        plain.feed(update.render_segments(console))
        take(cells, update, ColorSystem.TRUECOLOR)
        if random.random() < 0.7:  # some frames are held back, and come with the next
            thrifty.feed(cells.changes())
            assert thrifty.seen() == plain.seen()


def test_what_has_not_changed_sends_nothing() -> None:
    cells, (update,) = Cells(WIDTH, HEIGHT), _updates(Random(1), 0)
    take(cells, update, ColorSystem.TRUECOLOR)
    assert cells.changes()
    take(cells, update, ColorSystem.TRUECOLOR)
    assert cells.changes() == ""


def test_a_terminal_that_has_been_forgotten_is_painted_whole() -> None:
    cells, (update,) = Cells(WIDTH, HEIGHT), _updates(Random(2), 0)
    take(cells, update, ColorSystem.TRUECOLOR)
    before, after = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT)
    before.feed(cells.changes())
    cells.forget()
    after.feed(cells.changes())
    assert after.seen() == before.seen()


def test_a_digit_that_changes_costs_a_move_and_the_digit() -> None:
    cells, grey = Cells(20, 2), Style(color="#808080")
    for text in ("epoch 1,234", "epoch 1,235"):
        cells.want(0, 1, [Strip([Segment(text, grey)])], ColorSystem.TRUECOLOR)
        sent = cells.changes()
    assert sent == "\x1b[38;2;128;128;128m\x1b[2;11H5\x1b[m"


def test_a_small_gap_is_written_again_and_a_large_one_jumped() -> None:
    cells = Cells(20, 1)
    for text in ("a.b.........c", "A.B.........C"):
        cells.want(0, 0, [Strip([Segment(text)])], ColorSystem.TRUECOLOR)
        sent = cells.changes()
    assert sent == "\x1b[1HA.B\x1b[9CC"


def test_what_has_one_colour_is_written_in_one_go_wherever_it_stands() -> None:
    cells = Cells(20, 2)
    for y in (0, 1):
        line = [
            Segment("w", Style(color="red")),
            Segment("  ", Style(color="blue")),
            Segment("b", Style(color="green")),
        ]
        cells.want(0, y, [Strip(line)], ColorSystem.TRUECOLOR)
    assert cells.changes() == "\x1b[31m\x1b[1Hw  \x1b[2Hw  \x1b[32m\x1b[1;4Hb\x1b[2;4Hb\x1b[m"


def test_after_a_character_that_terminals_draw_differently_the_next_one_is_placed_anew() -> None:
    cells = Cells(20, 1)
    cells.want(0, 0, [Strip([Segment("漢b")])], ColorSystem.TRUECOLOR)
    assert cells.changes() == "\x1b[1H漢\x1b[1;3Hb"


def test_such_a_character_is_not_written_again_to_bridge_a_gap() -> None:
    cells = Cells(20, 1)
    for text in ("ae\u0301b", "Ae\u0301B"):
        cells.want(0, 0, [Strip([Segment(text)])], ColorSystem.TRUECOLOR)
        sent = cells.changes()
    assert sent == "\x1b[1HA\x1b[CB"


def test_text_beyond_the_edge_is_cut_off() -> None:
    cells = Cells(4, 1)
    cells.want(2, 0, [Strip([Segment("abcdef")])], ColorSystem.TRUECOLOR)
    cells.want(9, 0, [Strip([Segment("x")])], ColorSystem.TRUECOLOR)
    cells.want(0, 7, [Strip([Segment("x")])], ColorSystem.TRUECOLOR)
    assert cells.changes() == "\x1b[1;3Hab"


@pytest.mark.parametrize(
    ("style", "sequence"),
    [
        (Style(), ""),
        (Style(bold=True), "\x1b[1m"),
        (Style(color="red"), "\x1b[31m"),
        (Style(color="red", bgcolor="blue", italic=True), "\x1b[3;31;44m"),
    ],
)
def test_ink_is_changed_by_what_differs(style: Style, sequence: str) -> None:
    ink = ink_of(style, ColorSystem.TRUECOLOR)
    assert change(PLAIN, ink) == (sequence, ink)
    assert change(ink, ink) == ("", ink)


def test_bold_is_kept_where_only_dim_is_turned_off() -> None:
    bold = ink_of(Style(bold=True, color="#123456", bgcolor="#123456"), ColorSystem.TRUECOLOR)
    dim = ink_of(Style(bold=True, dim=True, color="#123456", bgcolor="#123456"), ColorSystem.TRUECOLOR)
    assert change(dim, bold)[0] == "\x1b[22;1m"


def test_a_blank_cell_does_not_change_the_colour_of_the_pen() -> None:
    red = ink_of(Style(color="red"), ColorSystem.TRUECOLOR)
    blank = ink_of(Style(color="green", bold=True), ColorSystem.TRUECOLOR, blank=True)
    assert change(red, blank) == ("", red)
    underlined = ink_of(Style(color="red", underline=True), ColorSystem.TRUECOLOR)
    assert change(underlined, blank)[0] == "\x1b[24m"


def test_in_ascii_frames_and_signs_are_ascii_of_the_same_width_and_names_stay() -> None:
    frames = "╭─┐│╰┘┏━┓┃║╴▔▁▊▎▌▐█▅▀←→↑↓▲▼▶‹›•✓⏎🔎−×·…÷"
    cells, emulator = Cells(80, 2), Emulator(80, 2)
    cells.ascii_only = True
    cells.want(0, 0, [Strip([Segment(frames)]), Strip([Segment("end")])], ColorSystem.TRUECOLOR)
    cells.want(0, 1, [Strip([Segment("日本 prix_été w")])], ColorSystem.TRUECOLOR)
    emulator.feed(cells.changes())
    drawn, named = emulator.text.splitlines()
    assert drawn.isascii()
    assert drawn.index("end") == cell_len(frames)
    assert drawn.startswith("+-+|++")
    assert named.rstrip() == "日本 prix_été w"
