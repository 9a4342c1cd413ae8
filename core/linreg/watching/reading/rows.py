"""Every number of a few tensors as they stand after each step, a block of steps at a time.

A script's step is short, and what looks on between two of them finds no cache warm: each call of Python's costs ten
times what it does in a loop by itself. So a step is a copy of memory, and numbers are made of it a block at a time.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Matrix, Vector

if TYPE_CHECKING:
    from torch import Tensor

MOST_ROWS, MOST_BYTES = 4096, 1 << 20
_KINDS = {"torch.float64": "f8", "torch.float32": "f4", "torch.float16": "f2"}


class Rows:
    """A block of rows, one a step.

    Parameters
    ----------
    tensors
        On the CPU. Where numpy sees one in its memory as it is, that is copied; else its numbers are, as float64.

    Attributes
    ----------
    n_rows
        How many have been taken down.
    most_rows
        How many there is room for.
    """

    def __init__(self, tensors: "Sequence[Tensor]") -> None:
        self.n_rows = 0
        self._kinds: tuple[str, ...] = ()
        self.bind(tensors)

    def bind(self, tensors: "Sequence[Tensor]") -> bool:
        """Read these from now on; False, and nothing done, where the rows that are here were of another form."""
        views = [_view(each) for each in tensors]
        kinds = tuple("f8" if view is None else view.dtype.str[1:] for view in views)
        if kinds != self._kinds:
            if self.n_rows:
                return False
            self._allot(kinds, [each.numel() for each in tensors])
        self._tensors = tuple(tensors)
        self._sources: list[tuple[Callable[[], int], int, memoryview, slice]] = []
        self._others: list[tuple[Tensor, slice]] = []
        for tensor, view, place in zip(tensors, views, self._places, strict=True):
            if view is None:
                self._others.append((tensor, place))
            else:
                self._sources.append((tensor.data_ptr, tensor.data_ptr(), view.data.cast("B"), place))
        return True

    def _allot(self, kinds: tuple[str, ...], sizes: Sequence[int]) -> None:
        """Make room for rows of so many numbers of each kind."""
        self._kinds, self._sizes = kinds, sizes
        ends = list(accumulate(size * int(kind[1:]) for size, kind in zip(sizes, kinds, strict=True)))
        self._places = [slice(start, stop) for start, stop in zip([0, *ends], ends, strict=False)]
        self.most_rows = max(1, min(MOST_ROWS, MOST_BYTES // max(ends[-1], 1)))
        self._memory = np.empty((self.most_rows, ends[-1]), np.uint8)
        self._rows = [row.data for row in self._memory]

    def add(self) -> bool:
        """Take the numbers down as they stand; False where the rows that are here have to be taken first."""
        row = self._rows[self.n_rows]
        for address_now, address, numbers, place in self._sources:
            if address_now() != address:
                return self.bind(self._tensors) and self.add()
            row[place] = numbers
        for tensor, place in self._others:
            row[place] = _numbers(tensor).data.cast("B")
        self.n_rows += 1
        return True

    def take(self) -> Matrix:
        """Return what has been taken down, ``(n_rows, n_numbers)``, and begin anew."""
        taken, self.n_rows = self._memory[: self.n_rows], 0
        parts = [
            np.ascontiguousarray(taken[:, place]).view(kind)
            for place, kind in zip(self._places, self._kinds, strict=True)
        ]
        return np.concatenate(parts, axis=1, dtype=np.float64)

    def now(self) -> Vector:
        """Return the numbers as they stand, ``(n_numbers,)``."""
        return np.concatenate([_numbers(each) for each in self._tensors])

    def gradient(self) -> Vector | None:
        """Return the gradients as they stand, ``(n_numbers,)``, 0 where a tensor has none; None where none has."""
        gradients = [each.grad for each in self._tensors]
        if all(each is None for each in gradients):
            return None
        pairs = zip(self._tensors, gradients, strict=True)
        return np.concatenate([np.zeros(each.numel()) if grad is None else _numbers(grad) for each, grad in pairs])


def _view(tensor: "Tensor") -> np.ndarray[tuple[int, ...], np.dtype[np.floating]] | None:
    """Return a tensor's numbers in its own memory, ``(n,)``; None where numpy does not see them in one piece."""
    kind = _KINDS.get(str(tensor.dtype))
    if kind is None or tensor.device.type != "cpu" or not tensor.is_contiguous():
        return None
    view: np.ndarray[tuple[int, ...], np.dtype[np.floating]] = tensor.detach().reshape(-1).numpy()
    return view


def _numbers(tensor: "Tensor") -> Vector:
    import torch

    flat: Vector = tensor.detach().to_dense().reshape(-1).to("cpu", torch.float64).numpy()
    return flat
