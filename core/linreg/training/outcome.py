"""What a trainer has come to where it stands, taken stock of as a result."""

from math import sqrt

import numpy as np

from linreg.arrays import Vector
from linreg.engines.engine import OnRows
from linreg.numerics.convergence import epochs_to_converge
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments
from linreg.statistics.best_epoch import BestFit
from linreg.training.advice import Trained, warnings_of
from linreg.training.held_out import score_of
from linreg.training.length import CLOSE
from linreg.training.minimum import above_ridge
from linreg.training.result import Result


def result_of(trainer: Trained) -> Result:
    """Take stock of a trainer where it stands."""
    problem, quadratic = trainer.problem, trainer.problem.quadratic
    w, b = trainer.in_original_units(trainer.outcome)
    cost, mse = trainer.engine.cost_of(trainer.outcome), _mean_squared_error(trainer, w, b)
    excess_cost = None if quadratic is None else excess_cost_of(quadratic, float(quadratic.excess(trainer.outcome)))
    scale, to_converge = problem.error_scale, _epochs_to_converge(trainer)
    away = None if scale is None else float(scale.distance(trainer.outcome))
    return Result(
        status=trainer.status,
        reason=trainer.reason,
        epoch=trainer.epoch if trainer.epoch >= 0 else None,
        w=dict(zip(trainer.weight_names, w.tolist(), strict=True)),
        b=None if b is None else float(b),
        cost=cost,
        r2=_r2(trainer, mse),
        least_squares=problem.least_squares,
        excess_cost=excess_cost,
        epochs_to_converge=to_converge,
        condition_number=None if quadratic is None else quadratic.condition_number,
        largest_stable_learning_rate=problem.largest_stable_learning_rate,
        learning_rate=trainer.next_rate,
        engine=trainer.engine.name,
        device=trainer.device,
        n_samples=problem.n_samples,
        seconds=trainer.seconds,
        warnings=tuple(warnings_of(trainer, excess_cost, to_converge, away)),
        is_linear=problem.recipe.module is None,
        standard_errors_to_go=away,
        target=problem.target,
        minimum=problem.minimum,
        ridge_excess=_ridge_excess(trainer),
        rmse=None if mse is None else sqrt(mse),
        held_out=score_of(trainer),
        best=_best_fit(trainer),
    )


def _best_fit(trainer: Trained) -> BestFit | None:
    best = trainer.best
    if best is None:
        return None
    w, b = trainer.in_original_units(best.parameters)
    return BestFit(
        epoch=best.epoch,
        held_out_cost=best.held_out_cost,
        cost=trainer.engine.cost_of(best.parameters),
        w=dict(zip(trainer.weight_names, w.tolist(), strict=True)),
        b=None if b is None else float(b),
    )


def _ridge_excess(trainer: Trained) -> float | None:
    ridge, quadratic = trainer.problem.ridge, trainer.problem.quadratic
    return None if ridge is None or quadratic is None else above_ridge(quadratic, ridge, trainer.outcome)


def excess_cost_of(quadratic: Quadratic, excess: float) -> float | None:
    """Divide a cost above least squares by the least-squares cost, or by var(y)·1e-15 where that is more."""
    if quadratic.reference == 0:
        return 0.0 if excess == 0 else None
    return excess / quadratic.reference


def _mean_squared_error(trainer: Trained, w: Vector, b: Vector | None) -> float | None:
    """Return that of the rows of all ranks; None where neither moments nor rows could tell."""
    problem, engine = trainer.problem, trainer.engine
    quadratic = problem.quadratic
    if quadratic is not None and problem.moments is not None and problem.moments.factor is None:
        cost = float(quadratic.cost(quadratic.excess(trainer.outcome)))
        return cost / problem.n_samples if problem.recipe.reduction == "sum" else cost
    if problem.moments is not None and problem.recipe.module is None:
        return float(problem.moments.cost(w, b if b is not None else 0.0))
    if problem.table is None or not isinstance(engine, OnRows):
        return None
    residual = problem.table.y - engine.predict(trainer.outcome)
    return sum(problem.ranks.gather(float(np.square(residual).sum()))) / problem.n_samples


def _r2(trainer: Trained, mse: float | None) -> float | None:
    """Compare the squared error of the parameters with that of the target's mean."""
    problem = trainer.problem
    if mse is None:
        return None
    if problem.moments is not None:
        return problem.moments.r2(mse)
    assert problem.table is not None
    y = problem.table.y
    return problem.ranks.total(Moments.of(np.empty((len(y), 0)), y)).r2(mse)


def _epochs_to_converge(trainer: Trained) -> int | None:
    problem = trainer.problem
    if problem.quadratic is None or problem.sgd is None or problem.recipe.schedule is not None:
        return None
    return epochs_to_converge(
        problem.quadratic,
        problem.initial_parameters(),
        trainer.engine.learning_rate,
        tolerance=CLOSE,
        **problem.sgd_keywords,
    )
