"""Run the monitor on a terminal, and leave it as it was, whatever ends the app: a key, a signal, a fault."""

import asyncio
import os
import signal
import traceback
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from linreg.cli.status import FAULT, complain, narrate
from linreg.files.faults import told
from linreg.phase import Phase
from linreg.text import safe
from linreg_tui.app import MonitorApp
from linreg_tui.controls import Subject
from linreg_tui.sheets.leaving import Way
from linreg_tui.startup.detached_run import carry_on
from linreg_tui.startup.launcher import Launcher
from linreg_tui.startup.terminal_title import title_of
from linreg_tui.term.driver import TerminalDriver
from linreg_tui.term.terminal import Log, has_hung_up, is_served, screen_only_for_the_app
from linreg_tui.term.wire import FewerCells

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""SIGHUP too where it came ignored, as under nohup: the screen is gone all the same."""
LOOK = 1.0
"""Seconds between two looks at how large the log has grown, and whether the terminal is still there."""


def show(run: Subject, launcher: Launcher | None = None, **options: Any) -> int:
    """Show a run until somebody leaves, and return the exit status; options as those of the app.

    A run that was going when its terminal went away, or that somebody detached from, is carried on without a screen.
    """
    with screen_only_for_the_app() as log:
        app = TerminalMonitor(log, run, launcher, **options)
        asyncio.run(_run(app))
        grown = log.has_grown
    if app.goes_on and app._exception is None:
        carry_on(app.session, log.path, launcher, app.signals, was_hung_up=app.ended_by is not None)
    if app.ended_by is not None:
        return 128 + app.ended_by
    if app._exception is not None:
        if os.environ.get("LINREG_DEBUG"):
            raise app._exception
        return complain(told(app._exception), FAULT)
    if grown:
        narrate(f"linreg: what was printed meanwhile is in {safe(str(log.path))}.")
    state = app.control.state
    if state.phase is Phase.FAILED:
        narrate(f"linreg: {state.reason}")
    return app.return_code or 0


class TerminalMonitor(FewerCells, MonitorApp):
    """The monitor on a real terminal: few bytes, no litter, and an orderly end by any signal."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "suspend_process", "Suspend", show=False)]

    def __init__(self, log: Log, run: Subject, launcher: Launcher | None = None, **options: Any) -> None:
        super().__init__(run, can_detach=launcher is not None, **options)
        self.litter, self.launcher = log, launcher
        self._cells.ascii_only = self.ascii_only
        self.ended_by: signal.Signals | None = None
        self.signals: list[signal.Signals] = []
        """Those that came after it was decided that the run goes on."""
        self.loop: asyncio.AbstractEventLoop | None = None
        """The one that runs the app, as long as it does."""
        if not is_served():
            self.driver_class = TerminalDriver

    def show_title(self) -> None:
        """Write into the terminal's title what is shown, and how far it is."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.call_it(title_of(self.name_shown, self.control.state))

    def end(self, number: signal.Signals) -> None:
        """Leave, and stop training unless only the terminal has gone; the first signal decides the status."""
        if self.goes_on:
            self.signals.append(number)
        elif self.ended_by is None:
            self.ended_by = number
            if isinstance(self._driver, TerminalDriver):
                self._driver.is_leaving = True
            way = Way.DETACH if number is signal.SIGHUP and self.would_go_on else Way.STOP
            self.call_later(self.leave, 128 + number, way)

    def hear(self, number: int, _: object) -> None:
        """Have the event loop answer a signal; once there is none, take note for whoever carries the run on."""
        if self.loop is None:
            self.signals.append(signal.Signals(number))
        else:
            self.loop.call_soon_threadsafe(self.end, signal.Signals(number))

    def on_terminal_driver_hung_up(self, _: TerminalDriver.HungUp) -> None:
        """Leave a terminal that is gone, or a shell's again whose own process was killed."""
        self.end(signal.SIGTERM if self.launcher is not None and self.launcher.is_gone else signal.SIGHUP)

    def is_stalled(self) -> bool:
        """Say whether the terminal has no room for a frame now."""
        return isinstance(self._driver, TerminalDriver) and self._driver.outlet.stalled

    def _print(self, text: str, stderr: bool = False) -> None:
        """Keep what Python code prints, which Textual would drop."""
        self.litter.write(text)

    def _fatal_error(self) -> None:
        """Leave the traceback of a fault of ours in the log, not on the terminal."""
        self.litter.write(traceback.format_exc())
        self._close_messages_no_wait()


async def _run(app: TerminalMonitor) -> None:
    app.loop = asyncio.get_running_loop()
    before = {number: signal.signal(number, app.hear) for number in SIGNALS}
    looking = asyncio.create_task(_look_after(app))
    try:
        await app.run_async()
    finally:
        looking.cancel()
        if isinstance(app._driver, TerminalDriver):
            app._driver.release_signals()
        app.loop = None
        for number, handler in before.items() if not app.goes_on else ():
            signal.signal(number, handler)


async def _look_after(app: TerminalMonitor) -> None:
    """Keep log and title in order; leave a terminal that went away without a signal: it would be read for ever."""
    while True:
        await asyncio.sleep(LOOK)
        app.litter.trim()
        app.show_title()
        if has_hung_up():
            app.end(signal.SIGHUP)
        elif app.launcher is not None and app.launcher.is_gone:
            app.end(signal.SIGTERM)
