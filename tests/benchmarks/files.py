"""From a file to the answer: against polars' own read, and against a script with polars and scikit-learn."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.measuring import AtMost, Comparison, alternate, process
from benchmarks.synthetic import write_csv, write_parquet
from command import LINREG
from linreg.data.table import open_source
from linreg.numerics.moments import Moments
from linreg.training.rows import moments_of

SCRIPT = """
import sys
import polars
from sklearn.linear_model import LinearRegression

read = polars.read_csv if sys.argv[1].endswith(".csv") else polars.read_parquet
table = read(sys.argv[1])
model = LinearRegression().fit(table.drop("y").to_numpy(), table["y"].to_numpy())
print(model.coef_, model.intercept_)
"""


def measure(quick: bool) -> Iterator[Comparison]:
    """From a Parquet file to moments, and from a CSV file to printed coefficients."""
    few, many = (20_000, 200_000) if quick else (1_000_000, 10_000_000)
    with TemporaryDirectory() as folder:
        yield _parquet(Path(folder) / "rows.parquet", few, 2 if quick else 10)
        yield _parquet(Path(folder) / "rows.parquet", many, 2 if quick else 3)
        yield _csv(Path(folder) / "rows.csv", few, 2 if quick else 5)


def _parquet(path: Path, n_samples: int, repeats: int) -> Comparison:
    write_parquet(path, n_samples, 32)
    ours, rival = alternate(lambda: _moments(path), lambda: pl.read_parquet(path), repeats)
    return Comparison(
        f"moments of a Parquet file of {n_samples:,} × 33: pl.read_parquet alone", ours, rival, AtMost(1.5)
    )


def _moments(path: Path) -> Moments:
    source = open_source(str(path))
    return moments_of(source.batches(), len(source.features))


def _csv(path: Path, n_samples: int, repeats: int) -> Comparison:
    write_csv(path, n_samples, 32)
    command = process(*LINREG, "run", "-q", str(path))
    script = process(sys.executable, "-c", SCRIPT, str(path))
    ours, rival = alternate(command, script, repeats)
    name = f"process: linreg run -q on a CSV of {n_samples:,} × 33: polars and scikit-learn"
    return Comparison(name, ours, rival, AtMost(0.8))
