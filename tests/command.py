"""Run the plain command as a shell would, with streams, a folder and an environment of its own.

What only a process of its own can show (signals, pipes that close, what is imported) takes one, forked or fresh.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from unittest.mock import patch

from linreg.cli.app import run_command_line
from patience import PATIENCE
from processes.forks import Forked

LINREG = [sys.executable, "-m", "linreg"]


def linreg(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``linreg`` to its end, here, and return its output, undecoded."""
    words = [*map(str, arguments)]
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin or b"")
        given.seek(0)
        with _streams(given, out, err), chdir(cwd or Path.cwd()), patch.dict(os.environ, environment):
            status = run_command_line(words)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([*LINREG, *words], status, out.read(), err.read())


@contextmanager
def _streams(*files: IO[bytes]) -> Iterator[None]:
    """Put files in the place of the standard streams, the descriptors and what Python has for them."""
    names = ("stdin", "stdout", "stderr")
    own, kept = [getattr(sys, name) for name in names], [os.dup(number) for number in range(3)]
    try:
        for number, (name, file) in enumerate(zip(names, files, strict=True)):
            os.dup2(file.fileno(), number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
        yield
    finally:
        for number, (name, stream, descriptor) in enumerate(zip(names, own, kept, strict=True)):
            ours = getattr(sys, name)
            setattr(sys, name, stream)
            ours.close()
            os.dup2(descriptor, number)
            os.close(descriptor)


def linreg_apart(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, fresh: bool = False, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Do the same in a process of its own; `fresh`: in an interpreter that has just started."""
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
