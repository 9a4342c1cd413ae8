"""How a run stands, in the one word that is computed with, stored and shown."""

from enum import StrEnum


class Phase(StrEnum):
    """What a run is doing, or how it ended.

    A trainer knows the words for how a run ended and RUNNING for one that has not, the store PAUSED besides; the others
    are those of a run that somebody watches.
    """

    LOADING = "loading"
    PAUSED = "paused"
    RUNNING = "running"
    SEEKING = "seeking"
    """On the way to an epoch that was asked for."""
    FINISHED = "finished"
    """All epochs ran."""
    CONVERGED = "converged"
    """A stop rule held."""
    DIVERGED = "diverged"
    """A cost or a parameter was no longer a finite number."""
    INTERRUPTED = "interrupted"
    """Put aside before its end by a signal, a viewer or a crash: it can be taken up again."""
    FAILED = "failed"
    """The data could not be read, or an engine broke; the reason is the sentence."""
    STOPPED = "stopped"
    """Nobody trains it any more, here or where it is watched from."""

    @property
    def has_ended(self) -> bool:
        """Whether the run's last epoch has been reached, so that play does nothing; going back still works."""
        return self in (Phase.FINISHED, Phase.CONVERGED, Phase.DIVERGED)

    @property
    def is_moving(self) -> bool:
        """Whether epochs go by."""
        return self in (Phase.RUNNING, Phase.SEEKING)
