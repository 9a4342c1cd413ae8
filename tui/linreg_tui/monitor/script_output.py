"""The end of what a script has printed, line by line, as a terminal would show it: progress bars redraw themselves."""

import os
import re
from pathlib import Path

from linreg.text import safe

MOST_BYTES = 2**14
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")


def last_lines(path: Path, n: int) -> list[str]:
    """Return the last `n` lines of a file, safe to show; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return []
    lines = [_as_shown(line) for line in text.removesuffix("\n").split("\n")] if text else []
    return lines[-n:]


def _as_shown(line: str) -> str:
    """Return what is left of a line that was written over, and without colours."""
    line = _ESCAPES.sub("", line).rstrip("\r").rpartition("\r")[2]
    return safe(line.expandtabs())
