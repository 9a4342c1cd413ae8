"""Runs that outlive what started them: found in the store, and ended with their test."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linreg.store.run import Run
from linreg.store.store import RunStore


def the_run(home: Path) -> Run:
    """Return the newest run of a home."""
    with RunStore(home) as store:
        return store.get("latest")


@contextmanager
def ending_runs(home: Path) -> Iterator[None]:
    """Kill whatever is still at work on a run of a home, at the end."""
    try:
        yield
    finally:
        if home.exists():
            with RunStore(home) as store:
                for run in store.runs():
                    if run.is_alive:
                        with suppress(ProcessLookupError):
                            os.kill(run.owner.pid, signal.SIGKILL)
