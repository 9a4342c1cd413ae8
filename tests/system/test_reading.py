"""What a terminal shows while a table is read, and that Ctrl-C ends the reading."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import sleep
from typing import IO

from patience import PATIENCE
from processes.forks import Forked

PIECE = b"1,2,%s\n3,4,\n" % (b"x" * 10_000) * 1500
"""As much as is read at once. How often something is read is all that a bar depends on, so few rows will do."""
ENOUGH = 10
"""Pieces that take twice as long as it takes until there is a bar."""


def started(stderr: int) -> "Forked[bytes]":
    command = [sys.executable, "-m", "linreg", "run", "-", "--target", "y", "--exclude", "note", "--every", "1000"]
    return Forked(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)


def feed(rows: IO[bytes] | None, is_enough: Callable[[int], bool]) -> int:
    """Write a piece every tenth of a second, until that is enough or nobody reads them; return how many there were."""
    n_pieces = 0
    assert rows is not None
    with suppress(BrokenPipeError), rows:
        rows.write(b"x,y,note\n")
        while not is_enough(n_pieces):
            rows.write(PIECE)
            rows.flush()
            n_pieces += 1
            sleep(0.1)
    return n_pieces


@contextmanager
def on_a_terminal() -> Iterator[tuple["Forked[bytes]", int]]:
    """Start a run that says what it has to say to a terminal."""
    screen, stderr = pty.openpty()
    with started(stderr) as process:
        os.close(stderr)
        try:
            yield process, screen
        finally:
            process.kill()
            os.close(screen)


def read(screen: int, until: bytes | None = None) -> bytes:
    """Read what a terminal shows, to the end or until it shows something."""
    seen = b""
    with suppress(OSError):  # EIO: the other end is closed
        while (until is None or until not in seen) and (more := os.read(screen, 4096)):
            seen += more
    return seen


def test_a_terminal_shows_rows_and_pace_while_a_table_is_read() -> None:
    shown: list[bytes] = []
    with on_a_terminal() as (process, screen), ThreadPoolExecutor(1) as pool:
        fed = pool.submit(feed, process.stdin, lambda _: bool(shown))
        shown.append(read(screen, until=b"rows/s"))
        shown.append(read(screen))
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(PATIENCE) == 0
    seen, n_rows = b"".join(shown).decode(), 3000 * fed.result()
    assert "reading" in seen
    counts = [int(count.replace(",", "")) for count in re.findall(r"([\d,]+) rows, [\d,]+ rows/s", seen)]
    assert counts == sorted(counts)
    assert 3000 <= counts[0] <= counts[-1] <= n_rows
    assert f"{n_rows:,} rows × 1 feature" in seen
    assert b"reading" not in out


def test_ctrl_c_while_a_table_is_read_ends_at_once_with_130_and_no_traceback() -> None:
    with on_a_terminal() as (process, screen), ThreadPoolExecutor(1) as pool:
        pool.submit(feed, process.stdin, lambda _: False)
        seen = read(screen, until=b"reading")
        process.send_signal(signal.SIGINT)
        seen += read(screen)
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(PATIENCE) == 130
    assert b"Traceback" not in seen
    assert out == b""


def test_no_bar_is_drawn_where_standard_error_is_no_terminal() -> None:
    with started(subprocess.PIPE) as process:
        feed(process.stdin, lambda n_pieces: n_pieces == ENOUGH)
        assert process.stderr is not None
        said = process.stderr.read()
    assert said.startswith(b"-: ")
    assert b"reading" not in said
