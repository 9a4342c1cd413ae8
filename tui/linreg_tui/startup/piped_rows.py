"""A place for rows that came through a pipe: a run that is kept needs them again when it is taken up.

Each set of rows has a folder in the home for as long as a run is kept that was trained on it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from time import time

from linreg.errors import LinregError
from linreg.files.home import open_home, own_folder
from linreg.store.store import RunStore

PLACES, DAY = "piped", 24 * 60 * 60


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
    found = [folder for folder in places.iterdir() if time() - folder.stat().st_mtime > DAY]
    with RunStore(places.parent) as store:
        wanted = {Path(run.recipe.data).parent for run in store.runs()}
    for folder in found:
        if folder not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
