"""Exit statuses, and the one way to complain."""

import contextlib
import sys

BAD_OUTPUT, BAD_INPUT, DIVERGED, FAULT = 1, 2, 3, 70


def complain(sentence: str, status: int) -> int:
    """Say what is wrong on standard error and return the status to exit with."""
    narrate(f"linreg: {sentence}")
    return status


def narrate(line: str) -> None:
    """Say a line on standard error; if nobody listens there, that is no reason to stop."""
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
