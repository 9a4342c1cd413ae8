"""What the user must be told of a run where it stands, a sentence each, and what to do about it."""

from math import ceil
from typing import Protocol

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.engines.engine import Engine
from linreg.numerics.convergence import epochs_to_converge, epochs_to_within
from linreg.optim.decay import decay_of
from linreg.optim.reach import rate_to_reach, steps_to_reach
from linreg.phase import Phase
from linreg.statistics.best_epoch import BestEpoch
from linreg.statistics.distance import MATTERS
from linreg.statistics.warnings import data_warnings
from linreg.text import shortened
from linreg.training.length import CLOSE, MOST_EPOCHS, epochs_enough
from linreg.training.minimum import above_ridge
from linreg.training.problem import Problem

_REACHES = 0.3
"""The part of the steps that reach and settle with which an optimizer has at least come near: then it is not the way
that is too long."""


class Trained(Protocol):
    """What the result reads of a trainer, which is one."""

    problem: Problem
    engine: Engine
    status: Phase
    reason: str
    epoch: int
    parameters: Vector
    best: BestEpoch | None
    seconds: float

    @property
    def outcome(self) -> Vector:
        """What the run comes to, as trained."""

    @property
    def next_rate(self) -> float:
        """The learning rate of the next step."""

    @property
    def device(self) -> str:
        """Where the parameters live."""

    @property
    def weight_names(self) -> tuple[str, ...]:
        """What the weights are called."""

    def in_original_units(self, parameters: Matrix) -> tuple[Matrix, Vector | None]:
        """Turn parameters as trained into w and b."""


def warnings_of(trainer: Trained, excess_cost: float | None, to_converge: int | None, away: float | None) -> list[str]:
    """Say what is wrong with the data, the learning rate and the outcome.

    Parameters
    ----------
    excess_cost, to_converge, away
        As `Result` has them: the last as `standard_errors_to_go`.
    """
    problem, rate = trainer.problem, trainer.engine.learning_rate
    warnings = [*problem.notices, *_data_warnings(problem), *stability_warnings(problem, rate), *_of_decay(problem)]
    if trainer.status is Phase.DIVERGED:
        warnings.append(f"the run diverged: {trainer.reason}; {_advice(trainer)}.")
    elif has_waited(trainer):
        pass  # more epochs are not what is wanted
    elif problem.ridge is not None:
        warnings += _of_ridge(trainer)
    elif excess_cost is not None and excess_cost > CLOSE and (away is None or away > MATTERS):
        warnings.append(_still_above(trainer, excess_cost, to_converge))
    elif away is not None and away > MATTERS:
        warnings.append(
            f"a parameter is {away:.2g} standard errors from least squares, although the cost is within 1e-6 of it; "
            "--until-standard-errors 0.01 goes on until it is there."
        )
    return warnings


def _still_above(trainer: Trained, excess_cost: float, to_converge: int | None) -> str:
    """Say how far the cost is above that of least squares, or where that is nothing but rounding, above nothing."""
    quadratic = trainer.problem.quadratic
    if quadratic is None or quadratic.floor >= quadratic.reference:
        return f"the cost is {_compared(excess_cost)} that of least squares; {_remedy(trainer, to_converge)}."
    share = excess_cost * quadratic.reference / quadratic.variance
    left = f"the cost is still {share:.3g} of the target's variance, and least squares leaves nothing of it"
    return f"{left}; {_remedy(trainer, to_converge, 'there')}."


def has_waited(trainer: Trained) -> bool:
    """Whether the cost of the rows that are held out has not fallen for as many epochs as the recipe's patience."""
    best, patience = trainer.best, trainer.problem.recipe.patience
    return patience is not None and best is not None and trainer.epoch - best.counted_from >= patience


def _of_ridge(trainer: Trained) -> list[str]:
    """Say how far a run with a weight decay is from where that leads."""
    problem, ridge = trainer.problem, trainer.problem.ridge
    assert ridge is not None
    assert problem.quadratic is not None
    above = above_ridge(problem.quadratic, ridge, trainer.outcome)
    if not above > CLOSE:
        return []
    return [
        f"the cost with the penalty of the weight decay is {_compared(above)} that of the ridge solution; "
        f"{_stable_or(trainer, 'more epochs, or another optimizer or learning rate, may get closer')}."
    ]


def _of_decay(problem: Problem) -> list[str]:
    """Say where a weight decay that is no part of the gradient leads."""
    decay, name = decay_of(problem.recipe.optimizer, problem.recipe.options), problem.recipe.optimizer
    if decay is None or decay.is_coupled or problem.quadratic is None:
        return []
    start = f"{shortened(name)}'s weight decay is decoupled from the cost: it leads to no ridge solution"
    if decay.bound is None:
        return [f"{start}."]
    least_squares = "which least squares is" if _is_within_bounds(problem) else "which least squares is not"
    return [
        f"{start}, but, the smaller its learning rate, the nearer to the least cost with every parameter, as trained, "
        f"within ±{decay.bound:.3g}: {least_squares}."
    ]


