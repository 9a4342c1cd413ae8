"""The line for a shell that brings the monitor to the same numbers: the recipe, and what was changed on the way."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import pairwise
from math import isfinite
from typing import Any

from linreg.checks import option_name
from linreg.data import bundled
from linreg.errors import LinregError
from linreg.live.state import Intervention, State
from linreg.optim.options import shown
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.facts import Facts

_ELSEWHERE = frozenset({"title", "origin", "data", "dialect", "learning_rate"})


@dataclass(frozen=True, slots=True)
class Retrace:
    """A way that a run has gone: each change of its learning rate, and the epoch where it stands; −1: at its start."""

    changes: tuple[Intervention, ...] = ()
    epoch: int = -1


def command_of(facts: Facts, state: State) -> str:
    """Write the line that trains the same recipe in the monitor, to the same epoch by the same learning rates.

    Raises
    ------
    LinregError
        The rows came through a pipe or were changed by hand, or the loop is a script's own.
    """
    recipe = facts.recipe
    if recipe.data == "-":
        raise LinregError("the rows came through standard input: keep them in a file, which a line can name.")
    if facts.script is not None:
        raise LinregError("a script is run again by r, or by the line that started it.")
    if facts.rows_changed:
        raise LinregError(
            "the rows were changed by hand and are in no file: where the run was started w writes them, then r starts "
            "again on them."
        )
    if facts.first_epoch:
        raise LinregError("the rows were changed on the way, as no line can: r starts again on those that are here.")
    words = ["linreg-tui", *_words_of(recipe, facts.learning_rate)]
    for change in state.interventions:
        if change.epoch <= state.epoch + 1:
            words += ["--change", f"{change.epoch}:{change.learning_rate!r}"]
    return shlex.join([*words, *(["--at", str(state.epoch)] if state.epoch >= 0 else ["--paused"])])


def _words_of(recipe: Recipe, learning_rate: float) -> Iterator[str]:
    """Yield the data, and every option that says something else than they do by themselves."""
    name = bundled.name_of(recipe.data, recipe.title)
    base = Recipe(data=recipe.data) if name is None else bundled.find(name)
    yield name or (f"./{recipe.data}" if recipe.data in bundled.names() else recipe.data)
    for field, value in recipe.dialect.said().items():
        yield from _option(field, value)
    for each in fields(Recipe):
        value = getattr(recipe, each.name)
        if each.name not in _ELSEWHERE and value != getattr(base, each.name) and value is not None:
            yield from _option(each.name, value)
    if isfinite(learning_rate) and learning_rate != base.learning_rate and recipe.schedule is None:
        yield from ("--learning-rate", repr(learning_rate))
    elif recipe.learning_rate != base.learning_rate:
        yield from ("--learning-rate", str(recipe.learning_rate))


def _option(name: str, value: Any) -> Iterator[str]:
    option = option_name(name)
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from (option if name == "options" else "--schedule-set", f"{key}={shown(each)}")
    elif isinstance(value, bool):
        yield option if value else option.replace("--", "--no-", 1)
    elif isinstance(value, tuple):
        for each in value:
            yield from (option, str(each))
    else:
        yield from (option, repr(value) if isinstance(value, float) else str(value))


def read_change(text: str) -> Intervention:
    """Read ``EPOCH:RATE``, from which epoch on which learning rate.

    Raises
    ------
    LinregError
        It is not of that form.
    """
    epoch, _, rate = text.partition(":")
    change = None
    with suppress(ValueError, OverflowError):
        change = Intervention(int(epoch), float(rate))
    if change is None or change.epoch < 0 or not 0 < change.learning_rate < float("inf"):
        raise LinregError(f"--change takes EPOCH:RATE, such as 120:0.5, not {shortened(repr(text))}.")
    return change


def retrace_of(changes: list[str], at: int | None) -> Retrace | None:
    """Read a way from its options; None where there are none.

    Raises
    ------
    LinregError
        A change is not of its form, or they are not in order.
    """
    if at is not None and at < 0:
        raise LinregError(f"--at takes an epoch from 0, not {at}.")
    read = tuple(map(read_change, changes))
    if any(later.epoch <= earlier.epoch for earlier, later in pairwise(read)):
        raise LinregError("--change is given in the order of the epochs, once for each.")
    return Retrace(read, -1 if at is None else at) if read or at is not None else None
