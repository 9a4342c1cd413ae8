"""The most memory that the command holds, which should not depend on how many rows there are."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import AtMost, AtMostMore, Comparison, peak_megabytes
from benchmarks.synthetic import write_parquet
from command import LINREG


def measure(quick: bool) -> Iterator[Comparison]:
    """Peak memory of the command on a Parquet file that it streams, and on one of twice the rows."""
    n_samples = 500_000 if quick else 10_000_000
    imports = peak_megabytes(sys.executable, "-c", "import torch, polars")
    peak, peak_of_twice = _peak_of_run(n_samples), _peak_of_run(2 * n_samples)
    yield Comparison(
        f"peak memory: linreg run -q on Parquet, {n_samples:,} × 32, against import torch, polars",
        peak,
        imports,
        AtMostMore(600),
        "MB",
    )
    yield Comparison(
        f"peak memory: {2 * n_samples:,} rows against {n_samples:,}", peak_of_twice, peak, AtMost(1.05), "MB"
    )


def _peak_of_run(n_samples: int) -> float:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write_parquet(path, n_samples, 31)
        return peak_megabytes(*LINREG, "run", "-q", str(path))
