"""What a fit is worth: the summary against the plain run on the same rows, and against statsmodels' formula."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.measuring import AtMost, Comparison, alternate, process
from benchmarks.synthetic import write_parquet
from command import LINREG

CATEGORIES = {
    "cut": ["Fair", "Good", "Ideal", "Premium", "Very Good"],
    "color": list("DEFGHIJ"),
    "clarity": ["I1", "IF", "SI1", "SI2", "VS1", "VS2", "VVS1", "VVS2"],
}
_FORMULA = """
import sys
import pandas
import statsmodels.formula.api as formula

table = pandas.read_csv(sys.argv[1])
words = "price ~ carat + C(cut) + C(color) + C(clarity) + depth + table + x + y + z"
print(formula.ols(words, table).fit().summary())
"""


def measure(quick: bool) -> Iterator[Comparison]:
    """The summary of a Parquet file against a plain run on it, and of diamonds' like against statsmodels' formula."""
    with TemporaryDirectory() as folder:
        yield _plain(Path(folder) / "rows.parquet", 200_000 if quick else 10_000_000, 2 if quick else 5)
        yield _formula(Path(folder) / "diamonds.csv", 5)


def _plain(path: Path, n_samples: int, repeats: int) -> Comparison:
    write_parquet(path, n_samples, 32)
    ours, rival = alternate(process(*LINREG, "summary", str(path)), process(*LINREG, "run", "-q", str(path)), repeats)
    return Comparison(f"process: linreg summary on {n_samples:,} × 33 Parquet: linreg run -q", ours, rival, AtMost(1.1))


def _formula(path: Path, repeats: int) -> Comparison:
    write_diamonds(path)
    ours, rival = alternate(
        process(*LINREG, *diamonds_line(path)), process(sys.executable, "-c", _FORMULA, str(path)), repeats
    )
    return Comparison(
        "process: linreg summary on 53,940 rows with three categories: statsmodels' formula", ours, rival, AtMost(0.25)
    )


def diamonds_line(path: Path) -> list[str]:
    """Return the arguments that summarise such a file."""
    return [
        "summary",
        str(path),
        "--target",
        "price",
        *(word for name in CATEGORIES for word in ("--categorical", name)),
    ]


def write_diamonds(path: Path, n_samples: int = 53_940) -> None:
    """Write a file of the shape of ggplot2's diamonds: its columns, its levels, and numbers of such sizes."""
    chance = np.random.default_rng(0)
    carat = np.round(np.exp(chance.normal(-0.4, 0.58, n_samples)).clip(0.2, 5), 2)
    levels = {name: chance.integers(0, len(words), n_samples) for name, words in CATEGORIES.items()}
    depth, table = (
        np.round(chance.normal(61.75, 1.43, n_samples), 1),
        np.round(chance.normal(57.46, 2.23, n_samples), 0),
    )
    x = np.round(6.5 * np.cbrt(carat) + chance.normal(0, 0.05, n_samples), 2)
    y, z = (
        np.round(x + chance.normal(0, 0.05, n_samples), 2),
        np.round(0.617 * x + chance.normal(0, 0.03, n_samples), 2),
    )
    price = 8000 * carat - 300 * levels["color"] + 200 * levels["clarity"] + 100 * levels["cut"] - 500 * x
    price = np.round(price + chance.normal(0, 1100, n_samples), 0)
    frame = {"carat": carat, **{name: np.array(CATEGORIES[name])[which] for name, which in levels.items()}}
    frame |= {"depth": depth, "table": table, "price": price, "x": x, "y": y, "z": z}
    pl.DataFrame(frame).write_csv(path)
