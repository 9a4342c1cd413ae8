"""What is known of a run before its first epoch, as plain values: all that a reader needs beside the epochs.

A screen never touches the trainer, which belongs to the worker thread; it reads these facts, the state and the history.
"""

import shlex
from dataclasses import dataclass
from functools import cached_property
from math import nan, prod

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.engines.engine import Jumping
from linreg.numerics.convergence import epochs_to_converge, epochs_to_within
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.minima.minimum import Minimum
from linreg.numerics.scaling import Scaling
from linreg.optim.sgd import SgdKeywords
from linreg.recipe import Recipe
from linreg.statistics.distance import MATTERS, ErrorScale, error_scale
from linreg.training.trainer import Trainer

MOST_FORETOLD = 256
"""Parameters for which it is foretold when more epochs no longer matter: it takes the third power of their number."""


@dataclass(frozen=True, slots=True)
class TensorSummary:
    """One of a script's tensors when it was last looked at.

    Attributes
    ----------
    norm, mean
        Of its numbers, after a step; NaN before it has been looked at. A norm is infinite where a number is NaN.
    gradient_norm
        Of the gradient that the step followed; NaN where there is none.
    update_ratio
        The norm of what the step added over that of the numbers; NaN where it is not known.
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    mean: float
    gradient_norm: float
    update_ratio: float = nan

    @property
    def n_scalars(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first number of a script that was not finite.

    Attributes
    ----------
    step
        Whose cost it was, or after which a tensor had it.
    cost, tensor
        Whether it was the cost, and the first tensor that had one; empty where none had.
    is_exact
        Whether it was that step; else it was seen there, and may have been an earlier one.
    """

    step: int
    cost: bool
    tensor: str
    is_exact: bool = True

    @property
    def words(self) -> str:
        """Say it."""
        when = f"was not finite {'at' if self.is_exact else 'by'} step {self.step:,}"
        if not self.cost:
            return f"{self.tensor} {when}"
        return f"the cost {when}" + (f", and {self.tensor} after it" if self.tensor else "")


