"""The server of `forks`: a process that has imported what takes long, and forks whenever it is asked to.

Only what its own thread holds comes through a fork. Polars starts a few when it is imported, for its allocator, which
knows of forks, and for files that it has put aside, of which there are none; its pool comes with the first work, and so
in each process anew. No other thread may be there.
"""

import atexit
import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import ioctl
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from termios import TIOCSCTTY
from time import monotonic, sleep
from types import ModuleType

OURS = ("linreg", "linreg_tui")
OTHERS = ("torch._dynamo", "torch.distributed.nn.functional", "polars", "typer")
SCREENS = ("textual.app", "rich.console", "rich.table", "rich.progress")
NOT = ("matplotlib",)  # hardly needed
THREADS = ("jemalloc", "polars-ooc")
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 60.0
"""Seconds in which a thread that has begun must have come to name itself, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the command line after the name of the interpreter, and what a process has from its start."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    session: bool
    controlling: bool


def import_all() -> None:
    """Import what takes long, and of our modules those that do without what is not to be imported."""
    for name in OTHERS + SCREENS:
        import_module(name)
    vars(sys)["modules"].update(dict.fromkeys(NOT))  # as if it were not installed
    for package in map(import_module, OURS):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                with suppress(ImportError):
                    import_module(found.name)
    for name in NOT:
        del sys.modules[name]


def serve(control: socket.socket) -> tuple[Order, list[int]] | None:
    """Fork for every order, and tell whoever gave it of the pid and later of the end; None: nobody can order any more.

    What is left of what was forked then has lost whoever would end it, and is killed.

    In the process that was forked, return its order, and the descriptors that are to be its standard streams.
    """
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    signal.signal(signal.SIGCHLD, lambda *_: None)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    lines: dict[int, socket.socket] = {}
    while True:
        ready = select.select((control.fileno(), woken), (), ())[0]
        if woken in ready:
            os.read(woken, 4096)
            _tell_ends(lines)
        if control.fileno() not in ready:
            continue
        head, descriptors, *_ = socket.recv_fds(control, 4, 4)
        if not head:
            kill_all_within()
            return None
        content = control.recv(int.from_bytes(head), socket.MSG_WAITALL)
        *streams, descriptor = descriptors
        line = socket.socket(fileno=descriptor)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of threads
            pid = os.fork()
        if not pid:
            break
        lines[pid] = line
        _tell(line, pid)
        for stream in streams:
            os.close(stream)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, interrupted)
    for each in (control, line, *lines.values()):
        each.close()
    os.close(woken)
    os.close(wake)
    return Order(**json.loads(content)), streams


def _tell_ends(lines: dict[int, socket.socket]) -> None:
    """See all ends: those of what has lost its parent, too, and has this one now."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = found
            if pid in lines:
                with lines.pop(pid) as line:
                    _tell(line, status)


def adopt() -> None:
    """Be the parent of whatever loses its own further down, so that nothing outlives the tests; on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_all_within() -> None:
    """Kill what was forked, and what that has started, until there is nothing left; on Linux."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists() and (left := children.read_text().split()):
        for pid in map(int, left):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _tell(line: socket.socket, number: int) -> None:
    with suppress(OSError):  # whoever asked may be gone
        line.sendall(number.to_bytes(4))


def become(order: Order, streams: list[int]) -> None:
    """Take on what a process has from its start."""
    if order.session:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if order.controlling:
        ioctl(0, TIOCSCTTY, 0)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        mode, buffering, like = "w" if number else "r", 1 if number == 2 else -1, vars(sys)[name]
        own = os.fdopen(number, mode, buffering, encoding=like.encoding, errors=like.errors, closefd=False)
        vars(sys)[name] = vars(sys)[f"__{name}__"] = own


def run(arguments: list[str]) -> None:
    """Do what the interpreter does with a command line: run a module, code, or a file."""
    kind, *rest = arguments
    if kind == "-m":
        sys.argv, sys.path[0] = rest, os.getcwd()
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv, sys.path[0] = ["-c", *rest[1:]], ""
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), vars(main))
    else:
        sys.argv, sys.path[0] = [kind, *rest], str(Path(kind).parent)
        runpy.run_path(kind, run_name="__main__")


class Ending:
    """The end of a process that was forked, once its threads have ended and all else that was to be done has been.

    What is left of an interpreter's end is to take everything apart, which would copy all that it has in common with
    the server, in a third of a second: so this ends the process instead.
    """

    def __init__(self) -> None:
        self.status = 0
        atexit.register(self)  # before all others are: those come first

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Let what happens within decide on the exit status."""
        try:
            yield
        except SystemExit as ending:
            self.status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
            raise
        except KeyboardInterrupt:
            self.status = -signal.SIGINT
            raise
        except BaseException:
            self.status = 1
            raise

    def __call__(self) -> None:
        """End."""
        try:
            sys.stdout.flush()
        except OSError:
            self.status = 120
        if self.status < 0:
            signal.signal(-self.status, signal.SIG_DFL)
            os.kill(os.getpid(), -self.status)
        os._exit(self.status)


def _other_threads() -> list[str]:
    """Return the names of this process's other threads; one that has just begun has its parent's, until it runs."""
    names = []
    for path in Path("/proc/self/task").iterdir():
        if int(path.name) != os.getpid():
            with suppress(OSError):  # it has ended meanwhile
                names.append((path / "comm").read_text())
    return names


def main() -> None:
    """Import, and fork until whoever started this is gone."""
    control, ending = socket.socket(fileno=int(sys.argv[1])), Ending()
    import_all()
    if sys.platform == "linux":
        deadline = monotonic() + PATIENCE
        while strangers := [name for name in _other_threads() if not name.startswith(THREADS)]:
            assert monotonic() < deadline, f"a fork has but one thread, and beside it there are {strangers}"
            sleep(0.01)
    adopt()
    gc.freeze()  # what is looked through for what is to be freed is copied
    ordered = serve(control)
    if ordered is not None:
        order, streams = ordered
        become(order, streams)
        with ending.deciding():
            run(order.arguments)


if __name__ == "__main__":
    main()
