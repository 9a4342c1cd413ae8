"""Processes that train together: each is told of its place as torchrun tells it, and they meet where this says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.distributed import TCPStore  # type: ignore[attr-defined]

from processes.forks import Forked


@contextmanager
def linreg_ranks(n_ranks: int, *arguments: str | Path) -> "Iterator[list[Forked[str]]]":
    """Have so many processes run ``linreg``; a test that fails leaves none behind."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    place = {
        "MASTER_ADDR": store.host,
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",  # so that none of them opens the port, which is open
        "TORCHELASTIC_RESTART_COUNT": "0",
        "WORLD_SIZE": str(n_ranks),
        "LOCAL_WORLD_SIZE": str(n_ranks),
    }
    processes = [
        Forked[str](
            [sys.executable, "-m", "linreg", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(n_ranks)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()
