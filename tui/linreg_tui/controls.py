"""What the app can show, and the control of it: how that is made, what it is called, how it is left."""

from asyncio import to_thread

from linreg.files.home import open_home
from linreg.live.reproduction import Retrace
from linreg.racing.entries import Entry
from linreg.racing.session import RaceSession
from linreg.recipe import Recipe
from linreg.remote.client import AttachedRun
from linreg.replay.replay import Replay, open_replay
from linreg.session.resume import ResumedStart
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg_tui.text.status_phrases import data_name

PATIENCE = 5.0
"""Seconds that leaving waits for the epoch that is being computed."""

Subject = Recipe | ResumedStart | AttachedRun | Replay | tuple[Entry, ...]
"""What can be shown: a recipe or a run that was left, in a session of this process; a run elsewhere; a recording; those
who race, in a session of this process."""

AnyControl = Session | RaceSession | AttachedRun | Replay


def control_of(
    run: Subject,
    name: str | None = None,
    *,
    speed: float | None,
    paused: bool,
    recorded: bool,
    retrace: Retrace | None = None,
) -> AnyControl:
    """Make the control of what is to be shown; a session of this process has still to be started.

    Parameters
    ----------
    name
        What to call the run of a recipe.
    speed
        Epochs a second; None: as suits the run.
    paused
        Whether a session stands still at first.
    recorded
        Whether the run of a recipe is kept in the home.
    retrace
        The way that the run of a recipe goes first.
    """
    if isinstance(run, ResumedStart):
        return Session(run.run.recipe, speed=speed, paused=paused, start=run)
    if isinstance(run, Recipe):
        start = RecordedStart(name, is_dispensable=name is None) if recorded else None
        return Session(run, speed=speed, paused=paused, start=start, retrace=retrace)
    return RaceSession(run, speed=speed, paused=paused) if isinstance(run, tuple) else run


def recording_of(run: Run) -> Replay:
    """Open what the home keeps of a run, to be played back.

    Raises
    ------
    LinregError
        It cannot be read.
    """
    with RunStore(open_home(to_read=True)) as store:
        return open_replay(store, run.id)


def name_of(control: AnyControl) -> str:
    """Name what is shown: by its own name, or that of its data."""
    if isinstance(control, Session) and control.run is not None:
        return control.run.name
    if isinstance(control, AttachedRun):
        return control.title or control.name
    recipe = control.entries[0].recipe if isinstance(control, RaceSession) else control.recipe
    return data_name(recipe)


async def put_aside(control: AnyControl) -> None:
    """Put a run of our own aside, between two epochs; leave any other to itself."""
    if isinstance(control, Session | RaceSession):
        control.stop()
        await to_thread(control.join, PATIENCE)
    else:
        await to_thread(control.close)


def words_of_rest(run: object) -> str:
    """Say where a run of this process was put aside; nothing where nothing is to be taken up."""
    if not isinstance(run, Session) or run.run is None or run.state.epoch < 0 or run.state.result:
        return ""
    where = "before its rows were changed" if run.has_left_record else f"at epoch {run.state.epoch:,}"
    return f"{run.run.name} was put aside {where}: it can be taken up again (h)"
