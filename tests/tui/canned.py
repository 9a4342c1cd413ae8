"""Moments of real runs, made without a thread or a screen, for the panels' tests."""

from copy import copy
from dataclasses import replace
from math import inf, nan
from typing import Any

from linreg.data import bundled
from linreg.data.table import open_source
from linreg.history.curves import Curves
from linreg.history.history import History
from linreg.live.state import State
from linreg.numerics.minima.minimum import minimum_of
from linreg.phase import Phase
from linreg.training.facts import facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from linreg_tui.monitor.view import View
from tui.once import once

PHASES = {
    Phase.RUNNING: Phase.PAUSED,
    Phase.FINISHED: Phase.FINISHED,
    Phase.CONVERGED: Phase.CONVERGED,
    Phase.DIVERGED: Phase.DIVERGED,
}


def view_of(data: str = "exercise1", n_epochs: int = 0, *, state: dict[str, Any] | None = None, **choices: Any) -> View:
    """Run `n_epochs` epochs of a bundled recipe with other `choices`, and look; `state` overrides what is seen."""
    view = _view(data, n_epochs, choices)
    history = copy(view.history)
    history.curves = Curves()
    return View(view.facts, replace(view.state, **(state or {})), history)


def with_minimum(view: View) -> View:
    """Let it be known where the run's own criterion is least."""
    facts, recipe = view.facts, view.facts.recipe
    least = minimum_of(facts.sample_X, facts.sample_y, recipe.criterion, bias=recipe.bias, reduction=recipe.reduction)
    return View(replace(facts, minimum=least), view.state, view.history)


@once
def _view(data: str, n_epochs: int, choices: dict[str, Any]) -> View:
    recipe = bundled.find(data).changed(**choices)
    trainer = Trainer(pose(recipe))
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    facts = facts_of(trainer, table.X, table.y)
    history = History(len(trainer.parameters), every=trainer.problem.every, kept_every=1)
    before = None
    while trainer.epoch + 1 < n_epochs and trainer.status is Phase.RUNNING:
        start = trainer.parameters
        trace = trainer.advance(n_epochs - trainer.epoch - 1)
        history.add(trace)
        if len(trace):
            before = trace.parameters[-2] if len(trace) > 1 else start
    state = State(
        version=1,
        phase=PHASES[trainer.status],
        reason=trainer.reason,
        epoch=trainer.epoch,
        last_epoch=trainer.last_epoch,
        parameters=trainer.parameters,
        before=before,
        cost=trainer.cost,
        learning_rate=trainer.engine.learning_rate,
        speed=inf,
        seconds=trainer.seconds,
        best_epoch=None if trainer.best is None else trainer.best.epoch,
        best_cost=nan if trainer.best is None else trainer.best.held_out_cost,
    )
    return View(facts, state, history)
