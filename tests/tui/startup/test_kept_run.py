"""From the screen of runs to a run that goes on elsewhere, was recorded, or was left; and what the command means."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

import pytest
from textual.pilot import Pilot

from lecture import exercise1
from linreg import LinregError
from linreg.data import bundled
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.remote.client import AttachedRun
from linreg.replay.replay import Replay
from linreg.session.resume import ResumedStart
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store.store import RunStore
from linreg_tui.app import MonitorApp
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.startup.command import _with_latest
from linreg_tui.startup.kept_run import find
from tui.monitor.test_snapshots import screen_text


def recorded(name: str, n_epochs: int, epochs: int = 40) -> Session:
    """Record a run up to an epoch; it stands there."""
    recipe = bundled.find("exercise1").changed(epochs=epochs, every=1)
    session = Session(recipe, speed=inf, paused=True, start=RecordedStart(name)).start()
    session.step(n_epochs)
    session.wait(lambda state: state.epoch == n_epochs - 1)
    return session


def put_aside(session: Session) -> None:
    session.stop()
    assert session.join(20)


@asynccontextmanager
async def watching(recipe: Recipe | None = None) -> AsyncIterator[tuple[Pilot[int], MonitorApp]]:
    app = MonitorApp(recipe or bundled.find("exercise1"), paused=True, recorded=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.control.state.phase is Phase.PAUSED)
        yield pilot, app
    if isinstance(app.control, Session):
        put_aside(app.control)


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            await pilot.pause(0.15)
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came to that")


async def open_runs(pilot: Pilot[int], app: MonitorApp, name: str) -> None:
    """Open the screen of runs, and go to one of them."""
    await pilot.press("h")
    await until(pilot, lambda: isinstance(app.screen, RunsScreen) and name in screen_text(app))
    await pilot.press("slash", *name, "enter")
    await pilot.pause(0.1)


async def test_a_recording_is_played_while_the_run_waits_and_q_comes_back_to_it() -> None:
    put_aside(recorded("lecture", 41))
    async with watching() as (pilot, app):
        await pilot.press("N")
        await until(pilot, lambda: app.control.state.epoch == 9)
        own = app.session
        await open_runs(pilot, app, "lecture")
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.control, Replay))
        assert isinstance(app.screen, MonitorScreen)
        assert own.state.phase is Phase.PAUSED
        assert "recording of lecture" in screen_text(app)
        await pilot.press("N")
        await until(pilot, lambda: app.control.state.epoch == 9)
        ([w], b, _) = list(exercise1(nb_epochs=9))[-1]
        assert isinstance(app.control, Replay)
        assert app.control.state.parameters == pytest.approx([w, b], rel=1e-5)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await pilot.press("escape", "escape")  # the first ends the filter
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
        assert app.session is own
        assert own.state.epoch == 9
        await pilot.press("q")
        await pilot.pause(0.1)
    assert app.return_code == 0


async def test_a_run_that_was_left_goes_on_where_it_stood() -> None:
    put_aside(recorded("lecture", 12))
    async with watching() as (pilot, app):
        await open_runs(pilot, app, "lecture")
        await pilot.press("enter")
        await until(pilot, lambda: app.control.state.epoch == 11 and app.control.state.phase is Phase.PAUSED)
        await pilot.press("n")
        await until(pilot, lambda: app.control.state.epoch == 12)
        run = app.session.run
        assert run is not None
        assert run.name == "lecture"
        assert app.session.history is not None
        assert app.session.history.last_epoch == 12


async def test_a_run_of_another_session_is_attached_to_and_left_alone() -> None:
    session = recorded("lecture", 5)
    async with watching() as (pilot, app):
        await open_runs(pilot, app, "lecture")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.control, AttachedRun) and app.control.state.epoch == 4)
        assert "attached to lecture" in screen_text(app)
        await pilot.press("n")
        await until(pilot, lambda: session.state.epoch == 5)
        await pilot.press("q")
        await pilot.pause(0.2)
    assert session.state.phase is Phase.PAUSED
    put_aside(session)


async def test_of_a_run_that_goes_on_elsewhere_it_is_asked_whether_it_is_to_stop() -> None:
    session = recorded("lecture", 5, epochs=10**12)
    async with watching() as (pilot, app):
        await open_runs(pilot, app, "lecture")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.control, AttachedRun) and app.control.state.epoch == 4)
        session.set_speed(10.0)
        session.play()
        await until(pilot, lambda: app.control.state.phase is Phase.RUNNING)
        await pilot.press("q")
        await pilot.pause(0.1)
        assert "the run goes on" in screen_text(app)
        await pilot.press("s")
        await pilot.pause(0.3)
    assert session.join(20)


async def test_ones_own_run_is_gone_back_to() -> None:
    async with watching() as (pilot, app):
        control = app.control
        await pilot.press("n")
        await until(pilot, lambda: app.control.state.epoch == 0)
        await open_runs(pilot, app, "exercise1")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
        assert app.control is control
        assert control.state.phase is Phase.PAUSED


async def test_what_cannot_be_taken_up_is_said_and_the_run_that_is_here_stays() -> None:
    put_aside(recorded("lecture", 12))
    async with watching() as (pilot, app):
        control = app.control
        await open_runs(pilot, app, "lecture")
        with RunStore(Path(app.screen._stored.home)) as store:  # type: ignore[attr-defined]
            store.delete("lecture")
        await pilot.press("p")
        await pilot.pause(0.3)
        assert isinstance(app.screen, RunsScreen)
        assert app.control is control


def test_a_word_means_a_run_by_what_is_asked_for(own_home: Path) -> None:
    put_aside(recorded("ended", 41))
    put_aside(recorded("left", 12))
    going = recorded("going", 3)
    try:
        assert isinstance(replay := find("replay", "ended"), Replay)
        assert replay.name == "ended"
        assert isinstance(taken_up := find("resume", "latest"), ResumedStart)
        assert taken_up.run.name == "left"
        with find("attach", "latest") as attached:  # type: ignore[union-attr]
            assert isinstance(attached, AttachedRun)
            assert attached.title == "going"
        with pytest.raises(LinregError, match="the run left is not going: linreg-tui --resume"):
            find("attach", "left")
        with pytest.raises(LinregError, match="the run ended is not going: linreg-tui --replay"):
            find("attach", "ended")
    finally:
        put_aside(going)
    with pytest.raises(LinregError, match="no run is going"):
        find("attach", "latest")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--attach"], ["--attach", "latest"]),
        (["--attach", "--ascii"], ["--attach", "latest", "--ascii"]),
        (["--replay", "night"], ["--replay", "night"]),
        (["--resume", "-h"], ["--resume", "latest", "-h"]),
        (["exercise1", "--name", "x"], ["exercise1", "--name", "x"]),
    ],
)
def test_without_a_run_the_newest_is_meant(given: list[str], meant: list[str]) -> None:
    assert _with_latest(given) == meant
