"""What whoever watches a run can read of it and ask of it, wherever it runs.

A session on a worker thread of this process is one; reading never waits for the worker, and every request returns at
once and takes effect between two traces, so that an epoch is never torn.
"""

from pathlib import Path
from typing import Protocol, runtime_checkable

from linreg.history.history import History
from linreg.live.edits import RowEdit
from linreg.live.state import State
from linreg.recipe import Recipe
from linreg.training.facts import Facts


@runtime_checkable
class CountsBatches(Protocol):
    """What a run can tell besides that computes its epochs in this process."""

    @property
    def batches(self) -> tuple[int, int] | None:
        """Which mini-batch of the present epoch is at work, from 1, and of how many; None where there are none."""
        ...


@runtime_checkable
class ChangesRows(Protocol):
    """What a run can be asked for besides whose rows are in this process; a notice says what cannot be done."""

    def edit_rows(self, edit: RowEdit) -> None:
        """Train on changed rows from the next epoch on; of a run that has diverged, from the start."""
        ...

    def save_rows(self, path: Path, *, replaces: bool = False) -> None:
        """Write the rows as they are, over a file only where it `replaces` one, and have the recipe name that file."""
        ...


class Control(Protocol):
    """A run that can be watched, paused, stepped, taken back and changed."""

    @property
    def recipe(self) -> Recipe:
        """What is trained, and how."""
        ...

    @property
    def caption(self) -> tuple[str, ...]:
        """Where the run is, if it is not this process's own: in words, and in fewer."""
        ...

    @property
    def state(self) -> State:
        """The newest state."""
        ...

    @property
    def facts(self) -> Facts | None:
        """What is known before the first epoch; None while the run loads."""
        ...

    @property
    def history(self) -> History | None:
        """The epochs so far, safe to read from any thread; None while the run loads."""
        ...

    def play(self) -> None:
        """Run on, at the speed that is set."""
        ...

    def pause(self) -> None:
        """Stand still after the epoch that is being computed."""
        ...

    def step(self, n_epochs: int = 1) -> None:
        """Run `n_epochs` epochs, then stand still."""
        ...

    def back(self, n_epochs: int = 1) -> None:
        """Return to `n_epochs` epochs earlier, exactly, and stand still."""
        ...

    def go_to(self, epoch: int) -> None:
        """Go to any epoch, back or ahead; −1 is before the first. What was computed stays to be gone to again."""
        ...

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use this rate from the next epoch on, without a reset. Epochs already computed beyond here are forgotten."""
        ...

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the rate of the next step, as `set_learning_rate` sets it: two requests at once both count."""
        ...

    def set_speed(self, speed: float) -> None:
        """Run at most this many epochs a second; infinite: as fast as they come."""
        ...

    def restart(self, *, new_seed: bool = False) -> None:
        """Start again from the same initial parameters, or from random ones that have not been used yet, and stand."""
        ...

    def recover(self) -> None:
        """After a divergence: go back to the epoch of the least cost, lower the learning rate there, and stand."""
        ...

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Write the model as it stands, over a file only where it `replaces` one; a notice says how that went."""
        ...

    def stop(self) -> None:
        """End the run where it is; what is kept of it can be taken up again."""
        ...
