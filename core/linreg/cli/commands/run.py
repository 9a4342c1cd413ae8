"""``linreg run``: train, and print the epochs."""

import sys
from typing import TYPE_CHECKING

from linreg.cli import options
from linreg.cli.recipe_options import describing_a_run
from linreg.cli.status import narrate
from linreg.cli.training import Training, silent, train, unwatched
from linreg.errors import LinregError
from linreg.files.atomic import check_destination

if TYPE_CHECKING:
    from linreg.data.sample import Reading
    from linreg.engines.ranks import Ranks
    from linreg.recipe import Recipe


@describing_a_run
def run(
    recipe: "Recipe",
    format_: options.Format = "text",
    quiet: options.Quiet = False,
    save: options.Save = None,
    force: options.Force = False,
    record: options.Record = False,
    name: options.Name = None,
) -> int:
    """Train, and print the epochs.

    Exit status: 0 finished or converged, 2 bad usage or input, 3 diverged, 128+N ended by signal N.
    """
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.engines.ranks import joined

    if save is not None:
        check_destination(save, *recipe.read_from, replaces=force)
    with joined() as ranks, silent(ranks.rank > 0):
        quiet = quiet or ranks.rank > 0
        reading = watched if not quiet and can_redraw(sys.stderr) else unwatched
        if record or name is not None:
            if ranks.n_ranks > 1:
                raise LinregError("a run of several processes cannot be recorded: leave out --record, or torchrun.")
            training = _recorded(recipe, name, reading, quiet)
        else:
            training = _alone(recipe, reading, ranks, quiet)
        return train(training, format_, quiet, None if ranks.rank else save, replaces=force)


def _alone(recipe: "Recipe", reading: "Reading", ranks: "Ranks", quiet: bool) -> Training:
    from linreg.cli.printing.narration import introduction
    from linreg.training.posing import pose
    from linreg.training.trainer import Trainer

    training = Training(Trainer(pose(recipe, reading, ranks)), quiet)
    if not quiet:
        narrate(introduction(training.trainer))
    return training


def _recorded(recipe: "Recipe", name: str | None, reading: "Reading", quiet: bool) -> Training:
    """Begin to record; if that cannot be done, say so, and train all the same."""
    from linreg.cli.recorded_training import PLAIN_START, training_of
    from linreg.session.start import RecordedStart

    return training_of(RecordedStart(name).begin(recipe, reading, PLAIN_START), quiet, "recorded as {name}")
