"""The columns that are read as categories: chosen, learned in a pass of their own, and spread out as zeros and ones."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from linreg.data.columns import Columns, Values, listed
from linreg.data.levels import MOST_LEVELS, Category, Levels, in_order
from linreg.errors import LinregError, nearest
from linreg.text import shortened


def chosen(columns: Columns, wanted: Sequence[str]) -> dict[int, str | None]:
    """Find the columns that ``COL`` and ``COL:REFERENCE`` name, and their references; and last that of the folds.

    Raises
    ------
    LinregError
        One is no feature, or is named twice.
    """
    found: dict[int, str | None] = {}
    for word in wanted:
        name, reference = _split(columns, word)
        index, shown = columns.names.index(name), repr(shortened(name))
        if index in found:
            raise LinregError(f"{columns.file}: --categorical names the column {shown} twice; name it once.")
        if index == columns.target:
            raise LinregError(
                f"{columns.file}: --categorical names {shown}, which is the target; a target is a number."
            )
        if index not in columns.features:
            raise LinregError(
                f"{columns.file}: --categorical names {shown}, which is no feature; add --feature {shown}."
            )
        found[index] = reference
    return found if columns.folds is None else {**found, columns.folds: None}


def _split(columns: Columns, word: str) -> tuple[str, str | None]:
    if word in columns.names:
        return word, None
    name, colon, reference = word.rpartition(":")
    if colon and name in columns.names:
        return name, reference
    hint = nearest(word, [shortened(known) for known in columns.names])
    raise LinregError(
        f"{columns.file}: --categorical names {shortened(word)!r}, which is not a column of the file{hint}; "
        f"the columns are {listed(columns.names)}."
    )


def learning(columns: Columns, indices: Iterable[int], *, alone: bool) -> Columns:
    """Return columns whose levels are learned as they are read; where `alone`, nothing else is."""
    levels = {index: Levels(dialect=columns.dialect) for index in indices}
    if not alone:
        return replace(columns, levels=levels)
    return replace(
        columns,
        features=tuple(index for index in columns.features if index in levels),
        target=None,
        weights=None,
        levels=levels,
    )


def knowing(columns: Columns, categories: Mapping[int, Category], *, drops_others: bool = False) -> Columns:
    """Return columns of which no other levels may be read, or count as missing."""
    known = {
        index: Levels(each.levels, drops_others=drops_others, dialect=columns.dialect)
        for index, each in categories.items()
    }
    return replace(columns, levels=known)


class Seen:
    """Which of the levels that a pass has met stand in rows that count."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._codes: dict[int, set[float]] = {index: set() for index in columns.levels}

    def add(self, values: Values) -> None:
        """Look at rows ``(n, n_used)`` of the columns."""
        for place, index in enumerate(self._columns.features):
            if index in self._codes:
                self._codes[index].update(np.unique(values[:, place]).tolist())
                if len(self._codes[index]) > MOST_LEVELS:
                    name = shortened(self._columns.names[index])
                    raise LinregError(
                        f"{self._columns.file}: column {name!r} has more than {MOST_LEVELS:,} levels, which is no "
                        "category; leave it out, or read it as a number."
                    )

    def texts(self) -> dict[int, set[str]]:
        """Return the levels of each column."""
        levels = {index: each.texts for index, each in self._columns.levels.items()}
        return {index: {levels[index][int(code)] for code in codes} for index, codes in self._codes.items()}


def category_of(columns: Columns, index: int, levels: Iterable[str], reference: str | None) -> Category:
    """Return the category that a column is, with the levels that were met.

    Raises
    ------
    LinregError
        It has one level only, or not the one that is to be the reference.
    """
    ordered, name = in_order(levels), columns.names[index]
    where = f"{columns.file}: column {shortened(name)!r}"
    if reference is not None and reference not in ordered:
        hint = nearest(reference, [shortened(level) for level in ordered])
        raise LinregError(f"{where} has no level {shortened(reference)!r}{hint}; it has {listed(ordered)}.")
    if len(ordered) == 1:
        remedy = "nothing would be left to train on" if index == columns.folds else "leave it out"
        raise LinregError(f"{where} has one level only, {shortened(ordered[0])!r}; {remedy}.")
    return Category(name, ordered, ordered[0] if reference is None else reference)


def spread(columns: Columns, categories: Mapping[int, Category], values: Values) -> Values:
    """Replace each category's numbers in ``(n, n_used)`` by its columns of zeros and ones."""
    parts: list[Values] = []
    for place, index in enumerate(columns.used):
        column, category = values[:, place], categories.get(index)
        if category is None:
            parts.append(column[:, np.newaxis])
            continue
        codes = [code for code, level in enumerate(category.levels) if level != category.reference]
        parts.append((column[:, np.newaxis] == codes).astype(np.float64))
    return np.concatenate(parts, axis=1)


def recoded(columns: Columns, categories: Mapping[int, Category], values: Values) -> Values:
    """Give the levels in ``(n, n_used)``, numbered as they were met, the numbers that they have in their order."""
    values = np.array(values)
    for place, index in enumerate(columns.used):
        if index in categories and len(values):
            order, met = categories[index].levels, columns.levels[index].texts
            numbers = np.array([order.index(level) if level in order else np.nan for level in met])
            values[:, place] = numbers[values[:, place].astype(np.intp)]
    return values


def names_of(columns: Columns, categories: Mapping[int, Category]) -> tuple[str, ...]:
    """Return the features' names, those of a category's columns in its place.

    Raises
    ------
    LinregError
        Two columns would be called alike.
    """
    names: list[str] = []
    for index in columns.features:
        names += [columns.names[index]] if index not in categories else categories[index].names
    if len(set(names)) < len(names):
        name = next(name for name, n_columns in Counter(names).items() if n_columns > 1)
        raise LinregError(f"{columns.file}: two columns would be called {shortened(name)!r}; rename one of them.")
    return tuple(names)
