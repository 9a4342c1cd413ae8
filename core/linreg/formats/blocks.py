"""A file of text as blocks of whole records: what lets a table of any size be read in bounded memory.

A block ends where a record ends. Hence each can be parsed by itself, and a block that needs a closer look is read again
alone, with the number of its first line at hand. The file is opened here, once for every pass, so that a name with
``*``, ``[`` or bytes that are not UTF-8 is never a pattern nor text to anyone.
"""

import gzip
import os
import sys
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO, cast

import numpy as np

from linreg.diagnosis import cannot_read, display_name, looks_like, mislabelled
from linreg.errors import LinregError
from linreg.formats.datafile import Share

BLOCK = 12 << 20
"""Bytes; of 4 to 32 MiB the fastest. glibc gives larger blocks back to the system each time."""
PART, SMALLEST_PART = 4 << 20, 256 << 10
"""The same where processes share a file, each cutting it all: most of a smaller block is still in the cache."""
LARGEST_RECORD = 64 << 20
IN_CACHE = 128 << 10

Block = tuple[int, bytes]
"""The number of its first line, as a text editor shows it, and the bytes."""

_QUOTE = ord('"')


class TextFile:
    """A file of lines, plain, gzip-compressed or on standard input, which can be read only once."""

    def __init__(self, data: str, *, kind: str, separator: str | None) -> None:
        """Look at nothing yet; `kind` is "CSV", "TSV" or "JSON lines", `separator` None where quotes mean nothing.

        `fraction_read` is how much of the file the last pass has read, compressed or not; None of standard input.
        """
        self.data = data
        self.name = display_name(data)
        self.fraction_read: float | None = None
        self._kind = kind
        self._separator = separator
        self._standard_input: Generator[Block] | None = None
        if data == "-":
            if sys.stdin is None:
                raise LinregError("standard input is closed; pipe a table into it, or name a file.")
            self._standard_input = self._cut(cast(BinaryIO, sys.stdin.buffer), BLOCK)

    def part_size(self, share: Share) -> int:
        """Return how many bytes a block should have to deal the file out evenly."""
        return (
            BLOCK
            if share.n_ranks == 1
            else share.part_size(os.stat(self.data).st_size, min(PART, BLOCK), SMALLEST_PART)
        )

    def blocks(self, size: int | None = None) -> Generator[Block]:
        """Read the file in blocks of about `size` bytes (`BLOCK`), without a byte-order mark; the last may be empty.

        Raises
        ------
        LinregError
            The file cannot be read, a record is longer than `LARGEST_RECORD`, or a byte is NUL.
        """
        if self._standard_input is not None:
            yield from self._standard_input
            return
        with ExitStack() as stack:
            try:
                raw = file = cast(BinaryIO, stack.enter_context(open(self.data, "rb", buffering=0)))
                if self.data.lower().endswith(".gz"):
                    if (magic := os.pread(file.fileno(), 2, 0)) and magic != b"\x1f\x8b":
                        raise mislabelled(self.name, os.pread(file.fileno(), 512, 0), "gzip-compressed data")
                    file = cast(BinaryIO, stack.enter_context(gzip.open(file)))
            except OSError as problem:
                raise cannot_read(self.name, problem) from None
            n_bytes = max(1, os.fstat(raw.fileno()).st_size)
            for block in self._cut(file, size or BLOCK):
                self.fraction_read = raw.tell() / n_bytes
                yield block

    def _cut(self, file: BinaryIO, size: int) -> Generator[Block]:
        buffer = bytearray(size)
        kept, line = 0, 1
        while True:
            filled = self._fill(file, buffer, kept)
            at_end = filled < len(buffer)
            end = filled if at_end else _end_of_records(buffer, self._separator)
            if end == 0 and not at_end:
                if len(buffer) >= LARGEST_RECORD:
                    raise LinregError(
                        f"{self.name}, line {line}: the row does not end within {LARGEST_RECORD >> 20} MiB; "
                        'close the quote (") that is left open, if there is one.'
                    )
                buffer.extend(bytes(len(buffer)))
                kept = filled
                continue
            with memoryview(buffer) as view:
                block = bytes(view[:end])
            if line == 1:
                block = self._start_of_table(block)
            self._refuse_nul(line, block)
            yield line, block
            if at_end:
                return
            line += count(block, "\n")
            kept = filled - end
            buffer[:kept] = buffer[end:filled]

    def _fill(self, file: BinaryIO, buffer: bytearray, start: int) -> int:
        with memoryview(buffer) as view:
            try:
                while start < len(buffer) and (count := file.readinto(view[start:])):  # type: ignore[attr-defined]
                    start += count
            except (OSError, EOFError, zlib.error) as problem:
                raise cannot_read(self.name, problem) from None
        return start

    def _start_of_table(self, block: bytes) -> bytes:
        if block == b"":
            raise LinregError(f"{self.name}: the file is empty; give a table with a row or more.")
        what = looks_like(block[:512])
        if what == "UTF-16 text":
            raise LinregError(f"{self.name}: this is UTF-16 text; save it as UTF-8.")
        if what is not None and (what, self._kind) != ("JSON", "JSON lines"):
            raise mislabelled(self.name, block[:512], self._kind)
        return block.removeprefix(b"\xef\xbb\xbf")

    def _refuse_nul(self, line: int, block: bytes) -> None:
        if (position := block.find(b"\0")) >= 0:
            line += block.count(b"\n", 0, position)
            raise LinregError(
                f"{self.name}, line {line}: there is a NUL byte; if the text is UTF-16, save it as UTF-8."
            )


def lines_of(block: bytes) -> Iterator[str]:
    """Decode a block line by line; bytes that are not UTF-8 become surrogates, an error only where they are used."""
    for line in BytesIO(block):
        yield line.decode("utf-8", "surrogateescape")


def count(block: bytes, character: str) -> int:
    """Count a character in pieces that stay in the processor's cache; many times as fast as `bytes.count`."""
    characters, wanted = np.frombuffer(block, np.uint8), ord(character)
    starts = range(0, len(block), IN_CACHE)
    return sum(int(np.count_nonzero(characters[start : start + IN_CACHE] == wanted)) for start in starts)


def quotes_are_regular(block: bytes | bytearray, separator: str) -> bool:
    """Whether every quoted cell is quoted as RFC 4180 wants it: from delimiter to delimiter, quotes inside doubled.

    Only then do all parsers agree where the cells are.
    """
    characters = np.frombuffer(block, np.uint8)
    quotes = np.flatnonzero(characters == _QUOTE)
    before = characters[quotes[0::2] - 1][quotes[0::2] > 0]
    closing = quotes[1::2] + 1
    after = characters[closing[closing < len(characters)]]
    around = np.frombuffer(f'"\r\n{separator}'.encode(), np.uint8)
    return bool(np.isin(before, around).all() and np.isin(after, around).all())


def _end_of_records(buffer: bytearray, separator: str | None) -> int:
    """Find the last line end that is not inside quotes; just after it, or 0 if there is none."""
    end = buffer.rfind(b"\n") + 1
    if separator is None or b'"' not in buffer or not quotes_are_regular(buffer, separator):
        return end
    quotes = np.flatnonzero(np.frombuffer(buffer, np.uint8) == _QUOTE)
    while end and (before := int(np.searchsorted(quotes, end))) % 2:
        end = buffer.rfind(b"\n", 0, int(quotes[before - 1])) + 1
    return end
