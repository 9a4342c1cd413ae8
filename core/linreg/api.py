"""Linear regression from Python: on arrays, tensors and data frames, or on whatever a recipe names.

What is given is checked as a file would be: numpy would read text as numbers, forget masks and imaginary parts, and
take missing cells for NaN, all without a word.
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from linreg.assessment import evaluation
from linreg.assessment.evaluation import Errors
from linreg.assessment.summary import summarize, summarize_table
from linreg.checks import OptionValue
from linreg.data.arrays import rows_of, table_of
from linreg.data.given import recipe_named, recipe_of_rows, table_given
from linreg.errors import LinregError
from linreg.racing.entries import Choices, entries
from linreg.racing.race import pose_race
from linreg.racing.standings import Standing, standings
from linreg.recipe import Recipe
from linreg.statistics.summary import Summary
from linreg.text import shortened
from linreg.training.fitted import FittedModel, load_model
from linreg.training.held_out import divided_table
from linreg.training.posing import pose, pose_table
from linreg.training.result import Result
from linreg.training.trainer import Trainer

if TYPE_CHECKING:
    from linreg.remote.client import AttachedRun

Named = str | os.PathLike[str]
"""What ``linreg run`` takes as DATA: a bundled data set's name, a file, a .toml recipe."""


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
    recipe = recipe_of_rows("fit", choices)
    trainer = Trainer(pose_table(recipe, table_of(X, y, as_given=True)))
    for _ in trainer.run(stride=max(1, trainer.last_epoch)):
        pass
    trainer.problem.minimum_search.find()
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
    table = table_given("train", data, y)
    if table is not None:
        return Trainer(pose_table(recipe_of_rows("train", choices), table))
    return Trainer(pose(recipe_named("train", data, choices)))


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
    table = table_given("race", data, y)
    recipe = recipe_named("race", data, choices) if table is None else recipe_of_rows("race", choices)
    wanted = Choices.of(optimizers, learning_rates, options, batch_sizes, inits, seeds)
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


def summary(
    data: Recipe | Named | ArrayLike,
    /,
    y: ArrayLike | None = None,
    *,
    level: float = 0.95,
    robust: str | None = None,
    **choices: Any,
) -> Summary:
    """Fit by least squares, and say how sure each number is, as ``linreg summary`` prints it; nothing is trained.

    Parameters
    ----------
    data, y
        As `train` takes them.
    level
        Of the confidence intervals.
    robust
        ``"HC0"``, ``"HC1"``, ``"HC2"`` or ``"HC3"``: standard errors for errors of any variance.
    **choices
        Fields of :class:`linreg.Recipe` that say which rows to fit, and ``bias=False`` for a fit without b.

    Raises
    ------
    LinregError
        The data cannot be read or do not fit each other, or are too few to tell how sure anything is.
    """
    table = table_given("summary", data, y)
    if table is None:
        return summarize(recipe_named("summary", data, choices), level=level, robust=robust)
    recipe = recipe_of_rows("summary", choices)
    table, _ = divided_table(recipe, table, is_kept=False)
    return summarize_table(table, bias=recipe.bias, level=level, robust=robust)


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
