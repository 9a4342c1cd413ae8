"""A disk that fails under a run that is recorded: full or broken, for a while or for good; and one that is small."""

import errno
import shutil
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from command import going, linreg
from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.sockets import sockets_folder
from linreg.store import checkpoint
from linreg.store.checkpoint import CURRENT
from linreg.store.store import RunStore
from patience import PATIENCE
from processes.forks import Forked
from watching import wait_until

RUN = ("exercise1", "--engine", "autograd", "--epochs", "3000", "--every", "1", "--format", "csv")
GOES_ON = "Training goes on, and this is tried again.\n"


@pytest.fixture(scope="module")
def whole() -> str:
    """Run what no disk troubles."""
    return linreg("run", *RUN).stdout.decode()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the disk that fails."""
    if shutil.which("gcc") is None or sys.platform != "linux":
        pytest.skip("needs gcc, for a library to preload on Linux")
    source, library = Path(__file__).with_name("failing_disk.c"), tmp_path_factory.mktemp("disk") / "failing_disk.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def fault(library: Path, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every program that is started have a disk that fails below the home, as the file returned says."""
    for name, value in (("LD_PRELOAD", library), ("FAULTY_FOLDER", own_home), ("FAULT", tmp_path / "fault")):
        monkeypatch.setenv(name, str(value))
    return tmp_path / "fault"


@pytest.mark.parametrize("heals", [False, True], ids=["for good", "for a while"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_a_run_whose_disk_fails_ends_as_it_would_have_says_so_and_can_be_taken_up(
    fault: Path, own_home: Path, whole: str, number: int, heals: bool
) -> None:
    with going("run", *RUN, "--name", "mine", stderr=subprocess.PIPE) as process:
        wait_until(lambda: own_home.exists() and any((own_home / "sockets").glob("*.sock")))
        with RunStore(own_home) as store:
            run = store.get("mine")
            folder = store.folder(run)
        with attach(sockets_folder(), run.id) as viewer:
            viewer.pause()
            wait_until(lambda: viewer.state.phase is Phase.PAUSED)
            before = viewer.state.epoch  # −1 where the pause came first, of which there is no checkpoint
            viewer.step(10)
            wait_until(lambda: viewer.state.phase is Phase.PAUSED and viewer.state.epoch > before)
            stood = viewer.state.epoch
            wait_until(lambda: (folder / CURRENT).exists() and _epoch(folder) == stood)
            fault.write_text(str(number))
            viewer.set_speed(50)
            viewer.play()
            wait_until(lambda: viewer.state.notice is not None and GOES_ON.strip() in viewer.state.notice.text)
            if heals:
                fault.unlink()
                wait_until(lambda: viewer.state.notice is not None and "recorded again." in viewer.state.notice.text)
            viewer.set_speed(inf)
            out, narration = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, whole)
    assert narration.count(GOES_ON) == 1, narration  # of the store: the checkpoint waits for what is recorded there
    assert narration.count("warning: the run is recorded again.\n") == heals
    assert narration.count("warning: what is recorded of this run stops short of its end.\n") == (not heals)
    fault.unlink(missing_ok=True)
    with RunStore(own_home) as store:
        assert store.notice == ""
        run, epochs = store.get("mine"), store.epochs("mine").epoch.tolist()
    if heals:
        assert (run.status, epochs) == ("finished", list(range(3001)))
        assert _epoch(folder) == 3000
    else:
        assert (run.status, run.is_resumable) == ("interrupted", True)
        assert _epoch(folder) == stood
        rest = linreg("resume", "mine", "--format", "csv").stdout.decode().splitlines()
        assert rest[1:] == whole.splitlines()[-len(rest[1:]) :]
        assert len(rest) > 1


def _epoch(folder: Path) -> int:
    loaded = checkpoint.load(folder)
    assert loaded.notice == ""
    return loaded.checkpoint.snapshot.epoch


SMALL = """
import os, runpy, subprocess, sys
from ctypes import CDLL
from pathlib import Path

_, folder, size, *sys.argv = sys.argv
NEWNS, NEWUSER, user, group = 0x00020000, 0x10000000, os.getuid(), os.getgid()
if CDLL(None).unshare(NEWNS | NEWUSER):
    sys.exit("no namespace of its own")
for name, content in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
    Path("/proc/self", name).write_text(content)
subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,size={size}", "tmpfs", folder], check=True)
print("mounted", file=sys.stderr)
runpy.run_module("linreg", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("size", ["4k", "120k", "16m,ro"])
def test_a_home_on_a_disk_that_is_too_small_or_read_only_costs_no_digit_of_the_run(
    own_home: Path, whole: str, size: str
) -> None:
    own_home.mkdir()
    command = [sys.executable, "-c", SMALL, str(own_home), size, "linreg", "run", *RUN, "--name", "mine"]
    process: Forked[str] = Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, narration = process.communicate(timeout=PATIENCE)
    if "mounted" not in narration:
        pytest.skip("no disk can be mounted here")
    assert (process.returncode, out) == (0, whole), narration
    assert "warning: " in narration
    assert "Traceback" not in narration
