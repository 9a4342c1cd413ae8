"""What is said of an exception that ends a command or a run, and where the traceback of one that is our fault is kept.

It is kept in the home, where only its owner looks, or else in the folder for temporary files: a traceback has names of
files and columns in it.
"""

import errno
import os
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from time import strftime

from linreg.errors import LinregError, internal_error
from linreg.files.home import home_folder, own_folder
from linreg.text import safe

_NO_MEMORY = "there is not enough memory for this: use fewer rows or columns, or raise the limit (ulimit -v)."
_NO_THREADS = "no more threads or processes may be started here: end others, or raise the limit (ulimit -u)."
_ROOM = 2**28
_THREADS, _THREADS_A_CORE, _SMALLEST_STACK = 10, 3, 2**16
_MEMORY_WORDS = ("DefaultCPUAllocator: can't allocate memory", "cannot allocate memory", "failed to map segment")
"""What torch and the loader say, in exceptions of other kinds."""


def told(problem: BaseException) -> str:
    """Return what to tell the user of an exception; a traceback of our own faults is kept, and its file named."""
    return shortage(problem) or (str(problem) if isinstance(problem, LinregError) else reported(problem))


def shortage(problem: BaseException) -> str:
    """Say what the machine has too little of; empty where it is something else that is wrong."""
    number = problem.errno if isinstance(problem, OSError) else None
    said = str(problem).casefold() if isinstance(problem, RuntimeError | ImportError) else ""
    if isinstance(problem, MemoryError) or number == errno.ENOMEM:
        return _NO_MEMORY
    if any(words.casefold() in said for words in _MEMORY_WORDS):
        return _NO_MEMORY
    if isinstance(problem, ImportError | NameError) and _is_near_the_limit():  # as of a library that is half loaded
        return _NO_MEMORY
    if "can't start new thread" in said or (number == errno.EAGAIN and not problem.args[2:]):
        return _NO_THREADS
    return ""


def try_threads() -> None:
    """Start about as many threads as numpy, polars and torch will, and end them.

    Where these cannot, they do not raise: one interrupts the process, one panics, one tries again for ever.

    Raises
    ------
    RuntimeError
        So many cannot be started; `shortage` has the sentence.
    """
    ended, stack_size = threading.Event(), threading.stack_size(_SMALLEST_STACK)
    started: list[threading.Thread] = []
    try:
        for _ in range(_THREADS + _THREADS_A_CORE * _n_cores()):
            thread = threading.Thread(target=ended.wait, daemon=True)
            thread.start()
            started.append(thread)
    finally:
        threading.stack_size(stack_size)
        ended.set()
        for thread in started:
            thread.join()


def _n_cores() -> int:
    """Count the cores that this process may use, for which the libraries start threads."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_near_the_limit() -> bool:
    """Whether a limit on memory leaves less room than a library takes."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        return limit != resource.RLIM_INFINITY and limit - used < _ROOM
    return False


def reported(problem: BaseException) -> str:
    """Keep the traceback of a fault of ours, and ask for a report of it."""
    text = "".join(traceback.format_exception(problem))
    where = _kept_in_home(text) or _kept_elsewhere(text)
    asked = f"its traceback is in {safe(str(where))}" if where else "its traceback could not be written anywhere"
    return f"{internal_error(problem)}; please report it: {asked}."


def _kept_in_home(text: str) -> Path | None:
    with suppress(LinregError, OSError, RuntimeError, ValueError):
        folder = own_folder(own_folder(home_folder()) / "faults")
        path = folder / f"{strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}.txt"
        for number in range(1, 100):
            with suppress(FileExistsError):
                return _written(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), path, text)
            path = path.with_name(f"{path.stem}-{number}.txt")
    return None


def _kept_elsewhere(text: str) -> Path | None:
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="linreg-fault-", suffix=".txt")
        return _written(descriptor, Path(name), text)
    return None


def _written(descriptor: int, path: Path, text: str) -> Path:
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
