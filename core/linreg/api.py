"""Linear regression from Python: on arrays, tensors and data frames, or on whatever a recipe names.

What is given is checked as a file would be: numpy would read text as numbers, forget masks and imaginary parts, and
take missing cells for NaN, all without a word.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from linreg.data.arrays import rows_of, table_of
from linreg.data.bundled import find, names
from linreg.dialect import DIALECT_KEYS
from linreg.errors import LinregError, nearest
from linreg.racing.entries import Choices, entries
from linreg.racing.race import pose_race
from linreg.racing.standings import Standing, standings
from linreg.recipe import OptionValue, Recipe
from linreg.text import safe, shortened
from linreg.training import evaluation
from linreg.training.evaluation import Errors
from linreg.training.fitted import FittedModel, load_model
from linreg.training.problem import pose, pose_table
from linreg.training.result import Result
from linreg.training.trainer import Trainer

if TYPE_CHECKING:
    from linreg.data.table import Table
    from linreg.remote.client import AttachedRun

Named = str | os.PathLike[str]
"""What ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe."""

_ABOUT_COLUMNS = ("data", "target", "features", "exclude", "drop_missing", "dialect", *DIALECT_KEYS)


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
    recipe = _recipe_of_rows("fit", choices)
    trainer = Trainer(pose_table(recipe, table_of(X, y)))
    for _ in trainer:
        pass
    return trainer.result()


def train(data: Recipe | Named | ArrayLike, /, y: ArrayLike | None = None, **choices: Any) -> Trainer:
    """Return the trainer of a recipe's data, or of X and y: iterate over it for the traces, then ask for `result()`.

    Parameters
    ----------
    data
        A recipe, or what ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe. Or X, as
        `fit` takes it.
    y
        As `fit` takes it, beside X; else the target is one of the columns.
    **choices
        Fields of :class:`linreg.Recipe` to change; ``data`` may be a path or a bundled name.

    Raises
    ------
    LinregError
        The data cannot be read or do not fit the recipe, or a choice cannot be used.
    """
    table = _table("train", data, y)
    if table is not None:
        return Trainer(pose_table(_recipe_of_rows("train", choices), table))
    return Trainer(pose(_recipe_named("train", data, choices)))


def race(
    data: Recipe | Named | ArrayLike,
    /,
    y: ArrayLike | None = None,
    *,
    optimizers: str | Iterable[str] = (),
    learning_rates: float | str | Iterable[float | str] = (),
    options: Mapping[str, OptionValue | list[OptionValue]] | None = None,
    batch_sizes: int | Iterable[int | None] = (),
    inits: str | Iterable[str] = (),
    seeds: int | Iterable[int] = (),
    **choices: Any,
) -> list[Standing]:
    """Run every combination on the same rows to its end, and return what each came to, the best first.

    Ranked as ``linreg race`` does: by the epochs until the cost is within 1e-6 of that of least squares (or, where that
    is not known, of the best cost that any of them reached), then within 1e-3. ``standing.result`` is what `fit` would
    return.

    Parameters
    ----------
    data, y
        As `train` takes them.
    optimizers, learning_rates, batch_sizes, inits, seeds
        What is to be tried, one or several; where there is nothing, the recipe's own. Among batch sizes None is the
        full batch.
    options
        By name a value, or a list of values to be tried, for the optimizers that have it.
    **choices
        Fields of :class:`linreg.Recipe` that are the same for all.

    Raises
    ------
    LinregError
        As `train` does; the sentence names the racer.
    """
    table = _table("race", data, y)
    recipe = _recipe_named("race", data, choices) if table is None else _recipe_of_rows("race", choices)
    wanted = Choices(
        optimizers=_several(optimizers),
        learning_rates=_several(learning_rates),
        settings={name: value if isinstance(value, list) else [value] for name, value in (options or {}).items()},
        batch_sizes=_several(batch_sizes),
        inits=_several(inits),
        seeds=_several(seeds),
    )
    posed = pose_race(entries(recipe, wanted), table=table)
    for _ in posed.run():
        pass
    return standings(posed)


def evaluate(model: FittedModel | Result | Named, X: Named | ArrayLike, y: ArrayLike | None = None) -> Errors:
    """Measure how far a model's predictions are from the target, in its own units, as ``linreg evaluate`` prints it.

    Parameters
    ----------
    model
        What `fit` or `load_model` returned, or the file that a model was saved to.
    X
        ``(n_samples, n_features)``, or a data frame with the model's features among its columns. Or a file or a bundled
        data set's name, with the model's target among the columns as well.
    y
        ``(n_samples,)``, beside X.

    Raises
    ------
    LinregError
        The model or the data cannot be read, or do not fit each other.
    """
    fitted = load_model(model) if isinstance(model, str | os.PathLike) else model
    if not isinstance(X, str | os.PathLike):
        if y is None:
            raise LinregError("evaluate needs y beside X: the target of every row.")
        features = fitted.features if isinstance(fitted, FittedModel) else tuple(fitted.w)
        table = table_of(rows_of(X, features), y)
        return evaluation.evaluate(fitted, [(table.X, table.y)])
    if y is not None:
        raise LinregError("evaluate takes no y beside a file: the target is the column that the model was trained on.")
    if isinstance(fitted, Result):
        raise LinregError("a result does not know what its target was called: give X and y, or a saved model.")
    return evaluation.evaluate(fitted, evaluation.open_for(fitted, str(X), with_target=True).batches())


def attach(word: str) -> "AttachedRun":
    """Watch and steer a recorded run that goes on in another process, as the screen does.

    Parameters
    ----------
    word
        Its name, its id or the beginning of one; or ``"latest"``.

    Raises
    ------
    LinregError
        There is no such run, or it is not going.
    """
    from linreg.files.home import open_home
    from linreg.remote.client import attach as connect
    from linreg.remote.sockets import sockets_folder
    from linreg.store.store import RunStore

    with RunStore(open_home()) as store:
        run = store.get(word)
    if run.is_alive is False:
        raise LinregError(f"the run {shortened(run.name)} is not going: linreg.open_replay shows it.")
    return connect(sockets_folder(), run.id)


def _table(who: str, data: Any, y: ArrayLike | None) -> "Table | None":
    """Return the rows of X and y; None where `data` names rows instead."""
    is_named = isinstance(data, Recipe | str | os.PathLike)
    if is_named and y is not None:
        raise LinregError(f"{who} takes no y beside a recipe or a file: the target is a column, which target= names.")
    if y is None and not is_named:
        if isinstance(data, list | tuple) or hasattr(data, "__array__"):
            raise LinregError(f"{who} needs y beside X: the target of every row.")
        kind = shortened(type(data).__name__)
        raise LinregError(f"{who} takes a recipe, a path, a bundled data set's name, or X and y, not {kind}.")
    return None if y is None else table_of(data, y)


def _recipe_of_rows(who: str, choices: dict[str, Any]) -> Recipe:
    for name in _ABOUT_COLUMNS:
        if name in choices:
            raise LinregError(
                f"{who} takes no {name}: X and y are the data; choose rows and columns there, or give a file to train."
            )
    return _changed(Recipe(data="arrays"), choices)


def _recipe_named(who: str, data: Any, choices: dict[str, Any]) -> Recipe:
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


def _several(values: Any) -> Sequence[Any]:
    """Let one value stand for a sequence of it."""
    return tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else (values,)
