"""How cost grows with rows and columns: seconds to read a Parquet file, for its moments, and for 10,000 epochs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.measuring import quantity
from benchmarks.synthetic import write_parquet
from linreg.data.table import open_source
from linreg.engines.spectral import SpectralEngine
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments

GROWTH_HEADER = ["rows", "columns", "read", "moments", "10,000 epochs"]
GROWTH_WIDTHS = [10, 7, 9, 9, 13]
LARGEST_FILE = 8e9
"""Bytes; larger tables are left out."""
N_EPOCHS = 10_000
REPEATS, LONG = 5, 10**8
"""The least of several times is taken, but of one pass over the rows where they have more cells than `LONG`."""


@dataclass(frozen=True)
class Cost:
    """Seconds, by stage."""

    n_samples: int
    n_features: int
    reading: float
    moments: float
    epochs: float

    def cells(self) -> list[str]:
        """Return the line's cells."""
        seconds = [quantity(self.reading), quantity(self.moments), quantity(self.epochs)]
        return [f"{self.n_samples:,}", str(self.n_features), *seconds]


def grow(quick: bool) -> Iterator[Cost]:
    """How cost grows: rows 1e3 … 1e7 by columns 8, 64, 512; seconds to read, for moments, for 10,000 epochs."""
    for power, n_features in product(range(3, 5 if quick else 8), (8, 64, 512)):
        n_samples = 10**power
        if n_samples * (n_features + 1) * 8 <= LARGEST_FILE:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "rows.parquet"
                write_parquet(path, n_samples, n_features)
                yield _cost(path, n_samples, n_features)


def _cost(path: Path, n_samples: int, n_features: int) -> Cost:
    reading, moments, epochs = inf, inf, inf
    for _ in range(REPEATS if n_samples * n_features < LONG else 1):
        sums, *seconds = _moments(path)
        reading, moments = min(reading, seconds[0]), min(moments, seconds[1])
    for _ in range(REPEATS):
        epochs = min(epochs, _epochs(sums))
    return Cost(n_samples, n_features, reading, moments, epochs)


def _moments(path: Path) -> tuple[Moments, float, float]:
    """Return the moments, and the seconds that reading the rows and adding them up took, batch by batch."""
    parts, adding, started = [], 0.0, perf_counter()
    for X, y in open_source(str(path)).batches():
        received = perf_counter()
        parts.append(Moments.of(X, y))
        adding += perf_counter() - received
    read = perf_counter()
    moments = reduce(Moments.merged, parts)
    adding, reading = adding + perf_counter() - read, read - started - adding
    return moments, reading, adding


def _epochs(moments: Moments) -> float:
    """Return the seconds for the eigenbasis and the trace of all epochs."""
    started = perf_counter()
    standardized, _, _ = moments.standardized(bias=True)
    quadratic = Quadratic.of(standardized)
    engine = SpectralEngine(quadratic, np.zeros(moments.n_features + 1), quadratic.best_learning_rate())
    engine.advance(N_EPOCHS)
    return perf_counter() - started
