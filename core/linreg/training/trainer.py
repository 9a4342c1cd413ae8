"""A trainer asks the engine for traces and checks the stop rules.

Whoever reads the traces decides the pace: `advance` returns one block, `run` yields blocks until the run has ended.
Going back: `restore` of an earlier `snapshot` on any engine, `rewind` to any epoch on one that can jump.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.engines.engine import Jumping, OnRows, Scheduled
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.statistics.best_epoch import BestEpoch, best_of
from linreg.trace import Trace
from linreg.training.block_length import UNWATCHED, BlockLength
from linreg.training.build import build_engine
from linreg.training.held_out import costs_of
from linreg.training.outcome import result_of
from linreg.training.problem import Problem
from linreg.training.result import Result
from linreg.training.stopping import rules_of

if TYPE_CHECKING:
    from torch import Tensor

LEAST_JUMP = 100_000
"""Epochs between two that are wanted, from which on jumping is faster than running through all."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Where a trainer stood, and all that decides the epochs to come."""

    epoch: int
    parameters: Vector
    cost: float
    engine: dict[str, Any]
    best: BestEpoch | None = None


class Trainer:
    """Run a problem's epochs.

    Parameters
    ----------
    rows
        The problem's rows as another trainer has them already, to be shared.

    Attributes
    ----------
    status
        How the run stands; `reason` says why it ended.
    epoch
        The last epoch that ran with finite numbers; −1 before the first.
    parameters
        ``(n_parameters,)``, as trained, after that epoch.
    cost
        The cost that this epoch started from; NaN before the first.
    best
        The best epoch so far by the rows that are held out; None where there are none, or not every epoch was run.
    seconds
        Spent in the engine.
    jumps
        Whether epochs were left out on the way, so that epochs a second mean nothing.
    """

    def __init__(self, problem: Problem, rows: "tuple[Tensor, Tensor] | None" = None) -> None:
        self.problem = problem
        self.engine = build_engine(problem, rows)
        self.status = Phase.RUNNING
        self.reason = ""
        self.epoch = -1
        self.parameters: Vector = self.engine.parameters
        self.cost = np.nan
        self.best: BestEpoch | None = None
        self.seconds = 0.0
        self.jumps = False
        self._began: tuple[int, Vector, float, BestEpoch | None] = (-1, self.parameters, np.nan, None)
        self._rules = rules_of(problem)
        self._rates: tuple[float, ...] = ()
        """Of the last epoch and the next, where a stop rule held within a block that the engine ran to its end."""

    def on(self, problem: Problem, before: Vector | None) -> "Trainer":
        """Return a trainer of the same model on other rows, which goes on from here and never back beyond.

        It has all that the optimizer remembers. `before`, ``(n_parameters,)``, is what the latest epoch started from:
        its cost is told anew.
        """
        other = Trainer(problem)
        if isinstance(self.engine, Jumping) and problem.quadratic is not None:
            other.engine = self.engine.on(problem.quadratic)
        else:
            other.engine.restore(self.engine.snapshot())
        other.seconds = self.seconds
        cost = np.nan if before is None else other.engine.cost_of(before)
        other._began = (self.epoch, self.parameters, cost, None)
        other._stand(*other._began)
        return other

    def advance(self, n_epochs: int) -> Trace:
        """Run at most `n_epochs` epochs, fewer where the run ends; an empty trace once it has."""
        n_epochs = min(n_epochs, self.problem.last_epoch - self.epoch) if self.status is Phase.RUNNING else 0
        started = perf_counter()
        trace = self._judged(self._advanced(n_epochs))
        self.seconds += perf_counter() - started
        stop = self._rules.first_stop(trace, self.parameters, self.cost if self.epoch >= 0 else None, self.best)
        if stop is not None:
            self._rates = tuple(trace.rates[max(0, stop.n_epochs - 1) : stop.n_epochs + 1].tolist())
            trace, self.status, self.reason = trace.head(stop.n_epochs), stop.status, stop.reason
        if len(trace):
            self.epoch, self.cost, self.parameters = trace.last_epoch, float(trace.cost[-1]), trace.parameters[-1]
            self.best = best_of(self.best, trace)
        if self.status is Phase.RUNNING and self.epoch >= self.problem.last_epoch:
            self.status, self.reason = Phase.FINISHED, f"all epochs to {self.epoch:,} have run"
        return trace

    def _advanced(self, n_epochs: int) -> Trace:
        try:
            return self.engine.advance(n_epochs)
        except (Exception, SystemExit) as problem:
            own_module = self.engine.own_module
            if own_module is None or isinstance(problem, LinregError):
                raise
            raise own_module.failed_in_training(problem) from None

    def _judged(self, trace: Trace) -> Trace:
        """Add what its parameters cost of the rows that are held out, where there are any."""
        if self.problem.held_out is None or not len(trace):
            return trace
        return replace(trace, held_out_cost=costs_of(self, trace.parameters))

    def run(self, stride: int = 1, until: int | None = None) -> Iterator[Trace]:
        """Run to the end, or only `until` an epoch has run, in blocks that nobody has to wait for.

        With a large `stride` an engine that can jump gives only every so many epochs and the last, one a trace: who
        prints every millionth epoch need not wait for those between. Not where a stop rule has to see them all.
        """
        if until is None and self.jumps_at(stride) and isinstance(self.engine, Jumping):
            yield from self._jumps(self.engine, stride)
        block = BlockLength(UNWATCHED, len(self.parameters))
        while self.status is Phase.RUNNING and (until is None or self.epoch < until):
            n_epochs, started = block.n_epochs, perf_counter()
            trace = self.advance(n_epochs if until is None else min(n_epochs, until - self.epoch))
            block.ran(n_epochs, perf_counter() - started)
            yield trace

    def jumps_at(self, stride: int) -> bool:
        """Whether `run` with this stride jumps from one epoch that is wanted to the next."""
        is_worth_it = stride >= LEAST_JUMP and self.epoch < self.last_epoch
        return is_worth_it and not self._rules.are_on and isinstance(self.engine, Jumping)

    def __iter__(self) -> Iterator[Trace]:
        """Run to the end, every epoch."""
        return self.run()

    @property
    def last_epoch(self) -> int:
        """The recipe's last."""
        return self.problem.last_epoch

    @property
    def nothing(self) -> Trace:
        """A trace without epochs."""
        return Trace(self.epoch + 1, np.empty(0), np.empty((0, len(self.parameters))), self.engine.learning_rate)

    @property
    def newest(self) -> Trace:
        """The row of the epoch where it stands."""
        if isinstance(self.engine, Jumping):
            return self.at(self.epoch)
        return self._judged(Trace(self.epoch, np.array([self.cost]), self.parameters[np.newaxis], self.latest_rate))

    def at(self, epoch: int) -> Trace:
        """Return the row of any epoch, past or to come, of an engine that can jump."""
        assert isinstance(self.engine, Jumping)
        return self._judged(self.engine.at(epoch))

    @property
    def latest_rate(self) -> float:
        """The learning rate of the latest step; where nothing sets it anew, that of the next one."""
        engine = self.engine
        if self.is_scheduled and not self.is_in_step and self._rates:
            return self._rates[0]
        return engine.used_rate if self.is_scheduled and isinstance(engine, Scheduled) else engine.learning_rate

    @property
    def next_rate(self) -> float:
        """The learning rate of the next step."""
        is_known = self.is_scheduled and not self.is_in_step and self._rates
        return self._rates[-1] if is_known else self.engine.learning_rate

    @property
    def is_scheduled(self) -> bool:
        """Whether a schedule sets the learning rate after every epoch."""
        return self.problem.recipe.schedule is not None

    @property
    def is_in_step(self) -> bool:
        """Whether the engine stands where the trainer does, and not beyond the epoch that ended the run."""
        return self.engine.epoch == self.epoch + 1

    def snapshot(self) -> Snapshot:
        """Copy what is needed to stand here again."""
        assert self.is_in_step
        return Snapshot(self.epoch, self.parameters.copy(), self.cost, self.engine.snapshot(), self.best)

    def restore(self, snapshot: Snapshot, seconds: float | None = None) -> None:
        """Stand where a snapshot was taken, running; the epochs from there on will be the same as the first time.

        The clock goes on counting, unless it is set to so many `seconds`.
        """
        self.engine.restore(snapshot.engine)
        self._stand(snapshot.epoch, snapshot.parameters.copy(), snapshot.cost, snapshot.best)
        self.seconds = self.seconds if seconds is None else seconds

    def rewind(self, epoch: int) -> None:
        """Stand at any epoch, running, of an engine that can jump; −1 is before the first.

        With rows held out that takes a look at every epoch up to there, unless the best of them is known.
        """
        assert isinstance(self.engine, Jumping)
        best = self._best_until(epoch)
        self.engine.go_to(epoch + 1)
        if epoch <= self._began[0]:
            self._stand(*self._began)
        else:
            trace = self.engine.at(epoch)
            self._stand(epoch, trace.parameters[0], float(trace.cost[0]), best)

    def _best_until(self, epoch: int) -> BestEpoch | None:
        best, first = None, 0
        if self.best is not None and self.best.epoch <= epoch:
            best, first = self.best, self.epoch + 1
        n_epochs = epoch + 1 if self.problem.held_out is not None else first
        for each in range(first, n_epochs):
            best = best_of(best, self.at(each))
        return best

    def _stand(self, epoch: int, parameters: Vector, cost: float, best: BestEpoch | None) -> None:
        self.epoch, self.parameters, self.cost, self.best = epoch, parameters, cost, best
        self.status, self.reason = Phase.RUNNING, ""

    @property
    def outcome(self) -> Vector:
        """What the run comes to, as trained: where it stands, or with patience, once it is over, its best epoch's."""
        is_over = self.status is not Phase.RUNNING and self.problem.recipe.patience is not None
        return self.best.parameters if is_over and self.best is not None else self.parameters

    def result(self) -> Result:
        """Take stock of the run where it stands."""
        return result_of(self)

    def go_on(self) -> None:
        """Run on although a stop rule has held; patience begins anew."""
        if self.status is Phase.CONVERGED:
            self.status, self.reason = Phase.RUNNING, ""
            self.best = None if self.best is None else replace(self.best, counted_from=self.epoch)

    def interrupt(self, reason: str) -> None:
        """End the run where it is."""
        if self.status is Phase.RUNNING:
            self.status, self.reason = Phase.INTERRUPTED, reason

    def _jumps(self, engine: Jumping, stride: int) -> Iterator[Trace]:
        """Yield every `stride`-th epoch to come, and the last. Nothing if that one is not finite: then look at each.

        A linear recurrence that is finite at the end has been finite all the way.
        """
        last = self.problem.last_epoch
        if not np.isfinite(engine.at(last).parameters).all():
            return
        for epoch in [*range(-(-(self.epoch + 1) // stride) * stride, last, stride), last]:
            if self.status is not Phase.RUNNING:
                return
            self.jumps, started = True, perf_counter()
            engine.go_to(epoch)
            trace = self._judged(self.engine.advance(1))
            self.seconds += perf_counter() - started
            self.epoch, self.cost, self.parameters, self.best = epoch, float(trace.cost[0]), trace.parameters[0], None
            if epoch == last:
                self.status, self.reason = Phase.FINISHED, f"all epochs to {epoch:,}, in jumps"
            yield trace

    @property
    def device(self) -> str:
        """Where the parameters live."""
        return self.engine.device

    @property
    def dtype(self) -> str:
        """The parameters' type."""
        return self.engine.dtype

    @property
    def rows(self) -> "tuple[Tensor, Tensor] | None":
        """The features and the target as trained; None where the engine needs no rows."""
        return self.engine.rows if isinstance(self.engine, OnRows) else None

    @cached_property
    def weight_names(self) -> tuple[str, ...]:
        """What the columns of w are called: the features, or the scalars of the user's own module."""
        own_module = self.engine.own_module
        return self.problem.features if own_module is None else own_module.parameter_names

    def in_original_units(self, parameters: Matrix) -> tuple[Matrix, Vector | None]:
        """Turn parameters as trained, ``(…, n_parameters)``, into w ``(…, n_weights)`` and b ``(…,)``.

        b is None without a bias. A module's own parameters are returned as they are, all as w.
        """
        if self.problem.recipe.module is not None:
            return parameters, None
        bias = self.problem.recipe.bias
        w, b = self.problem.scaling.to_original(parameters, bias)
        return w, b if bias else None
