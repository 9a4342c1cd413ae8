"""What every test has: a home of its own, so that nobody's runs are touched, under a path that a socket can have.

And one thread for what torch and numpy calculate, here and in whatever a test starts: as many tests run at once as the
machine has processors, and two more, as some tests wait for what other processes do; and the threads of one are only in
the way of the others. It is said before torch is imported.

Of what holds for any values, a few dozen are tried; `--hypothesis-profile=thorough` tries a thousand.
"""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings

from patience import PATIENCE

os.environ["OMP_NUM_THREADS"] = "1"
signal.signal(
    signal.SIGHUP, signal.SIG_DFL
)  # as in a terminal: what is started under `nohup`, or with `&`, passes that on
signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # until all tests are found: nothing of what that takes can be freed

for profile, n_examples in (("check", 30), ("thorough", 1000)):
    settings.register_profile(
        profile,
        max_examples=n_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
settings.load_profile("check")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Have so many tests run at once."""
    return 2 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that nothing else has to wait for it in the end."""
    items.sort(key=lambda item: item.path.name != "test_checks.py")


def pytest_collection_finish() -> None:
    """Look no more through what is imported, and lives as long as this does, for what can be freed."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def _homes() -> Iterator[Iterator[Path]]:
    folder = Path(mkdtemp(prefix="lr"))
    yield (folder / str(number) for number in count())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever waits for a run, or for an answer, have as long as a busy machine needs: some seconds by default."""
    for waiting in ("live.worker.Worker.wait", "remote.client.attach"):
        monkeypatch.setattr(f"linreg.{waiting}.__defaults__", (PATIENCE,))


@pytest.fixture(autouse=True)
def own_home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a home that is not there yet."""
    home = next(_homes)
    monkeypatch.setenv("LINREG_HOME", str(home))
    return home
