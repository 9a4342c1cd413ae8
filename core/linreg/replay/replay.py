"""A recorded run played back: to be watched, paused, stepped and scrubbed as if it ran, without its data.

Nothing runs here, so there is no thread: where the recording stands follows from the clock and is worked out when
somebody looks. A recording that nobody looks at costs nothing, all who look see the same, and a request takes effect
at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import nan
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Self

from linreg.arrays import Vector, frozen
from linreg.errors import LinregError
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs
from linreg.history.history import History
from linreg.live.pacing import default_speed
from linreg.live.state import Notice, State, learning_rate_at
from linreg.phase import Phase
from linreg.replay.playhead import Playhead
from linreg.store.recorded_run import RecordedRun, best_kept, best_of_run, result_of_run
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.text import shortened
from linreg.training.facts import Facts

_REMEDY = "c on the runs screen, or linreg resume {}, goes on with it"


def open_replay(store: RunStore, word: str, speed: float | None = None) -> "Replay":
    """Return a recorded run, standing before its first epoch.

    Raises
    ------
    LinregError
        There is no such run, nothing is kept of it, or what is known of it is lost or does not fit its epochs.
    """
    kept = RecordedRun.of(store, word)
    if kept.facts is None:
        raise LinregError(
            f"what is known of the run {shortened(kept.run.name)} is lost, or of another version of linreg: its epochs "
            "can be exported, but not replayed."
        )
    return Replay(kept.run, kept.facts, kept.epochs, curves=kept.curves, speed=speed)


class Replay:
    """A recorded run; it offers what `linreg.live.control.Control` does, but for changing it.

    It stands at one of the epochs that are kept, or before the first; a step leads to the next of them.

    Parameters
    ----------
    run, facts, epochs
        As the store has them; one epoch at least.
    curves
        What else was measured on the way.
    speed
        Epochs a second; None lets a short run last about ten seconds.
    clock
        Seconds.

    Raises
    ------
    LinregError
        These do not fit together.

    Attributes
    ----------
    name
        The run's; a stranger's text.
    history
        All epochs that are kept, wherever the recording stands.
    """

    def __init__(
        self,
        run: Run,
        facts: Facts,
        epochs: Epochs,
        *,
        curves: Curves | None = None,
        speed: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name, self.recipe = run.name, run.recipe
        self.facts = replace(facts, recipe=facts.recipe.changed(epochs=run.recipe.last_epoch))
        self.history = _history_of(run, facts, epochs)
        if curves is not None:
            self.history.curves = curves
        last = int(epochs.epoch[-1])
        self._run, self._kept = run, epochs
        self._end, self._result = run.stands_after(last), result_of_run(run, facts)
        best = best_of_run(run, epochs)
        self._best = best if best[0] in epochs.epoch else best_kept(epochs)  # to one that is not kept nothing can go
        self._head = Playhead(epochs.epoch, default_speed(last + 1) if speed is None else speed, clock)
        self._notice: Notice | None = None
        self._n_answered, self._has_changed, self._lock = 0, False, Lock()
        self._state = self._made(0)

    @property
    def state(self) -> State:
        """How the recording stands by now: the same object until something is different."""
        with self._lock:
            self._has_changed |= self._head.move()
            if self._has_changed:
                self._has_changed, self._state = False, self._made(self._state.version + 1)
            return self._state

    @property
    def caption(self) -> tuple[str, ...]:
        """Which recording it is."""
        return f"recording of {shortened(self._run.name, 24)}", "recording"

    @property
    def exit_status(self) -> int:
        """What a command that ends now should exit with: nothing can go wrong here."""
        return 0

    def close(self) -> None:
        """Stand still; what was last seen stays."""
        self.pause()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def play(self) -> None:
        """Play on from here."""
        with self._heard() as head:
            self._say_if_it_breaks_off()
            head.play()

    def pause(self) -> None:
        """Stand still."""
        with self._heard() as head:
            head.stand(head.place)

    def step(self, n_epochs: int = 1) -> None:
        """Go ahead by some of the epochs that are kept, and stand still."""
        with self._heard() as head:
            self._say_if_it_breaks_off()
            head.stand(head.place + n_epochs)

    def back(self, n_epochs: int = 1) -> None:
        """Return by some of the epochs that are kept, and stand still."""
        with self._heard() as head:
            head.stand(head.place - n_epochs)

    def go_to(self, epoch: int) -> None:
        """Go to an epoch, or to the nearest before it that is kept, and stand still; −1 is before the first."""
        with self._heard() as head:
            epoch = min(max(epoch, -1), self.recipe.last_epoch)
            head.seek(epoch)
            if head.epoch != epoch:
                self._say(self._where_instead_of(epoch))

    def set_speed(self, speed: float) -> None:
        """Play at most this many epochs a second; infinite: all of them in a moment."""
        with self._heard() as head:
            if speed > 0:
                head.speed = speed
            else:
                self._say("a speed is a number of epochs a second, above 0.", is_error=True)

    def restart(self, *, new_seed: bool = False) -> None:
        """Stand before the first epoch; to start from other parameters the run would have to be trained."""
        with self._heard() as head:
            if new_seed:
                self._refuse()
            else:
                head.stand(-1)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Say that this is a recording."""
        with self._heard():
            self._refuse()

    def scale_learning_rate(self, factor: float) -> None:
        """Say that this is a recording."""
        with self._heard():
            self._refuse()

    def recover(self) -> None:
        """Say that this is a recording."""
        with self._heard():
            self._refuse()

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Say that this is a recording."""
        with self._heard():
            self._refuse()

    def stop(self) -> None:
        """Say that this is a recording."""
        with self._heard():
            self._refuse()

    @contextmanager
    def _heard(self) -> Iterator[Playhead]:
        """Fulfil a request where the recording stands by now."""
        with self._lock:
            self._head.move()
            self._n_answered, self._has_changed = self._n_answered + 1, True
            yield self._head

    def _where_instead_of(self, epoch: int) -> str:
        """Say where the recording stands, and why not at the epoch that was asked for."""
        head, first = self._head, int(self._kept.epoch[0])
        if head.is_at_end:
            return f"the recording ends with epoch {head.epoch:,}."
        if head.place < 0:
            return f"the recording begins with epoch {first:,}: this is the start."
        return f"of this run one epoch in {head.gap_behind():,} is kept here: this is {head.epoch:,}."

    def _say_if_it_breaks_off(self) -> None:
        if self._head.is_at_end and self._end[0] is Phase.PAUSED:
            self._say(f"the recording ends here; {_REMEDY.format(shortened(self.name))}.")

    def _refuse(self) -> None:
        name, status = shortened(self.name), self._run.status
        if status in (Phase.CONVERGED, Phase.DIVERGED):
            words = f"this is a recording of a run that has {status}: to change anything, train it anew."
        elif status is Phase.FINISHED:
            words = f"this is a recording: linreg resume {name} --epochs N takes the run further."
        else:
            words = f"this is a recording: {_REMEDY.format(name)}."
        self._say(words, is_error=True)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._notice = Notice.after(self._notice, text, is_error)

    def _made(self, version: int) -> State:
        """Return how the recording stands."""
        kept, head = self._kept, self._head
        phase, reason = self._end if head.is_at_end else (Phase.RUNNING if head.is_playing else Phase.PAUSED, "")
        result = self._result if phase.has_ended else None
        return State(
            version=version,
            phase=phase,
            reason=reason,
            epoch=head.epoch,
            last_epoch=self.recipe.last_epoch,
            parameters=frozen(kept.parameters[head.place] if head.place >= 0 else self.facts.initial),
            before=self._before(),
            cost=float(kept.cost[head.place]) if head.place >= 0 else nan,
            learning_rate=self._next_rate(),
            speed=head.speed,
            pace=head.pace if head.is_playing else 0.0,
            seconds=0.0 if result is None else result.seconds,
            interventions=self._run.interventions,
            notice=self._notice,
            answered=self._n_answered,
            result=result,
            best_epoch=self._best[0],
            best_cost=self._best[1],
        )

    def _next_rate(self) -> float:
        """Return the rate of the next step; of a schedule, that of the next epoch that is kept."""
        if self.recipe.schedule is not None and len(self._kept):
            return float(self._kept.learning_rate[min(self._head.place + 1, len(self._kept) - 1)])
        return learning_rate_at(self._head.epoch + 1, self._run.interventions, self.facts.learning_rate)

    def _before(self) -> Vector | None:
        """Return the parameters that the epoch started from, if they are kept."""
        kept, place, epoch = self._kept, self._head.place, self._head.epoch
        if epoch == 0:
            return frozen(self.facts.initial)
        return frozen(kept.parameters[place - 1]) if place > 0 and kept.epoch[place - 1] == epoch - 1 else None


def _history_of(run: Run, facts: Facts, epochs: Epochs) -> History:
    """Return all that is kept as a history.

    Raises
    ------
    LinregError
        The facts are not those of these epochs.
    """
    try:
        w, _ = facts.in_original_units(facts.initial)
        if len(w) != len(facts.weight_names) or facts.sample_X.shape[1:] != (len(facts.features),):
            raise ValueError("names that are too few or too many")
        return History.of_epochs(epochs, len(facts.initial), run.recipe.printed_every)
    except (ValueError, IndexError, TypeError, AttributeError):
        raise LinregError(
            f"the epochs of the run {shortened(run.name)} do not fit what is known of it: another version of linreg "
            "recorded it, and it can be exported, but not replayed."
        ) from None
