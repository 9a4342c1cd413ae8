"""Where the cells of a line of text begin and end: for Python's csv module, which decides, and for fast polars.

Columns with any number of blanks between them are read as columns with one; blanks and tabs are alike there.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from linreg.data.cells import MISSING, is_number
from linreg.data.formats.text.records import quotes_are_regular
from linreg.dialect import BLANK, TextDialect

_MISSING_SPELT = sorted("".join(letters) for word in MISSING for letters in product(*((c, c.upper()) for c in word)))
_UNIT = "\x1f"
"""Stands for a separator that is more than one byte: the unit separator, which is in no table."""
_TAB, _BLANK, _NEWLINE, _RETURN = b"\t \n\r"
_DECIMAL_COMMAS = bytes.maketrans(b",.", b"._")
"""A comma becomes a point, and a point, which is in no number then, what is in none."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a text is cut into cells; `separator` is decided, whatever the dialect says."""

    separator: str
    dialect: TextDialect

    @property
    def quotes(self) -> bool:
        """Whether ``"`` around a cell is not part of it."""
        return self.dialect.quote == "double"

    @property
    def for_records(self) -> str | None:
        """What tells whether a line end is inside quotes: the separator, or None where quotes mean nothing."""
        return self.separator if self.quotes else None

    def rows(self, lines: Iterable[str], strict: bool = True) -> "csv._reader":  # type: ignore[name-defined]
        """Cut lines into cells, as Python's csv module does; a blank may stand before a quote."""
        return csv.reader(
            _single_blanks(lines) if self.separator == BLANK else lines,
            delimiter=self.separator,
            quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
            skipinitialspace=True,
            strict=strict,
        )

    # ---- for polars ----

    @property
    def polars_separator(self) -> str:
        """The separator after `plain`, one byte."""
        return self.separator if self.separator.isascii() else _UNIT

    def null_values(self, drop_missing: bool) -> list[str] | None:
        """Return the cells that polars shall take for missing; None where any such cell wants a closer look."""
        said = [word.translate({44: ".", 46: "_"}) if self._has_commas else word for word in self.dialect.missing]
        return [*(_MISSING_SPELT if drop_missing else ()), *said] or None

    def plain(self, block: bytes) -> bytes | None:
        """Rewrite whole lines for polars: one byte between cells, decimal points; None if they want a closer look."""
        if self.quotes and b'"' in block and not self._is_regular(block):
            return None
        if self._hides_missing(block):
            return None
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        if self.dialect.decimal == ",":
            if not self._has_commas:
                return None
            block = block.translate(_DECIMAL_COMMAS)
        if not self.separator.isascii():
            return None if _UNIT.encode() in block else block.replace(self.separator.encode(), _UNIT.encode())
        return _one_blank(block) if self.separator == BLANK else block

    def _hides_missing(self, block: bytes) -> bool:
        """Whether a number that was said to mean no value may have blanks or quotes around it: polars forgives."""
        if not any(is_number(word.replace(",", ".")) for word in self.dialect.missing):
            return False
        return any(sign in block for sign in (b" ", b"\t", b'"') if sign != self.separator.encode())

    def _is_regular(self, block: bytes) -> bool:
        """Whether polars and Python agree where quoted cells are."""
        return self.separator != BLANK and not block.count(b'"') % 2 and quotes_are_regular(block, self.separator)

    @property
    def _has_commas(self) -> bool:
        """Whether every comma is a decimal sign."""
        return self.dialect.decimal == "," and self.separator not in ",._"


def _single_blanks(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.replace("\t", BLANK).rstrip() + "\n"


def _one_blank(block: bytes) -> bytes:
    """Leave one blank between cells, and none at the ends of lines."""
    if not any(sign in block for sign in (b"  ", b"\t", b" \n", b" \r", b"\n ")) and not block.startswith(b" "):
        return block.removesuffix(b" ")
    characters = np.frombuffer(block, np.uint8)
    characters = np.where(characters == _TAB, np.uint8(_BLANK), characters)
    is_blank, following = characters == _BLANK, np.append(characters[1:], np.uint8(_NEWLINE))
    characters = characters[~(is_blank & ((following == _BLANK) | (following == _NEWLINE) | (following == _RETURN)))]
    before = np.concatenate([np.array([_NEWLINE], np.uint8), characters[:-1]])
    return bytes(characters[~((characters == _BLANK) & (before == _NEWLINE))].tobytes())
