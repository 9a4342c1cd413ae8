"""What a run came to, and how far it can be trusted."""

from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.arrays import Matrix, Vector
from linreg.engines.engine import Engine, OnRows
from linreg.errors import LinregError
from linreg.numerics.convergence import epochs_to_converge
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.phase import Phase
from linreg.statistics.warnings import data_warnings
from linreg.training.problem import Problem

CLOSE = 1e-6
"""An excess cost up to this counts as having reached least squares."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The end of a run, in the data's own units.

    Attributes
    ----------
    status, reason
        How the run ended, in a word and in a phrase.
    epoch
        The last epoch with finite numbers; None if there was none.
    w, b
        The weights by feature (or every scalar of the user's own module by name) after that epoch; b is None without a
        bias.
    cost
        The cost of these parameters: the row of an epoch holds the cost that the epoch *started* from.
    r2
        1 − SSE / SST of these parameters; None where the target is constant.
    least_squares
        The exact answer for a linear model under squared error; None elsewhere.
    excess_cost
        (cost − cost*) / max(cost*, var(y)·1e-15), with cost* that of least squares.
    epochs_to_converge
        Epochs from the start of the run until the excess cost is at most 1e-6; None where that is never or not known.
    condition_number
        Of the cost's Hessian over the parameters as trained: largest over smallest eigenvalue.
    largest_stable_learning_rate
        Beyond it full-batch SGD diverges; None elsewhere.
    seconds
        Spent training.
    warnings
        One sentence each.
    is_linear
        Whether w and b are those of X·w + b, and not the scalars of the user's own module.
    """

    status: Phase
    reason: str
    epoch: int | None
    w: dict[str, float]
    b: float | None
    cost: float
    r2: float | None
    least_squares: LeastSquares | None
    excess_cost: float | None
    epochs_to_converge: int | None
    condition_number: float | None
    largest_stable_learning_rate: float | None
    learning_rate: float
    engine: str
    device: str
    n_samples: int
    seconds: float
    warnings: tuple[str, ...]
    is_linear: bool

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Compute X·w + b, ``(n_samples,)``.

        Parameters
        ----------
        X
            ``(n_samples, n_features)`` in the order of `w`, or ``(n_samples,)`` for one feature. Of a data frame, the
            columns of these names, in any order.

        Raises
        ------
        LinregError
            X has another shape, lacks a column or does not hold finite numbers, or a module of the user's own was
            trained.
        """
        if not self.is_linear:
            raise LinregError(
                "a module of your own was trained, and w holds its parameters by name, no weights of the features; "
                "load them into the module, and call that."
            )
        from linreg.data.arrays import rows_of

        prediction: NDArray[np.float64] = rows_of(X, tuple(self.w)) @ np.array(list(self.w.values())) + (self.b or 0.0)
        return prediction

    def as_dict(self) -> dict[str, Any]:
        """Return every field as the JSON result has it: least squares by feature."""
        record = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "is_linear"}
        answer = self.least_squares
        if answer is not None:
            record["least_squares"] = {
                "w": dict(zip(self.w, answer.w.tolist(), strict=True)),
                "b": self.b if self.b is None else answer.b,
                "cost": answer.cost,
            }
        return record


class Trained(Protocol):
    """What the result reads of a trainer, which is one."""

    problem: Problem
    engine: Engine
    status: Phase
    reason: str
    epoch: int
    parameters: Vector
    seconds: float

    @property
    def device(self) -> str:
        """Where the parameters live."""

    @property
    def weight_names(self) -> tuple[str, ...]:
        """What the weights are called."""

    def in_original_units(self, parameters: Matrix) -> tuple[Matrix, Vector | None]:
        """Turn parameters as trained into w and b."""


def result_of(trainer: Trained) -> Result:
    """Take stock of a trainer where it stands."""
    problem, quadratic = trainer.problem, trainer.problem.quadratic
    w, b = trainer.in_original_units(trainer.parameters)
    cost = trainer.engine.cost_of(trainer.parameters)
    excess_cost = None if quadratic is None else excess_cost_of(quadratic, float(quadratic.excess(trainer.parameters)))
    to_converge = _epochs_to_converge(trainer)
    return Result(
        status=trainer.status,
        reason=trainer.reason,
        epoch=trainer.epoch if trainer.epoch >= 0 else None,
        w=dict(zip(trainer.weight_names, w.tolist(), strict=True)),
        b=None if b is None else float(b),
        cost=cost,
        r2=_r2(trainer, w, b),
        least_squares=problem.least_squares,
        excess_cost=excess_cost,
        epochs_to_converge=to_converge,
        condition_number=None if quadratic is None else quadratic.condition_number,
        largest_stable_learning_rate=problem.largest_stable_learning_rate,
        learning_rate=trainer.engine.learning_rate,
        engine=trainer.engine.name,
        device=trainer.device,
        n_samples=problem.n_samples,
        seconds=trainer.seconds,
        warnings=tuple(_warnings(trainer, excess_cost, to_converge)),
        is_linear=problem.recipe.module is None,
    )


def excess_cost_of(quadratic: Quadratic, excess: float) -> float | None:
    """Divide a cost above least squares by the least-squares cost, or by var(y)·1e-15 where that is more."""
    if quadratic.reference == 0:
        return 0.0 if excess == 0 else None
    return excess / quadratic.reference


def _r2(trainer: Trained, w: Vector, b: Vector | None) -> float | None:
    """Compare the squared error of the parameters with that of the target's mean."""
    problem, engine = trainer.problem, trainer.engine
    if problem.moments is not None and problem.recipe.module is None:
        return problem.moments.r2(float(problem.moments.cost(w, b if b is not None else 0.0)))
    if problem.table is None or not isinstance(engine, OnRows):  # neither moments nor rows could tell
        return None
    y, ranks = problem.table.y, problem.ranks
    residual = y - engine.predict(trainer.parameters)
    unexplained = sum(ranks.gather(float(np.square(residual).sum())))
    total = float(ranks.total(Moments.of(np.empty((len(y), 0)), y)).cross[-1, -1])
    return 1 - unexplained / total if total > 0 else None


