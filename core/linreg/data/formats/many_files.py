"""Many files read as one table, one after the other, each with the same columns.

In a Hive-partitioned folder (``year=2024/part-0.parquet``) the folders' names are columns too. They come before the
files' own, so that the last column of the files is still the one that is predicted by default.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from linreg.data.cells import MISSING, is_number, why_not_a_number
from linreg.data.columns import Columns, Values, checked_names, listed
from linreg.data.formats.datafile import WHOLE, DataFile, Share
from linreg.errors import LinregError
from linreg.text import shortened

_NO_VALUE = MISSING | {"__hive_default_partition__"}


@dataclass(frozen=True, slots=True)
class Member:
    """One of the files: its name to show, its size in bytes, and what the names of its folders say (key → value)."""

    file: DataFile
    name: str
    size: int
    keys: dict[str, str]


class ManyFiles:
    """Files of one format and with the same columns, in any order, whose rows have not been read yet."""

    def __init__(self, name: str, members: Sequence[Member]) -> None:
        """Compare the columns of one file or more.

        Raises
        ------
        LinregError
            A file has other columns, or folders named after other keys, than the first.
        """
        self._name, self._members = name, members
        first = members[0]
        for member in members[1:]:
            _check_alike(first, member)
        self._keys = tuple(key for key in first.keys if key not in first.file.names)
        self.names, nameless = checked_names(name, (*self._keys, *first.file.names))
        self.remarks = replace(
            first.file.remarks, where="", nameless={**first.file.remarks.nameless, **dict.fromkeys(nameless, "")}
        )
        self._n_bytes = max(1, sum(member.size for member in members))
        self._read: tuple[int, Member] | None = None

    @property
    def fraction_read(self) -> float | None:
        """How much of all files' bytes the last pass has read."""
        if self._read is None:
            return 0.0
        before, member = self._read
        return (before + member.size * (member.file.fraction_read or 0.0)) / self._n_bytes

    def check(self, columns: Columns) -> None:
        """Refuse a chosen column that does not hold numbers, in any file or in the folders' names."""
        n_keys = len(self._keys)
        for column in columns.used:
            if column < n_keys and column not in columns.levels:
                self._check_key(columns, column)
        if all(column < n_keys for column in columns.used):
            raise LinregError(f"{self._name}: only folders' names are used; choose a column of the files too.")
        for member in self._members:
            member.file.check(self._own(columns, member))

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows, file after file: finite numbers ``(n_rows, n_used)``, and how many rows were dropped.

        Raises
        ------
        LinregError
            As each format does, or a folder's name has no value for its key.
        """
        self._read, n_bytes, n_parts = None, 0, 0
        for member in self._members:
            self._read = (n_bytes, member)
            for values, n_dropped in member.file.values(self._own(columns, member), share.after(n_parts)):
                n_parts += 1
                yield self._with_keys(columns, member, values, n_dropped)
            n_bytes += member.size

    def _own(self, columns: Columns, member: Member) -> Columns:
        """Translate the chosen columns into those of one file."""
        names = member.file.names
        position = {name: index for index, name in enumerate(names)}
        own = {column: position.get(self.names[column]) for column in columns.used if column >= len(self._keys)}
        features = tuple(place for column in columns.features if (place := own.get(column)) is not None)
        target = None if columns.target is None else own.get(columns.target)
        weights = None if columns.weights is None else own.get(columns.weights)
        levels = {place: each for column, each in columns.levels.items() if (place := own.get(column)) is not None}
        return replace(
            columns, file=member.name, names=names, features=features, target=target, levels=levels, weights=weights
        )

    def _with_keys(self, columns: Columns, member: Member, values: Values, n_dropped: int) -> tuple[Values, int]:
        """Put the columns that the folders' names give where they belong."""
        from_key = [column < len(self._keys) for column in columns.used]
        if not any(from_key):
            return values, n_dropped
        joined = np.empty((len(values), len(columns.used)))
        joined[:, np.logical_not(from_key)] = values
        for position, column in enumerate(columns.used):
            if from_key[position]:
                joined[:, position] = self._of_key(columns, member, column)
        kept, n_without = columns.settled(joined, lambda row, position: (f"the names of {member.name}'s folders", ""))
        return kept, n_dropped + n_without

    def _of_key(self, columns: Columns, member: Member, column: int) -> float:
        text = member.keys[self._keys[column]]
        if column in columns.levels:
            is_missing = text.strip().lower() in _NO_VALUE
            return nan if is_missing else columns.value(text, f"a folder of {member.name}", column)
        return _number(text)

    def _check_key(self, columns: Columns, column: int) -> None:
        """Refuse a key that is not a number in every folder's name."""
        key = self._keys[column]
        for member in self._members:
            text = member.keys[key].strip()
            if text.lower() not in _NO_VALUE and not is_number(text):
                what = f"{shortened(text)!r}, in a folder's name, {why_not_a_number(text)}"
                raise replace(columns, file=member.name).complaint("", column, what)


def _number(text: str) -> float:
    return nan if text.strip().lower() in _NO_VALUE else float(text)


def _check_alike(first: Member, other: Member) -> None:
    """Refuse a file that is not another part of the same table."""
    for mine, theirs, what in (
        (first.file.names, other.file.names, "columns"),
        (tuple(first.keys), tuple(other.keys), "keys in the folders' names"),
    ):
        if set(mine) != set(theirs):
            extra = [name for name in theirs if name not in mine]
            lacking = [name for name in mine if name not in theirs]
            difference = " and ".join(
                f"{verb} {listed(names)}" for verb, names in (("lacks", lacking), ("has also", extra)) if names
            )
            raise LinregError(
                f"{other.name}: the {what} differ from those of {first.name}: it {difference}; "
                "give files with the same columns."
            )
