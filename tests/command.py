"""Run the plain command as a shell would: in a process of its own, with real pipes and signals."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import PATIENCE
from processes.forks import Forked

LINREG = [sys.executable, "-m", "linreg"]


def linreg(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, fresh: bool = False, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``linreg`` to its end and return its output, undecoded; `fresh`: in an interpreter that has just started."""
    command = [*LINREG, *map(str, arguments)]
    start: type[subprocess.Popen[bytes]] = subprocess.Popen if fresh else Forked
    with start(
        command,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, **environment},
    ) as process:
        try:
            out, err = process.communicate(stdin, PATIENCE)
        finally:
            process.kill()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@contextmanager
def going(*arguments: str | Path, stderr: int | None = None, fresh: bool = False) -> "Iterator[subprocess.Popen[str]]":
    """Let ``linreg`` run in the meantime; a test that fails leaves none behind."""
    command = [*LINREG, *map(str, arguments)]
    start: type[subprocess.Popen[str]] = subprocess.Popen if fresh else Forked
    with start(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one sentence on standard error, after checking that it is one."""
    text = done.stderr.decode()
    assert text.startswith("linreg: "), text
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.removeprefix("linreg: ").rstrip("\n")