def _epochs_to_converge(trainer: Trained) -> int | None:
    problem = trainer.problem
    if problem.quadratic is None or problem.sgd is None:
        return None
    return epochs_to_converge(
        problem.quadratic,
        problem.initial_parameters(),
        trainer.engine.learning_rate,
        tolerance=CLOSE,
        **problem.sgd_keywords,
    )


def _warnings(trainer: Trained, excess_cost: float | None, to_converge: int | None) -> list[str]:
    problem, rate = trainer.problem, trainer.engine.learning_rate
    warnings = [*problem.notices, *_data_warnings(problem), *stability_warnings(problem, rate)]
    if trainer.status is Phase.DIVERGED:
        warnings.append(f"the run diverged: {trainer.reason}; {_advice(trainer)}.")
    elif excess_cost is not None and excess_cost > CLOSE:
        remedy = _remedy(trainer, to_converge)
        warnings.append(f"the cost is {_compared(excess_cost)} that of least squares; {remedy}.")
    return warnings


def _advice(trainer: Trained) -> str:
    """Say what to change after a divergence."""
    limit, rate = trainer.problem.largest_stable_learning_rate, trainer.engine.learning_rate
    if limit == 0:
        return "no learning rate is stable with a momentum of 1 or more, set a smaller one"
    if limit is not None and rate >= limit:
        return f"train again with a learning rate below {limit:.3g}"
    return f"train again with a learning rate lower than {rate:.3g}, or on standardised data"


def _remedy(trainer: Trained, to_converge: int | None) -> str:
    """Say what would bring the cost down to that of least squares."""
    limit, sgd = trainer.problem.largest_stable_learning_rate, trainer.problem.sgd
    if (sgd is not None and sgd.weight_decay > 0) or str(trainer.problem.recipe.options.get("weight_decay", 0)) != "0":
        return "weight decay keeps it there"
    if limit is not None and trainer.engine.learning_rate >= limit:
        return _advice(trainer)
    if to_converge is not None:
        return f"{to_converge:,} epochs would get within 1e-6 of it"
    return "more epochs, or another optimizer or learning rate, may get closer"


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
