"""How a run begins: anew, or anew and kept. Where one that was left is taken up again is `linreg.session.resume`'s.

A session does not know which: it is handed a beginning, and once the data are read it has a run, what keeps it, and
what is to be said about that.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from linreg.data.fingerprint import Fingerprint, fingerprint_of
from linreg.data.sample import Sampled
from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.live.run import LiveRun
from linreg.live.values import plain
from linreg.recipe import Recipe
from linreg.store.checkpoint import versions
from linreg.store.names import checked_name
from linreg.store.recording import Recording
from linreg.store.store import RunStore
from linreg.training.problem import pose

if TYPE_CHECKING:
    from linreg.data.sample import Reading


@dataclass(frozen=True, slots=True)
class Course:
    """How a run is to go at first: epochs a second, whether at once, and whether it may be given another start."""

    speed: float
    is_playing: bool
    may_reseed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A run that has been begun.

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


class Beginning(Protocol):
    """A way to begin."""

    def begin(self, recipe: Recipe, reading: "Reading", course: Course) -> Begun:
        """Read the data by way of `reading`, and bring a run to where it is to go on from.

        Raises
        ------
        LinregError
            It cannot be trained.
        """
        ...


@dataclass(frozen=True, slots=True)
class Anew:
    """From its initial parameters, leaving nothing behind."""

    def begin(self, recipe: Recipe, reading: "Reading", course: Course) -> Begun:
        """Bring a run to its start."""
        return Begun(live_run(recipe, reading, course))


@dataclass(frozen=True, slots=True)
class Recorded:
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

    def begin(self, recipe: Recipe, reading: "Reading", course: Course) -> Begun:
        """Bring a run to its start and enter it; if that cannot be, say so, and let it be trained all the same."""
        data = fingerprint_of(recipe.data, recipe.module)  # before they are read
        live = live_run(recipe, reading, course)
        try:
            recording, notice = self._entered(live, data)
        except LinregError as problem:
            return Begun(live, notices=(f"this run is not recorded: {problem}",))
        return Begun(live, recording, (notice,) if notice else ())

    def _entered(self, live: LiveRun, data: Fingerprint | None) -> tuple[Recording, str]:
        home = open_home()
        with RunStore(home) as store:
            store.sweep()
            recipe = live.facts.recipe
            run = store.begin(recipe, name=self.name, data=data, versions=versions(), facts=plain(live.facts))
            return Recording(live, home, run, data, is_dispensable=self.is_dispensable), store.notice


def live_run(recipe: Recipe, reading: "Reading", course: Course) -> LiveRun:
    """Read the data, and bring a run to its start."""
    sampled = Sampled(reading)
    problem = pose(recipe, sampled)
    return LiveRun(problem, sampled.sample, course.speed, course.is_playing, may_reseed=course.may_reseed)
