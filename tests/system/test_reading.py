"""What a terminal shows while a table is read, and that Ctrl-C ends the reading."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

N_FILES, ROWS = 8, 400_000


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write tables that take more than a second to read: JSON is the slowest of the formats."""
    folder = tmp_path_factory.mktemp("slow")
    for count in range(N_FILES):
        (folder / f"{count}.jsonl").write_bytes(b'{"x":1,"y":2}\n{"x":3,"y":4}\n' * (ROWS // N_FILES // 2))
    return folder


def started(*arguments: str, stderr: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "linreg", "run", *arguments], stdout=subprocess.PIPE, stderr=stderr)


def read(screen: int, until: bytes | None = None) -> bytes:
    """Read what a terminal shows, to the end or until it shows something."""
    seen = b""
    with suppress(OSError):  # EIO: the other end is closed
        while (until is None or until not in seen) and (more := os.read(screen, 4096)):
            seen += more
    return seen


def test_a_terminal_shows_rows_and_pace_while_a_table_is_read(slow: Path) -> None:
    screen, stderr = pty.openpty()
    process = started(str(slow), stderr=stderr)
    os.close(stderr)
    seen = read(screen).decode()
    out, _ = process.communicate()
    os.close(screen)
    assert process.returncode == 0
    assert "reading" in seen
    assert f"{ROWS:,} rows" in seen
    assert "rows/s" in seen
    assert b"reading" not in out


def test_ctrl_c_while_a_table_is_read_ends_at_once_with_130_and_no_traceback(slow: Path) -> None:
    screen, stderr = pty.openpty()
    process = started(str(slow), stderr=stderr)
    os.close(stderr)
    seen = read(screen, until=b"reading")
    process.send_signal(signal.SIGINT)
    seen += read(screen)
    out, _ = process.communicate(timeout=2)
    os.close(screen)
    assert process.returncode == 130
    assert b"Traceback" not in seen
    assert out == b""


def test_no_bar_is_drawn_where_standard_error_is_no_terminal(slow: Path) -> None:
    _, said = started(str(slow), "--every", "1000", stderr=subprocess.PIPE).communicate()
    assert said.startswith(b"slow")
    assert b"reading" not in said
