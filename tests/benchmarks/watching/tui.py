"""The app in a terminal: whether watching costs training anything, and what the app sends, takes and holds."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import numpy as np

from benchmarks.measuring import COMPARISON_WIDTHS, quantity
from benchmarks.synthetic import write_parquet
from benchmarks.watching.terminal import Terminal
from benchmarks.watching.watched import (
    AXIS,
    N_ROWS,
    RATE,
    RECIPE,
    at_rest,
    next_epoch,
    rate,
    reading,
    seconds_to_change,
)

TUI_HEADER = ["the app in a terminal", "measured", "beside", "figure", "goal", "met"]
TUI_WIDTHS = COMPARISON_WIDTHS
APP = (sys.executable, "-m", "linreg_tui")
FLAT_OUT = ("--speed", "max", "--epochs", "1000000000000")
OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
WARM_UP = 3
"""Seconds, until blocks of epochs have found their length."""
FIRST_PAINT = 0.5
GROWTH_LIMIT = 10
Measure = Callable[[], float]


@dataclass(frozen=True)
class Finding:
    """One line of the table, written out."""

    name: str
    measured: str
    figure: str
    goal: str
    met: bool
    beside: str = "–"

    def cells(self) -> list[str]:
        """Return the line's cells."""
        return [self.name, self.measured, self.beside, self.figure, self.goal, "yes" if self.met else "no"]


def watch(quick: bool) -> Iterator[Finding]:
    """The app in a terminal: epochs/s under it, key to repaint, bytes to the terminal, memory, first paint."""
    yield from _first_paint(quick)
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.parquet"
        n_samples = 20_000 if quick else 1_000_000
        write_parquet(rows, n_samples, 32)
        for name, data in (("exercise1", "exercise1"), (f"{n_samples:,} × 32", str(rows))):
            for engine in ("spectral", "autograd"):
                yield _epochs(name, data, engine, quick)
    yield _stalled_reader(quick)
    yield from _keys(quick)
    yield from _bytes(quick)
    yield _paused_processor(quick)
    yield _growth(quick)


def _first_paint(quick: bool) -> Iterator[Finding]:
    """From the start of the process to a screen that names the recipe."""

    def painted() -> float:
        with Terminal(*APP, "--paused") as terminal:
            return terminal.until(lambda terminal: reading(RECIPE, terminal), 0.02)[0] - terminal.started

    def imported() -> float:
        started = perf_counter()
        subprocess.run([sys.executable, "-c", "import textual"], check=True)
        return perf_counter() - started

    ours, textual = (min(times) for times in _in_turns(painted, imported, 2 if quick else 8))
    figure = f"{ours / textual:.3g}"
    yield Finding(
        'first paint of the recipe: python -c "import textual"',
        quantity(ours),
        figure,
        f"≤ {FIRST_PAINT:g} s",
        ours <= FIRST_PAINT,
        quantity(textual),
    )


