"""Where linreg keeps what outlives a process: the run store, and a folder with the checkpoints of each run.

The folder is LINREG_HOME, or else the place that the system has for a program's data. It is its owner's alone (0700):
who can write there can change what a resumed run goes on with. So one that is another's, or that others can write to,
is not used.
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


def open_home(folder: Path | None = None, *, to_read: bool = False) -> Path:
    """Return the home, or the folder that is named, made if it is not there yet.

    Parameters
    ----------
    to_read
        Whether it will do if it can be read only.

    Raises
    ------
    LinregError
        It cannot be made or written to, is another's, or others can write to it. Training can go on without it: nothing
        of the run is kept then.
    """
    home = home_folder() if folder is None else folder
    require_own(home)  # before anything is made there
    if to_read and is_for_reading(home):
        return home
    own_folder(home)
    require_own(home)
    return home


def is_for_reading(folder: Path) -> bool:
    """Whether a folder is there, and can be read but not written to."""
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK) and not os.access(folder, os.W_OK)


def require_own(folder: Path) -> None:
    """Refuse a folder that others can change, if there is one: also by way of a link that is theirs, or leads there.

    Raises
    ------
    LinregError
        It, or a link to it, is another user's, or others can write to it.
    """
    where, cure = shown(folder), f"set {VARIABLE} to a folder of your own"
    try:
        found = [os.lstat(folder), os.stat(folder)]
    except (OSError, ValueError):  # then it is made, or that is refused
        return
    if hasattr(os, "geteuid") and any(each.st_uid != os.geteuid() for each in found):
        raise LinregError(f"cannot keep runs in {where}: it belongs to another user; {cure}.")
    if os.name == "posix" and found[1].st_mode & 0o022:
        open_to = "everybody" if found[1].st_mode & 0o002 else "its group"
        said = f"{open_to} can write there, and change what a resumed run goes on with; chmod go-w {where}, or {cure}"
        raise LinregError(f"cannot keep runs in {where}: {said}.")


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
