"""``linreg-tui race`` up to the screen, and the app around real races on their worker threads."""

import math
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from linreg.data import bundled
from linreg.phase import Phase
from linreg.racing.entries import Choices, Entry, entries
from linreg.racing.session import RaceSession
from linreg_tui.app import MonitorApp
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.race.screen import RaceScreen
from linreg_tui.startup.race_command import run_race_command
from linreg_tui.term import terminal
from tui.canned_race import TWO, entrants
from tui.monitor.test_snapshots import screen_text


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Entry, ...], dict[str, Any]]]:
    """What the screen would be opened with; nothing is shown."""
    calls: list[tuple[tuple[Entry, ...], dict[str, Any]]] = []

    def show(racing: tuple[Entry, ...], **options: Any) -> int:
        calls.append((racing, options))
        return 0

    monkeypatch.setitem(sys.modules, "linreg_tui.startup.terminal_monitor", SimpleNamespace(show=show))
    monkeypatch.setattr(terminal, "require_terminal", lambda: None)
    monkeypatch.setattr("linreg_tui.startup.race_command.opening", lambda *_, **__: nullcontext())
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return calls


def test_the_choices_are_those_of_the_plain_command(opened: list[Any]) -> None:
    options = ["--optimizer", "SGD", "--optimizer", "adam", "--lr", "0.1", "--lr", "auto", "--set", "momentum=0.9"]
    options += ["--batch-size", "full", "--batch-size", "20", "--epochs", "50", "--seed", "3"]
    assert run_race_command(["houses", *options]) == 0
    choices = Choices(
        optimizers=["SGD", "Adam"],
        learning_rates=[0.1, "auto"],
        settings={"momentum": ["0.9"]},
        batch_sizes=[None, 20],
        seeds=[3],
    )
    ((racing, how),) = opened
    assert racing == entries(bundled.find("houses").changed(epochs=50), choices)
    assert how == {"speed": None, "paused": False, "ascii_only": False, "over_ssh": False, "theme": None}


def test_where_nobody_is_named_a_few_race_and_the_recipe_itself_among_them(opened: list[Any]) -> None:
    assert run_race_command([]) == 0
    recipe = bundled.find("exercise1")
    assert len(opened[0][0]) > 2
    assert any(each.recipe.learning_rate == recipe.learning_rate for each in opened[0][0])


def test_how_to_watch_is_handed_on(opened: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "::1 1 ::1 2")
    assert run_race_command(["--speed", "max", "--paused", "--ascii", "--theme", "Light"]) == 0
    expected = {"speed": math.inf, "paused": True, "ascii_only": True, "over_ssh": True, "theme": "light"}
    assert opened[0][1] == expected


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--speed", "0"], "--speed takes a number of epochs a second above 0, or max"),
        (["--theme", "pink"], "--theme takes one of dark, light, ansi"),
        (["--optimizer", "Adamm"], "no optimizer 'Adamm' (did you mean 'Adam'?)"),
        (["--lr", "fast"], "--learning-rate"),
        (["--batch-size", "half"], "--batch-size takes a whole number from 1, or full"),
        (["nowhere.csv"], "nowhere.csv"),
        (["--quiet"], "see linreg-tui race --help"),
    ],
)
def test_what_cannot_race_is_one_sentence_and_status_2(
    arguments: list[str], sentence: str, opened: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_race_command(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not opened


def test_without_a_terminal_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg_tui.term.terminal.os.isatty", lambda _: False)
    assert run_race_command(["exercise1"]) == 2
    assert "needs a terminal" in capsys.readouterr().err


async def _until(pilot: Pilot[int], app: MonitorApp, phase: Phase) -> None:
    """Wait until the race on the screen is in a phase."""
    for _ in range(1000):
        if app.control.state.phase is phase and getattr(app.screen, "_seen", -1) >= app.control.state.version:
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it never came to that: {app.control.state.phase}")


def _shows(app: MonitorApp, kind: type) -> bool:
    return isinstance(app.screen, kind)


async def test_a_race_runs_to_its_end_in_the_app_and_one_racer_can_be_watched_alone() -> None:
    app = MonitorApp(entrants(TWO, epochs=300), speed=math.inf)
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(pilot, app, Phase.FINISHED)
        assert _shows(app, RaceScreen)
        await pilot.pause()
        assert "b wins" in screen_text(app)
        race = app.control
        assert isinstance(race, RaceSession)
        await pilot.press("down", "enter")
        for _ in range(500):
            if _shows(app, MonitorScreen):
                break
            await pilot.pause(0.01)
        assert app.session.recipe == race.entries[1].recipe
        await pilot.press("q")
        for _ in range(500):
            if _shows(app, RaceScreen):
                break
            await pilot.pause(0.01)
        assert app.control is race
        await app.leave(0)
        assert race.join(1)  # its thread has ended


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c"])
async def test_leaving_a_race_that_runs_asks_nothing_and_ends_its_thread(key: str) -> None:
    app = MonitorApp(entrants(TWO), speed=100.0)
    async with app.run_test() as pilot:
        await _until(pilot, app, Phase.RUNNING)
        race = app.control
        await pilot.press(key)
        for _ in range(500):
            if not app.is_running or app.return_value is not None:
                break
            await pilot.pause(0.01)
    assert app.return_value == 0
    assert isinstance(race, RaceSession)
    assert race.join(1)


async def test_data_that_cannot_be_read_are_told_on_the_screen_and_by_the_status(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("x,y\n1,2\n3,[bold]\n")
    recipe = bundled.find("exercise1").changed(data=str(file))
    app = MonitorApp(entries(recipe, TWO))
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(pilot, app, Phase.FAILED)
        await pilot.pause()
        assert "'[bold]'" in screen_text(app)
        await pilot.press("q")
        await pilot.pause(0.1)
    assert app.return_value == 2


async def test_the_palette_offers_what_the_keys_of_a_race_do() -> None:
    app = MonitorApp(entrants(TWO), paused=True)
    async with app.run_test() as pilot:
        await _until(pilot, app, Phase.PAUSED)
        offered = [command.title for command in app.get_system_commands(app.screen)]
        assert "Everyone back to the start  (r)" in offered
        assert not any("Learning rate" in words for words in offered)
        await app.leave(0)
