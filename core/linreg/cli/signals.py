"""Signals as a question asked between two traces, so that no epoch is torn and what was reached is kept."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption:
    """Which signal asked the run to end, if any has."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    @contextmanager
    def listening(self) -> Iterator["Interruption"]:
        """Remember the first signal instead of dying of it; a second one acts as if nobody listened.

        A signal that is being ignored, as SIGHUP under nohup, stays ignored.
        """
        numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        before = {number: signal.getsignal(number) for number in numbers}
        heard = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}

        def remember(number: int, _: FrameType | None) -> None:
            self.signal = signal.Signals(number)
            for other, handler in heard.items():
                signal.signal(other, handler)

        for number in heard:
            signal.signal(number, remember)
        try:
            yield self
        finally:
            for number, handler in heard.items():
                signal.signal(number, handler)
