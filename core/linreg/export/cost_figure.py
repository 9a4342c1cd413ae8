"""The chart of the cost over the epochs, on a log axis that nothing is hidden from.

What is drawn is the logarithm, upwards on a plain axis with marks of our own: matplotlib's log axis overflows on costs
of 1e300, which a diverged run has, and leaves out a cost of exactly 0, which a perfect fit has. Such a cost lies on the
lower edge here, and one that is not a finite number on the upper one, and words say how many there are.
"""

from dataclasses import dataclass
from math import ceil, floor, inf, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from linreg.arrays import Vector
from linreg.export.drawing import DASHES, INK, OTHER, QUIET, power_of_ten, stroke
from linreg.store.recorded_run import RecordedRun

_LEAST_SPAN = 0.02
"""Decades: a cost that never changes is a level line, not noise enlarged."""
_NEAR = 3.0
"""How many decades below the least cost the least-squares cost may lie to be drawn."""
_PADDING, _LINE = 0.05, 0.055
"""Parts of the height that stay free above and below, and that a line of text takes."""
_MOST_TICKS, _STEPS = 7, (1, 2, 5, 10, 20, 50, 100, 200)
_ROUND = [1, 2, 5, 10]
_UNITS = ((1e7, 1, ""), (1e10, 1e6, ", in millions"), (inf, 1e9, ", in billions"))
"""Up to which epoch they are written how."""
_LABEL_ROOM = 0.18
"""The part of the width that the name of a learning rate takes."""


@dataclass(frozen=True, slots=True)
class _Floor:
    """The least-squares cost: in words, and as a logarithm where it is on the chart."""

    words: str
    exponent: float | None


def draw_cost(axes: Axes, kept: RecordedRun) -> None:
    """Draw the cost that each epoch started from, the least cost there is, and where the learning rate changed."""
    epoch, cost = kept.epochs.epoch.astype(np.float64), kept.epochs.cost
    exponents, held_out = _exponents(cost), kept.epochs.held_out_cost
    others = np.empty(0) if held_out is None else _exponents(held_out)
    least = _floor_of(kept, exponents)
    notes = _notes(cost, least)
    _set_costs(axes, np.append(exponents, others), least, len(notes))
    _set_epochs(axes, epoch)
    if len(others):
        _draw_held_out(axes, epoch, others)
    stroke(axes, epoch, exponents, "cost", linewidth=1.6)
    edges = ((0.0, "cost_zero", np.isfinite(cost) & (cost <= 0)), (1.0, "cost_not_finite", ~np.isfinite(cost)))
    for height, name, chosen in edges:
        if chosen.any():
            edge = np.where(chosen, height, np.nan)
            stroke(axes, epoch, edge, name, linewidth=4, transform=axes.get_xaxis_transform(), clip_on=False)
    _draw_floor(axes, least)
    axes.text(0.99, 0.015, "\n".join(notes), transform=axes.transAxes, ha="right", va="bottom", size=8, color=QUIET)
    _draw_changes(axes, kept)


def _exponents(cost: Vector) -> Vector:
    """Return the logarithms of costs; NaN of those that have none."""
    positive = np.isfinite(cost) & (cost > 0)
    exponents = np.full(len(cost), np.nan)
    exponents[positive] = np.log10(cost[positive])
    return exponents


def _draw_held_out(axes: Axes, epoch: Vector, exponents: Vector) -> None:
    """Draw the cost of the rows that are held out, with its name, and a star at the least that is kept."""
    stroke(axes, epoch, exponents, "held_out_cost", color=OTHER, linewidth=1.4)
    if np.isnan(exponents).all():
        return
    least = int(np.nanargmin(exponents))
    axes.plot(epoch[least], exponents[least], "*", color=OTHER, markersize=9, markeredgewidth=0, gid="held_out_least")
    words, end = f"held out, least after epoch {int(epoch[least]):,}", int(np.flatnonzero(~np.isnan(exponents))[-1])
    axes.annotate(
        words,
        (epoch[end], exponents[end]),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=8,
        color=OTHER,
    )


def _floor_of(kept: RecordedRun, exponents: Vector) -> _Floor | None:
    """Return the least-squares cost where it is known."""
    quadratic = None if kept.facts is None else kept.facts.quadratic
    if quadratic is None:
        return None
    words = f"least squares {quadratic.floor:.4g}"
    known = exponents[~np.isnan(exponents)]
    exponent = log10(quadratic.floor) if quadratic.floor > 0 else -inf
    is_near = exponent >= known.min() - _NEAR if len(known) else exponent > -inf
    return _Floor(words, exponent if is_near else None)


