"""``linreg resume``: go on with a run that was recorded."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linreg.cli import options
from linreg.cli.recipe_options import number_or_word
from linreg.cli.status import narrate
from linreg.cli.training import train, unwatched
from linreg.errors import LinregError
from linreg.files.atomic import check_destination
from linreg.phase import Phase

if TYPE_CHECKING:
    from linreg.store.run import Run

Word = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run's name or id, or the beginning of one: see linreg runs.",
        show_default="the newest that can go on",
    ),
]
NewLastEpoch = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Go on to epoch N; a finished run, too.",
        show_default="as it was to",
        rich_help_panel=options.STOP,
    ),
]
DataChanged = Annotated[
    bool, typer.Option("--data-changed", help="Go on although its files have changed.", rich_help_panel=options.DATA)
]
FromElsewhere = Annotated[
    bool,
    typer.Option(
        "--from-elsewhere",
        help="Go on although another machine may still be at work on it.",
        rich_help_panel=options.COMPUTE,
    ),
]
NamedModule = Annotated[
    str | None,
    typer.Option(
        "--module",
        metavar="FILE.py:CLASS",
        help="The module to go on with, with --data-changed, though its file is another one now. Runs that file.",
        rich_help_panel=options.MODEL,
    ),
]


def resume(
    word: Word = None,
    epochs: NewLastEpoch = None,
    data_changed: DataChanged = False,
    from_elsewhere: FromElsewhere = False,
    module: NamedModule = None,
    every: options.Every = None,
    format_: options.Format = "text",
    quiet: options.Quiet = False,
    save: options.Save = None,
    force: options.Force = False,
) -> int:
    """Go on with a recorded run, to the same digits as if it had never stopped.

    Standard output has the epochs after the checkpoint. After a signal or Ctrl-C that is where the output ended. After
    a crash it may be up to five seconds earlier, and the rows since then are printed a second time, with the same
    digits. Exit status: as linreg run.
    """
    from linreg.cli.printing.progress import can_redraw, watched
    from linreg.cli.recorded_training import PLAIN_START, training_of
    from linreg.engines.ranks import joined
    from linreg.files.home import open_home
    from linreg.session.resume import ResumedStart, ResumeOptions, newest_resumable
    from linreg.store.store import RunStore

    with joined() as ranks:
        if ranks.n_ranks > 1:
            raise LinregError("a recorded run goes on in one process: start linreg resume without torchrun.")
    with RunStore(open_home()) as store:
        store.sweep()
        run = newest_resumable(store) if word is None else store.get(word)
        home, notice = store.home, store.notice
    if save is not None:
        force = force or _left_there(save, run)
        check_destination(save, *run.recipe.read_from, replaces=force)
    if notice:
        narrate(f"warning: {notice}")
    changes = ResumeOptions(
        data_changed=data_changed,
        epochs=epochs,
        every=number_or_word(every),
        from_elsewhere=from_elsewhere,
        module=module,
    )
    reading = watched if not quiet and can_redraw(sys.stderr) else unwatched
    started = ResumedStart(home, run, changes).begin(run.recipe, reading, PLAIN_START)
    training = training_of(started, quiet, f"going on with {{name}} at epoch {started.live.epoch + 1:,}")
    return train(training, format_, quiet, save, replaces=force)


def _left_there(save: Path, run: "Run") -> bool:
    """Whether a file is the model that this run came to before it was interrupted: to go on replaces that."""
    from linreg.training.fitted import load_model

    try:
        left = load_model(save).result
    except LinregError:
        return False
    known = {key: (run.result or {}).get(key) for key in left}
    return left.get("status") == Phase.INTERRUPTED and left == known
