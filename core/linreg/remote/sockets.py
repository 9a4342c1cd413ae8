"""The folder where runs answer: one Unix socket a run, its owner's alone, and what is left of dead processes removed.

A socket's file outlives its process. Whoever finds one that nobody answers removes it. A server binds under another
name and renames it once it listens, so that a file with a run's name is never one that does not answer yet. A path that
is too long for a socket is gone by way of the folder, opened, where the system has names for what is open.
"""

import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from stat import S_ISSOCK

from linreg.errors import LinregError
from linreg.files.home import home_folder, own_folder
from linreg.text import safe, shortened

ENDING, LONGEST = ".sock", 100
"""A socket's path has 104 bytes at most on some systems, and 108 on others."""
_OPEN = "/proc/self/fd"


def sockets_folder() -> Path:
    """Name the folder in the home; it need not exist yet."""
    return home_folder() / "sockets"


def address(folder: Path, name: str) -> Path:
    """Return the path of a run's socket.

    Raises
    ------
    LinregError
        No socket can have that name.
    """
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise LinregError(f"{shortened(repr(name))} cannot be the name of a socket; use letters, digits and -.")
    return folder.absolute() / f"{name}{ENDING}"


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Name a path so that a socket can have it, for a while.

    Raises
    ------
    LinregError
        It is too long for that, on this system.
    """
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    if not os.path.isdir(_OPEN):
        raise LinregError(
            f"this run cannot be attached to: the path of its socket, {shortened(str(path), 60)}, has more than "
            f"{LONGEST} bytes; set LINREG_HOME to a folder with a shorter path."
        )
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"{_OPEN}/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(folder: Path, name: str) -> socket.socket:
    """Return a socket that answers for a run, to its owner only.

    Raises
    ------
    LinregError
        The folder cannot be used, or another process answers for a run of that name.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise LinregError("a run cannot be attached to on this system; Linux, macOS and WSL can.")
    path = address(folder, name)
    _require_own(own_folder(folder))
    listening, meanwhile = socket.socket(socket.AF_UNIX), folder.absolute() / f".{token_hex(3)}"
    try:
        with suppress(ConnectionError, FileNotFoundError), connected(path):
            raise LinregError(f"a run called {shortened(name)} is running already; choose another name.")
        with _short(meanwhile) as reachable:
            listening.bind(reachable)
        meanwhile.chmod(0o600)
        listening.listen(128)
        meanwhile.rename(path)
    except (OSError, LinregError) as problem:
        listening.close()
        meanwhile.unlink(missing_ok=True)
        if isinstance(problem, LinregError):
            raise
        reason = problem.strerror or str(problem)
        raise LinregError(f"this run cannot be attached to: {safe(str(path))}: {reason}.") from None
    return listening


def _require_own(folder: Path) -> None:
    """Keep all others out of a folder that has been there before."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise LinregError(f"{safe(str(folder))} belongs to another user; set LINREG_HOME to a folder of your own.")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def names(folder: Path) -> list[str]:
    """List the names that there are sockets for, whether or not somebody answers."""
    with suppress(OSError):
        return sorted(path.stem for path in folder.iterdir() if path.suffix == ENDING)
    return []


def connected(path: Path, patience: float = 1.0) -> socket.socket:
    """Return a socket that is connected to a run's; the file of a dead process's is removed.

    Raises
    ------
    OSError
        There is none, nobody answers, or it is another user's.
    """
    connecting = socket.socket(socket.AF_UNIX)
    connecting.settimeout(patience)
    try:
        found = path.stat()
        with _short(path) as reachable:
            connecting.connect(reachable)
    except BaseException as problem:
        connecting.close()
        if isinstance(problem, ConnectionRefusedError):
            remove(path, found)
        raise
    return connecting


def remove(path: Path, found: os.stat_result) -> None:
    """Remove a socket's file, if it is still the one that was found."""
    with suppress(OSError):
        now = path.stat()
        if S_ISSOCK(now.st_mode) and (now.st_dev, now.st_ino) == (found.st_dev, found.st_ino):
            path.unlink()


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user at the other end; None where the system does not tell."""
    uid: int | None = None
    if sys.platform == "linux":
        _, uid, _ = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    elif sys.platform == "darwin":
        local, peer_credentials = 0, 1  # SOL_LOCAL and LOCAL_PEERCRED; a version and the uid come first
        _, uid = struct.unpack_from("II", connection.getsockopt(local, peer_credentials, 128))
    return uid
