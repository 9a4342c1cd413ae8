"""Where linreg keeps what outlives a process: the run store, and a folder with the checkpoints of each run.

The folder is LINREG_HOME, or else the place that the system has for a program's data. It is its owner's alone (0700):
who can write there can change what a resumed run goes on with.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from linreg.errors import LinregError
from linreg.files.paths import reason_of, typed_path
from linreg.text import shown

VARIABLE = "LINREG_HOME"


def home_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Name the folder; it need not exist yet.

    Parameters
    ----------
    environment
        The process's own, unless given.
    """
    chosen = (os.environ if environment is None else environment).get(VARIABLE)
    if chosen:
        return typed_path(chosen).absolute()
    from platformdirs import user_data_path

    return user_data_path("linreg", appauthor=False)


def open_home(folder: Path | None = None) -> Path:
    """Return the home, or the folder that is named, made if it is not there yet.

    Raises
    ------
    LinregError
        It cannot be made or written to. Training can go on without it: nothing of the run is kept then.
    """
    return own_folder(home_folder() if folder is None else folder)


def own_folder(folder: Path) -> Path:
    """Make a folder that nobody else can enter, with all those above it; one that is there stays as it is.

    Raises
    ------
    LinregError
        It cannot be made, is not a folder, or cannot be written to.
    """
    where = shown(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        raise LinregError(f"cannot keep runs in {where}: it is not a folder; set {VARIABLE} to one.") from None
    except (OSError, ValueError) as problem:
        raise LinregError(
            f"cannot keep runs in {where}: {reason_of(problem)}; set {VARIABLE} to another folder."
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise LinregError(f"cannot keep runs in {where}: no permission to write; set {VARIABLE} to another folder.")
    return folder
