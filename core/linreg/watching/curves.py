"""What a script measures on its way, and says by `linreg.log` or to a logger that it has anyway.

A point belongs to the step that was last taken, whatever the script itself counts: so all curves lie over the same
steps as the cost. Numbers on a device are not waited for: they are kept, and read back with those that come after them.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from math import nan
from numbers import Real
from threading import get_ident
from time import perf_counter
from typing import Any

from linreg.errors import LinregError
from linreg.text import shortened

MOST_WAITING, WAITING_SECONDS = 4096, 0.1


def log(values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """Add a point to a curve of each name, at the present step: ``linreg.log(accuracy=0.93)``.

    The step is the one that an optimizer has taken last. Where no script is watched nothing is kept, so that the line
    may stay where it is. From any thread; what a process says that was forked from the watched one is not heard.

    Parameters
    ----------
    values
        By name, where a name is no word of Python's: ``linreg.log({"val/accuracy": 0.93})``.
    more
        The same. Numbers of Python's or NumPy's, and tensors or arrays with one element, on any device.

    Raises
    ------
    LinregError
        A value is not a number, or a name not a text. Nothing is kept then.
    """
    taken = [(name, _number(name, value)) for name, value in {**(values or {}), **more}.items()]
    whoever_watches: Any = sys.modules.get("linreg.watching.watched")  # not imported for it, which takes a second
    if whoever_watches is not None and whoever_watches.Watched.current is not None:
        whoever_watches.Watched.current.note_points(taken)


def _number(name: Any, value: Any) -> Any:
    """Return what `held` does, or refuse."""
    if not isinstance(name, str):
        raise LinregError(f"a curve's name is a text, and not {shortened(repr(name), 60)}.")
    try:
        number = held(value)
    except OverflowError:
        raise LinregError(f"linreg.log: {shortened(name)} is too large for a float64.") from None
    if number is None:
        raise LinregError(
            f"linreg.log takes numbers, and tensors with one element: {shortened(name)} is {_described(value)}."
        )
    return number


def _described(value: Any) -> str:
    kind, shape = type(value).__name__, getattr(value, "shape", None)
    return f"a {kind}" + (f" of shape {tuple(shape)}" if isinstance(shape, tuple) and shape else "")


def held(value: Any) -> Any:
    """Return a number, a float that is read later where it is on a device; None of what is none.

    Raises
    ------
    OverflowError
        A whole number is too large.
    """
    if isinstance(value, (float, int)):
        return float(value)
    is_cpu = getattr(value, "is_cpu", None)
    if is_cpu is not None and hasattr(value, "numel"):
        if value.numel() != 1 or value.is_complex():
            return None
        return float(value.item()) if is_cpu else value.detach().clone()
    if isinstance(value, Real):
        return float(value)
    if hasattr(value, "dtype") and getattr(value, "size", 0) == 1:
        return float(value.item()) if value.dtype.kind in "fiub" else None
    return None


class Logged:
    """The points that have come in, and the curves that they make.

    Parameters
    ----------
    step
        Returns the present step.
    show
        Lets whoever watches see what has come in, where no step has been taken for a while.

    Attributes
    ----------
    thread
        The one that trains, on which alone `show` is called.
    """

    def __init__(self, step: Callable[[], int], show: Callable[[], None]) -> None:
        from linreg.history.curves import Curves

        self.curves = Curves()
        self._step, self._show = step, show
        self._waiting: deque[tuple[str, int, Any]] = deque()
        self._read_at, self.thread = perf_counter(), get_ident()

    def note(self, points: Iterable[tuple[str, Any]]) -> None:
        """Take numbers by name, as `held` returns them."""
        step = self._step()
        self._waiting.extend((name, step, value) for name, value in points)
        if len(self._waiting) >= MOST_WAITING:
            self.read()
        if perf_counter() - self._read_at > WAITING_SECONDS and get_ident() == self.thread:
            self._show()

    def hear(self, name: Any, value: Any) -> None:
        """Take what a script has told somebody else, if it is a number."""
        with suppress(Exception):
            number = held(value)
            if number is not None and isinstance(name, str):
                self.note([(name, number)])

    def read(self) -> str:
        """Put what has come in into the curves, and return what whoever watches should be told of that, once."""
        self._read_at = perf_counter()
        points: dict[str, tuple[list[int], list[float]]] = {}
        for _ in range(len(self._waiting)):
            try:
                name, step, value = self._waiting.popleft()
            except IndexError:  # another thread reads, too
                break
            steps, values = points.setdefault(name, ([], []))
            steps.append(step)
            values.append(_read(value))
        had_room = not self.curves.n_left_out
        for name, (steps, values) in points.items():
            self.curves.add(name, steps, values)
        if had_room and self.curves.n_left_out:
            return f"the script logs more than {len(self.curves)} curves: the others are not kept."
        return ""


def _read(value: Any) -> float:
    try:
        return float(value)
    except Exception:  # a device that is broken: the script will hear of it
        return nan
