"""How a recorded run ended, in the words and values of a live one."""

from linreg.phase import Phase
from linreg.store.run import Run
from linreg.training.facts import Facts
from linreg.training.result import Result


def phase_at_end(run: Run, last: int) -> tuple[Phase, str]:
    """Return how a run stands after the last epoch that is kept, and a phrase that says why.

    One that has not come to its end is paused there.
    """
    if run.status.has_ended and run.epoch == last:
        return run.status, run.reason
    if run.is_alive:
        return Phase.PAUSED, "the run is still going on"
    return Phase.PAUSED, f"{run.status}: {run.reason}" if run.reason else run.status


def result_of_run(run: Run, facts: Facts) -> Result | None:
    """Return what a run came to; None where the store does not say, or another version of linreg said it otherwise."""
    try:
        values = dict(run.result or {})
        exact = None if values["least_squares"] is None else facts.least_squares
        status, warnings = Phase(values["status"]), tuple(values["warnings"])
        known = {"status": status, "warnings": warnings, "least_squares": exact, "is_linear": facts.is_linear}
        return Result(**{**values, **known})
    except (KeyError, TypeError, ValueError):
        return None
