"""Tests on another copy of the tree, each time in a process that has imported what takes long, but nothing of ours."""

import os
import pickle
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
HEAVY = ("torch", "torch._dynamo", "polars", "pyarrow.parquet", "sklearn.linear_model", "safetensors.numpy", "typer")
MOST_BYTES = 12 << 30
LONGEST = 20.0
"""Seconds that any test may take on a busy machine."""


class EndedError(Exception):
    """The process is no more."""


def import_heavy() -> None:
    """Import what every trial needs."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in HEAVY:
        import_module(name)


def options_of_pytest() -> list[str]:
    """Return pytest's options."""
    return ["-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


class _Chosen:
    """Lets some tests run, in this order, and ends the process where one takes very much longer than it does."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds
        self._order = {name: number for number, name in enumerate(seconds)}

    def pytest_configure(self) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(3 * LONGEST))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        signal.alarm(int(LONGEST + 10 * self._seconds[item.nodeid]))


def survives(tree: Path, seconds: Mapping[str, float], log: Path) -> bool:
    """Tell whether all these tests pass on a tree, in not too many times the seconds that they take."""
    files = list(dict.fromkeys(name.partition("::")[0] for name in seconds))
    options = [*options_of_pytest(), "-x", *files]
    try:
        status = in_a_fork(lambda: int(pytest.main(options, plugins=[_Chosen(seconds)])), tree, log)
    except EndedError:
        return False
    return status == 0


def in_a_fork(work: Callable[[], T], tree: Path, log: Path, *, keeps_bytecode: bool = False) -> T:
    """Return what a function returns in a process of its own, for which the tree is the place to import from.

    `keeps_bytecode`: what it compiles serves those that come after it.

    Raises
    ------
    EndedError
        The process ended without an answer.
    """
    folder = Path(mkdtemp(prefix="mutant"))
    answer = folder / "answer"
    pid = os.fork()
    if not pid:
        status = 1
        try:
            _settle(tree, folder, log, keeps_bytecode)
            answer.write_bytes(pickle.dumps(work()))
            status = 0
        finally:
            os._exit(status)
    try:
        os.waitpid(pid, 0)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # what it has left behind
        if not answer.exists():
            raise EndedError
        result: Any = pickle.loads(answer.read_bytes())
        return result  # type: ignore[no-any-return]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(tree: Path, folder: Path, log: Path, keeps_bytecode: bool) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.chdir(tree)
    ours = [str(tree / name) for name in ("core", "tui", "tests")]
    sys.path[:] = [*ours, *(path for path in sys.path if path not in ours)]
    sys.dont_write_bytecode = not keeps_bytecode
    os.environ |= {
        "PYTHONPATH": os.pathsep.join(ours),
        "PYTHONDONTWRITEBYTECODE": "" if keeps_bytecode else "1",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
