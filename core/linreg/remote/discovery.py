"""Finding the runs that answer on a socket, and connecting to one of them."""

from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic

from linreg.errors import LinregError
from linreg.remote.connection import Connection, EndedError
from linreg.remote.frames import FrameError, Frames, OtherVersionError
from linreg.remote.messages import LARGEST_UPDATE, Greeting
from linreg.remote.sockets import address, connected, names
from linreg.text import safe, shortened


def running(folder: Path, patience: float = 1.0) -> list[Greeting]:
    """List the runs that answer in a folder, by name; the files that dead processes left there are removed."""
    found = []
    for name in names(folder):
        with suppress(OSError, EndedError, FrameError, LinregError):
            connection, greeting = _greeted(address(folder, name), patience)
            connection.close()
            found.append(greeting)
    return found


def reach(folder: Path, name: str, patience: float) -> tuple[Connection, Greeting]:
    """Connect to the run that answers to a name.

    Raises
    ------
    LinregError
        None does, or it is of another version or another user's.
    """
    path, shown = address(folder, name), shortened(name)
    try:
        return _greeted(path, patience)
    except PermissionError:
        raise LinregError(f"the run {shown} belongs to another user; it can be watched by its owner only.") from None
    except OtherVersionError:
        raise LinregError(f"the run {shown} is of another version of linreg; watch it with that one.") from None
    except (FileNotFoundError, ConnectionRefusedError):
        raise LinregError(f"no process answers for the run {shown}; it has ended, or was started elsewhere.") from None
    except (EndedError, FrameError, TimeoutError):
        raise LinregError(f"the run {shown} does not answer; its process may be stopped, or busy.") from None
    except OSError as problem:
        raise LinregError(f"cannot reach the run {shown}: {safe(problem.strerror or str(problem))}.") from None


def _greeted(path: Path, patience: float) -> tuple[Connection, Greeting]:
    """Connect, and wait to be greeted."""
    connection = Connection(connected(path, patience), Frames(LARGEST_UPDATE, arrays=True))
    try:
        return connection, _greeting(connection, patience)
    except BaseException:
        connection.close()
        raise


def _greeting(connection: Connection, patience: float) -> Greeting:
    deadline = monotonic() + patience
    with DefaultSelector() as selector:
        selector.register(connection.socket, EVENT_READ)
        while (left := deadline - monotonic()) > 0:
            selector.select(left)
            for message in connection.receive():
                if isinstance(message, Greeting):
                    return message
                raise FrameError("a server greets first")
    raise TimeoutError
