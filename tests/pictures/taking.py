"""Bring the app into a known state by keys, without a terminal, and take its screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from benchmarks.synthetic import write_csv
from linreg.data import bundled
from linreg.live.state import State
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.session.session import Session
from linreg_tui import app
from linreg_tui.app import MonitorApp
from linreg_tui.themes import NAMES, THEMES
from linreg_tui.widgets.key_line import KeyLine
from pictures.others import SCREENS
from pictures.states import Picture
from pictures.svg import svg

QUIET = 0.4
"""Seconds without anything new, after which nothing more is on its way."""
PATIENCE = 60.0
_SECONDS = 0.021
"""Spent in the engine, once anything is."""


class StillSession(Session):
    """A session that says what it is told to of the things that no two runs have alike: how fast, how long."""

    def __init__(self, recipe: Recipe, speed: float | None) -> None:
        self._shown: dict[str, Any] = {}
        self._n_changes = 0
        super().__init__(recipe, speed=speed, paused=True)

    def show(self, **changes: Any) -> None:
        """Let this be seen from now on."""
        self._shown, self._n_changes = changes, self._n_changes + 1

    @property
    def state(self) -> State:
        """How the run is shown to stand."""
        state = self.true_state
        changes = {"seconds": _SECONDS if state.seconds else 0.0, **self._shown}
        moves = changes.get("phase", state.phase).is_moving
        pace = state.speed if moves else 0.0
        return replace(state, version=state.version + self._n_changes, pace=pace, **changes)

    @state.setter
    def state(self, state: State) -> None:
        self.true_state = state


class StillApp(MonitorApp):
    """The app around such a session, without anything that blinks or moves."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))

    def __init__(self, recipe: Recipe, picture: Picture) -> None:
        super().__init__(recipe, paused=True, ascii_only=picture.ascii_only, theme=picture.theme)
        self.session = self.still = StillSession(recipe, picture.speed)
        self._can_detach, self.animation_level = True, "none"

    @property
    def is_going(self) -> bool:
        """Say that it could be left to itself, as a run that is kept can."""
        return self.still.state.phase.is_moving


async def take(picture: Picture) -> str:
    """Return a picture as SVG."""
    if picture.screen != "monitor":
        return await _take_other(picture)
    with _recipe(picture) as recipe:
        shown = StillApp(recipe, picture)
        async with shown.run_test(size=picture.size) as pilot:
            await _settle(pilot, shown.still)
            for key in _typed(picture):
                await pilot.press(key)
                await _settle(pilot, shown.still, key)
            if picture.shown:
                shown.still.show(**picture.shown)
            for key in picture.then:
                await pilot.press(key)
            return await _seen(pilot, picture)


async def _take_other(picture: Picture) -> str:
    with SCREENS[picture.screen](picture) as shown:
        async with shown.run_test(size=picture.size) as pilot:
            for key in ("", *picture.keys):
                await pilot.press(*([key] if key else []))
                await pilot.pause(QUIET)
            return await _seen(pilot, picture)


async def _seen(pilot: Pilot[Any], picture: Picture) -> str:
    """Return what is on the screen, once nothing moves any more."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for line in pilot.app.screen_stack[1].query(KeyLine):
        line.sentence = ""
    await pilot.pause(QUIET)
    theme = next(theme for theme in THEMES if theme.name == NAMES[picture.theme])
    strips = pilot.app.screen._compositor.render_strips()
    return svg(strips, f"linreg-tui: {picture.title}", theme.foreground or "", theme.background or "")


@contextmanager
def _recipe(picture: Picture) -> Iterator[Recipe]:
    if picture.data != "many":
        yield bundled.find(picture.data).changed(**picture.choices)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "many.csv"
        write_csv(path, 400, 60)
        yield bundled.find(str(path)).changed(**picture.choices)


def _typed(picture: Picture) -> Iterator[str]:
    """Spell the keys out."""
    for word in picture.keys:
        if word.startswith("to "):
            yield from ("g", *word.removeprefix("to "), "enter")
        else:
            times, _, key = word.rpartition("*")
            yield from [key] * int(times or 1)


async def _settle(pilot: Pilot[Any], session: StillSession, key: str = "") -> None:
    """Wait until the run stands still and the screen has seen it."""
    version, quiet = -1, 0.0
    needed = QUIET if key in ("space", "enter", "u") else 0.03
    deadline = monotonic() + PATIENCE
    while quiet < needed:
        if monotonic() > deadline:
            raise TimeoutError(f"after {key!r} the run does not come to rest: {session.true_state}")
        await pilot.pause(0.03)
        state = session.true_state
        moves = state.phase.is_moving or state.phase is Phase.LOADING or state.version != version
        version, quiet = state.version, 0.0 if moves else quiet + 0.03
