"""A quantity over the epochs as a chart draws it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One quantity over epochs, in buckets of consecutive epochs in order.

    Attributes
    ----------
    first, last
        ``(n,)``, the first and the last epoch of each bucket.
    low, high, mean
        ``(n,)``, over the finite values in the bucket; NaN where there are none.
    final
        ``(n,)``, the value of the bucket's last epoch, finite or not; where only some epochs have been kept, of the
        last of those.
    broken
        ``(n,)``, whether a value in the bucket was not finite.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    low: Vector
    high: Vector
    mean: Vector
    final: Vector
    broken: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)
