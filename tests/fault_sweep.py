"""Fail the disk at every write of a recorded run, resume, and compare the epochs.

The command is ``PYTHONPATH=tests python tests/fault_sweep.py [N]``.

For each fault (no room, an error, too large, over quota, locked), for good and for a while, N moments are spread evenly
over all the writes that a run makes. Whatever the fault, the run must end as it would have; once the disk is well it is
taken up, if it has to be, and every epoch that is then kept must be that of a run that nobody disturbed, to its last
bit, or be named as lacking. The faults are those of a library to preload (``failing_disk.c``), which gcc makes.
"""

import errno
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from linreg.store import database, recording, writer
from linreg.store.store import RunStore
from system.kill import Child, Ended, end_of, say

RUN = ("exercise1", "--engine", "autograd", "--optimizer", "Adam", "--lr", "0.01", "--epochs", "400", "--quiet")
FAULTS = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBUSY)
FOR_A_WHILE = 8
"""Writes that fail, where they do for a while."""


def sweep(home: Path, fault: Path, n_moments: int) -> int:
    """Run, fail and resume; return how many runs were not as they should be."""
    undisturbed, n_writes = _undisturbed(home, fault), _n_writes(home, fault)
    n_runs = n_whole = n_resumed = n_unrecorded = n_faults = 0
    for number in FAULTS:
        for lasts in (0, FOR_A_WHILE):
            for moment in range(n_moments):
                first = 1 + moment * n_writes // n_moments
                name = f"{errno.errorcode[number]} {lasts} {first}"
                fault.write_text(f"{number} {first} {first + lasts if lasts else 0}")
                status = _ended(_faulty(home, "run", *RUN, "--name", name))
                fault.unlink()
                kind = _taken_up(home, name)
                n_runs, n_whole = n_runs + 1, n_whole + (kind == "whole")
                n_resumed, n_unrecorded = n_resumed + (kind == "resumed"), n_unrecorded + (kind == "unrecorded")
                is_right = not status and (kind == "unrecorded" or end_of(home, name) == undisturbed)
                n_faults += not is_right
                if not is_right:
                    say(f"ANOTHER END: {name}, {kind}, exit status {status}")
        say(f"{errno.errorcode[number]:7} done: {n_runs} runs, {n_faults} other ends")
    say(
        f"{n_runs} runs, at {n_moments} of {n_writes} writes for each fault: {n_whole} were whole, {n_resumed} were "
        f"resumed, {n_unrecorded} never entered the store; {n_faults} other ends"
    )
    return n_faults


def _faulty(home: Path, *arguments: str) -> Child:
    """Start a run on the disk that fails; this process's own writes are not counted."""
    os.environ["FAULTY_FOLDER"] = str(home)
    try:
        return Child(*arguments)
    finally:
        del os.environ["FAULTY_FOLDER"]


def _ended(child: Child) -> int:
    """Wait for the end; a traceback counts as a fault."""
    status = child.end()
    if status or any("Traceback" in line or "internal error" in line for line in child.lines):
        say("".join(child.lines))
        return status or 70
    return 0


def _undisturbed(home: Path, fault: Path) -> Ended:
    fault.unlink(missing_ok=True)
    assert _ended(_faulty(home, "run", *RUN, "--name", "undisturbed")) == 0
    return end_of(home, "undisturbed")


def _n_writes(home: Path, fault: Path) -> int:
    """Bisect: the last write that a run makes is the last one whose fault is told of."""
    low, high = 1, 2
    while _hurts(home, fault, high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _hurts(home, fault, middle) else (low, middle)
    return low


def _hurts(home: Path, fault: Path, first: int) -> bool:
    fault.write_text(f"{errno.EIO} {first} 0")
    child = _faulty(home, "run", *RUN, "--name", "bisected")
    _ended(child)
    fault.unlink()
    return any("warning: " in line for line in child.lines)


def _taken_up(home: Path, name: str) -> str:
    """Resume a run that stopped short; say what became of it."""
    with RunStore(home) as store:
        found = [run for run in store.runs() if run.name == name]
    if not found:
        return "unrecorded"
    if found[0].status == "finished":
        return "whole"
    return "resumed" if _ended(Child("resume", name, "--quiet")) == 0 else "not resumed"


def main() -> int:
    """Begin again with the library preloaded, or go through the faults."""
    n_moments = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    if "FAULT" not in os.environ:
        with TemporaryDirectory(prefix="lr") as folder:
            library, source = f"{folder}/failing_disk.so", Path(__file__).with_name("system") / "failing_disk.c"
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
            home = Path(folder, "home")
            home.mkdir(mode=0o700)
            faulty = {"LD_PRELOAD": library, "LINREG_HOME": str(home)}
            environment = {**os.environ, **faulty, "FAULT": f"{folder}/fault"}
            return subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment, check=False).returncode
    torch.set_num_threads(1)
    writer.CHECKPOINT_SECONDS, writer.CHECKPOINT_SHARE, writer.LONGEST_PAUSE = 0.02, 1.0, 0.02
    database.BUSY_SECONDS = 0.01
    vars(recording)["RunWriter"] = partial(writer.RunWriter, seconds=0.005)
    return min(1, sweep(Path(os.environ["LINREG_HOME"]), Path(os.environ["FAULT"]), n_moments))


if __name__ == "__main__":
    sys.exit(main())
