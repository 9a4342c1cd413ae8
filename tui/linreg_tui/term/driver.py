"""Textual's driver of a terminal, on an outlet that never blocks for ever."""

from typing import cast

from textual.drivers.linux_driver import LinuxDriver

from linreg_tui.term.outlet import Outlet

PATIENCE = 2.0
"""Seconds that leaving waits for a terminal that takes nothing."""


class TerminalDriver(LinuxDriver):
    """Reads keys from standard input and writes to the outlet in ``sys.__stderr__``."""

    @property
    def outlet(self) -> Outlet:
        """The way to the terminal."""
        return cast(Outlet, self._file)

    def start_application_mode(self) -> None:
        """Take the terminal, again with all the patience there is."""
        self.outlet.patience = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self._writer_thread._queue.maxsize = 0  # frames are held back instead: the app must not wait in the queue

    def stop_application_mode(self) -> None:
        """Give the terminal back; one that takes nothing is given up after a while."""
        self.outlet.patience = PATIENCE
        super().stop_application_mode()

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            self.write("\x1b[?1016l")  # Textual turns it on and leaves it on
