"""What native code says of itself is not heard, and where it ends the process, that has a sentence and a status."""

import ctypes
import faulthandler
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from threading import Thread

import polars as pl
import pytest

from command import complaint, linreg_apart
from linreg.data.formats.quiet import OwnStandardError, native_errors_unheard


@pytest.mark.parametrize("on_another_thread", [False, True])
def test_who_aborts_has_last_words(on_another_thread: bool) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writing, 2)
        with native_errors_unheard("a.parquet: it is damaged."):
            os.write(2, b"memory allocation of 184467440737095 bytes failed\n")
            if on_another_thread:  # and without Python's lock, as the threads of a library are
                thread = Thread(target=ctypes.CDLL(None).abort)
                thread.start()
                thread.join()
            os.abort()
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as said:
        text = said.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert text == b"linreg: a.parquet: it is damaged.\n"


def test_afterwards_an_abort_is_one_again() -> None:
    child = os.fork()
    if not child:
        faulthandler.disable()
        with native_errors_unheard("nobody says this."):
            pass
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        ctypes.CDLL(None).abort()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -6


class _NativeThread:
    """A thread that Python does not know, on its way to an abort."""

    def __init__(self) -> None:
        self._id = ctypes.c_ulong()
        libc = ctypes.CDLL(None)
        assert libc.pthread_create(ctypes.byref(self._id), None, libc.abort, None) == 0

    def join(self) -> None:
        ctypes.CDLL(None).pthread_join(self._id, None)


def _of_a_child(work: Callable[[], object]) -> tuple[int, bytes]:
    """Let a child do something; return how it ended and what came to its descriptor 2."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writing, 2)
        os.close(writing)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        sys.stderr = OwnStandardError.beside(sys.stderr)
        try:
            work()
        finally:
            os._exit(99)
    os.close(writing)
    with open(reading, "rb") as said:
        text = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def test_between_two_slices_and_after_a_failure_only_python_is_heard() -> None:
    def work() -> None:
        with native_errors_unheard("a.parquet: it is damaged.", in_between=True):
            os.write(2, b"thread 'polars-3' panicked at x.rs\n")
            sys.stderr.write("1,000 rows\n")
        os.write(2, b"heard again\n")
        with suppress(ValueError), native_errors_unheard("a.parquet: it is damaged.", in_between=True):
            with suppress(ValueError), native_errors_unheard("a.parquet: it is damaged."):
                raise ValueError
            raise ValueError
        os.write(2, b"stack backtrace:\n")
        sys.stderr.write("linreg: a.parquet: it is damaged.\n")

    assert _of_a_child(work) == (99, b"1,000 rows\nheard again\nlinreg: a.parquet: it is damaged.\n")


def test_whoever_reads_ahead_and_aborts_has_last_words_between_two_slices() -> None:
    def work() -> None:
        with native_errors_unheard("a.parquet: it is damaged.", in_between=True):
            _NativeThread().join()

    assert _of_a_child(work) == (2, b"linreg: a.parquet: it is damaged.\n")


def test_whoever_aborts_after_the_failure_waits_for_the_end() -> None:
    def work() -> None:
        with suppress(ValueError), native_errors_unheard("a.parquet: it is damaged."):
            raise ValueError
        _NativeThread()
        sys.stderr.write("said once\n")
        time.sleep(0.1)  # it has begun, or it has not: either way

    assert _of_a_child(work) == (99, b"said once\n")


def test_where_python_writes_there_too_descriptor_2_is_deaf_only_while_native_code_works() -> None:
    def work() -> None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        with native_errors_unheard("a.parquet: it is damaged.", in_between=True):
            os.write(2, b"progress\n")
            with suppress(ValueError), native_errors_unheard("a.parquet: it is damaged."):
                os.write(2, b"stack backtrace:\n")
                raise ValueError
            with native_errors_unheard("a.parquet: it is damaged."):
                os.write(2, b"a warning\n")
        os.write(2, b"the end\n")

    assert _of_a_child(work) == (99, b"progress\na warning\nthe end\n")


def test_a_stand_in_has_no_descriptor_of_its_own() -> None:
    assert OwnStandardError.beside(StringIO()) is None
    assert OwnStandardError.beside(None) is None
    with open(os.devnull, "w") as elsewhere:
        assert OwnStandardError.beside(elsewhere) is None


def test_a_page_that_says_it_has_fewer_values_than_none_is_refused(tmp_path: Path) -> None:
    data, n_rows = tmp_path / "a.parquet", 36
    pl.DataFrame({"x": [1.5, None, 2.5] * 12, "y": range(n_rows)}).write_parquet(data)
    content = data.read_bytes()
    places = [place for place, byte in enumerate(content) if byte == 2 * n_rows]  # as the format writes it
    assert places
    for place in places:
        data.write_bytes(content[:place] + bytes([41]) + content[place + 1 :])
        done = linreg_apart("run", "-q", data, "--epochs", "1", "--drop-missing")
        assert done.returncode == 0 or (done.returncode == 2 and "a.parquet: " in complaint(done)), place
