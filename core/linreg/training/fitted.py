"""A fitted model as a file: safetensors with JSON metadata. Loading reads numbers and text, and runs no code."""

import json
from dataclasses import asdict, dataclass, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.data.levels import Category
from linreg.errors import LinregError
from linreg.files.atomic import write_atomically
from linreg.files.typed import checked
from linreg.statistics.distance import MATTERS
from linreg.statistics.intervals import Kind, Spread
from linreg.text import shortened, shown

if TYPE_CHECKING:
    from linreg.training.result import Result
    from linreg.training.trainer import Trainer

FORMAT = "linreg model 1"


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """Weights and bias in the data's own units, ready to predict.

    Attributes
    ----------
    features, target
        The columns' names, in the order of `w`.
    w, b
        ``(n_features,)`` and a number, 0 without a bias. For a module of the user's own, `w` holds every scalar of it
        as trained, and only that module can predict.
    mean, scale
        ``(n_features,)``: the training was done on (x − mean) / scale.
    categories
        The columns of categories that some of the features stand for, with the levels that the model knows.
    spread
        How sure its predictions are; None where the run did not lead to least squares, or the rows do not tell.
    recipe, result
        How the model came to be, as plain JSON values.
    """

    features: tuple[str, ...]
    target: str
    w: Vector
    b: float
    mean: Vector
    scale: Vector
    recipe: dict[str, Any]
    result: dict[str, Any]
    categories: tuple[Category, ...] = ()
    spread: Spread | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that it predicts from: a category's own in the place of those for its levels."""
        column_of = {name: each.column for each in self.categories for name in each.names}
        return tuple(dict.fromkeys(column_of.get(name, name) for name in self.features))

    @classmethod
    def of(cls, trainer: "Trainer", result: "Result") -> "FittedModel":
        """Take the model that a run came to."""
        problem = trainer.problem
        return cls(
            features=problem.features,
            target=problem.target,
            w=np.array(list(result.w.values())),
            b=0.0 if result.b is None else result.b,
            mean=problem.scaling.mean,
            scale=problem.scaling.scale,
            recipe=problem.settled_recipe.as_dict(),
            result={
                "status": str(result.status),
                "epoch": result.epoch,
                "cost": result.cost,
                "r2": result.r2,
                "standard_errors_to_go": result.standard_errors_to_go,
            },
            categories=problem.categories,
            spread=_spread(trainer),
        )

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute x·w + b for every row of `X`, ``(n_samples, n_features)``.

        Raises
        ------
        LinregError
            The model is a module of the user's own: the file holds its numbers, not its code.
        """
        if self.recipe.get("module") is not None:
            raise LinregError(
                f"this model is a module of your own, {shortened(self.recipe['module'])}: the file holds its "
                "parameters, not its code; load them into the module yourself."
            )
        prediction: NDArray[np.float64] = X @ self.w + self.b
        return prediction

    def interval(self, X: NDArray[np.float64], level: float = 0.95, kind: Kind = "mean") -> tuple[Vector, Vector]:
        """Return the ends, ``(n_samples,)`` each, of the interval around every prediction.

        Parameters
        ----------
        X
            As `predict` takes it.
        level
            Of confidence, above 0 and below 1.
        kind
            ``"mean"`` for the mean of observations at x, ``"prediction"`` for the next one.

        Raises
        ------
        LinregError
            The model does not carry what it takes, or was left too far from least squares.
        """
        if self.spread is None:
            raise LinregError(
                "this model does not carry how sure it is: that takes least squares on more rows than parameters, "
                "without weights or weight decay, saved by this version; train it again so."
            )
        away = self.result.get("standard_errors_to_go")
        if away is None or away > MATTERS:
            far = "" if away is None else f", {away:.3g} standard errors"
            raise LinregError(
                f"this model was left too far from least squares{far} for intervals to be true: "
                f"train it on with --until-standard-errors {MATTERS:g}."
            )
        prediction, half = self.predict(X), self.spread.half_widths(X, level, kind)
        return prediction - half, prediction + half

    def save(self, path: Path, *, replaces: bool = True) -> None:
        """Write the model, whole or not at all; over a file that is there only where it `replaces` one."""
        from safetensors.numpy import save

        about = {
            "features": self.features,
            "target": self.target,
            "recipe": self.recipe,
            "result": self.result,
            "categories": [asdict(each) for each in self.categories],
        }
        tensors = {"w": self.w, "b": np.array([self.b]), "mean": self.mean, "scale": self.scale}
        if self.spread is not None:
            numbers = {each.name: getattr(self.spread, each.name) for each in fields(Spread)}
            tensors |= {name: numbers.pop(name) for name in ("center", "influence")}
            about["spread"] = numbers
        content = save(tensors, metadata={"format": FORMAT, "linreg": json.dumps(about)})
        write_atomically(path, lambda file: file.write(content), replaces=replaces)


def load_model(path: str | PathLike[str]) -> FittedModel:
    """Read a model that `save` wrote, and check all of it.

    Raises
    ------
    LinregError
        The file cannot be read, is not such a model, or is damaged.
    """
    path = Path(path)
    where = shown(path)
    tensors, metadata = _read(path, where)
    if metadata.get("format") != FORMAT:
        raise LinregError(f"{where} is not a linreg model, or a newer one; write one with linreg run --save.")
    try:
        about = json.loads(metadata["linreg"])
        model = FittedModel(
            features=tuple(map(str, about["features"])),
            target=str(about["target"]),
            w=tensors["w"],
            b=float(tensors["b"].item()),
            mean=tensors["mean"],
            scale=tensors["scale"],
            recipe=dict(about["recipe"]),
            result=dict(about["result"]),
            categories=tuple(
                Category(str(each["column"]), tuple(map(str, each["levels"])), str(each["reference"]))
                for each in about.get("categories", ())
            ),
            spread=_read_spread(about.get("spread"), tensors),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise LinregError(f"{where} is damaged: {shortened(repr(problem))}; write it again with --save.") from None
    _check(model, where)
    return model


def _spread(trainer: "Trainer") -> Spread | None:
    problem = trainer.problem
    answer, weights = problem.least_squares, problem.recipe.weights
    if problem.error_scale is None or problem.moments is None or answer is None or weights is not None:
        return None
    return Spread.of(problem.moments, answer, problem.recipe.bias)


def _read_spread(numbers: dict[str, Any] | None, tensors: dict[str, NDArray[Any]]) -> Spread | None:
    if numbers is None:
        return None
    known: dict[str, Any] = {name: tensors[name] for name in ("center", "influence")}
    spread = checked(Spread(**known, **numbers))
    if spread.influence.shape[:1] != spread.center.shape or spread.n_samples < 1 or spread.degrees_of_freedom < 1:
        raise ValueError("the intervals' numbers do not fit each other")
    return spread


def _read(path: Path, where: str) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb"):  # safe_open's own words for a missing file name no file
            pass
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except OSError as problem:
        raise LinregError(f"cannot read the model {where}: {problem.strerror or 'it is not a file'}.") from None
    except (SafetensorError, ValueError) as problem:
        raise LinregError(
            f"{where} is not a linreg model: {shortened(str(problem), 80)}; write one with linreg run --save."
        ) from None


def _check(model: FittedModel, where: str) -> None:
    n_features = len(model.features)
    is_module = model.recipe.get("module") is not None
    sizes_fit = model.mean.shape == model.scale.shape == (n_features,) and (is_module or model.w.shape == (n_features,))
    named = {name for each in model.categories for name in each.names}
    numbers = [model.w, model.mean, model.scale, np.array([model.b])]
    if model.spread is not None:
        sizes_fit = sizes_fit and len(model.spread.center) == n_features
        numbers += [model.spread.center, model.spread.influence, np.array([model.spread.residual_standard_error])]
    if n_features == 0 or len(set(model.features)) != n_features or not sizes_fit or not named <= set(model.features):
        raise LinregError(f"{where} is damaged: its numbers do not fit its {n_features} features; write it again.")
    if not all(part.dtype == np.float64 and np.isfinite(part).all() for part in numbers):
        raise LinregError(f"{where} is damaged: not all of its numbers are finite float64; write it again with --save.")
