"""The most memory that the command holds, which should not depend on how many rows there are."""

import sys
from collections.abc import Iterator
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import AtMost, AtMostMore, Comparison, peak_megabytes
from benchmarks.synthetic import write_parquet
from command import LINREG


def measure(quick: bool) -> Iterator[Comparison]:
    """Peak memory of the command on a Parquet file that it streams, and on one of twice the rows."""
    n_samples, repeats = (500_000, 1) if quick else (10_000_000, 3)
    with TemporaryDirectory() as folder:
        once, twice = Path(folder) / "once.parquet", Path(folder) / "twice.parquet"
        write_parquet(once, n_samples, 31)
        write_parquet(twice, 2 * n_samples, 31)
        peak, peak_of_twice, imports = inf, inf, inf
        for _ in range(repeats):  # a peak, too, is only ever raised by chance: by how threads happen to meet
            peak = min(peak, _peak_of_run(once))
            peak_of_twice = min(peak_of_twice, _peak_of_run(twice))
            imports = min(imports, peak_megabytes(sys.executable, "-c", "import torch, polars"))
    name = f"peak memory: linreg run -q on Parquet of {n_samples:,} × 32: import torch, polars"
    yield Comparison(name, peak, imports, AtMostMore(600), "MB")
    name = f"peak memory: linreg run -q on Parquet of {2 * n_samples:,} × 32: of half as many"
    yield Comparison(name, peak_of_twice, peak, AtMost(1.05), "MB")


def _peak_of_run(path: Path) -> float:
    return peak_megabytes(*LINREG, "run", "-q", str(path))
