"""``linreg race``: every combination of the choices, on the same rows from the same start, side by side."""

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linreg.cli import options
from linreg.cli.recipe_options import describing_a_run, pairs_of
from linreg.cli.status import DIVERGED, complain, narrate
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.text import shortened

if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence

    from linreg.checks import OptionValue
    from linreg.racing.entries import Choices
    from linreg.racing.race import Race
    from linreg.racing.standings import Standing
    from linreg.recipe import Recipe

RACERS = "Who races (repeat each; all combinations run)"

Optimizers = Annotated[
    list[str] | None,
    typer.Option(
        "--optimizer",
        metavar="NAME",
        help="Any class of torch.optim: see linreg optimizers.",
        show_default="SGD",
        rich_help_panel=RACERS,
    ),
]
LearningRates = Annotated[
    list[str] | None,
    typer.Option(
        "--lr",
        "--learning-rate",
        metavar="X|auto",
        help="auto: from the curvature for full-batch SGD, else the optimizer's own default.",
        show_default="auto",
        rich_help_panel=RACERS,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any other argument, for the optimizers that have it; one KEY may have several values.",
        rich_help_panel=RACERS,
    ),
]
BatchSizes = Annotated[
    list[str] | None,
    typer.Option(
        "--batch-size",
        metavar="N|full",
        help="Rows a step, reshuffled each epoch from the seed.",
        show_default="full",
        rich_help_panel=RACERS,
    ),
]
Inits = Annotated[
    list[str] | None,
    typer.Option(
        "--init",
        metavar="zeros|linear|normal|W,…,B",
        help="Initial parameters.",
        show_default="zeros",
        rich_help_panel=RACERS,
    ),
]
Seeds = Annotated[
    list[int] | None,
    typer.Option("--seed", metavar="N", help="Decides everything random.", show_default="0", rich_help_panel=RACERS),
]
Format = Annotated[
    Literal["text", "json", "csv"],
    typer.Option(
        "--format", metavar="text|json|csv", help="What standard output holds.", rich_help_panel=options.OUTPUT
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="The winner only, and nothing on stderr but errors.",
        rich_help_panel=options.OUTPUT,
    ),
]


@describing_a_run
def race(
    recipe: "Recipe",
    optimizer: Optimizers = None,
    learning_rate: LearningRates = None,
    set_: Settings = None,
    batch_size: BatchSizes = None,
    init: Inits = None,
    seed: Seeds = None,
    format_: Format = "text",
    quiet: Quiet = False,
) -> int:
    """Race optimizers and learning rates on the same rows: who is first at least squares.

    Ranked by the epochs until the cost is within 1e-6 of that of least squares (or, where that is not known, of the
    best cost that any of them reached), then within 1e-3; and by the seconds, of which each counts only its own.

    Exit status: 0, 2 bad usage or input, 3 all diverged, 128+N ended by signal N.
    """
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.cli.printing.race import PRINTERS, introduction, summary
    from linreg.racing.entries import entries
    from linreg.racing.standings import standings

    choices = chosen(optimizer, learning_rate, set_, batch_size, init, seed)
    entrants = entries(recipe, choices)
    refuse_company("a race")
    from linreg.racing.race import pose_race

    posed = pose_race(entrants, watched if not quiet and can_redraw(sys.stderr) else None)
    if not quiet:
        narrate(introduction(posed))
        for notice in posed.problem.notices:
            narrate(f"warning: {notice}")
    ended_by = _run(posed, shown=not quiet)
    ranking, yardstick = standings(posed), posed.yardstick
    PRINTERS[format_](sys.stdout, ranking, yardstick, quiet)
    sys.stdout.flush()
    if not quiet:
        for line in summary(ranking, yardstick):
            narrate(line)
    return _status(ranking, ended_by, quiet)


def chosen(
    optimizers: list[str] | None,
    learning_rates: list[str] | None,
    settings: list[str] | None,
    batch_sizes: list[str] | None,
    inits: list[str] | None,
    seeds: list[int] | None,
) -> "Choices":
    """Read the values of the options above.

    Raises
    ------
    LinregError
        One of them is not what its option takes.
    """
    from linreg.racing.entries import Choices

    by_key: dict[str, list[OptionValue]] = {}
    for key, value in pairs_of(settings or []):
        by_key.setdefault(key, []).append(value)
    return Choices(
        optimizers=optimizers or (),
        learning_rates=learning_rates or (),
        settings=by_key,
        batch_sizes=[_batch_size(text) for text in batch_sizes or ()],
        inits=inits or (),
        seeds=seeds or (),
    )


def _batch_size(text: str) -> int | None:
    if text.strip().lower() == "full":
        return None
    try:
        return int(text)
    except ValueError:
        raise LinregError(f"--batch-size takes a whole number from 1, or full, not {shortened(repr(text))}.") from None


def refuse_company(what: str) -> None:
    """Refuse to run `what` in several processes at once: of a race each would have its own clock."""
    from linreg.engines.ranks import joined

    with joined() as ranks:
        if ranks.n_ranks > 1:
            raise LinregError(f"{what} runs in one process: start it without torchrun, or with one process only.")


def _run(race: "Race", shown: bool) -> "signal.Signals | None":
    """Run to the end or to a signal, which is returned."""
    from linreg.cli.printing.progress import ProgressBar, can_redraw
    from linreg.cli.signals import Interruption

    bar = ProgressBar(race, shown=shown and can_redraw(sys.stderr))
    with Interruption().listening() as interruption, bar, redirect_stdout(sys.stderr):  # a module prints no data
        for _ in race.run():
            bar.update()
            if interruption.signal is not None:
                race.interrupt(f"ended by {interruption.signal.name}")
    return interruption.signal


def _status(ranking: "Sequence[Standing]", ended_by: "signal.Signals | None", quiet: bool) -> int:
    statuses = {standing.result.status for standing in ranking}
    if ended_by is not None and Phase.INTERRUPTED in statuses:
        return 128 + ended_by
    if statuses == {Phase.DIVERGED}:
        sentence = "all of them diverged; race lower learning rates, or --lr auto."
        return complain(sentence, DIVERGED) if quiet else DIVERGED
    return 0
