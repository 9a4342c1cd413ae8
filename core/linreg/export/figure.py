"""A recorded run as a picture: the cost over the epochs, beside the model and the rows that it was fitted to.

No name is so long that it takes the room of the charts.
"""

from collections.abc import Iterator
from functools import partial
from math import isnan
from pathlib import Path

from matplotlib.figure import Figure

from linreg.export.cost_figure import draw_cost
from linreg.export.drawing import lettered
from linreg.export.fit_figure import draw_fit
from linreg.export.picture import LEFT, titled, write_picture
from linreg.store.recorded_run import RecordedRun

_WIDTHS, _HEIGHT = {1: 8.0, 2: 11.0}, 4.4
"""In inches: by the number of charts, and the height."""
_DATA_SHARE = 0.4
"""The part of the width that the data's name may take."""


def write_figure(path: Path, kept: RecordedRun, *, replaces: bool = True) -> str:
    """Draw a run into a ``.svg`` or ``.png`` file, and say how many epochs are in it.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    write_picture(path, kept.run.name, partial(figure_of, kept), replaces=replaces)
    return kept.counted


def figure_of(kept: RecordedRun) -> Figure:
    """Draw a run: the cost alone where the model is a module of the user's own, or where no rows are known."""
    facts = kept.facts
    n_charts = 2 if facts is not None and facts.is_linear and len(facts.sample_y) else 1
    width = _WIDTHS[n_charts]
    below = " · ".join(_described(kept, _DATA_SHARE * 72 * (width - 2 * LEFT)))
    figure, charts = titled(kept.run.name, below, (width, _HEIGHT), (1, n_charts))
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
