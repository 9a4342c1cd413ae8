"""What a library prints of its own panics, which nobody shall read: the sentence that is made of it is enough.

A panic of polars becomes an exception, but its hook writes to descriptor 2 first, from whichever thread. So while
polars works on a file that may be damaged, the descriptor leads to a file of its own, and what else was written there
is written where it belongs afterwards.

A number in a damaged file may also ask for more memory than there is in the world. Then the library ends the process,
which no exception can prevent; but it can be said why.

Polars reads ahead on threads of its own: they are at it between two slices of rows too, and still when the first of
them has failed. Where Python's standard error has a descriptor of its own, as in the commands, descriptor 2 is deaf
between slices, and stays so after a failure. Whoever of those threads would end the process after a failure, which has
been said by then, waits for its end instead.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any

_MOST = 1 << 20
_BAD_INPUT = 2
_OF_A_PANIC = (b"panicked at", b"memory allocation of", b"stack backtrace:", b"RUST_BACKTRACE")


class OwnStandardError(TextIOWrapper):
    """Python's standard error on a descriptor of its own: what comes to descriptor 2 is native code's."""

    @classmethod
    def beside(cls, stream: Any) -> "OwnStandardError | None":
        """Return one that leads to where `stream` does; None if that is not descriptor 2."""
        try:
            if stream.fileno() != 2:
                return None
            return cls(open(os.dup(2), "wb"), stream.encoding, "backslashreplace", line_buffering=True)
        except (OSError, AttributeError):  # a stand-in, or nobody listens there
            return None


@contextmanager
def native_errors_unheard(last_words: str, *, in_between: bool = False) -> Iterator[None]:
    """Keep panics of native code, and what it says of them, from standard error.

    Parameters
    ----------
    last_words
        Said, as a sentence of its own, where native code ends the process; its exit status is that of bad input.
    in_between
        Our own code runs meanwhile, too, and so descriptor 2 is deaf only where Python's errors do not go there.
    """
    has_own = isinstance(sys.stderr, OwnStandardError)
    is_deaf = has_own or not in_between
    try:
        _UNHEARD.begin(last_words, is_deaf)
    except OSError:  # nobody listens there
        yield
        return
    failed = False
    try:
        yield
    except Exception:
        failed = is_deaf
        raise
    finally:
        _UNHEARD.end(last_words, is_deaf, failed, stays_deaf=has_own)


class _Unheard:
    """Descriptor 2 and SIGABRT, which a process has once, for as long as anybody on any thread reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: list[str] = []
        self._n_deaf, self._has_failed = 0, False
        self._own, self._heard, self._handler = -1, -1, _Handler(self._die)

    def begin(self, words: str, is_deaf: bool) -> None:
        with self._lock:
            if not self._words:
                self._own = os.dup(2)
                self._handler.set()
            self._words.append(words)
            self._n_deaf += is_deaf
            if is_deaf and self._n_deaf == 1:
                self._heard = _unseen_file()
                os.dup2(self._heard, 2)

    def end(self, words: str, was_deaf: bool, failed: bool, *, stays_deaf: bool) -> None:
        with self._lock:
            self._has_failed |= failed
            self._words.remove(words)
            self._n_deaf -= was_deaf
            if was_deaf and not self._n_deaf:
                if not (self._has_failed and stays_deaf):
                    os.dup2(self._own, 2)
                    _pass_on(self._heard)
                os.close(self._heard)
            if not self._words:
                if not self._has_failed:
                    self._handler.reset()
                os.close(self._own)

    def _die(self, _: int) -> None:
        """Be told that native code ends the process."""
        if self._words:
            to = sys.stderr.fileno() if isinstance(sys.stderr, OwnStandardError) else self._own
            os.write(to, f"linreg: {self._words[-1]}\n".encode("utf-8", "backslashreplace"))
            os._exit(_BAD_INPUT)
        mine = threading.get_ident()
        while self._has_failed and all(thread.ident != mine for thread in threading.enumerate()):
            time.sleep(1)


class _Handler:
    """What SIGABRT does, set in C: Python's own handlers would only run after that."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._before: int | None = None
        self._in_c: Any = None

    def set(self) -> None:
        """Let it do this, if it does not do so already."""
        if self._in_c is not None or not hasattr(os, "fork"):
            return
        import ctypes

        libc = ctypes.CDLL(None)
        libc.signal.restype = ctypes.c_void_p
        self._in_c = ctypes.CFUNCTYPE(None, ctypes.c_int)(self._function)
        self._before = libc.signal(signal.SIGABRT, self._in_c)

    def reset(self) -> None:
        """Let it do what it did."""
        if self._in_c is not None:
            import ctypes

            ctypes.CDLL(None).signal(signal.SIGABRT, ctypes.c_void_p(self._before))
            self._in_c = None


def _unseen_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("heard")
    from tempfile import TemporaryFile

    with TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def _pass_on(descriptor: int) -> None:
    """Write what is no panic to standard error."""
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, min(size, _MOST), 0) if size else b""
    if text and not any(words in text for words in _OF_A_PANIC):
        with suppress(OSError):
            os.write(2, text)


_UNHEARD = _Unheard()
