"""Two processes that share the rows against one: the moments pass alone, without the start.

The clock starts once the ranks have met and wait for each other, and stops when both know the sum. Each is bound
to one processor: a limit on threads alone would leave the single process a second one to read ahead on.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import Comparison, TimesAsFast
from benchmarks.synthetic import write_csv, write_parquet

_PASS = """
import os
import sys

processors = sorted(os.sched_getaffinity(0))
os.sched_setaffinity(0, {processors[int(os.environ.get("RANK", 0)) % len(processors)]})

from time import perf_counter

from linreg.engines.ranks import joined
from linreg.data.formats.datafile import Share
from linreg.training.rows import moments_of
from linreg.data.table import open_source

with joined() as ranks:
    for _ in range(int(sys.argv[2])):
        ranks.gather(None)
        started = perf_counter()
        source = open_source(sys.argv[1], share=Share(ranks.rank, ranks.n_ranks))
        ranks.total(moments_of(source.batches(), len(source.features)))
        if ranks.rank == 0:
            print(perf_counter() - started)
"""


def measure(quick: bool) -> Iterator[Comparison]:
    """Two ranks of torchrun against one process, one processor each, on the moments of a file."""
    n_samples, repeats = (50_000, 2) if quick else (2_000_000, 4)
    with TemporaryDirectory() as folder:
        for path, write in ((Path(folder, "rows.parquet"), write_parquet), (Path(folder, "rows.csv"), write_csv)):
            write(path, n_samples, 32)
            script = Path(folder, "moments.py")
            script.write_text(_PASS)
            least = {1: inf, 2: inf}
            for n_ranks in (2, 1, 1, 2):
                least[n_ranks] = min(least[n_ranks], _seconds(n_ranks, script, path, repeats))
            name = f"moments of {n_samples:,} × 33 from {path.suffix[1:]}: two ranks, one processor each: one"
            yield Comparison(name, least[2], least[1], TimesAsFast(1.7))


def _seconds(n_ranks: int, script: Path, path: Path, repeats: int) -> float:
    """Start the processes, and return the least seconds of their passes."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    start = [sys.executable]
    if n_ranks > 1:
        start += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n_ranks)]
    command = [*start, str(script), str(path), str(repeats)]
    done = subprocess.run(command, env={**os.environ, **one_thread}, capture_output=True, text=True, check=True)
    return min(map(float, done.stdout.split()))
