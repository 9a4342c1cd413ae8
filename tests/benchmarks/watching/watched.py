"""What the app says on its screen: how far it is, how fast it goes, and when it has answered a key."""

import re
from collections.abc import Callable
from time import perf_counter

from benchmarks.watching.terminal import Terminal

RECIPE, _PAUSED = re.compile("(exercise1)"), re.compile("(PAUSED)")
_EPOCH = re.compile(r"([\d,]+) of [\d,]+")
RATE, AXIS = re.compile(r"rate (\S+)"), re.compile(r"(log|linear|least squares)[^·]* · raw")
N_ROWS = re.compile(r"(\d+) rows")


def rate(terminal: Terminal, spend_time: Callable[[], object]) -> float:
    """Return the epochs a second by what the screen shows before and after."""
    started, first = next_epoch(terminal)
    spend_time()
    terminal.read(0.5)  # what lay waiting is old
    ended, last = next_epoch(terminal)
    return (last - first) / (ended - started)


def next_epoch(terminal: Terminal) -> tuple[float, int]:
    """Wait until another epoch is shown, and return when it came and which it is."""
    before = _epoch(terminal)
    return terminal.until(lambda terminal: epoch if (epoch := _epoch(terminal)) not in (None, before) else None)


def _epoch(terminal: Terminal) -> int | None:
    shown = reading(_EPOCH, terminal)
    return int(shown.replace(",", "")) if shown else None


def at_rest(terminal: Terminal) -> None:
    """Wait until the run is loaded and everything has come to rest."""
    terminal.until(lambda terminal: reading(_PAUSED, terminal))
    terminal.read(5)


def reading(sign: re.Pattern[str], terminal: Terminal) -> str | None:
    """Return what a sign's group is on the first line that has it."""
    found = next(filter(None, map(sign.search, terminal.lines)), None)
    return found[1] if found else None


def seconds_to_change(terminal: Terminal, key: str, sign: re.Pattern[str]) -> float:
    """Return the seconds from a key to another text where `sign` is."""
    before = reading(sign, terminal)
    terminal.press(key)
    pressed = perf_counter()
    arrived, _ = terminal.until(lambda terminal: _changed(reading(sign, terminal), before), 0.15)
    return arrived - pressed


def _changed(now: str | None, before: str | None) -> str | None:
    return now if now != before else None
