"""The columns of a file that are used, their names, and what is said of cells that cannot be.

Every format meets the same rules here, so that a wrong name, an empty cell or an infinite one gets the same sentence
whatever the file. What a cell may be is in ``cells.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote as quoted

import numpy as np
from numpy.typing import NDArray

from linreg.data.cells import number_of, why_not_a_number
from linreg.data.diagnosis import piped
from linreg.data.levels import Levels
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.text import shortened

NAMES_SHOWN = 12

_TEXT = ("is not a number", "which is not a number's", "or true or false")
"""How a sentence ends that says of a cell or a column that it is text, and looks like nothing else."""

Values = NDArray[np.float64]
Place = tuple[str, str]
"""Where a cell is ("line 17") and its text."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a file shows of its columns beside their names.

    Attributes
    ----------
    where
        Where their names stand ("line 1"); empty where that is no place in the file.
    labels
        Those that hold labels of the rows, as their names or the file's own metadata say: no part of the data unless
        they are named.
    nameless
        Those without a name of their own, by the name that stands for it (``c1``), and what they look like.
    numbered
        Those that look like row numbers or row names, and have a name that says so.
    """

    where: str = ""
    labels: frozenset[str] = frozenset()
    nameless: Mapping[str, str] = field(default_factory=dict)
    numbered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file, and those of them that are used.

    Attributes
    ----------
    file
        The file's name, safe to show.
    names
        Every column of the file, in its order.
    features, target
        Positions in `names`; target is None where only features are wanted.
    by_default
        The features are all the others: the user did not name them.
    drop_missing
        Drop a row with a missing cell; otherwise it is an error.
    dialect
        What was said of how cells are written.
    notices
        What the user must be told of the choice, a sentence each.
    levels
        The features that are read as categories, and the numbers of their levels.
    weights
        The position of what each row counts; None where all count alike.
    folds
        The position of the fold that each row is in, which is read behind the features, as a category.
    of_model
        They are those of a saved model: no option chooses others, or drops rows.
    """

    file: str
    names: tuple[str, ...]
    features: tuple[int, ...]
    target: int | None
    by_default: bool
    drop_missing: bool
    dialect: TextDialect = PLAIN
    notices: tuple[str, ...] = ()
    levels: Mapping[int, Levels] = field(default_factory=dict)
    weights: int | None = None
    folds: int | None = None
    of_model: bool = False

    @property
    def used(self) -> tuple[int, ...]:
        """The features' positions, then the target's and the weights': the order of the values that are read."""
        return (*self.features, *(each for each in (self.target, self.weights) if each is not None))

    def complaint(self, where: str, column: int, what: str) -> LinregError:
        """Say what is wrong with a cell (or with a whole column, if `where` is empty), and how to do without it."""
        name = shortened(self.names[column])
        if self.of_model:
            instead = "take the row out"
        elif column == self.target:
            instead = "name another column with --target"
        elif self.by_default:
            instead = f"leave the column out with --exclude {name!r} or choose columns with --feature"
        else:
            instead = "choose other columns with --feature"
        if column != self.target and what.endswith(_TEXT) and not self.of_model:
            instead = f"take its texts for categories with --categorical {name!r}, or {instead}"
        place = ", ".join(part for part in (self.file, where, f"column {name!r}") if part)
        return LinregError(f"{place}: {what}; correct it, or {instead}.")

    def empty(self, column: int) -> LinregError:
        """Say that no cell of a column has a value."""
        name = shortened(self.names[column])
        return LinregError(
            f"{self.file}, column {name!r}: no cell of it has a value; leave the column out with "
            f"--exclude {quoted(name)}, or fill it in."
        )

    def number(self, text: str, where: str, column: int) -> float:
        """Read a cell's text as the nearest float64; NaN where it is missing."""
        number = number_of(text, self.dialect)
        if number is None:
            stripped = text.strip()
            why = why_not_a_number(stripped, self.dialect, may_drop=not self.of_model)
            if stripped == self.names[column]:
                why = "is the column's own name: the header is there again, remove that line"
            raise self.complaint(where, column, f"{shortened(stripped)!r} {why}")
        return number

    def value(self, text: str, where: str, column: int) -> float:
        """Read a cell's text as a number, or as the number of its level; NaN where it is missing."""
        levels = self.levels.get(column)
        if levels is None:
            return self.number(text, where, column)
        code = levels.code(text)
        if code is None:
            place = ", ".join(part for part in (self.file, where, f"column {shortened(self.names[column])!r}") if part)
            raise LinregError(
                f"{place}: {shortened(text.strip())!r} is a level that is not known: {listed(levels.texts)} are; "
                "correct it, or train again on rows that have it."
            )
        return code

    def settled(self, values: Values, place: Callable[[int, int], Place]) -> tuple[Values, int]:
        """Drop the rows with a missing cell, where that is allowed, and refuse infinite cells.

        Parameters
        ----------
        values
            ``(n_rows, n_used)``, NaN where a cell is missing.
        place
            From a row and a column of `values` to where the cell is in the file and what is written there.

        Returns
        -------
        tuple
            The rows that remain, and the number of those dropped.
        """
        finite = np.isfinite(values)
        if finite.all():
            return values, 0
        complete = finite.all(axis=1)
        wrong = np.isinf(values) if self.drop_missing else ~finite
        if not wrong.any():
            return values[complete], int(len(values) - complete.sum())
        row, position = (int(index) for index in np.argwhere(wrong)[0])
        where, text = place(row, position)
        text = text.strip()
        if np.isinf(values[row, position]):
            what = f"{shortened(text)!r} {'is infinite' if 'inf' in text.lower() else 'is too large for float64'}"
            raise self.complaint(where, self.used[position], what)
        what = f"{shortened(text)!r} stands for a missing value" if text else "the cell is empty"
        name = shortened(self.names[self.used[position]])
        if self.of_model:
            raise self.complaint(where, self.used[position], what)
        if where.startswith(("line", "row")) and len(values) > 1 and np.isnan(values[:, position]).all():
            raise LinregError(
                f"{self.file}, {where}, column {name!r}: {what}, and so are those below it; leave the column out with "
                f"--exclude {quoted(name)}, fill it in, or drop such rows with --drop-missing."
            )
        raise LinregError(
            f"{self.file}, {where}, column {name!r}: {what}; fill it in, or drop such rows with --drop-missing."
        )


