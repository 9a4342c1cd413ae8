"""A real terminal for the system tests: a tmux server of the test's own, one shell in it, keys and screens."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from patience import PATIENCE

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
PROMPT = "prompt> "


class Terminal:
    """A window of tmux with a shell in it."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self.folder = name, folder

    def tmux(self, *arguments: str) -> str:
        """Ask the server."""
        done = subprocess.run(["tmux", "-L", self._name, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def type(self, line: str) -> None:
        """Type a line, and Enter."""
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Press keys, in tmux's names."""
        self.tmux("send-keys", *keys)

    def screen(self) -> str:
        """Return what is seen now, trailing blanks left out."""
        return self.tmux("capture-pane", "-p").rstrip("\n")

    def flag(self, name: str) -> str:
        """Return one of tmux's variables of the window."""
        return self.tmux("display-message", "-p", f"#{{{name}}}").strip()

    def resize(self, width: int, height: int) -> None:
        """Make the terminal another size."""
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait(self, wanted: str | Callable[[str], object]) -> str:
        """Wait until the screen holds a text, or satisfies a condition, and return it."""
        holds = (lambda screen: wanted in screen) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + PATIENCE
        while not holds(screen := self.screen()):
            assert time.monotonic() < deadline, f"waited in vain for {wanted!r}; the screen is\n{screen}"
            time.sleep(0.05)
        return screen

    def settled(self) -> str:
        """Wait until the screen stands still, and return it."""
        deadline = time.monotonic() + PATIENCE
        before, screen = "", self.screen()
        while before != screen:
            assert time.monotonic() < deadline, f"the screen does not settle:\n{screen}"
            time.sleep(0.3)
            before, screen = screen, self.screen()
        return screen


@contextmanager
def open_terminal(folder: Path, width: int = 120, height: int = 40) -> Iterator[Terminal]:
    """Start a server with one shell, and end both."""
    terminal = Terminal(f"linreg-{uuid4().hex}", folder)
    shell = (
        f"env -i PATH=/usr/bin:/bin HOME={folder} LANG=C.UTF-8 TERM=tmux-256color PS1='{PROMPT}' "
        "bash --norc --noprofile"
    )
    terminal.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), shell)
    try:
        terminal.wait(PROMPT.strip())
        yield terminal
    finally:
        terminal.tmux("kill-server")
