"""The tensors that a script trains, read without disturbing it: every number of few, of many a line for each tensor.

Up to `MOST_SCALARS` real ones on the CPU a step costs one copy; more, and complex ones, are summed up now and then. The
first number that is not finite is found in the copies to the step; of large tensors it is known which, and by when.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.training.facts import Broken
from linreg.watching.reading.rows import Rows

if TYPE_CHECKING:
    from torch import Tensor

MOST_SCALARS = 4096


class Tensors:
    """The tensors of a script that are trained, in the order in which they were first seen.

    Parameters
    ----------
    tensors, names
        As many of both.
    """

    def __init__(self, tensors: "Sequence[Tensor]", names: Sequence[str]) -> None:
        self.tensors, self.names = tuple(tensors), tuple(names)
        self.shapes = tuple(tuple(tensor.shape) for tensor in tensors)
        self.n_scalars = sum(tensor.numel() for tensor in tensors)
        self.is_small = 0 < self.n_scalars <= MOST_SCALARS and all(
            each.device.type == "cpu" and not each.is_complex() for each in tensors
        )
        places = np.cumsum([0, *(tensor.numel() for tensor in tensors)])
        self.places = [slice(int(a), int(b)) for a, b in pairwise(places)]
        self.rows = Rows(self.tensors) if self.is_small else None
        self._seen: object = self._look()

    @property
    def n_columns(self) -> int:
        """How many numbers a step's row has: all of them, or none where they are many."""
        return self.n_scalars if self.is_small else 0

    def numbers(self) -> Vector:
        """Return all numbers as they stand, ``(n_columns,)``."""
        return np.empty(0) if self.rows is None else self.rows.now()

    def rebind(self, tensors: "Sequence[Tensor]") -> bool:
        """Take other tensors of the same shapes for these: a loop that makes its parameters anew at each step.

        False, and nothing done, where the rows that have been taken down were of another form.
        """
        if any(mine is not theirs for mine, theirs in zip(self.tensors, tensors, strict=True)):
            if self.rows is not None and not self.rows.bind(tensors):
                return False
            self.tensors = tuple(tensors)
        return True

    def have_moved(self) -> bool:
        """Tell whether they are others than when this was last asked, or at first; of many, some of their numbers."""
        before, self._seen = self._seen, self._look()
        return before != self._seen

    def _look(self) -> object:
        if self.is_small:
            return self.numbers().tobytes()
        ends = [each.detach().reshape(-1)[[0, -1]].tolist() for each in self.tensors if each.numel()]
        return str(ends), [each._version for each in self.tensors]

    def column_names(self) -> tuple[str, ...]:
        """Name every number: a scalar by its tensor, an entry with its place in it."""
        if not self.is_small:
            return ()
        return tuple(name for tensor in zip(self.names, self.shapes, strict=True) for name in _entries(*tensor))

    def first_broken(self, row: Vector) -> str | None:
        """Name the first tensor with a number in a row, ``(n_columns,)``, that is not finite."""
        for name, place in zip(self.names, self.places, strict=True):
            if not np.isfinite(row[place]).all():
                return name
        return None


def broken_among(
    first: int, costs: Vector, known: Sequence[object], rows: Matrix, tensors: Tensors | None
) -> Broken | None:
    """Find the first step with a number that is not finite.

    Parameters
    ----------
    first, costs, rows
        The first step's number, the costs ``(n,)`` and the parameters after each step ``(n, n_columns)``.
    known
        ``n`` costs as they were taken down; None where a step had none, which is not one that is not finite.
    """
    bad = np.flatnonzero(~(np.isfinite(costs) & np.isfinite(rows).all(1)))
    for place in bad.tolist():
        cost = known[place] is not None and not np.isfinite(costs[place])
        tensor = "" if tensors is None else tensors.first_broken(rows[place]) or ""
        if cost or tensor:
            return Broken(first + place, cost, tensor)
    return None


def broken_by(step: int, which: str | None) -> Broken | None:
    """Say of a tensor that its norm is not finite after a step."""
    return None if which is None else Broken(step, False, which, is_exact=False)


def _entries(name: str, shape: tuple[int, ...]) -> list[str]:
    if not any(size > 1 for size in shape):
        return [name] * int(np.prod(shape))
    return [f"{name}[{','.join(map(str, place))}]" for place in np.ndindex(*shape)]
