"""What it costs training that others keep and watch it: a session flat out, against the same one left to itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import AtMost, Comparison
from benchmarks.synthetic import write_parquet
from benchmarks.watching import turns

WATCHED = f"watched by {turns.N_VIEWERS} and one that never reads"


def measure(quick: bool) -> Iterator[Comparison]:
    """What it costs training to be recorded, and to be watched by many, against the same session left to itself."""
    with TemporaryDirectory(prefix="lr") as folder:
        rows, n_samples = Path(folder) / "rows.parquet", 20_000 if quick else 1_000_000
        write_parquet(rows, n_samples, 32)
        exercise1, large = ("exercise1", "exercise1"), (f"{n_samples:,} × 32", str(rows))
        for what, said, (name, data), engine, share in (
            ("recorded", "recorded", exercise1, "spectral", 1.1),
            ("recorded", "recorded", exercise1, "autograd", 1.1),
            ("recorded", "recorded", large, "autograd", 1.02),
            ("watched", WATCHED, exercise1, "spectral", 1 / 0.95),
            ("watched", WATCHED, exercise1, "autograd", 1 / 0.95),
            ("watched", WATCHED, large, "autograd", 1 / 0.95),
        ):
            ours, rival = _seconds_an_epoch(what, data, engine, Path(folder) / "home", quick)
            yield Comparison(f"an epoch of {name}, {engine}, {said}: neither", ours, rival, AtMost(share))


def _seconds_an_epoch(what: str, data: str, engine: str, home: Path, quick: bool) -> tuple[float, float]:
    """Return both of the process whose ratio is the middle one: where memory lies can make a fifth, for its life."""
    n_processes, lengths = (1, ("0.5", "2")) if quick else (3, ("2", "10"))
    command = [sys.executable, turns.__file__, what, data, engine, *lengths]
    environment = {**os.environ, "LINREG_HOME": str(home)}
    pairs = []
    for _ in range(n_processes):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
        ours, rival = map(float, done.stdout.split())
        pairs.append((ours, rival))
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
