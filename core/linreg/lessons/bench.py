"""The same run once more, beside the one on the screen: what a question asks is found out by running the epochs.

Nothing is looked up in a key. A run is brought to where the other stands, by the same learning rates in the same
epochs, and from there the engine tells what comes.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.data.table import Table
from linreg.errors import LinregError
from linreg.lessons.standing import Standing
from linreg.live.rewinding import Rewinding
from linreg.numerics.minima.minimum import cost_of_residuals
from linreg.optim.sgd import SgdArguments
from linreg.phase import Phase
from linreg.text import shortened
from linreg.training.posing import pose, pose_table
from linreg.training.problem import Problem
from linreg.training.rows import open_rows
from linreg.training.trainer import Trainer

MOST_EPOCHS = 1_000_000
"""Epochs that are run to find an answer."""


@dataclass(frozen=True, eq=False)
class Bench:
    """A run that can be brought to where another stands, as often as it takes."""

    standing: Standing
    is_endless: bool = True
    """Whether as many epochs are there as a question may take, and no stop rule; else the recipe's own."""

    @cached_property
    def problem(self) -> Problem:
        """The rows, read once."""
        recipe, rows = self.standing.recipe, self.standing.rows
        if self.is_endless:
            n_epochs = MOST_EPOCHS if recipe.epochs == "auto" else max(recipe.epochs, MOST_EPOCHS)
            recipe = replace(recipe, until_step=None, until_cost=None, until_standard_errors=None, patience=None)
            recipe = replace(recipe, epochs=n_epochs)
        return pose(recipe) if rows is None else pose_table(recipe, rows)

    @cached_property
    def table(self) -> Table:
        """The rows that are trained on."""
        return self.standing.rows or self.problem.table or open_rows(self.standing.recipe).read()

    @property
    def is_plain(self) -> bool:
        """Whether a step is η times the gradient of the whole cost, and nothing else."""
        return self.problem.sgd == SgdArguments() and self.standing.recipe.schedule is None

    @property
    def has_plain_rows(self) -> bool:
        """Whether it trains on all rows of the table, and each counts alike."""
        return len(self.table.y) == self.problem.n_samples and self.standing.recipe.weights is None

    @staticmethod
    def latest_rate(run: Rewinding) -> float:
        """Return the learning rate of the step that brought a run to where it stands."""
        return run.learning_rate_of(run.trainer.epoch)

    def placed(self) -> Rewinding:
        """Stand where the other run does."""
        standing = self.standing
        run = Rewinding(Trainer(self.problem))
        if standing.first_rate is not None:
            run.change(-1, standing.first_rate)
        for change in standing.changes:
            run.change(change.epoch - 1, change.learning_rate)
        return self.ran_to(run, standing.epoch)

    @staticmethod
    def ran_to(run: Rewinding, epoch: int) -> Rewinding:
        """Let a run go on until an epoch has run, or it diverges."""
        while run.trainer.epoch < epoch and run.trainer.status is Phase.RUNNING:
            run.advance(epoch - run.trainer.epoch)
        return run

    def after(self, n_epochs: int, learning_rate: float | None = None) -> Rewinding:
        """Stand so many epochs farther, at another rate if that is given."""
        run = self.placed()
        if learning_rate is not None:
            run.change(run.trainer.epoch, learning_rate)
        return self.ran_to(run, run.trainer.epoch + n_epochs)

    def path(self, n_epochs: int, learning_rate: float | None = None) -> Matrix:
        """Return the parameters as trained from here on, ``(1 + n, n_parameters)``, fewer where the run diverges."""
        run = self.placed()
        if learning_rate is not None:
            run.change(run.trainer.epoch, learning_rate)
        rows, goal = [run.trainer.parameters[np.newaxis]], run.trainer.epoch + n_epochs
        while run.trainer.epoch < goal and run.trainer.status is Phase.RUNNING:
            rows.append(run.advance(goal - run.trainer.epoch).parameters)
        return np.concatenate(rows)

    def index_of(self, name: str) -> int:
        """Return the column of a parameter: of a feature, of ``w`` where there is one feature, or of ``b``.

        Raises
        ------
        LinregError
            There is no such parameter.
        """
        features, bias = self.problem.features, self.standing.recipe.bias
        if name in features:
            return features.index(name)
        if name == "w" and len(features) == 1:
            return 0
        if name == "b" and bias:
            return len(features)
        known = ", ".join((*features, *(("w",) if len(features) == 1 else ()), *(("b",) if bias else ())))
        raise LinregError(f"there is no parameter {shortened(name)!r}: there are {shortened(known, 200)}.")

    def in_units(self, run: Rewinding) -> Vector:
        """Return the parameters where a run stands, in the data's own units: w, then b where there is one."""
        w, b = run.trainer.in_original_units(run.trainer.parameters)
        return w if b is None else np.append(w, b)

    def cost(self, parameters: Vector) -> float:
        """Return the cost of parameters as trained: exact of a quadratic, else worked out from the rows."""
        if self.problem.quadratic is not None:
            return float(self.problem.quadratic.cost(self.problem.quadratic.excess(parameters)))
        recipe, table = self.standing.recipe, self.table
        w, b = self.problem.scaling.to_original(parameters, recipe.bias)
        residual = table.X @ w + (b if recipe.bias else 0.0) - table.y
        costs = cost_of_residuals(recipe.criterion, residual)
        return float(costs.sum() if recipe.reduction == "sum" else costs.mean())
