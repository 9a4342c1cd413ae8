"""``linreg-tui`` in a real terminal, as somebody at a shell has it: keys, signals, suspension, sizes, the way out."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes.tmux import PROMPT, Terminal, needs_tmux, open_terminal
from processes.tui_program import TUI, epoch

pytestmark = needs_tmux
LOUD = """
import os
from torch import nn

class Loud(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc = nn.Linear(n_features, 1)

    def forward(self, x):
        print("LITTER")
        os.write(1, b"LITTER")
        os.write(2, b"LITTER")
        return self.fc(x)
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path) as terminal:
        terminal.type(f"cd {tmp_path}; stty -a > before; clear")
        yield terminal


def _left(terminal: Terminal) -> str:
    """Wait for the shell, check that the terminal is as it was before, and return what is on the screen."""
    terminal.wait(lambda screen: screen.endswith(PROMPT.strip()) and "╭" not in screen)
    modes = ("alternate_on", "mouse_any_flag", "mouse_sgr_flag", "cursor_flag", "wrap_flag", "keypad_flag")
    assert [terminal.flag(mode) for mode in modes] == ["0", "0", "0", "1", "1", "0"]
    terminal.type("status=$?; stty -a | diff before - && echo same; echo status $status")
    screen = terminal.wait(lambda screen: re.search(r"^status \d+$", screen, re.MULTILINE))
    assert "\nsame\n" in screen
    return screen


def _status(screen: str) -> int:
    return int(re.findall(r"^status (\d+)$", screen, re.MULTILINE)[-1])


def test_a_run_is_started_paused_stepped_and_left(terminal: Terminal) -> None:
    terminal.type(TUI)
    screen = terminal.wait("PAUSED")
    assert "exercise1" in screen
    assert epoch(screen) == -1
    terminal.press("Space")
    terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > 0)
    terminal.press("Space")
    here = epoch(terminal.wait("PAUSED"))
    terminal.press("n")
    terminal.wait(lambda screen: epoch(screen) == here + 1)
    terminal.press("Right")
    there = terminal.wait(lambda screen: epoch(screen) == here + 2)
    terminal.press("Left")
    terminal.wait(lambda screen: epoch(screen) == here + 1)
    terminal.press("N")
    terminal.wait(lambda screen: epoch(screen) == here + 11)
    terminal.press("B")
    terminal.wait(lambda screen: epoch(screen) == here + 1)
    terminal.press("n")
    again = terminal.wait(lambda screen: epoch(screen) == here + 2)
    assert _parameters(again) == _parameters(there)
    terminal.press("q")
    assert _status(_left(terminal)) == 0


def _parameters(screen: str) -> list[str]:
    return re.findall(r"│ (?:w|b|cost) +(\S+)", screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, terminal: Terminal) -> None:
    terminal.type(f"sh -c 'echo $$ > pid; exec {TUI} exercise1 --speed 1000'")
    terminal.wait("RUNNING")
    terminal.tmux("run-shell", f"kill -{int(number)} $(cat {terminal.folder}/pid)")
    assert _status(_left(terminal)) == 128 + number


def test_in_ascii_every_sheet_is_ascii(terminal: Terminal) -> None:
    terminal.type(f"{TUI} --ascii --epochs 1000000 --speed 10")
    terminal.wait("RUNNING")
    sheets = {"?": "One epoch forward", "d": "Start ctrl+s", "C-p": "Search", "g": "go to epoch", "h": "1 recorded"}
    for key, shown in sheets.items():
        terminal.press(key)
        assert terminal.wait(shown).isascii()
        terminal.press("Escape")
        terminal.wait(lambda screen: all(shown not in screen for shown in sheets.values()))
    terminal.press("q")
    assert terminal.wait("detach").isascii()
    terminal.press("s")
    assert _status(_left(terminal)) == 0


def test_a_terminal_that_cannot_draw_is_told_so(terminal: Terminal) -> None:
    terminal.type(f"TERM=dumb {TUI}")
    screen = _left(terminal)
    assert "TERM is 'dumb'; linreg run" in screen.replace("\n", "")
    assert _status(screen) == 2


def test_after_a_suspension_the_screen_comes_back_whole(terminal: Terminal) -> None:
    terminal.type(TUI)
    terminal.wait("PAUSED")
    terminal.press("N")
    terminal.wait(lambda screen: epoch(screen) == 9)
    terminal.press("?")
    terminal.wait("Ten epochs back")
    terminal.press("Escape")
    terminal.wait(lambda screen: "Ten epochs back" not in screen)
    before = terminal.settled()
    terminal.press("C-z")
    terminal.wait("Stopped")
    assert terminal.flag("alternate_on") == "0"
    terminal.type("fg")
    terminal.wait(lambda screen: screen == before)
    terminal.press("n")
    terminal.wait(lambda screen: epoch(screen) == 10)
    terminal.press("q")
    assert _status(_left(terminal)) == 0


def test_a_storm_of_sizes_ends_with_a_screen_that_is_right(terminal: Terminal) -> None:
    terminal.type(TUI)
    terminal.wait("no epoch has run yet")
    wide = terminal.settled()
    for turn in range(50):
        terminal.resize(40 + turn, 10 + turn % 30)
        terminal.resize(140 - turn, 50 - turn % 30)
    terminal.resize(120, 40)
    terminal.wait(lambda screen: screen == wide)
    terminal.press("n")
    terminal.wait(lambda screen: epoch(screen) == 0)
    terminal.press("q")
    assert _status(_left(terminal)) == 0


def test_rows_can_come_through_a_pipe(terminal: Terminal) -> None:
    terminal.type(f"printf 'size,price\\n1,2\\n2,3\\n3,5\\n' | {TUI} - --paused")
    terminal.wait(lambda screen: "PAUSED" in screen and "price over size" in screen)
    terminal.press("q")
    assert _status(_left(terminal)) == 0


def test_what_a_module_prints_does_not_reach_the_screen(terminal: Terminal) -> None:
    (terminal.folder / "loud.py").write_text(LOUD)
    terminal.type(f"LINREG_HOME=home {TUI} exercise1 --module loud.py:Loud --paused")
    terminal.wait("PAUSED")
    terminal.press("n")
    screen = terminal.wait(lambda screen: epoch(screen) == 0)
    assert "LITTER" not in screen
    terminal.press("q")
    assert "home/linreg-tui.log" in _left(terminal)
    assert (terminal.folder / "home" / "linreg-tui.log").read_text().count("LITTER") >= 3


def test_data_that_cannot_be_read_is_one_sentence_on_the_screen_and_afterwards(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("x,y\n1,2\n2,oops\n")
    terminal.type(f"{TUI} rows.csv")
    terminal.wait(lambda screen: "FAILED" in screen and "oops" in screen)
    time.sleep(0.2)  # the screen stays
    assert "FAILED" in terminal.screen()
    terminal.press("q")
    screen = _left(terminal)
    assert "linreg: " in screen
    assert "oops" in screen
    assert "Traceback" not in screen
    assert _status(screen) == 2
