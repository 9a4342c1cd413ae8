"""What is in a file before it is trained on: its columns, and the first cells of each.

Only the start of a file is read, so that a table of gigabytes is looked at as quickly as one of three rows. The rules
for cells are those of training: what is no number here will be none there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from linreg.data.cells import kind_of
from linreg.data.columns import Remarks
from linreg.data.diagnosis import display_name
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.data.first_rows import FileCell

FIRST = 32
"""So many cells of a column are kept to show."""


class Kind(StrEnum):
    """What the cells of a column are, as far as was looked.

    Mixed are numbers and text; unread is what somebody would write for numbers or for no value, if it is not read so.
    """

    NUMBERS = "numbers"
    TEXT = "text"
    MIXED = "mixed"
    UNREAD = "unread"
    EMPTY = "empty"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column.

    Attributes
    ----------
    name
        As the file has it: a stranger's text.
    first
        Its first cells, safe and short.
    low, high
        The least and the greatest number that was seen.
    n_missing
        How many cells were missing.
    text
        The first cell that is no number, safe and short; None without one.
    """

    name: str
    kind: Kind
    first: tuple[str, ...]
    low: float | None
    high: float | None
    n_missing: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns of a file, how many rows of it were looked at, and remarks.

    Attributes
    ----------
    is_all
        There are no more rows.
    refused
        What training will say of those rows that are none.
    """

    file: str
    columns: tuple[ColumnPreview, ...]
    n_rows: int
    is_all: bool
    remarks: Remarks = field(default_factory=Remarks)
    refused: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the file's order."""
        return tuple(column.name for column in self.columns)


def preview(data: str, dialect: TextDialect = PLAIN) -> Preview:
    """Look at the start of a file, a folder of files or the files that a pattern matches.

    Raises
    ------
    LinregError
        It cannot be read, or is not what its extension says.
    """
    if data == "-":
        raise LinregError("standard input cannot be chosen here, where the keyboard is; save the rows in a file.")
    from linreg.data.first_rows import first_rows

    seen = first_rows(data, dialect)
    columns = tuple(_column(name, [row[index] for row in seen.rows]) for index, name in enumerate(seen.names))
    n_rows = len(seen.rows) + len(seen.refused)
    return Preview(display_name(data), columns, n_rows, seen.is_all, seen.remarks, seen.refused)


def _column(name: str, cells: "Sequence[FileCell]") -> ColumnPreview:
    numbers = [cell.number for cell in cells if cell.number is not None]
    texts = [cell.text for cell in cells if cell.text and cell.number is None]
    text = texts[0] if texts else None
    return ColumnPreview(
        name,
        _kind(bool(cells), bool(numbers), texts),
        tuple(shortened(cell.text, 24) for cell in cells[:FIRST]),
        min(numbers, default=None),
        max(numbers, default=None),
        sum(not cell.text for cell in cells),
        None if text is None else shortened(text),
    )


def _kind(is_seen: bool, has_numbers: bool, texts: Sequence[str]) -> Kind:
    if not texts:
        return Kind.NUMBERS if has_numbers else Kind.EMPTY if is_seen else Kind.UNSEEN
    if has_numbers:
        return Kind.MIXED
    return Kind.UNREAD if all(kind_of(text) in ("number", "missing") for text in texts) else Kind.TEXT
