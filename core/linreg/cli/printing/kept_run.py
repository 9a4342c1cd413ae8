"""What there is to say of a run that is kept, in labels and texts."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linreg.checks import share_of

if TYPE_CHECKING:
    from linreg.store.run import Run


def described(run: "Run", n_kept: int, held_out: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield them.

    Parameters
    ----------
    n_kept, held_out, folder
        How many of its epochs are kept; of rows that are held out the newest cost and the best epoch, by the names that
        JSON has for them; and where its checkpoints are.
    """
    from linreg.racing.entries import option_text

    recipe = run.recipe
    yield "name", run.name
    yield "id", run.id
    yield "status", f"{run.status}: {run.reason}" if run.reason else run.status
    yield "data", recipe.data
    batch = "full batch" if recipe.batch_size is None else f"{recipe.batch_size:,} rows a step"
    rate = recipe.learning_rate if recipe.learning_rate == "auto" else f"{recipe.learning_rate:.6g}"
    options = "".join(f", {key}={value}" for key, value in recipe.options.items())
    course = f" by {recipe.schedule} {option_text(recipe.schedule_options)}".rstrip() if recipe.schedule else ""
    yield "training", f"{recipe.optimizer}, learning rate {rate}{course}{options}, {batch}, seed {recipe.seed}"
    if recipe.hold_out is not None:
        patience = "" if recipe.patience is None else f", patience of {recipe.patience:,} epochs"
        yield "held out", f"{_held_out(recipe.hold_out)}{patience}"
    for change in run.interventions:
        yield f"from epoch {change.epoch:,}", f"learning rate {change.learning_rate:.6g}"
    yield "epoch", f"{run.epoch:,} of {recipe.last_epoch:,}" if run.epoch >= 0 else f"none of {recipe.last_epoch:,}"
    yield "kept", f"{n_kept:,} of {run.epoch + 1:,} epochs"
    if run.cost is not None:
        yield "cost", f"{run.cost:.7g}"
    if held_out:
        yield "held-out cost", f"{held_out['held_out_cost']:.7g}"
        yield "best epoch", "none" if held_out["best_epoch"] is None else f"{held_out['best_epoch']:,}"
    if run.excess_cost is not None:
        yield "above least squares", f"{run.excess_cost:.3g}"
    yield "started", when(run.started)
    if run.ended is not None:
        yield "ended", when(run.ended)
    yield "versions", ", ".join(f"{name} {number}" for name, number in run.versions.items())
    yield "checkpoints", str(folder)
    if run.is_resumable:
        yield "go on with", f"linreg resume {shlex.quote(run.name)}"


def _held_out(rows: str) -> str:
    """Say which rows are held out."""
    share = share_of(rows)
    if share is None:
        return f"the rows of {rows}"
    return f"{100 * share[0]:g} % of the rows" + ("" if share[1] is None else f", chosen by seed {share[1]}")


def when(seconds: float) -> str:
    """Write a moment in this machine's own time."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
