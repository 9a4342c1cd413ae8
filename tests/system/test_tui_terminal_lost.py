"""``linreg-tui`` in a terminal that stops reading, or is suddenly gone: training goes on, and the way out is open."""

import os
import signal
import time
from pathlib import Path

import pytest

from pseudo import PseudoTerminal, run_in_terminal
from tui_program import PROGRAM, epoch

COUNTING = """
from torch import nn

class Counting(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc = nn.Linear(n_features, 1)

    def forward(self, x):
        with open("COUNT", "ab") as file:  # one byte a call
            file.write(b".")
        return self.fc(x)
"""


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TERM": "xterm-256color", "LINREG_HOME": str(folder)}


def _wait_for(terminal: PseudoTerminal, state: str) -> str:
    return terminal.wait(lambda screen: state in screen)


def test_a_terminal_that_stops_reading_never_stops_training(tmp_path: Path) -> None:
    count = tmp_path / "count"
    (tmp_path / "counting.py").write_text(COUNTING.replace("COUNT", str(count)))
    options = ["exercise1", "--module", f"{tmp_path}/counting.py:Counting", "--epochs", "100000000", "--speed", "500"]
    with run_in_terminal([*PROGRAM, *options], _environment(tmp_path)) as terminal:
        shown = epoch(_wait_for(terminal, "RUNNING"))
        terminal.stall()
        terminal.press("?")  # more to draw
        time.sleep(5)
        before, deadline = count.stat().st_size, time.monotonic() + 60
        while count.stat().st_size < before + 100:
            assert time.monotonic() < deadline, "training has stopped"
            time.sleep(0.1)
        terminal.press("\x1b")
        terminal.flow()
        terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > shown + 100)


def test_a_signal_ends_it_while_the_terminal_reads_nothing(tmp_path: Path) -> None:
    with run_in_terminal([*PROGRAM, "exercise1", "--speed", "1000"], _environment(tmp_path)) as terminal:
        _wait_for(terminal, "RUNNING")
        assert terminal.settings() != terminal.initial
        terminal.stall()
        terminal.press("?")
        time.sleep(0.5)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.status() == 128 + signal.SIGTERM
        assert terminal.settings() == terminal.initial


@pytest.mark.parametrize("controlling", [True, False])
def test_a_terminal_that_goes_away_ends_it(controlling: bool, tmp_path: Path) -> None:
    with run_in_terminal([*PROGRAM, "exercise1"], _environment(tmp_path), controlling=controlling) as terminal:
        _wait_for(terminal, "RUNNING")
        terminal.hang_up()
        assert terminal.status() == 128 + signal.SIGHUP
