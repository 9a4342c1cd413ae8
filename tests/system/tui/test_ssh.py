"""``linreg-tui`` on a machine that is reached over SSH: a real one, whose network is this machine's loopback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from leftovers import ending_runs, the_run
from processes.sshd import cut, needs_sshd
from processes.tmux import PROMPT, Terminal, needs_tmux, open_terminal
from processes.tui_program import TUI, epoch
from watching import wait_until

pytestmark = [needs_tmux, needs_sshd]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path, 80, 24) as terminal:
        yield terminal


def test_a_run_is_watched_and_left_over_ssh(login: str, terminal: Terminal, own_home: Path) -> None:
    terminal.type(f"{login} LINREG_HOME={own_home} {TUI} exercise1 --paused; clear; echo status $?")
    screen = terminal.wait(lambda screen: "PAUSED" in screen and "least squares" in screen)
    assert "1 cost" in screen
    terminal.press("N")
    terminal.wait(lambda screen: epoch(screen) == 9 and re.search(r"│ w +0\.[1-9]\d{4,}", screen))
    terminal.press("Left")
    terminal.wait(lambda screen: epoch(screen) == 8)
    terminal.press("Space")
    terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > 20)
    terminal.resize(120, 40)
    terminal.wait("6 this step")
    terminal.press("q")
    terminal.wait("the run is still going")
    terminal.press("s")
    terminal.wait(lambda screen: screen.endswith(PROMPT.strip()) and re.search("^status 0$", screen, re.MULTILINE))
    assert terminal.flag("alternate_on") == terminal.flag("mouse_any_flag") == "0"


def test_a_run_survives_a_connection_that_is_cut_and_is_watched_again(
    login: str, terminal: Terminal, own_home: Path
) -> None:
    start = f"{login} LINREG_HOME={own_home} {TUI}"
    with ending_runs(own_home):
        terminal.type(f"{start} exercise1 --speed 1000 --epochs 1000000000")
        shown = epoch(terminal.wait("RUNNING"))
        cut(login)
        terminal.wait(PROMPT)  # somewhere: nobody is left to tidy this end up
        run = the_run(own_home)
        wait_until(lambda: the_run(own_home).epoch > shown + 500)
        assert run.is_alive
        terminal.type("reset; clear")
        terminal.wait(lambda screen: screen.strip() == PROMPT.strip())
        terminal.type(f"{start} --attach; clear; echo status $?")
        again = epoch(terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > shown + 500))
        terminal.press("Space")
        screen = terminal.wait("PAUSED")
        assert epoch(screen) >= again
        assert f"{the_run(own_home).name}" in screen
        terminal.press("Left")
        terminal.wait(lambda later: epoch(later) == epoch(screen) - 1)
        terminal.press("q")
        terminal.wait(lambda screen: re.search("^status 0$", screen, re.MULTILINE))
        wait_until(lambda: not the_run(own_home).is_alive)  # it stood, and nobody watches any more
        left = the_run(own_home)
        assert (left.status, left.reason, left.is_resumable) == ("interrupted", "put aside", True)
        assert left.epoch >= epoch(screen) - 1


def test_a_run_that_is_paused_when_the_connection_is_cut_is_saved(
    login: str, terminal: Terminal, own_home: Path
) -> None:
    with ending_runs(own_home):
        terminal.type(f"{login} LINREG_HOME={own_home} {TUI} exercise1 --paused")
        terminal.wait("PAUSED")
        terminal.press("N")
        terminal.wait(lambda screen: epoch(screen) == 9)
        cut(login)
        wait_until(lambda: not the_run(own_home).is_alive)
        run = the_run(own_home)
        assert (run.status, run.epoch) == ("interrupted", 9)
        terminal.wait(PROMPT)
        terminal.type("reset; clear")
        terminal.wait(lambda screen: screen.strip() == PROMPT.strip())
        terminal.type(f"{login} LINREG_HOME={own_home} {TUI} --resume --paused")
        terminal.wait(lambda screen: "PAUSED" in screen and epoch(screen) == 9)
        terminal.press("n")
        terminal.wait(lambda screen: epoch(screen) == 10)
