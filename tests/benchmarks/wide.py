"""Tables of thousands of columns, whole processes with the exact answer, against a script with scikit-learn."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.files import SCRIPT
from benchmarks.measuring import AtMost, Comparison, alternate, peak_megabytes, process
from benchmarks.synthetic import write_parquet
from command import LINREG

GOALS = {(200, 5_000): 1.0, (3_000, 2_000): 0.5, (20_000, 1_000): 0.5}
"""The goal for each number of rows and features, as a part of the script's time."""
OF_GENES, TIMES_THE_TABLE = (1_000, 50_000), 3.0
"""The shape of gene expression, and how many times its cells may be in memory."""


def measure(quick: bool) -> Iterator[Comparison]:
    """Whole processes on Parquet files of thousands of columns, and the memory that the widest takes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        for (n_samples, n_features), goal in GOALS.items():
            write_parquet(path, n_samples // (10 if quick else 1), n_features)
            command, script = process(*LINREG, "run", "-q", str(path)), process(sys.executable, "-c", SCRIPT, str(path))
            ours, rival = alternate(command, script, 1 if quick else 3)
            name = f"process: linreg run -q on Parquet of {n_samples:,} × {n_features:,}: polars and scikit-learn"
            yield Comparison(name, ours, rival, AtMost(goal))
        n_samples, n_features = OF_GENES[0] // (10 if quick else 1), OF_GENES[1]
        write_parquet(path, n_samples, n_features)
        peak, cells = peak_megabytes(*LINREG, "run", "-q", str(path)), 8e-6 * n_samples * (n_features + 1)
        name = f"peak memory: linreg run -q on Parquet of {n_samples:,} × {n_features:,}: its cells"
        yield Comparison(name, peak, cells, AtMost(TIMES_THE_TABLE), "MB")
