"""Rows that come through a pipe, kept in a file: a run that is recorded needs them again when it is resumed.

Each set of rows has a folder in the home for as long as a run is kept that was trained on it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from time import time

from linreg.dialect import TextDialect
from linreg.errors import LinregError
from linreg.files.home import open_home, own_folder
from linreg.recipe import Recipe
from linreg_tui.term import terminal

PLACES, DAY = "piped", 24 * 60 * 60


@contextmanager
def rows_from_standard_input(recipe: Recipe) -> Iterator[Recipe]:
    """Keep rows that come on standard input in a file, and give the keyboard its place.

    Raises
    ------
    LinregError
        Standard input is the keyboard itself, or there is no keyboard.
    """
    if recipe.data != "-":
        yield recipe
        return
    if terminal.is_terminal(0):
        raise LinregError("linreg-tui - reads rows from a pipe, as in: cat rows.csv | linreg-tui -")
    with place_for_rows() as folder:
        kept = keep_rows(folder, recipe.dialect)
        try:
            keyboard = os.open("/dev/tty", os.O_RDONLY)
        except OSError:
            raise LinregError(
                "linreg-tui needs a terminal, and there is none; linreg run trains without one."
            ) from None
        os.dup2(keyboard, 0)
        os.close(keyboard)
        yield replace(recipe, data=str(kept))


def keep_rows(folder: Path, dialect: TextDialect) -> Path:
    """Write the rows into a file whose name tells their format, as it was said or as their first bytes show it.

    Raises
    ------
    LinregError
        Standard input is closed, or compressed.
    """
    from linreg.data.formats.standard_input import standard_input  # numpy and polars with it

    kind, rows = standard_input(dialect)
    kept = folder / f"standard-input.{kind}"
    with open(kept, "wb") as file:
        shutil.copyfileobj(rows, file)
    return kept


@contextmanager
def place_for_rows() -> Iterator[Path]:
    """Name a folder of its own that stays; where nothing can be kept, one that is gone at the end."""
    try:
        places = own_folder(open_home() / PLACES)
        sweep(places)
        folder = Path(mkdtemp(dir=places))
    except (LinregError, OSError):
        with TemporaryDirectory(prefix="linreg-") as passing:
            yield Path(passing)
    else:
        yield folder


def sweep(places: Path) -> None:
    """Remove the folders of rows that no run was trained on that is still kept; not those of today.

    A process that is reading its rows has not entered its run yet.

    Raises
    ------
    LinregError
        The runs cannot be read.
    """
    from linreg.store.store import RunStore  # and numpy with it: not before rows come through a pipe

    found = [folder for folder in places.iterdir() if time() - folder.stat().st_mtime > DAY]
    with RunStore(places.parent) as store:
        wanted = {Path(run.recipe.data).parent for run in store.runs()}
    for folder in found:
        if folder not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
