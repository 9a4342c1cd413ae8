"""A module of the user's own that is a linear model: found by what it computes, whatever its class is called.

One `nn.Linear`, alone or in layers of one's own around it, is X·w + b. Then all is known of it that is known of the
linear model: the exact answer, the curvature, the largest stable learning rate.
"""

from dataclasses import replace

import numpy as np

from linreg.arrays import Vector
from linreg.engines.engine import OnRows
from linreg.numerics.curvature import Quadratic
from linreg.optim.sgd import SgdKeywords, sgd_arguments
from linreg.training.facts import Facts
from linreg.training.trainer import Trainer

_MOST_CELLS, _TRIALS = 2**20, 3
"""Cells of a table up to which the module is tried out, and at how many random parameters."""


def with_what_is_known(trainer: Trainer, facts: Facts) -> Facts:
    """Return facts with the exact answer and the curvature of a module that turns out to be X·w + b, or X·w."""
    problem, recipe = trainer.problem, trainer.problem.recipe
    n_biases = len(facts.initial) - len(facts.features)
    if recipe.module is None or recipe.criterion != "MSELoss" or problem.moments is None or n_biases not in (0, 1):
        return facts
    if (
        problem.n_samples * len(facts.features) > _MOST_CELLS
        or problem.ranks.n_ranks > 1
        or not _is_linear(trainer, len(facts.features))
    ):
        return facts
    moments = problem.moments.transformed(problem.scaling.mean, problem.scaling.scale)
    quadratic = Quadratic.of(moments, bias=bool(n_biases), reduction=recipe.reduction)
    exact = moments.least_squares(bool(n_biases))
    answer = replace(exact, w=np.append(exact.w, exact.b)[: len(facts.initial)], b=0.0)
    sgd = sgd_arguments(recipe.options) if recipe.optimizer.lower() == "sgd" and recipe.batch_size is None else None
    if sgd is None or trainer.is_scheduled:
        return replace(facts, quadratic=quadratic, least_squares=answer)
    keywords: SgdKeywords = {
        "momentum": float(sgd.momentum),
        "dampening": sgd.dampening,
        "nesterov": sgd.nesterov,
        "weight_decay": sgd.weight_decay,
    }
    limit = quadratic.largest_stable_learning_rate(**keywords)
    return replace(facts, quadratic=quadratic, least_squares=answer, largest_stable_learning_rate=limit, sgd=keywords)


def _is_linear(trainer: Trainer, n_features: int) -> bool:
    """Whether the module answers X·w + b at random parameters, taken in their order as w and then b."""
    engine = trainer.engine
    if not isinstance(engine, OnRows):
        return False
    rows = engine.rows[0].detach().cpu().double().numpy()
    rng, rounding = np.random.default_rng(0), 1e-4 if engine.dtype == "float32" else 1e-9
    for _ in range(_TRIALS):
        parameters: Vector = rng.normal(size=len(trainer.parameters))
        wanted = rows @ parameters[:n_features] + parameters[n_features:].sum()
        try:
            answered = engine.predict(parameters)
        except Exception:  # it is the user's, and has not been asked for these numbers
            return False
        size = float(np.abs(wanted).max(initial=1.0))
        if answered.shape != wanted.shape or not np.allclose(answered, wanted, rtol=0, atol=rounding * size):
            return False
    return True
