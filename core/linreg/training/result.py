"""What a run came to, and how far it can be trusted."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Fit, Minimum
from linreg.phase import Phase
from linreg.statistics.best_epoch import BestFit
from linreg.statistics.distance import to_go
from linreg.statistics.figures import aligned, as_html
from linreg.statistics.held_out import Score, r2_words
from linreg.statistics.inference import summary_of
from linreg.statistics.summary import Summary
from linreg.statistics.warnings import undetermined


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
        The weights by feature (or every scalar of the user's own module by name) after that epoch, or with patience
        after the best; b is None without a bias.
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
    best
        The epoch whose parameters cost least of those rows, and what they are; None where none were, or not every epoch
        was looked at. With `patience` these are the w and b of a run that is over.
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
    best: BestFit | None = None

    @property
    def above_minimum(self) -> float | None:
        """(cost − cost*) / cost*, with cost* that of `minimum`, penalties included; None where not known, or 0."""
        least = self.minimum
        if least is not None and least.weight_decay:
            return self.ridge_excess
        return None if least is None or not least.cost > 0 else max(0.0, self.cost / least.cost - 1)

    @property
    def is_best(self) -> bool:
        """Whether w and b are those after the best epoch although others have run since."""
        best = self.best
        return best is not None and best.epoch != self.epoch and (best.w, best.b) == (self.w, self.b)

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
        if self.best is not None:
            record["best"] = asdict(self.best)
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
        said = [f"{self.status}: {self.reason}", *([] if self.r2 is None else [r2_words(self.r2)])]
        if self.held_out is not None:
            said.append(self.held_out.words(self.rmse))
        if self.best is not None:
            said.append(self.best.words(is_kept=self.is_best))
        if self.standard_errors_to_go is not None:
            said.append(to_go(self.standard_errors_to_go))
        said += [f"warning: {warning}" for warning in self.warnings]
        table = as_html("gradient descent", [["", *columns], *rows], said)
        has_summary = answer is not None and answer.standard_errors is not None
        return table + (self.summary()._repr_html_() if has_summary else "")
