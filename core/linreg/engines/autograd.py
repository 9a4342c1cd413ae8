"""The lecture's loop: the reference that every other engine is held against.

Serves every criterion, optimizer, batch size, module, device and dtype. In float32 it gives the lecture's program bit
for bit. The parameters are views of one flat tensor, so that keeping them after every epoch is one small copy.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from linreg.arrays import Matrix, Vector
from linreg.engines.cuda_graphs import Block, CapturedEpochs, Graphs, load_uncaptured
from linreg.engines.flat_parameters import flattened, replaced
from linreg.engines.shuffle import BLOCK_CELLS, BLOCKS_AT_A_TIME, LARGEST_SHUFFLED, shuffled
from linreg.nn.user_module import undisturbed
from linreg.optim.optimizers import needs_closure
from linreg.optim.schedules import Schedule, restored_rate, state_of
from linreg.trace import Trace

if TYPE_CHECKING:
    from linreg.nn.user_module import UserModule

_GOLDEN_RATIO = 0x9E3779B97F4A7C15
"""2⁶⁴ over the golden ratio, an odd number whose multiples lie far apart. By seed plus epoch, seed 1 would have the
orders of seed 0, each an epoch earlier: a mean over several seeds would be one over much the same batches."""


class AutogradEngine:
    """Train `model` on `x` and `y` with torch's autograd.

    Parameters
    ----------
    model
        Maps ``(n, n_features)`` to ``(n, 1)`` or ``(n,)``; its parameters are moved into one flat tensor.
    x, y
        ``(n_samples, n_features)`` and ``(n_samples, 1)``, in the model's dtype; on its device, or mapped from disk.
    criterion
        A module of torch.nn that takes a hypothesis and a target.
    build_optimizer
        Makes the optimizer once the parameters lie where they stay.
    build_schedule
        Makes what sets the optimizer's learning rate after every epoch; None where nothing does.
    batch_size
        Rows a step, in an order reshuffled each epoch; None takes all rows in one step, in their own order.
    seed
        Decides, together with the epoch, the order of the rows and whatever the model draws. No state is carried from
        one epoch to the next, so any epoch can be run again.
    own_module
        The words for `model` where it is the user's own: it may draw numbers, or decide by what it computes.
    graphs
        Where epochs can be captured, to be replayed without Python; None runs each as it is written here.
    """

    name = "autograd"

    batches: tuple[int, int] | None
    """Which mini-batch of an epoch is at work, from 1, and of how many; None between two epochs, and without any."""

    def __init__(
        self,
        model: nn.Module,
        x: Tensor,
        y: Tensor,
        criterion: nn.Module,
        build_optimizer: Callable[[nn.Module], torch.optim.Optimizer],
        batch_size: int | None = None,
        seed: int = 0,
        own_module: "UserModule | None" = None,
        graphs: Graphs | None = None,
        build_schedule: Callable[[torch.optim.Optimizer], Schedule] | None = None,
    ) -> None:
        self.model, self.x, self.y, self.criterion = model, x, y, criterion
        self.batch_size = batch_size if batch_size is not None and batch_size < len(x) else None
        self.seed, self.own_module = seed, own_module
        self._flat = flattened(model)
        self.device, self.dtype = str(self._flat.device), str(self._flat.dtype).removeprefix("torch.")
        self.optimizer = build_optimizer(model)
        self.schedule = None if build_schedule is None else build_schedule(self.optimizer)
        self.used_rate, self._rates = self.learning_rate, list[float]()
        self._takes_closure = needs_closure(type(self.optimizer))
        self._epoch, self.batches = 0, None
        self._obstacle = "only a CUDA device replays epochs" if graphs is None else self._why_not_captured()
        self._captured: CapturedEpochs | None = None
        if graphs is not None and not self._obstacle:
            self._captured = CapturedEpochs(self._run, self._train_epoch, self._flat, self.optimizer, graphs)

    @property
    def epoch(self) -> int:
        """The epoch that `advance` runs next."""
        return self._epoch

    @property
    def rows(self) -> tuple[Tensor, Tensor]:
        """The features and the target as trained."""
        return self.x, self.y

    @property
    def parameters(self) -> Vector:
        """The current parameters, ``(n_parameters,)``."""
        return self._flat.detach().cpu().numpy().astype(np.float64)

    @property
    def learning_rate(self) -> float:
        """The rate of the next step; NaN where the optimizer has none."""
        return float(self.optimizer.param_groups[0].get("lr", np.nan))

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

    @property
    def why_not_captured(self) -> str:
        """Why epochs are not replayed from a graph; empty while they are, in blocks that are long enough."""
        return self._obstacle if self._captured is None else self._captured.obstacle

    def advance(self, n_epochs: int) -> Trace:
        """Run `n_epochs` epochs; nothing is read back from the device until all have run."""
        first_epoch, learning_rate = self._epoch, self.learning_rate
        self._rates = []
        costs, rows = self._run(n_epochs) if self._captured is None else self._captured.run(n_epochs)
        self._epoch = first_epoch + n_epochs
        trace = Trace(first_epoch, cost=_to_numpy(costs), parameters=_to_numpy(rows), learning_rate=learning_rate)
        if self.schedule is None:
            return trace
        return replace(trace, learning_rate=self.used_rate, learning_rates=np.array(self._rates))

    def _run(self, n_epochs: int) -> Block:
        costs, rows = [], []
        for _ in range(n_epochs):
            costs.append(self._train_epoch())
            rows.append(self._flat.clone())
            if self.schedule is not None:
                self.used_rate = self.learning_rate
                self._rates.append(self.used_rate)
                self.schedule.step(costs[-1].item)
            self._epoch += 1
        if not costs:
            return self._flat.new_empty(0), self._flat.new_empty(0, len(self._flat))
        return torch.stack(costs), torch.stack(rows)

    def _why_not_captured(self) -> str:
        if self.schedule is not None:
            return "a schedule changes the learning rate from epoch to epoch"
        if self.batch_size is not None:
            return "every epoch has mini-batches of its own"
        if self.own_module is not None:
            return "a module of your own may draw numbers, or decide by what it computes"
        if self._takes_closure:
            return f"{type(self.optimizer).__name__} evaluates the cost as often as it likes"
        return ""

    def _train_epoch(self) -> Tensor:
        """Take the epoch's steps and return the cost that it started from."""
        if self.own_module is None:
            return self._pass_over_rows()
        with torch.random.fork_rng(self._cuda_devices):  # the program around may draw numbers of its own
            torch.manual_seed(self._epoch_seed())
            return self._pass_over_rows()

    @property
    def _cuda_devices(self) -> list[torch.device]:
        return [self._flat.device] if self._flat.device.type == "cuda" else []

    def _pass_over_rows(self) -> Tensor:
        if self.batch_size is None:
            return self._descend(self.x, self.y)
        # One more pass over the rows: the costs of the batches are each of other parameters and other rows, and no mean
        # of them is the cost that the epoch started from.
        cost = self._full_cost()
        n_batches = -(-len(self.x) // self.batch_size)
        for number, (x, y) in enumerate(self._batches(self.batch_size), 1):
            self.batches = number, n_batches
            self._descend(x, y)
        self.batches = None
        return cost

    def _descend(self, x: Tensor, y: Tensor) -> Tensor:
        if self._takes_closure:
            return self._descend_by_closure(x, y)

        hypothesis = self.model(x)
        cost: Tensor = self.criterion(hypothesis, y)

        self.optimizer.zero_grad()
        cost.backward()
        self.optimizer.step()

        return cost.detach()

    def _descend_by_closure(self, x: Tensor, y: Tensor) -> Tensor:
        """Take a step of an optimizer that evaluates the cost as often as it likes; the first is where it started."""

        def closure() -> Tensor:
            self.optimizer.zero_grad()
            return self._backward(x, y)

        return torch.as_tensor(self.optimizer.step(closure)).detach()  # type: ignore[arg-type]

    def _backward(self, x: Tensor, y: Tensor) -> Tensor:
        cost: Tensor = self.criterion(self.model(x), y)
        cost.backward()
        return cost

    def _batches(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Gather the rows of many batches in the epoch's order, then hand out slices: a batch costs no copy of its own.

        Where the rows are too many for the device, they come to it only now.
        """
        for order in shuffled(len(self.x), self._n_columns, batch_size, self._epoch_seed()):
            yield from self._gathered(order, [batch_size] * (len(order) // batch_size))

    def _gathered(self, order: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
        """Hand out batches of these sizes, and one of what is left."""
        if left := len(order) - sum(sizes):
            sizes = [*sizes, left]
        order = order.to(self.x.device)
        x, y = self.x.index_select(0, order), self.y.index_select(0, order)  # several times as fast as x[order]
        device = self._flat.device
        return zip(x.to(device).split(sizes), y.to(device).split(sizes), strict=True)

    @property
    def _n_columns(self) -> int:
        return self.x.shape[1] + 1

    def _epoch_seed(self) -> int:
        return (self.seed + (self._epoch + 1) * _GOLDEN_RATIO) % 2**63

    def _full_cost(self) -> Tensor:
        """Compute the cost of all rows; of a large table, piece by piece."""
        with torch.no_grad():
            if len(self.x) * self._n_columns <= LARGEST_SHUFFLED:
                cost: Tensor = self.criterion(self.model(self.x), self.y)
                return cost
            is_mean = self.criterion.reduction == "mean"
            # In float64 whatever the model's type, so that adding up rounds no more than each piece has.
            total = self._flat.new_zeros((), dtype=torch.float64)
            for x, y in self._in_pieces():
                total += self.criterion(self.model(x), y).double() * (len(x) if is_mean else 1)
            return (total / (len(self.x) if is_mean else 1)).to(self._flat.dtype)

    def _in_pieces(self) -> Iterator[tuple[Tensor, Tensor]]:
        n_rows = max(1, BLOCK_CELLS * BLOCKS_AT_A_TIME // self._n_columns)
        for x, y in zip(self.x.split(n_rows), self.y.split(n_rows), strict=True):
            yield x.to(self._flat.device), y.to(self._flat.device)

    def cost_of(self, parameters: Vector) -> float:
        """Compute the cost of all rows at any parameters, ``(n_parameters,)``."""
        with replaced(self._flat, parameters):
            return float(self._full_cost())

    def predict(self, parameters: Vector, X: Matrix | None = None) -> NDArray[np.float64]:
        """Compute the hypothesis for every row, or for others as trained, at any parameters, ``(n_samples,)``."""
        pieces = (x for x, _ in self._in_pieces()) if X is None else [torch.from_numpy(X).to(self._flat)]
        with replaced(self._flat, parameters), undisturbed(self.model, self._cuda_devices), torch.no_grad():
            return np.concatenate([_to_numpy(self.model(x)).reshape(-1) for x in pieces])

    def gradient_at(self, parameters: Vector) -> Vector | None:
        """Compute the gradient of the cost of all rows at any parameters, ``(n_parameters,)``; None for a large table.

        Nothing of it stays: neither what the module counts or averages as it goes, nor the numbers it draws.
        """
        if self._n_rows * self._n_columns > LARGEST_SHUFFLED:
            return None
        with replaced(self._flat, parameters), undisturbed(self.model, self._cuda_devices):
            torch.manual_seed(self._epoch_seed())
            parts = self._gradients(self.x.to(self._flat.device), self.y.to(self._flat.device))
        return np.concatenate([_to_numpy(part).reshape(-1) for part in parts])

    def _gradients(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """Return the gradient of the cost of these rows, a part for each parameter; what has no part in it has 0."""
        trained = self._trained
        # Not backward(), which would leave its gradients in the parameters.
        parts = torch.autograd.grad(self.criterion(self.model(x), y), trained, allow_unused=True)
        pairs = zip(parts, trained, strict=True)
        return [torch.zeros_like(each) if part is None else part.to_dense() for part, each in pairs]

    @property
    def _trained(self) -> list[nn.Parameter]:
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    @property
    def _n_rows(self) -> int:
        return len(self.x)

    def snapshot(self) -> dict[str, Any]:
        """Copy everything that decides the epochs to come."""
        return {
            "epoch": self._epoch,
            "model": deepcopy(self.model.state_dict()),
            "optimizer": deepcopy(self.optimizer.state_dict()),
            **state_of(self.schedule, self.used_rate),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Return to an earlier `snapshot`."""
        self._epoch = state["epoch"]
        self.model.load_state_dict(state["model"])  # copies in place: the parameters stay views of the flat tensor
        load = partial(load_uncaptured, self.optimizer) if self._captured is None else self._captured.load
        load(state["optimizer"])
        self.used_rate = restored_rate(self.schedule, state)


def _to_numpy(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().cpu().double().numpy()  # in this order: MPS has no float64
