"""Whether several ranks see the same data: machines have file systems of their own, and a copy may be an older one.

Each rank reads other rows on purpose, so nothing in their sums would tell. What is compared is what all of it comes
from: the columns, and of every file its place in the folder, its size and a hash, as a recorded run keeps them.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linreg.data.columns import listed
from linreg.data.fingerprint import fingerprint_of
from linreg.engines.ranks import Ranks
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.text import shown

if TYPE_CHECKING:
    from linreg.data.table import Source


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a rank sees before it reads a row; where the data lie may be another place on every machine."""

    columns: tuple[str, ...]
    chosen: tuple[str, ...]
    """The features, and the target last."""
    files: tuple[tuple[str, int, str], ...]
    """Name, bytes and hash of each; none of what can be read only once."""


def require_agreement(source: "Source", recipe: Recipe, ranks: Ranks) -> None:
    """Refuse data that are not alike on all ranks; every rank must call it.

    Raises
    ------
    LinregError
        A rank sees other columns or other files than the first, or cannot look at them.
    """
    if ranks.n_ranks == 1:
        return
    first, *others = ranks.gather(_seen(source, recipe))
    for rank, other in enumerate(others, 1):
        if other != first:
            raise LinregError(
                f"rank {rank} sees other data than rank 0: {_difference(first, other)}; "
                "give every machine the same files, and start all ranks alike."
            )


def _seen(source: "Source", recipe: Recipe) -> _Seen:
    found = fingerprint_of(recipe.data, recipe.module)
    n_data = 0 if found is None else len(found.parts) - (recipe.module is not None)
    files = (
        ()
        if found is None
        else tuple(
            (_place(part.path, recipe.data if number < n_data else part.path), part.size, part.digest)
            for number, part in enumerate(found.parts)
        )
    )
    return _Seen(source.columns, (*source.features, source.target or ""), files)


def _place(path: str, data: str) -> str:
    """Name a file within a folder by its way there, which may hold values; any other by its name."""
    return os.path.relpath(path, data) if os.path.isdir(data) else os.path.basename(path)


def _difference(first: _Seen, other: _Seen) -> str:
    for mine, theirs, what in (
        (first.columns, other.columns, "columns"),
        (first.chosen, other.chosen, "chosen columns"),
    ):
        if mine != theirs:
            lacking, extra = ([name for name in a if name not in b] for a, b in ((mine, theirs), (theirs, mine)))
            parts = [f"{verb} {listed(names)}" for verb, names in (("lacks", lacking), ("has also", extra)) if names]
            return f"of the {what} it {' and '.join(parts)}" if parts else f"its {what} come in another order"
    if len(first.files) != len(other.files):
        return f"{_counted(len(other.files))}, not {_counted(len(first.files))}"
    for (
        (name, size, _),
        (their_name, their_size, _),
    ) in zip(first.files, other.files, strict=True):
        if name != their_name:
            return f"{shown(their_name)} in the place of {shown(name)}"
        if size != their_size:
            return f"its {shown(name)} has {their_size:,} bytes, not {size:,}"
    changed = next(mine[0] for mine, theirs in zip(first.files, other.files, strict=True) if mine != theirs)
    return f"its {shown(changed)} has other content, at the same size"


def _counted(n_files: int) -> str:
    return "1 file" if n_files == 1 else f"{n_files:,} files"
