"""A step of somebody else's loop, watched and recorded, against the same step with nobody looking on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from statistics import median

from benchmarks.measuring import AtMost, Comparison, Goal, TimesAsFast

_LOOPS = "benchmarks.watching.loops"
LOGGERS = {"tensorboard": "SummaryWriter", "wandb": "wandb, offline", "tqdm": "tqdm's postfix"}
"""Who logs the same, where it is installed."""
_GOALS: dict[str, Goal] = {"tensorboard": TimesAsFast(2), "wandb": TimesAsFast(2), "tqdm": AtMost(1)}


def measure(quick: bool) -> Iterator[Comparison]:
    """Steps of other people's loops: watched, with a screen, bare, and logged by TensorBoard, wandb and tqdm."""
    n_turns = 20 if quick else 150
    lecture, perceptron = "the lecture's loop, 3 rows", "an MLP, 784-128-10, batch 64"
    for loop, name, n_steps, goal in (("lecture", lecture, 100, 1.1), ("perceptron", perceptron, 40, 1.02)):
        bare, watched, viewed = _in_turns(loop, ("bare", "watched", "viewer"), n_steps, n_turns)
        yield Comparison(f"a step of {name}, watched: bare", *_paired(watched, bare), AtMost(goal))
        yield Comparison(f"a step of {name}, with a screen: watched", *_paired(viewed, watched), AtMost(1.05))
    there = [name for name in LOGGERS if find_spec(name)]
    watched, *logged = _in_turns("lecture", ("watched", *there), 100, n_turns)
    for name, rival in zip(there, logged, strict=True):
        yield Comparison(
            f"a step of the lecture's loop, watched: {LOGGERS[name]}", *_paired(watched, rival), _GOALS[name]
        )


def _paired(ours: list[float], rival: list[float]) -> tuple[float, float]:
    """Return the rival's median, and before it so much of that as the median over the turns of the ratio of both."""
    usual = median(rival)
    return usual * median(a / b for a, b in zip(ours, rival, strict=True)), usual


def _in_turns(loop: str, ways: tuple[str, ...], n_steps: int, n_turns: int) -> list[list[float]]:
    """Let a loop take short turns in several processes, one at a time, and return the seconds a step of each turn."""
    taken: list[list[float]] = [[] for _ in ways]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", _LOOPS, loop, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for how in ways
        ]
        order = list(zip(processes, taken, strict=True))
        for turn in range(n_turns + 1):
            for process, seconds in order:
                _tell(process, n_steps // 10)  # its caches are another's
                took = _tell(process, n_steps)
                if turn:
                    seconds.append(took / n_steps)
            order.reverse()
        for process in processes:
            process.communicate()
    return taken


def _tell(process: "subprocess.Popen[str]", n_steps: int) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{n_steps}\n")
    process.stdin.flush()
    return float(process.stdout.readline())
