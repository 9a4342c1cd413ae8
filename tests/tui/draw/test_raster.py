"""Dots and lines, against a line sampled so densely that no dot can be missed."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg_tui.draw.raster import (
    Dots,
    blobs,
    characters,
    dashed,
    extents,
    in_cells_of,
    no_dots,
    polyline,
    scatter,
    segments,
)

WIDTH, HEIGHT = 9, 5
COORDINATE = st.floats(-40, 40).map(lambda number: round(number, 2))


def lit(dots: Dots) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for y, x in np.argwhere(dots)}


@pytest.mark.parametrize(
    ("x", "y", "character"),
    [(0, 0, "⠁"), (0, 1, "⠂"), (0, 2, "⠄"), (0, 3, "⡀"), (1, 0, "⠈"), (1, 1, "⠐"), (1, 2, "⠠"), (1, 3, "⢀")],
)
def test_each_dot_of_a_cell_is_its_own_braille_dot(x: int, y: int, character: str) -> None:
    assert characters(scatter([x], [y], 1, 1)).tolist() == [[character]]


def test_a_full_cell_has_all_eight_dots_and_an_empty_one_is_a_blank() -> None:
    dots = no_dots(2, 1)
    dots[:, :2] = True

    assert characters(dots).tolist() == [["⣿", " "]]


@given(COORDINATE, COORDINATE, COORDINATE, COORDINATE)
@example(0.62, 0.0, -1.0, 0.0)
@example(0.0, 0.62, 0.0, -1.0)
@example(17.0, 3.0, 18.0, 3.0)
def test_a_line_lights_the_dots_that_it_passes_and_no_others(x0: float, y0: float, x1: float, y1: float) -> None:
    share = np.linspace(0, 1, 4001)
    x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
    inside = (x >= 0) & (x <= 2 * WIDTH - 1) & (y >= 0) & (y <= 4 * HEIGHT - 1)

    drawn = np.array(sorted(lit(segments([x0], [y0], [x1], [y1], WIDTH, HEIGHT)))).reshape(-1, 2)

    for dot in drawn:
        assert np.hypot(x - dot[0], y - dot[1]).min() < 0.75  # half a dot away, or the corner of a rounded end
    for point in np.column_stack([x, y])[inside][::40]:
        assert np.abs(drawn - point).max(axis=1).min() < 1.01


@given(COORDINATE, COORDINATE, COORDINATE, COORDINATE)
def test_a_line_is_the_same_in_either_direction_but_for_ties(x0: float, y0: float, x1: float, y1: float) -> None:
    there, back = segments([x0], [y0], [x1], [y1], WIDTH, HEIGHT), segments([x1], [y1], [x0], [y0], WIDTH, HEIGHT)

    assert abs(int(there.sum()) - int(back.sum())) <= 1


@pytest.mark.parametrize(("dx", "dy"), [(8, 0), (8, 3), (8, 8), (3, 8), (0, 8), (-3, 8), (-8, 8), (-8, 3)])
@pytest.mark.parametrize("sign", [1, -1])
def test_in_every_octant_a_line_has_one_dot_for_each_step_of_its_longer_side(dx: int, dy: int, sign: int) -> None:
    dots = lit(segments([9], [9], [9 + sign * dx], [9 + sign * dy], 10, 5))

    longer = 0 if abs(dx) >= abs(dy) else 1
    assert len(dots) == 9
    assert len({dot[longer] for dot in dots}) == 9
    assert {(9, 9), (9 + sign * dx, 9 + sign * dy)} <= dots


def test_what_is_not_a_number_is_a_gap() -> None:
    dots = lit(polyline([0, 1, 2, 3, 4], [0, 0, np.nan, 0, 0], 3, 1))

    assert dots == {(0, 0), (1, 0), (3, 0), (4, 0)}


@pytest.mark.parametrize("far", [1e6, 1e300, np.inf])
def test_a_line_to_far_outside_is_cut_at_the_edge(far: float) -> None:
    assert lit(polyline([2, 2], [3, far], 3, 2)) == {(2, y) for y in range(3, 8)}
    assert lit(polyline([-far, far], [1, 1], 3, 2)) == {(x, 1) for x in range(6)}
    assert lit(polyline([far, far], [1, 2], 3, 2)) == set()


def test_the_smallest_plane_takes_any_line() -> None:
    assert lit(polyline([-50, 50], [-50, 50], 1, 1)) == {(0, 0), (1, 1)}
    assert not polyline([0, 1], [0, 1], 0, 0).size
    assert not polyline([], [], 1, 1).any()
    assert not polyline([0], [0], 1, 1).any()


def test_a_spike_in_one_bucket_keeps_its_height() -> None:
    top, bottom = np.full(10, 15.0), np.full(10, 16.0)
    top[4] = 0

    assert {(4, y) for y in range(17)} <= lit(extents(np.arange(10), top, bottom, 5, 5))


def test_strokes_that_overlap_are_joined_without_growing() -> None:
    dots = lit(extents([0, 4], [2, 4], [6, 9], 3, 3))

    assert {y for x, y in dots if x == 0} == set(range(2, 7))
    assert {y for x, y in dots if x == 4} == set(range(4, 10))
    assert {dot for dot in dots if 0 < dot[0] < 4} == {(1, 5), (2, 5), (3, 5)}


def test_strokes_apart_are_joined_between_their_nearest_ends() -> None:
    dots = lit(extents([0, 1], [0, 6], [2, 8], 1, 3))

    assert {dot for dot in dots if dot[1] in (3, 4, 5)} != set()
    assert all(y <= 8 for _, y in dots)


def test_a_falling_curve_is_in_one_piece() -> None:
    x = np.arange(0, 40.0, 0.5)
    y = 30 - 30 * np.exp(-x / 5)
    dots = lit(extents(x, y, y, 20, 8))

    for x_dot in range(39):
        ours, next_ones = ({y for dot_x, y in dots if dot_x == column} for column in (x_dot, x_dot + 1))
        assert min(abs(one - other) for one in ours for other in next_ones) <= 1


def test_a_dashed_line_is_half_of_it_in_threes() -> None:
    assert lit(dashed(polyline([0, 11], [2, 2], 6, 1))) == {(x, 2) for x in (0, 1, 2, 6, 7, 8)}


@pytest.mark.parametrize(
    ("x", "y", "character"),
    [
        ([0, 1], [0, 0], "'"),
        ([0, 1], [1, 1], "-"),
        ([0, 1], [3, 3], "_"),
        ([0, 0], [3, 3], "."),
        ([0, 0], [0, 3], "|"),
        ([0, 1], [3, 0], "/"),
        ([0, 1], [0, 3], "\\"),
    ],
)
def test_in_ascii_a_cell_is_what_it_looks_most_like(x: list[int], y: list[int], character: str) -> None:
    assert characters(polyline(x, y, 1, 1), plain=True).tolist() == [[character]]


def test_every_cell_has_an_ascii_character_and_only_the_empty_one_is_a_blank() -> None:
    for bits in range(256):
        dots = np.array([[bits >> bit & 1 for bit in row] for row in ((0, 3), (1, 4), (2, 5), (6, 7))], bool)
        assert characters(dots)[0, 0] == (chr(0x2800 + bits) if bits else " ")
        plain = str(characters(dots, plain=True)[0, 0])
        assert plain.isascii()
        assert (plain == " ") == (bits == 0)


@given(COORDINATE, COORDINATE)
@example(2 * WIDTH - 0.6, 4 * HEIGHT - 0.6)
def test_a_blob_is_four_dots_around_its_point_and_nothing_where_that_is_outside(x: float, y: float) -> None:
    inside = -0.5 <= x < 2 * WIDTH - 0.5 and -0.5 <= y < 4 * HEIGHT - 0.5

    drawn = lit(blobs([x], [y], WIDTH, HEIGHT))

    assert len(drawn) == 4 * inside
    assert all(abs(across - x) <= 1.5 and abs(down - y) <= 1.5 for across, down in drawn)


def test_of_other_dots_those_in_the_cells_of_these_are_found() -> None:
    point, line = scatter([5], [6], WIDTH, HEIGHT), polyline([0, 17], [6, 6], WIDTH, HEIGHT)

    assert lit(in_cells_of(point, line)) == {(4, 6), (5, 6)}
