"""The chart of what the model says beside what the data say.

For one feature, the rows with the fitted line and that of least squares; for several, each prediction over the value
that it should be. The range is that of the data, and grows by no more than twice that to show a model that is
elsewhere: where it is not on the chart at all, words say so.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from linreg.arrays import Matrix, Vector
from linreg.export.drawing import ACCENT, DASHES, INK, QUIET, lettered
from linreg.statistics.intervals import spread_of
from linreg.store.recorded_run import RecordedRun
from linreg.training.facts import Facts

MOST_POINTS = 1000
BAND = 0.95
"""How sure it is that the line of all rows like these is in the band around that of least squares, at each place."""
_FEW_RESIDUALS, _FEW_POINTS = 12, 80
"""Rows up to which residuals are drawn, and up to which points are large."""
_FURTHEST = 2.0
_ACROSS, _UPWARDS = 320, 200
"""The room for the name of an axis, in points."""


def draw_fit(axes: Axes, kept: RecordedRun, facts: Facts) -> None:
    """Draw the model after the newest epoch that is kept."""
    weights, biases = kept.in_original_units()
    w, b = weights[-1], 0.0 if biases is None else float(biases[-1])
    chosen = np.unique(np.linspace(0, len(facts.sample_y) - 1, MOST_POINTS).round().astype(int))
    X, y = facts.sample_X[chosen], facts.sample_y[chosen]
    if len(facts.features) == 1:
        _draw_line(axes, facts, X, y, w, b)
    else:
        _draw_predictions(axes, facts, y, _predicted(X, w, b))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2, ncols=4, columnspacing=1.4)


def _draw_line(axes: Axes, facts: Facts, X: Matrix, y: Vector, w: Vector, b: float) -> None:
    """Draw the rows, the fitted line through them, and that of least squares dashed."""
    x, ends = X[:, 0], np.array(_padded(X[:, 0]))
    fitted = _predicted(ends[:, None], w, b)
    low, high = _range_of(y, fitted)
    if len(y) <= _FEW_RESIDUALS:
        predicted = _predicted(X, w, b)
        inside = (predicted >= low) & (predicted <= high)
        axes.vlines(x[inside], y[inside], predicted[inside], color=QUIET, linewidth=0.8)
    _draw_points(axes, x, y, INK, _counted(facts, len(y)))
    if _crosses(fitted, low, high):
        axes.plot(ends, fitted, color=ACCENT, linewidth=1.8, label="fitted", gid="fitted")
    else:
        _say(axes, "the fitted line is outside")
    if facts.least_squares is not None:
        best = _predicted(ends[:, None], facts.least_squares.w, facts.least_squares.b)
        style: dict[str, Any] = {"color": INK, "linewidth": 1, "linestyle": DASHES, "zorder": 3}
        axes.plot(ends, best, label="least squares", gid="least_squares", **style)
        _draw_band(axes, facts, ends)
    axes.set(xlim=ends, ylim=(low, high))
    axes.set(xlabel=lettered(facts.features[0], _ACROSS), ylabel=lettered(facts.target, _UPWARDS))


def _draw_band(axes: Axes, facts: Facts, ends: Vector) -> None:
    """Draw where the line of all rows like these is, with the certainty of the band."""
    answer = facts.least_squares
    spread = spread_of(facts.recipe, facts.quadratic, answer, facts.scaling, facts.n_samples)
    if spread is None or answer is None:
        return
    x = np.linspace(ends[0], ends[1], 101)
    half = spread.half_widths(x[:, None], BAND, "mean")
    best = _predicted(x[:, None], answer.w, answer.b)
    style: dict[str, Any] = {"color": ACCENT, "alpha": 0.12, "linewidth": 0, "zorder": 1}
    axes.fill_between(x, best - half, best + half, label=f"{100 * BAND:g} % band", gid="band", **style)


def _draw_predictions(axes: Axes, facts: Facts, y: Vector, predicted: Vector) -> None:
    """Draw each row's prediction over its target; on the dashed diagonal they are equal."""
    across = _padded(y)
    low, high = _range_of(y, predicted)
    inside = (predicted >= low) & (predicted <= high)
    _draw_points(axes, y[inside], predicted[inside], ACCENT, _counted(facts, len(y)))
    axes.plot(across, across, color=QUIET, linewidth=1, linestyle=DASHES, label="predicted = actual")
    if not inside.all():
        _say(axes, f"{int((~inside).sum()):,} of {len(y):,} rows are outside")
    axes.set(xlim=across, ylim=(low, high))
    labels = f"actual {facts.target}", f"predicted {facts.target}"
    axes.set(xlabel=lettered(labels[0], _ACROSS), ylabel=lettered(labels[1], _UPWARDS))


def _predicted(X: Matrix, w: Vector, b: float) -> Vector:
    """Compute X·w + b, ``(n,)``, not finite where the model has diverged."""
    with np.errstate(over="ignore", invalid="ignore"):
        predicted: Vector = X @ w + b
    return predicted


def _draw_points(axes: Axes, x: Vector, y: Vector, colour: str, label: str) -> None:
    size, alpha = (5.5, 0.9) if len(x) <= _FEW_POINTS else (3.0, 0.45)
    axes.plot(x, y, "o", color=colour, markersize=size, markeredgewidth=0, alpha=alpha, label=label, gid="rows")


def _counted(facts: Facts, n_drawn: int) -> str:
    """Say how many rows are drawn, and of how many."""
    if n_drawn < facts.n_samples:
        return f"{n_drawn:,} of {facts.n_samples:,} rows"
    return "1 row" if n_drawn == 1 else f"{n_drawn:,} rows"


def _padded(values: Vector) -> tuple[float, float]:
    """Return a range around values, wider than a point."""
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 0.5 * abs(low) or 0.5
    return low - margin, high + margin


def _range_of(y: Vector, model: Vector) -> tuple[float, float]:
    """Choose the range upwards: that of the data, grown to show what of the model is near."""
    low, high = _padded(y)
    furthest = _FURTHEST * (high - low)
    near = model[(model >= low - furthest) & (model <= high + furthest)]
    return float(near.min(initial=low)), float(near.max(initial=high))


def _crosses(ends: Vector, low: float, high: float) -> bool:
    """Whether a line between two heights, ``(2,)``, is to be seen between two others."""
    return bool(np.isfinite(ends).all() and ends.min() <= high and ends.max() >= low)


def _say(axes: Axes, words: str) -> None:
    axes.text(0.02, 0.98, words, transform=axes.transAxes, va="top", size=8, color=INK)
