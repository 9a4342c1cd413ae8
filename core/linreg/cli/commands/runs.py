"""``linreg runs``: what was recorded, one run of it, and its epochs in a file."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from linreg.cli import options
from linreg.cli.status import narrate
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.text import safe, shortened, shown

if TYPE_CHECKING:
    from linreg.store.run import Run
    from linreg.store.store import RunStore

STOP_SECONDS = 30.0
"""How long ``stop`` waits for the epoch that is being computed, and for the disk."""

runs = typer.Typer(
    name="runs", help="What was recorded: list, show, export, stop, rename, remove.", invoke_without_command=True
)

Word = Annotated[
    str, typer.Argument(metavar="RUN", help="A name, an id, the beginning of one, or latest.", show_default=False)
]
WholeWord = Annotated[
    str, typer.Argument(metavar="RUN", help="A whole name or id: nothing is guessed here.", show_default=False)
]


@runs.callback()
def _runs(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_runs()


@runs.command("list")
def list_runs(
    status: Annotated[
        list[Phase] | None, typer.Option(metavar="WORD", help="Only those that stand so, as interrupted; repeat.")
    ] = None,
    data: Annotated[str, typer.Option(metavar="TEXT", help="Only those with this in their data's path.")] = "",
    sort: Annotated[
        Literal["newest", "oldest", "name", "status", "epoch", "cost"],
        typer.Option(metavar="newest|oldest|name|status|epoch|cost", help="The order."),
    ] = "newest",
    format_: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", metavar="table|json|csv", help="How to print it.")
    ] = "table",
) -> None:
    """List the runs that were recorded."""
    from linreg.store.run import ordered

    with _store(to_read=True) as store:
        found = store.runs(status=tuple(status or ()))
    chosen = [run for run in found if data.casefold() in run.recipe.data.casefold()]
    _PRINTERS[format_](ordered(chosen, sort))


@runs.command()
def show(
    word: Word,
    format_: Annotated[
        Literal["text", "json"], typer.Option("--format", metavar="text|json", help="How to print it.")
    ] = "text",
) -> None:
    """Show what is known of one run."""
    from linreg.cli.printing.kept_run import described
    from linreg.cli.printing.script import curve_lines, curves_record, script_lines, script_record
    from linreg.store.recorded_run import best_of_run, facts_of_run

    with _store(to_read=True) as store:
        run, folder = store.get(word), store.folder(store.get(word))
        epochs, curves = store.epochs(run.id), store.curves(run.id)
        facts = facts_of_run(store, run.id) if run.script else None
    n_kept, newest = len(epochs), epochs.parameters[-1] if len(epochs) else None
    held_out: dict[str, Any] = {}
    if epochs.held_out_cost is not None:
        held_out = {"held_out_cost": float(epochs.held_out_cost[-1]), "best_epoch": best_of_run(run, epochs)[0]}
    if format_ == "json":
        from linreg.files.json_lines import to_json

        known = {
            **_record(run),
            **held_out,
            "recipe": run.recipe.as_dict(),
            "versions": dict(run.versions),
            "result": run.result,
        }
        watched = {} if facts is None or facts.script is None else script_record(run, facts, newest)
        if curves:
            watched["curves"] = curves_record(curves)
        sys.stdout.write(
            to_json({**_record(run), **held_out, **known, "epochs_kept": n_kept, "folder": str(folder), **watched})
            + "\n"
        )
        return
    lines = dict(described(run, n_kept, held_out, folder))
    if facts is not None and facts.script is not None:
        kept = {label: lines[label] for label in _OF_A_SCRIPT if label in lines}
        seen = [*script_lines(run, facts, newest), *curve_lines(curves)]
        lines = {**dict(list(kept.items())[:3]), **dict(seen), **kept}
    width = max(map(len, lines))
    sys.stdout.writelines(f"{label:{width}}  {safe(text)}\n" for label, text in lines.items())


@runs.command()
def export(
    word: Word,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Its ending decides: a table (.csv .tsv .parquet .jsonl .ndjson .arrow .feather), a picture (.svg "
            ".png), TensorBoard's events (.tfevents), or the model (.onnx).",
        ),
    ],
    force: options.Force = False,
) -> None:
    """Write what is kept of a run to a file: its epochs, a picture of them, or the model that it came to.

    All numbers are in the data's own units and in the format's full precision.
    """
    from linreg.export.export import export as write

    with _store(to_read=True) as store:
        written = write(store, word, file, replaces=force)
    narrate(f"{shown(file)}: {written}")


@runs.command("rm")
def remove(
    words: Annotated[list[str], typer.Argument(metavar="RUN…", help="Whole names or ids: nothing is guessed here.")],
    from_elsewhere: Annotated[
        bool, typer.Option("--from-elsewhere", help="Also one that another machine may still be at work on.")
    ] = False,
) -> None:
    """Remove runs, with their checkpoints."""
    with _store() as store:
        for run_id, name in dict(map(store.called, words)).items():
            store.delete(run_id, force=from_elsewhere)
            narrate(f"removed {safe(name)}")


@runs.command()
def stop(word: WholeWord) -> None:
    """Have a run that is going put aside where it is; linreg resume takes it up again."""
    from linreg.remote.client import attach
    from linreg.remote.sockets import sockets_folder

    with _store() as store:
        run = store.get(store.called(word)[0])
    if run.is_alive is False:
        raise LinregError(f"the run {shortened(run.name)} is not going: there is nothing to stop.")
    with attach(sockets_folder(), run.id) as going:
        going.stop()
        if not going.wait_for_end(STOP_SECONDS):
            why = "asked again, it is terminated" if run.script else "its epoch may be a long one"
            raise LinregError(f"the run {shortened(run.name)} has not stopped yet: {why}.")
        if going.exit_status:
            kept = "what is recorded of it" if run.script else "its last checkpoint"
            raise LinregError(f"the run {shortened(run.name)} went without a word; {kept} is kept.")
    narrate(f"stopped {safe(run.name)}")


@runs.command()
def rename(word: WholeWord, name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")]) -> None:
    """Call a run something else."""
    with _store() as store:
        narrate(f"renamed to {safe(store.rename(word, name).name)}")


def _store(*, to_read: bool = False) -> "RunStore":
    from linreg.files.home import open_home
    from linreg.store.store import RunStore

    store = RunStore(open_home(to_read=to_read))
    if store.notice:
        narrate(f"warning: {store.notice}")
    return store


def _print_table(found: "tuple[Run, ...]") -> None:
    from linreg.cli.printing.tables import print_table

    if not found:
        narrate("there are no such runs; linreg run --record keeps one")
        return
    header = ["name", "status", "data", "optimizer", "learning rate", "epoch", "of", "cost", "started"]
    print_table(sys.stdout, header, [_cells(run) for run in found], numeric=(4, 5, 6, 7))


def _cells(run: "Run") -> list[str]:
    from linreg.cli.printing.kept_run import when

    recipe = run.recipe
    rate = recipe.learning_rate if recipe.learning_rate == "auto" else f"{recipe.learning_rate:.6g}"
    epoch, cost = f"{run.epoch:,}" if run.epoch >= 0 else "–", "–" if run.cost is None else f"{run.cost:.6g}"
    data = Path(recipe.data).name
    return [
        run.name,
        run.status,
        data,
        recipe.optimizer,
        rate,
        epoch,
        "–" if run.last_epoch is None else f"{run.last_epoch:,}",
        cost,
        when(run.started),
    ]


def _print_json(found: "tuple[Run, ...]") -> None:
    from linreg.files.json_lines import to_json

    sys.stdout.writelines(to_json(_record(run)) + "\n" for run in found)


def _print_csv(found: "tuple[Run, ...]") -> None:
    import csv

    writer = csv.DictWriter(sys.stdout, _FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_record, found))


_PRINTERS: dict[str, Any] = {"table": _print_table, "json": _print_json, "csv": _print_csv}
_FIELDS = (
    *("name", "id", "status", "reason", "is_resumable", "data", "optimizer", "learning_rate", "batch_size"),
    *("epoch", "last_epoch", "cost", "above_least_squares", "started", "ended"),
)


def _record(run: "Run") -> dict[str, Any]:
    """Return a run as plain values by `_FIELDS`; times are in UTC."""
    recipe = run.recipe
    values = (
        *(run.name, run.id, run.status, run.reason, run.is_resumable),
        *(recipe.data, recipe.optimizer, recipe.learning_rate, recipe.batch_size),
        *(run.epoch if run.epoch >= 0 else None, run.last_epoch, run.cost, run.excess_cost),
        *(_utc(run.started), None if run.ended is None else _utc(run.ended)),
    )
    return dict(zip(_FIELDS, values, strict=True))


_OF_A_SCRIPT = ("name", "id", "status", "kept", "started", "ended")
"""What a run of a script has in common with others, of `described`."""


def _utc(seconds: float) -> str:
    from datetime import UTC

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
