"""How many epochs to run in one go: as many as take a time that nobody minds waiting, and no more than memory bears.

A block is never torn: who stops, pauses or steers a run is heard between two of them.
"""

from dataclasses import dataclass

_FASTEST_GROWTH = 8.0
"""From one block to the next: the time that a few fast epochs take is noise, and no reason to run a million of them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a block may take: seconds, and numbers in its trace."""

    seconds: float
    n_numbers: int


UNWATCHED = Limits(seconds=0.05, n_numbers=2**20)
"""Of a run that can be stopped and nothing else: long blocks are the fastest, and Ctrl-C still seems to act at once."""
WATCHED = Limits(seconds=0.02, n_numbers=2**17)
"""Of a run with a screen and keys. A megabyte: what the history does with it, it does in the processor's cache."""


class BlockLength:
    """The length of the next block of epochs, learned from how long the last ones took.

    Attributes
    ----------
    n_epochs
        That length; 1 at first.
    """

    def __init__(self, limits: Limits, n_parameters: int) -> None:
        self.n_epochs = 1
        self._seconds, self._most = limits.seconds, max(1, limits.n_numbers // max(1, n_parameters))

    def ran(self, n_epochs: int, seconds: float) -> None:
        """Learn from a block that has run; one that was shorter than it could have been tells only that it was slow."""
        faster = min(_FASTEST_GROWTH, self._seconds / max(seconds, 1e-6))
        if n_epochs >= self.n_epochs or faster < 1:
            self.n_epochs = max(1, min(self._most, int(n_epochs * faster)))
