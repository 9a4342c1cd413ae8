"""Writing a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder."""

import contextlib
import io
import os
import re
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from linreg.errors import ExistsError, LinregError, OutputError
from linreg.files.paths import in_words, reason_of, status_of
from linreg.text import shown


def check_destination(path: Path, *data: str, replaces: bool = True) -> None:
    """Refuse a file that could not or must not be written, before hours are spent on what would go into it.

    Parameters
    ----------
    data
        What a run reads: names of files, or whatever else a recipe may have there.
    replaces
        Whether a file that is there may be written over.

    Raises
    ------
    ExistsError
        There is a file already.
    OutputError
        Its folder cannot be written to.
    LinregError
        `path` cannot be looked at, or is a folder, or its folder does not exist, or it is one of `data`.
    """
    with in_words("write", path):
        _check_destination(path, data, replaces)


def _check_destination(path: Path, data: tuple[str, ...], replaces: bool) -> None:
    where, folder, found = shown(path), _target(path).parent, status_of(path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise LinregError(f"cannot write {where}: it is a folder; give a file's name.")
    if is_stream(path):
        return
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise LinregError(f"cannot write {where}: it is no file; give another name.")
    if not folder.is_dir():
        raise LinregError(f"cannot write {where}: there is no folder {shown(folder)}; make it first.")
    if found is not None and any(os.path.exists(each) and os.path.samestat(found, os.stat(each)) for each in data):
        raise LinregError(f"cannot write {where}: the data are read from there; give another name.")
    if found is not None and not replaces:
        raise _exists(path)
    if not os.access(folder, os.W_OK):
        raise OutputError(f"cannot write {where}: no permission to write in {shown(folder)}; use another.")


def is_stream(path: Path) -> bool:
    """Whether it is written to as it is, and never replaced: a device, a pipe, or what a process has open."""
    if path.is_char_device() or path.is_fifo():
        return True
    folder = os.path.realpath(path.parent)
    return path.exists() and (folder == "/dev" or re.fullmatch(r"/proc/\w+(/task/\d+)?/fd", folder) is not None)


def _exists(path: Path) -> ExistsError:
    return ExistsError(f"{shown(path)} exists already; give another name, or --force to write over it.")


def _target(path: Path) -> Path:
    """Follow links: what they lead to is replaced, and they stay."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def write_atomically(path: Path, write: Callable[[IO[bytes]], object], *, replaces: bool = True) -> None:
    """Have `write` fill a temporary file, then put it in the place of `path` at once.

    A device or a pipe is written to as it is.

    Parameters
    ----------
    replaces
        Whether a file that is there may be written over; if not, one that comes meanwhile is not lost either.

    Raises
    ------
    ExistsError
        There is a file already.
    OutputError
        The folder cannot be written to, or the disk is full; what was at `path` before is untouched.
    """
    check_destination(path, replaces=replaces)
    if is_stream(path):
        _pour(path, write)
        return
    path = _target(path)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:64]}.", delete=False) as file:
            temporary = Path(file.name)
            write(file.file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _permissions(path))
        if replaces or not _linked(temporary, path):
            os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as problem:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(problem, FileExistsError):
            raise _exists(path) from None
        if isinstance(problem, OSError):
            raise OutputError(f"cannot write {shown(path)}: {reason_of(problem)}.") from None
        raise


def _linked(temporary: Path, path: Path) -> bool:
    """Take a name that no file has; tell whether it is already the file itself, as it is where there are hard links.

    Raises
    ------
    FileExistsError
        Somebody else was faster.
    """
    try:
        os.link(temporary, path)
        temporary.unlink()
        return True
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC))
        return False


def _pour(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write to what cannot be replaced."""
    content = io.BytesIO()  # as some formats are written back and forth
    write(content)
    try:
        with open(path, "ab") as stream:
            stream.write(content.getbuffer())
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise OutputError(f"cannot write {shown(path)}: {reason_of(problem)}.") from None


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
