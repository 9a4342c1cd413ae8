"""Contours, against surfaces whose contours are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_tui.draw.contours import contour, levels

GRID = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-2, 2, 81))


def ends(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """All end points, back in the surface's own units."""
    return pieces.reshape(-1, 2) * (4 / 80) - 2


@pytest.mark.parametrize("radius", [0.3, 1.0, 1.7])
def test_the_contour_of_a_bowl_is_a_circle(radius: float) -> None:
    x, y = GRID
    points = ends(contour(x**2 + y**2, radius**2))

    assert np.abs(np.hypot(points[:, 0], points[:, 1]) - radius).max() < 0.003


def test_the_contour_of_a_bowl_is_as_long_as_the_circle_and_has_no_loose_end() -> None:
    x, y = GRID
    pieces = contour(x**2 + y**2, 1.03)

    lengths = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]) * (4 / 80)
    assert lengths.sum() == pytest.approx(2 * np.pi * np.sqrt(1.03), rel=0.002)
    _, counts = np.unique(np.round(pieces.reshape(-1, 2), 9), axis=0, return_counts=True)
    assert set(counts) == {2}


@pytest.mark.parametrize(("slope_x", "slope_y"), [(1, 0), (0, 1), (1, 2), (-2, 1)])
def test_the_contour_of_a_plane_is_a_straight_line_where_it_belongs(slope_x: float, slope_y: float) -> None:
    x, y = GRID
    points = ends(contour(slope_x * x + slope_y * y, 0.33))

    assert len(points) > 20
    assert np.allclose(slope_x * points[:, 0] + slope_y * points[:, 1], 0.33)


def test_at_a_saddle_the_middle_of_the_cell_decides() -> None:
    saddle = np.array([[1.0, 0.0], [0.0, 1.0]])

    high_is_joined, low_is_joined = contour(saddle, 0.4), contour(saddle, 0.6)

    assert len(high_is_joined) == len(low_is_joined) == 2
    for pieces, corners in ((high_is_joined, {(1, 0), (0, 1)}), (low_is_joined, {(0, 0), (1, 1)})):
        middles = (pieces[:, :2] + pieces[:, 2:]) / 2
        assert {(round(x), round(y)) for x, y in middles.tolist()} == corners


def test_what_is_not_finite_has_no_contour() -> None:
    surface = np.array([[0.0, 1.0, np.nan], [0.0, 1.0, np.inf]])

    assert np.isfinite(contour(surface, 0.5)).all()
    assert contour(surface, 0.5)[:, [0, 2]].max() < 1
    assert not len(contour(np.full((3, 3), np.nan), 0.5))


def test_a_flat_surface_has_no_levels() -> None:
    assert not len(levels(np.ones((4, 4))))
    assert not len(levels(np.full((4, 4), np.inf)))


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e300])
def test_levels_of_a_bowl_are_circles_evenly_doubled(scale: float) -> None:
    x, y = GRID
    radii = np.sqrt(levels(scale * (x**2 + y**2)) / scale)

    assert len(radii) >= 4
    assert np.allclose(radii[1:] / radii[:-1], 2)
    assert radii[-1] <= 2.01
