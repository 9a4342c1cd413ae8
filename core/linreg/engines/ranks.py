"""Several processes that train one model, each on its own share of the rows.

    torchrun --nproc-per-node 2 -m linreg run BIG.parquet

Every process (a *rank*) reads the same files, other parts of them, and comes to the same parameters; the first one
speaks. They meet in two ways only. `Ranks.gather` brings a value of each to all, in the order of the ranks, so that
sums come out alike everywhere, to the last bit. `Ranks.add` sums a tensor at every step of the lecture's loop. A rank
that cannot go on says so in the next `gather`, and all of them end with its error. One that dies is missed at once,
because its connections close.
"""

import os
import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import accumulate
from operator import add
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from torch import Tensor

STARTING = timedelta(minutes=30)
"""How long a rank waits for the others to start: torch may come to them from a slow disk."""
TIMEOUT = timedelta(seconds=100)
"""How long it waits for their answer: no less than a disk, or a reader of what is printed, may hold one of them up."""
MEETING = 20.0
"""Seconds of reading after which the ranks meet, as one may have a slower disk than another."""

T = TypeVar("T")


class Addable(Protocol):
    """What can be totalled."""

    def __add__(self, other: Self, /) -> Self: ...


A = TypeVar("A", bound=Addable)


class Ranks:
    """The processes that train together: here, this one alone."""

    rank, n_ranks = 0, 1

    def gather(self, value: T) -> list[T]:
        """Return every rank's value, in the order of the ranks; all must call it, and wait here for each other.

        Raises
        ------
        LinregError
            Whatever another rank has failed with instead, or it is gone.
        """
        return [value]

    def add(self, tensor: "Tensor") -> None:
        """Replace a tensor by its sum over the ranks, in place."""

    def in_step(self, batches: Iterable[T]) -> Iterator[T]:
        """Hand on what each rank reads, however long that takes; all must do so, and end together."""
        met = monotonic()
        for batch in batches:
            yield batch
            if self.n_ranks > 1 and monotonic() - met > MEETING:
                self.gather(False)
                met = monotonic()
        while not all(self.gather(True)):
            pass

    def total(self, value: A) -> A:
        """Add up every rank's value."""
        return reduce(add, self.gather(value))

    def first(self, value: T) -> T:
        """Return the value of the first rank, for what depends on time and must be alike."""
        return self.gather(value)[0]

    def any(self, value: T | None) -> T | None:
        """Return the first value that is not None."""
        return next((each for each in self.gather(value) if each is not None), None)

    def device(self, name: str) -> str:
        """Return the device of this rank where `name` means whichever there are."""
        return name


ALONE = Ranks()


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a rank cannot go on."""

    problem: Exception

    @property
    def part(self) -> int:
        """Where in the data it is, so that of several faults the first is reported, as by a single process."""
        return -1 if (part := getattr(self.problem, "part", None)) is None else part


class TorchRanks(Ranks):
    """One of several processes, connected by torch.distributed: gloo on the CPU, NCCL on CUDA.

    Raises
    ------
    LinregError
        The others cannot be reached from here.
    """

    def __init__(self, rank: int, n_ranks: int, local_rank: int) -> None:
        import torch
        import torch.distributed.nn.functional  # imported later, it would keep the group, and so its threads
        from torch import distributed

        self.rank, self.n_ranks, self._local_rank = rank, n_ranks, local_rank
        self.failed = False
        backend, variables = "gloo", "GLOO_SOCKET_IFNAME"
        if torch.cuda.is_available():
            backend, variables = "cpu:gloo,cuda:nccl", f"{variables}, and on CUDA in NCCL_SOCKET_IFNAME"
            torch.cuda.set_device(local_rank % torch.cuda.device_count())
        self._distributed = distributed
        try:
            with _native_output_unheard():
                distributed.init_process_group(backend, timeout=STARTING)
                self._group: Any = distributed.new_group(timeout=TIMEOUT)
        except (RuntimeError, ValueError) as problem:  # torch has no exception of its own for gloo
            _speak_for_this_machine(local_rank)
            _end_undisturbed()
            if local_rank:
                sleep(_LEAD)
            raise LinregError(
                f"rank {rank} cannot reach the others: {_first_line(problem)}; "
                f"name a network interface that leads to them in {variables} (ip link lists those of a machine)."
            ) from None

    def gather(self, value: T) -> list[T]:
        """Return every rank's value, in the order of the ranks."""
        outcomes: list[Any] = [None] * self.n_ranks
        with self._connected():
            self._distributed.all_gather_object(outcomes, value, group=self._group)
        failures = [outcome for outcome in outcomes if isinstance(outcome, _Failure)]
        if failures:
            self.failed = True
            raise min(failures, key=lambda failure: failure.part).problem
        return outcomes

    def add(self, tensor: "Tensor") -> None:
        """Replace a tensor by its sum over the ranks, in place."""
        with self._connected():
            self._distributed.all_reduce(tensor, group=self._group)

    def device(self, name: str) -> str:
        """Give each rank of a machine a CUDA device of its own."""
        if name != "cuda":
            return name
        import torch

        return f"cuda:{self._local_rank % torch.cuda.device_count()}"

    def fail(self, problem: Exception) -> None:
        """Let the others know, and raise on all what the first of those at fault has met."""
        self.gather(_Failure(problem))

    def leave(self) -> None:
        """Close the connections, as far as they still are open, and end with the status that all ranks agree on.

        Threads of gloo that outlived this could need Python to drop a tensor while it shuts down: that is an abort.
        """
        _end_undisturbed()
        with suppress(RuntimeError):
            self._distributed.destroy_process_group()

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as problem:
            self.failed = True
            _speak_for_this_machine(self._local_rank)
            if "timed out" in str(problem).lower():
                what = f"has not answered for {TIMEOUT.total_seconds():.0f} seconds"
            else:
                what = "has ended"
            raise LinregError(
                f"rank {self.rank}: another rank {what}, and without it there is no answer; "
                "see its own message, or whether its machine ran out of memory or cannot be reached."
            ) from None


