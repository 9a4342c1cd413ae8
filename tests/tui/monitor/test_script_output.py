"""What a script has printed, as a terminal would show its last lines."""

from pathlib import Path

import pytest

from linreg_tui.monitor.script_output import MOST_BYTES, last_lines


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\ntwo", ["one", "two"]),
        (b"10 %\r50 %\r100 %\ndone\n", ["100 %", "done"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07plain\n", ["red plain"]),
        (b"a\tb\n", ["a       b"]),
        ("über \u202e\n".encode(), ["über \N{REPLACEMENT CHARACTER}"]),
        (b"\xff\n", ["\N{REPLACEMENT CHARACTER}"]),
        (b"1\n2\n3\n4\n5\n", ["3", "4", "5"]),
    ],
)
def test_the_last_lines_are_those_that_a_terminal_would_show(written: bytes, shown: list[str], tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(written)
    assert last_lines(tmp_path / "output", 3) == shown


def test_only_the_end_of_a_large_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"x" * 10 * MOST_BYTES + b"\nlast\n")
    assert last_lines(tmp_path / "output", 1) == ["last"]


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "output", 3) == []
