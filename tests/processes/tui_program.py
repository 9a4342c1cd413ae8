"""How the tests start ``linreg-tui``, and what they read off its screen."""

import re
import shlex
import sys

PROGRAM = [sys.executable, "-m", "linreg_tui"]
TUI = shlex.join(PROGRAM)


def epoch(screen: str) -> int:
    """Return the epoch in the status lines; −1 before the first."""
    found = re.search(r"epoch +([\d,]+|–) of", screen)
    assert found is not None, screen
    return -1 if found[1] == "–" else int(found[1].replace(",", ""))
