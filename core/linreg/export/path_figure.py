"""The ridge path as a picture: each weight over the strength of weight decay, and which the rows themselves prefer."""

from functools import partial
from math import log10
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linreg.export.drawing import DASHES, GRID, INK, QUIET, lettered, power_of_ten
from linreg.export.picture import titled, write_picture
from linreg.statistics.ridge import RidgePath

_SIZE, _NAMED = (9.0, 5.0), 8
"""In inches, and weights that are told apart by colours and names: the others are thin and grey."""
_COLOURS = ("#2563eb", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7c3aed", "#1f2937")
_NAMES = 150
"""The room for a name, in points."""


def write_path(path: Path, made: RidgePath, *, replaces: bool = True) -> None:
    """Draw the path into a ``.svg`` or ``.png`` file.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    write_picture(path, f"ridge path of {made.target}", partial(path_figure, made), replaces=replaces)


def path_figure(made: RidgePath) -> Figure:
    """Draw the path."""
    rows = "1 row" if made.n_samples == 1 else f"{made.n_samples:,} rows"
    best = made.least_gcv
    preferred = "" if best is None else f" · least GCV at weight decay {made.weight_decay[best]:.3g}"
    figure, (axes,) = titled(f"ridge path of {made.target}", f"{rows}{preferred}", _SIZE)
    _draw_weights(axes, made)
    if best is not None:
        line = {"color": INK, "linewidth": 1, "linestyle": DASHES, "label": "least GCV", "gid": "least_gcv"}
        axes.axvline(float(made.weight_decay[best]), **line)  # type: ignore[arg-type]
    axes.set(xscale="log", xlabel="weight decay λ", ylabel="weight, as trained")
    axes.set_xlim(made.weight_decay[0], made.weight_decay[-1])
    decades = made.weight_decay[made.round_ones]
    axes.set_xticks(decades, [power_of_ten(round(log10(decay))) for decay in decades.tolist()])
    axes.minorticks_off()
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def _draw_weights(axes: Axes, made: RidgePath) -> None:
    """Draw a line a weight, those that are largest without a decay in colour and by name."""
    axes.axhline(0, color=QUIET, linewidth=0.8)
    order = np.argsort(-np.abs(made.trained[0]), kind="stable")
    for index in order[_NAMED:].tolist():
        axes.plot(made.weight_decay, made.trained[:, index], color=GRID, linewidth=1, gid="weight")
    for colour, index in zip(_COLOURS, order[:_NAMED].tolist(), strict=False):
        name = lettered(made.features[index], _NAMES)
        axes.plot(made.weight_decay, made.trained[:, index], color=colour, linewidth=1.6, label=name, gid="weight")
    if len(order) > _NAMED:
        axes.plot([], [], color=GRID, linewidth=1, label=f"and {len(order) - _NAMED:,} more")
