"""A recorded run as a picture: the cost over the epochs, beside the model and the rows that it was fitted to.

Drawn with matplotlib's own objects on its own defaults, whatever a user has configured and without a window, so that
the same run gives the same bytes. Names come from strangers: none is ever read as mathematics, and none is so long
that it takes the room of the charts. In an SVG text stays text; a PNG has boxes for what DejaVu Sans has no letters
for.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf, isnan
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from linreg.export.cost_figure import draw_cost
from linreg.export.drawing import GRID, INK, QUIET, SIZE, lettered
from linreg.export.fit_figure import draw_fit
from linreg.files.atomic import write_atomically
from linreg.store.recorded_run import RecordedRun

DPI = 160
_WIDTHS, _HEIGHT, _LEFT = {1: 8.0, 2: 11.0}, 4.4, 0.16
"""In inches: by the number of charts, the height, and where the title begins."""
_HEADER = 0.13
"""The part of the height that the title and the line below it take."""
_LARGE, _DATA_SHARE = 12, 0.4
"""The size of the title, in points, and the part of the width that the data's name may take."""
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "linreg",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SIZE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


def write_figure(path: Path, kept: RecordedRun, *, replaces: bool = True) -> str:
    """Draw a run into a ``.svg`` or ``.png`` file, and say how many epochs are in it.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    extension = path.suffix[1:].lower()
    title = lettered(kept.run.name, inf)
    metadata = {"svg": {"Title": title, "Date": None}, "png": {"Title": title, "Software": None}}[extension]
    with _style():
        figure = figure_of(kept)
        write_atomically(
            path, lambda file: figure.savefig(file, format=extension, dpi=DPI, metadata=metadata), replaces=replaces
        )
    return kept.counted


def figure_of(kept: RecordedRun) -> Figure:
    """Draw a run: the cost alone where the model is a module of the user's own, or where no rows are known."""
    facts = kept.facts
    n_charts = 2 if facts is not None and facts.is_linear and len(facts.sample_y) else 1
    width = _WIDTHS[n_charts]
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 0.99 - _HEADER), wspace=0.06)
    figure = Figure(figsize=(width, _HEIGHT), layout=layout)
    left, room = _LEFT / width, 72 * (width - 2 * _LEFT)
    title = lettered(kept.run.name, room, _LARGE)
    figure.text(left, 1 - 0.35 * _HEADER, title, size=_LARGE, weight="bold", va="center")
    figure.text(left, 1 - 0.8 * _HEADER, " · ".join(_described(kept, _DATA_SHARE * room)), color=QUIET, va="center")
    charts = figure.subplots(1, n_charts, squeeze=False)[0]
    draw_cost(charts[0], kept)
    if facts is not None and n_charts == 2:
        draw_fit(charts[1], kept, facts)
    return figure


def _described(kept: RecordedRun, room: float) -> Iterator[str]:
    """Yield what there is to say of a run: its data, how it was trained, how it stands."""
    run, rate = kept.run, float(kept.epochs.learning_rate[0])
    yield "standard input" if run.recipe.data == "-" else lettered(Path(run.recipe.data).name, room)
    yield run.recipe.optimizer if isnan(rate) else f"{run.recipe.optimizer}, learning rate η {rate:.3g}"
    yield f"{run.status} at epoch {kept.newest:,}, cost {kept.epochs.cost[-1]:.7g}"


@contextmanager
def _style() -> Iterator[None]:
    """Draw on matplotlib's defaults, without its words on letters that a font lacks."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", "Glyph .* missing from|Matplotlib currently does not support .* natively")
        yield
