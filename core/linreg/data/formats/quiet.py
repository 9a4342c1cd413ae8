"""What a library prints of its own panics, which nobody shall read: the sentence that is made of it is enough.

A panic of polars becomes an exception, but its hook writes to descriptor 2 first, from whichever thread. So while
polars works on a file that may be damaged, the descriptor leads to a file of its own, and what else was written there
is written where it belongs afterwards.

A number in a damaged file may also ask for more memory than there is in the world. Then the library ends the process,
which no exception can prevent; but it can be said why.
"""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from threading import RLock
from typing import IO

_ONE_AT_A_TIME = RLock()
_MOST = 1 << 20
_BAD_INPUT = 2


@contextmanager
def native_errors_unheard(last_words: str) -> Iterator[None]:
    """Keep panics of native code, and what it says of them, from standard error.

    Parameters
    ----------
    last_words
        Said, as a sentence of its own, where native code ends the process; its exit status is that of bad input.
    """
    with _ONE_AT_A_TIME:
        try:
            own = os.dup(2)
        except OSError:  # nobody listens there
            yield
            return
        try:
            with _unseen_file() as heard:
                os.dup2(heard.fileno(), 2)
                try:
                    with _ending_with(f"linreg: {last_words}\n", own):
                        yield
                finally:
                    os.dup2(own, 2)
                    _pass_on(heard.fileno())
        finally:
            os.close(own)


@contextmanager
def _ending_with(line: str, descriptor: int) -> Iterator[None]:
    """Where native code aborts, write a line and end; Python's own handlers would only run after that."""
    if not hasattr(os, "fork"):
        yield
        return

    def end(_: int) -> None:
        os.write(descriptor, line.encode("utf-8", "backslashreplace"))
        os._exit(_BAD_INPUT)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(end)
    libc = ctypes.CDLL(None)
    libc.signal.restype = ctypes.c_void_p
    before = libc.signal(signal.SIGABRT, handler)
    try:
        yield
    finally:
        libc.signal(signal.SIGABRT, ctypes.c_void_p(before))


def _unseen_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("heard"), "r+b", buffering=0)
    return TemporaryFile(buffering=0)


def _pass_on(descriptor: int) -> None:
    """Write what is no panic to standard error."""
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, min(size, _MOST), 0) if size else b""
    if text and b"panicked at" not in text:
        with suppress(OSError):
            os.write(2, text)
