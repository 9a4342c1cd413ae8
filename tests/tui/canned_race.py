"""Moments of real races, made without a thread or a screen, for the tests of their panels; every clock stands still."""

from dataclasses import replace
from typing import Any

from linreg.data import bundled
from linreg.data.sample import Sample
from linreg.data.table import open_source
from linreg.racing.descent import Reached
from linreg.racing.entries import Choices, Entry, entries
from linreg.racing.live import LiveRace
from linreg.racing.positions import Position
from linreg.racing.race import pose_race
from linreg_tui.race.view import RaceView
from tui.once import once

MIXED = Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, 0.01, 5.0], settings={"momentum": [0, 0.9]})
"""On exercise1: nine racers, two of which diverge."""
TWO = Choices(learning_rates=[0.01, 0.1])
NOISY = Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1], batch_sizes=[None, 2])
MANY = Choices(learning_rates=[0.1, 0.2], inits=["normal"], seeds=range(30))


def entrants(choices: Choices = MIXED, data: str = "exercise1", **changes: Any) -> tuple[Entry, ...]:
    return entries(bundled.find(data).changed(**changes), choices)


def race_view_of(
    choices: Choices = MIXED,
    data: str = "exercise1",
    n_epochs: int = 0,
    *,
    state: dict[str, Any] | None = None,
    **changes: Any,
) -> RaceView:
    """Let everyone run `n_epochs` epochs, and look; `state` overrides what is seen."""
    race = _race(choices, data, n_epochs, changes)
    seen = race.state(1)
    ranking = tuple(_timed(position) for position in seen.ranking)
    seen = replace(seen, seconds=1.0, ranking=ranking, **(state or {}))
    return RaceView(race.facts, seen, race.histories)


@once
def _race(choices: Choices, data: str, n_epochs: int, changes: dict[str, Any]) -> LiveRace:
    racing = entrants(choices, data, **changes)
    recipe = racing[0].recipe
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    sample = Sample(len(table.features))
    sample.add(table.X, table.y)
    race = LiveRace(pose_race(racing), sample, 300.0, is_playing=False)
    race.step(n_epochs)
    while race.phase.is_moving:
        race.work()
    return race


def _timed(position: Position) -> Position:
    """Let an epoch of each take as many microseconds as its number says."""
    each = 1e-6 * (1 + position.number)
    reached = tuple(way and Reached(way.epochs, way.epochs * each) for way in position.reached)
    by_seconds = None if position.place_by_seconds is None else position.number + 1
    return replace(position, seconds=each, reached=reached, place_by_seconds=by_seconds)
