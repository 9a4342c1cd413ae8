"""Watching a run over its socket in tests: wait for what will come, and compare the two ends to the last bit."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep

from exactly import same
from linreg.history.history import History
from linreg.live.control import Control
from linreg.remote.sockets import listen
from patience import PATIENCE


def wait_until(holds: Callable[[], bool], what: str = "it") -> None:
    """Wait until something holds, which it must some time."""
    deadline = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < deadline, f"{what} did not come to pass"
        sleep(0.005)


@contextmanager
def impostor(folder: Path, *said: bytes, name: str = "run") -> Iterator[list[socket.socket]]:
    """Answer one viewer with these bytes, and hear nothing of what it says."""
    accepted: list[socket.socket] = []

    def answer() -> None:
        connected, _ = listening.accept()
        accepted.append(connected)
        connected.sendall(b"".join(said))

    with listen(folder, name) as listening, ThreadPoolExecutor(1) as pool:
        answered = pool.submit(answer)
        yield accepted
        answered.result()
    for connected in accepted:
        connected.close()


def check_same(here: Control, there: Control) -> None:
    """Wait until the run stands still and both ends show that, and compare all that a panel can read of it."""
    wait_until(lambda: not there.state.phase.is_moving, "standing still")
    wait_until(lambda: here.state.version == there.state.version and there.history is not None, "the same state")
    assert same(asdict(here.state), asdict(there.state))
    assert here.recipe == there.recipe
    assert here.facts is not None
    assert there.facts is not None
    assert same(asdict(here.facts), asdict(there.facts))
    assert isinstance(here.history, History)
    assert there.history is not None
    check_same_history(here.history, there.history, len(here.facts.initial), there.state.epoch)


def check_same_history(here: History, there: History, n_parameters: int, epoch: int) -> None:
    """Compare every series and every row."""
    assert here.last_epoch == there.last_epoch
    for quantity in ("cost", "excess", *range(n_parameters)):
        for n_buckets in (50, 5000):
            for until in (epoch, None):
                one, other = (each.series(quantity, n_buckets, until) for each in (here, there))
                assert same(asdict(one), asdict(other)), quantity
    rows = [[asdict(row) for row in each.rows(100_000, epoch)] for each in (here, there)]
    assert same(*([{**row, "parameters": row["parameters"].tolist()} for row in each] for each in rows))
