"""What every engine can do. An engine moves the parameters forward a block of epochs at a time and hands back a trace.

It knows nothing of stop rules, printing or threads. Its whole state is `snapshot()`, so that going back is
`restore()` of an earlier state and training forward again gives the same numbers as the first time.
"""

from typing import Any, Protocol, runtime_checkable

from linreg.arrays import Vector
from linreg.trace import Trace


@runtime_checkable
class Jumping(Protocol):
    """What an engine can do besides when any epoch can be reached directly."""

    def at(self, epoch: int) -> Trace:
        """Return one epoch, past or to come, without moving."""
        ...

    def go_to(self, epoch: int) -> None:
        """Move so that `advance` runs `epoch` next."""
        ...


class Engine(Protocol):
    """One way to run the recipe's epochs."""

    name: str
    learning_rate: float
    """The rate of the next step; may be set between two blocks. NaN where the optimizer has none."""

    device: str
    dtype: str
    """Where the parameters live, and their type, in torch's words."""

    @property
    def epoch(self) -> int:
        """The epoch that `advance` runs next; 0 at the start."""
        ...

    @property
    def parameters(self) -> Vector:
        """The current parameters as trained, ``(n_parameters,)``: the weights, then the bias where there is one."""
        ...

    def advance(self, n_epochs: int) -> Trace:
        """Run `n_epochs` epochs and return them. Costs and parameters may turn non-finite; that is not an error."""
        ...

    def cost_of(self, parameters: Vector) -> float:
        """Compute the cost over all rows at any parameters, ``(n_parameters,)``."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Copy everything that decides the epochs to come."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Return to an earlier `snapshot`, exactly."""
        ...
