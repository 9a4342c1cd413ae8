"""CSV, TSV and their like: a text of lines, a line of cells.

Conventions, unless the dialect says otherwise: the first line is the header; blank lines are skipped; there are no
comment lines; a cell may be quoted and may have blanks around its number.
"""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from linreg.data.columns import Columns, Values
from linreg.data.formats.datafile import WHOLE, Share, nothing
from linreg.data.formats.text.blocks import Block, TextFile
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.header import names_of, split_header
from linreg.data.formats.text.ranges import Range
from linreg.data.formats.text.rows import Rows
from linreg.dialect import TextDialect
from linreg.errors import LinregError

_KINDS = {",": "CSV", "\t": "TSV"}


class DelimitedFile:
    """A text of cells whose rows have not been read yet; `separator` is that of the extension, if none was said."""

    def __init__(self, data: str, separator: str, dialect: TextDialect, stream: BinaryIO | None = None) -> None:
        self.grammar = Grammar(dialect.separator or separator, dialect)
        self._text = TextFile(
            data,
            kind=_KINDS.get(self.grammar.separator, "a table of text"),
            separator=self.grammar.for_records,
            skip_lines=dialect.skip_lines,
            stream=stream,
        )
        top = next(iter(self._text.head()))
        self._header = split_header(self._text.name, top, self.grammar).cells
        self.names, self.remarks = names_of(self._text.name, top, self._header, self.grammar)

    @property
    def name(self) -> str:
        """The file's name, as messages show it."""
        return self._text.name

    @property
    def fraction_read(self) -> float | None:
        """How much of the file the last pass has read; None of a stream."""
        return self._text.fraction_read

    def head(self) -> tuple[Block, bool]:
        """Read the first rows, as lines, and say whether they are all."""
        blocks = self._text.head()
        top = next(blocks)
        return self._below_header(top), next(blocks, None) is None

    def check(self, columns: Columns) -> None:
        """Text has no types: there is nothing to check before the rows are read."""

    def values(self, columns: Columns, share: Share = WHOLE) -> Iterator[tuple[Values, int]]:
        """Read the share's rows in blocks.

        Yields
        ------
        tuple
            ``(n_rows, n_used)`` finite numbers, features then target, in any memory layout; and how many rows with a
            missing cell were dropped.

        Raises
        ------
        LinregError
            A row is short or long, or a cell is not a finite number.
        """
        rows = Rows(columns, self.grammar)
        for block in self._ranges(share) if self._text.has_ranges else self._blocks(share):
            yield rows.of(block) if block is not None and block.text else nothing(columns)

    def _ranges(self, share: Share) -> Iterator[Range | None]:
        top = next(iter(self._text.head()))
        yield from self._text.ranges(share, len(top.text) - len(self._below_header(top).text))

    def _blocks(self, share: Share) -> Iterator[Block | None]:
        blocks = self._text.blocks(self._text.block_size(share))
        yield from share.dealt(chain([self._below_header(next(blocks))], blocks))

    def _below_header(self, top: Block) -> Block:
        header, rest = split_header(self._text.name, top, self.grammar)
        if header != self._header:
            raise LinregError(f"{self._text.name}: the header has changed since it was first read; start again.")
        return rest
