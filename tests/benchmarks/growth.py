"""How cost grows with rows and columns: seconds to read a Parquet file, for its moments, and for 10,000 epochs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.measuring import quantity
from benchmarks.synthetic import write_parquet
from linreg.arrays import Batch
from linreg.data.table import open_source
from linreg.engines.spectral import SpectralEngine
from linreg.numerics.curvature import answer_and_curvature
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling

GROWTH_HEADER = ["rows", "columns", "read", "moments", "10,000 epochs"]
GROWTH_WIDTHS = [10, 7, 9, 9, 13]
LARGEST_FILE = 8e9
"""Bytes; larger tables are left out."""
COLUMNS = 8, 64, 512, 2_000, 5_000
WIDE, LARGEST_WIDE = 1_000, 5e8
"""From so many columns on tables of more bytes than these are left out: their eigenbasis alone takes minutes."""
N_EPOCHS, AT_A_TIME = 10_000, 1_000
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
    """How cost grows: rows 1e3 … 1e7 by columns 8 … 5,000; seconds to read, for moments, for 10,000 epochs."""
    for power, n_features in product(range(3, 5 if quick else 8), COLUMNS[:3] if quick else COLUMNS):
        n_samples = 10**power
        if n_samples * (n_features + 1) * 8 <= (LARGEST_FILE if n_features < WIDE else LARGEST_WIDE):
            with TemporaryDirectory() as folder:
                path = Path(folder) / "rows.parquet"
                write_parquet(path, n_samples, n_features)
                yield _cost(path, n_samples, n_features)


def _cost(path: Path, n_samples: int, n_features: int) -> Cost:
    reading, moments, epochs = inf, inf, inf
    for _ in range(REPEATS if n_samples * n_features < LONG else 1):
        sums, *seconds = _moments(path)
        reading, moments = min(reading, seconds[0]), min(moments, seconds[1])
    for _ in range(REPEATS if n_features < WIDE else 1):
        epochs = min(epochs, _epochs(sums))
    return Cost(n_samples, n_features, reading, moments, epochs)


def _moments(path: Path) -> tuple[Moments, float, float]:
    """Return the moments, and the seconds that reading the rows and adding them up took, batch by batch."""
    source, reading, started = open_source(str(path)), 0.0, perf_counter()

    def batches() -> Iterator[Batch]:
        nonlocal reading
        asked = perf_counter()
        for batch in source.batches():
            reading += perf_counter() - asked
            yield batch
            asked = perf_counter()

    moments = Moments.of_batches(batches(), len(source.features))
    return moments, reading, perf_counter() - started - reading


def _epochs(moments: Moments) -> float:
    """Return the seconds for the eigenbasis and the traces of all epochs."""
    started = perf_counter()
    _, mean, scale = moments.standardized(bias=True)
    _, quadratic = answer_and_curvature(moments, Scaling(mean, scale), bias=True, reduction="mean")
    engine = SpectralEngine(quadratic, np.zeros(moments.n_features + 1), quadratic.best_learning_rate())
    for _ in range(N_EPOCHS // AT_A_TIME):
        engine.advance(AT_A_TIME)
    return perf_counter() - started
