"""``linreg-tui watch`` in a real terminal: a script of somebody else's, held, left, come back to, and ended."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.watching.training_scripts import DATA, ENDLESS
from linreg.phase import Phase
from linreg.store.store import RunStore
from processes.tmux import PROMPT, Terminal, needs_tmux, open_terminal
from processes.tui_program import TUI
from watching import wait_until

pytestmark = needs_tmux


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path) as terminal:
        terminal.type(f"cd {tmp_path}; export LINREG_HOME={tmp_path}/home; clear")
        yield terminal


def test_a_script_is_watched_left_and_ended(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text(DATA + ENDLESS)
    terminal.type(f"{TUI} watch --name mine theirs.py")
    screen = terminal.wait(lambda screen: "RUNNING" in screen and "Epoch    0/1000000000" in screen)
    assert re.search(r"step +[\d,]+ of 1,000,000,000", screen)
    assert "stable to 0.6577" in screen
    terminal.press("Space")
    terminal.wait("PAUSED")
    terminal.press("Space")
    terminal.wait("RUNNING")
    terminal.press("q")
    terminal.wait("leave: the run goes on")
    terminal.press("d")
    terminal.wait("mine goes on")
    with RunStore(tmp_path / "home") as store:
        before = store.get("mine").epoch
        wait_until(lambda: store.get("mine").epoch > before)
        terminal.type(f"{TUI.replace('linreg_tui', 'linreg')} runs stop mine")
        terminal.wait("stopped mine")
        wait_until(lambda: store.get("mine").is_alive is False)
        assert store.get("mine").status is Phase.INTERRUPTED


def test_a_script_that_is_over_at_once_prints_and_ends_as_it_does(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text("import sys\nprint('all of it')\nsys.exit(3)\n")
    terminal.type(f"{TUI} theirs.py; echo status $?")
    screen = terminal.wait("status 3")
    assert "all of it" in screen
    assert screen.endswith(PROMPT.strip())


def test_earlier_steps_are_looked_at_while_the_script_stands_or_runs(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text(DATA + ENDLESS)
    terminal.type(f"{TUI} watch --name mine theirs.py")
    terminal.wait("RUNNING")
    terminal.press("Left")
    terminal.wait(lambda screen: "LOOKING BACK" in screen and "the script runs on at step" in screen)
    terminal.press("Space")
    stands = terminal.wait("the script stands at step")
    found = re.search(r"stands at step ([\d,]+)", stands)
    assert found is not None
    terminal.press("g")
    terminal.wait("go to step")
    terminal.type("0")
    screen = terminal.wait(lambda screen: re.search(r"step +0 of", screen) is not None)
    assert "LOOKING BACK" in screen
    terminal.press("Right")
    terminal.wait(lambda screen: re.search(r"step +[1-9][\d,]* of", screen) is not None)
    assert f"stands at step {found[1]}" in terminal.wait("LOOKING BACK")
    terminal.press("Escape")
    screen = terminal.wait(lambda screen: "PAUSED" in screen and "LOOKING" not in screen)
    assert f"step {found[1]} of" in re.sub(" +", " ", screen)
    terminal.press("n")
    following = f"{int(found[1].replace(',', '')) + 1:,}"
    terminal.wait(lambda screen: f"step {following} of" in re.sub(" +", " ", screen))
    terminal.press("q")
    terminal.wait("leave it standing")
    terminal.press("d")
    terminal.wait("mine is left to itself")
    terminal.type(f"{TUI.replace('linreg_tui', 'linreg')} runs stop mine")
    terminal.wait("stopped mine")


def test_a_script_is_run_again_where_it_was_started_and_nowhere_else(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text(DATA + ENDLESS)
    terminal.type(f"{TUI} watch --name mine theirs.py")
    terminal.wait("RUNNING")
    terminal.press("r")
    terminal.wait("Run the script again from its start?")
    terminal.press("Escape")
    terminal.wait(lambda screen: "from its start?" not in screen)
    terminal.press("r")
    terminal.wait("Run the script again from its start?")
    terminal.press("y")
    terminal.wait(lambda screen: "attached to mine-2" in screen and "RUNNING" in screen)
    terminal.press("q")
    terminal.wait("leave: the run goes on")
    terminal.press("d")
    terminal.wait("mine-2 goes on")
    terminal.type(f"clear; {TUI} --attach mine-2")
    terminal.wait("RUNNING")
    terminal.press("r")
    terminal.wait("here type: linreg-tui watch")
    terminal.press("q")
    terminal.wait("stop the script")
    terminal.press("s")
    with RunStore(tmp_path / "home") as store:
        wait_until(lambda: not any(run.is_alive for run in store.runs()))
        assert [run.status for run in store.runs()] == [Phase.INTERRUPTED] * 2
