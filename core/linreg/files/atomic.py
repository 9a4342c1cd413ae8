"""Writing a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from linreg.errors import LinregError
from linreg.files.paths import in_words, reason_of, status_of
from linreg.text import shown


def check_destination(path: Path, data: str = "") -> None:
    """Refuse a file that could not or must not be written, before hours are spent on what would go into it.

    Parameters
    ----------
    data
        What a run reads: a file's name, or whatever else a recipe may have there.

    Raises
    ------
    LinregError
        `path` cannot be looked at, or is a folder, or its folder does not exist or cannot be written to, or it is the
        file `data`.
    """
    with in_words("write", path):
        _check_destination(path, data)


def _check_destination(path: Path, data: str) -> None:
    where, folder, found = shown(path), _target(path).parent, status_of(path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise LinregError(f"cannot write {where}: it is a folder; give a file's name.")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise LinregError(f"cannot write {where}: it is a device or a pipe, not a file; give another name.")
    if not folder.is_dir():
        raise LinregError(f"cannot write {where}: there is no folder {shown(folder)}; make it first.")
    if not os.access(folder, os.W_OK):
        raise LinregError(f"cannot write {where}: no permission to write in {shown(folder)}; use another.")
    if found is not None and os.path.exists(data) and os.path.samestat(found, os.stat(data)):
        raise LinregError(f"cannot write {where}: the data are read from there; give another name.")


def _target(path: Path) -> Path:
    """Follow links: what they lead to is replaced, and they stay."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Have `write` fill a temporary file, then put it in the place of `path` at once.

    Raises
    ------
    LinregError
        The folder cannot be written to, or the disk is full; what was at `path` before is untouched.
    """
    check_destination(path)
    path = _target(path)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:64]}.", delete=False) as file:
            temporary = Path(file.name)
            write(file.file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _permissions(path))
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as problem:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise LinregError(f"cannot write {shown(path)}: {reason_of(problem)}.") from None
        raise


def _permissions(path: Path) -> int:
    """Keep those of the file that is replaced; give a new file those that the umask leaves."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
