"""Running a script again from its start: who can, and what is asked before."""

from typing import Protocol

from linreg.remote.client import AttachedRun
from linreg.text import shortened
from linreg.training.facts import Facts

AGAIN = (
    "Run the script again from its start? The present run is stopped, and what is recorded of it is kept.",
    "y runs it again, Esc goes back",
)
"""The question, and how it is answered."""


class Starter(Protocol):
    """Whoever has started a script, and can start it again."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""

    def owns(self, run: AttachedRun) -> bool:
        """Tell whether a run is that of the script as it was last started."""

    def start_again(self) -> AttachedRun:
        """End it where it still runs, start it anew, and attach to the new run.

        Raises
        ------
        LinregError
            It has ended before it could be watched.
        """


def whose_turn(facts: Facts | None) -> str:
    """Say how a script is run again that this screen has not started."""
    command = "" if facts is None or facts.script is None else facts.script.command
    if not command:
        return "this loop is a session's own: run it again there"
    return f"only where it was started can it be run again; here type: {shortened(command, 160)}"
