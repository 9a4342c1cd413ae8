"""A file of text as blocks of whole records: what lets a table of any size be read in bounded memory.

A block ends where a record ends. Hence each can be parsed by itself, and a block that needs a closer look is read again
alone, with the number of its first line at hand. The file is opened here, once for every pass, so that a name with
``*``, ``[`` or bytes that are not UTF-8 is never a pattern nor text to anyone.
"""

import gzip
import os
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from io import BytesIO, FileIO
from typing import BinaryIO, NamedTuple, cast

from linreg.data.diagnosis import UNICODE, cannot_read, display_name, looks_like, mislabelled, piped
from linreg.data.formats.datafile import Share, progress
from linreg.data.formats.text import records
from linreg.data.formats.text.ranges import Range, Ranges
from linreg.errors import LinregError

BLOCK = 12 << 20
"""Bytes; of 4 to 32 MiB the fastest. glibc gives larger blocks back to the system each time."""
PART, SMALLEST_PART = 4 << 20, 256 << 10
"""The same where processes share a compressed file, each cutting it all: most of a smaller block stays in the cache."""
HEAD = 64 << 10
"""Bytes that are looked at before the first pass."""
_MARK = b"\xef\xbb\xbf"


class Block(NamedTuple):
    """Whole records, and the number of their first line, as a text editor shows it."""

    line: int
    text: bytes


_READ = Block(0, b"")
"""What is kept of a stream that has been read."""


