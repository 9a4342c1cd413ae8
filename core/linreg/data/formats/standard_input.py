"""Rows on standard input: their format is recognised by the first bytes, unless it was said."""

import sys
from io import RawIOBase
from typing import BinaryIO, cast

from linreg.data.diagnosis import looks_like
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.layout import LINES, layout_of
from linreg.dialect import TextDialect
from linreg.errors import LinregError

HEAD = 64 << 10
_MAGIC = ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "arrow"))


class _Rejoined(RawIOBase):
    """A stream whose first bytes have been read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = memoryview(head), rest

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        if not self._head:
            return int(self._rest.readinto(buffer))  # type: ignore[attr-defined]
        count = min(len(buffer), len(self._head))
        buffer[:count], self._head = self._head[:count], self._head[count:]
        return count


def standard_input(dialect: TextDialect) -> tuple[str, BinaryIO]:
    """Return the format, one of `linreg.dialect.FORMATS`, and a stream that can be read once.

    Raises
    ------
    LinregError
        It is closed, or compressed.
    """
    if sys.stdin is None:
        raise LinregError("standard input is closed; pipe a table into it, or name a file.")
    source = cast(BinaryIO, sys.stdin.buffer)
    head = bytearray()
    while len(head) < HEAD and (more := source.read(HEAD - len(head))):
        head += more
    if head.startswith(b"\x1f\x8b"):
        raise LinregError("standard input: this is gzip-compressed; unpack it on the way: zcat FILE | linreg run -.")
    return dialect.input_format or _format_of(bytes(head), dialect), cast(BinaryIO, _Rejoined(bytes(head), source))


def _format_of(head: bytes, dialect: TextDialect) -> str:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if dialect.separator is not None:
        return "csv"
    if looks_like(head[:512]) == "JSON" and head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "jsonl"
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines(keepends=True)
    lines = lines[: dialect.skip_lines + LINES]
    commas, tabs = (layout_of(lines[dialect.skip_lines :], Grammar(each, dialect), 1) for each in (",", "\t"))
    by_tabs = tabs.n_cells > 1 and tabs.start == 0 and not (commas.n_cells > 1 and commas.start == 0)
    return "tsv" if by_tabs and len(commas.lines[0].cells) == 1 else "csv"
