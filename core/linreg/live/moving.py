"""A run that can be moved about while it goes: played, paused, stepped, taken to any epoch. `run` has what changes it.

One thread owns it. A request only sets the course; `work` then runs one block of epochs, short enough that the next
request is heard in time. So nothing here waits, and every epoch of the history is one that ran.
"""

from dataclasses import replace
from math import inf, nan
from time import perf_counter

from linreg.arrays import Vector, frozen
from linreg.data.sample import Sample
from linreg.history.epochs import Epochs, Row
from linreg.history.history import History
from linreg.live.answers import Answers
from linreg.live.checkpoint import Checkpoint
from linreg.live.control import CountsBatches
from linreg.live.linear_module import with_what_is_known
from linreg.live.pacing import Pacing
from linreg.live.rewinding import Rewinding, cut, history_of, thinned
from linreg.live.state import Notice, State
from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.facts import Facts, facts_of
from linreg.training.problem import Problem
from linreg.training.result import Result
from linreg.training.trainer import Trainer

_LONGEST_GRADIENT = 0.25
"""Seconds of an epoch up to which the gradient of the last step is worth computing again."""


class MovingRun:
    """A trainer with its history, on its way somewhere or standing still.

    Parameters
    ----------
    problem
        What is trained.
    sample
        Rows to draw.
    speed
        Epochs a second; infinite: as fast as they come.
    is_playing
        Whether it runs at once.
    may_reseed
        Whether other initial parameters can be asked for.
    """

    def __init__(
        self, problem: Problem, sample: Sample, speed: float, is_playing: bool, *, may_reseed: bool = True
    ) -> None:
        self._drawn, self._speed, self._may_reseed = (sample.X, sample.y), speed, may_reseed
        self._notice: Notice | None = None
        self._begin(Trainer(problem))
        if is_playing:
            self.play()

    def _begin(self, trainer: Trainer) -> None:
        self.trainer, self.rewinding = trainer, Rewinding(trainer)
        self._know()
        self.phase, self._goal, self._plays_on = Phase.PAUSED, -1, False
        self._pacing = Pacing(self._speed, len(trainer.parameters))
        self._last_of_others: Row | None = None
        """The last epoch that ran before the rows were changed, where they were."""
        self._result: Result | None = None
        self._gradient: Vector | None = None
        self._forget()

    def _know(self) -> None:
        """Gather what is known of the trainer as it stands."""
        self.facts: Facts = with_what_is_known(self.trainer, facts_of(self.trainer, *self._drawn))
        self._answers = Answers(self.trainer, self.facts)

    def _forget(self) -> None:
        self.history = History(len(self.trainer.parameters), self.trainer.problem.every, kept_every=1)

    def _cut(self, epoch: int) -> int:
        """Forget the history after an epoch, and return the first that is to be added again."""
        if self._last_of_others is None:
            return cut(self.history, epoch, self._pacing.seconds_an_epoch)
        if self.history.is_coarse and self.history.last_epoch > epoch:
            self.history = thinned(self.history, epoch, self._last_of_others, self.trainer.problem.every)
            return self.history.last_epoch + 1
        return self.history.cut(epoch)

    def resume_from(self, kept: Checkpoint, epochs: Epochs) -> None:
        """Stand where a run of the same problem was put aside, with the epochs that are kept of it.

        To be called before anything has run; where it was to run at once, it runs on from there.
        """
        was_moving, trainer = self.phase.is_moving, self.trainer
        self.rewinding.resume_from(kept)
        self.facts = replace(self.facts, learning_rate=kept.first_learning_rate)
        self.history = history_of(self.rewinding, self.facts, epochs)
        trainer.advance(0)  # which notices that nothing is left to run
        self._stand()
        if was_moving:
            self.play()

    @property
    def epoch(self) -> int:
        """The last epoch that has run."""
        return self.trainer.epoch

    @property
    def batches(self) -> tuple[int, int] | None:
        """Which mini-batch of the present epoch is at work, from 1, and of how many; any thread may ask."""
        engine = self.trainer.engine
        return engine.batches if isinstance(engine, CountsBatches) else None

    @property
    def _target(self) -> int:
        """Where the run will stand if nothing else is asked for."""
        return self._goal if self.phase is Phase.SEEKING else self.epoch

    def play(self) -> None:
        """Run on from here."""
        if self.trainer.status is not Phase.RUNNING:
            return
        if self.phase is Phase.SEEKING and self._goal <= self.rewinding.frontier:
            self._plays_on = True  # back to where it was before epochs had to be run again
            return
        if self.phase is not Phase.RUNNING:
            self.phase = Phase.RUNNING
            self._pacing.start(self.epoch)

    def pause(self) -> None:
        """Stand still here."""
        if self.phase.is_moving:
            self._stand()

    def step(self, n_epochs: int = 1) -> None:
        """Go ahead by some epochs, counted from the goal where one is sought."""
        self.go_to(self._target + n_epochs)

    def back(self, n_epochs: int = 1) -> None:
        """Go back by some epochs, counted from the goal where one is sought."""
        self.go_to(self._target - n_epochs)

    def go_to(self, epoch: int) -> None:
        """Seek an epoch, and stand there."""
        first = self.rewinding.first
        if epoch < first and first >= 0:
            self.say(f"the rows were changed after epoch {first:,}: there is no way back beyond; r starts again.", True)
        epoch = min(max(epoch, first), self.trainer.last_epoch)
        if epoch == self.epoch or (epoch > self.epoch and self.trainer.status is not Phase.RUNNING):
            self._stand()
        else:
            self._seek(epoch)

    def _seek(self, epoch: int, from_epoch: int | None = None, plays_on: bool = False) -> None:
        """Go where few epochs are left to run, and run them in the blocks to come: from `from_epoch` on at least."""
        self.rewinding.approach(epoch if from_epoch is None else min(from_epoch, epoch))
        self._goal, self._plays_on, self.phase = epoch, plays_on, Phase.SEEKING
        self._pacing.start(self.epoch)
        if self.epoch >= epoch:
            self._stand()

    def _stand(self) -> None:
        """Stand still, or go on where that was meant; look around."""
        status = self.trainer.status
        if self._plays_on and self.phase is Phase.SEEKING and status is Phase.RUNNING and self.epoch >= self._goal:
            self.phase, self._plays_on = Phase.PAUSED, False
            self.play()
            return
        self._plays_on, self.phase = False, Phase.PAUSED if status is Phase.RUNNING else status
        self._result = self.trainer.result() if self.phase.has_ended else None
        is_worth_it = self.facts.quadratic is None and self._pacing.seconds_an_epoch <= _LONGEST_GRADIENT
        self._gradient = self.rewinding.gradient_before() if is_worth_it else None

    @property
    def seconds_to_next(self) -> float:
        """How long to wait until `work` has something to do; infinite while the run stands still."""
        if not self.phase.is_moving:
            return inf
        return self._pacing.seconds_to_next() if self.phase is Phase.RUNNING else 0.0

    def work(self) -> Trace:
        """Run the epochs that are due, a block at most, and return them; some may have run before."""
        if self.phase is Phase.RUNNING:
            n_epochs = self._pacing.due(self.epoch)
        else:
            n_epochs = min(self._pacing.block, self._goal - self.epoch)
        trace = self._advance(n_epochs)
        if self.trainer.status is not Phase.RUNNING or (self.phase is Phase.SEEKING and self.epoch >= self._goal):
            self._stand()
        return trace

    def _advance(self, n_epochs: int) -> Trace:
        started = perf_counter()
        trace = self.rewinding.advance(n_epochs)
        self.history.add(trace)
        self._pacing.ran(len(trace), perf_counter() - started, self.epoch)
        return trace

    def set_speed(self, speed: float) -> None:
        """Run at most so many epochs a second."""
        if not speed > 0:
            self.say("a speed is a number of epochs a second, above 0.", is_error=True)
            return
        self._speed = self._pacing.speed = speed
        self._pacing.start(self.epoch)

    def say(self, text: str, is_error: bool = False) -> None:
        """Put one sentence into the next state."""
        self._notice = Notice.after(self._notice, text, is_error)

    def state(self, version: int) -> State:
        """Return how the run stands; nothing in it is changed later."""
        trainer, is_moving, best = self.trainer, self.phase.is_moving, self.rewinding.best
        return State(
            version=version,
            phase=self.phase,
            reason=trainer.reason,
            epoch=trainer.epoch,
            last_epoch=trainer.last_epoch,
            goal=self._goal if self.phase is Phase.SEEKING else None,
            parameters=frozen(trainer.parameters),
            before=None if self.rewinding.before is None else frozen(self.rewinding.before),
            cost=trainer.cost if trainer.epoch >= 0 else nan,
            gradient=None if is_moving or self._gradient is None else self._gradient,
            predicted=self._answers.now(is_moving=is_moving),
            learning_rate=self.rewinding.learning_rate_of(trainer.epoch + 1),
            speed=self._speed,
            pace=self._pacing.pace if is_moving else 0.0,
            seconds=trainer.seconds,
            interventions=self.rewinding.changes,
            notice=self._notice,
            result=self._result if self.phase.has_ended else None,
            best_epoch=None if best is None else best.epoch,
            best_cost=nan if best is None else best.held_out_cost,
        )
