"""Memory while full-batch training reads its rows: that of a few blocks, however many rows there are."""

import sys
from pathlib import Path
from subprocess import run

import numpy as np
import polars as pl
import pytest

PROGRAM = """
import sys
from pathlib import Path
from linreg.training.posing import pose
from linreg.recipe import Recipe
print(pose(Recipe(data=sys.argv[1])).n_samples)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


def rows_and_peak(data: str | Path) -> tuple[int, float]:
    """Read a table in a process of its own; return its rows and the process's peak memory in MB."""
    done = run([sys.executable, "-c", PROGRAM, str(data)], capture_output=True, text=True, check=True)
    n_samples, kilobytes = done.stdout.split()
    return int(n_samples), int(kilobytes) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_eight_times_the_rows_take_no_more_memory(extension: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(250_000, 8)).round(4)
    frame = pl.DataFrame(values, schema=[f"x{column}" for column in range(8)])
    first = tmp_path / f"part-0.{extension}"
    frame.write_parquet(first) if extension == "parquet" else frame.write_csv(first)
    for count in range(1, 8):
        (tmp_path / f"part-{count}.{extension}").symlink_to(first)
    n_once, once = rows_and_peak(first)
    n_all, peak = rows_and_peak(f"{tmp_path}/part-*.{extension}")
    assert (n_once, n_all) == (250_000, 2_000_000)
    assert peak < once + 40, (once, peak)  # seven times 16 MB more, were the rows kept