def checked_names(
    file: str, header: Sequence[str], where: str = "", instead: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Strip the outer blanks of column names, and refuse those that cannot tell the columns apart.

    What reads them `instead` is said there, if anything does.

    Returns
    -------
    tuple
        The names, where a column has none of its own ``c`` and its number; and those of the latter kind.
    """
    start = f"{file}, {where}" if where else file
    given = [name.strip("\ufeff").strip() for name in header]
    names = [name or _stand_in(count, given) for count, name in enumerate(given, 1)]
    seen: dict[str, int] = {}
    for count, name in enumerate(names, 1):
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise LinregError(
                f"{start}: the name of column {count}, {shortened(name)!r}, is not UTF-8 text; save the file as "
                f"UTF-8, or, of Latin-1: {piped(file, 'iconv -f LATIN1 -t UTF-8')}."
            )
        if name in seen:
            raise LinregError(
                f"{start}: columns {seen[name]} and {count} are both named {shortened(name)!r}; "
                f"rename one of them{instead}."
            )
        seen[name] = count
    return tuple(names), tuple(name for name, own in zip(names, given, strict=True) if not own)


def _stand_in(count: int, given: Sequence[str]) -> str:
    name = f"c{count}"
    while name in given:
        name += "_"
    return name


def listed(names: Sequence[str]) -> str:
    """Name the columns, the first few of them where there are many."""
    shown = ", ".join(repr(shortened(name)) for name in names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"
