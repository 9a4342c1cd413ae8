"""Choosing columns: the target, the features, and what is left out; a column that is named twice is refused.

Labels of the rows are no part of the data: they are told by their names, and by what stands in them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from shlex import quote as quoted

from linreg.data.cells import is_number, kind_of
from linreg.data.columns import NAMES_SHOWN, Columns, Remarks, listed
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError, nearest
from linreg.text import shortened

LABEL_ROWS = 60
"""So many rows are looked at."""
_PANDAS = re.compile(r"__index_level_\d+__")
"""So pandas names row labels that have no name, and so every program keeps them that writes its files anew."""
_NUMBERS = re.compile(
    r"unnamed: \d.*|\.\.\.1|index|level_\d+|row[ ._]?(names?|numbers?|nums?|ids?|index)|id|#|no\.?|nr\.?", re.IGNORECASE
)
"""So pandas and others name a column of row numbers, or one that has no name."""


def choose(
    file: str,
    names: Sequence[str],
    *,
    target: str | None,
    features: Sequence[str],
    exclude: Sequence[str],
    drop_missing: bool,
    with_target: bool,
    remarks: Remarks | None = None,
    dialect: TextDialect = PLAIN,
    weights: str | None = None,
    folds: str | None = None,
) -> Columns:
    """Find the columns that were asked for: by default the last is the target and all others are features.

    An excluded column is left out before the last one is looked for, and so are labels of rows that nobody names.

    Raises
    ------
    LinregError
        A name is no column, is given twice, is both target and feature, a column that is used by default has no name,
        or no feature is left.
    """
    position = {name: index for index, name in enumerate(names)}
    remarks = remarks or Remarks()

    def find(option: str, name: str) -> int:
        if name not in position:
            raise _no_such_column(file, names, option, name)
        return position[name]

    weighing = None if weights is None else find("--weights", weights)
    folding = None if folds is None else find("--fold-column", folds)
    if weights is not None and weighing == folding:
        raise _given_to_both(file, weights, "--weights", "--fold-column")
    options = ((weighing, "--weights"), (folding, "--fold-column"))
    apart = {index: option for index, option in options if index is not None}
    left_out = {find("--exclude", name) for name in exclude} | set(apart)
    chosen = tuple(find("--feature", name) for name in features)
    labels = {position[name] for name in remarks.labels if name != target and name not in (*features, *exclude)}
    gone = left_out | labels
    remaining = [index for index in range(len(names)) if index not in gone]
    answer = None
    if with_target:
        of_the_data = [index for index in remaining if names[index] not in remarks.labels]
        answer = find("--target", target) if target is not None else (of_the_data[-1] if of_the_data else None)
    _refuse_two_uses(file, names, chosen, answer, left_out, apart, by_default=target is None)
    used = chosen or tuple(index for index in remaining if index != answer)
    default_target = () if target is not None or answer is None else (answer,)
    by_default = [names[index] for index in (*(() if chosen else used), *default_target)]
    _refuse_nameless(file, names, by_default, remarks)
    if not used:
        raise _no_feature(file, names, remarks)
    if with_target and answer is None:
        raise LinregError(f"{file}: no target is left, of the columns {listed(names)}; name one with --target.")
    by_labels = [names[index] for index in sorted(labels)] if not chosen or target is None else []
    notices = _notices(by_labels, [name for name in remarks.numbered if name in by_default])
    read = (*used, *(() if folding is None else (folding,)))
    return Columns(file, tuple(names), read, answer, not chosen, drop_missing, dialect, notices, {}, weighing, folding)


def _no_feature(file: str, names: Sequence[str], remarks: Remarks) -> LinregError:
    if len(names) > 1:
        return LinregError(f"{file}: no feature is left to predict from, of the columns {listed(names)}.")
    there = f"only one column, {shortened(names[0])!r}" if names else "no columns"
    more = "; if there are more on each line, name with --separator what is between them" if remarks.where else ""
    return LinregError(f"{file}: there is {there}, and no feature to predict it from{more}.")


def _refuse_two_uses(
    file: str,
    names: Sequence[str],
    features: Sequence[int],
    target: int | None,
    left_out: Collection[int],
    apart: Mapping[int, str],
    *,
    by_default: bool,
) -> None:
    """Refuse a column that is named for two things; those `apart` by an option of their own are no features.

    `by_default`: the target is the last one, and was not named.
    """

    def refuse(index: int, option: str) -> LinregError:
        return _given_to_both(file, names[index], option, apart.get(index, "--exclude"))

    for count, index in enumerate(features):
        shown = shortened(names[index])
        if index in features[:count]:
            raise LinregError(f"{file}: --feature names the column {shown!r} twice; name it once.")
        if index == target:
            by = "the last column, so by default the target" if by_default else "--target"
            raise LinregError(f"{file}: the feature {shown!r} is also {by}; a column can be only one of the two.")
        if index in left_out:
            raise refuse(index, "--feature")
    if target is not None and target in left_out:
        raise refuse(target, "--target")


def _given_to_both(file: str, name: str, option: str, other: str) -> LinregError:
    return LinregError(f"{file}: {shortened(name)!r} is given to both {option} and {other}; keep one of the two.")


def _refuse_nameless(file: str, names: Sequence[str], by_default: Sequence[str], remarks: Remarks) -> None:
    """Refuse to use a column that has no name, unless it is named by what stands for its name."""
    nameless = [name for name in remarks.nameless if name in by_default]
    if not nameless:
        return
    start = f"{file}, {remarks.where}" if remarks.where else file
    first, out = nameless[0], " ".join(f"--exclude {quoted(name)}" for name in nameless[:NAMES_SHOWN])
    looks = remarks.nameless[first] and f": {remarks.nameless[first]}"
    raise LinregError(
        f"{start}: column {list(names).index(first) + 1} of {len(names)} has no name{looks}; "
        f"{out} leaves it out, or give it a name."
    )


def _notices(labels: Sequence[str], numbered: Sequence[str]) -> tuple[str, ...]:
    notices = []
    if labels:
        what = "labels of the rows, as pandas writes them, and no part of the data"
        notices.append(f"{listed(labels)} left out: {what}, unless named with --feature or --target.")
    if numbered:
        out = " ".join(f"--exclude {quoted(name)}" for name in numbered)
        notices.append(f"{listed(numbered)} looks like the rows' numbers or names, no feature: {out} leaves it out.")
    return tuple(notices)


def _no_such_column(file: str, names: Sequence[str], option: str, name: str) -> LinregError:
    suggestion = nearest(name, [shortened(known) for known in names])
    return LinregError(
        f"{file}: {option} names {shortened(name)!r}, which is not a column of the file{suggestion}; "
        f"the columns are {listed(names)}."
    )


def labels_among(names: Iterable[str]) -> frozenset[str]:
    """Return those columns whose names alone say that they are but labels of the rows."""
    return frozenset(name for name in names if _PANDAS.fullmatch(name))


def numbered_among(names: Sequence[str], cells_of: Callable[[int], Sequence[str]]) -> tuple[str, ...]:
    """Return those columns that look like row numbers or row names, and have a name that says so."""
    return tuple(name for index, name in enumerate(names) if _NUMBERS.fullmatch(name) and looks_of(cells_of(index)))


def looks_of(cells: Sequence[str], *, in_front: bool = True) -> str:
    """Say what the cells of a column look like that nobody would learn from; nothing where they do not.

    `in_front` of all others, any whole numbers of which none comes twice are labels; elsewhere those that count.
    """
    if not any(cells):
        return "its cells are empty"
    numbers = [float(cell) for cell in cells if is_number(cell)]
    are_whole = len(set(numbers)) == len(cells) and all(each >= 0 and each % 1 == 0 for each in numbers)
    if (
        len(cells) > 1
        and are_whole
        and (in_front or numbers in [[*range(start, start + len(cells))] for start in (0, 1)])
    ):
        return f"it looks like row numbers ({', '.join(f'{each:.15g}' for each in numbers[:3])}, …)"
    return "it looks like row names" if all(cell and kind_of(cell) is None for cell in cells) else ""
