"""Cross-validation: every candidate trained on all rows but a fold, and judged by that one.

Training on a fold's rows takes no more than their moments where the recipe does: then a candidate and a fold cost as
little as a race on a handful of numbers, whatever the number of rows. Scaling and an automatic learning rate come from
the rows that are trained on, never from those that are held out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from linreg.arrays import Vector
from linreg.data.table import Table
from linreg.engines.choice import choose_engine
from linreg.errors import LinregError
from linreg.numerics.shrinkage import shrunken
from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.racing.folds import Folded
from linreg.recipe import Recipe
from linreg.text import shortened
from linreg.training.outcome import excess_cost_of
from linreg.training.posing import pose_table, scaling_of
from linreg.training.problem import Problem
from linreg.training.trainer import Trainer

EXACT = "exact"
"""What stands for the engine where a candidate was taken to where its epochs lead."""


@dataclass(frozen=True, slots=True)
class FoldScore:
    """How one candidate did on one fold.

    Attributes
    ----------
    fold, n_samples
        What it is called, and its rows.
    mse, r2
        Of its rows; None where training without it diverged, r2 also where its target never changes.
    status
        How training without it ended.
    excess_cost
        How far above least squares it ended there, as a `Result` has it; None where it does not lead there.
    """

    fold: str
    n_samples: int
    mse: float | None
    r2: float | None
    status: Phase
    excess_cost: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One candidate with its scores.

    Attributes
    ----------
    number
        Its place among those that were given, from 0.
    entry
        Its recipe, and what it is called.
    engine
        What trained it, or ``"exact"``.
    scores
        One for each fold.
    """

    number: int
    entry: Entry
    engine: str
    scores: tuple[FoldScore, ...]

    @property
    def mse(self) -> float | None:
        """The mean of the folds' mean squared errors; None where one of them diverged."""
        return _mean([score.mse for score in self.scores])

    @property
    def rmse(self) -> float | None:
        """The mean of the folds' roots of those."""
        return _mean(self._roots)

    @property
    def rmse_standard_error(self) -> float | None:
        """Of that mean, from how much the folds differ."""
        return _standard_error(self._roots)

    @property
    def r2(self) -> float | None:
        """The mean of the folds' R²; None where one of them has none."""
        return _mean([score.r2 for score in self.scores])

    @property
    def r2_standard_error(self) -> float | None:
        """Of that mean."""
        return _standard_error([score.r2 for score in self.scores])

    @property
    def excess_cost(self) -> float:
        """How far above least squares its epochs ended at worst; 0 where it does not lead there."""
        return max(score.excess_cost or 0.0 for score in self.scores)

    @property
    def weight_decay(self) -> float:
        """The optimizer's option; 0 where it is not set."""
        return float(str(self.entry.recipe.options.get("weight_decay", 0.0)))

    @property
    def _roots(self) -> list[float | None]:
        return [None if score.mse is None else sqrt(score.mse) for score in self.scores]


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidation:
    """Candidates, the one of the least RMSE first, and those that diverged last.

    Attributes
    ----------
    features, target, n_samples, n_dropped
        Of the data.
    folds, sizes
        What the folds are called, and how many rows each has.
    candidates
        As above.
    notices
        What the user must be told, a sentence each.
    """

    features: tuple[str, ...]
    target: str
    n_samples: int
    n_dropped: int
    folds: tuple[str, ...]
    sizes: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    notices: tuple[str, ...]

    @property
    def best(self) -> Candidate:
        """The one of the least RMSE."""
        return self.candidates[0]


def refuse_others(entries: Iterable[Entry]) -> None:
    """Refuse what cannot be judged by moments or predictions of a linear model."""
    for entry in entries:
        if entry.recipe.module is not None:
            raise LinregError(
                "cross-validate judges a fold by w and b, which a module of your own need not have; hold rows out of "
                "its training with linreg run --hold-out 0.2."
            )
        if entry.recipe.hold_out is not None:
            raise LinregError(
                "cross-validate holds every fold out in turn; leave out --hold-out, and --patience with it."
            )
        if entry.recipe.until_standard_errors is not None:
            raise LinregError("cross-validate trains on other rows in each fold; leave --until-standard-errors out.")


def needs_rows(entries: Sequence[Entry]) -> bool:
    """Whether one of them cannot be trained on moments."""
    return any(choose_engine(entry.recipe).needs_rows for entry in entries)


