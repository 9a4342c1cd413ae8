"""A script on a machine that is reached over SSH: it outlives the line and the screen, and its own end is told."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from core.watching.training_scripts import DATA, ENDLESS
from leftovers import ending_runs, the_run
from processes.sshd import cut, needs_sshd
from processes.tmux import PROMPT, Terminal, needs_tmux, open_terminal
from processes.tui_program import TUI
from watching import wait_until

pytestmark = [needs_tmux, needs_sshd]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path, 80, 24) as terminal:
        yield terminal


def step(screen: str) -> int:
    found = re.search(r"step +([\d,]+) of", screen)
    return int(found[1].replace(",", "")) if found else -1


def test_a_script_outlives_the_line_and_the_screen_and_its_own_end_is_told(
    login: str, terminal: Terminal, own_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text(DATA + ENDLESS)
    name = f"over-ssh-{os.getpid()}"  # of no other test that runs now: the screen is killed by it
    there = f"{login} cd {tmp_path} '&&' LINREG_HOME={own_home} {TUI}"
    with ending_runs(own_home):
        terminal.type(f"{there} watch --name {name} train.py")
        shown = step(terminal.wait(lambda screen: "RUNNING" in screen and step(screen) > 0))
        cut(login)
        terminal.wait(PROMPT)
        wait_until(lambda: the_run(own_home).epoch > shown + 500)
        terminal.type("reset; clear")
        terminal.wait(lambda screen: screen.strip() == PROMPT.strip())

        terminal.type(f"{there} --attach {name}")
        terminal.wait(lambda screen: "RUNNING" in screen and step(screen) > shown + 500)
        terminal.press("+")
        terminal.wait("0.0125")
        terminal.press("Space")
        terminal.wait("PAUSED")
        terminal.press("s")
        terminal.wait("safetensors")
        terminal.press("C-u")
        terminal.wait(lambda screen: "train.safetensors" not in screen)
        terminal.type("kept.safetensors")
        wait_until((tmp_path / "kept.safetensors").exists)
        assert load_file(tmp_path / "kept.safetensors").keys() == {"w", "b"}
        terminal.press("Space")
        at = step(terminal.wait("RUNNING"))

        subprocess.run(["pkill", "-KILL", "-f", f"linreg_tui --attach {name}"], check=True)
        terminal.wait(PROMPT)
        wait_until(lambda: the_run(own_home).epoch > at + 500)
        assert the_run(own_home).is_alive
        terminal.type("reset; clear")
        terminal.wait(lambda screen: screen.strip() == PROMPT.strip())

        terminal.type(f"{there} --attach {name}")
        terminal.wait("RUNNING")
        owner = the_run(own_home).owner
        assert owner is not None
        os.kill(owner.pid, signal.SIGKILL)
        terminal.wait(lambda screen: "RUNNING" not in screen and "gone" in screen)
