"""Writing a run down while it is trained, from a thread of its own: training never waits for a disk.

Whoever trains hands over traces, and a checkpoint now and then, which costs a copy of a few rows. Twice a second the
thread writes what has come together. Of the epochs every multiple of a number is kept, which doubles when they are too
many, and the newest: so what waits is bounded as well, however long a disk takes. A disk that is full, broken or locked
is told of once, and tried again at longer and longer intervals.

A checkpoint is written after the epochs that led to it, or not at all, and so is the end of the run: whoever takes the
run up from what is there computes again what could not be written.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

import numpy as np

from linreg.errors import LinregError
from linreg.files.faults import told
from linreg.history.curves import Curves
from linreg.history.epochs import Epochs
from linreg.history.extremes import of_each
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store import checkpoint
from linreg.store.database import DamagedError
from linreg.store.pending import Description, End, Pending
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.trace import Trace

MOST_NUMBERS, MOST_EPOCHS, FEWEST_EPOCHS = 2**20, 2**14, 16
BATCH_SECONDS, LONGEST_PAUSE = 0.5, 30.0
CHECKPOINT_SECONDS, CHECKPOINT_SHARE = 5.0, 0.02
END_SECONDS = 30.0
"""How long the end of a run waits for the disk."""
_AGAIN = {"store": "the run is recorded again.", "checkpoint": "the checkpoints are written again."}


class RunWriter:
    """Write one run of this process into the store of a home.

    Every method returns at once but `finish` and `close`; any thread may call it.

    Parameters
    ----------
    home, run
        As `RunStore.begin` or `RunStore.claim` returned it.
    from_epoch
        The first epoch to come. What is kept of this one and those after it is forgotten.
    description
        What is trained, to enter it again should the store be lost meanwhile.
    seconds
        Between two batches.
    """

    def __init__(
        self,
        home: Path,
        run: Run,
        from_epoch: int = 0,
        description: Description | None = None,
        seconds: float = BATCH_SECONDS,
    ) -> None:
        self.run = run
        self._description, self._interventions = description, tuple[Intervention, ...]()
        self._n_written, self._n_lost = 0, 0
        self._home, self._seconds = home, seconds
        self._store: RunStore | None = None  # the thread opens it, and nobody else uses it
        self._every, self._n_epochs = run.every, from_epoch
        self._pending = Pending(from_epoch=from_epoch)
        self._curves, self._curves_version = Curves(), 0
        self._lock, self._ending, self._is_writing = Lock(), Event(), False
        self._failing: set[str] = set()
        self._notices: list[str] = []
        self._kept_at, self._seconds_each = -inf, 0.0
        self._thread = Thread(target=self._write_on, name="linreg writer", daemon=True)
        self._thread.start()

    def add(self, trace: Trace) -> None:
        """Take the epochs that follow; those that were here before are skipped."""
        with self._lock:
            trace = trace.since(self._n_epochs)
            if not len(trace):
                return
            self._thin(trace.last_epoch, 3 + trace.parameters.shape[1])
            n_before = min(-trace.first_epoch % self._every, len(trace))
            if n_before:
                low, high = of_each(trace.cost[:n_before], n_before)
                self._pending.reach((float(low[0]), float(high[0])))
            if n_before < len(trace):
                self._pending.parts.append(Epochs.of(trace, slice(n_before, None, self._every)))
            self._pending.newest = Epochs.of(trace, slice(len(trace) - 1, None))
            self._n_epochs = trace.last_epoch + 1

    def _thin(self, last_epoch: int, n_columns: int) -> None:
        most = int(np.clip(MOST_NUMBERS // n_columns, FEWEST_EPOCHS, MOST_EPOCHS))
        if last_epoch // self._every < most:
            return
        while last_epoch // self._every >= most:
            self._every *= 2
        self._pending.thin(self._every)

    def forget(self, epoch: int) -> None:
        """Forget the epochs from this one on: the run was taken back, and goes on otherwise."""
        with self._lock:
            self._pending.forget(epoch)
            self._n_epochs = min(self._n_epochs, epoch)

    def change(self, interventions: tuple[Intervention, ...]) -> None:
        """Take all changes of the learning rate, in place of those before."""
        with self._lock:
            self._pending.interventions = self._interventions = interventions

    def measure(self, curves: Curves) -> None:
        """Keep what is measured beside the epochs, as it grows from now on."""
        self._curves = curves

    def describe(self, recipe: Recipe, facts: Mapping[str, Any]) -> None:
        """Take another recipe and other facts, of a run that begins again or of which more is known."""
        with self._lock:
            self._pending.description = self._description = Description(recipe, facts)

    def stand(self, end: End) -> None:
        """Take how the run stands, while its process goes on."""
        with self._lock:
            self._pending.end = replace(end, is_open=True)

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written, or a sentence to be read."""
        with self._lock:  # or what is just taken to be written might be seen nowhere
            return self._is_writing or bool(self._notices) or not self._pending.is_empty or self._has_points

    @property
    def _has_points(self) -> bool:
        return self._curves.version != self._curves_version

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the latest one is so old that the next is due; writing them takes a fiftieth of the time at most."""
        elapsed = monotonic() - self._kept_at
        return self._pending.checkpoint is None and elapsed >= max(
            CHECKPOINT_SECONDS, self._seconds_each / CHECKPOINT_SHARE
        )

    def keep(self, kept: Checkpoint) -> None:
        """Take a checkpoint, in place of one that is not written yet."""
        with self._lock:
            self._pending.checkpoint, self._kept_at = kept, monotonic()

    def notices(self) -> tuple[str, ...]:
        """Return the sentences for the user since the last call."""
        with self._lock:
            notices, self._notices = tuple(self._notices), []
        return notices

    def finish(self, status: Phase, reason: str = "", result: Mapping[str, Any] | None = None) -> None:
        """Write how the run ended and all that waits, and stop."""
        with self._lock:
            self._pending.end = End(status, reason, result)
        self.close()

    def close(self) -> None:
        """Write all that waits, and stop. Without an end the run is one that was interrupted."""
        self._ending.set()
        self._thread.join(END_SECONDS)
        if self._thread.is_alive():
            self._tell("the disk did not answer in time: the end of this run may not be recorded.")

    def _write_on(self) -> None:
        """Be the thread."""
        try:
            self._write_in_turns()
        except Exception as problem:  # a fault of ours is no reason not to train, but somebody must know
            self._tell(f"nothing more of this run is recorded: {told(problem)}")
        finally:
            if self._store is not None:
                self._store.close()

    def _write_in_turns(self) -> None:
        pause = self._seconds
        while not self._ending.wait(pause):
            pause = self._seconds if self._write() else min(2 * pause, LONGEST_PAUSE)
        if not self._write():
            sleep(min(self._seconds, BATCH_SECONDS))  # what failed for a moment only is no reason to stop short
            self._write()
        if "store" in self._failing:
            self._tell("what is recorded of this run stops short of its end.")
        elif self._failing:
            self._tell("the last checkpoint is not written: linreg resume goes on from the one before.")

    def _write(self) -> bool:
        """Write what waits; what cannot be written waits on, and with it all that rests on it."""
        with self._lock:
            batch, self._pending = self._pending, Pending()
            every, self._is_writing = self._every, True
        if self._done("store", lambda: self._write_record(batch, every), batch.has_record or self._has_points):
            self._done("checkpoint", lambda: self._write_checkpoint(batch), batch.checkpoint is not None)
            self._done("store", lambda: self._write_end(batch), batch.end is not None)
        with self._lock:
            batch.absorb(self._pending)
            batch.thin(self._every)
            self._pending, self._is_writing = batch, False
        return not self._failing

    def _done(self, what: str, write: Callable[[], object], is_asked: bool) -> bool:
        """Write, if there is something to write, and tell whether nothing was in the way."""
        if not is_asked:
            return True
        try:
            write()
        except LinregError as problem:
            if what not in self._failing:
                self._failing.add(what)
                self._tell(f"{problem} Training goes on, and this is tried again.")
            return False
        if what in self._failing:
            self._failing.discard(what)
            self._tell(_AGAIN[what])
        if what == "store" and self._n_lost:
            self._tell(f"the run is recorded in a new store, which lacks its epochs before {self._n_lost:,}.")
            self._n_lost = 0
        return True

    def _tell(self, notice: str) -> None:
        with self._lock:
            self._notices.append(notice)

    @contextmanager
    def _opened(self, batch: Pending) -> Iterator[RunStore]:
        """Hand out the store; where it is lost, enter the run in the new one, and have all written that is known."""
        try:
            if self._store is None:
                self._store = RunStore(self._home)
                if self._store.notice:
                    self._tell(self._store.notice)
                    self._enter_again(self._store, batch)
            yield self._store
        except DamagedError:
            if self._store is not None:
                self._enter_again(self._store, batch)
            raise

    def _enter_again(self, store: RunStore, batch: Pending) -> None:
        store.admit(self.run)
        self._n_lost, self._curves_version = self._n_written, 0
        with self._lock:
            batch.description = batch.description or self._description
            batch.interventions = batch.interventions or self._interventions

    def _write_record(self, batch: Pending, every: int) -> None:
        with self._opened(batch) as store:
            if batch.description is not None:
                store.describe(self.run.id, batch.description.recipe, batch.description.facts)
                batch.description = None
            pieces, version = self._curves.since(self._curves_version)
            if pieces:
                store.follow_curves(self.run.id, pieces)
            self._curves_version = version
            if not batch.has_rows:
                return
            rows = batch.rows()
            store.append(
                self.run.id,
                rows,
                every=every,
                from_epoch=batch.from_epoch,
                before=batch.before,
                interventions=batch.interventions,
            )
            self._n_written = self._n_written if rows is None else int(rows.epoch[-1]) + 1
            batch.rows_are_written()
            if batch.checkpoint is not None:
                store.settle()

    def _write_checkpoint(self, batch: Pending) -> None:
        started = monotonic()
        assert batch.checkpoint is not None
        checkpoint.save(self._home / "runs" / self.run.id, batch.checkpoint)
        batch.checkpoint, self._seconds_each = None, monotonic() - started

    def _write_end(self, batch: Pending) -> None:
        assert batch.end is not None
        end = batch.end
        with self._opened(batch) as store:
            store.finish(self.run.id, end.status, end.reason, end.result, is_open=end.is_open)
        batch.end = None