def cross_validate(entries: Sequence[Entry], folded: Folded) -> CrossValidation:
    """Train every entry on all rows but a fold, for each fold, and judge it by that one.

    Full-batch SGD on squared error is taken to where its epochs lead, which is exact (least squares, or with weight
    decay the ridge solution), unless the recipe says how many epochs to run.

    Raises
    ------
    LinregError
        A candidate cannot be trained.
    """
    candidates = [_candidate(number, entry, folded) for number, entry in enumerate(entries)]
    ranked = sorted(candidates, key=lambda each: np.inf if each.rmse is None else each.rmse)
    return CrossValidation(
        features=folded.features,
        target=folded.target,
        n_samples=folded.n_samples,
        n_dropped=folded.n_dropped,
        folds=folded.names,
        sizes=folded.sizes,
        candidates=tuple(ranked),
        notices=(*folded.notices, *_notices(folded)),
    )


def _candidate(number: int, entry: Entry, folded: Folded) -> Candidate:
    scores, engine = [], ""
    for fold in range(len(folded.names)):
        problem = _posed(entry.recipe, folded, fold)
        if _leads_somewhere_exact(problem):
            assert problem.quadratic is not None
            engine, status = EXACT, Phase.CONVERGED
            decay = problem.sgd_keywords["weight_decay"]
            parameters = shrunken(problem.quadratic, decay, problem.initial_parameters())
        else:
            trainer = Trainer(problem)
            for _ in trainer.run(stride=max(1, problem.last_epoch)):
                pass
            engine, status, parameters = problem.choice.name, trainer.status, trainer.parameters
        scores.append(_scored(problem, folded, fold, parameters, status))
    return Candidate(number, entry, engine, tuple(scores))


def _posed(recipe: Recipe, folded: Folded, fold: int) -> Problem:
    """Pose the rows without a fold."""
    choice = choose_engine(recipe)
    if choice.needs_rows:
        return pose_table(recipe, Table(folded.features, folded.target, *folded.rows(fold, held_out=False)))
    moments = folded.trained_on[fold]
    return Problem(
        recipe=recipe,
        choice=choice,
        features=folded.features,
        target=folded.target,
        n_samples=moments.n_samples,
        n_dropped=0,
        moments=moments,
        scaling=scaling_of(recipe, moments),
    )


def _leads_somewhere_exact(problem: Problem) -> bool:
    """Whether it is known where the epochs lead, and nothing says to stop before."""
    recipe, limit = problem.recipe, problem.largest_stable_learning_rate
    if problem.quadratic is None or problem.choice.needs_rows or limit is None:
        return False
    stops = recipe.epochs != "auto" or recipe.until_step is not None or recipe.until_cost is not None
    rate = problem.learning_rate
    return not stops and limit > 0 and (rate is None or rate < limit)


def _scored(problem: Problem, folded: Folded, fold: int, parameters: Vector, status: Phase) -> FoldScore:
    """Judge parameters as trained by a fold."""
    mse, r2 = None, None
    if status is not Phase.DIVERGED:
        w, b = problem.scaling.to_original(parameters, problem.recipe.bias)
        moments = folded.held_out[fold]
        mse = float(moments.cost(w, b))
        r2 = moments.r2(mse)
    excess = None
    if problem.quadratic is not None and not problem.recipe.decays and mse is not None:
        excess = excess_cost_of(problem.quadratic, float(problem.quadratic.excess(parameters)))
    return FoldScore(folded.names[fold], folded.sizes[fold], mse, r2, status, excess)


def _notices(folded: Folded) -> Iterable[str]:
    """Say which scores there cannot be, and which folds hold all that changes in a column."""
    silent = [name for name, moments in zip(folded.names, folded.held_out, strict=True) if moments.constant[-1]]
    if silent:
        folds, them = ("fold", "has") if len(silent) == 1 else ("folds", "have")
        yield f"{folds} {_listed(silent)} {them} one row, or a target that never changes: R² says nothing there."
    lowest = np.min([moments.minimum for moments in folded.held_out], axis=0)
    varied = (lowest < np.max([moments.maximum for moments in folded.held_out], axis=0))[:-1]
    for name, moments in zip(folded.names, folded.trained_on, strict=True):
        is_lost = varied & moments.constant[:-1]
        lost = [feature for feature, gone in zip(folded.features, is_lost, strict=True) if gone]
        if lost:
            verb, it = ("changes", "it") if len(lost) == 1 else ("change", "them")
            yield f"without fold {shortened(name)} {_listed(lost)} never {verb}: no weight is learned for {it} there."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(shortened(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def _standard_error(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.std(known, ddof=1) / sqrt(len(known))) if len(known) == len(values) > 1 else None
