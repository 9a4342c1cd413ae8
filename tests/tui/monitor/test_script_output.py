"""What a script has printed, as a terminal would show its last lines."""

from dataclasses import replace
from pathlib import Path

import pytest

from linreg.phase import Phase
from linreg.training.facts import ScriptFacts
from linreg_tui.monitor.script_output import MOST_BYTES, last_lines
from linreg_tui.widgets.key_line import KeyLine
from tui.canned import view_of
from tui.monitor.test_screen import Shown, monitor
from tui.monitor.test_snapshots import screen_text
from tui.recorded import RecordedControl


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


class Waiting(RecordedControl):
    """A script that has not taken a step yet."""

    history = None


async def test_before_its_first_step_a_script_is_shown_by_what_it_prints_and_has_only_its_own_keys(
    tmp_path: Path,
) -> None:
    (tmp_path / "output").write_text("reading 3 files\n" + "wide " * 100)
    view = view_of("exercise1", 40, state={"phase": Phase.LOADING, "reason": "no step yet"})
    script = ScriptFacts(path="/their/train.py", output=str(tmp_path / "output"))
    app = Shown(Waiting(replace(view, facts=replace(view.facts, script=script))))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert [line.strip() for line in lines if "reading" in line] == ["reading 3 files"]
        assert sum("wide" in line for line in lines) == 1
        assert "set up" not in str(monitor(app).query_one(KeyLine).render())
        (tmp_path / "output").write_text("4 more\n")
        await pilot.pause(0.3)
        assert "4 more" in screen_text(app)
