"""What a module of the user's own answers to the rows that are drawn, where no formula says it.

Its answers are computed on the thread that trains, so they are no newer than costs next to nothing.
"""

from math import inf
from time import perf_counter

from linreg.arrays import Vector, frozen
from linreg.training.facts import Facts
from linreg.training.trainer import Trainer

_MOST = 0.05
"""The part of the time that is spent on answers while a run moves."""


class Answers:
    """The answers of a trainer's module to the rows that its facts have to draw."""

    def __init__(self, trainer: Trainer, facts: Facts) -> None:
        is_wanted = facts.quadratic is None and len(facts.sample_y) > 0 and trainer.problem.ranks.n_ranks == 1
        self._module = trainer.engine.own_module if is_wanted else None
        self._X = facts.scaling.apply(facts.sample_X)
        self._known: Vector | None = None
        self._computed, self._took = -inf, 0.0

    def now(self, *, is_moving: bool) -> Vector | None:
        """Return them, ``(n,)``, while the run moves those of a little earlier; None where there are none."""
        if self._module is None:
            return None
        started = perf_counter()
        if not is_moving or started - self._computed >= self._took / _MOST:
            try:
                self._known = frozen(self._module.answers(self._X))
            except Exception:  # it is the user's, and may want all rows that it is trained on
                self._module = self._known = None
            self._computed = perf_counter()
            self._took = self._computed - started
        return self._known
