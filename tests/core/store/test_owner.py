"""Whether the process that a run belongs to is still there, and is the same one."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from linreg.store import owner
from linreg.store.owner import Owner


def test_this_process_is_there_and_comes_back_from_plain_values() -> None:
    here = Owner.here()
    assert here.is_alive() is True
    assert here.pid == os.getpid()
    assert Owner.of_dict(here.as_dict()) == here


def test_another_machines_cannot_be_known_and_one_before_a_restart_is_gone() -> None:
    assert replace(Owner.here(), host="elsewhere").is_alive() is None
    assert replace(Owner.here(), boot="before").is_alive() is False
    assert replace(Owner.here(), started="1").is_alive() is False


def test_one_that_has_ended_is_gone_whether_or_not_its_parent_has_looked() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    of_child = replace(Owner.here(), pid=child.pid, started=owner._started(child.pid) or "")
    assert of_child.is_alive() is True
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert of_child.is_alive() is False
    child.wait()
    assert of_child.is_alive() is False


@pytest.mark.parametrize(
    ("problem", "found"), [(None, ""), (ProcessLookupError(), None), (PermissionError(), ""), (OSError(), "")]
)
def test_where_there_is_no_proc_a_signal_that_is_none_tells(
    problem: OSError | None, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def kill(pid: int, number: int) -> None:
        sent.append((pid, number))
        if problem is not None:
            raise problem

    monkeypatch.setattr(os, "kill", kill)
    assert owner._started_elsewhere(123) == found
    assert sent == [(123, 0)]


def test_where_the_system_does_not_say_when_it_began_that_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    assert owner._boot() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def fail(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", fail)
    assert owner._boot() == ""
