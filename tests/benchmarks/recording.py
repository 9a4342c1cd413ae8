"""What it costs training to be recorded: a session flat out that is, against the same one that is not.

Both are in one process and take short turns, A B B A, so that a slow spell of the machine meets both; the one whose
turn it is not stands still. The figure is the median over the turns.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import AtMost, Comparison
from benchmarks.synthetic import write_parquet

_SESSIONS = """
import sys
from statistics import median
from time import perf_counter, sleep
from linreg import bundled
from linreg.beginning import Recorded
from linreg.session import Session
data, engine, seconds, n_turns = sys.argv[1:]
recipe = bundled.find(data).changed(epochs=10**12, engine=engine)
sessions = [Session(recipe, speed=float("inf"), paused=True, beginning=each).start() for each in (Recorded(), None)]
for session in sessions:
    session.wait(lambda state: state.phase == "paused", 300)
taken = ([], [])
for turn in range(1 + int(n_turns)):
    for which in ((0, 1) if turn % 2 else (1, 0)):
        session = sessions[which]
        started, first = perf_counter(), session.state.epoch
        session.play()
        sleep(float(seconds))
        session.pause()
        state = session.wait(lambda state: state.phase == "paused", 60)
        if turn:  # the first is for blocks of epochs to find their length
            taken[which].append((perf_counter() - started) / (state.epoch - first))
print(median(taken[0]), median(taken[1]))
for session in sessions:
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
    seconds, n_turns = ("0.5", "2") if quick else ("2", "30")
    command = [sys.executable, "-c", _SESSIONS, data, engine, seconds, n_turns]
    environment = {**os.environ, "LINREG_HOME": str(home)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    ours, rival = map(float, done.stdout.split())
    return ours, rival
