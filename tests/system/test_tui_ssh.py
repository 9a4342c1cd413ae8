"""``linreg-tui`` on a machine that is reached over SSH: a real one, whose network is this machine's loopback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshd import needs_sshd, running_sshd
from tmux import PROMPT, Terminal, needs_tmux, open_terminal
from tui_program import TUI, epoch

pytestmark = [needs_tmux, needs_sshd]


@pytest.fixture
def login(tmp_path: Path) -> Iterator[str]:
    with running_sshd(tmp_path) as command:
        yield command


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path, 80, 24) as terminal:
        yield terminal


def test_a_run_is_watched_and_left_over_ssh(login: str, terminal: Terminal) -> None:
    terminal.type(f"{login} {TUI} exercise1 --paused; clear; echo status $?")
    screen = terminal.wait(lambda screen: "PAUSED" in screen and "least squares" in screen)
    assert "1 cost" in screen
    terminal.press("N")
    screen = terminal.wait(lambda screen: epoch(screen) == 9)
    assert re.search(r"│ w +0\.[1-9]\d{4,}", screen)
    terminal.press("Left")
    terminal.wait(lambda screen: epoch(screen) == 8)
    terminal.press("Space")
    terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > 20)
    terminal.resize(120, 40)
    terminal.wait("6 this step")
    terminal.press("q")
    terminal.wait(lambda screen: screen.endswith(PROMPT.strip()) and re.search("^status 0$", screen, re.MULTILINE))
    assert terminal.flag("alternate_on") == terminal.flag("mouse_any_flag") == "0"


def test_a_connection_that_is_cut_ends_the_run(login: str, terminal: Terminal) -> None:
    pid = terminal.folder / "pid"
    terminal.type(f"{login} 'echo $$ > {pid}; exec {TUI} exercise1 --speed 1000'")
    terminal.wait("RUNNING")
    terminal.tmux("send-keys", "Enter", "~", ".")
    terminal.wait(PROMPT)  # somewhere: nobody is left to tidy this end up
    terminal.wait(lambda _: not Path(f"/proc/{int(pid.read_text())}").exists())
