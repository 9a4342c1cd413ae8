"""The diagnostics of a fit as a picture: the four charts of R's ``plot(lm)``.

Residuals over fitted values show what a line misses, their normal quantiles whether t and F can be trusted, their sizes
over fitted values whether the errors are alike, and leverages which rows decide the fit. The smooth lines are LOWESS.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.export.drawing import ACCENT, DASHES, INK, QUIET, lettered
from linreg.export.picture import titled, write_picture
from linreg.statistics.diagnostics import Diagnostics, cook_limits, farthest, quartile_line
from linreg.statistics.smoothing import lowess

_SIZE = (10.0, 8.0)
_FEW = 80
"""Rows up to which points are large."""
_ACROSS, _UPWARDS = 320, 200
"""The room for the name of an axis, in points."""
_DISTANCES = (0.5, 1.0)
_LARGE_ERROR = 2.0


def write_diagnostics(path: Path, made: Diagnostics, *, replaces: bool = True) -> None:
    """Draw the diagnostics into a ``.svg`` or ``.png`` file.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    title = f"diagnostics of {made.target}"
    write_picture(path, title, partial(diagnostics_figure, made), replaces=replaces)


def diagnostics_figure(made: Diagnostics) -> Figure:
    """Draw the four charts."""
    below = (
        f"least squares, {made.n_parameters:,} {'parameter' if made.n_parameters == 1 else 'parameters'}, residual "
        f"standard error {made.residual_standard_error:.6g} · {made.said()}"
    )
    figure, charts = titled(f"diagnostics of {made.target}", below, _SIZE, (2, 2))
    for axes, draw in zip(charts, (_draw_residuals, _draw_quantiles, _draw_scale, _draw_leverage), strict=True):
        draw(axes, made)
    return figure


def _draw_residuals(axes: Axes, made: Diagnostics) -> None:
    rows = made.rows
    axes.axhline(0, color=QUIET, linewidth=1, linestyle=DASHES)
    _draw_points(axes, rows.fitted, rows.residual, made.is_drawn)
    _draw_smooth(axes, made, rows.fitted, rows.residual)
    _name(axes, rows.fitted, rows.residual, rows.number, rows.standardized)
    fitted = lettered(f"fitted {made.target}", _ACROSS)
    axes.set(title="residuals over fitted values", xlabel=fitted, ylabel="residual")


def _draw_quantiles(axes: Axes, made: Diagnostics) -> None:
    quantiles, values, numbers = made.normal_quantiles()
    slope, intercept = quartile_line(quantiles, values)
    ends = np.array([quantiles.min(), quantiles.max()])
    axes.plot(ends, intercept + slope * ends, color=INK, linewidth=1, linestyle=DASHES, gid="quartile_line")
    _draw_points(axes, quantiles, values, np.isin(numbers, made.rows.number[made.is_drawn]))
    _name(axes, quantiles, values, numbers, values)
    axes.set(title="normal quantiles", xlabel="normal quantile", ylabel="standardised residual")


def _draw_scale(axes: Axes, made: Diagnostics) -> None:
    rows = made.rows
    sizes = np.sqrt(np.abs(rows.standardized))
    _draw_points(axes, rows.fitted, sizes, made.is_drawn)
    _draw_smooth(axes, made, rows.fitted, sizes)
    _name(axes, rows.fitted, sizes, rows.number, rows.standardized)
    fitted = lettered(f"fitted {made.target}", _ACROSS)
    axes.set(title="scale over location", xlabel=fitted, ylabel="√ |standardised residual|")
    axes.set_ylim(bottom=0)


def _draw_leverage(axes: Axes, made: Diagnostics) -> None:
    rows = made.rows
    axes.axhline(0, color=QUIET, linewidth=1, linestyle=DASHES)
    _draw_points(axes, rows.leverage, rows.standardized, made.is_drawn)
    _draw_smooth(axes, made, rows.leverage, rows.standardized)
    _name(axes, rows.leverage, rows.standardized, rows.number, rows.cooks_distance)
    known = rows.standardized[~np.isnan(rows.standardized)]
    reach = max(_LARGE_ERROR, 1.15 * float(np.abs(known).max(initial=0.0)))
    right = 1.08 * float(rows.leverage[~np.isnan(rows.standardized)].max(initial=0.0)) or 1.0
    _draw_distances(axes, made, min(right, 1.0), reach)
    axes.set(title="leverage, with Cook's distance", xlabel="leverage", ylabel="standardised residual")
    axes.set(xlim=(0, min(right, 1.0)), ylim=(-reach, reach))


def _draw_distances(axes: Axes, made: Diagnostics, right: float, reach: float) -> None:
    """Draw where Cook's distance is half and one, as far as that is on the chart."""
    leverage = np.linspace(right / 400, right, 400)
    for distance in _DISTANCES:
        limit = cook_limits(distance, made.n_parameters, leverage)
        if limit[-1] >= reach:
            continue
        style: dict[str, Any] = {"color": INK, "linewidth": 0.8, "linestyle": DASHES, "gid": "cooks_distance"}
        axes.plot(leverage, limit, **style)
        axes.plot(leverage, -limit, **style)
        axes.annotate(
            f"{distance:g}", (right, float(limit[-1])), (-2, 3), textcoords="offset points", ha="right", size=7
        )


def _draw_points(axes: Axes, x: Vector, y: Vector, is_drawn: NDArray[np.bool_]) -> None:
    """Draw rows: as dots those that were drawn at random, as rings those that were kept for standing out."""
    size, alpha = (5.0, 0.8) if len(x) <= _FEW else (3.0, 0.45)
    style: dict[str, Any] = {"color": ACCENT, "markersize": size, "alpha": alpha}
    axes.plot(x[is_drawn], y[is_drawn], "o", markeredgewidth=0, gid="rows", **style)
    if not is_drawn.all():
        axes.plot(x[~is_drawn], y[~is_drawn], "o", fillstyle="none", markeredgewidth=0.8, gid="standouts", **style)


def _draw_smooth(axes: Axes, made: Diagnostics, x: Vector, y: Vector) -> None:
    """Draw LOWESS through the rows that were drawn: those that stand out were chosen for standing out."""
    known = made.is_drawn & ~np.isnan(y)
    order = np.argsort(x[known], kind="stable")
    x, y = x[known][order], y[known][order]
    if len(x) > 3 and x[-1] > x[0]:
        axes.plot(x, lowess(x, y), color=INK, linewidth=1.4, gid="smooth")


def _name(axes: Axes, x: Vector, y: Vector, numbers: Vector, sizes: Vector) -> None:
    """Write the numbers of the three rows that stand out most beside them."""
    for place in farthest(sizes):
        if not np.isnan(y[place]):
            at = float(x[place]), float(y[place])
            axes.annotate(f"{numbers[place]:.0f}", at, (4, 2), textcoords="offset points", size=7, color=INK)
