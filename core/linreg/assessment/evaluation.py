"""How far a model's predictions are from a table's targets, batch by batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from linreg.dialect import PLAIN, TextDialect, dialect_of
from linreg.errors import LinregError
from linreg.numerics.moments import Moments

if TYPE_CHECKING:
    from linreg.data.table import Source
    from linreg.training.fitted import FittedModel


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors in the target's own units; `r2` is None where the target is constant."""

    n_samples: int
    mean_squared_error: float
    mean_absolute_error: float
    largest_error: float
    r2: float | None


class Predictor(Protocol):
    """What predicts a target from its features."""

    def predict(self, X: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return ``(n,)`` for ``(n, n_features)``."""
        ...


def evaluate(model: Predictor, batches: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Errors:
    """Measure the residuals of every row; `batches` holds ``(n, n_features)`` and ``(n,)``."""
    squares = absolutes = largest = 0.0
    targets = Moments.of(np.empty((0, 1)), np.empty(0))
    for X, y in batches:
        residual = np.abs(y - model.predict(X))
        squares += float(residual @ residual)
        absolutes += float(residual.sum())
        largest = max(largest, float(residual.max(initial=0.0)))
        targets += Moments.of(y[:, np.newaxis], y)
    n_samples = targets.n_samples
    total = float(targets.squares[-1])
    return Errors(
        n_samples=n_samples,
        mean_squared_error=squares / n_samples,
        mean_absolute_error=absolutes / n_samples,
        largest_error=largest,
        r2=None if total == 0 else 1 - squares / total,
    )


def dialect_for(model: "FittedModel", data: str, **choices: Any) -> TextDialect:
    """Return how data for a model are written: as the rows that it was trained on were, unless something else is said.

    Data that come with a recipe of their own, and files that are no text, are as they are.

    Raises
    ------
    LinregError
        A value is not one that its option takes, or the model's own are damaged.
    """
    from linreg.data.bundled import find
    from linreg.data.formats.opening import is_text

    recipe = find(data)
    if recipe.title or not is_text(recipe.data):
        return recipe.dialect.changed(**choices)
    own = dialect_of(model.recipe.get("dialect", {}))
    return (own if recipe.dialect == PLAIN else recipe.dialect).changed(**choices)


def open_for(model: "FittedModel", data: str, *, with_target: bool, dialect: TextDialect = PLAIN) -> "Source":
    """Open the columns that a model needs; what is missing is missed by the model, not by an option.

    Raises
    ------
    LinregError
        The data cannot be read, or lack a column.
    """
    from linreg.data.bundled import find
    from linreg.data.table import open_source

    target = model.target if with_target else None
    try:
        return open_source(
            find(data).data,
            target=target,
            features=model.columns,
            with_target=with_target,
            dialect=dialect,
            categories=model.categories,
        ).of_model()
    except LinregError as problem:
        raise LinregError(str(problem).replace("--feature", "the model").replace("--target", "the model")) from None
