"""``linreg-tui watch`` in a real terminal: a script of somebody else's, held, left, come back to, and ended."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.watching.training_scripts import DATA, LECTURE
from linreg.phase import Phase
from linreg.store.store import RunStore
from processes.tmux import PROMPT, Terminal, needs_tmux, open_terminal
from processes.tui_program import TUI
from watching import wait_until

pytestmark = needs_tmux
ENDLESS = LECTURE.replace("nb_epochs = 300", "nb_epochs = 10 ** 9").replace("epoch % 100", "epoch % 10000")


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
