"""``linreg-tui`` in a terminal that stops reading, or is suddenly gone: training goes on, and the way out is open."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from leftovers import ending_runs, the_run
from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.sockets import sockets_folder
from linreg.store import checkpoint
from patience import PATIENCE
from processes.proc import state_of
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
        assert terminal.tail.endswith(b"\x1b[?1049l\x1b[23;2t"), "the screen before, and its title"
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


def _is_beyond(home: Path, epoch: int) -> bool:
    return the_run(home).epoch > epoch


@pytest.mark.parametrize("way", ["detach", "hang up"])
def test_a_run_without_a_screen_can_be_stopped_and_continued(way: str, own_home: Path) -> None:
    command = [*PROGRAM, "exercise1", "--epochs", "1000000000", "--speed", "1000"]
    with ending_runs(own_home), run_in_terminal(command, _environment(own_home)) as terminal:
        _wait_for(terminal, "RUNNING")
        if way == "detach":
            terminal.press("q")
            _wait_for(terminal, "detach")
            terminal.press("d")
            assert terminal.status() == 0
        else:
            terminal.hang_up()
        run = the_run(own_home)
        wait_until(lambda: os.getsid(run.owner.pid) == run.owner.pid, "a session of its own")
        for number in (signal.SIGCONT, signal.SIGTSTP, signal.SIGSTOP, signal.SIGWINCH):
            os.kill(run.owner.pid, number)
            if number is signal.SIGSTOP:
                wait_until(lambda: state_of(run.owner.pid) == "T", "a stop")
            os.kill(run.owner.pid, signal.SIGCONT)
            wait_until(partial(_is_beyond, own_home, the_run(own_home).epoch), "training that goes on")
        os.kill(run.owner.pid, signal.SIGTERM)
        assert terminal.status() == (0 if way == "detach" else 128 + signal.SIGHUP)
        wait_until(lambda: not the_run(own_home).is_alive)


CONTINUED_EVERYWHERE = """
import functools, os, signal, sys, threading
from linreg_tui import app
from linreg_tui.startup import command, detached_run, terminal_monitor
from linreg_tui.term.driver import TerminalDriver

def disturbed(owner, name):
    whole = getattr(owner, name)
    @functools.wraps(whole)
    def between(*arguments, **options):
        os.kill(os.getpid(), signal.SIGCONT)
        try:
            return whole(*arguments, **options)
        finally:
            os.kill(os.getpid(), signal.SIGCONT)
    setattr(owner, name, between)

screen = terminal_monitor.TerminalMonitor
for name in ("end", "leave", "exit", "_on_exit_app", "_shutdown", "_close_all"):
    disturbed(screen, name)
for name in ("stop_application_mode", "disable_input", "close", "release_signals", "_disable_mouse_support"):
    disturbed(TerminalDriver, name)
for name in ("asyncio.run", "carry_on", "narrate"):
    owner, _, name = name.rpartition(".")
    disturbed(getattr(terminal_monitor, owner) if owner else terminal_monitor, name)
disturbed(detached_run, "_leave_terminal")
status = command.run_command_line(sys.argv[1:])
readers = [thread for thread in threading.enumerate() if thread.name == "textual-input"]
sys.exit(99 if readers else status)
"""


@pytest.mark.parametrize("way", ["hang up", "SIGHUP", "SIGTERM", "q"])
def test_a_process_that_is_continued_at_every_stage_of_leaving_ends_all_the_same(way: str, own_home: Path) -> None:
    epochs = "1000000000" if way == "SIGTERM" else "1000"
    command = [sys.executable, "-c", CONTINUED_EVERYWHERE, "exercise1", "--epochs", epochs, "--speed", "1000"]
    with ending_runs(own_home), run_in_terminal(command, _environment(own_home)) as terminal:
        terminal.wait(lambda screen: "RUNNING" in screen or "FINISHED" in screen)
        if way == "hang up":
            terminal.hang_up()
        elif way == "q":
            _wait_for(terminal, "FINISHED")
            terminal.press("q")
        else:
            terminal.process.send_signal(signal.Signals[way])
        assert terminal.status() == {"q": 0, "SIGTERM": 128 + signal.SIGTERM}.get(way, 128 + signal.SIGHUP)
    assert the_run(own_home).status == ("interrupted" if way == "SIGTERM" else "finished")
