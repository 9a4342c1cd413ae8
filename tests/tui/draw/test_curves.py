"""Several curves on one picture: none hides what another says, and letters tell them apart without colours."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_tui.draw.curves import STYLES, Curve, bucketed, draw_curves, letter, n_buckets, style_of
from linreg_tui.draw.picture import BROKEN, Picture

WIDTH, HEIGHT = 60, 16
MARKS = "✕↑↓"


def drawn(
    *values: object, log: bool = True, plain: bool = False, last: int | None = None, width: int = WIDTH
) -> Picture:
    """Draw values from epoch 0 on, one curve after another."""
    picture = Picture(width, HEIGHT, plain=plain)
    curves, longest = [], 0
    for place, each in enumerate(values):
        numbers = np.asarray(each, np.float64)
        series = bucketed(np.arange(len(numbers)), numbers, n_buckets(width))
        curves.append(Curve(series, letter(place), style_of(place)))
        longest = max(longest, len(numbers) - 1)
    draw_curves(picture, curves, longest if last is None else last, log=log)
    return picture


def where(picture: Picture, sign: str) -> list[tuple[int, int]]:
    return [(x, y) for y, line in enumerate(picture.lines) for x, character in enumerate(line) if character == sign]


def braille(picture: Picture) -> list[tuple[int, int]]:
    return [
        (x, y) for y, line in enumerate(picture.lines) for x, each in enumerate(line) if "\u2800" < each <= "\u28ff"
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf, -np.inf])),
        max_size=60,
        unique_by=lambda pair: pair[0],
    ),
    st.integers(1, 40),
)
def test_buckets_have_the_extremes_the_ends_and_the_breaks_of_their_epochs(
    points: list[tuple[int, float]], most: int
) -> None:
    points = sorted(points)
    epoch = np.array([each for each, _ in points], np.int64)
    values = np.array([value for _, value in points], np.float64)
    series = bucketed(epoch, values, most)
    assert len(series) <= most
    width = -(-(points[-1][0] + 1) // most) if points else 1
    groups: dict[int, list[tuple[int, float]]] = {}
    for each, value in points:
        groups.setdefault(each // width, []).append((each, value))
    assert len(series) == len(groups)
    for place, group in enumerate(groups.values()):
        finite = [value for _, value in group if np.isfinite(value)]
        assert (series.first[place], series.last[place]) == (group[0][0], group[-1][0])
        assert series.broken[place] == (len(finite) < len(group))
        np.testing.assert_equal(series.final[place], group[-1][1])
        np.testing.assert_equal(series.low[place], min(finite, default=np.nan))
        np.testing.assert_equal(series.high[place], max(finite, default=np.nan))
        if finite:
            assert series.mean[place] == pytest.approx(np.mean(np.array(finite) / 1e10) * 1e10, rel=1e-9, abs=1e285)


def test_a_spike_of_one_epoch_among_many_keeps_its_height() -> None:
    values = np.full(100_000, 1.0)
    values[77_777] = 1e6
    rows = [y for _, y in braille(drawn(values))]
    assert min(rows) == 0


def test_the_extremes_of_epochs_that_are_gone_count_too() -> None:
    epoch, values = np.arange(0, 6400, 64), np.ones(100)
    low, high = values.copy(), values.copy()
    low[30], high[60], high[61] = 0.25, 9.0, np.nan
    series = bucketed(epoch, values, 10, (low, high))
    assert series.low.tolist() == [1, 1, 1, 0.25, 1, 1, 1, 1, 1, 1]
    assert series.high.tolist() == [1, 1, 1, 1, 1, 1, 9, 1, 1, 1]
    assert series.mean.tolist() == [1.0] * 10


def test_every_curve_has_its_letter_where_it_ends_and_on_the_way() -> None:
    epoch = np.arange(2000)
    picture = drawn(*(np.exp(-epoch / scale) + 1e-3 * scale for scale in (50, 100, 200, 400, 800)))
    letters = Counter(character for line in picture.lines for character in line if character in "abcde")
    assert letters == dict.fromkeys("abcde", 2)
    for sign in "abcde":
        assert max(x for x, _ in where(picture, sign)) >= WIDTH - 8


def test_curves_that_are_the_same_still_have_a_letter_each() -> None:
    picture = drawn(*([np.exp(-np.arange(500) / 100)] * 8))
    for sign in "abcdefgh":
        assert where(picture, sign), sign


def test_letters_are_not_written_beside_one_another() -> None:
    picture = drawn(*([np.exp(-np.arange(500) / 100)] * 6))
    for line in picture.lines:
        for one, other in pairwise(line):
            assert not (one in "abcdef" and other in "abcdef")


@pytest.mark.parametrize("log", [True, False])
def test_what_is_no_number_is_marked_at_its_epoch_and_nowhere_else(log: bool) -> None:
    values = np.exp(-np.arange(1000) / 300)
    values[500] = np.nan
    values[800] = np.inf
    picture = drawn(values, np.full(1000, 0.5), log=log)
    columns = {x for x, y in where(picture, "✕")}
    left = min(x for x, _ in braille(picture))
    assert {y for _, y in where(picture, "✕")} == {0}
    assert {round((x - left) / (WIDTH - 1 - left), 1) for x in columns} == {0.5, 0.8}
    styles = {style for text, style in picture.pieces(0) if "✕" in text}
    assert styles == {BROKEN}


def test_on_a_log_axis_a_cost_of_exactly_zero_is_marked_below() -> None:
    values = np.exp(-np.arange(1000) / 100)
    values[900:] = 0.0
    picture = drawn(values)
    bottom = picture.lines[HEIGHT - 2]
    assert bottom.rstrip().endswith("00000")
    assert "0" not in drawn(values, log=False).lines[0]


def test_a_curve_that_diverges_does_not_flatten_the_others_and_an_arrow_says_where_it_leaves() -> None:
    epoch = np.arange(1000)
    calm, wild = np.exp(-epoch / 200), np.minimum(np.exp(epoch / 2.0), 1e300)
    picture = drawn(calm, wild)
    assert len({y for x, y in braille(picture) if x > 20}) >= 4
    ((x, y),) = where(picture, "↑")
    assert y == 0
    assert x < 15
    assert not [sign for sign in MARKS if where(drawn(calm), sign)]


def test_the_range_is_that_of_the_curves_that_are_sane() -> None:
    """One that has climbed a little above a hundred times its start is out of it, and takes no row from the others."""
    calm = np.exp(-np.arange(1000) / 200)
    wild = np.exp(np.arange(1000) / 50)
    rows = [{y for _, y in braille(drawn(calm, *others))} for others in ((), (wild,), (np.full(1000, 1.0), wild))]
    assert len(rows[1]) >= len(rows[0]) - 1
    assert len(rows[2]) >= len(rows[0]) - 1


def test_a_curve_alone_is_shown_whole_however_far_it_goes() -> None:
    picture = drawn(np.exp(np.arange(600) / 2.0))
    assert not where(picture, "↑")
    assert len({y for _, y in braille(picture)}) > HEIGHT // 2


def test_where_all_diverge_all_are_shown_whole() -> None:
    wild = np.exp(np.arange(600) / 2.0)
    picture = drawn(wild, wild * 2)
    assert not where(picture, "↑")
    assert len({y for _, y in braille(picture)}) > HEIGHT // 2


def test_a_cost_far_below_where_all_start_is_rounding_and_leaves_the_picture_downwards() -> None:
    epoch = np.arange(1000)
    picture = drawn(np.exp(-epoch / 300), np.exp(-epoch / 2.0))
    ((_, y),) = where(picture, "↓")
    assert y == HEIGHT - 2


def test_a_curve_that_ends_early_ends_early() -> None:
    picture = drawn(np.full(101, 1.0), np.full(1001, 2.0))
    left = min(x for x, _ in braille(picture))
    ends = {sign: max(x for x, _ in where(picture, sign)) for sign in "ab"}
    assert ends["a"] == pytest.approx(left + 0.1 * (WIDTH - 1 - left), abs=1)
    assert ends["b"] == WIDTH - 1


@pytest.mark.parametrize(
    "values", [[], [np.nan], [np.nan, np.inf], [0.0], [-1.0], [1.0], [5e-324], [1.7e308], [0.0, 1.7e308]]
)
@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("others", [0, 1])
def test_nothing_is_so_odd_that_it_cannot_be_drawn(values: list[float], log: bool, others: int) -> None:
    for width in (WIDTH, 5, 1):
        picture = drawn(values, *([np.ones(50)] * others), log=log, width=width, last=100)
        assert len(picture.lines) == HEIGHT


def test_without_braille_all_is_ascii() -> None:
    values = np.exp(-np.arange(1000) / 100)
    values[300], values[900:] = np.nan, 0.0
    picture = drawn(values, np.exp(np.minimum(np.arange(1000), 600.0)), plain=True)
    assert "\n".join(picture.lines).isascii()
    assert where(picture, "X")
    assert where(picture, "^")


def test_there_are_many_letters_and_fewer_colours() -> None:
    letters = [letter(place) for place in range(60)]
    assert len(set(letters[:52])) == 52
    assert letters[52:] == [""] * 8
    assert [style_of(place) for place in range(9)] == [*STYLES, STYLES[0]]
