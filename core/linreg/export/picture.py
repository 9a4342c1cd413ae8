"""A picture in a file: drawn on matplotlib's own defaults, whatever a user has configured and without a window.

So the same numbers give the same bytes. Names come from strangers: none is ever read as mathematics. In an SVG text
stays text; a PNG has boxes for what DejaVu Sans has no letters for.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from linreg.export.drawing import GRID, INK, QUIET, SIZE, lettered
from linreg.files.atomic import write_atomically

DPI = 160
HEADER = 0.57
"""The height that the title and the line below it take, and where the title begins, in inches."""
LEFT = 0.16
LARGE = 12
"""The size of the title, in points."""
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


def write_picture(path: Path, title: str, draw: Callable[[], Figure], *, replaces: bool = True) -> None:
    """Draw into a ``.svg`` or ``.png`` file, whole or not at all; `title` is what the file calls itself.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    extension, title = path.suffix[1:].lower(), lettered(title, inf)
    metadata = {"svg": {"Title": title, "Date": None}, "png": {"Title": title, "Software": None}}[extension]
    with style():
        figure = draw()
        write_atomically(
            path, lambda file: figure.savefig(file, format=extension, dpi=DPI, metadata=metadata), replaces=replaces
        )


def titled(
    title: str, below: str, size: tuple[float, float], charts: tuple[int, int] = (1, 1)
) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure of so many inches with a title, a quiet line below it, and rows and columns of empty charts."""
    width, height = size
    header = HEADER / height
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 0.99 - header), wspace=0.06, hspace=0.06)
    figure = Figure(figsize=size, layout=layout)
    left, room = LEFT / width, 72 * (width - 2 * LEFT)
    figure.text(left, 1 - 0.35 * header, lettered(title, room, LARGE), size=LARGE, weight="bold", va="center")
    figure.text(left, 1 - 0.8 * header, below, color=QUIET, va="center")
    return figure, figure.subplots(*charts, squeeze=False).ravel().tolist()


@contextmanager
def style() -> Iterator[None]:
    """Draw on matplotlib's defaults, without its words on letters that a font lacks."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", "Glyph .* missing from|Matplotlib currently does not support .* natively")
        yield
