"""What a run came to, and how far it can be trusted."""

from dataclasses import asdict, dataclass, fields
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.arrays import Vector
from linreg.engines.engine import OnRows
from linreg.errors import LinregError
from linreg.numerics.convergence import epochs_to_converge
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minimum import Fit, Minimum
from linreg.numerics.moments import Moments
from linreg.phase import Phase
from linreg.statistics.distance import to_go
from linreg.statistics.figures import aligned, as_html
from linreg.statistics.held_out import Score
from linreg.statistics.inference import summary_of
from linreg.statistics.summary import Summary
from linreg.statistics.warnings import undetermined
from linreg.training.advice import Trained, warnings_of
from linreg.training.held_out import score_of
from linreg.training.length import CLOSE
from linreg.training.minimum import above_ridge


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
    standard_errors_to_go
        How many of its standard errors the farthest parameter is from least squares; None where the run does not lead
        there (weight decay, another criterion, a module), or the rows do not tell how large the errors are.
    target
        The column that is predicted.
    minimum
        Where another criterion is least, for a linear model, and what least squares costs by it; with a weight decay in
        the gradient of the full batch's squared error the ridge solution. None for the squared error else, of a module,
        of several processes, and where it was not waited for or not found.
    ridge_excess
        How far the cost with the decay's penalty is above that of the ridge solution, as a part of it.
    rmse
        Root of the mean squared error of the rows that were trained on; None where it is not known.
    held_out
        The same and the cost of the rows that were held out; None where none were.
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
    standard_errors_to_go: float | None = None
    target: str = ""
    minimum: Minimum | None = None
    ridge_excess: float | None = None
    rmse: float | None = None
    held_out: Score | None = None

    @property
    def above_minimum(self) -> float | None:
        """(cost − cost*) / cost*, with cost* that of `minimum`, penalties included; None where not known, or 0."""
        least = self.minimum
        if least is not None and least.weight_decay:
            return self.ridge_excess
        return None if least is None or not least.cost > 0 else max(0.0, self.cost / least.cost - 1)

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
                "standard_errors": self._by_name(answer.standard_errors),
            }
        least = self.minimum
        if least is not None:
            record["minimum"] = {
                "criterion": least.criterion,
                **self._fit(least),
                "is_unique": least.is_unique,
                "excess_cost": self.above_minimum,
                "least_squares": self._fit(least.least_squares),
            }
            if least.weight_decay:
                record["minimum"] |= {"weight_decay": least.weight_decay, "penalty": least.penalty}
        if self.held_out is not None:
            record["held_out"] = asdict(self.held_out)
        return record

    def _fit(self, fit: Fit | Minimum) -> dict[str, Any]:
        w = dict(zip(self.w, fit.w.tolist(), strict=True))
        return {"w": w, "b": None if self.b is None else fit.b, "cost": fit.cost}

    def summary(self, level: float = 0.95) -> Summary:
        """Say what the exact answer is worth, as :func:`linreg.summary` does: standard errors, t, p, intervals, F.

        Raises
        ------
        LinregError
            There is no exact answer, or the rows do not tell how large the errors are.
        """
        answer = self.least_squares
        if answer is None:
            raise LinregError("there is no least-squares answer to summarise: it takes a linear model and MSELoss.")
        names, bias = tuple(self.w), self.b is not None
        warnings = undetermined(answer, names)
        return summary_of(answer, names, self.target, self.n_samples, bias=bias, level=level, warnings=warnings)

    def _by_name(self, values: Vector | None) -> dict[str, Any] | None:
        """Return one value for each parameter as the JSON result has w and b."""
        if values is None:
            return None
        w = dict(zip(self.w, values.tolist(), strict=False))
        return {"w": w, "b": None if self.b is None else float(values[-1])}

    def _repr_html_(self) -> str:
        answer, now = self.least_squares, [*self.w.values(), *([] if self.b is None else [self.b])]
        names, columns = [*self.w, *([] if self.b is None else ["b"])], {"now": aligned([f"{x:.7g}" for x in now])}
        if answer is not None:
            exact = np.append(answer.w, answer.b)[: len(now)].tolist()
            columns["least squares"] = aligned([f"{x:.7g}" for x in exact])
        if self.minimum is not None:
            exact = np.append(self.minimum.w, self.minimum.b)[: len(now)].tolist()
            columns[self.minimum.name] = aligned([f"{x:.7g}" for x in exact])
        rows = [[name, *cells] for name, *cells in zip(names, *columns.values(), strict=True)]
        said = [f"{self.status}: {self.reason}", *([] if self.r2 is None else [f"R² {self.r2:.6f}"])]
        if self.held_out is not None:
            said.append(self.held_out.words(self.rmse))
        if self.standard_errors_to_go is not None:
            said.append(to_go(self.standard_errors_to_go))
        said += [f"warning: {warning}" for warning in self.warnings]
        table = as_html("gradient descent", [["", *columns], *rows], said)
        has_summary = answer is not None and answer.standard_errors is not None
        return table + (self.summary()._repr_html_() if has_summary else "")


def result_of(trainer: Trained) -> Result:
    """Take stock of a trainer where it stands."""
    problem, quadratic = trainer.problem, trainer.problem.quadratic
    w, b = trainer.in_original_units(trainer.parameters)
    cost, mse = trainer.engine.cost_of(trainer.parameters), _mean_squared_error(trainer, w, b)
    excess_cost = None if quadratic is None else excess_cost_of(quadratic, float(quadratic.excess(trainer.parameters)))
    scale, to_converge = problem.error_scale, _epochs_to_converge(trainer)
    away = None if scale is None else float(scale.distance(trainer.parameters))
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
        learning_rate=trainer.engine.learning_rate,
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
    )


def _ridge_excess(trainer: Trained) -> float | None:
    ridge, quadratic = trainer.problem.ridge, trainer.problem.quadratic
    return None if ridge is None or quadratic is None else above_ridge(quadratic, ridge, trainer.parameters)


def excess_cost_of(quadratic: Quadratic, excess: float) -> float | None:
    """Divide a cost above least squares by the least-squares cost, or by var(y)·1e-15 where that is more."""
    if quadratic.reference == 0:
        return 0.0 if excess == 0 else None
    return excess / quadratic.reference


def _mean_squared_error(trainer: Trained, w: Vector, b: Vector | None) -> float | None:
    """Return that of the rows of all ranks; None where neither moments nor rows could tell."""
    problem, engine = trainer.problem, trainer.engine
    if problem.moments is not None and problem.recipe.module is None:
        return float(problem.moments.cost(w, b if b is not None else 0.0))
    if problem.table is None or not isinstance(engine, OnRows):
        return None
    residual = problem.table.y - engine.predict(trainer.parameters)
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
