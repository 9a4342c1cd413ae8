"""Textual's driver of a terminal, on an outlet that never blocks for ever; it takes the terminal and lets it go once.

Suspended, continued, left, taken away: all of it may happen in any order, and signals may come at any time. So there
is a stage, which only moves on between two turns of the event loop: signals are answered there too, never in the
middle of what they would disturb. What belongs to the screen goes with it, whichever way it goes: the signals are
answered as they were before, and no thread is left that reads keys.
"""

import os
import signal
import termios
from contextlib import suppress
from enum import Enum, auto
from threading import Thread
from typing import Any, cast

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from linreg_tui.term.keyboard import messages
from linreg_tui.term.outlet import Outlet
from linreg_tui.term.terminal import KEEP_TITLE, PUT_TITLE_BACK, echo_on, has_title, is_ours

PATIENCE = 2.0
"""Seconds that leaving waits for a terminal that takes nothing, or for the thread that reads keys."""
SIGNALS = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
"""Those that Textual's driver answers."""


class Stage(Enum):
    """What has become of the screen."""

    NEW = auto()
    SHOWN = auto()
    SUSPENDED = auto()
    LEFT = auto()


class TerminalDriver(LinuxDriver):
    """Reads keys from standard input and writes to the outlet in ``sys.__stderr__``.

    Attributes
    ----------
    is_leaving
        Whether the screen is about to go: one that is suspended does not come back then.
    """

    class HungUp(Message):
        """The terminal is gone, or has another reader for good: no key will ever come."""

    stage = Stage.NEW
    is_leaving = False

    def __init__(self, app: App[Any], **options: Any) -> None:
        self._before = {number: signal.getsignal(number) or signal.SIG_DFL for number in SIGNALS}
        super().__init__(app, **options)
        self._settings: list[Any] | None = None
        self._title = ""
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._go_on)

    @property
    def outlet(self) -> Outlet:
        """The way to the terminal."""
        return cast(Outlet, self._file)

    # The screen

    def start_application_mode(self) -> None:
        """Take the terminal, with all the patience there is; do nothing where it is taken, or was left for good."""
        if self.stage in (Stage.SHOWN, Stage.LEFT):
            return
        self.outlet.patience = None
        before = self._writer_thread
        echo_on()  # the settings that Textual finds are those that it puts back
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is None or self._writer_thread is before:  # gone, or in the background again
            return
        self.stage, self._title = Stage.SHOWN, ""
        if has_title():
            self.write(KEEP_TITLE)
        self._writer_thread._queue.maxsize = 0  # frames are held back instead: the app must not wait in the queue
        with suppress(termios.error):
            self._settings = termios.tcgetattr(self.fileno)

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        if self.stage is Stage.SHOWN:
            self._give_back()
            super().close()
            self.stage = Stage.SUSPENDED

    def stop_application_mode(self) -> None:
        """Give the terminal back for good; one that takes nothing is given up after a while."""
        if self.stage is Stage.SHOWN:
            self._give_back()
        self._leave()

    def close(self) -> None:
        """End whatever is left of the screen."""
        self._leave()
        super().close()

    def _give_back(self) -> None:
        self.outlet.patience = PATIENCE
        if has_title():
            self.write(PUT_TITLE_BACK)
        super().stop_application_mode()

    def _leave(self) -> None:
        self.stage, self.outlet.patience = Stage.LEFT, PATIENCE
        self.release_signals()

    def call_it(self, title: str) -> None:
        """Write a title over the terminal, where it has one; it has been made safe."""
        if title != self._title and self.stage is Stage.SHOWN and has_title():
            self._title = title
            self.write(f"\x1b]2;{title}\x1b\\")

    def write(self, data: str) -> None:
        """Write to the terminal; what is written before it could be taken is lost."""
        if self._writer_thread is not None:
            super().write(data)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")  # Textual turns it on and leaves it on

    # Signals

    def release_signals(self) -> None:
        """Have the signals answered as they were before there was a screen."""
        for number in (signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(number)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self) -> None:
        """Stop this process, as SIGTSTP asks, with the terminal given back."""
        if self._auto_restart and self.stage is Stage.SHOWN:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """Take the terminal again that was given back; others may have had it even where it was not."""
        handler = self._before[signal.SIGCONT]
        if callable(handler):
            handler(signal.SIGCONT, None)
        if self.is_leaving or not self._auto_restart or self.stage not in (Stage.SHOWN, Stage.SUSPENDED):
            return
        if not is_ours(self.fileno):  # in the background it waits for its turn, unless nobody is left who could give it
            os.kill(os.getpid(), signal.SIGTTOU)
        elif self.stage is Stage.SUSPENDED:
            self.resume_application_mode()
        else:
            self._take_again()

    def _take_again(self) -> None:
        """Put everything as it was when a process that was stopped without being asked (SIGSTOP) goes on."""
        if self._settings is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._settings)
        self.write("\x1b[?1049h\x1b[?25l\x1b[?1004h")  # the other screen, no cursor, who has the focus
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        size = Size(*self._get_terminal_size())
        self.send_message(events.Resize(size, size))

    def _sigtstp_application(self, *_: object) -> None:
        """Do nothing: the event loop answers."""

    def _sigcont_application(self, *_: object) -> None:
        """Do nothing: the event loop answers."""

    # Keys

    @property
    def _key_thread(self) -> Thread | None:
        return self._reading

    @_key_thread.setter
    def _key_thread(self, thread: Thread | None) -> None:
        self._reading = thread
        if thread is not None:  # Textual makes it, and would have the process wait for it
            thread.daemon = True

    def disable_input(self) -> None:
        """Read no more keys."""
        if self.stage is not Stage.SHOWN:
            return
        signal.signal(signal.SIGWINCH, self._before[signal.SIGWINCH])
        self._disable_mouse_support()
        self.exit_event.set()
        if self._reading is not None:
            self._reading.join(PATIENCE)
            if not self._reading.is_alive():
                self.exit_event.clear()
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)

    def run_input_thread(self) -> None:
        """Hand keys on until no more are to be read, and say so where no more can come."""
        for message in messages(self.fileno, self.exit_event, debug=self._debug):
            self.process_message(message)
        if not self.exit_event.is_set():
            self.send_message(self.HungUp())
