"""Exit statuses, and the one way to complain."""

import contextlib
import sys

from linreg.engines.ranks import speaks

BAD_OUTPUT, BAD_INPUT, DIVERGED, FAULT = 1, 2, 3, 70


def complain(sentence: str, status: int) -> int:
    """Say what is wrong on standard error and return the status to exit with; a fault of ours, from every process."""
    narrate(f"linreg: {sentence}", always=status == FAULT)
    return status


def narrate(line: str, always: bool = False) -> None:
    """Say a line on standard error; of several processes the first one speaks for all.

    If nobody listens there, that is no reason to stop.
    """
    if not (always or speaks()):
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
