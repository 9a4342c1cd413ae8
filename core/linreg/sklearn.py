"""Gradient descent as an estimator of scikit-learn, for its pipelines, searches and scores.

An extra, ``pip install 'linreg-tui[sklearn]'``: nothing else imports this module. What it refuses is a ValueError, as
everywhere in scikit-learn, with the sentence that :func:`linreg.fit` has for it.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from linreg.arrays import Matrix, Vector
from linreg.checks import OptionValue
from linreg.data.table import Table
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.statistics.distance import MATTERS
from linreg.training.advice import has_waited
from linreg.training.build import build_engine
from linreg.training.length import CLOSE
from linreg.training.posing import pose_table
from linreg.training.result import Result
from linreg.training.trainer import Trainer

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data
except ImportError as problem:
    raise ImportError("linreg.sklearn needs scikit-learn 1.6 or newer: pip install 'linreg-tui[sklearn]'.") from problem

_PARAMETERS = {
    "weights": "sample_weight",
    "set": "options",
    "schedule-set": "schedule_options",
    "no-bias": "bias=False",
    "lr": "learning_rate",
}
"""Of the command's options those that are called otherwise here."""

__all__ = ["GradientDescentRegressor"]


def _takes_steps(regressor: "GradientDescentRegressor") -> bool:
    """Whether rows that come later can be trained on as they are."""
    if regressor.standardize:
        raise AttributeError(
            "partial_fit cannot standardise by rows that are still to come: set standardize=False, and put a scaler "
            "that has a partial_fit before it."
        )
    return True


class GradientDescentRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """y ≈ X·w + b, fitted by gradient descent as :func:`linreg.fit` does, epoch for epoch.

    Parameters
    ----------
    bias, standardize, hold_out, epochs, until_step, until_cost, until_standard_errors, patience, learning_rate, \
optimizer, options, schedule, schedule_options, criterion, reduction, batch_size, init, seed, device, dtype, engine
        As the fields of :class:`linreg.Recipe`; `options` and `schedule_options` of None are none. With a share of the
        rows to `hold_out` and a `patience`, training stops early, and keeps what predicts those rows best.

    Attributes
    ----------
    coef_, intercept_
        ``(n_features,)`` and a number, in the data's own units; without a bias 0.
    n_iter_
        How many epochs have run.
    result_
        The :class:`linreg.Result` of the fit: the exact answer beside it, standard errors, warnings. Not there after
        `partial_fit`, whose rows are only some.
    n_features_in_, feature_names_in_
        As of any estimator.
    """

    def __init__(
        self,
        *,
        bias: bool = True,
        standardize: bool = True,
        hold_out: float | str | None = None,
        epochs: int | Literal["auto"] = "auto",
        until_step: float | None = None,
        until_cost: float | None = None,
        until_standard_errors: float | None = None,
        patience: int | None = None,
        learning_rate: float | Literal["auto"] = "auto",
        optimizer: str = "SGD",
        options: Mapping[str, OptionValue] | None = None,
        schedule: str | None = None,
        schedule_options: Mapping[str, OptionValue] | None = None,
        criterion: str = "MSELoss",
        reduction: str = "mean",
        batch_size: int | None = None,
        init: str = "zeros",
        seed: int = 0,
        device: str = "auto",
        dtype: str = "auto",
        engine: str = "auto",
    ) -> None:
        self.bias = bias
        self.standardize = standardize
        self.hold_out = hold_out
        self.epochs = epochs
        self.until_step = until_step
        self.until_cost = until_cost
        self.until_standard_errors = until_standard_errors
        self.patience = patience
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.options = options
        self.schedule = schedule
        self.schedule_options = schedule_options
        self.criterion = criterion
        self.reduction = reduction
        self.batch_size = batch_size
        self.init = init
        self.seed = seed
        self.device = device
        self.dtype = dtype
        self.engine = engine

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train from the initial parameters to the last epoch, or until a stop rule holds.

        Parameters
        ----------
        X, y
            ``(n_samples, n_features)`` and ``(n_samples,)``.
        sample_weight
            ``(n_samples,)``, what each row's squared error counts; a row of weight 0 is none. It takes full batches of
            squared error.

        Raises
        ------
        ValueError
            The data or a parameter cannot be used, or the run diverged.

        Warns
        -----
        ConvergenceWarning
            The last epoch is far from least squares, with what would get there.
        """
        rows: Any = validate_data(self, X, y, dtype=np.float64, order="C", y_numeric=True)
        with _as_value_errors():
            table = self._table(rows[0], rows[1], sample_weight)
            trainer = Trainer(pose_table(self._recipe(weighted=sample_weight is not None), table))
            for _ in trainer.run(stride=max(1, trainer.last_epoch)):
                pass
        result = trainer.result()
        if result.status is Phase.DIVERGED:
            raise ValueError(_in_python(result.warnings[-1]))
        if not has_waited(trainer) and _stopped_short(result):
            warnings.warn(_in_python(result.warnings[-1]), ConvergenceWarning, stacklevel=2)
        self.coef_ = np.array(list(result.w.values()))
        self.intercept_ = 0.0 if result.b is None else result.b
        self.n_iter_ = trainer.epoch + 1
        self.result_ = result
        self._state: dict[str, Any] | None = None
        return self

    @available_if(_takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Run one more epoch on these rows, with the optimizer as the last one left it.

        From where `fit` ended, or from the initial parameters. A learning rate of ``"auto"`` comes from the first rows
        and stays. Only without `standardize`.

        Parameters
        ----------
        X, y
            ``(n_samples, n_features)`` and ``(n_samples,)``: some rows.

        Raises
        ------
        ValueError
            The data or a parameter cannot be used, or the step diverged.
        """
        if self.hold_out is not None:
            raise ValueError("partial_fit trains on all rows that it is given: leave hold_out to fit.")
        is_first = not hasattr(self, "coef_")
        rows: Any = validate_data(self, X, y, reset=is_first, dtype=np.float64, order="C", y_numeric=True)
        with _as_value_errors():
            recipe = self._recipe(weighted=False)
            if recipe.engine == "auto" and recipe.optimizer.lower() != "sparseadam":
                recipe = replace(recipe, engine="analytic")  # whose state is no other for other rows
            problem = pose_table(recipe, self._table(rows[0], rows[1]))
            engine = build_engine(problem)
            if not is_first:
                engine.restore(self._standing(engine.snapshot()))
            trace = engine.advance(1)
        parameters = trace.parameters[-1]
        if not np.isfinite(parameters).all():
            raise ValueError(f"the step of epoch {trace.last_epoch} diverged; take a lower learning_rate.")
        self.coef_ = parameters[: self.n_features_in_].copy()
        self.intercept_ = float(parameters[-1]) if self.bias else 0.0
        self.n_iter_ = engine.epoch
        self._state = engine.snapshot()
        if hasattr(self, "result_"):
            del self.result_
        return self

    def predict(self, X: ArrayLike) -> Vector:
        """Compute X·w + b, ``(n_samples,)``."""
        check_is_fitted(self)
        rows: Matrix = validate_data(self, X, reset=False, dtype=np.float64)
        prediction: Vector = rows @ self.coef_ + self.intercept_
        return prediction

    def _recipe(self, *, weighted: bool) -> Recipe:
        choices = self.get_params(deep=False)
        named: dict[str, Any] = {name: choices.pop(name) or {} for name in ("options", "schedule_options")}
        weights = "sample_weight" if weighted else None
        return Recipe(data="arrays", weights=weights, **choices, **named)

    def _table(self, X: Matrix, y: Vector, sample_weight: ArrayLike | None = None) -> Table:
        names = getattr(self, "feature_names_in_", [f"x{number}" for number in range(1, X.shape[1] + 1)])
        weights: Any = None
        if sample_weight is not None:
            weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
            if weights.shape != y.shape:
                raise ValueError(f"sample_weight must be {y.shape}, one for each row, not {weights.shape}.")
            if (weights < 0).any():
                raise ValueError(f"sample_weight has {weights.min():g}: no row counts less than nothing.")
            if not weights.any():
                raise ValueError("sample_weight is zero for every row, so that there are none: give some a weight.")
        return Table(features=tuple(names), target="y", X=X, y=np.asarray(y, np.float64), weights=weights)

    def _standing(self, start: dict[str, Any]) -> dict[str, Any]:
        """Return the state of an engine that stands where this does; `start` is its state before the first epoch."""
        if self._state is not None:
            return self._state
        import torch

        weight, bias = start["model"]["weight"], start["model"].get("bias")
        standing = {"weight": torch.as_tensor(self.coef_).reshape(weight.shape)}
        if bias is not None:
            standing["bias"] = torch.full(bias.shape, self.intercept_, dtype=torch.float64)
        return {**start, "epoch": self.n_iter_, "model": standing}


@contextmanager
def _as_value_errors() -> Iterator[None]:
    try:
        yield
    except LinregError as problem:
        raise ValueError(_in_python(str(problem))) from None


def _in_python(sentence: str) -> str:
    """Name parameters where a sentence names the command's options."""
    return re.sub(r"--([a-z][a-z-]+)", lambda option: _PARAMETERS.get(option[1], option[1].replace("-", "_")), sentence)


def _stopped_short(result: Result) -> bool:
    """Whether more epochs would change something that the data can tell; the last of the warnings then says which."""
    if result.minimum is not None:
        above = result.above_minimum
        return result.minimum.weight_decay > 0 and above is not None and above > CLOSE
    away, excess = result.standard_errors_to_go, result.excess_cost
    return away > MATTERS if away is not None else excess is not None and excess > CLOSE
