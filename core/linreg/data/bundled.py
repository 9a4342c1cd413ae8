"""The bundled data sets, and what the word DATA on the command line means.

A bundled data set is a recipe ``NAME.toml`` beside its data; putting one more into the folder is all it takes to add
it. Standard library only: ``linreg datasets`` must not wait for torch or polars.
"""

import csv
import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from linreg.errors import LinregError, nearest
from linreg.recipe import Recipe, load_recipe
from linreg.text import shortened


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One line of ``linreg datasets``; `training` is the recipe's optimizer, learning rate and epochs in words."""

    name: str
    title: str
    n_samples: int
    n_features: int
    training: str
    origin: str


def bundled_folder() -> Path:
    """Locate the bundled data sets: inside the installed package, or at the top of a source checkout."""
    installed = Path(__file__).parents[1] / "datasets"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "datasets"


def names() -> list[str]:
    """List the bundled data sets in alphabetical order."""
    return sorted(recipe.stem for recipe in bundled_folder().glob("*.toml"))


@cache
def name_of(data: str, title: str) -> str | None:
    """Return the bundled set whose recipe has these data and this title: two may share their rows."""
    there = {name: find(name) for name in names()} if title else {}
    return next((name for name, each in there.items() if (each.data, each.title) == (data, title)), None)


def find(data: str) -> Recipe:
    """Say what to train for the word `data`.

    A bundled name means its recipe, even where a file of that name lies in the current folder (``./exercise1`` reaches
    the file); a path that ends in ``.toml`` is a recipe; ``-`` and any other path are data, trained by the defaults.
    Whether a path can be read is for its reader to say.

    Raises
    ------
    LinregError
        `data` is a bare word that is neither a bundled name nor a file, or the recipe is wrong.
    """
    bundled = names()
    if data in bundled:
        return load_recipe(bundled_folder() / f"{data}.toml")
    path = Path(data)
    if path.suffix.lower() == ".toml":
        return read_recipe(path)
    if data != "-" and _is_bare_word(data) and not os.path.exists(data):
        raise LinregError(
            f"{shortened(data)!r} is neither a bundled data set nor a file{nearest(data, bundled)}; "
            "linreg datasets lists the bundled ones."
        )
    return Recipe(data=data)


def read_recipe(path: Path) -> Recipe:
    """Read a user's own recipe; ``data = "houses"`` means the bundled rows, unless such a file lies beside it.

    Raises
    ------
    LinregError
        As :func:`linreg.recipe.load_recipe` does.
    """
    return _on_bundled_data(load_recipe(path), path.parent)


def describe() -> list[DatasetInfo]:
    """Summarise every bundled data set, in alphabetical order."""
    return [_summary(name, find(name)) for name in names()]


def _is_bare_word(data: str) -> bool:
    signs = (os.sep, os.altsep, "*", "?")  # of a path, or of a pattern
    return not Path(data).suffix and not any(sign and sign in data for sign in signs)


def _on_bundled_data(recipe: Recipe, folder: Path) -> Recipe:
    """Let a user's own recipe train on a bundled data set's rows: ``data = "houses"``, no such file beside it."""
    name = Path(recipe.data).name
    if name in names() and recipe.data == str(folder / name) and not os.path.exists(recipe.data):
        return replace(recipe, data=find(name).data)
    return recipe


def _summary(name: str, recipe: Recipe) -> DatasetInfo:
    with open(recipe.data, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        columns = [column for column in next(rows) if column not in recipe.exclude]
        n_samples = sum(1 for row in rows if row)
    n_features = len(recipe.features) or len(columns) - 1  # one is the target
    rate = recipe.learning_rate
    training = (
        f"{recipe.optimizer}, learning rate {rate if rate == 'auto' else f'{rate:g}'}, {recipe.last_epoch:,} epochs"
    )
    return DatasetInfo(name, recipe.title, n_samples, n_features, training, recipe.origin)
