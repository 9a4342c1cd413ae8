"""A race: several recipes on the same rows from the same start, side by side.

The rows are read once, and their moments, scaling and curvature are the same for all. Each racer runs alone for a block
of epochs, then the next one: so all can be watched at once, and the clock of each counts its own engine only.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Batch, Vector
from linreg.engines.choice import choose_engine
from linreg.errors import LinregError
from linreg.history.history import History
from linreg.phase import Phase
from linreg.racing.descent import Descent, Reached
from linreg.racing.entries import Entry
from linreg.trace import Trace
from linreg.training.posing import pose, pose_table
from linreg.training.problem import Problem, in_one_batch
from linreg.training.trainer import Trainer

if TYPE_CHECKING:
    from torch import Tensor

    from linreg.data.table import Source, Table

TOLERANCES = (1e-3, 1e-6)
"""How near the least cost: as parts of it, as a result's excess cost has it."""
_PATH = 2
"""Up to so many parameters are kept over the epochs, for they can be drawn; of more, the costs are all there is."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What every racer's cost is compared with.

    Attributes
    ----------
    least
        The least cost: that of least squares, or else the best that any racer has reached.
    unit
        What an excess cost is measured by; with least squares as `Quadratic.reference` has it, else `least` itself.
    is_exact
        Whether it is least squares.
    """

    least: float
    unit: float
    is_exact: bool


class Racer:
    """One of a race.

    Attributes
    ----------
    entry, trainer
        What runs, and its run.
    history
        Its costs, and its excess costs where least squares is known; its parameters where they are two at most.
    """

    def __init__(self, entry: Entry, trainer: Trainer) -> None:
        self.entry, self.trainer = entry, trainer
        n_parameters = len(trainer.parameters)
        self._n_kept = n_parameters if n_parameters <= _PATH else 0
        self.history = History(self._n_kept, every=entry.recipe.printed_every)
        self._descent = Descent()  # of the excess cost where it is known, else of the cost
        self._judged: tuple[Vector, float] | None = None

    @property
    def n_epochs(self) -> int:
        """Epochs that have run with finite numbers."""
        return self.trainer.epoch + 1

    @property
    def has_ended(self) -> bool:
        """Whether there are no more epochs to come."""
        return self.trainer.status is not Phase.RUNNING

    @property
    def lowest_cost(self) -> float:
        """The least cost so far, where least squares is not known."""
        return float(np.fmin(self._descent.lowest, self.height))

    @property
    def cost(self) -> float:
        """The cost of the parameters as they are."""
        quadratic = self.trainer.problem.quadratic
        return self.height if quadratic is None else quadratic.floor + self.height

    @property
    def height(self) -> float:
        """What descends, at the parameters as they are: the excess cost where it is known, else the cost.

        Without least squares it takes all rows, and is worked out once for each place where the racer stands.
        """
        trainer = self.trainer
        if self._judged is None or self._judged[0] is not trainer.parameters:
            quadratic, parameters = trainer.problem.quadratic, trainer.parameters
            height = trainer.engine.cost_of(parameters) if quadratic is None else float(quadratic.excess(parameters))
            self._judged = parameters, height
        return self._judged[1]

    def advance(self, n_epochs: int) -> Trace:
        """Run at most so many epochs, fewer where it ends, and take note of them.

        Raises
        ------
        LinregError
            A module of the user's own failed; the sentence names the racer.
        """
        before, started = self.trainer.parameters, self.trainer.seconds
        with _named(self.entry):
            trace = self.trainer.advance(n_epochs)
        return self._noted(trace, before, started) if len(trace) else trace

    def turns(self) -> Iterator[Trace]:
        """Run to the end, block by block, and take note of each."""
        trainer = self.trainer
        before, started = trainer.parameters, trainer.seconds
        with _named(self.entry):
            for trace in trainer.run():
                if len(trace):
                    trace = self._noted(trace, before, started)
                yield trace
                before, started = trainer.parameters, trainer.seconds

    def _noted(self, trace: Trace, before: Vector, started: float) -> Trace:
        """Keep a block that began at `before` and `started`, and add its excess cost where that is known.

        Within a block, which is timed as a whole, every epoch counts as long as the next.
        """
        quadratic = self.trainer.problem.quadratic
        if quadratic is not None and trace.excess_cost is None:
            starts = np.concatenate([before[np.newaxis], trace.parameters[:-1]])
            trace = replace(trace, excess_cost=quadratic.excess(starts))
        self.history.add(replace(trace, parameters=trace.parameters[:, : self._n_kept]))
        if quadratic is not None and self._descent.lowest <= min(TOLERANCES) * quadratic.reference:
            return trace
        values = trace.cost if trace.excess_cost is None else trace.excess_cost
        ceiling = max(TOLERANCES) * quadratic.reference if quadratic is not None else self._ceiling(values)
        seconds = np.linspace(started, self.trainer.seconds, len(trace), endpoint=False)
        self._descent.add(trace.first_epoch, values, seconds, ceiling)
        return trace

    def _ceiling(self, costs: Vector) -> float:
        """Return what may still turn out to be near the best cost of all, which is no higher than this racer's."""
        best = float(np.fmin.reduce(costs, initial=self._descent.lowest))
        return best + max(TOLERANCES) * best

    def reached(self, tolerance: float, yardstick: Yardstick) -> Reached | None:
        """Say when the cost was first within `tolerance` of the least; None where it never was.

        The parameters after n epochs have a cost that the trace's row n tells; those after the last have none there,
        and count as well.
        """
        goal = tolerance * yardstick.unit + (0.0 if yardstick.is_exact else yardstick.least)
        before = self._descent.first(goal)
        if before is not None or not self.height <= goal:
            return before
        return Reached(self.n_epochs, self.trainer.seconds)