class TextFile:
    """A file of lines, plain or gzip-compressed; or a stream, which can be read only once."""

    def __init__(
        self,
        data: str,
        *,
        kind: str,
        separator: str | None,
        skip_lines: int = 0,
        stream: BinaryIO | None = None,
    ) -> None:
        """Look at nothing yet.

        `kind` is "CSV", "TSV", "text" or "JSON lines"; `separator` None where quotes mean nothing; `stream` what is
        read in the place of a file, which can be done only once. The first `skip_lines` lines are passed over.

        `fraction_read` is how much of the file the last pass has read, compressed or not; None of a stream.
        """
        self.data = data
        self.name = display_name(data)
        self.fraction_read: float | None = None
        self._kind = kind
        self._separator = separator
        self._skip_lines = skip_lines
        self._n_above = 0
        self._stream = None if stream is None else self._cut(stream, BLOCK)
        self._kept: list[Block] = []

    def block_size(self, share: Share) -> int:
        """Return how many bytes a block should have to deal out evenly a file that each process cuts by itself."""
        if share.n_ranks == 1:
            return BLOCK
        return share.part_size(os.stat(self.data).st_size, min(PART, BLOCK), SMALLEST_PART)

    @property
    def has_ranges(self) -> bool:
        """Whether it can be read by `ranges`, from any place: as it is, and not through a pipe."""
        return self._stream is None and not self._is_compressed and os.path.isfile(self.data)

    def ranges(self, share: Share, skipped: int = 0) -> Generator[Range | None]:
        """Read the share of what comes after the first bytes that `blocks` gave before; None for other parts.

        Raises
        ------
        LinregError
            As `blocks` does.
        """
        with self._opened() as file:
            skipped += self._n_above
            size = share.part_size(os.fstat(file.fileno()).st_size - skipped, BLOCK, SMALLEST_PART)
            ranges = Ranges(file, self.name, self._separator, skipped, size)
            own = share.run(ranges.n_parts)
            for number in range(ranges.n_parts):
                part = ranges.part(number) if number in own else None
                if part is not None:
                    self._refuse_nul(part)
                self.fraction_read = progress(own, number)
                yield part

    def head(self) -> Iterator[Block]:
        """Read the first block, and where it tells too little the following ones; of a stream only the first."""
        if self._stream is not None:
            if not self._kept:
                self._kept.append(next(self._stream))
            yield self._kept[0]
            return
        with closing(self.blocks(HEAD)) as blocks:
            yield from blocks

    def blocks(self, size: int | None = None) -> Generator[Block]:
        """Read the file in blocks of about `size` bytes (`BLOCK`), without a byte-order mark; the last may be empty.

        Raises
        ------
        LinregError
            The file cannot be read, a record is longer than `LARGEST_RECORD`, a byte is NUL, there are no lines but
            those to pass over, or a stream is read a second time.
        """
        if self._stream is not None:
            if self._kept == [_READ]:
                raise LinregError(f"{self.name}: it can be read only once; save the data in a file.")
            kept, self._kept = self._kept, [_READ]
            yield from kept
            yield from self._stream
            return
        with self._opened() as raw, gzip.open(raw) if self._is_compressed else nullcontext(raw) as file:
            n_bytes = max(1, os.fstat(raw.fileno()).st_size)
            for block in self._cut(cast(BinaryIO, file), size or BLOCK):
                self.fraction_read = raw.tell() / n_bytes
                yield block

    @property
    def _is_compressed(self) -> bool:
        return self.data.lower().endswith(".gz")

    @contextmanager
    def _opened(self) -> Iterator[FileIO]:
        with ExitStack() as stack:
            try:
                file = stack.enter_context(open(self.data, "rb", buffering=0))
                if self._is_compressed and (magic := os.pread(file.fileno(), 2, 0)) and magic != b"\x1f\x8b":
                    raise mislabelled(self.name, os.pread(file.fileno(), 512, 0), "gzip-compressed data")
            except OSError as problem:
                raise cannot_read(self.name, problem) from None
            yield file

    def _cut(self, file: BinaryIO, size: int) -> Generator[Block]:
        buffer = bytearray(size)
        kept, line, ended = self._below_the_top(file, buffer)
        while True:
            filled = kept if ended else self._fill(file, buffer, kept)
            at_end = ended or filled < len(buffer)
            end = filled if at_end else records.last_record_end(buffer, self._separator)
            if end == 0 and not at_end:
                if len(buffer) >= records.LARGEST_RECORD:
                    raise records.endless(self.name, line)
                buffer.extend(bytes(len(buffer)))
                kept = filled
                continue
            with memoryview(buffer) as view:
                text = bytes(view[:end])
            block = Block(line, text)
            self._refuse_nul(block)
            yield block
            if at_end:
                return
            line += records.count(text, "\n")
            kept = filled - end
            buffer[:kept] = buffer[end:filled]

    def _below_the_top(self, file: BinaryIO, buffer: bytearray) -> tuple[int, int, bool]:
        """Read on to the first line that counts.

        Returns
        -------
        tuple
            How many bytes of the buffer are filled, the number of the line they start with, and whether they are all.
        """
        filled = self._fill(file, buffer, 0)
        self._check_start(bytes(buffer[: min(filled, 512)]))
        start = next(count for count in range(0, filled + 1, len(_MARK)) if not buffer.startswith(_MARK, count))
        passed = 0
        for line in range(1, self._skip_lines + 1):
            while (end := buffer.find(b"\n", start, filled)) < 0 and filled == len(buffer):
                passed, start, filled = passed + filled, 0, self._fill(file, buffer, 0)
            start = end + 1
            if start == filled == len(buffer):
                passed, start, filled = passed + filled, 0, self._fill(file, buffer, 0)
            if end < 0 or start == filled:
                lines = "its only line" if line == 1 else f"all of its {line:,} lines"
                raise LinregError(
                    f"{self.name}: --skip-lines {self._skip_lines} passes over {lines}; give a smaller number."
                )
        self._n_above = passed + start
        ended, kept = filled < len(buffer), filled - start
        if start:
            buffer[:kept] = buffer[start:filled]
        return kept, 1 + self._skip_lines, ended

    def _fill(self, file: BinaryIO, buffer: bytearray, start: int) -> int:
        with memoryview(buffer) as view:
            try:
                while start < len(buffer) and (count := file.readinto(view[start:])):  # type: ignore[attr-defined]
                    start += count
            except (OSError, EOFError, zlib.error) as problem:
                raise cannot_read(self.name, problem) from None
        return start

    def _check_start(self, head: bytes) -> None:
        if head == b"":
            raise LinregError(f"{self.name}: the file is empty; give a table with a row or more.")
        what = looks_like(head)
        if what in UNICODE:
            raise LinregError(f"{self.name}: this is {what}; save it as UTF-8, or: {piped(self.name, UNICODE[what])}.")
        if what is not None and (what, self._kind) != ("JSON", "JSON lines"):
            raise mislabelled(self.name, head, self._kind)

    def _refuse_nul(self, block: Block | Range) -> None:
        if (position := block.text.find(b"\0")) >= 0:
            line = block.line + block.text.count(b"\n", 0, position)
            raise LinregError(
                f"{self.name}, line {line}: there is a NUL byte, which no text has; write the file again, or: "
                + piped(self.name, "tr -d '\\0'")
                + "."
            )


def lines_of(text: bytes) -> Iterator[str]:
    """Decode text line by line; bytes that are not UTF-8 become surrogates, an error only where they are used."""
    for line in BytesIO(text):
        yield line.decode("utf-8", "surrogateescape")
