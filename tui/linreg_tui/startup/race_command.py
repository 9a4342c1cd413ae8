"""``linreg-tui race``: the options of ``linreg race``, and how to watch it. Thin, as `command` is."""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer

from linreg.cli.app import answer
from linreg.cli.commands.race import BatchSizes, Inits, LearningRates, Optimizers, Seeds, Settings, chosen
from linreg.cli.recipe_options import describing_a_run
from linreg.errors import LinregError
from linreg_tui.startup.options import (
    Ascii,
    Paused,
    Speed,
    ThemeName,
    draws_ascii,
    read_speed,
    read_theme,
    require_data,
)
from linreg_tui.startup.piped_rows import rows_from_standard_input
from linreg_tui.startup.splash import opening

if TYPE_CHECKING:
    from linreg.recipe import Recipe

app = typer.Typer(
    name="linreg-tui race",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
@describing_a_run
def race(
    recipe: "Recipe",
    optimizer: Optimizers = None,
    learning_rate: LearningRates = None,
    set_: Settings = None,
    batch_size: BatchSizes = None,
    init: Inits = None,
    seed: Seeds = None,
    paused: Paused = False,
    speed: Speed = None,
    ascii_: Ascii = None,
    theme: ThemeName = None,
) -> int:
    """Watch optimizers and learning rates race on the same rows: who is first at least squares.

    All combinations run, side by side and epoch by epoch; where nobody is named, a few worth a look. Keys: ? on the
    screen. linreg race does the same without a screen, and measures the time flat out.

    Exit status: 0, 2 bad usage or input, or no terminal, 70 internal error, 128+N ended by signal N.
    """
    if os.name != "posix":
        raise LinregError("linreg-tui runs on Linux, macOS and in WSL; linreg race races here too.")
    from linreg_tui.term import terminal

    choices = chosen(optimizer, learning_rate, set_, batch_size, init, seed)
    pace, theme, plain = read_speed(speed), read_theme(theme), draws_ascii(ascii_, os.environ)
    with rows_from_standard_input(recipe) as recipe:
        if not terminal.is_served():
            terminal.require_terminal()
        require_data(recipe)
        with nullcontext() if terminal.is_served() else opening(recipe, ascii_only=plain):
            from linreg.racing.entries import entries
            from linreg.training.usability import require_usable
            from linreg_tui.race.race_input import read_race, suggested_line
            from linreg_tui.startup.terminal_monitor import show

            is_named = any((optimizer, learning_rate, set_, batch_size, init, seed))
            racers = entries(recipe, choices) if is_named else read_race(suggested_line(recipe), recipe)
            for racer in racers:
                require_usable(racer.recipe)
        over_ssh = "SSH_CONNECTION" in os.environ
        return show(racers, speed=pace, paused=paused, ascii_only=plain, over_ssh=over_ssh, theme=theme)


def run_race_command(arguments: list[str]) -> int:
    """Run the command with its arguments, those after ``race``, and return the exit status."""
    return answer(app, arguments, "linreg-tui race")