@contextmanager
def joined() -> Iterator[Ranks]:
    """Meet the other processes that torchrun started; there are none without it, and then torch is not needed.

    Raises
    ------
    LinregError
        Any of the processes failed inside the context: then all of them do, with the same error.
    """
    place = _place(os.environ)
    if place is None:
        yield ALONE
        return
    rank, n_ranks, local_rank = place
    os.environ.setdefault("POLARS_MAX_THREADS", str(_threads(os.environ)))
    ranks = TorchRanks(rank, n_ranks, local_rank)
    try:
        yield ranks
        ranks.gather(None)  # nobody leaves while another may still fail
    except (LinregError, MemoryError, OSError) as problem:
        if not ranks.failed:
            ranks.fail(problem)
        raise
    finally:
        ranks.leave()


def speaks() -> bool:
    """Tell whether this process is the one that prints: the first of those that train together."""
    place = _place(os.environ)
    return place is None or place[0] == 0


_LEAD = 3.0
"""Seconds that the others of a machine leave to its first rank, which says what is wrong: once one process has ended,
torchrun ends those that are still on their way to here."""


@contextmanager
def _native_output_unheard() -> Iterator[None]:
    """Keep what gloo says of its connections, as torch 2.10 has it do, out of what is printed."""
    try:
        kept = os.dup(1)
    except OSError:  # standard output is closed
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _end_undisturbed() -> None:
    """End with the status of one's own: the first to do so makes torchrun send SIGTERM to those who are still at it."""
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _speak_for_this_machine(local_rank: int) -> None:
    """Have the first rank of each machine speak from here on: what others say may not be seen here."""
    if local_rank == 0:
        os.environ.pop("RANK", None)


def _first_line(problem: Exception) -> str:
    """Return what torch says of a network, without the place in its source."""
    line = next(iter(str(problem).splitlines()), "") or type(problem).__name__
    return shortened(re.sub(r"^\[[^]]*\] *(\S+ [!=<>]+ \S+\. *)?", "", line).rstrip(". "), 120)


def row_numbers(parts: Sequence[Sequence[int]], rank: int) -> list[range]:
    """Return the places of the rows that a rank has read in the whole table, as one process would read it.

    Parameters
    ----------
    parts
        For each rank how many rows it has of each part of the data; 0 for a part that another rank reads.

    Raises
    ------
    LinregError
        The ranks have not seen the same parts.
    """
    if len({len(mine) for mine in parts}) > 1:
        raise LinregError("the ranks have read files of different sizes; do not write to the data while they are read.")
    starts = accumulate((sum(part) for part in zip(*parts, strict=True)), initial=0)
    return [range(start, start + n_rows) for start, n_rows in zip(starts, parts[rank], strict=False) if n_rows]


def _place(environment: Mapping[str, str]) -> tuple[int, int, int] | None:
    """Read rank, number of ranks and rank on this machine from what torchrun sets; None where it started nothing."""
    try:
        rank, n_ranks = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local_rank = int(environment.get("LOCAL_RANK", rank))
    except (KeyError, ValueError):
        return None
    return (rank, n_ranks, local_rank) if n_ranks > 1 and "MASTER_ADDR" in environment else None


def _threads(environment: Mapping[str, str]) -> int:
    """Return this process's part of the machine's processors."""
    n_processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, n_processors // int(environment.get("LOCAL_WORLD_SIZE", 1)))
