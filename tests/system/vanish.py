"""Take terminals away at random moments, and look at what is left: ``python tests/system/vanish.py [N] [SEED]``.

Each of N runs of ``linreg-tui`` has a terminal of its own, which goes away at some time between its first moment and
its end; every other one is sent SIGCONT and SIGHUP as well, the app's own process, before it goes or after. Runs that
are paused must end with their terminal, short ones come to their end without it, and those that go on must end when
they are told to: nothing may be left then, nothing may spin meanwhile, and nothing may end by a fault. Each process is
forked from this one, which has torch and textual already. For Linux.
"""

import ctypes
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch._dynamo  # what takes long, and torch imports late, is imported once

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the modules beside this folder

from linreg_tui.startup import terminal_monitor  # noqa: F401
from linreg_tui.startup.command import run_command_line
from processes.fork_server import Order, become
from processes.proc import parent_of, ticks

PAUSED, SHORT, ENDLESS = "--paused", "--epochs 300 --speed 100", "--epochs 1000000000 --speed 100"
AT_ONCE = 8
LONGEST, ENDING, LOOKED_AT = 4.0, 120.0, 1.0
"""Seconds: until a terminal goes away; that a process may take to end; that those are watched that go on."""
SPINNING = 0.5
"""The share of a processor that no run has a use for: a hundred epochs a second need some hundredths."""
FAULTS = (1, 70)
PR_SET_CHILD_SUBREAPER = 36


class Family:
    """All processes that come of this one: the orphans among them are its children too."""

    def __init__(self) -> None:
        assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        self.statuses: dict[int, int] = {}

    def alive(self) -> set[int]:
        """Return the pids of those that have not ended."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self.statuses[ended[0]] = os.waitstatus_to_exitcode(ended[1])
        parents = {int(path.name): parent_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
        found, new = set[int](), {os.getpid()}
        while new:
            new = {pid for pid, parent in parents.items() if parent in new}
            found |= new
        return found

    def wait(self, seconds: float) -> set[int]:
        """Wait until all have ended, so long at most; return those that have not."""
        deadline = time.monotonic() + seconds
        while (left := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left


class Terminal:
    """A terminal with the app in it, when it goes away, and what is sent to the app then."""

    def __init__(self, kind: str, draw: random.Random, signals: Sequence[signal.Signals]) -> None:
        self.kind, self.moment = kind, time.monotonic() + draw.uniform(0, LONGEST)
        self._signals, self._is_first = draw.sample(signals, len(signals)), draw.random() < 0.5
        self.is_open = True
        self._ours, theirs = os.openpty()
        self.launcher = os.fork()
        if not self.launcher:
            order = Order([], str(Path.cwd()), dict(os.environ), session=True, controlling=True)
            become(order, [theirs, os.dup(theirs), os.dup(theirs)])
            os.closerange(3, 1024)  # the other ends of all terminals: what is open somewhere is not gone
            status = 1
            try:
                status = run_command_line(["exercise1", *kind.split()])
            finally:
                os._exit(status)
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def read(self) -> None:
        """Take what is drawn."""
        with suppress(OSError):
            while self.is_open and os.read(self._ours, 65536):
                pass

    def go_away(self) -> None:
        """Close it, and send the signals before that or after."""
        apps = [int(path.name) for path in Path("/proc").glob("[0-9]*") if parent_of(int(path.name)) == self.launcher]
        for step in range(2):
            if (step == 0) is not self._is_first:
                os.close(self._ours)
            else:
                for number in self._signals:
                    for app in apps:
                        with suppress(ProcessLookupError):
                            os.kill(app, number)
        self.is_open = False


def take_away(family: Family, kinds: Sequence[str], draw: random.Random) -> Counter[str]:
    """Open terminals, take them away, and count what went wrong and how they ended."""
    both = (signal.SIGCONT, signal.SIGHUP)
    terminals = [Terminal(kind, draw, both if draw.random() < 0.5 else ()) for kind in kinds]
    while any(terminal.is_open for terminal in terminals):
        for terminal in terminals:
            terminal.read()
            if terminal.is_open and time.monotonic() > terminal.moment:
                terminal.go_away()
        time.sleep(0.005)
    counts: Counter[str] = Counter()
    family.wait(LONGEST + 2)
    before = {pid: ticks(pid) for pid in family.alive()}
    time.sleep(LOOKED_AT)
    limit = SPINNING * LOOKED_AT * os.sysconf("SC_CLK_TCK")
    counts["spinning"] = sum(ticks(pid) - used > limit for pid, used in before.items())
    endless = {terminal.launcher for terminal in terminals if terminal.kind == ENDLESS}
    for pid in family.alive():
        if parent_of(pid) in endless:
            counts["gone on"] += 1
            os.kill(pid, signal.SIGTERM)
    left = family.wait(ENDING)
    counts["left"] = len(left)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    family.wait(ENDING)
    for terminal in terminals:
        status = family.statuses[terminal.launcher]
        counts[f"status {status}"] += 1
        counts["faults"] += status in FAULTS
    return counts


def main() -> int:
    """Take away as many terminals as were asked for."""
    given = [int(argument) for argument in sys.argv[1:3]]
    n_terminals, seed = [*given, *(200, 0)[len(given) :]]
    torch.set_num_threads(1)
    draw, family, counts = random.Random(seed), Family(), Counter[str]()
    kinds = [(PAUSED, SHORT, ENDLESS)[number % 3] for number in range(n_terminals)]
    with TemporaryDirectory() as folder:
        os.environ |= {"LINREG_HOME": folder, "TERM": "xterm-256color"}
        for some in (kinds[start : start + AT_ONCE] for start in range(0, n_terminals, AT_ONCE)):
            counts += take_away(family, some, draw)
            sys.stdout.write(", ".join(f"{what}: {counts[what]}" for what in sorted(counts)) + "\n")
            sys.stdout.flush()
    wrong = counts["left"] + counts["spinning"] + counts["faults"]
    sys.stdout.write(f"{n_terminals} terminals taken away: {counts['left']} processes left, {counts['spinning']} that ")
    sys.stdout.write(f"spin, {counts['faults']} faults; {counts['gone on']} runs went on until they were told to end\n")
    return min(1, wrong)


if __name__ == "__main__":
    sys.exit(main())
