"""``linreg-tui`` in a terminal that stops reading, or is suddenly gone: training goes on, and the way out is open."""

import os
import signal
import time
from pathlib import Path

import pytest

from leftovers import ending_runs, the_run
from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.sockets import sockets_folder
from linreg.store import checkpoint
from patience import PATIENCE
from processes.pseudo import PseudoTerminal, run_in_terminal
from processes.tui_program import PROGRAM, epoch
from watching import wait_until

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
    options = ["exercise1", "--module", f"{tmp_path}/counting.py:Counting", "--epochs", "100000000", "--speed", "1000"]
    with run_in_terminal([*PROGRAM, *options], _environment(tmp_path)) as terminal:
        shown = epoch(_wait_for(terminal, "RUNNING"))
        terminal.stall()
        terminal.press("?")  # more to draw
        before = count.stat().st_size
        wait_until(lambda: count.stat().st_size > before + 2500, "training that goes on")
        terminal.press("\x1b")
        terminal.flow()
        terminal.wait(lambda screen: "RUNNING" in screen and epoch(screen) > shown + 2500)


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
def test_a_run_that_goes_survives_its_terminal_and_can_be_attached_to(controlling: bool, own_home: Path) -> None:
    command = [*PROGRAM, "exercise1", "--epochs", "1000000000", "--speed", "1000"]
    with (
        ending_runs(own_home),
        run_in_terminal(command, _environment(own_home), controlling=controlling) as terminal,
    ):
        shown = epoch(_wait_for(terminal, "RUNNING"))
        terminal.hang_up()
        run = the_run(own_home)
        wait_until(lambda: os.getsid(run.owner.pid) == run.owner.pid, "a session of its own")
        with attach(sockets_folder(), run.id) as viewer:
            wait_until(lambda: viewer.state.epoch > shown + 100)
            viewer.pause()
            wait_until(lambda: viewer.state.phase is Phase.PAUSED)
            last = viewer.state
            viewer.stop()
            assert viewer.wait_for_end(PATIENCE)
        assert terminal.status() == 128 + signal.SIGHUP
    ended = the_run(own_home)
    assert (ended.status, ended.epoch, ended.cost) == ("interrupted", last.epoch, last.cost)


def test_a_run_that_loads_when_its_terminal_goes_away_runs_all_the_same(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\nfrom torch import nn\ntime.sleep(2)\n"
        "class Slow(nn.Linear):\n    def __init__(self, n):\n        super().__init__(n, 1)\n"
    )
    command = [*PROGRAM, "exercise1", "--module", f"{tmp_path}/slow.py:Slow", "--epochs", "300", "--speed", "max"]
    with ending_runs(own_home), run_in_terminal(command, _environment(own_home)) as terminal:
        _wait_for(terminal, "starting the engine")
        terminal.hang_up()
        assert terminal.status() == 128 + signal.SIGHUP
    assert (the_run(own_home).status, the_run(own_home).epoch) == ("finished", 300)


def test_without_its_terminal_a_run_comes_to_its_end(own_home: Path) -> None:
    command = [*PROGRAM, "exercise1", "--epochs", "1500", "--speed", "1000"]
    with ending_runs(own_home), run_in_terminal(command, _environment(own_home)) as terminal:
        _wait_for(terminal, "RUNNING")
        terminal.hang_up()
        assert terminal.status() == 128 + signal.SIGHUP
    assert (the_run(own_home).status, the_run(own_home).epoch) == ("finished", 1500)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_run_that_is_paused_is_saved_and_ends(number: signal.Signals, own_home: Path) -> None:
    with ending_runs(own_home), run_in_terminal([*PROGRAM, "--paused"], _environment(own_home)) as terminal:
        _wait_for(terminal, "PAUSED")
        terminal.press("NN")
        terminal.wait(lambda screen: epoch(screen) == 19)
        if number is signal.SIGHUP:
            terminal.hang_up()
        else:
            terminal.process.send_signal(number)
        assert terminal.status() == 128 + number
    run = the_run(own_home)
    assert (run.status, run.epoch, run.is_alive) == ("interrupted", 19, False)
    assert checkpoint.load(own_home / "runs" / run.id).checkpoint.snapshot.epoch == 19


def test_the_terminal_is_as_it_was_even_after_a_kill(own_home: Path) -> None:
    with run_in_terminal([*PROGRAM, "exercise1", "--speed", "100"], _environment(own_home)) as terminal:
        _wait_for(terminal, "RUNNING")
        assert terminal.settings() != terminal.initial
        os.kill(the_run(own_home).owner.pid, signal.SIGKILL)
        assert terminal.status() == -signal.SIGKILL
        assert terminal.settings() == terminal.initial
        terminal.read(0.2)
        assert terminal.tail.endswith(b"\x1b[?1049l")
    assert the_run(own_home).is_resumable


def test_a_signal_ends_a_run_that_goes_on_without_a_screen(own_home: Path) -> None:
    command = [*PROGRAM, "exercise1", "--epochs", "1000000000", "--speed", "1000"]
    with ending_runs(own_home), run_in_terminal(command, _environment(own_home)) as terminal:
        _wait_for(terminal, "RUNNING")
        terminal.press("q")
        _wait_for(terminal, "detach")
        terminal.press("d")
        assert terminal.status() == 0
        run = the_run(own_home)
        os.kill(run.owner.pid, signal.SIGHUP)
        os.kill(run.owner.pid, signal.SIGTERM)
        wait_until(lambda: not the_run(own_home).is_alive)
    assert (the_run(own_home).status, the_run(own_home).reason) == ("interrupted", "ended by SIGTERM")
