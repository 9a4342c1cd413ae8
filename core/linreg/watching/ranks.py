"""A new learning rate for a script in several processes: it reaches all of them at the same step, or is refused.

Processes that train one model together, as torchrun starts them, wait for each other in every backward pass: while the
first stands behind step k, none has begun step k + 1. So what the first writes down there, for the steps from k + 1 on,
each of them finds when it is about to take that step. They write on a page of memory that they share, in a file of the
home; how many steps each has begun is there too, and where that shows that they do not step alike the rate is refused.
"""

import mmap
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakSet, ref

from linreg.watching.hooks.torch_hooks import Familiar, Hooks
from linreg.watching.optimizers import change_rates

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

MOST_RANKS, MOST_CHANGES, PATIENCE = 256, 512, 100
"""How many processes and changes there is room for, and at how many steps a process looks for the page."""
_PREFIX = "ranks-"
_NUMBER, _CHANGE = struct.Struct("q"), struct.Struct("qdd")
_BEGUN, _LATE = _NUMBER.size, _NUMBER.size * (1 + MOST_RANKS)
_CHANGES = _NUMBER.size * (1 + 2 * MOST_RANKS)
_SIZE = _CHANGES + _CHANGE.size * MOST_CHANGES


class Page:
    """What processes tell each other: changes by the first, and by every other how many steps it has begun."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)

    @classmethod
    def create(cls, path: Path) -> "Page":
        """Make a new one in the place of any that is there.

        Raises
        ------
        OSError
            It cannot be made.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in path.parent.glob(f"{_PREFIX}*"):
            if not _is_alive(left.name.removeprefix(_PREFIX).partition("-")[0]):
                left.unlink(missing_ok=True)
        ours = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(ours, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.ftruncate(descriptor, _SIZE)
            page = cls(descriptor)
            ours.replace(path)
        finally:
            os.close(descriptor)
        return page

    @classmethod
    def open(cls, path: Path) -> "Page | None":
        """Return the one that is there, if it is."""
        with suppress(OSError, ValueError):
            descriptor = os.open(path, os.O_RDWR)
            try:
                return cls(descriptor)
            finally:
                os.close(descriptor)
        return None

    @property
    def n_changes(self) -> int:
        """How many changes there have been."""
        return int(_NUMBER.unpack_from(self._memory, 0)[0])

    def add(self, step: int, before: float, after: float) -> None:
        """Write a change of the rate down that holds from a step on."""
        n = self.n_changes
        _CHANGE.pack_into(self._memory, _CHANGES + n * _CHANGE.size, step, before, after)
        _NUMBER.pack_into(self._memory, 0, n + 1)

    def change(self, number: int) -> tuple[int, float, float]:
        """Return the step that a change holds from, and the rate before and after it."""
        step, before, after = _CHANGE.unpack_from(self._memory, _CHANGES + number * _CHANGE.size)
        return int(step), float(before), float(after)

    def note_begun(self, rank: int, n_steps: int) -> None:
        """Write down how many steps a process has begun."""
        _NUMBER.pack_into(self._memory, _BEGUN + rank * _NUMBER.size, n_steps)

    def begun(self, rank: int) -> int:
        """Return that."""
        return int(_NUMBER.unpack_from(self._memory, _BEGUN + rank * _NUMBER.size)[0])

    def note_late(self, rank: int) -> None:
        """Write down that a process has found a change too late."""
        _NUMBER.pack_into(self._memory, _LATE + rank * _NUMBER.size, 1)

    def is_late(self, rank: int) -> bool:
        """Tell whether it has."""
        return bool(_NUMBER.unpack_from(self._memory, _LATE + rank * _NUMBER.size)[0])


def is_other_rank() -> bool:
    """Tell whether this is one of several processes under torchrun, and not the first."""
    return os.environ.get("RANK", "0") != "0"


def n_ranks() -> int:
    """Return how many processes torchrun has started together; 1 without it."""
    return _number_in("WORLD_SIZE")


def page_path(folder: Path) -> Path:
    """Return where the processes that were started with this one have their page: all of them have one parent."""
    told = (os.environ.get(name, "0") for name in ("MASTER_PORT", "TORCHELASTIC_RESTART_COUNT"))
    return folder / f"{_PREFIX}{os.getppid()}-{'-'.join(told)}"


class FirstRank:
    """The first process, where there are others.

    Parameters
    ----------
    folder
        Where they meet.
    """

    def __init__(self, folder: Path) -> None:
        self.n_ranks = n_ranks()
        self._is_here = _number_in("LOCAL_WORLD_SIZE") == self.n_ranks <= MOST_RANKS
        self._path = page_path(folder)
        self._page: Page | None = None
        if self.n_ranks > 1 and self._is_here:
            with suppress(OSError):
                self._page = Page.create(self._path)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._page is not None:
            with suppress(OSError):
                self._path.unlink()

    def why_not(self, n_steps: int) -> str:
        """Say why no rate can be set after so many steps; empty where it can."""
        if self.n_ranks == 1:
            return ""
        page, refused = self._page, f"the script runs in {self.n_ranks} processes that must step alike"
        if not self._is_here:
            return f"{refused}, and not all on this machine: its learning rate is not set from here."
        if page is None or page.n_changes == MOST_CHANGES:
            return f"{refused}, and cannot be told of another rate: it is not set."
        for rank in range(1, self.n_ranks):
            if page.is_late(rank):
                return f"{refused}, but process {rank} has taken the rate before at a later step: this one is not set."
            # It may not have come to the step that this one has just taken, nor can it have begun the next.
            if not n_steps - 1 <= page.begun(rank) <= n_steps:
                begun = page.begun(rank)
                where = f"has begun {begun:,} steps, and this one {n_steps:,}" if begun else "is not watched"
                return f"{refused}, and process {rank} {where}: its learning rate is not set from here."
        return ""

    def tell(self, n_steps: int, before: float, after: float) -> None:
        """Have all others take a rate for the step after so many, and from then on."""
        if self._page is not None:
            self._page.add(n_steps, before, after)


class OtherRank:
    """Another process than the first: nobody looks at it, but it takes the rates that the first is given.

    It hears what a `linreg.watching.hooks.torch_hooks.Listener` does.
    """

    current: ClassVar["OtherRank | None"] = None

    @classmethod
    def begin(cls, folder: Path) -> None:
        """Have this process be one, if it is not yet."""
        if cls.current is None:
            cls.current = cls(folder)

    def __init__(self, folder: Path) -> None:
        self.familiar: Familiar | None = None
        self._rank, self._path = _number_in("RANK"), page_path(folder)
        self._page: Page | None = None
        self._main: ref[Optimizer] | None = None
        self._seen: WeakSet[Optimizer] = WeakSet()
        self._n_begun = self._n_taken = 0
        self.hooks = Hooks(self)

    def backward_begins(self, root: "Tensor", within_step: bool, accumulates: bool) -> None:
        """Do nothing."""

    def has_failed(self, reason: str) -> None:
        """Do nothing: the first will find that this one has begun no more steps."""

    def step_ended(self, optimizer: "Optimizer") -> None:
        """Do nothing."""

    def step_begins(self, optimizer: "Optimizer") -> None:
        """Take what is new, before the step; the steps of the optimizer that was the first to take one are counted."""
        if optimizer not in self._seen:
            self._seen.add(optimizer)
        if self._main is None:
            self._main = ref(optimizer)
        page = self._page
        if page is None and self._n_begun < PATIENCE:
            page = self._page = Page.open(self._path)
        if page is not None and page.n_changes > self._n_taken:
            self._take(page)
        if self._main() is optimizer:
            self._n_begun += 1
            if page is not None:
                page.note_begun(self._rank, self._n_begun)

    def _take(self, page: Page) -> None:
        """Take the changes that hold for what is to come, in order; one for a step that is over is late, but taken."""
        while self._n_taken < page.n_changes:
            step, before, after = page.change(self._n_taken)
            if step > self._n_begun:
                return
            if step < self._n_begun:
                page.note_late(self._rank)
            for each in self._seen:
                change_rates(each, before, after)
            self._n_taken += 1


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        return True
    return True


def _number_in(variable: str) -> int:
    text = os.environ.get(variable, "1" if variable.endswith("SIZE") else "0")
    return int(text) if text.isdecimal() else 1
