"""What a Python program gives as data: a recipe, what ``linreg run`` takes as DATA, or X and y; and what it chooses."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from linreg.data.arrays import table_of
from linreg.data.bundled import find, names
from linreg.data.table import Table
from linreg.dialect import DIALECT_KEYS
from linreg.errors import LinregError, nearest
from linreg.recipe import Recipe
from linreg.text import safe, shortened

_ABOUT_COLUMNS = (
    "data",
    "target",
    "features",
    "exclude",
    "drop_missing",
    "categorical",
    "weights",
    "dialect",
    *DIALECT_KEYS,
)


def table_given(who: str, data: Any, y: ArrayLike | None) -> Table | None:
    """Return the rows of X and y; None where `data` names rows instead."""
    is_named = isinstance(data, Recipe | str | os.PathLike)
    if is_named and y is not None:
        raise LinregError(f"{who} takes no y beside a recipe or a file: the target is a column, which target= names.")
    if y is None and not is_named:
        if isinstance(data, list | tuple) or hasattr(data, "__array__"):
            raise LinregError(f"{who} needs y beside X: the target of every row.")
        kind = shortened(type(data).__name__)
        raise LinregError(f"{who} takes a recipe, a path, a bundled data set's name, or X and y, not {kind}.")
    return None if y is None else table_of(data, y, as_given=who == "train")


def recipe_of_rows(who: str, choices: dict[str, Any]) -> Recipe:
    """Return the recipe that `choices` make for X and y, which are the data themselves."""
    for name in _ABOUT_COLUMNS:
        if name in choices:
            raise LinregError(
                f"{who} takes no {name}: X and y are the data; choose rows and columns there, or give a file to train."
            )
    return _changed(Recipe(data="arrays"), choices)


def recipe_named(who: str, data: Any, choices: dict[str, Any]) -> Recipe:
    """Return the recipe that is given or named, with some of its fields changed."""
    if "data" in choices:
        choices = {**choices, "data": _text(choices["data"])}
    if isinstance(data, Recipe):
        return _with_rows(_changed(data, choices))
    word = _text(data)
    if not isinstance(word, str):
        raise LinregError(f"{who} takes a path of text, not of {shortened(type(word).__name__)}.")
    recipe = _changed(find(word), choices)
    return _with_rows(recipe) if "data" in choices else recipe


def _text(path: Any) -> Any:
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def _with_rows(recipe: Recipe) -> Recipe:
    """Let the name of a bundled data set stand for its rows."""
    if Path(recipe.data).suffix.lower() == ".toml":
        where = safe(recipe.data)
        raise LinregError(f"{where} is a recipe, not data; give it to train itself, with what to change as keywords.")
    return replace(recipe, data=find(recipe.data).data) if recipe.data in names() else recipe


def _changed(recipe: Recipe, choices: dict[str, Any]) -> Recipe:
    said = {key: value for key, value in choices.items() if key in DIALECT_KEYS}
    if said:
        others = {key: value for key, value in choices.items() if key not in said}
        return _changed(replace(recipe, dialect=recipe.dialect.changed(**said)), others)
    try:
        return replace(recipe, **choices)
    except TypeError:
        known = sorted({*Recipe.__dataclass_fields__, *DIALECT_KEYS} - {"dialect"})
        unknown = next(name for name in choices if name not in known)
        hint = nearest("learning_rate" if unknown.lower() == "lr" else unknown, known)
        raise LinregError(f"a recipe has no field {unknown!r}{hint}; the fields are {', '.join(known)}.") from None
