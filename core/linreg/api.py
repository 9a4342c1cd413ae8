"""Training from Python: on arrays, or on whatever a recipe names.

What is given is checked as a file would be: numpy would read text as numbers, forget masks and imaginary parts, and
take missing cells for NaN, all without a word.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from linreg.data.arrays import table_of
from linreg.data.bundled import find, names
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.text import safe, shortened
from linreg.training.problem import pose, pose_table
from linreg.training.result import Result
from linreg.training.trainer import Trainer

_ABOUT_COLUMNS = ("data", "target", "features", "exclude", "drop_missing")


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
    for name in _ABOUT_COLUMNS:
        if name in choices:
            raise LinregError(
                f"fit takes no {name}: X and y are the data; choose rows and columns there, or give a file to train."
            )
    recipe = _recipe(Recipe(data="arrays"), choices)
    trainer = Trainer(pose_table(recipe, table_of(X, y)))
    for _ in trainer:
        pass
    return trainer.result()


def train(recipe: Recipe | str | os.PathLike[str], **choices: Any) -> Trainer:
    """Read the recipe's data and return its trainer: iterate over it for the traces, then ask for `result()`.

    Parameters
    ----------
    recipe
        A recipe, or what ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe.
    **choices
        Fields of :class:`linreg.Recipe` to change; ``data`` may be a path or a bundled name.

    Raises
    ------
    LinregError
        The data cannot be read or do not fit the recipe, or a choice cannot be used.
    """
    if "data" in choices:
        choices["data"] = _text(choices["data"])
    if isinstance(recipe, Recipe):
        return Trainer(pose(_with_rows(_recipe(recipe, choices))))
    word = _text(recipe)
    if not isinstance(word, str):
        kind = shortened(type(recipe).__name__)
        raise LinregError(f"train takes a recipe, a path or a bundled data set's name, not {kind}.")
    chosen = _recipe(find(word), choices)
    return Trainer(pose(_with_rows(chosen) if "data" in choices else chosen))


def _text(path: Any) -> Any:
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def _with_rows(recipe: Recipe) -> Recipe:
    """Let the name of a bundled data set stand for its rows."""
    if Path(recipe.data).suffix.lower() == ".toml":
        where = safe(recipe.data)
        raise LinregError(f"{where} is a recipe, not data; give it to train itself, with what to change as keywords.")
    return replace(recipe, data=find(recipe.data).data) if recipe.data in names() else recipe


def _recipe(recipe: Recipe, choices: dict[str, Any]) -> Recipe:
    try:
        return replace(recipe, **choices)
    except TypeError:
        known = set(Recipe.__dataclass_fields__)
        unknown = next(name for name in choices if name not in known)
        raise LinregError(f"a recipe has no field {unknown!r}; the fields are {', '.join(sorted(known))}.") from None