def _is_within_bounds(problem: Problem) -> bool:
    """Whether a decoupled decay leads to least squares all the same."""
    decay = decay_of(problem.recipe.optimizer, problem.recipe.options)
    if decay is None or decay.bound is None or problem.quadratic is None:
        return False
    return bool(np.abs(problem.quadratic.optimum).max(initial=0.0) <= decay.bound)


def _stable_or(trainer: Trained, otherwise: str) -> str:
    limit = trainer.problem.largest_stable_learning_rate
    return _advice(trainer) if limit is not None and trainer.engine.learning_rate >= limit else otherwise


def _advice(trainer: Trained) -> str:
    """Say what to change after a divergence."""
    limit, rate = trainer.problem.largest_stable_learning_rate, trainer.engine.learning_rate
    if limit == 0:
        return "no learning rate is stable with a momentum of 1 or more, set a smaller one"
    if limit is not None and rate >= limit:
        return f"train again with a learning rate below {limit:.3g}"
    return f"train again with a learning rate lower than {rate:.3g}, or on standardised data"


def _remedy(trainer: Trained, to_converge: int | None, goal: str = "within 1e-6 of it") -> str:
    """Say what would bring the cost down to that of least squares."""
    limit = trainer.problem.largest_stable_learning_rate
    if trainer.problem.recipe.decays and not _is_within_bounds(trainer.problem):
        return "weight decay keeps it there"
    if limit is not None and trainer.engine.learning_rate >= limit:
        return _advice(trainer)
    if to_converge is not None:
        return f"{to_converge:,} epochs would get {goal}"
    return _way_there(trainer, goal) or "more epochs, or another optimizer or learning rate, may get closer"


def _way_there(trainer: Trained, goal: str) -> str:
    """Say, with numbers, what would come to least squares where the optimizer that was chosen can't be foretold."""
    problem, rate = trainer.problem, trainer.engine.learning_rate
    if problem.quadratic is None:
        return ""
    name, way, n_each = problem.recipe.optimizer, problem.farthest_way(problem.quadratic), problem.steps_an_epoch
    n_steps, enough = (problem.last_epoch + 1) * n_each, rate_to_reach(name, way, (problem.last_epoch + 1) * n_each)
    wanted = steps_to_reach(name, way, rate) if rate > 0 else None
    if wanted is not None and n_steps < _REACHES * wanted:
        instead = "" if enough is None else f"--learning-rate {enough:g}, or "
        return (
            f"{name} moves a parameter by about its learning rate a step, {rate:.3g}, and the way was {way:.3g} as "
            f"trained: {instead}--epochs {ceil(wanted / n_each)} can get there"
        )
    pair, momentum = problem.quadratic.best_momentum_pair()
    known = epochs_to_converge(problem.quadratic, problem.initial_parameters(), pair, momentum, tolerance=CLOSE)
    if known is None or known > MOST_EPOCHS:
        return ""
    whole = "" if problem.recipe.batch_size is None else f" --batch-size {problem.n_samples}"
    return f"--optimizer SGD --set momentum=auto --learning-rate auto{whole} gets {goal} in {known:,} epochs"


def stability_warnings(problem: Problem, learning_rate: float) -> list[str]:
    """Say so where the learning rate is above the largest stable one."""
    limit = problem.largest_stable_learning_rate
    if limit is None or learning_rate <= limit:
        return []
    if limit == 0:
        return ["a momentum of 1 or more is never stable, whatever the learning rate: the cost does not settle."]
    factor = learning_rate / limit
    return [
        f"the learning rate {learning_rate:.3g} is {factor:{'.3f' if factor < 1.01 else '.3g'}} times the largest "
        f"stable one, {limit:.3g}: the cost grows from epoch to epoch."
    ]


def _data_warnings(problem: Problem) -> list[str]:
    moments, answer = problem.moments, problem.least_squares
    if moments is None:
        return []
    return data_warnings(moments, answer, problem.features, problem.target, bias=problem.recipe.bias)


def _compared(excess_cost: float) -> str:
    return f"{100 * excess_cost:.2g} % above" if excess_cost < 0.995 else f"{1 + excess_cost:.3g} times"


def epochs_that_matter(trainer: Trained) -> int | None:
    """Return the epoch to come from which on the data can't tell the parameters from least squares.

    None where there is none, or it is not known: of plain full-batch SGD alone, at the rate that it has now.
    """
    problem, scale = trainer.problem, trainer.problem.error_scale
    if scale is None or problem.quadratic is None or problem.sgd is None or problem.recipe.schedule is not None:
        return None
    initial, rate = problem.initial_parameters(), trainer.engine.learning_rate
    epoch = epochs_to_within(problem.quadratic, initial, rate, scale.reach, MATTERS, **problem.sgd_keywords)
    return epoch if epoch is not None and epoch > trainer.epoch else None


def epochs_that_do(trainer: Trained) -> int | None:
    """Return the last epoch of a run, at the rate that it has now, that is long enough to be left alone."""
    at_this_rate = trainer.problem.recipe.changed(learning_rate=trainer.engine.learning_rate)
    enough = epochs_enough(trainer.problem.with_recipe(at_this_rate))
    return enough if enough is not None and enough > trainer.epoch else None
