"""What a copy of a history lacks, so that a history in another process can be kept the same as one that grows here.

Both sum up their epochs at the same width and keep the same rows, so that a copy needs only what was added since it was
last told. Where what was there has changed, by a cut or because neighbours were merged, the copy starts over: that is
rare, and merging there what has been merged here would round differently.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Matrix, Vector
from linreg.history.buckets import Summary
from linreg.history.curves import CurvePiece
from linreg.history.rows import Segment


class Shape(NamedTuple):
    """As long as this is the same, epochs are only added."""

    knows_excess: bool
    knows_held_out: bool
    n_cuts: int
    width: int
    every: int
    kept_every: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a copy holds: so many epochs, so many of the rows kept, from where to where the latest, which curves."""

    shape: Shape | None = None
    n_epochs: int = 0
    n_rows: int = 0
    latest: tuple[int, int] = (0, 0)
    curves: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Increment:
    """A piece of what a copy lacks.

    Attributes
    ----------
    shape
        How the history keeps its epochs.
    starts_over
        Whether it belongs into an empty copy.
    first_bucket, buckets
        These are written from that number on.
    n_epochs
        How many the buckets then hold.
    first_row, row_epochs, rows, rates
        The rows that are kept, from that number on: ``(n,)``, ``(n, n_columns)`` and ``(n,)``.
    latest, passed
        From which epoch until before which the latest then go, and those among them that the copy lacks.
    is_last
        Whether the copy then is the same as the history was; else there are more pieces.
    curves, curves_version
        What the copy lacks of the curves, and the version of them that it then has.
    """

    shape: Shape
    starts_over: bool
    first_bucket: int
    buckets: Summary
    n_epochs: int
    first_row: int
    row_epochs: NDArray[np.int64]
    rows: Matrix
    rates: Vector
    latest: tuple[int, int]
    passed: tuple[Segment, ...]
    is_last: bool
    curves: tuple[CurvePiece, ...] = ()
    curves_version: int = 0

    @property
    def held(self) -> Held:
        """What the copy then holds."""
        return Held(self.shape, self.n_epochs, self.first_row + len(self.rows), self.latest, self.curves_version)
