"""Going back exactly, on every engine, with every change of the learning rate at its epoch.

An engine that can jump goes to any epoch. Any other returns to the nearest snapshot before it and runs the epochs in
between again; and so does every one where rows are held out, as only who looks at all epochs knows the best by them.
Snapshots lie the closer the nearer they are to where the run stands, cost a twentieth of the training time at most, and
are bounded in bytes.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from math import isnan
from time import perf_counter
from typing import Any

import numpy as np

from linreg.arrays import Vector
from linreg.engines.engine import Jumping
from linreg.history.epochs import Epochs, Row
from linreg.history.history import History
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention, learning_rate_at
from linreg.trace import Trace
from linreg.training.facts import Facts
from linreg.training.problem import Problem
from linreg.training.trainer import Snapshot, Trainer

MOST_BYTES, MOST_SNAPSHOTS = 2**27, 256
_SHARE = 0.05
_RUN_UP = 64
"""Epochs to run again before the one that is sought, where jumping makes them free: a table shows them too."""
_WORTH_REPLAYING = 0.2
"""Seconds of training for which a coarse history is made fine again after a cut."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    snapshot: Snapshot
    before: Vector | None
    n_bytes: int


class Rewinding:
    """A trainer that can go back.

    Attributes
    ----------
    frontier
        The last epoch that has ever run since the latest change of what follows.
    before
        ``(n_parameters,)``, what the trainer's epoch started from; None before the first.
    best
        The best epoch up to the frontier by the rows that are held out; None where there are none.
    changes
        Every change of the learning rate, by epoch; some may lie ahead.
    first_learning_rate
        Of epoch 0; NaN where the optimizer has none.
    first
        The epoch beyond which there is no way back: −1, or the last that ran on other rows.
    """

    def __init__(self, trainer: Trainer, before: Vector | None = None) -> None:
        self.trainer, self.frontier, self.first = trainer, trainer.epoch, trainer.epoch
        self.before, self._before_first = before, before
        self.best = trainer.best
        self.changes: tuple[Intervention, ...] = ()
        self._initial, self.first_learning_rate = trainer.parameters, trainer.engine.learning_rate
        self._jumps = isinstance(trainer.engine, Jumping) and trainer.problem.held_out is None
        self._kept: list[_Kept] = []
        self._n_bytes, self._seconds_each, self._kept_at = 0, 0.0, -np.inf
        self._keep()

    def on(self, problem: Problem) -> "Rewinding":
        """Go on from here on other rows, at the rate that is set now; there is no way back beyond here."""
        other = Rewinding(self.trainer.on(problem, self.before), self.before)
        other.first_learning_rate = self.first_learning_rate
        other.changes = tuple(change for change in self.changes if change.epoch <= self.trainer.epoch + 1)
        other._steer()
        return other

    def learning_rate_of(self, epoch: int) -> float:
        """Return the rate of an epoch's step, run or to come; of a schedule only here and of the next."""
        if self.trainer.is_scheduled and self.trainer.epoch >= 0:
            return self.trainer.latest_rate if epoch <= self.trainer.epoch else self.trainer.next_rate
        return learning_rate_at(epoch, self.changes, self.first_learning_rate)

    def advance(self, n_epochs: int) -> Trace:
        """Run at most `n_epochs` epochs, fewer where the learning rate changes or the run ends."""
        trainer = self.trainer
        ahead = [change.epoch for change in self.changes if change.epoch > trainer.epoch + 1]
        if ahead:
            n_epochs = min(n_epochs, ahead[0] - trainer.epoch - 1)
        before = trainer.parameters
        trace = trainer.advance(n_epochs)
        if len(trace):
            self.before = trace.parameters[-2] if len(trace) > 1 else before
            self.has_reached(trainer.epoch)
        self._steer()
        self._keep()
        return trace

    def has_reached(self, epoch: int) -> None:
        """Note that an epoch has run, here or by the trainer itself."""
        if epoch >= self.frontier:
            self.frontier, self.best = epoch, self.trainer.best

    def gradient_before(self) -> Vector | None:
        """Compute the gradient of the last step, as trained; None where there was none."""
        return None if self.before is None else self.trainer.engine.gradient_at(self.before)

    def _steer(self) -> None:
        """Set the next step's rate. A change of it right after the run has converged lets the run go on."""
        trainer, following = self.trainer, self.trainer.epoch + 1
        rate = self.learning_rate_of(following)
        if not self.trainer.is_scheduled and not isnan(rate) and trainer.engine.learning_rate != rate:
            trainer.engine.learning_rate = rate
        if any(change.epoch == following for change in self.changes):
            trainer.go_on()

    def change(self, epoch: int, learning_rate: float) -> None:
        """Let the steps after `epoch` have this rate. What was known beyond it no longer holds."""
        self.changes = tuple(change for change in self.changes if change.epoch <= epoch)
        if learning_rate != self.learning_rate_of(epoch + 1) and not isnan(learning_rate):
            self.changes = (*self.changes, Intervention(epoch + 1, learning_rate))
        self.frontier = min(self.frontier, epoch)
        if self.best is not None and self.best.epoch > epoch:
            self.best = self.trainer.best if self.trainer.epoch == epoch else None  # till it is there again
        while self._kept and self._kept[-1].snapshot.epoch > epoch:
            self._n_bytes -= self._kept.pop().n_bytes
        self._steer()

    def resume_from(self, kept: Checkpoint) -> None:
        """Stand where another trainer of the same problem stood, as if this one had come there by the same way."""
        self.first_learning_rate, self.changes = kept.first_learning_rate, kept.interventions
        self.before, self.frontier = kept.before, kept.snapshot.epoch
        self.trainer.restore(kept.snapshot, kept.seconds)
        self.best = self.trainer.best
        self._steer()
        self._keep()

    def start_again(self) -> None:
        """Stand before the first epoch, with the rate that is set now from the start and all else forgotten."""
        rate = self.learning_rate_of(self.trainer.epoch + 1)
        self.approach(self.first)
        if not self.trainer.is_scheduled:  # which starts over, too
            self.changes, self.first_learning_rate = (), rate
        self.change(-1, self.first_learning_rate)

    def approach(self, epoch: int) -> None:
        """Stand before `epoch`, or at `first`, so near that few epochs are to be run to reach it; it has run before.

        Stay where the trainer is if that is nearer, and no later.
        """
        latest = max(self.first, epoch - 1)
        stays = self.trainer.is_in_step and self.trainer.epoch <= latest
        if self._jumps and isinstance(self.trainer.engine, Jumping):
            start = max(self.first, min(latest, self.frontier) - _RUN_UP)
            if not stays or start > self.trainer.epoch:
                self._jump(self.trainer.engine, start)
        else:
            kept = self._kept[bisect_right(self._kept, latest, key=_epoch_of) - 1]
            if not stays or kept.snapshot.epoch > self.trainer.epoch:
                self.trainer.restore(kept.snapshot)
                self.before = kept.before
        self._steer()

    def _jump(self, engine: Jumping, epoch: int) -> None:
        """Go to any epoch, by way of every change of the learning rate."""
        self.trainer.rewind(min(self.trainer.epoch, epoch))
        for change in self.changes:
            if self.trainer.epoch + 1 <= change.epoch <= epoch:
                self.trainer.rewind(change.epoch - 1)
                self.trainer.engine.learning_rate = change.learning_rate
        self.trainer.rewind(epoch)
        if epoch > self.first + 1:
            self.before = engine.at(epoch - 1).parameters[0]
        else:
            self.before = self._before_first if epoch == self.first else self._initial

    def _keep(self) -> None:
        """Take a snapshot, if there is none here and it costs little beside the training since the latest."""
        trainer = self.trainer
        if not trainer.is_in_step or self._jumps or trainer.seconds - self._kept_at < self._seconds_each / _SHARE:
            return
        place = bisect_left(self._kept, trainer.epoch, key=_epoch_of)
        if place < len(self._kept) and self._kept[place].snapshot.epoch == trainer.epoch:
            return
        started = perf_counter()
        snapshot = trainer.snapshot()
        n_bytes = _n_bytes(snapshot.engine)
        self._kept.insert(place, _Kept(snapshot, self.before, n_bytes))
        self._n_bytes += n_bytes
        while len(self._kept) > 2 and (self._n_bytes > MOST_BYTES or len(self._kept) > MOST_SNAPSHOTS):
            self._thin()
        self._seconds_each, self._kept_at = perf_counter() - started, trainer.seconds

    def _thin(self) -> None:
        """Drop the snapshot that leaves the smallest gap for how far away it is; never the first or the last."""
        epochs = np.array([kept.snapshot.epoch for kept in self._kept])
        gaps, distances = epochs[2:] - epochs[:-2], np.abs(epochs[1:-1] - self.trainer.epoch) + 1
        self._n_bytes -= self._kept.pop(1 + int(np.argmin(gaps / distances))).n_bytes


