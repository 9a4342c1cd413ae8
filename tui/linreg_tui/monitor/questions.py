"""What the monitor asks in a line: an epoch, a learning rate, a race; and what becomes of the answers."""

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any

from textual.app import App

from linreg.checks import LARGEST_WHOLE_NUMBER
from linreg.live.control import Control
from linreg.live.state import State
from linreg.racing.entries import Entry
from linreg.recipe import Recipe
from linreg_tui.monitor.epoch_input import read_epoch
from linreg_tui.monitor.rate_input import rate_hint, read_rate
from linreg_tui.race.race_input import FORM, read_race, suggested_line
from linreg_tui.sheets.question import Question


def ask_for_epoch(app: App[Any], state: State, now: int, go_to: Callable[[int], None]) -> None:
    """Ask for an epoch, or a step of a script, from which `now` is looked at, and go there."""
    last = state.last_epoch if state.last_epoch >= 0 else LARGEST_WHOLE_NUMBER
    bounds = f"0 to {last:,}, +100, -100, 50%, start, end"
    if state.unit == "step":
        bounds = f"up to {state.epoch:,}: look back; beyond: the script runs there; +100, -100, start"
    question = Question(f"go to {state.unit}", bounds, partial(read_epoch, now=now, last=last))
    app.push_screen(question, lambda epoch: None if epoch is None else go_to(epoch))


def ask_for_rate(app: App[Any], control: Control, asked: Callable[[], None]) -> None:
    """Ask for a learning rate, and have it used from the next epoch on; `asked` hears of it."""
    state, facts = control.state, control.facts
    limit = None if facts is None else facts.largest_stable_learning_rate
    read = partial(read_rate, now=state.learning_rate, limit=limit)

    def typed(rate: float | None) -> None:
        if rate is not None:
            control.set_learning_rate(rate)
            asked()

    now = repr(state.learning_rate) if isfinite(state.learning_rate) else ""
    app.push_screen(Question("learning rate", rate_hint(limit), read, now), typed)


def ask_for_race(app: App[Any], recipe: Recipe, race: Callable[[tuple[Entry, ...]], object]) -> None:
    """Ask who is to race on the rows of a recipe, and have them."""
    question = Question(
        "race on these rows",
        f"optimizers, rates, options: all combinations run, as in {FORM}",
        lambda text: read_race(text, recipe),
        suggested_line(recipe),
        waits="looking at the optimizers …",
    )

    def asked(entries: tuple[Entry, ...] | None) -> None:
        if entries is not None:
            race(entries)

    app.push_screen(question, asked)
