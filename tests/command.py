"""Run the plain command as a shell would: in a process of its own, with real pipes and signals."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LINREG = [sys.executable, "-m", "linreg"]


def linreg(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``linreg`` to its end and return its output, undecoded."""
    return subprocess.run(
        [*LINREG, *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


@contextmanager
def going(*arguments: str | Path, stderr: int | None = None) -> "Iterator[subprocess.Popen[str]]":
    """Let ``linreg`` run in the meantime; a test that fails leaves none behind."""
    command = [*LINREG, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
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
