"""A script in a process of its own, and its run to be watched: started, started again, and how it ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from time import monotonic, sleep
from typing import TYPE_CHECKING

from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.remote.client import AttachedRun

LOOK, AT_ONCE = 0.05, 1.0
"""Seconds between two looks for the script's run; and for which one that trains nothing has no screen yet."""
PATIENCE = 3.0
"""Seconds that each way to end it is given, before the next one."""
_LONGEST_LINE = 120


class ScriptProcess:
    """A script, started with these words of ``linreg watch``.

    Attributes
    ----------
    output
        The file with what the present process prints.
    run
        The present one, once it could be attached to.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self.run: AttachedRun | None = None
        self._start()

    def _start(self) -> None:
        """Start it where no signal of this terminal reaches it; what it prints is written as it is printed."""
        from linreg.files.home import open_home, own_folder

        self.output = own_folder(open_home() / "output") / f"{token_hex(5)}.log"
        environment = {**os.environ, "LINREG_OUTPUT": str(self.output), "PYTHONUNBUFFERED": "1"}
        with self.output.open("xb") as file:
            self.output.chmod(0o600)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "linreg", "watch", *self._words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def owns(self, run: "AttachedRun") -> bool:
        """Tell whether a run is that of the present process."""
        return self.run is not None and run.name == self.run.name

    def ends_within(self, seconds: float) -> bool:
        """Wait so long for its end, and tell whether it has come."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.is_running

    def status(self) -> int:
        """Wait for its end, and return its exit status as a shell has it."""
        status = self._process.wait()
        return status if status >= 0 else 128 - status

    def attached(self) -> "AttachedRun | None":
        """Wait until its run can be attached to, and do so; None if it has ended before, or at once.

        A script that trains nothing, or fails before it does, has no use for a screen: what it prints is enough.
        """
        from linreg.files.home import open_home
        from linreg.remote.client import attach
        from linreg.remote.sockets import sockets_folder
        from linreg.store.store import RunStore

        with RunStore(open_home()) as store:
            while self.is_running:
                for run in store.runs():
                    if run.owner.pid == self._process.pid and run.script:
                        with suppress(LinregError):  # it does not answer yet, or no more
                            self.run = attach(sockets_folder(), run.id)
                            return self.run if self._lasts(self.run) else None
                sleep(LOOK)
        return None

    def _lasts(self, run: "AttachedRun") -> bool:
        """Tell whether it trains, or is still there a moment later."""
        until = monotonic() + AT_ONCE
        while self.is_running and run.state.epoch < 0 and monotonic() < until and not run.state.phase.has_ended:
            sleep(LOOK)
        if run.state.epoch >= 0 or (self.is_running and not run.state.phase.has_ended):
            return True
        run.close()
        self.run = None
        self._process.wait()
        return False

    def start_again(self) -> "AttachedRun":
        """End it where it still runs, start it anew, and attach to the new run.

        Raises
        ------
        LinregError
            It has ended before it could be watched.
        """
        self._end()
        self._start()
        run = self.attached()
        if run is None:
            lines = self.output.read_text(errors="backslashreplace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")
            how = f"with status {self.status()}"
            raise LinregError(f"run again, the script ended at once {how}: {shortened(last, _LONGEST_LINE)}")
        return run

    def _end(self) -> None:
        """Have it end by itself, by KeyboardInterrupt out of its next step; else by ever stronger signals."""
        if self.is_running and self.run is not None:
            self.run.stop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.ends_within(PATIENCE):
                return
            self._process.send_signal(number)
        self._process.wait()
