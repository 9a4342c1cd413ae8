"""Kill recorded runs at random moments, resume each, and compare: ``python tests/system/kill.py [N] [SEED]``.

Each of N runs is killed with SIGKILL, half of them a second time while they are resumed, and must end with the very
bits of a run that nobody disturbed: its parameters, its costs, every epoch that is kept. Each run is a process of its
own, forked from this one, which has torch already. Checkpoints come a hundred times as often as usual, so that there
is more to interrupt.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch._dynamo  # what takes long, and torch imports late, is imported once

from linreg.cli.app import run_command_line
from linreg.store import checkpoint, recording, writer
from linreg.store.store import RunStore

KINDS = {
    "mini-batch Adam": "quiz1 --optimizer Adam --batch-size 2 --lr 0.01 --epochs 300",
    "momentum SGD, spectral": "exercise1 --set momentum=0.9 --epochs 3000000 --every 50000",
    "momentum SGD, autograd": "houses --engine autograd --set momentum=0.9 --epochs 800",
    "LBFGS": "houses --optimizer LBFGS --lr 0.001 --epochs 10",
    "SGD in jumps": "exercise1 --epochs 10000000000 --every 40000000",
    "semicolons and commas": "rows.txt --separator ; --decimal , --missing ? --drop-missing --skip-lines 1 "
    "--engine autograd --set momentum=0.5 --epochs 800",
}
ROWS = "Report\nx;z;y\n0,5;1,25;2\n1,5;?;3\n2,5;-1,5;4,75\n4;0,125;8\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """What must be alike, to the last bit."""

    status: str
    epoch: int
    parameters: bytes
    cost: float
    result: object
    kept: tuple[bytes, ...]


class Child:
    """``linreg`` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
            sys.stderr = os.fdopen(writing, "w")
            os._exit(run_command_line(list(arguments)))
        os.close(writing)
        self.narration = os.fdopen(reading)
        self.lines: list[str] = []

    def read_until(self, text: str) -> str:
        """Wait until it says this, or ends; return the line."""
        for line in self.narration:
            self.lines.append(line)
            if text in line:
                return line
        return ""

    def end(self) -> int:
        """Wait for its end and return its exit status; −N: ended by signal N."""
        self.lines += self.narration
        self.narration.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self, seconds: float) -> bool:
        """Kill it after some seconds; tell whether it was still there."""
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGKILL)
        return self.end() < 0


def kill_runs(home: Path, n_runs: int, seed: int) -> int:
    """Kill and resume; return how many runs did not end as they should."""
    draw, n_faults, n_killed = random.Random(seed), 0, 0
    undisturbed = {kind: _undisturbed(home, kind) for kind in list(KINDS)[:n_runs]}
    for number in range(n_runs):
        kind = list(KINDS)[number % len(KINDS)]
        expected, seconds = undisturbed[kind]
        name = f"run {number}"
        moments = _killed(kind, name, seconds, draw)
        n_killed += len(moments) - 1
        found = end_of(home, name)
        n_faults += found != expected
        say(f"{number + 1:3} {kind:24} {'the same' if found == expected else 'ANOTHER END'}  {', '.join(moments)}")
    strays = [path for path in home.rglob("*") if path.name.startswith(".")]
    say(f"{n_runs} runs, killed {n_killed} times: {n_faults} other ends, {len(strays)} stray files")
    return n_faults + len(strays)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _undisturbed(home: Path, kind: str) -> tuple[Ended, float]:
    """Train to the end; return what that came to, and the seconds it took once it was recorded."""
    child = Child("run", *KINDS[kind].split(), "--name", kind)
    child.read_until("recorded as")
    started = time.monotonic()
    assert child.end() == 0, child.lines
    return end_of(home, kind), time.monotonic() - started


def _killed(kind: str, name: str, seconds: float, draw: random.Random) -> Sequence[str]:
    """Train a run to its end by way of one death or two; return when it died and where it went on, in words."""
    moments: list[str] = []
    n_deaths = draw.choice((1, 2))
    child = Child("run", *KINDS[kind].split(), "--name", name)
    for _ in range(n_deaths):
        if draw.random() < 0.8:
            child.read_until("recorded as" if not moments else "going on with")
        moment = draw.uniform(0, seconds / n_deaths)
        if child.kill(moment):
            moments.append(f"{moment:.2f} s")
        child = _next(kind, name)
    moments.append(child.read_until("going on with").rpartition(name)[2].strip())
    status = child.end()
    if status not in (0, 2):  # 2: it had ended already
        say("".join(child.lines))
    return moments


def _next(kind: str, name: str) -> Child:
    """Resume, or begin again what was killed before it was in the store."""
    with RunStore(Path(os.environ["LINREG_HOME"])) as store:
        is_there = any(run.name == name for run in store.runs())
    return Child("resume", name) if is_there else Child("run", *KINDS[kind].split(), "--name", name)


def end_of(home: Path, name: str) -> Ended:
    with RunStore(home) as store:
        run, epochs = store.get(name), store.epochs(name)
        kept = checkpoint.load(store.folder(run)).checkpoint.snapshot
        result = {key: value for key, value in (run.result or {}).items() if key != "seconds"}
    columns = (epochs.epoch, epochs.cost, epochs.parameters, epochs.learning_rate, epochs.excess_cost)
    content = tuple(b"" if column is None else column.tobytes() for column in columns)
    return Ended(run.status, kept.epoch, kept.parameters.tobytes(), kept.cost, result, content)


def main() -> int:
    """Kill as many runs as were asked for."""
    given = [int(argument) for argument in sys.argv[1:3]]
    n_runs, seed = [*given, *(100, 0)[len(given) :]]
    torch.set_num_threads(1)
    writer.CHECKPOINT_SECONDS, writer.CHECKPOINT_SHARE = 0.05, 1.0
    vars(recording)["RunWriter"] = partial(writer.RunWriter, seconds=0.02)
    with TemporaryDirectory() as folder:
        os.environ["LINREG_HOME"] = folder
        os.chdir(folder)
        Path("rows.txt").write_text(ROWS, encoding="utf-8")
        return min(1, kill_runs(Path(folder), n_runs, seed))


if __name__ == "__main__":
    sys.exit(main())
