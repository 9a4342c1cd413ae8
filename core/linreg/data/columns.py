"""Which columns of a file are used, and what a cell of theirs may be.

Every format meets the same rules here, so that a wrong name, an empty cell or an infinite one gets the same sentence
whatever the file. A cell is a finite decimal number, or it is missing: empty, NaN, NA or null in any case. Nothing else
is turned into a number, because a guess here is an error that nobody sees.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from linreg.errors import LinregError, nearest
from linreg.text import shortened

MISSING = frozenset({"", "na", "nan", "null"})
NAMES_SHOWN = 12
_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE)
_LOOKS_LIKE = (
    (
        r"[+-]?[\d.\s']*\d,\d[\d,.]*",
        "has a comma in it: write 1234.5, with a point for decimals and nothing for thousands",
    ),
    (r"true|false|yes|no|t|f", "is a truth value, not a number: write 1 or 0"),
    (r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b.*|\d{4}-\d\d|\d\d?:\d\d.*", "looks like a date or a time, not a number"),
    (r"[+-]?0x[\da-f]+", "is hexadecimal: write it as a decimal number"),
    (r"[+-]?\d[\d_]*_[\d_.]*", "has underscores in it: write the digits alone"),
    (r"#.*", "is not a number, and a line that starts with # is no comment here: remove it"),
)
_REASONS = tuple((re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL), why) for pattern, why in _LOOKS_LIKE)

Values = NDArray[np.float64]
Place = tuple[str, str]
"""Where a cell is ("line 17") and its text."""


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
    """

    file: str
    names: tuple[str, ...]
    features: tuple[int, ...]
    target: int | None
    by_default: bool
    drop_missing: bool

    @property
    def used(self) -> tuple[int, ...]:
        """The features' positions, then the target's: the order of the values that are read."""
        return self.features if self.target is None else (*self.features, self.target)

    def complaint(self, where: str, column: int, what: str) -> LinregError:
        """Say what is wrong with a cell (or with a whole column, if `where` is empty), and how to do without it."""
        name = shortened(self.names[column])
        if column == self.target:
            instead = "name another column with --target"
        elif self.by_default:
            instead = f"leave the column out with --exclude {name!r} or choose columns with --feature"
        else:
            instead = "choose other columns with --feature"
        place = ", ".join(part for part in (self.file, where, f"column {name!r}") if part)
        return LinregError(f"{place}: {what}; correct it, or {instead}.")

    def number(self, text: str, where: str, column: int) -> float:
        """Read a cell's text as the nearest float64; NaN where it is missing."""
        stripped = text.strip()
        if stripped.lower() in MISSING:
            return nan
        if _NUMBER.fullmatch(stripped):
            return float(stripped)
        raise self.complaint(where, column, f"{shortened(stripped)!r} {why_not_a_number(stripped)}")

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
        raise LinregError(
            f"{self.file}, {where}, column {name!r}: {what}; fill it in, or drop such rows with --drop-missing."
        )


def choose(
    file: str,
    names: Sequence[str],
    *,
    target: str | None,
    features: Sequence[str],
    exclude: Sequence[str],
    drop_missing: bool,
    with_target: bool,
) -> Columns:
    """Find the columns that were asked for: by default the last is the target and all others are features.

    An excluded column is left out before the last one is looked for.

    Raises
    ------
    LinregError
        A name is no column, is given twice, is both target and feature, or no feature is left.
    """
    position = {name: index for index, name in enumerate(names)}

    def find(option: str, name: str) -> int:
        if name not in position:
            raise _no_such_column(file, names, option, name)
        return position[name]

    left_out = {find("--exclude", name) for name in exclude}
    chosen = tuple(find("--feature", name) for name in features)
    remaining = [index for index in range(len(names)) if index not in left_out]
    answer = None
    if with_target:
        answer = find("--target", target) if target is not None else (remaining[-1] if remaining else None)
    for count, index in enumerate(chosen):
        shown = shortened(names[index])
        if index in chosen[:count]:
            raise LinregError(f"{file}: --feature names the column {shown!r} twice; name it once.")
        if index == answer:
            by = "--target" if target is not None else "the last column, so by default the target"
            raise LinregError(f"{file}: the feature {shown!r} is also {by}; a column can be only one of the two.")
        if index in left_out:
            raise LinregError(f"{file}: {shown!r} is given to both --feature and --exclude; keep one of the two.")
    if answer is not None and answer in left_out:
        raise LinregError(
            f"{file}: {shortened(names[answer])!r} is given to both --target and --exclude; keep one of the two."
        )
    used = chosen or tuple(index for index in remaining if index != answer)
    if not used:
        raise LinregError(f"{file}: no feature is left to predict from, of the columns {listed(names)}.")
    return Columns(file, tuple(names), used, answer, not chosen, drop_missing)


def checked_names(file: str, header: Sequence[str], where: str = "") -> tuple[str, ...]:
    """Strip the outer blanks of column names, and refuse those that cannot tell the columns apart."""
    start = f"{file}, {where}" if where else file
    names = tuple(name.strip() for name in header)
    seen: dict[str, int] = {}
    for count, name in enumerate(names, 1):
        if not name:
            raise LinregError(f"{start}: column {count} of {len(names)} has no name; give it one.")
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise LinregError(
                f"{start}: the name of column {count}, {shortened(name)!r}, is not UTF-8 text; save the file as UTF-8."
            )
        if name in seen:
            raise LinregError(
                f"{start}: columns {seen[name]} and {count} are both named {shortened(name)!r}; rename one of them."
            )
        seen[name] = count
    return names


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, so that it is hardly a column's name."""
    return _NUMBER.fullmatch(text.strip()) is not None


def why_not_a_number(text: str) -> str:
    """Say what the text of a cell looks like instead of a number, with the cure where there is one."""
    for pattern, why in _REASONS:
        if pattern.fullmatch(text):
            return why
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "is not UTF-8 text, so not a number"
    return "is not a number"


def listed(names: Sequence[str]) -> str:
    """Name the columns, the first few of them where there are many."""
    shown = ", ".join(repr(shortened(name)) for name in names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"


def _no_such_column(file: str, names: Sequence[str], option: str, name: str) -> LinregError:
    suggestion = nearest(name, [shortened(known) for known in names])
    return LinregError(
        f"{file}: {option} names {shortened(name)!r}, which is not a column of the file{suggestion}; "
        f"the columns are {listed(names)}."
    )
