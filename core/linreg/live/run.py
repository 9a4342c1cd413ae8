"""A run that can be changed while it goes: all that a session does, but for its thread.

The learning rate, the start and the rows are changed between two epochs; what follows is another future from there.
"""

from dataclasses import replace
from math import isfinite, isnan
from pathlib import Path

import numpy as np

from linreg.errors import LinregError
from linreg.files.atomic import check_destination
from linreg.live.edits import Edits, RowEdit, Rows, recipe_of_file, why_not
from linreg.live.moving import MovingRun
from linreg.live.recovery import Recovery
from linreg.live.reproduction import Retrace
from linreg.live.state import scaled_rate
from linreg.numerics.minima.minimum import Minimum
from linreg.phase import Phase
from linreg.text import shown
from linreg.training.fitted import FittedModel
from linreg.training.posing import scaling_of
from linreg.training.problem import Problem
from linreg.training.trainer import Trainer


class LiveRun(MovingRun):
    """A run that can be moved about and changed."""

    _edits: Edits | None = None
    _n_edits: int = 0

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use this rate from the next epoch on; on the way to a known epoch, from there on."""
        if isnan(self.trainer.engine.learning_rate):
            self.say(f"{self.facts.recipe.optimizer} has no learning rate to change.", is_error=True)
        elif self.trainer.is_scheduled:
            self.say(f"{self.facts.recipe.schedule} sets the learning rate after every epoch; d chooses another.", True)
        elif not (learning_rate > 0 and isfinite(learning_rate)):
            self.say("a learning rate is a finite number above 0; nothing was changed.", is_error=True)
        elif self.phase in (Phase.FINISHED, Phase.DIVERGED):
            remedy = "u goes back and lowers it" if self.phase is Phase.DIVERGED else "go back first, or start again"
            self.say(f"the run has {self.phase}: no step is left for another learning rate; {remedy}.", is_error=True)
        else:
            self._change(self._changing_epoch, float(learning_rate))

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the rate of the next step."""
        self.set_learning_rate(scaled_rate(self.rewinding.learning_rate_of(self._changing_epoch + 1), factor))

    @property
    def _changing_epoch(self) -> int:
        """The epoch after which a change takes effect."""
        return self._target if self._target <= self.rewinding.frontier else self.epoch

    def _change(self, epoch: int, learning_rate: float) -> None:
        if learning_rate == self.rewinding.learning_rate_of(epoch + 1):
            return
        was_moving, plays_on = self.phase.is_moving, self.phase is Phase.RUNNING or self._plays_on
        seeks_beyond = self.phase is Phase.SEEKING and self._goal > epoch
        self.rewinding.change(epoch, learning_rate)
        first = self._cut(epoch)
        if first <= epoch or not self.trainer.is_in_step or self.trainer.status is Phase.CONVERGED:
            self._seek(self._goal if seeks_beyond else epoch, first, plays_on)
        elif not was_moving:
            self._stand()

    def restart(self, new_seed: bool = False) -> None:
        """Stand before the first epoch again, with the rate that is set now."""
        if new_seed and not self._may_reseed:
            self.say("this run prints its epochs: start another one for other initial parameters.", is_error=True)
            return
        if self._edits is not None and self.trainer.problem.first_epoch:
            self._start_on(self._edits.rows)
        if new_seed:
            self._start(Trainer(self.trainer.problem.reseeded(), self.trainer.rows))
            recipe = self.facts.recipe
            words = "" if recipe.module else f", {'standard normal' if recipe.init == 'normal' else 'as nn.Linear'}"
            self.say(f"new random initial parameters, seed {recipe.seed:,}{words}.")
        self._stand_at_start()

    def _start(self, trainer: Trainer) -> None:
        """Have another trainer at its start, with the rate that is set now."""
        rate = self.rewinding.learning_rate_of(self.epoch + 1)
        self._begin(trainer)
        if not isnan(rate) and not self.trainer.is_scheduled:
            self.rewinding.change(-1, rate)

    def _stand_at_start(self) -> None:
        self.rewinding.start_again()
        self.facts = replace(self.facts, learning_rate=self.rewinding.first_learning_rate)
        self._forget()
        self._pacing.start(-1)
        self._stand()

    def recover(self) -> None:
        """After a divergence stand where the parameters have cost least, at a rate that is safe or that has worked."""
        if self.trainer.status is not Phase.DIVERGED:
            self.say("the run has not diverged; there is nothing to recover from.", is_error=True)
            return
        recovery = Recovery(self.rewinding, self.history, self._pacing, self._advance)
        way = recovery.found(self.facts.largest_stable_learning_rate)
        self.phase = Phase.PAUSED
        if way.learning_rate is not None:
            self._change(way.epoch, way.learning_rate)
        self.say(way.words)
        if self.phase is not Phase.SEEKING:
            self._stand()

    def retrace(self, way: Retrace) -> None:
        """Go the way that another run has gone, and stand where it stands. To be called before anything has run."""
        for change in way.changes:
            self.rewinding.change(change.epoch - 1, change.learning_rate)
        self.go_to(way.epoch)

    def know_minimum(self, minimum: Minimum) -> None:
        """Take where the criterion is least, which has been found meanwhile."""
        self.facts = replace(self.facts, minimum=minimum)
        if self._result is not None:
            self._result = replace(self._result, minimum=minimum)

    def save(self, path: Path, replaces: bool = False) -> None:
        """Write the model as it stands."""
        try:
            check_destination(path, *self.facts.recipe.read_from, replaces=replaces)
            result = self.trainer.result()
            model = FittedModel.of(self.trainer, result)
            if self.facts.rows_changed:
                model = replace(model, recipe=model.recipe | {"title": "", "data": "arrays"})  # which are in no file
            model.save(path, replaces=replaces)
            best = f", as epoch {result.best.epoch:,} left it, the best" if result.best and result.is_best else ""
            self.say(f"saved {shown(path)}{best}.")
        except LinregError as problem:
            self.say(str(problem), is_error=True)

    # The rows

    def edit_rows(self, edit: RowEdit) -> None:
        """Train on changed rows from the next epoch on; of a run that has diverged, from the start."""
        self._n_edits += 1
        try:
            edits = self._rows_to_edit()
            said = edits.edited(edit)
        except LinregError as problem:
            self.facts = replace(self.facts, n_edits=self._n_edits)
            self.say(str(problem), is_error=True)
            return
        was_moving, has_diverged = self.phase.is_moving, self.trainer.status is Phase.DIVERGED
        if self.epoch < 0 or has_diverged:
            self._start_on(edits.rows)
            self._stand_at_start()
            if was_moving:
                self.play()
        else:
            self._go_on_with(edits.rows)
        if said or has_diverged:
            self.say(said or "the run had diverged: it starts again on the changed rows.")

    def _rows_to_edit(self) -> Edits:
        """Return the rows, which are added up when they are first changed.

        Raises
        ------
        LinregError
            They cannot be changed.
        """
        if self._edits is None:
            reason = why_not(self.facts)
            if reason or self.trainer.problem.ranks.n_ranks > 1:
                raise LinregError(reason or "several processes share the rows: they cannot be changed by hand.")
            X, y = self._drawn
            self._edits = Edits(Rows.of(X[:, 0], y), self.facts.recipe.data)
        return self._edits

    def _pose(self, rows: Rows, first_epoch: int) -> Problem:
        problem, moments = self.trainer.problem, rows.moments
        scaling = problem.scaling if first_epoch else scaling_of(problem.recipe, moments)
        return problem.with_rows(rows.table(problem.features, problem.target), moments, scaling, first_epoch)

    def _start_on(self, rows: Rows) -> None:
        """Stand before the first epoch on these rows, standardised by themselves as any others would be."""
        problem = self._pose(rows, 0)
        problem.minimum_search.find()
        self._drawn = rows.x[:, np.newaxis], rows.y
        self._start(Trainer(problem))

    def _go_on_with(self, rows: Rows) -> None:
        """Go on with these rows: from the same parameters, in the same units, with what the optimizer remembers.

        The run has all its epochs before it again. One that had come to its end runs on.
        """
        plays = self._plays_on or self.phase in (Phase.RUNNING, Phase.FINISHED, Phase.CONVERGED)
        self._settle()
        goal, before = self._goal if self.phase is Phase.SEEKING else self.epoch, self.facts
        problem = self._pose(rows, self.epoch + 1)
        problem.minimum_search.find()
        self._last_of_others = self.history.row(self.epoch)
        self.rewinding, self._drawn = self.rewinding.on(problem), (rows.x[:, np.newaxis], rows.y)
        self.trainer = self.rewinding.trainer
        self._know()
        self.facts = replace(self.facts, initial=before.initial, learning_rate=before.learning_rate)
        self.phase, self._plays_on = Phase.PAUSED, False
        if goal > self.epoch:
            self._seek(goal, plays_on=plays)
        elif plays:
            self.play()
        else:
            self._stand()

    def _settle(self) -> None:
        """Come to where an epoch that has run is sought, and leave nothing in the history that is beyond."""
        while self.phase is Phase.SEEKING and self._goal <= self.rewinding.frontier:
            self.work()
        epoch = self.epoch
        first = self._cut(epoch)
        if first <= epoch or not self.trainer.is_in_step:
            goal, phase = self._goal, self.phase
            self._seek(epoch, first)
            while self.epoch < epoch:
                self.work()
            self._goal, self.phase = goal, phase

    def save_rows(self, path: Path, replaces: bool = False) -> None:
        """Write the rows as they are; from then on the recipe has its data there."""
        from linreg.data.table import write_columns

        try:
            edits = self._rows_to_edit()
            check_destination(path, edits.read_from, replaces=replaces)
            columns = {self.facts.features[0]: edits.rows.x, self.facts.target: edits.rows.y}
            write_columns(path, columns, replaces=replaces)
            recipe = recipe_of_file(self.trainer.problem.recipe, path)
        except LinregError as problem:
            self.say(str(problem), is_error=True)
            return
        edits.named, before = edits.rows, self.facts
        self.trainer.problem = replace(self.trainer.problem, recipe=recipe)
        self.facts = replace(before, recipe=self.trainer.problem.settled_recipe, rows_changed=False)
        n_rows = before.n_samples
        self.say(f"{n_rows:,} row{'s' * (n_rows > 1)} written to {shown(path)}, where the recipe has its data now.")

    def _know(self) -> None:
        """Gather what is known, and say whether the recipe's own data have these rows."""
        super()._know()
        if self._edits is not None:
            changed = self._edits.rows is not self._edits.named
            self.facts = replace(self.facts, rows_changed=changed, n_edits=self._n_edits)