def _epoch_of(kept: _Kept) -> int:
    return kept.snapshot.epoch


def _n_bytes(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_n_bytes, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_n_bytes, value))
    return int(getattr(value, "nbytes", 0))


def history_of(rewinding: Rewinding, facts: Facts, epochs: Epochs) -> History:
    """Return a history of the epochs up to where the trainer stands; where these are damaged, of that one only."""
    trainer = rewinding.trainer
    earlier, here = epochs.before(trainer.epoch), _here(rewinding, facts, epochs)
    n_parameters, every = len(trainer.parameters), trainer.problem.every
    try:
        joined = Epochs.joined([earlier, here] if len(earlier) else [here])
        return History.of_epochs(joined, n_parameters, every, kept_every=1)
    except ValueError:
        return History.of_epochs(here, n_parameters, every, kept_every=1)


def _here(rewinding: Rewinding, facts: Facts, epochs: Epochs) -> Epochs:
    """Return the row of the epoch where the trainer stands: that which is kept, or one that is made again."""
    trainer, before = rewinding.trainer, rewinding.before
    kept = epochs.where(epochs.epoch == trainer.epoch)
    if len(kept) and np.array_equal(kept.parameters[0], trainer.parameters):
        return kept
    row = replace(trainer.newest, learning_rate=rewinding.learning_rate_of(trainer.epoch))
    excess = None if before is None or row.excess_cost is not None else facts.excess(before)
    return Epochs.of(row if excess is None else replace(row, excess_cost=np.array([excess])))


def thinned(history: History, epoch: int, last_of_others: Row, every: int) -> History:
    """Return the history up to `epoch`, or somewhat less, of the rows that are kept, where none can be run again.

    That ran on other rows: so at least `last_of_others` is there, the last epoch that did.
    """
    rows = [row for row in history.kept_rows(epoch) if row.epoch != last_of_others.epoch]
    if not rows or rows[-1].epoch < last_of_others.epoch:
        rows.append(last_of_others)
    excess = [row.excess_cost for row in rows]
    kept = Epochs(
        np.array([row.epoch for row in rows]),
        np.array([row.cost for row in rows]),
        None if None in excess else np.array(excess, np.float64),
        np.array([row.learning_rate for row in rows]),
        np.stack([row.parameters for row in rows]),
    )
    return History.of_epochs(kept, len(rows[0].parameters), every, kept_every=1)


def cut(history: History, epoch: int, seconds_an_epoch: float) -> int:
    """Forget the history after `epoch` and return the first epoch to add again; all, if that makes it finer."""
    if history.last_epoch <= epoch:
        return epoch + 1
    if history.is_coarse and (epoch + 1) * seconds_an_epoch < _WORTH_REPLAYING:
        return history.cut(-1)
    return history.cut(epoch)
