"""The app around real runs on their worker threads."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from textual.command import CommandList
from textual.pilot import Pilot

from lecture import exercise1
from linreg.data import bundled
from linreg.live.state import State
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg_tui.app import MonitorApp
from linreg_tui.monitor.keys import MONITOR_KEYS
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.race.race_input import read_race
from linreg_tui.race.screen import RaceScreen
from linreg_tui.sheets.leaving import LeavingScreen
from tui.monitor.test_snapshots import screen_text


@asynccontextmanager
async def running(
    data: str | Recipe = "exercise1", *, size: tuple[int, int] = (120, 40), **options: Any
) -> AsyncIterator[tuple[Pilot[int], MonitorApp]]:
    recipe = bundled.find(data) if isinstance(data, str) else data
    app = MonitorApp(recipe, **options)
    async with app.run_test(size=size) as pilot:
        await until(pilot, app, lambda state: state.phase is not Phase.LOADING)
        yield pilot, app
    app.session.stop()
    app.session.join(10)


async def until(pilot: Pilot[int], app: MonitorApp, holds: Callable[[State], bool]) -> State:
    """Wait until a state has come to the screen."""
    for _ in range(1000):
        state = app.session.state
        if holds(state) and isinstance(app.screen, MonitorScreen) and app.screen._seen >= state.version:
            await pilot.pause()
            return state
        await pilot.pause(0.01)
    raise AssertionError(f"it never came to that: {app.session.state}")


def _is_at(epoch: int, state: State) -> bool:
    return state.epoch == epoch


async def test_steps_forward_are_the_lectures_and_steps_back_bring_the_same_numbers() -> None:
    oracle = [(*w, b, cost) for w, b, cost in exercise1(nb_epochs=2)]
    async with running(paused=True) as (pilot, app):
        seen = []
        for epoch in range(3):
            await pilot.press("n")
            state = await until(pilot, app, partial(_is_at, epoch))
            seen.append((*state.parameters, state.cost))
        for epoch, row in enumerate(seen):
            assert row == pytest.approx(oracle[epoch], rel=1e-5)
        await pilot.press("left", "left")
        state = await until(pilot, app, lambda state: state.epoch == 0)
        assert (*state.parameters, state.cost) == seen[0]
        assert f"{state.parameters[0]:.6f}" in screen_text(app)


async def test_space_runs_to_the_end_and_the_screen_stays() -> None:
    async with running(paused=True, speed=float("inf")) as (pilot, app):
        assert "PAUSED" in screen_text(app)
        assert "Space" in screen_text(app) or "space" in screen_text(app)
        await pilot.press("space")
        await until(pilot, app, lambda state: state.phase is Phase.FINISHED)
        assert "FINISHED" in screen_text(app)
        assert "3,000" in screen_text(app)
        await pilot.press("left")
        state = await until(pilot, app, lambda state: state.epoch == 2999)
        assert state.phase is Phase.PAUSED


async def test_a_rate_turned_up_until_it_breaks_stops_on_finite_numbers_and_can_be_mended() -> None:
    async with running(bundled.find("exercise1").changed(learning_rate=0.5), speed=float("inf"), paused=True) as (
        pilot,
        app,
    ):
        await pilot.press("n", "plus", "plus", "space")
        state = await until(pilot, app, lambda state: state.phase is Phase.DIVERGED)
        assert torch.isfinite(torch.tensor(state.parameters)).all()
        assert "DIVERGED" in screen_text(app)
        assert "lower the rate" in screen_text(app)
        await pilot.press("u")
        state = await until(pilot, app, lambda state: state.phase is Phase.PAUSED)
        assert state.learning_rate == 0.591  # nine tenths of 0.6577, rounded down


async def test_a_chosen_recipe_takes_the_place_of_the_run() -> None:
    async with running(paused=True) as (pilot, app):
        first = app.session
        monitor = next(screen for screen in app.screen_stack if isinstance(screen, MonitorScreen))
        monitor.post_message(MonitorScreen.RecipeChosen(bundled.find("houses")))
        await until(pilot, app, lambda state: app.session is not first and state.phase is Phase.PAUSED)
        assert first.state.phase is Phase.STOPPED
        assert "houses" in screen_text(app)
        assert "area" in screen_text(app)


@pytest.mark.parametrize(("text", "words"), [("x,y\n1,2\n3,oops\n", "line 3"), ("", "empty")])
async def test_data_that_cannot_be_read_are_one_sentence_on_the_screen(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "[red]bad.csv"
    file.write_text(text)
    async with running(Recipe(data=str(file))) as (pilot, app):
        await pilot.pause(0.3)
        assert app.session.state.phase is Phase.FAILED
        assert words in " ".join(screen_text(app).split())
        assert "[red]bad.csv" in screen_text(app)
        await pilot.press("q")
        await pilot.pause(0.2)
    assert app.return_code == 2


@pytest.mark.parametrize("keys", [["q", "s"], ["q", "q"], ["ctrl+c", "ctrl+c"], ["q", "enter"]], ids=str)
async def test_leaving_a_run_that_goes_asks_first_and_then_stops_it(keys: list[str]) -> None:
    async with running(bundled.find("exercise1").changed(epochs=10**12), paused=True, speed=10.0) as (pilot, app):
        app.session.play()
        app.session.wait(lambda state: state.phase is Phase.RUNNING)
        await pilot.press(keys[0])
        await pilot.pause(0.1)
        assert isinstance(app.screen, LeavingScreen)
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert isinstance(app.screen, MonitorScreen)
        assert app.session.state.phase.is_moving
        await pilot.press(*keys)
        await pilot.pause(0.3)
    assert app.session.state.phase is Phase.STOPPED
    assert app.return_code == 0


async def test_the_first_screen_waits_for_neither_torch_nor_polars() -> None:
    code = (
        "import sys, linreg_tui.app; "
        "print([name for name in ('torch', 'polars', 'safetensors', 'sklearn') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("theme", ["dark", "light", "ansi"])
async def test_every_theme_draws_the_screen(theme: str) -> None:
    async with running(paused=True, theme=theme) as (_, app):
        assert "PAUSED" in screen_text(app)


async def test_without_braille_only_ascii_is_drawn() -> None:
    async with running(paused=True, speed=float("inf"), ascii_only=True) as (pilot, app):
        await pilot.press(*"nnn")
        await until(pilot, app, lambda state: state.epoch == 2)
        beyond = {character for character in screen_text(app) if not character.isascii()}
        assert beyond == set()


async def came_to(
    pilot: Pilot[int], app: MonitorApp, kind: type[MonitorScreen | RaceScreen], holds: Callable[[Any], bool]
) -> Any:
    """Wait until a screen of a kind shows what stands as it should, and return that."""
    for _ in range(1000):
        screen: Any = app.screen
        if isinstance(screen, kind) and holds(app.control.state) and screen._seen >= app.control.state.version:
            return app.control
        await pilot.pause(0.01)
    raise AssertionError(f"it never came to that: {app.screen}, {app.control.state}")


async def test_whoever_watches_a_racer_sees_it_where_it_stands_and_comes_back_the_way_they_went() -> None:
    async with running(paused=True) as (pilot, app):
        own = app.session
        await pilot.press("n")
        await until(pilot, app, partial(_is_at, 0))
        entries = read_race("SGD 0.1 0.2", own.recipe)
        app.screen.post_message(MonitorScreen.RaceAsked(entries))
        race = await came_to(pilot, app, RaceScreen, lambda state: state.phase.is_moving)
        race.pause()
        stood = (await came_to(pilot, app, RaceScreen, lambda state: state.phase is Phase.PAUSED)).state
        for leave in ("q", "escape"):
            await pilot.press("down", "enter")
            is_there = partial(_is_at, stood.epoch)
            racer = await came_to(pilot, app, MonitorScreen, is_there)
            assert "back" in screen_text(app)
            place = next(each for each in stood.ranking if entries[each.number].recipe == racer.recipe)
            cost = racer.facts.quadratic.floor + racer.facts.excess(racer.state.parameters)
            assert cost == pytest.approx(place.cost, rel=1e-12)
            await pilot.press("plus", leave)
            assert (await came_to(pilot, app, RaceScreen, lambda state: state.epoch == stood.epoch)) is race
            assert racer.join(0)
        await pilot.press("escape", "q")
        assert (await came_to(pilot, app, MonitorScreen, partial(_is_at, 0))) is own
        assert race.join(0)
        assert own.state.phase is Phase.PAUSED


async def test_e_writes_every_epoch_that_has_run_and_says_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(paused=True, speed=float("inf")) as (pilot, app):
        await pilot.press("space")
        await until(pilot, app, lambda state: state.phase is Phase.FINISHED)
        await pilot.press("e", "enter")
        assert "all 3,001 epochs written to exercise1-epochs.csv" in screen_text(app)
    oracle = exercise1(nb_epochs=3000)
    lines = [line.split(",") for line in (tmp_path / "exercise1-epochs.csv").read_text().splitlines()[1:]]
    assert [int(epoch) for epoch, *_ in lines] == list(range(3001))
    for (_, w, b, cost), (own_w, own_b, own_cost) in zip(lines, [(*w, b, c) for w, b, c in oracle], strict=True):
        assert (float(w), float(b), float(cost)) == pytest.approx((own_w, own_b, own_cost), rel=1e-4, abs=1e-6)


async def test_while_an_epoch_takes_long_the_screen_counts_its_batches(tmp_path: Path) -> None:
    """A module that waits in its 120th forward: the epoch stands there for as long as the test wants."""
    rows = "".join(f"{number},{number}\n" for number in range(400))
    (tmp_path / "many.csv").write_text("x,y\n" + rows)
    (tmp_path / "model.py").write_text(WAITING)
    recipe = Recipe(data=str(tmp_path / "many.csv"), module=f"{tmp_path / 'model.py'}:Waits", batch_size=1, epochs=3)
    async with running(recipe, paused=True, speed=float("inf")) as (pilot, app):
        module = sys.modules["linreg_module_model"]
        try:
            await pilot.press("n")
            for _ in range(1000):
                if "batch 120 of 400" in screen_text(app):
                    break
                await pilot.pause(0.01)
            assert "batch 120 of 400" in screen_text(app)
        finally:
            module.GO_ON.set()
        await until(pilot, app, lambda state: state.epoch == 0)
        assert "batch" not in screen_text(app).splitlines()[1]


WAITING = """
from threading import Event
from torch import nn

GO_ON = Event()


class Waits(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.n_trained = nn.Linear(1, 1), 0

    def forward(self, x):
        if len(x) == 1:
            self.n_trained += 1
            if self.n_trained == 120:
                GO_ON.wait(60)
        return self.linear(x)
"""


async def test_the_palette_offers_the_keys_in_the_order_of_their_use() -> None:
    async with running(paused=True) as (pilot, app):
        await pilot.press("ctrl+p")
        for _ in range(1000):
            offered = app.screen.query_one(CommandList)
            if offered.option_count > len(MONITOR_KEYS) - 5:
                break
            await pilot.pause(0.01)
        names = [str(offered.get_option_at_index(at).prompt) for at in range(3)]
        for name, key in zip(names, MONITOR_KEYS, strict=False):
            assert key.meaning in name