@dataclass(frozen=True, slots=True)
class OptimizerFacts:
    """One of a script's optimizers: its class, and the learning rate of each of its groups; NaN: none that is known."""

    kind: str
    rates: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFacts:
    """A training loop that somebody else wrote, as far as it is known.

    Attributes
    ----------
    path, arguments, is_module
        What is run: a file or a module; empty for a loop in an interactive session.
    tensors
        What it trains. Where `is_small`, every number of them is a column of the epochs; else there are no columns.
    epoch, last_epoch
        What the script itself counts, and up to where; None where that is not certain.
    epoch_began, steps_an_epoch
        The step that its epoch began with, and how many each has; 0 where that is not known, or each step is an epoch.
    why_no_optimum
        Why there is no exact answer, in a sentence; empty where there is one.
    n_steps
        Steps that have been taken when this was written.
    output
        The file that what it prints goes to; empty where that is not known.
    optimizers
        Those that have stepped and are still there, first the one whose steps count.
    broken
        What was the first not to be finite; None where all was.
    """

    path: str
    arguments: tuple[str, ...] = ()
    is_module: bool = False
    tensors: tuple[TensorSummary, ...] = ()
    is_small: bool = True
    epoch: int | None = None
    last_epoch: int | None = None
    epoch_began: int = 0
    steps_an_epoch: int = 0
    why_no_optimum: str = ""
    n_steps: int = 0
    output: str = ""
    optimizers: tuple[OptimizerFacts, ...] = ()
    broken: Broken | None = None

    def end_of_epoch(self, step: int) -> int | None:
        """Return the last step of the epoch that the step after this one is in; None where that is not known."""
        each = self.steps_an_epoch
        return self.epoch_began + each * ((step + 1 - self.epoch_began) // each + 1) - 1 if each else None

    @property
    def command(self) -> str:
        """What starts it again under a screen, as a shell reads it; empty for a session."""
        words = (*(("-m",) if self.is_module else ()), self.path, *self.arguments)
        return shlex.join(("linreg-tui", "watch", *words)) if self.path else ""


@dataclass(frozen=True, eq=False)  # no slots: what follows from them is worked out once, and kept
class Facts:
    """A run as it was posed.

    Attributes
    ----------
    recipe
        What is trained, and how.
    features, target
        The columns' names; strangers' text.
    weight_names
        What the columns of w are called: the features, or every scalar of the user's own module.
    n_samples, n_dropped
        Rows used, and rows left out because a cell was missing.
    engine, engine_reason, device, dtype
        How and where the epochs are computed.
    learning_rate
        The rate that the run starts with; NaN where the optimizer has none.
    initial
        ``(n_parameters,)``, where the parameters start, as trained.
    scaling
        Between the data's own units and those that are trained on.
    least_squares
        The exact answer in the data's own units, for a linear model under squared error; None elsewhere.
    quadratic
        The cost over the parameters as trained, for the same; its gradient and excess cost need no rows.
    largest_stable_learning_rate
        Beyond it full-batch SGD diverges; None where there is no such limit to know.
    sgd
        SGD's arguments, where full-batch SGD is what trains, or a script's SGD; None elsewhere.
    jumps
        Whether any epoch can be reached directly, so that going back is free.
    sample_X, sample_y
        ``(n, n_features)`` and ``(n,)``: rows to draw, all of them where they are few, else drawn at random.
    minimum
        Where another criterion is least, for a linear model, or with a weight decay the ridge solution; None until it
        is found, and where it can't be.
    script
        What is known of a training loop that is not ours; its steps are the epochs. None for a run of ours.
    first_epoch
        The first that ran on these rows; those before it ran on others.
    rows_changed
        Whether somebody has changed the rows, so that the data that the recipe names are not these.
    n_edits
        How many changes of the rows have been asked for and made, or refused.
    """

    recipe: Recipe
    features: tuple[str, ...]
    target: str
    weight_names: tuple[str, ...]
    n_samples: int
    n_dropped: int
    engine: str
    engine_reason: str
    device: str
    dtype: str
    learning_rate: float
    initial: Vector
    scaling: Scaling
    least_squares: LeastSquares | None
    quadratic: Quadratic | None
    largest_stable_learning_rate: float | None
    sgd: SgdKeywords | None
    jumps: bool
    sample_X: Matrix
    sample_y: Vector
    script: ScriptFacts | None = None
    minimum: Minimum | None = None
    first_epoch: int = 0
    rows_changed: bool = False
    n_edits: int = 0

    @property
    def is_linear(self) -> bool:
        """Whether the model is X·w + b, and not a module or a script of the user's own."""
        return self.recipe.module is None and self.script is None

    @property
    def has_bias(self) -> bool:
        """Whether the last parameter is the bias b."""
        return self.is_linear and self.recipe.bias

    def in_original_units(self, parameters: Matrix) -> tuple[Matrix, Vector | None]:
        """Turn parameters as trained, ``(…, n_parameters)``, into w ``(…, n_weights)`` and b ``(…,)``.

        b is None without a bias. A module's own parameters are returned as they are, all as w.
        """
        if not self.is_linear:
            return parameters, None
        w, b = self.scaling.to_original(parameters, self.recipe.bias)
        return w, b if self.recipe.bias else None

    @cached_property
    def error_scale(self) -> ErrorScale | None:
        """What the parameters' distance to the exact answer is measured by; None where that would be untrue."""
        return error_scale(self.recipe, self.least_squares, self.scaling) if self.is_linear else None

    def gradient(self, parameters: Vector) -> Vector | None:
        """Return the cost's gradient over the parameters as trained, ``(n_parameters,)``; None if it needs the rows."""
        return None if self.quadratic is None else self.quadratic.gradient(parameters)

    def excess(self, parameters: Vector) -> float | None:
        """Return the cost above that of least squares, exact however small; None where it is not known."""
        return None if self.quadratic is None else float(self.quadratic.excess(parameters))

    def epochs_to_converge(
        self, parameters: Vector, learning_rate: float, before: Vector | None = None, last_rate: float = np.nan
    ) -> int | None:
        """Count the epochs from `parameters` until the excess cost is at most 1e-6 of the least-squares cost.

        With momentum it matters how the run came there: from `before`, at the learning rate `last_rate`; without these
        it is taken to be at rest. None where that is never, or not known: only full-batch SGD on squared error can be
        foretold.
        """
        if self.quadratic is None or self.sgd is None or not np.isfinite(parameters).all():
            return None
        buffer = None if before is None or not last_rate > 0 else self._buffer(before, parameters, last_rate)
        return epochs_to_converge(self.quadratic, parameters, learning_rate, **self.sgd, buffer=buffer)

    def epochs_that_matter(
        self, parameters: Vector, learning_rate: float, before: Vector | None = None, last_rate: float = np.nan
    ) -> int | None:
        """Count the epochs from `parameters` until each is so near its exact answer that the data can't tell; as above.

        None also for more parameters than that is worked out for while a screen waits.
        """
        scale = self.error_scale if len(self.initial) <= MOST_FORETOLD else None
        if scale is None or self.quadratic is None or self.sgd is None or not np.isfinite(parameters).all():
            return None
        buffer = None if before is None or not last_rate > 0 else self._buffer(before, parameters, last_rate)
        known = (self.quadratic, parameters, learning_rate, scale.reach, MATTERS)
        return epochs_to_within(*known, **self.sgd, buffer=buffer)

    def _buffer(self, before: Vector, after: Vector, learning_rate: float) -> Vector | None:
        """Recover SGD's momentum buffer, ``(n_parameters,)``, from its last step; None where it has none."""
        gradient = self.gradient(before)
        if self.sgd is None or gradient is None or not self.sgd["momentum"]:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            step: Vector = (before - after) / learning_rate
            if self.sgd["nesterov"]:  # steps along the gradient plus momentum times the buffer
                step = (step - gradient - self.sgd["weight_decay"] * before) / self.sgd["momentum"]
        return step if np.isfinite(step).all() else None


def facts_of(trainer: Trainer, sample_X: Matrix, sample_y: Vector) -> Facts:
    """Gather what is known of a trainer's run beforehand, with rows to draw ``(n, n_features)`` and ``(n,)``."""
    problem = trainer.problem
    known = problem.quadratic is not None and problem.sgd is not None and not trainer.is_scheduled
    return Facts(
        recipe=problem.settled_recipe,
        features=problem.features,
        target=problem.target,
        weight_names=trainer.weight_names,
        n_samples=problem.n_samples,
        n_dropped=problem.n_dropped,
        engine=trainer.engine.name,
        engine_reason=problem.choice.reason,
        device=trainer.device,
        dtype=trainer.dtype,
        learning_rate=trainer.engine.learning_rate,
        initial=trainer.parameters,
        scaling=problem.scaling,
        least_squares=problem.least_squares,
        quadratic=problem.quadratic,
        largest_stable_learning_rate=problem.largest_stable_learning_rate,
        sgd=problem.sgd_keywords if known else None,
        jumps=isinstance(trainer.engine, Jumping),
        sample_X=sample_X,
        sample_y=sample_y,
        minimum=problem.minimum,
        first_epoch=problem.first_epoch,
    )
