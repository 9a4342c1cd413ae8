"""The search for a run's own exact minimum, where its criterion is no squared error: once, and in nobody's way.

Least squares follows from the moments before the first epoch. What these criteria are least at takes the rows, and a
while; so it is looked for on a thread of its own, and who waits for nothing asks what is `known` by now.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING

from linreg.numerics.minimum import Minimum, minimum_of
from linreg.recipe import Recipe

if TYPE_CHECKING:
    from linreg.data.table import Table


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
        self._is_over = table is None or recipe.module is not None or recipe.criterion == "MSELoss"
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
                table.X, table.y, recipe.criterion, bias=recipe.bias, reduction=recipe.reduction, check=check
            )
        except Exception:  # a run is worth as much without it, whatever the solver met with
            return None
