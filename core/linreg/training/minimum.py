"""A run's own exact answer where that is not least squares: the ridge solution, or the minimum of another criterion.

Least squares follows from the moments before the first epoch, and so does the ridge solution. What the other criteria
are least at takes the rows, and a while; so it is looked for once, on a thread of its own in nobody's way, and who
waits for nothing asks what is `known` by now.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Fit, Minimum, minimum_of
from linreg.numerics.scaling import Scaling
from linreg.numerics.shrinkage import above_rest, penalty, shrunken
from linreg.optim.decay import decay_of
from linreg.recipe import Recipe

if TYPE_CHECKING:
    from linreg.data.table import Table


def ridge_of(
    recipe: Recipe, quadratic: Quadratic | None, answer: LeastSquares | None, scaling: Scaling
) -> Minimum | None:
    """Return where a weight decay in the gradient of the full batch's squared error leads; None where it does not."""
    decay = decay_of(recipe.optimizer, recipe.options)
    if decay is None or not decay.is_coupled or recipe.batch_size is not None or quadratic is None or answer is None:
        return None
    trained = shrunken(quadratic, decay.amount)
    w, b = scaling.to_original(trained, recipe.bias)
    return Minimum(
        criterion=recipe.criterion,
        w=w,
        b=float(b),
        cost=float(quadratic.cost(quadratic.excess(trained))),
        is_unique=True,
        least_squares=Fit(answer.w, answer.b, quadratic.floor),
        weight_decay=decay.amount,
        penalty=float(penalty(trained, decay.amount)),
    )


def above_ridge(quadratic: Quadratic, ridge: Minimum, parameters: Vector) -> float:
    """Return how far the cost with its penalty is above that of the ridge solution, as a part of it."""
    least = ridge.cost + ridge.penalty
    above = float(above_rest(quadratic, parameters, ridge.weight_decay))
    return above / least if least > 0 else above


class _NotWantedError(Exception):
    """Nobody waits any more."""


class MinimumSearch:
    """Looks for the minimum of a linear model once; any thread may ask.

    Parameters
    ----------
    recipe
        What is trained.
    table
        All rows; None where this process does not have them: then there is nothing to find.

    Attributes
    ----------
    known
        What has been found so far.
    """

    def __init__(self, recipe: Recipe, table: "Table | None") -> None:
        self.known: Minimum | None = None
        self._recipe, self._table = recipe, table
        leads_elsewhere = recipe.module is not None or recipe.criterion == "MSELoss" or recipe.decays
        self._is_over = table is None or leads_elsewhere
        self._is_wanted, self._lock = True, Lock()

    def find(self) -> Minimum | None:
        """Look for it, or wait for who does; None where it cannot be known."""
        with self._lock:
            if not self._is_over:
                self.known, self._is_over = self._found(), True
        return self.known

    def start(self, tell: Callable[[Minimum], object] = lambda found: None) -> None:
        """Look for it on a thread of its own, which tells what it has found."""

        def run() -> None:
            found = self.find()
            if found is not None:
                tell(found)

        if not self._is_over:
            Thread(target=run, name="linreg minimum").start()

    def cancel(self) -> None:
        """Give up before long."""
        self._is_wanted = False

    def _found(self) -> Minimum | None:
        recipe, table = self._recipe, self._table
        assert table is not None

        def check() -> None:
            if not self._is_wanted:
                raise _NotWantedError

        try:
            check()
            return minimum_of(
                np.asarray(table.X, np.float64),
                table.y,
                recipe.criterion,
                bias=recipe.bias,
                reduction=recipe.reduction,
                check=check,
            )
        except Exception:  # a run is worth as much without it, whatever the solver met with
            return None
