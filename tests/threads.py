"""Ranks that are threads of one process: what torch.distributed does between processes, without starting any."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any, TypeVar

from torch import Tensor

from linreg.engines.ranks import Ranks
from patience import PATIENCE

T = TypeVar("T")


class ThreadRanks(Ranks):
    """One of several threads that meet at a barrier."""

    def __init__(self, rank: int, desk: list[Any], barrier: Barrier) -> None:
        self.rank, self.n_ranks = rank, len(desk)
        self._desk, self._barrier = desk, barrier

    def gather(self, value: T) -> list[T]:
        """Lay the value on the desk, wait, and take a copy of what all have laid there."""
        self._desk[self.rank] = value
        self._barrier.wait()
        values = list(self._desk)
        self._barrier.wait()
        return values

    def add(self, tensor: Tensor) -> None:
        """Sum in the order of the ranks, as every rank must get the same."""
        tensor.copy_(sum(self.gather(tensor.clone())))  # type: ignore[arg-type]


def on_ranks(n_ranks: int, work: Callable[[Ranks], T]) -> list[T]:
    """Do the work on several ranks; if one fails, the barrier breaks for all and the failure is raised."""
    barrier, failures, lock = Barrier(n_ranks, timeout=PATIENCE), [], Lock()
    desk: list[Any] = [None] * n_ranks

    def run(rank: int) -> T:
        try:
            return work(ThreadRanks(rank, desk, barrier))
        except BaseException as problem:
            with lock:
                failures.append(problem)
            barrier.abort()
            raise

    with ThreadPoolExecutor(n_ranks) as pool:
        futures = [pool.submit(run, rank) for rank in range(n_ranks)]
    if failures:
        raise failures[0]
    return [future.result() for future in futures]
