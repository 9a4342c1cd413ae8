"""What native code says of itself is not heard, and where it ends the process, that has a sentence and a status."""

import ctypes
import faulthandler
import os
from pathlib import Path
from threading import Thread

import polars as pl
import pytest

from command import complaint, linreg_apart
from linreg.data.formats.quiet import native_errors_unheard


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
