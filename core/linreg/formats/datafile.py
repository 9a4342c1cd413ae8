"""What a file of every format can do."""

from collections.abc import Iterator
from typing import Protocol

from linreg.columns import Columns, Values


class DataFile(Protocol):
    """A file of one format. Its names are known once it is constructed; its rows have not been read yet."""

    names: tuple[str, ...]

    def check(self, columns: Columns) -> None:
        """Refuse columns that cannot hold numbers, as far as that shows before the rows are read."""
        ...

    def values(self, columns: Columns) -> Iterator[tuple[Values, int]]:
        """Read the rows in blocks, from the start.

        Yields
        ------
        tuple
            ``(n_rows, n_used)`` finite numbers, features then target, in any memory layout; and how many rows with a
            missing cell were dropped from the block.

        Raises
        ------
        LinregError
            A row or a cell is at fault, or the file cannot be read on.
        """
        ...
