"""A cross-validation as a picture: the folds' error over weight decay, or by candidate where that is one value only.

The bars are a standard error each way. A dashed line is one above the least: what is below it is as good, as far as the
folds can tell.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linreg.export.drawing import ACCENT, DASHES, INK, QUIET, lettered
from linreg.export.picture import titled, write_picture
from linreg.racing.entries import option_text
from linreg.racing.validation import Candidate, CrossValidation

_SIZE, _MOST, _MOST_TICKS = (8.0, 4.4), 20, 10
"""In inches, candidates that are drawn by their names, and decays that are written below the axis."""
_FARTHEST = 20
"""How many times the least error one that is drawn may have: one that is about to diverge would hide the rest."""
_MARKERS = "os^Dvp*X"
_ACROSS, _UPWARDS, _NAMES = 320, 200, 190
"""The room for the name of an axis, and for those of candidates, in points."""


def write_validation(path: Path, made: CrossValidation, *, replaces: bool = True) -> None:
    """Draw the scores into a ``.svg`` or ``.png`` file.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    write_picture(path, f"cross-validation of {made.target}", partial(validation_figure, made), replaces=replaces)


def validation_figure(made: CrossValidation) -> Figure:
    """Draw the scores."""
    scored = [each for each in made.candidates if each.rmse is not None]
    far = [each for each in scored if (each.rmse or 0.0) > _FARTHEST * (scored[0].rmse or 0.0)]
    scored = [each for each in scored if each not in far]
    best = "no candidate has a score in every fold"
    if scored:
        best = f"best: {lettered(scored[0].entry.name, 300)}, RMSE {scored[0].rmse:.6g}"
    below = f"{made.n_samples:,} rows in {len(made.folds):,} folds · {best}"
    below += f" · not drawn: {len(far):,} beyond {_FARTHEST} times that" if far else ""
    over_decay = len({each.weight_decay for each in scored}) > 1
    size = _SIZE if over_decay else (_SIZE[0], 2.0 + 0.25 * min(len(scored), _MOST))
    figure, (axes,) = titled(f"cross-validation of {made.target}", below, size)
    if over_decay:
        _draw_over_decay(axes, scored)
        axes.set_ylabel(lettered(f"RMSE of {made.target}", _UPWARDS))
    elif scored:
        _draw_by_name(axes, scored[:_MOST])
        axes.set_xlabel(lettered(f"RMSE of {made.target}", _ACROSS))
    return figure


def _draw_over_decay(axes: Axes, scored: Sequence[Candidate]) -> None:
    """Draw a line for each combination of all other choices, the best one's in colour."""
    lines: dict[str, list[Candidate]] = {}
    for each in scored:
        lines.setdefault(_but_decay(each), []).append(each)
    for number, (name, candidates) in enumerate(lines.items()):
        candidates.sort(key=lambda each: each.weight_decay)
        decays = [each.weight_decay for each in candidates]
        colour, marker = ACCENT if number == 0 else QUIET, _MARKERS[number % len(_MARKERS)]
        _draw_bars(axes, decays, candidates, colour, f"-{marker}", lettered(name, _NAMES))
    _draw_limit(axes.axhline, scored[0])
    decays = sorted({each.weight_decay for each in scored})
    positive = [decay for decay in decays if decay > 0]
    if decays[-1] / positive[0] > 10:
        scale = {"linthresh": positive[0], "linscale": 0.5} if decays[0] == 0 else {}
        axes.set_xscale("symlog" if scale else "log", **scale)
        axes.set_xlim(-0.5 * positive[0] if scale else 0.8 * positive[0], 1.25 * decays[-1])
    shown = decays if len(decays) <= _MOST_TICKS else decays[:: -(-len(decays) // _MOST_TICKS)]
    axes.set_xticks(shown, [f"{decay:.2g}" for decay in shown])
    axes.minorticks_off()
    axes.set_xlabel("weight decay λ")
    axes.legend()


def _draw_by_name(axes: Axes, scored: Sequence[Candidate]) -> None:
    """Draw a candidate below the other, the best one first."""
    places = np.arange(len(scored))
    for place, each in zip(places.tolist(), scored, strict=True):
        colour = ACCENT if place == 0 else QUIET
        error = each.rmse_standard_error or 0.0
        axes.errorbar([each.rmse or 0.0], [place], xerr=[error], fmt="o", color=colour, capsize=3, gid="score")
    _draw_limit(axes.axvline, scored[0])
    axes.set_yticks(places, [lettered(each.entry.name, _NAMES) for each in scored])
    axes.set_ylim(len(scored) - 0.5, -0.5)
    axes.legend()


def _draw_bars(axes: Axes, x: list[float], candidates: Sequence[Candidate], colour: str, style: str, name: str) -> None:
    means, errors = [each.rmse or 0.0 for each in candidates], [each.rmse_standard_error or 0.0 for each in candidates]
    axes.errorbar(x, means, yerr=errors, fmt=style, color=colour, capsize=3, markersize=5, label=name, gid="score")


def _draw_limit(line: Callable[..., object], best: Candidate) -> None:
    """Draw where one standard error more than the least error is."""
    limit = (best.rmse or 0.0) + (best.rmse_standard_error or 0.0)
    line(limit, color=INK, linewidth=1, linestyle=DASHES, label="least + 1 standard error", gid="limit")


def _but_decay(each: Candidate) -> str:
    """Say what a candidate is but for its weight decay."""
    recipe = each.entry.recipe
    options = {name: value for name, value in recipe.options.items() if name != "weight_decay"}
    rest = replace(recipe, options=options)
    rate = rest.learning_rate if isinstance(rest.learning_rate, str) else f"{rest.learning_rate:g}"
    parts = [rest.optimizer, *([f"rate {rate}"] if rate != "auto" else []), option_text(options)]
    parts += [f"batches of {rest.batch_size}"] if rest.batch_size is not None else []
    return ", ".join(part for part in parts if part)
