"""The terminal, before and after the app has it: whether there is one, what must not reach it, how it was.

Libraries print: Python's ``print``, warnings, a C library's ``fprintf`` to descriptor 1 or 2. On a screen that the app
draws, each such line would be litter, so both descriptors point to a log while the app runs. It is a plain file and no
pipe, which would need a reader and could block a library that holds the interpreter's lock.
"""

import io
import os
import select
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from linreg.errors import LinregError
from linreg.text import shortened
from linreg_tui.term.outlet import Outlet

RESTORING = b"".join(b"\x1b[?%dl" % mode for mode in (1000, 1002, 1003, 1006, 1015, 1016, 2004, 1004)) + (
    b"\x1b[<u\x1b[?25h\x1b[m\x1b[?1049l"
)
"""No mouse, no paste or focus events, plain keys, the cursor, the pen put down, the screen as it was."""
KEEP_TITLE, PUT_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""Xterm's: the title is put on a pile, and taken from it again; who has no pile passes them over."""
_TITLED = ("xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "kitty", "wezterm", "konsole", "gnome", "st", "vte")
LARGEST_LOG = 1 << 20
"""Bytes; when it has grown beyond, only the last half of that is kept."""
_echoing: list[Any] | None = None
"""The terminal's settings from before its echo was turned off; None while it is as it was."""


def is_served() -> bool:
    """Say whether the screen is shown by somebody else, as ``--web`` does, and no terminal is needed."""
    return "TEXTUAL_DRIVER" in os.environ


def require_terminal() -> None:
    """Refuse to start where no screen can be drawn or no key be pressed.

    Raises
    ------
    LinregError
        Standard input, output or error is no terminal, or one that cannot move its cursor.
    """
    instead = "linreg run trains without one"
    for stream, descriptor in (("input", 0), ("output", 1), ("error", 2)):
        if not is_terminal(descriptor):
            raise LinregError(f"linreg-tui needs a terminal, and standard {stream} is none; {instead}.")
    name = os.environ.get("TERM", "")
    if name in ("", "dumb", "unknown"):
        raise LinregError(f"linreg-tui cannot draw on this terminal, for TERM is {shortened(repr(name))}; {instead}.")


def has_title() -> bool:
    """Tell by the terminal's name whether it has a title; others would show the sequence as text."""
    return os.environ.get("TERM", "").startswith(_TITLED)


def has_hung_up() -> bool:
    """Say whether the other end of standard input is gone."""
    watch = select.poll()
    watch.register(0, 0)
    return any(event & select.POLLHUP for _, event in watch.poll(0))


class Log:
    """What was printed while the app had the screen."""

    def __init__(self, path: Path) -> None:
        self.path, self._length = path, 0
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError:  # a state folder that cannot be written is no reason not to train
            self.descriptor = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self.trim()
        self._length = os.fstat(self.descriptor).st_size

    @property
    def has_grown(self) -> bool:
        """Whether anything was printed since this log was opened."""
        return os.fstat(self.descriptor).st_size != self._length

    def trim(self) -> None:
        """Keep the log from growing for ever."""
        size = os.fstat(self.descriptor).st_size
        if size > LARGEST_LOG:
            kept = os.pread(self.descriptor, LARGEST_LOG // 2, size - LARGEST_LOG // 2)
            os.ftruncate(self.descriptor, 0)
            os.write(self.descriptor, kept)

    def write(self, text: str) -> None:
        """Add to the log."""
        os.write(self.descriptor, text.encode(errors="backslashreplace"))


def log_path() -> Path:
    """Say where the log is: in the user's state folder, or in LINREG_HOME."""
    from platformdirs import user_state_path

    home = os.environ.get("LINREG_HOME")
    return (Path(home) if home else user_state_path("linreg")) / "linreg-tui.log"


@contextmanager
def screen_only_for_the_app() -> Iterator[Log]:
    """Let descriptors 1 and 2 lead to the log; the app finds the terminal in ``sys.__stdout__`` and ``sys.__stderr__``.

    Afterwards both are as they were, and so are the terminal's own settings.
    """
    log = Log(log_path())
    settings = _settings()
    kept, streams = [os.dup(1), os.dup(2)], (sys.__stdout__, sys.__stderr__)
    for name in ("COLUMNS", "LINES"):  # how large the terminal was at some time; the terminal itself knows better
        if not is_served():
            os.environ.pop(name, None)
    terminal: io.TextIOBase = os.fdopen(os.dup(1), "w") if is_served() else Outlet(2)
    try:
        _flush()
        os.dup2(log.descriptor, 1)
        os.dup2(log.descriptor, 2)
        sys.__stdout__ = sys.__stderr__ = terminal  # type: ignore[assignment, misc]
        yield log
    finally:
        _flush()
        sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
        for number, before in enumerate(kept, 1):
            os.dup2(before, number)
            os.close(before)
        with suppress(termios.error):  # the terminal may be gone
            if settings is not None and is_ours(0):
                termios.tcsetattr(0, termios.TCSANOW, settings)
        terminal.close()


def echo_off() -> None:
    """Let keys that are pressed before there is a screen wait for it, and not be written over what is shown."""
    global _echoing
    settings = _settings()
    if settings is not None and _echoing is None and is_ours(0):
        _echoing, quiet = settings, [*settings]
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, quiet)


def echo_on() -> None:
    """Leave the terminal as it was before `echo_off`; nothing, where it is."""
    global _echoing
    settings, _echoing = _echoing, None
    if settings is not None and is_ours(0):
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, settings)


def tidying() -> Callable[[], None]:
    """Return what brings the terminal back to how it is now, after an app that could not do that itself."""
    settings = _settings()

    def tidy() -> None:
        with suppress(OSError, termios.error):
            if settings is not None and is_ours(0):
                os.write(2, RESTORING + (PUT_TITLE_BACK.encode() if has_title() else b""))
                termios.tcsetattr(0, termios.TCSAFLUSH, settings)

    return tidy


def is_terminal(descriptor: int) -> bool:
    """Tell whether a descriptor leads to a terminal."""
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def is_ours(descriptor: int) -> bool:
    """Tell whether this process may change a terminal: not while it is in the background of one that controls it."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # it controls nobody here, or is gone
        return True


def _settings() -> list[Any] | None:
    """Return what the terminal is set to while nobody has it."""
    if _echoing is not None:
        return _echoing
    with suppress(termios.error):
        return termios.tcgetattr(0) if is_terminal(0) else None
    return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
