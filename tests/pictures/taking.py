"""Bring the app into a known state by keys, without a terminal, and take its screen, or one screen after the other."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from benchmarks.synthetic import write_csv
from linreg.data import bundled
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg_tui.themes import NAMES, THEMES
from linreg_tui.widgets.key_line import KeyLine
from pictures.cells import Look, cells_of
from pictures.film import Film
from pictures.moving import Frame, moving_svg
from pictures.others import SCREENS
from pictures.states import Picture
from pictures.still import StillApp, StillSession
from pictures.svg import svg

QUIET = 0.4
"""Seconds without anything new, after which nothing more is on its way."""
PATIENCE = 60.0


async def take(picture: Picture) -> str:
    """Return a picture as SVG."""
    if picture.screen != "monitor":
        return await _take_other(picture)
    async with standing(picture) as (pilot, session):
        await press(pilot, session, picture.keys)
        if picture.shown:
            session.show(**picture.shown)
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


async def take_film(film: Film) -> str:
    """Return a film as SVG."""
    plain, frames = plain_of(film.picture), list[Frame]()
    async with standing(film.picture) as (pilot, session):
        for moment in film.moments:
            await press(pilot, session, moment.keys)
            session.show(**moment.shown)
            frames.append(Frame(tuple(cells_of(await screen_of(pilot), plain)), moment.seconds))
            session.show()
    return moving_svg(frames, film.still, f"linreg-tui: {film.picture.title}", plain.background)


@asynccontextmanager
async def standing(picture: Picture) -> AsyncIterator[tuple[Pilot[Any], StillSession]]:
    """Show the app before the first epoch of what a picture is of."""
    with _recipe(picture) as recipe:
        shown = StillApp(recipe, picture)
        async with shown.run_test(size=picture.size) as pilot:
            await _settle(pilot, shown.still)
            if recipe.criterion != "MSELoss" and recipe.module is None:
                await _know_minimum(pilot, shown.still)
            yield pilot, shown.still


async def press(pilot: Pilot[Any], session: StillSession, keys: Iterable[str]) -> None:
    """Press keys, spelled as `Picture` has them, each when the run has come to rest after the one before."""
    for key in _typed(keys):
        await pilot.press(key)
        await _settle(pilot, session, key)


async def screen_of(pilot: Pilot[Any]) -> list[Strip]:
    """Return what is on the screen, once nothing moves any more."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for line in pilot.app.screen_stack[1].query(KeyLine):
        line.sentence = ""
    await pilot.pause(QUIET)
    return pilot.app.screen._compositor.render_strips()


def plain_of(picture: Picture) -> Look:
    """Return the look of cells without any of their own."""
    theme = next(theme for theme in THEMES if theme.name == NAMES[picture.theme])
    return Look(theme.foreground or "", theme.background or "")


async def _seen(pilot: Pilot[Any], picture: Picture) -> str:
    look = plain_of(picture)
    return svg(await screen_of(pilot), f"linreg-tui: {picture.title}", look.colour, look.background)


@contextmanager
def _recipe(picture: Picture) -> Iterator[Recipe]:
    if picture.data != "many":
        yield bundled.find(picture.data).changed(**picture.choices)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "many.csv"
        write_csv(path, 400, 60)
        yield bundled.find(str(path)).changed(**picture.choices)


def _typed(keys: Iterable[str]) -> Iterator[str]:
    """Spell the keys out."""
    for word in keys:
        if word.startswith("to "):
            yield from ("g", *word.removeprefix("to "), "enter")
        else:
            times, _, key = word.rpartition("*")
            yield from [key] * int(times or 1)


async def _know_minimum(pilot: Pilot[Any], session: StillSession) -> None:
    """Wait until it is known where the criterion is least."""
    deadline = monotonic() + PATIENCE
    while session.facts is None or session.facts.minimum is None:
        if monotonic() > deadline:
            raise TimeoutError("the minimum was not found")
        await pilot.pause(0.03)


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
