"""The process before the app's: it ends as that one does, hands signals on, stops with it, and can be let go."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from processes.proc import state_of

PROGRAM = """
import os, signal, sys, time
from linreg_tui.startup.launcher import launch

def work(launcher):
    def handle(number, _):
        print("heard", signal.Signals(number).name, flush=True)
        os._exit(128 + number)
    for name in sys.argv[2:]:
        signal.signal(getattr(signal, name), handle)
    print(os.getpid(), flush=True)
    {work}

sys.exit(launch(work, lambda: print("tidied", flush=True)))
"""
WAITING = "[time.sleep(0.01) for _ in iter(int, 1)]"


@contextmanager
def launched(work: str, *handled: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the two processes, and yield the first and the number of the second."""
    command = [sys.executable, "-c", PROGRAM.replace("{work}", work), "", *handled]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    try:
        yield process, pid
    finally:
        for each in (process.pid, pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def until(state: str, *pids: int) -> None:
    deadline = time.monotonic() + 20
    while [state_of(pid) for pid in pids] != [state] * len(pids):
        assert time.monotonic() < deadline, [state_of(pid) for pid in pids]
        time.sleep(0.01)


def test_it_ends_with_the_status_of_the_work() -> None:
    for status in (0, 2, 70, 0, 143, 1):  # the moment of the end varies
        with launched(f"return {status}") as (process, _):
            assert process.wait(20) == status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_handed_on_and_the_answer_is_its_own(number: signal.Signals) -> None:
    with launched(WAITING, number.name) as (process, _):
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
        assert out == f"heard {number.name}\n"
        assert process.returncode == 128 + number


AT_ONCE = """
import os, signal, sys
from linreg_tui.startup.launcher import launch

fork = os.fork

def interrupted():
    pid = fork()
    os.kill(os.getpid(), signal.SIGTERM)
    return pid

os.fork = interrupted
sys.exit(launch(lambda _: signal.pause(), lambda: None))
"""


def test_a_signal_that_comes_while_the_work_is_started_is_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", AT_ONCE], timeout=60, check=False)
    assert done.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_where_a_signal_ends_the_work_it_ends_by_the_same(number: signal.Signals) -> None:
    with launched(WAITING) as (process, pid):
        os.kill(pid, number)
        out, _ = process.communicate(timeout=20)
        assert out == "tidied\n"
        assert process.returncode == -number


def test_once_it_is_let_go_it_ends_and_the_work_goes_on() -> None:
    with launched(f"launcher.let_go(); print(launcher.is_gone, flush=True); {WAITING}") as (process, pid):
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert process.stdout.readline() == "False\n"
        assert state_of(pid) in "RS"


def test_the_work_notices_that_it_was_killed() -> None:
    with launched("[time.sleep(0.01) for _ in iter(lambda: launcher.is_gone, True)]; print('gone', flush=True)") as (
        process,
        _,
    ):
        process.kill()
        assert process.stdout is not None
        assert process.stdout.readline() == "gone\n"


def test_it_stops_when_the_work_is_suspended_and_goes_on_with_it() -> None:
    with launched(WAITING, "SIGTERM") as (process, pid):
        os.kill(pid, signal.SIGSTOP)
        until("T", pid, process.pid)
        os.kill(process.pid, signal.SIGCONT)
        until("S", pid, process.pid)
        process.terminate()
        assert process.wait(20) == 143


def test_it_goes_on_when_somebody_continues_the_work_alone() -> None:
    with launched(WAITING, "SIGTERM") as (process, pid):
        os.kill(pid, signal.SIGSTOP)
        until("T", pid, process.pid)
        os.kill(pid, signal.SIGCONT)
        until("S", pid, process.pid)
        process.terminate()
        assert process.wait(20) == 143
