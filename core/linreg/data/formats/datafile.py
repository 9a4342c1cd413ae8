"""What a file of every format can do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from linreg.checks import option_name
from linreg.data.columns import Columns, Remarks, Values
from linreg.dialect import TextDialect
from linreg.errors import LinregError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """Which parts of a file are read here, where several processes share the reading.

    A part is what a file reads at a time: a slice of rows, a block of whole lines. Parts are numbered in the file's
    order, alike in every process, so that each is read by exactly one of them: a run of them where it is known how many
    there are, else every `n_ranks`-th one.
    """

    rank: int = 0
    n_ranks: int = 1

    def takes(self, part: int) -> bool:
        """Whether the part with this number, from 0, is read here."""
        return part % self.n_ranks == self.rank

    def dealt(self, parts: Iterable[T]) -> Iterator[T | None]:
        """Hand on the parts that are read here, None for each other one."""
        return (part if self.takes(number) else None for number, part in enumerate(parts))

    def run(self, n_parts: int) -> range:
        """Return the parts that are read here, of a file that has so many."""
        return range(self.rank * n_parts // self.n_ranks, (self.rank + 1) * n_parts // self.n_ranks)

    def after(self, n_parts: int) -> "Share":
        """Return the share of a file that `n_parts` parts come before."""
        return Share((self.rank - n_parts) % self.n_ranks, self.n_ranks)

    def part_size(self, total: int, size: int, least: int) -> int:
        """Return a part's size, at most about `size`, that deals `total` out evenly; below `least` it is not worth it.

        Alone, parts are as large as they may be.
        """
        if self.n_ranks == 1:
            return size
        n_parts = -(-total // (size * self.n_ranks)) * self.n_ranks
        return max(least, min(size, -(-total // max(1, n_parts))))


WHOLE = Share()


class DataFile(Protocol):
    """A file of one format. Its names are known once it is constructed; its rows have not been read yet."""

    names: tuple[str, ...]
    remarks: Remarks

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read, from 0 to 1; None where its end is not in sight."""
        ...

    def check(self, columns: Columns) -> None:
        """Refuse columns that cannot hold numbers, as far as that shows before the rows are read."""
        ...

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the rows part by part, from the start.

        Yields
        ------
        tuple
            ``(n_rows, n_used)`` finite numbers, features then target, in any memory layout; and how many rows with a
            missing cell were dropped from the part. For a part outside the share: no rows, and 0.

        Raises
        ------
        LinregError
            A row or a cell is at fault, or the file cannot be read on.
        """
        ...


def progress(own: range, part: int) -> float:
    """Return how much of a share's own parts has been read with this one, from 0 to 1."""
    return min(1.0, max(0.0, (part + 1 - own.start) / len(own))) if own else 1.0


def nothing(columns: Columns) -> tuple[Values, int]:
    """Return what is yielded for a part that another process reads."""
    return np.empty((0, len(columns.used))), 0


def refuse_dialect(name: str, kind: str, dialect: TextDialect, *meant: str) -> None:
    """Refuse what is said of how a text is written, but for some of it, where a file of this kind has no such thing."""
    for field in dialect.said():
        if field not in meant:
            option = "--no-header" if (field, dialect.header) == ("header", False) else option_name(field)
            raise LinregError(
                f"{name}: {option} says how a table of text is written, and this is {kind}; leave it out."
            )
