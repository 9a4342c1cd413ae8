"""A script that the screen has started: started again as a new run, and however it takes it, ended before."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.watching.training_scripts import DATA, ENDLESS
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import sockets_folder
from linreg.store.store import RunStore
from linreg_tui.startup import script_command, script_process, terminal_monitor
from linreg_tui.startup.script_process import ScriptProcess
from patience import PATIENCE
from processes.forks import Forked
from watching import wait_until

STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try:
        exec(loop)
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
def started(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ScriptProcess]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(script_process, "PATIENCE", 0.5)
    monkeypatch.setattr(script_process, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": forked}))
    processes: list[ScriptProcess] = []
    yield processes
    for each in processes:
        if each.run is not None:
            each.run.close()
        each._process.kill()
        each._process.wait()


def forked(command: list[str], env: dict[str, str], **options: Any) -> Forked[bytes]:
    same = {name: value for name, value in env.items() if name != "PYTHONUNBUFFERED" or name in os.environ}
    return Forked(
        command, env={**same, **{name: os.environ[name] for name in same if name.startswith("PYTHON")}}, **options
    )


def start(source: str, started: list[ScriptProcess]) -> ScriptProcess:
    Path("train.py").write_text(source)
    started.append(ScriptProcess(["--name", "theirs", "train.py"]))
    return started[-1]


@pytest.mark.parametrize("kind", ["a loop", "one that goes on whatever comes", "one that has ended"])
def test_a_script_is_started_again_as_a_new_run(kind: str, started: list[ScriptProcess], own_home: Path) -> None:
    endless = DATA + ENDLESS
    source = f"loop = {endless!r}\n{STUBBORN}" if kind == "one that goes on whatever comes" else endless
    process = start(source, started)
    first = process.attached()
    assert first is not None
    wait_until(lambda: first.state.epoch > 10)
    if kind == "one that has ended":
        first.stop()
        process.status()
    second = process.start_again()
    wait_until(lambda: second.state.epoch > 10)
    assert (process.owns(first), process.owns(second)) == (False, True)
    assert (first.title, second.title) == ("theirs", "theirs-2")
    first.close()
    with RunStore(own_home) as store:
        kept = {run.name: run for run in store.runs()}
    assert kept["theirs"].status is Phase.INTERRUPTED
    assert kept["theirs"].epoch > 10
    assert not kept["theirs"].is_alive
    assert kept["theirs-2"].is_alive


SLOW_TO_GO = """
import sys
class Slow:
    def __del__(self, sleep=__import__("time").sleep):
        sleep(0.5)
slow = Slow()
"""
"""A process that is there for a while when its run has said that it has ended."""


@pytest.mark.parametrize(
    ("left_by", "at_its_end", "status", "said"),
    [
        ("leaving", "", 0, "theirs goes on: linreg-tui --attach comes back to it"),
        ("stopping", "", 130, "theirs has ended with status 130: what it printed is in "),
        ("stopping", "except KeyboardInterrupt: pass", 0, ""),
        (
            "waiting",
            "except KeyboardInterrupt: sys.exit(3)",
            3,
            "theirs has ended with status 3: what it printed is in ",
        ),
    ],
)
def test_what_has_become_of_a_script_whose_screen_is_left_is_waited_for_and_told(
    left_by: str,
    at_its_end: str,
    status: int,
    said: str,
    started: list[ScriptProcess],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loop = "".join(f"    {line}\n" for line in (DATA + ENDLESS).splitlines())
    process = start(f"{SLOW_TO_GO}try:\n{loop}{at_its_end or 'finally: pass'}\n", started)
    run = process.attached()
    assert run is not None

    def show(run: AttachedRun, *_: object, **__: object) -> int:
        if left_by == "stopping":
            run.stop()
        if left_by == "waiting":
            with attach(sockets_folder(), run.name) as other:
                other.stop()
            run.wait_for_end(PATIENCE)
        run.close()
        return 0

    monkeypatch.setattr(terminal_monitor, "show", show)
    assert script_command._show(process, run) == status
    err = capsys.readouterr().err
    assert (said in err) if said else not err


def test_what_has_become_of_a_script_that_no_longer_starts_is_said(started: list[ScriptProcess]) -> None:
    process = start(DATA + ENDLESS, started)
    assert process.attached() is not None
    Path("train.py").unlink()
    with pytest.raises(LinregError, match=r"with status 2: linreg: cannot run train.py"):
        process.start_again()
    assert not process.is_running
