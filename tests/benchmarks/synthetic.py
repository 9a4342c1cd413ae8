"""Rows made by a formula, in memory or in files: normal features, y = Σ xⱼ (j + 1) / p + 1 + noise."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CHUNK_CELLS = 2**23
"""Cells made at a time, 64 MiB, so that a file of any size is made in little memory."""


def rows(n_samples: int, n_features: int, seed: int = 0) -> tuple[Array, Array]:
    """Make X ``(n_samples, n_features)`` and y ``(n_samples,)``."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((n_samples, n_features))
    w = np.arange(1, n_features + 1) / n_features
    return X, X @ w + 1.0 + 0.1 * generator.standard_normal(n_samples)


def write_csv(path: Path, n_samples: int, n_features: int) -> None:
    """Write a header and the rows, in full precision."""
    with path.open("wb") as file:
        for number, frame in enumerate(_frames(n_samples, n_features)):
            frame.write_csv(file, include_header=number == 0)


def write_parquet(path: Path, n_samples: int, n_features: int) -> None:
    """Write the rows in row groups of a chunk each, compressed by zstd as polars does."""
    import pyarrow.parquet

    frames = _frames(n_samples, n_features)
    first = next(frames).to_arrow()
    with pyarrow.parquet.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for frame in frames:
            writer.write_table(frame.to_arrow())


def _frames(n_samples: int, n_features: int) -> Iterator[pl.DataFrame]:
    most = max(1, _CHUNK_CELLS // n_features)
    names = [f"x{number}" for number in range(1, n_features + 1)]
    for seed, start in enumerate(range(0, n_samples, most)):
        X, y = rows(min(most, n_samples - start), n_features, seed)
        yield pl.DataFrame(X, schema=names).with_columns(y=pl.Series(y))