def _epochs(name: str, data: str, engine: str, quick: bool) -> Finding:
    """Epochs a second by the screen's own word, against those of a session that nobody watches."""
    seconds = 3 if quick else 10

    def watched() -> float:
        with Terminal(*APP, data, *FLAT_OUT, "--engine", engine) as terminal:
            next_epoch(terminal)
            terminal.read(WARM_UP)
            return rate(terminal, lambda: terminal.read(seconds))

    def unwatched() -> float:
        command = [sys.executable, "-c", _UNWATCHED, data, engine, str(WARM_UP), str(seconds)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    ours, session = (max(rates) for rates in _in_turns(watched, unwatched, 1 if quick else 4))
    label = f"epochs/s, {name}, {engine}, flat out: a session without a screen"
    return Finding(label, f"{ours:.3g}", f"{ours / session:.3g}", "≥ 0.9", ours >= 0.9 * session, f"{session:.3g}")


_UNWATCHED = """
import sys
from time import perf_counter, sleep
from linreg.data import bundled
from linreg.session.start import RecordedStart
from linreg.session.session import Session
data, engine, warm_up, seconds = sys.argv[1:]
recipe = bundled.find(data).changed(epochs=10**12, engine=engine)
session = Session(recipe, speed=float("inf"), start=RecordedStart())
session.start()
session.play()
while session.state.epoch < 0:
    sleep(0.01)
sleep(float(warm_up))
started, first = perf_counter(), session.state.epoch
sleep(float(seconds))
print((session.state.epoch - first) / (perf_counter() - started))
session.stop()
session.join(10)
"""


def _stalled_reader(quick: bool) -> Finding:
    """Epochs a second while nobody reads the terminal for five seconds, against as long with a reader."""
    seconds = 2 if quick else 5
    with Terminal(*APP, "exercise1", *FLAT_OUT) as terminal:
        next_epoch(terminal)
        terminal.read(WARM_UP)
        rates = _in_turns(
            lambda: rate(terminal, lambda: sleep(seconds)),
            lambda: rate(terminal, lambda: terminal.read(seconds)),
            2 if quick else 4,
        )
    ours, read = map(max, rates)
    label = f"epochs/s, nobody reads the terminal for {seconds} s: somebody does"
    return Finding(label, f"{ours:.3g}", f"{ours / read:.3g}", "≥ 0.9", ours >= 0.9 * read, f"{read:.3g}")


def _keys(quick: bool) -> Iterator[Finding]:
    """From a key to the piece of output with the change that it makes, while exercise1 trains flat out."""
    moments = Random(0)
    with Terminal(*APP, "exercise1", *FLAT_OUT) as terminal:
        next_epoch(terminal)
        terminal.read(WARM_UP)
        for name, keys, sign in (
            ("l (the axis)", "l", AXIS),
            ("+ − (the learning rate)", "-+", RATE),
            ("a x (a row more, a row less)", "ax", N_ROWS),
        ):
            if sign is N_ROWS:
                terminal.press("a")  # lays a hand on the rows
                terminal.read(1)
            waits = []
            for number in range(10 if quick else 100):
                terminal.read(moments.uniform(0.4, 0.6))  # at any moment between two frames, and not in haste any more
                waits.append(seconds_to_change(terminal, keys[number % len(keys)], sign))
            median, most, worst = np.percentile(waits, (50, 95, 99))
            label = f"key to repaint, flat out, {name}"
            beside = f"95 %: {1000 * most:.0f} ms"
            yield Finding(f"{label}: median", quantity(median), beside, "≤ 35 ms", median <= 0.035)
            yield Finding(f"{label}: 99th percentile", quantity(worst), "–", "≤ 80 ms", worst <= 0.080)


def _bytes(quick: bool) -> Iterator[Finding]:
    """What the app sends to a terminal of 80x24 over SSH."""
    seconds = 5 if quick else 20
    for name, arguments in (("at its own pace", ("--epochs", "100000", "--speed", "300")), ("flat out", FLAT_OUT)):
        with Terminal(*APP, "exercise1", *arguments, columns=80, rows=24, **OVER_SSH) as terminal:
            next_epoch(terminal)
            terminal.read(WARM_UP)
            sent = terminal.read(seconds) / seconds
            label = f"bytes/s to 80x24 over SSH, exercise1 {name}"
            yield Finding(label, f"{sent:,.0f}", f"{sent / 1000:.3g} kB", "≤ 4 kB", sent <= 4000)
    with Terminal(*APP, "exercise1", "--paused", columns=80, rows=24, **OVER_SSH) as terminal:
        at_rest(terminal)
        n_bytes = terminal.read(5)
        yield Finding("bytes in 5 s to 80x24 over SSH, paused", f"{n_bytes:,}", "–", "0", n_bytes == 0)


def _paused_processor(quick: bool) -> Finding:
    """The share of a core that a paused app takes."""
    seconds = 4 if quick else 10
    with Terminal(*APP, "exercise1", "--paused") as terminal:
        at_rest(terminal)
        used, started = terminal.cpu_seconds(), perf_counter()
        terminal.read(seconds)
        share = (terminal.cpu_seconds() - used) / (perf_counter() - started)
    return Finding("share of a core, paused", f"{share:.2%}", "–", "< 1 %", share < 0.01)


def _growth(quick: bool) -> Finding:
    """How much memory the app takes on while it trains flat out."""
    seconds = 20 if quick else 600
    with Terminal(*APP, "exercise1", *FLAT_OUT) as terminal:
        next_epoch(terminal)
        terminal.read(10)
        before = terminal.megabytes()
        terminal.read(seconds)
        grown = terminal.megabytes() - before
    label = f"memory after {seconds} s flat out: after 10 s"
    figures = quantity(before + grown, "MB"), f"{grown:+.1f} MB"
    return Finding(label, *figures, f"≤ +{GROWTH_LIMIT} MB", grown <= GROWTH_LIMIT, quantity(before, "MB"))


def _in_turns(ours: Measure, rival: Measure, repeats: int) -> tuple[list[float], list[float]]:
    """Take both measures in turns, A B B A, so that a slow spell of the machine meets both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(repeats):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            taken[which].append((ours, rival)[which]())
    return taken
