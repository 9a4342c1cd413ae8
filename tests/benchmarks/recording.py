"""What it costs training to be recorded: a session flat out that is, against the same one that is not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import AtMost, Comparison
from benchmarks.synthetic import write_parquet

_SESSION = """
import sys
from time import perf_counter, sleep
from linreg import bundled
from linreg.beginning import Recorded
from linreg.session import Session
data, engine, warm_up, seconds, recorded = sys.argv[1:]
recipe = bundled.find(data).changed(epochs=10**12, engine=engine)
session = Session(recipe, speed=float("inf"), beginning=Recorded() if recorded else None).start()
session.wait(lambda state: state.epoch >= 0, 300)
sleep(float(warm_up))
started, first = perf_counter(), session.state.epoch
sleep(float(seconds))
print((perf_counter() - started) / (session.state.epoch - first))
session.stop()
session.join(10)
"""


def measure(quick: bool) -> Iterator[Comparison]:
    """What recording costs: epochs, checkpoints and a socket, against the same session that leaves nothing behind."""
    with TemporaryDirectory(prefix="lr") as folder:
        rows, n_samples = Path(folder) / "rows.parquet", 20_000 if quick else 1_000_000
        write_parquet(rows, n_samples, 32)
        for name, data, engines, share in (
            ("exercise1", "exercise1", ("spectral", "autograd"), 1.1),
            (f"{n_samples:,} × 32", str(rows), ("autograd",), 1.02),
        ):
            for engine in engines:
                ours, rival = _seconds_an_epoch(data, engine, Path(folder) / "home", quick)
                yield Comparison(f"an epoch of {name}, {engine}, recorded: not recorded", ours, rival, AtMost(share))


def _seconds_an_epoch(data: str, engine: str, home: Path, quick: bool) -> tuple[float, float]:
    """Run both in turns, and return the least of either."""
    taken: dict[str, list[float]] = {"recorded": [], "": []}
    warm_up, seconds, n_turns = ("1", "2", 1) if quick else ("3", "10", 4)
    for turn in range(n_turns):
        for recorded in sorted(taken, reverse=turn % 2 == 0):
            command = [sys.executable, "-c", _SESSION, data, engine, warm_up, seconds, recorded]
            environment = {**os.environ, "LINREG_HOME": str(home)}
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            taken[recorded].append(float(done.stdout))
    return min(taken["recorded"]), min(taken[""])
