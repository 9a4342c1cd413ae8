"""The rows of a cross-validation: read once, in folds, as moments; and themselves where a candidate needs them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg.arrays import Batch, Matrix, Vector, WeightedBatch
from linreg.data.levels import Category, in_order
from linreg.errors import LinregError
from linreg.numerics.moments import Moments
from linreg.recipe import Recipe
from linreg.statistics.folds import MOST_FOLDS, Deal, FoldMoments, FoldNumbers
from linreg.text import shortened
from linreg.training.rows import open_rows

if TYPE_CHECKING:
    from linreg.data.table import Source, Table

    Reading = Callable[[Source], Iterator[Batch]]


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Rows in folds.

    Attributes
    ----------
    features, target
        The columns' names.
    names, sizes
        What the folds are called, and how many rows each has, those of weight 0 not counted.
    held_out, trained_on
        The moments of each fold, and of all rows but those.
    table, numbers
        The rows and their folds, ``(n_samples,)``; None where moments are all that is wanted.
    n_dropped, notices
        Rows left out because a cell was missing, and what the user must be told of the columns.
    """

    features: tuple[str, ...]
    target: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    held_out: tuple[Moments, ...]
    trained_on: tuple[Moments, ...]
    table: "Table | None" = None
    numbers: FoldNumbers | None = None
    n_dropped: int = 0
    notices: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        """Rows in all folds."""
        return sum(self.sizes)

    def rows(self, fold: int, *, held_out: bool) -> tuple[Matrix, Vector]:
        """Return the rows of a fold, or all others."""
        assert self.table is not None
        chosen = (self.numbers == fold) == held_out
        return self.table.X[chosen], self.table.y[chosen]


def read_folds(recipe: Recipe, by: int | str, reading: "Reading | None" = None, *, needs_rows: bool) -> Folded:
    """Read the rows that a recipe names, in folds.

    Parameters
    ----------
    by
        How many folds to deal them to by the recipe's seed, or the column that names each row's.
    reading
        Hands on the batches of a source: a way to watch them go by.
    needs_rows
        Whether the rows themselves are wanted.

    Raises
    ------
    LinregError
        The data cannot be read, or make no folds.
    """
    deal = None if isinstance(by, str) else Deal(by, recipe.seed)
    source = open_rows(recipe, folds=by if isinstance(by, str) else None)
    assert source.target is not None
    category = next((each for each in source.categories.values() if each.column == by), None)
    names = _numbered(by) if isinstance(by, int) else () if category is None else category.levels
    features = source.features if category is None else source.features[: -len(category.names)]
    batches = source.batches() if reading is None else reading(source)
    keeps, weighted = needs_rows, recipe.weights is not None
    folded = _Folding(features, source.target, names, keeps=keeps, weighted=weighted)
    for batch in batches:
        folded.add(*_apart(batch, category, deal))
    source.refuse_no_rows(folded.n_samples, source.n_dropped)
    return folded.done(source.n_dropped, source.notices)


def fold_table(table: "Table", by: int | Iterable[Any], seed: int, *, needs_rows: bool) -> Folded:
    """Put rows in memory in folds: so many, or those that the label of each row names; otherwise as `read_folds`."""
    if isinstance(by, int):
        names, numbers = _numbered(by), Deal(by, seed).next(len(table.y))
    else:
        names, numbers = _labelled(by, len(table.y))
    folded = _Folding(table.features, table.target, names, keeps=needs_rows, weighted=False)
    folded.add((table.X, table.y), numbers)
    return folded.done(0, ())


class _Folding:
    """Rows on their way into folds."""

    def __init__(
        self, features: tuple[str, ...], target: str, names: tuple[str, ...], *, keeps: bool, weighted: bool
    ) -> None:
        self._features, self._target, self._names = features, target, names
        self._moments = FoldMoments(len(names), len(features), weighted=weighted)
        self._keeps, self._kept, self._sizes = keeps, list[tuple[Matrix, Vector, FoldNumbers]](), np.zeros(len(names))

    def add(self, batch: Batch, numbers: FoldNumbers) -> None:
        counts = batch.weights > 0 if isinstance(batch, WeightedBatch) else None
        self._sizes += np.bincount(numbers if counts is None else numbers[counts], minlength=len(self._names))
        self._moments.add(batch, numbers)
        if self._keeps:
            self._kept.append((*batch, numbers))

    @property
    def n_samples(self) -> int:
        return int(self._sizes.sum())

    def done(self, n_dropped: int, notices: tuple[str, ...]) -> Folded:
        self._refuse_empty()
        moments, table, numbers = self._moments, None, None
        if self._keeps:
            from linreg.data.table import Table

            X, y, numbers = (np.concatenate(parts) for parts in zip(*self._kept, strict=True))
            table = Table(self._features, self._target, np.ascontiguousarray(X), y)
        return Folded(
            features=self._features,
            target=self._target,
            names=self._names,
            sizes=tuple(self._sizes.astype(int).tolist()),
            held_out=tuple(moments.held_out()),
            trained_on=tuple(moments.trained_on()),
            table=table,
            numbers=numbers,
            n_dropped=n_dropped,
            notices=notices,
        )

    def _refuse_empty(self) -> None:
        n_rows, n_empty = f"{self.n_samples:,} rows", int(np.count_nonzero(self._sizes == 0))
        if n_empty:
            raise LinregError(
                f"{n_rows} leave {n_empty:,} of {len(self._names):,} folds empty; make fewer folds, of a row "
                "or more that counts each."
            )


def _apart(batch: Batch, category: Category | None, deal: Deal | None) -> tuple[Batch, FoldNumbers]:
    """Take the folds of a batch off its features, or deal its rows to some."""
    if deal is not None:
        return batch, deal.next(len(batch[1]))
    assert category is not None
    (X, y), n_columns = batch, len(category.names)
    others = [code for code, level in enumerate(category.levels) if level != category.reference]
    numbers = (X[:, -n_columns:] @ others).round().astype(np.int64)  # the reference is the first, whose number is 0
    X = X[:, :-n_columns]
    return WeightedBatch.of(X, y, batch.weights) if isinstance(batch, WeightedBatch) else (X, y), numbers


def _numbered(n_folds: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, n_folds + 1))


def _labelled(labels: Iterable[Any], n_samples: int) -> tuple[tuple[str, ...], FoldNumbers]:
    """Return what the folds are called, and each row's."""
    texts = [str(label) for label in labels]
    if len(texts) != n_samples:
        raise LinregError(f"folds has {len(texts):,} labels, and there are {n_samples:,} rows: give one for each.")
    names = in_order(texts)
    if not 2 <= len(names) <= MOST_FOLDS:
        one = f"all rows are in one fold, {shortened(names[0])!r}: nothing would be left to train on"
        raise LinregError(f"{one}." if len(names) == 1 else f"folds has {len(names):,} labels, {MOST_FOLDS:,} at most.")
    place = {name: number for number, name in enumerate(names)}
    return names, np.array([place[text] for text in texts], np.int64)
