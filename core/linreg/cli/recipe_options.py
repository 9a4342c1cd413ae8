"""From the options on a command line to what is trained: one list of options for every command that trains.

A command names only what is its own. `describing_a_run` puts the options that describe a run before those, in the
signature that Typer reads, and hands the command the recipe that they make.
"""

import fcntl
import os
import stat
import struct
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from linreg.cli import options
from linreg.cli.dialect_options import Said, saying_how_it_is_written
from linreg.cli.handed_on import with_options_of
from linreg.errors import LinregError
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.checks import OptionValue
    from linreg.recipe import Recipe

P = ParamSpec("P")


@saying_how_it_is_written
def choose_rows(
    data: options.Data = None,
    config: options.Config = None,
    target: options.Target = None,
    feature: options.Feature = None,
    exclude: options.Exclude = None,
    drop_missing: options.DropMissing = None,
    categorical: options.Categorical = None,
    weights: options.Weights = None,
    dialect: Said | None = None,
    bias: options.Bias = None,
) -> "Recipe":
    """Lay the options that say which rows to fit over the recipe that `data` or `config` names.

    Raises
    ------
    LinregError
        There is no such recipe, or a value is not one that its option takes.
    """
    recipe = _named(data, config)
    return recipe.changed(
        dialect=recipe.dialect.changed(**dialect or {}),
        target=target,
        features=tuple(feature) if feature else None,
        exclude=tuple(exclude) if exclude else None,
        drop_missing=drop_missing,
        categorical=tuple(categorical) if categorical else None,
        weights=weights,
        bias=bias,
    )


def _choose_training(
    recipe: "Recipe",
    hold_out: options.HoldOut = None,
    standardize: options.Standardize = None,
    learning_rate: options.LearningRate = None,
    optimizer: options.Optimizer = None,
    set_: options.Set = None,
    schedule: options.Schedule = None,
    schedule_set: options.ScheduleSet = None,
    criterion: options.Criterion = None,
    reduction: options.Reduction = None,
    batch_size: options.BatchSize = None,
    init: options.Init = None,
    seed: options.Seed = None,
    module: options.Module = None,
    epochs: options.LastEpoch = None,
    until_step: options.UntilStep = None,
    until_cost: options.UntilCost = None,
    until_standard_errors: options.UntilStandardErrors = None,
    patience: options.Patience = None,
    device: options.Device = None,
    dtype: options.Dtype = None,
    engine: options.Engine = None,
    every: options.Every = None,
) -> "Recipe":
    """Lay the options that say how to train over the recipe that `choose_rows` made.

    Raises
    ------
    LinregError
        A value is not one that its option takes.
    """
    return recipe.changed(
        hold_out=hold_out,
        standardize=standardize,
        epochs=number_or_word(epochs),
        until_step=until_step,
        until_cost=until_cost,
        until_standard_errors=until_standard_errors,
        patience=patience,
        learning_rate=learning_rate,
        optimizer=optimizer,
        options=_laid_over(recipe.options, recipe.optimizer, optimizer, pairs_of(set_ or [])),
        schedule=schedule,
        schedule_options=_laid_over(
            recipe.schedule_options, recipe.schedule or "", schedule, pairs_of(schedule_set or [], "--schedule-set")
        ),
        criterion=criterion,
        reduction=reduction,
        batch_size=batch_size,
        init=init,
        seed=seed,
        module=module,
        device=device,
        dtype=dtype,
        engine=engine,
        every=number_or_word(every),
    )


choose = with_options_of(choose_rows, "recipe", _choose_training)
"""Lay all the options that describe a run over the recipe that DATA or --config names."""


def _named(data: str | None, config: Path | None) -> "Recipe":
    from linreg.data import bundled

    if config is None:
        if data is None:
            _refuse_waiting_rows()
        return bundled.find(data or "exercise1")
    recipe = bundled.read_recipe(config)
    return recipe if data is None else replace(recipe, data=bundled.find(data).data)


def _refuse_waiting_rows() -> None:
    """Refuse to pass over rows that were sent in, for the bundled data that are trained on without an argument.

    Raises
    ------
    LinregError
        There is something to read on standard input, and it is a file or a pipe.
    """
    try:
        descriptor = sys.stdin.fileno()
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            waiting = os.fstat(descriptor).st_size - os.lseek(descriptor, 0, os.SEEK_CUR)
        elif stat.S_ISFIFO(mode):
            waiting = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))[0]
        else:
            return
    except (OSError, ValueError, AttributeError):  # closed, or a stand-in for it
        return
    if waiting > 0:
        raise LinregError(
            "rows are waiting on standard input, and nothing says to read them: "
            "give - as the data for those, or exercise1 for the bundled three points."
        )


def describing_a_run(command: "Callable[Concatenate[Recipe, P], int]") -> Callable[..., int]:
    """Give a command the options of `choose_rows` and `choose` in the place of its first parameter, the recipe.

    An option that the command has by the same name takes the place of that one, and is the command's own business.
    """
    return with_options_of(choose, next(iter(signature(command).parameters)), command)


def describing_rows(command: "Callable[Concatenate[Recipe, P], int]") -> Callable[..., int]:
    """Give a command that does not train the options of `choose_rows` alone, likewise."""
    return with_options_of(choose_rows, next(iter(signature(command).parameters)), command)


def number_or_word(text: str | None) -> int | str | None:
    """Read a whole number; a word, and what is neither, is for the recipe to judge."""
    try:
        return None if text is None else int(text)
    except ValueError:
        return text


def _laid_over(
    own: "Mapping[str, OptionValue]", whose: str, name: str | None, pairs: Iterator[tuple[str, str]]
) -> "dict[str, OptionValue]":
    """Lay ``--set`` over the recipe's own options, which are dropped with the recipe's own optimizer or schedule."""
    same = name is None or name.lower() == whose.lower()
    options: dict[str, OptionValue] = dict(own) if same else {}
    return options | dict(pairs)


def pairs_of(pairs: list[str], option: str = "--set") -> Iterator[tuple[str, str]]:
    """Yield the key and the value of each KEY=VALUE.

    Raises
    ------
    LinregError
        One of them is not of that form.
    """
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            such_as = "momentum=0.9" if option == "--set" else "gamma=0.5"
            raise LinregError(f"{option} takes KEY=VALUE, such as {such_as}, not {shortened(repr(pair))}.")
        yield key.strip(), value.strip()