class Race:
    """Racers on the same rows."""

    def __init__(self, racers: Sequence[Racer]) -> None:
        self.racers = tuple(racers)

    @property
    def problem(self) -> Problem:
        """What all have in common: the rows, their moments, their curvature; the recipe is the first racer's."""
        return self.racers[0].trainer.problem

    @property
    def epoch(self) -> int:
        """The last epoch, counted over all racers; −1 before the first."""
        return sum(racer.n_epochs for racer in self.racers) - 1

    @property
    def last_epoch(self) -> int:
        """The last one that may come, counted likewise: one that has ended early has no more."""
        ends = (racer.n_epochs if racer.has_ended else racer.entry.recipe.last_epoch + 1 for racer in self.racers)
        return sum(ends) - 1

    @property
    def yardstick(self) -> Yardstick:
        """What their costs are compared with, as it stands."""
        quadratic = self.problem.quadratic
        if quadratic is not None:
            return Yardstick(quadratic.floor, quadratic.reference, is_exact=True)
        best = float(np.fmin.reduce([racer.lowest_cost for racer in self.racers]))
        return Yardstick(best, best, is_exact=False)

    def run(self) -> Iterator[tuple[Racer, Trace]]:
        """Run to the end of all, each a block in turn, and yield each block with whose it is.

        Raises
        ------
        LinregError
            A module of the user's own failed; the sentence names the racer.
        """
        waiting = deque((racer, racer.turns()) for racer in self.racers)
        while waiting:
            racer, turns = waiting.popleft()
            trace = next(turns, None)
            if trace is not None:
                yield racer, trace
                waiting.append((racer, turns))

    def interrupt(self, reason: str) -> None:
        """End the race where it is."""
        for racer in self.racers:
            racer.trainer.interrupt(reason)


def pose_race(
    entries: Sequence[Entry],
    reading: "Callable[[Source], Iterator[Batch]] | None" = None,
    table: "Table | None" = None,
) -> Race:
    """Read the rows that all entries name, once, and bring everyone to the start.

    Parameters
    ----------
    entries
        At least one; their recipes are as `linreg.racing.entries.entries` makes them, on the same rows.
    reading
        As `linreg.training.posing.pose` takes it.
    table
        The rows, where they are in memory already.

    Raises
    ------
    LinregError
        The data cannot be read, or one of the racers cannot be trained; the sentence names it.
    """
    entries = [entry.settled() for entry in entries]
    if any(entry.recipe.hold_out is not None for entry in entries):
        raise LinregError("a race is run on all rows; leave --hold-out out, or compare with cross-validate.")
    recipe = _neediest(entries).recipe
    problem = pose(recipe, reading) if table is None else pose_table(recipe, table)
    racers: list[Racer] = []
    rows: tuple[Tensor, Tensor] | None = None
    for entry in entries:
        with _named(entry):
            trainer = Trainer(problem.with_recipe(entry.recipe), rows)
        rows = trainer.rows if rows is None else rows
        _warm_up(trainer)
        racers.append(Racer(entry, trainer))
    return Race(racers)


def _neediest(entries: Sequence[Entry]) -> Entry:
    """Return one that needs the rows themselves, if there is any: whoever needs no more than moments has them then."""

    def need(entry: Entry) -> float:
        """Rank by the size of a batch: one that may be all rows is no batch, and then needs none either."""
        with _named(entry):
            if not choose_engine(entry.recipe).needs_rows:
                return inf
            needs_anyway = choose_engine(in_one_batch(entry.recipe, 0)).needs_rows
        return 0 if needs_anyway else entry.recipe.batch_size or 0

    return min(entries, key=need)


def _warm_up(trainer: Trainer) -> None:
    """Run an epoch that does not count: a first one is slower, and would be on whoever starts first.

    Not with a module of the user's own, which may do whatever it likes in an epoch.
    """
    if trainer.problem.recipe.module is None:
        start = trainer.engine.snapshot()
        trainer.engine.advance(1)
        trainer.engine.restore(start)


@contextmanager
def _named(entry: Entry) -> Iterator[None]:
    """Say whose error it is."""
    try:
        yield
    except LinregError as problem:
        raise LinregError(f"{entry.name}: {problem}") from None
