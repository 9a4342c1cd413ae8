"""What the table of runs and the description of one say of it, in the same words."""

from datetime import datetime
from os.path import basename

from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.run import Run
from linreg_tui.text.numbers import count, scientific, significant

RUNNING, LEFT, GOOD, BAD = "run--running", "run--left", "run--good", "run--bad"
"""Names of the styles of a status."""
NOTHING, COST, EXCESS = "–", 10, 8
"""What stands where there is no number; the cells of a cost, and of an excess cost."""
_STYLES = {
    Phase.INTERRUPTED: LEFT,
    Phase.FINISHED: GOOD,
    Phase.CONVERGED: GOOD,
    Phase.DIVERGED: BAD,
    Phase.FAILED: BAD,
}


def state(run: Run) -> str:
    """Say in a word how a run stands; with ``?`` where its process is another machine's."""
    return f"{run.status}?" if run.status is Phase.RUNNING and run.is_alive is None else run.status


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
    """Write the epoch that a run was to go to."""
    return count(run.recipe.epochs)


def cost(run: Run) -> str:
    """Write the cost that the newest epoch started from."""
    if run.cost is None:
        return NOTHING
    text = significant(run.cost, 4)
    return text if len(text) <= COST else scientific(run.cost, COST)


def excess(run: Run) -> str:
    """Write how far that is above least squares."""
    if not run.excess_cost:
        return NOTHING if run.excess_cost is None else "0"
    return scientific(run.excess_cost, EXCESS, digits=2)


def started(run: Run) -> str:
    """Write when a run began, to the minute."""
    return moment(run.started)[:16]


def moment(seconds: float) -> str:
    """Write a moment in this machine's time, to the second."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return NOTHING
