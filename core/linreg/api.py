"""Training from Python: on arrays, or on whatever a recipe names."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.bundled import find, names
from linreg.errors import LinregError
from linreg.problem import pose, pose_table
from linreg.recipe import Recipe
from linreg.result import Result, result_of
from linreg.safe import shortened
from linreg.table import Table
from linreg.trainer import Trainer


def fit(X: ArrayLike, y: ArrayLike, **choices: Any) -> Result:
    """Fit y ≈ X·w + b by gradient descent, and return the result in the data's own units.

    Parameters
    ----------
    X
        ``(n_samples, n_features)``, or ``(n_samples,)`` for one feature. A data frame's columns name the features;
        else they are x, or x1, x2, …
    y
        ``(n_samples,)`` or ``(n_samples, 1)``.
    **choices
        Any field of :class:`linreg.Recipe` but those that choose columns: ``epochs=1000``,
        ``learning_rate="auto"``, ``optimizer="Adam"``, ``options={"betas": (0.9, 0.99)}`` …

    Raises
    ------
    LinregError
        The arrays do not fit each other or are not finite numbers, or a choice cannot be used.
    """
    recipe = _recipe(Recipe(data="arrays"), choices)
    trainer = Trainer(pose_table(recipe, _table(X, y)))
    for _ in trainer:
        pass
    return result_of(trainer)


def train(recipe: Recipe | str, **choices: Any) -> Trainer:
    """Read the recipe's data and return its trainer: iterate over it for the traces, then ask for `result()`.

    Parameters
    ----------
    recipe
        A recipe, or what ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe.
    **choices
        Fields of :class:`linreg.Recipe` to change.
    """
    if isinstance(recipe, str):
        recipe = find(recipe)
    elif recipe.data in names():
        recipe = replace(recipe, data=find(recipe.data).data)
    return Trainer(pose(_recipe(recipe, choices)))


def _recipe(recipe: Recipe, choices: dict[str, Any]) -> Recipe:
    try:
        return replace(recipe, **choices)
    except TypeError:
        known = set(Recipe.__dataclass_fields__)
        unknown = next(name for name in choices if name not in known)
        raise LinregError(f"a recipe has no field {unknown!r}; the fields are {', '.join(sorted(known))}.") from None


def _table(X: ArrayLike, y: ArrayLike) -> Table:
    columns = [str(name) for name in getattr(X, "columns", [])]
    features, target = _numbers("X", X), _numbers("y", y)
    if features.ndim == 1:
        features = features[:, np.newaxis]
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if features.ndim != 2 or target.ndim != 1 or len(features) != len(target) or 0 in features.shape:
        raise LinregError(
            f"X and y must be (n_samples, n_features) and (n_samples,) with at least one of each, "
            f"not {features.shape} and {target.shape}."
        )
    n_features = features.shape[1]
    columns = columns or (["x"] if n_features == 1 else [f"x{number}" for number in range(1, n_features + 1)])
    return Table(features=tuple(columns), target="y", X=np.ascontiguousarray(features), y=np.ascontiguousarray(target))


def _numbers(label: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise LinregError(f"{label} must hold numbers only: {shortened(str(problem), 80)}.") from None
    if not np.isfinite(numbers).all():
        where = tuple(int(index) for index in np.argwhere(~np.isfinite(numbers))[0])
        raise LinregError(f"{label} has {numbers[where]} at {list(where)}, which is no finite number; drop such rows.")
    return numbers
