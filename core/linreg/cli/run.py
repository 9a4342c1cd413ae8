"""``linreg run``: train, and print the epochs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from linreg.cli import options
from linreg.cli.choosing import describing_a_run
from linreg.cli.status import narrate
from linreg.cli.training import check_model, printer_of, train
from linreg.errors import LinregError
from linreg.safe import safe

if TYPE_CHECKING:
    from linreg.recipe import Recipe
    from linreg.recording import Beginning, Recording
    from linreg.trainer import Trainer


@describing_a_run
def run(
    recipe: "Recipe",
    format_: options.Format = "text",
    quiet: options.Quiet = False,
    save: options.Save = None,
    record: options.Record = False,
    name: options.Name = None,
) -> int:
    """Train, and print the epochs.

    Exit status: 0 finished or converged, 2 bad usage or input, 3 diverged, 128+N ended by signal N.
    """
    from linreg.console import can_redraw, introduction, watched
    from linreg.distributed import joined

    printer = printer_of(format_)
    check_model(save, recipe)
    from linreg.problem import pose
    from linreg.trainer import Trainer

    with joined() as ranks, _silent(ranks.rank > 0):
        quiet = quiet or ranks.rank > 0
        reading, beginning = watched if not quiet and can_redraw(sys.stderr) else None, None
        if record or name is not None:
            from linreg.recording import Beginning

            if ranks.n_ranks > 1:
                raise LinregError("a run of several processes cannot be recorded: leave out --record, or torchrun.")
            beginning = Beginning(recipe, name, reading)
            reading = beginning.reading
        trainer = Trainer(pose(recipe, reading, ranks))
        if not quiet:
            narrate(introduction(trainer))
        recording = _recording(beginning, trainer, quiet)
        return train(trainer, printer(trainer, sys.stdout, quiet), quiet, None if ranks.rank else save, recording)


def _recording(beginning: "Beginning | None", trainer: "Trainer", quiet: bool) -> "Recording | None":
    """Begin to record where that was asked for; if it cannot be done, say so, and train all the same."""
    if beginning is None:
        return None
    try:
        recording = beginning.begin(trainer)
    except LinregError as problem:
        narrate(f"warning: this run is not recorded: {problem}")
        return None
    if not quiet:
        narrate(f"recorded as {safe(recording.run.name)}")
    return recording


@contextmanager
def _silent(really: bool) -> Iterator[None]:
    """Send standard output nowhere, if really so: of several processes only the first has data to print."""
    if not really:
        yield
        return
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield
