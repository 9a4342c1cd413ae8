"""What every engine can do. An engine moves the parameters forward a block of epochs at a time and hands back a trace.

It knows nothing of stop rules, printing or threads. Its whole state is `snapshot()`, so that going back is
`restore()` of an earlier state and training forward again gives the same numbers as the first time.
"""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.trace import Trace

if TYPE_CHECKING:
    from torch import Tensor

    from linreg.nn.user_module import UserModule


@runtime_checkable
class Jumping(Protocol):
    """What an engine can do besides when any epoch can be reached directly."""

    def at(self, epoch: int) -> Trace:
        """Return one epoch, past or to come, without moving."""
        ...

    def go_to(self, epoch: int) -> None:
        """Move so that `advance` runs `epoch` next."""
        ...

    def on(self, quadratic: Quadratic) -> "Engine":
        """Return the engine of another cost that goes on from here, and never back beyond."""
        ...


@runtime_checkable
class OnRows(Protocol):
    """What an engine can do besides that trains on the rows themselves; any other has seen no more than moments."""

    @property
    def rows(self) -> "tuple[Tensor, Tensor]":
        """The features and the target as trained, which another engine may share."""
        ...

    def predict(self, parameters: Vector, X: Matrix | None = None) -> Vector:
        """Compute the model's answer to every row at any parameters, ``(n_rows,)``: of several ranks, to its own.

        To other rows where some are given, ``(n_rows, n_features)`` as trained.
        """
        ...


@runtime_checkable
class Scheduled(Protocol):
    """What an engine has besides whose learning rate a schedule may set after every epoch."""

    used_rate: float
    """The rate of the latest step; before the first, of that."""


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

    @property
    def own_module(self) -> "UserModule | None":
        """The user's own module, where that is what is trained instead of w and b."""
        ...

    def advance(self, n_epochs: int) -> Trace:
        """Run `n_epochs` epochs and return them. Costs and parameters may turn non-finite; that is not an error."""
        ...

    def cost_of(self, parameters: Vector) -> float:
        """Compute the cost over all rows at any parameters, ``(n_parameters,)``."""
        ...

    def gradient_at(self, parameters: Vector) -> Vector | None:
        """Compute the gradient of that cost, ``(n_parameters,)``; None where the rows are too many to wait for it."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Copy everything that decides the epochs to come."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Return to an earlier `snapshot`, exactly."""
        ...