def _notes(cost: Vector, least: _Floor | None) -> list[str]:
    """Return what the chart cannot show, in words."""
    n_zero, n_broken = int((cost <= 0).sum()), int((~np.isfinite(cost)).sum())
    notes = [f"cost not a finite number at {n_broken:,} of {len(cost):,} epochs, on the upper edge"] * (n_broken > 0)
    notes += [f"cost exactly 0 at {n_zero:,} of {len(cost):,} epochs, on the lower edge"] * (n_zero > 0)
    return notes + ([] if least is None or least.exponent is not None else [f"{least.words}, below this axis"])


def _set_costs(axes: Axes, exponents: Vector, least: _Floor | None, n_notes: int) -> None:
    """Set the range upwards and its marks; below the curve there is room for the words that stand there."""
    known = exponents[~np.isnan(exponents)]
    reach = np.append(known, [least.exponent] if least is not None and least.exponent is not None else [])
    low, high = (float(reach.min()), float(reach.max())) if len(reach) else (-1.0, 0.0)
    missing = max(0.0, _LEAST_SPAN - (high - low)) / 2
    low, high = low - missing, high + missing
    n_lines = n_notes + (least is not None and least.exponent is not None)
    height = (high - low) / (1 - 2 * _PADDING - n_lines * _LINE)
    low, high = high + _PADDING * height - height, high + _PADDING * height
    places, labels = ticks(low, high)
    axes.set_ylim(low, high)
    axes.set_yticks(places, labels)
    axes.yaxis.set_minor_locator(FixedLocator(_between(low, high)))
    axes.set_ylabel("cost")


def _set_epochs(axes: Axes, epoch: Vector) -> None:
    """Set the range across and its marks."""
    margin = 0.02 * float(epoch[-1] - epoch[0]) or 0.5
    axes.set_xlim(epoch[0] - margin, epoch[-1] + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=_ROUND, integer=True, min_n_ticks=1))
    unit, words = next((unit, words) for most, unit, words in _UNITS if epoch[-1] < most)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number / unit:,.10g}"))
    axes.set_xlabel(f"epoch{words}")


def ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return where to mark a range of logarithms, and what to write there.

    Whole powers of ten where there are three or more, else 1, 2 and 5 times these, else round numbers.
    """
    whole = range(ceil(low), floor(high) + 1)
    if len(whole) >= 3:
        every = next(step for step in _STEPS if len(whole) <= step * _MOST_TICKS)
        chosen = [exponent for exponent in whole if exponent % every == 0]
        is_plain = chosen[0] >= -3 and chosen[-1] <= 4
        labels = [f"{10.0**exponent:,g}" if is_plain else power_of_ten(exponent) for exponent in chosen]
        return [float(exponent) for exponent in chosen], labels
    base = floor(low)
    ends = 10 ** (low - base), 10 ** (high - base)
    numbers = [factor * 10.0**power for power in range(4) for factor in (1, 2, 5)]
    if sum(ends[0] <= number <= ends[1] for number in numbers) < 3:
        numbers = list(MaxNLocator(6, steps=_ROUND).tick_values(*ends))
    numbers = [number for number in numbers if ends[0] <= number <= ends[1]]
    return [base + log10(number) for number in numbers], [_written(number, base) for number in numbers]


def _written(number: float, exponent: int) -> str:
    """Write number × 10ⁿ."""
    if -4 <= exponent <= 5:
        return f"{float(f'{number:.6g}e{exponent}'):,.6g}"
    return f"{number:.6g}×{power_of_ten(exponent)}"


def _between(low: float, high: float) -> list[float]:
    """Return the marks without words that show that the axis is a log one; none where they would be a grey bar."""
    if high - low > _MOST_TICKS + 1:
        return []
    between = [power + log10(factor) for power in range(floor(low), ceil(high)) for factor in range(1, 10)]
    return [place for place in between if low <= place <= high]


def _draw_floor(axes: Axes, least: _Floor | None) -> None:
    """Draw the least-squares cost, and below it, where no cost is, say what it is."""
    if least is None or least.exponent is None:
        return
    axes.axhline(least.exponent, color=QUIET, linewidth=1, linestyle=DASHES, gid="least_cost")
    axes.annotate(
        least.words,
        (0.99, least.exponent),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, -3),
        textcoords="offset points",
        ha="right",
        va="top",
        size=8,
        color=QUIET,
    )


def _draw_changes(axes: Axes, kept: RecordedRun) -> None:
    """Mark where the learning rate was changed; where marks stand close, the latest rate is the one named."""
    changed = {change.epoch: change.learning_rate for change in kept.run.interventions if change.epoch <= kept.newest}
    low, high = axes.get_xlim()
    free = high
    for epoch, learning_rate in sorted(changed.items(), reverse=True):
        axes.axvline(epoch, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), gid=f"change_{epoch}")
        place = max(low, min(epoch, high - _LABEL_ROOM * (high - low)))
        if place + _LABEL_ROOM * (high - low) <= free:
            words = f"η {learning_rate:.3g}"
            axes.text(place, 1.01, words, transform=axes.get_xaxis_transform(), size=8, color=INK, va="bottom")
            free = place
