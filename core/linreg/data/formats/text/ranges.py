"""A file of plain text dealt out to several processes, each of which reads a range of it and not the others'.

The bytes are laid out in fields of one size. The part with a number holds the records that start in the field with that
number: the same parts in every process, whichever of them it reads. The first record of a field starts after the first
line end from there on, unless this is inside quotes. That only the text before can tell: it is searched for a quote, as
fast as memory is read, and a table of numbers has none. From a quote on, fields are cut one after the other.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from linreg.data.diagnosis import cannot_read
from linreg.data.formats.text import records

MARGIN = 64 << 10
"""Bytes read at first beyond a field to find where its last record ends."""
STRETCH = 256 << 10
"""Bytes searched or counted at a time: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Range:
    """Whole records, read from the `start`-th byte of the file on."""

    text: bytes
    start: int
    ranges: "Ranges"

    @property
    def line(self) -> int:
        """The number of its first line; lines are counted only if somebody wants to know."""
        return self.ranges.line_at(self.start)


class Ranges:
    """The parts of an open file, to be asked for in rising order."""

    def __init__(self, file: FileIO, name: str, separator: str | None, skipped: int, size: int) -> None:
        """Lay out fields of `size` bytes behind the first `skipped`, which end where a line does.

        `separator` is None where quotes mean nothing.
        """
        self._descriptor, self._name, self._separator = file.fileno(), name, separator
        self._skipped, self._size = skipped, size
        self._end = max(skipped, os.fstat(self._descriptor).st_size)
        self.n_parts = max(1, -(-(self._end - skipped) // size))
        self._known = (0, skipped)  # a field, and where its first record starts
        self._counted = (0, 1)  # a place, and the number of the line that is there

    def part(self, number: int) -> Range:
        """Read a part; it is empty where a record from before reaches beyond the field.

        Raises
        ------
        LinregError
            The file cannot be read, or a record does not end within `LARGEST_RECORD`.
        """
        start = self._start_of(number)
        boundary = self._boundary(number + 1)
        if start >= boundary:
            return Range(b"", start, self)
        end = self._record_end(boundary - 1, boundary)
        text = self._read(start, end - start)
        if self._separator is not None and b'"' in text:
            end = self._record_end(start, boundary)
            text = self._read(start, end - start)
        self._known = (number + 1, end)
        return Range(text, start, self)

    def line_at(self, place: int) -> int:
        """Return the number of the line, from 1, that a place is in; places must rise, for lines are counted once."""
        start, line = self._counted
        for at, n_bytes in _stretches(start, place):
            line += records.count(self._read(at, n_bytes), "\n")
        self._counted = (place, line)
        return line

    def _start_of(self, field: int) -> int:
        """Find where the first record of a field starts, from the known one on."""
        known, start = self._known
        while known < field:
            if start >= self._boundary(known + 1):  # the record before it covers the next field too
                known += 1
                continue
            last = (self._first_quote(start, self._boundary(field)) - self._skipped) // self._size
            if last > known:  # no quote comes before that field: the bytes from there on tell
                known, boundary = last, self._boundary(last)
                start = self._record_end(boundary - 1, boundary)
            else:
                known += 1
                start = self._record_end(start, self._boundary(known))
        self._known = (known, start)
        return start

    def _boundary(self, field: int) -> int:
        return min(self._end, self._skipped + field * self._size)

    def _first_quote(self, start: int, end: int) -> int:
        """Find a quote that means something between two places; else return the second."""
        if self._separator is not None:
            for at, n_bytes in _stretches(start, end):
                if (place := self._read(at, n_bytes).find(b'"')) >= 0:
                    return at + place
        return end

    def _record_end(self, start: int, boundary: int) -> int:
        """Find where the first record to end at the boundary or behind it ends; at `start` no quote is open."""
        before, margin = boundary - start, MARGIN
        while True:
            text = self._read(start, before + margin)
            if end := records.first_record_end(text, before - 1, self._separator):
                return start + end
            if len(text) < before + margin:
                return self._end
            if margin >= records.LARGEST_RECORD:
                begun = records.last_record_end(text[:before], self._separator)
                raise records.endless(self._name, self.line_at(start + begun))
            margin *= 4

    def _read(self, start: int, n_bytes: int) -> bytes:
        try:
            return os.pread(self._descriptor, n_bytes, start)
        except OSError as problem:
            raise cannot_read(self._name, problem) from None


def _stretches(start: int, end: int) -> Iterator[tuple[int, int]]:
    return ((at, min(STRETCH, end - at)) for at in range(start, end, STRETCH))
