"""Ratios to a rival in the same run, on a machine that others may be using too.

A time alone says more about the machine than about the program. So ours and the rival run in turns in one process, in
the order A B B A A B B A …: neither always goes first, and a slow spell of the machine, or a warm one, meets both.
Other programs can only add to a time, so the least of each one's times is the least disturbed, and the ratio of these
two is the result. A goal that is missed is reported, never raised: a busy machine is no bug.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Protocol

Run = Callable[[], object]


def alternate(ours: Run, rival: Run, repeats: int) -> tuple[float, float]:
    """Run both in turns, `repeats` times each, and return the least seconds of either."""
    least = {"ours": inf, "rival": inf}
    turn: list[tuple[str, Run]] = [("ours", ours), ("rival", rival)]
    for _ in range(repeats):
        for side, run in turn:
            started = perf_counter()
            run()
            least[side] = min(least[side], perf_counter() - started)
        turn.reverse()
    return least["ours"], least["rival"]


def process(*command: str) -> Run:
    """Return what runs a command to its end, from the start of its process; what it prints is thrown away.

    Python keeps its byte code even where the environment says not to: every program that is installed has its own.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)


_PEAK_OF_A_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_megabytes(*command: str) -> float:
    """Run a command and return the most memory that it held.

    A small process in between starts it: Linux counts the memory of the process that a program was started from as the
    program's own, and this one here holds a lot.
    """
    done = subprocess.run(
        [sys.executable, "-c", _PEAK_OF_A_CHILD, *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    kilobytes = int(done.stdout) / (1024 if sys.platform == "darwin" else 1)
    return kilobytes * 1024 / 1e6


class Goal(Protocol):
    """What a comparison should come to."""

    def met(self, ours: float, rival: float) -> bool: ...
    def figure(self, ours: float, rival: float) -> str: ...


@dataclass(frozen=True)
class AtMost:
    """Ours takes at most so much of what the rival takes."""

    share: float

    def met(self, ours: float, rival: float) -> bool:
        return ours <= self.share * rival

    def figure(self, ours: float, rival: float) -> str:
        return f"{ours / rival:.3g}"

    def __str__(self) -> str:
        return f"≤ {self.share:g}"


@dataclass(frozen=True)
class TimesAsFast:
    """The rival takes at least so many times what ours takes."""

    times: float

    def met(self, ours: float, rival: float) -> bool:
        return rival >= self.times * ours

    def figure(self, ours: float, rival: float) -> str:
        return f"{rival / ours:,.3g} ×" if rival < 1000 * ours else f"{rival / ours:,.0f} ×"

    def __str__(self) -> str:
        return f"≥ {self.times:,g} ×"


@dataclass(frozen=True)
class AtMostMore:
    """Ours takes at most so much more than the rival takes."""

    megabytes: float

    def met(self, ours: float, rival: float) -> bool:
        return ours - rival <= self.megabytes

    def figure(self, ours: float, rival: float) -> str:
        return f"{ours - rival:+,.0f} MB"

    def __str__(self) -> str:
        return f"≤ {self.megabytes:+,g} MB"


@dataclass(frozen=True)
class Comparison:
    """One line of the table; `ours` and `rival` are seconds, megabytes or relative errors, as `unit` says."""

    name: str
    ours: float
    rival: float
    goal: Goal
    unit: str = "s"

    def cells(self) -> list[str]:
        """Return the line's cells: what is compared, ours, the rival, the figure, the goal, whether it is met."""
        met = "yes" if self.goal.met(self.ours, self.rival) else "no"
        figures = [quantity(self.ours, self.unit), quantity(self.rival, self.unit)]
        return [self.name, *figures, self.goal.figure(self.ours, self.rival), str(self.goal), met]


COMPARISON_HEADER = ["ours: the rival", "ours", "rival", "ratio", "goal", "met"]
COMPARISON_WIDTHS = [82, 9, 9, 9, 9, 3]


def quantity(value: float, unit: str = "s") -> str:
    """Write a number with its unit, seconds in the largest that is below."""
    if unit == "MB":
        return f"{value:,.0f} MB"
    if unit != "s":
        return f"{value:.1e}{unit}"
    for name, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value / 1e-9:.3g} ns"


def table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Write a line of a Markdown table, its first column to the left and all others to the right."""
    first, *others = cells
    aligned = [first.ljust(widths[0])]
    aligned += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return f"| {' | '.join(aligned)} |"


def table_head(header: Sequence[str], widths: Sequence[int]) -> str:
    """Write the two lines that a Markdown table starts with."""
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    return f"{table_line(header, widths)}\n| {' | '.join(rule)} |"
