"""Everything that is known before the first epoch: the data as moments or rows, their scaling, the cost's curvature.

Training on moments reads the rows once, batch by batch, and forgets them; only the lecture's loop keeps them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Vector
from linreg.data.levels import Category
from linreg.engines.choice import Choice, choose_engine
from linreg.engines.ranks import ALONE, Ranks
from linreg.errors import LinregError
from linreg.numerics.curvature import Quadratic, answer_and_curvature
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Minimum
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.optim.reach import rate_to_reach
from linreg.optim.sgd import SgdArguments, SgdKeywords, sgd_arguments
from linreg.recipe import Recipe
from linreg.statistics.distance import ErrorScale, error_scale
from linreg.statistics.held_out import HeldOut, Residuals
from linreg.training.held_out import residuals_of
from linreg.training.length import epochs_enough
from linreg.training.minimum import MinimumSearch, ridge_of

if TYPE_CHECKING:
    from linreg.data.table import Table


_ROWS = (
    "data",
    "dialect",
    "target",
    "features",
    "exclude",
    "drop_missing",
    "categorical",
    "weights",
    "hold_out",
    "standardize",
    "bias",
)
"""The fields of a recipe that the rows and their scaling follow from."""
_WORKED_OUT = {
    "least_squares": ("module", "criterion"),
    "quadratic": ("module", "criterion", "reduction"),
    "minimum_search": ("module", "criterion", "reduction", "options"),
}
"""What takes long to work out of the rows, and the other fields of a recipe that it depends on."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A recipe with its data.

    Attributes
    ----------
    recipe, choice
        What to train, and on which engine.
    features, target
        The columns' names.
    n_samples, n_dropped
        Rows used, and rows left out because a cell was missing.
    moments
        Of the rows in the data's own units; None where nobody needs those of so many features, or memory lacks.
    scaling
        From the data's units to those that are trained on.
    notices
        What the user must be told of the columns, a sentence each.
    table
        The rows, where the engine needs them: those of this rank.
    ranks, row_numbers
        The processes that share the rows while training, and the place of this one's in the whole table.
    categories
        The columns of categories that some of the features stand for.
    held_out
        Rows that none of the others are: neither trained on nor scaled by.
    first_epoch
        The first that runs on these rows; those before it ran on others. The recipe's epochs are counted from it.
    """

    recipe: Recipe
    choice: Choice
    features: tuple[str, ...]
    target: str
    n_samples: int
    n_dropped: int
    moments: Moments | None
    scaling: Scaling
    notices: tuple[str, ...] = ()
    table: "Table | None" = None
    ranks: Ranks = ALONE
    row_numbers: tuple[range, ...] = ()
    categories: tuple[Category, ...] = ()
    held_out: HeldOut | None = None
    first_epoch: int = 0

    @cached_property
    def least_squares(self) -> LeastSquares | None:
        """The exact answer, for a linear model under squared error; else None."""
        return None if self._solved is None else self._solved[0]

    @cached_property
    def error_scale(self) -> ErrorScale | None:
        """What the parameters' distance to the exact answer is measured by; None where that would be untrue."""
        return error_scale(self.recipe, self.least_squares, self.scaling)

    @cached_property
    def quadratic(self) -> Quadratic | None:
        """The cost over the parameters as trained, for a linear model under squared error; else None."""
        return None if self._solved is None else self._solved[1]

    @cached_property
    def _solved(self) -> tuple[LeastSquares, Quadratic] | None:
        if self.moments is None or self.recipe.module is not None or self.recipe.criterion != "MSELoss":
            return None
        return answer_and_curvature(self.moments, self.scaling, self.recipe.bias, self.recipe.reduction)

    @cached_property
    def minimum_search(self) -> MinimumSearch:
        """What finds the exact minimum of a criterion that is no squared error; it takes all rows of the table."""
        return MinimumSearch(self.recipe, self.table if self.ranks.n_ranks == 1 else None)

    @cached_property
    def ridge(self) -> Minimum | None:
        """Where a weight decay in the gradient leads instead of least squares; None where there is none."""
        return ridge_of(self.recipe, self.quadratic, self.least_squares, self.scaling)

    @cached_property
    def held_out_residuals(self) -> Residuals | None:
        """What tells the residuals of the rows that are held out; None of a module, and where there are none."""
        return residuals_of(self)

    @property
    def minimum(self) -> Minimum | None:
        """The run's own exact answer where that is not least squares, as far as it is known by now."""
        return self.ridge or self.minimum_search.known

    @cached_property
    def sgd(self) -> SgdArguments | None:
        """SGD's arguments with `momentum` decided, where full-batch SGD is what trains; else None."""
        recipe = self.recipe
        if recipe.optimizer.lower() != "sgd":
            return None
        arguments = sgd_arguments(recipe.options)
        if arguments is None or arguments.momentum != "auto":
            return arguments if recipe.batch_size is None else None
        if self.quadratic is None or recipe.batch_size is not None:
            raise LinregError(
                "--set momentum=auto comes from the curvature of the mean squared error over the full batch; "
                "leave out --batch-size, --criterion and --module, or give momentum a number."
            )
        _, momentum = self.quadratic.best_momentum_pair()
        return replace(arguments, momentum=momentum, nesterov=arguments.nesterov and momentum > 0)

    @cached_property
    def learning_rate(self) -> float | None:
        """The rate to train with; None leaves it to the optimizer's own default."""
        if self.recipe.learning_rate != "auto":
            return self.recipe.learning_rate
        if self.quadratic is None:
            return None
        if self.sgd is None:
            return self._rate_to_reach(self.quadratic)
        if str(self.recipe.options.get("momentum")).lower() == "auto" and not self.sgd.nesterov:
            learning_rate, _ = self.quadratic.best_momentum_pair()
        else:
            learning_rate = self.quadratic.best_learning_rate(**self.sgd_keywords)
        return learning_rate if np.isfinite(learning_rate) else None

    def _rate_to_reach(self, quadratic: Quadratic) -> float | None:
        """Return the rate with which the optimizer can come to the answer in time; None: its own default can."""
        recipe = self.recipe
        rate = rate_to_reach(
            recipe.optimizer, self.farthest_way(quadratic), (recipe.last_epoch + 1) * self.steps_an_epoch
        )
        if rate is None:
            return None
        from linreg.optim.optimizers import default_learning_rate, find

        default = default_learning_rate(find(recipe.optimizer))
        return None if default is not None and default >= rate else rate

    def farthest_way(self, quadratic: Quadratic) -> float:
        """Return how far, as trained, the farthest parameter is from the answer at the start."""
        return float(np.abs(quadratic.optimum - self.initial_parameters()).max(initial=0.0))

    @property
    def steps_an_epoch(self) -> int:
        """How many steps the optimizer takes in an epoch: one for each batch."""
        return 1 if self.recipe.batch_size is None else -(-self.n_samples // self.recipe.batch_size)

    @cached_property
    def last_epoch(self) -> int:
        """The last epoch: the recipe's, or as many as do where that is left to the curvature and it tells."""
        told = epochs_enough(self) if self.recipe.epochs == "auto" else None
        return self.first_epoch + (self.recipe.last_epoch if told is None else told)

    @cached_property
    def settled_recipe(self) -> Recipe:
        """The recipe with the number of epochs that are run, and of those between two that are printed."""
        recipe = self.recipe.settled(self.last_epoch - self.first_epoch)
        if recipe.schedule is None:
            return recipe
        from linreg.optim import schedules

        options = schedules.with_lengths(schedules.find(recipe.schedule), recipe.schedule_options, self.last_epoch + 1)
        return replace(recipe, schedule_options=options)

    @property
    def every(self) -> int:
        """How many epochs lie between two that are printed."""
        return self.settled_recipe.printed_every

    @property
    def sgd_keywords(self) -> SgdKeywords:
        """SGD's arguments, every one a number."""
        assert self.sgd is not None
        assert self.sgd.momentum != "auto"
        return {
            "momentum": self.sgd.momentum,
            "dampening": self.sgd.dampening,
            "nesterov": self.sgd.nesterov,
            "weight_decay": self.sgd.weight_decay,
        }

    @property
    def largest_stable_learning_rate(self) -> float | None:
        """The rate beyond which full-batch SGD diverges; None where there is no such limit to know."""
        if self.quadratic is None or self.sgd is None:
            return None
        return self.quadratic.largest_stable_learning_rate(**self.sgd_keywords)

    def reseeded(self) -> "Problem":
        """Pose the same problem with initial parameters that have not been used yet: random ones, of the next seed."""
        recipe = self.recipe
        is_fixed = recipe.init == "zeros" or recipe.start is not None
        init = "normal" if is_fixed and recipe.module is None else recipe.init
        return self.with_recipe(recipe.changed(init=init, seed=recipe.seed + 1))

    def with_recipe(self, recipe: Recipe) -> "Problem":
        """Pose the same rows to another recipe; what is worked out of them is shared where it is the same.

        Raises
        ------
        LinregError
            The recipe names an engine that cannot serve it.
        ValueError
            It needs other rows or another scaling, or rows of which there are only the moments.
        """

        def agree_on(fields: Iterable[str]) -> bool:
            return all(getattr(recipe, field) == getattr(self.recipe, field) for field in fields)

        recipe = in_one_batch(recipe.divided, self.n_samples)
        choice = choose_engine(recipe, self.ranks.n_ranks)
        if not agree_on(_ROWS) or (choice.needs_rows and self.table is None):
            raise ValueError("the recipe needs rows that are not here; pose it by itself")
        posed = replace(self, recipe=recipe, choice=choice)
        for name, fields in _WORKED_OUT.items():
            if agree_on(fields):
                vars(posed)[name] = getattr(self, name)  # where cached_property keeps a value
        return posed

    def with_rows(self, table: "Table", moments: Moments, scaling: Scaling, first_epoch: int = 0) -> "Problem":
        """Pose the same recipe to other rows, from an epoch on; of SGD's momentum that follows from rows, the number.

        Parameters
        ----------
        moments
            Of these rows, so that nobody passes over them again.
        """
        own = None if self.table is None else table
        changed = replace(self, n_samples=len(table.y), moments=moments, scaling=scaling, table=own)
        changed = replace(changed, first_epoch=first_epoch)
        if first_epoch:
            vars(changed)["sgd"] = self.sgd  # where cached_property keeps a value
        return changed

    def initial_parameters(self) -> Vector:
        """Return where the parameters start, ``(n_parameters,)``, as trained.

        Raises
        ------
        LinregError
            The recipe gives their numbers, and there are more or fewer parameters.
        """
        from linreg.nn.initial import given_parameters, initial_parameters

        if self.recipe.start is not None:
            return given_parameters(self.recipe.start, self.features, self.scaling, self.recipe.bias)
        return initial_parameters(self.recipe.init, self.recipe.seed, len(self.features), self.recipe.bias)


def in_one_batch(recipe: Recipe, n_samples: int) -> Recipe:
    """Take a batch of all rows for the full batch, with everything that is known of that."""
    return replace(recipe, batch_size=None) if (recipe.batch_size or 0) >= n_samples else recipe
