"""How a run starts: afresh, or afresh and recorded. How one that was left goes on is `linreg.session.resume`'s.

A session does not know which: it is handed a start, and once the data are read it has a run, what keeps it, and
what is to be said about that.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from linreg.data.fingerprint import Fingerprint, fingerprint_of
from linreg.data.sample import Sampled
from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.live.pacing import default_speed
from linreg.live.reproduction import Retrace
from linreg.live.run import LiveRun
from linreg.live.values import plain
from linreg.recipe import Recipe
from linreg.store.checkpoint import versions
from linreg.store.names import checked_name
from linreg.store.recording import Recording
from linreg.store.store import RunStore
from linreg.training.posing import pose

if TYPE_CHECKING:
    from linreg.data.sample import Reading


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How a run is to go at first: epochs a second, whether at once, and whether it may be given another start.

    Without a speed a short run lasts about ten seconds. A run that retraces a way goes it first, and stands at its end.
    """

    speed: float | None
    is_playing: bool
    may_reseed: bool = True
    retrace: Retrace | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StartedRun:
    """A run that has been started.

    Attributes
    ----------
    live
        The run.
    recording
        What writes it down; None where nothing does.
    notices
        Sentences for the user: what went wrong without being in the way.
    """

    live: LiveRun
    recording: Recording | None = None
    notices: tuple[str, ...] = ()


class Start(Protocol):
    """A way to start."""

    def begin(self, recipe: Recipe, reading: "Reading", options: StartOptions) -> StartedRun:
        """Read the data by way of `reading`, and bring a run to where it is to go on from.

        Raises
        ------
        LinregError
            It cannot be trained.
        """
        ...


@dataclass(frozen=True, slots=True)
class FreshStart:
    """From its initial parameters, leaving nothing behind."""

    def begin(self, recipe: Recipe, reading: "Reading", options: StartOptions) -> StartedRun:
        """Bring a run to its start."""
        return StartedRun(live_run(recipe, reading, options))


@dataclass(frozen=True, slots=True)
class RecordedStart:
    """From its initial parameters, kept in the store of the home.

    Attributes
    ----------
    name
        What to call it, that of the data by default.
    is_dispensable
        Whether to leave nothing behind of a run of which no epoch has run.

    Raises
    ------
    LinregError
        The run cannot be called that.
    """

    name: str | None = None
    is_dispensable: bool = False

    def __post_init__(self) -> None:
        if self.name is not None:
            checked_name(self.name)

    def begin(self, recipe: Recipe, reading: "Reading", options: StartOptions) -> StartedRun:
        """Bring a run to its start and enter it; if that cannot be, say so, and let it be trained all the same."""
        data = fingerprint_of(recipe.data, recipe.module, recipe.held_out_file)  # before they are read
        live = live_run(recipe, reading, options)
        try:
            recording, notice = self._entered(live, data)
        except LinregError as problem:
            return StartedRun(live, notices=(f"this run is not recorded: {problem}",))
        return StartedRun(live, recording, (notice,) if notice else ())

    def _entered(self, live: LiveRun, data: Fingerprint | None) -> tuple[Recording, str]:
        home = open_home()
        with RunStore(home) as store:
            store.sweep()
            recipe = live.facts.recipe
            run = store.begin(recipe, name=self.name, data=data, versions=versions(), facts=plain(live.facts))
            return Recording(live, home, run, data, is_dispensable=self.is_dispensable), store.notice


def live_run(recipe: Recipe, reading: "Reading", options: StartOptions) -> LiveRun:
    """Read the data, and bring a run to its start."""
    sampled = Sampled(reading)
    problem = pose(recipe, sampled)
    speed = default_speed(problem.last_epoch + 1) if options.speed is None else options.speed
    run = LiveRun(problem, sampled.sample, speed, options.is_playing, may_reseed=options.may_reseed)
    if options.retrace is not None:
        run.retrace(options.retrace)
    return run
