"""What the table of runs and the description of one say of it, in the same words."""

from datetime import datetime
from math import isfinite
from os.path import basename

from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.run import Run
from linreg_tui.text.distance import NOTHING, excess_text
from linreg_tui.text.numbers import count, scientific, significant

RUNNING, LEFT, GOOD, BAD = "run--running", "run--left", "run--good", "run--bad"
"""Names of the styles of a status."""
COST, EXCESS = 10, 9
"""The cells of a cost, and of an excess cost."""
_STYLES = {
    Phase.PAUSED: LEFT,
    Phase.INTERRUPTED: LEFT,
    Phase.FINISHED: GOOD,
    Phase.CONVERGED: GOOD,
    Phase.DIVERGED: BAD,
    Phase.FAILED: BAD,
}


def state(run: Run) -> str:
    """Say in a word how a run stands; with ``?`` where its process is another machine's."""
    is_open = run.status in (Phase.RUNNING, Phase.PAUSED)
    return f"{run.status}?" if is_open and run.is_alive is None else run.status


def state_style(run: Run) -> str:
    """Return the style of that word."""
    return RUNNING if run.status is Phase.RUNNING else _STYLES.get(run.status, "")


def data(recipe: Recipe) -> str:
    """Name the data without their folder."""
    return basename(recipe.data) or recipe.data


def method(recipe: Recipe) -> str:
    """Name the optimizer with the options that were chosen, and the batch size."""
    options = [f"{key}={value}" for key, value in recipe.options.items()]
    batch = [] if recipe.batch_size is None else [f"batch={count(recipe.batch_size)}"]
    return " ".join([recipe.optimizer, *options, *batch])


def rate(run: Run) -> str:
    """Write the learning rate that a run began with, and ▾ where it was changed later."""
    chosen: object = run.recipe.learning_rate
    if chosen == "auto" and run.result is not None:
        chosen = run.result.get("learning_rate")
    text = significant(chosen, 3) if isinstance(chosen, float) else "auto"
    return text + "▾" * bool(run.interventions)


def epoch(run: Run) -> str:
    """Write the newest epoch."""
    return NOTHING if run.epoch < 0 else count(run.epoch)


def last_epoch(run: Run) -> str:
    """Write the epoch that a run was to go to; that of a running script may not be known."""
    return NOTHING if run.last_epoch is None else count(run.last_epoch)


def cost(run: Run) -> str:
    """Write the cost that the newest epoch started from."""
    if run.cost is None:
        return NOTHING
    text = significant(run.cost, 4)
    return text if len(text) <= COST else scientific(run.cost, COST)


def excess(run: Run) -> str:
    """Write how far that is above least squares, in per cent of it."""
    return excess_text(0.0 if run.excess_cost == 0 else share_above(run), EXCESS)


def excess_phrase(run: Run) -> str:
    """Say it; where least squares costs nothing, or too little to tell, by how much; empty if unknown."""
    share = 0.0 if run.excess_cost == 0 else share_above(run)
    if share is not None:
        return f"{excess_text(share, EXCESS)} above least squares"
    if run.excess_cost is None or not isfinite(run.excess_cost):
        return ""
    return f"{significant(run.excess_cost, 2)} above least squares"


def share_above(run: Run) -> float | None:
    """Return the excess cost over the cost of least squares; None where that is nothing, or one is not known."""
    if run.excess_cost is None or run.cost is None or not (isfinite(run.excess_cost) and isfinite(run.cost)):
        return None
    least = run.cost - run.excess_cost
    return run.excess_cost / least if least > LEAST * run.cost > 0 else None


LEAST = 1e-9
"""A part of a cost that may be what rounding has left of a difference."""


def started(run: Run) -> str:
    """Write when a run began, to the minute."""
    return moment(run.started)[:16]


def moment(seconds: float) -> str:
    """Write a moment in this machine's time, to the second."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return NOTHING
