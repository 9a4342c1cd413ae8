"""Epochs captured once in a CUDA graph and replayed: no Python between two steps, and one reading back a trace.

A small epoch on a GPU is a dozen kernels of a few microseconds each, and Python takes longer to launch them than they
take to run. A graph launches all of them at once. What it replays is fixed when it is captured: the addresses it reads
and writes, and every plain number, the learning rate among them. So both are compared before each block, and what
changed is captured anew. The rate is not made a tensor instead: SGD reads such a tensor back in every step, others
round differently with it, and a rate changes only when somebody changes it.

torch.optim counts steps on the host unless an optimizer is `capturable`. From their second step on, all optimizers that
can be are, whether or not their epochs are captured: how an epoch rounds must not depend on the length of a block, or
going back would give other numbers. The first step is the usual one, for torch makes a capturable optimizer's count a
float32, and 1 − 0.999 in float32 is wrong in the fifth digit; here the count goes on as a float64.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from linreg.optim.state import load_exactly
from linreg.text import shortened

FEWEST_EPOCHS = 20
"""In a block of fewer a capture does not pay."""
_WARM_UP_EPOCHS = 3
"""Run as they are before a capture: what a library sets up at its first use cannot be set up inside one, and a state
that the optimizer made inside would be made anew by every replay."""
_BUFFER_CELLS = 2**20

Block = tuple[Tensor, Tensor]
"""Consecutive epochs: the costs, ``(n_epochs,)``, and the parameters after each step, ``(n_epochs, n_parameters)``."""


class Graphs(Protocol):
    """Where epochs can be captured."""

    def stream(self) -> AbstractContextManager[None]:
        """Send what is launched inside to the stream that captures."""
        ...

    def capture(self, work: Callable[[], None]) -> Callable[[], object]:
        """Record what `work` launches, running none of it; return what launches it again."""
        ...


class CudaGraphs:
    """CUDA graphs, all on one stream of a device of their own."""

    def __init__(self, device: str) -> None:
        self._stream = torch.cuda.Stream(device=device)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Send what is launched inside to the stream that captures, after all that was launched before."""
        around = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(around)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            around.wait_stream(self._stream)

    def capture(self, work: Callable[[], None]) -> Callable[[], object]:
        """Record what `work` launches, running none of it; return what launches it again."""
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile: several runs can train in one process.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            work()
        return graph.replay


def graphs_on(device: str) -> Graphs | None:
    """Return where a device's epochs can be captured; None where they cannot."""
    return CudaGraphs(device) if device.startswith("cuda") else None


class CapturedEpochs:
    """Run epochs from a graph where there are enough of them, else as they are.

    Parameters
    ----------
    run
        Runs so many epochs without a graph.
    epoch
        Runs one, and returns the cost that it started from.
    flat
        ``(n_parameters,)``, the parameters that an epoch writes to.
    optimizer
        Its state decides, with `flat`, what the epochs to come are.
    n_rows
        Epochs that are kept on the device before they are copied away.

    Attributes
    ----------
    obstacle
        Why no more epochs are captured; empty while they are, or may be.
    """

    def __init__(
        self,
        run: Callable[[int], Block],
        epoch: Callable[[], Tensor],
        flat: Tensor,
        optimizer: torch.optim.Optimizer,
        graphs: Graphs,
        n_rows: int | None = None,
    ) -> None:
        self.obstacle = ""
        self._run, self._epoch, self._flat, self._optimizer, self._graphs = run, epoch, flat, optimizer, graphs
        n_rows = n_rows or max(1, _BUFFER_CELLS // len(flat))
        self._costs, self._rows = flat.new_empty(n_rows), flat.new_empty(n_rows, len(flat))
        self._row = torch.zeros(1, dtype=torch.int64, device=flat.device)
        self._replay: Callable[[], object] | None = None
        self._captured: object = None

    def run(self, n_epochs: int) -> Block:
        """Run `n_epochs` epochs; nothing is read back from the device."""
        with self._graphs.stream():
            costs, rows = zip(*self._blocks(n_epochs), strict=True)
            return torch.cat(costs), torch.cat(rows)

    def load(self, state: dict[str, Any]) -> None:
        """Load the optimizer's ``state_dict`` into the tensors that a graph writes to, where they fit."""
        held = self._held()
        load_exactly(self._optimizer, state)
        for parameter, values in self._optimizer.state.items():
            for name, value in values.items():
                # In a tensor of their own the numbers would be out of the graph's reach, and it would be captured anew.
                static = held.get(parameter, {}).get(name)
                if isinstance(static, Tensor) and isinstance(value, Tensor) and _alike(static, value):
                    values[name] = static.copy_(value)

    def _blocks(self, n_epochs: int) -> Iterator[Block]:
        """Yield blocks that together have `n_epochs` epochs, the first few of a graph's being its warm-up."""
        left = n_epochs
        if left and self._counts_on_host():
            yield self._run(1)
            left -= 1
            self._count_on_device()
        if left >= FEWEST_EPOCHS and not self.obstacle and not self._is_current():
            yield self._run(_WARM_UP_EPOCHS)
            left -= _WARM_UP_EPOCHS
            self._capture()
        while left and self._is_current():
            n_rows = min(left, len(self._costs))
            yield self._replayed(n_rows)
            left -= n_rows
        yield self._run(left)

    def _replayed(self, n_epochs: int) -> Block:
        assert self._replay is not None
        self._row.zero_()
        for _ in range(n_epochs):
            self._replay()
        return self._costs[:n_epochs].clone(), self._rows[:n_epochs].clone()

    def _keep_epoch(self) -> None:
        """Run one epoch and write it to the next row of the buffers; the row's number lies on the device too."""
        cost = self._epoch()
        self._costs.index_copy_(0, self._row, cost.reshape(1))
        self._rows.index_copy_(0, self._row, self._flat.unsqueeze(0))
        self._row.add_(1)

    def _capture(self) -> None:
        """Capture an epoch, or say why not and leave everything as it was."""
        self._replay, self._captured = None, self._fixed()
        self.obstacle = self._why_not()
        if self.obstacle:
            return
        held = self._held()  # a capture runs Python and computes nothing: a tensor that it puts into the state is empty
        try:
            self._replay = self._graphs.capture(self._keep_epoch)
        except Exception as problem:  # what is not the capture's fault the next epoch will raise again
            first_line = (str(problem).splitlines() or [type(problem).__name__])[0]
            self.obstacle = f"the capture failed: {shortened(first_line, 200)}"
        else:
            if self._fixed() != self._captured:
                self.obstacle = f"a step of {self._name} replaces its state instead of writing into it"
        if self.obstacle:
            self._replay = None
            for parameter, values in held.items():
                self._optimizer.state[parameter] = values

    def _is_current(self) -> bool:
        return self._replay is not None and self._captured == self._fixed()

    def _fixed(self) -> object:
        """Return what a graph fixes and something else may change: the options, and where the state lies."""
        options = [{name: value for name, value in group.items() if name != "params"} for group in self._groups]
        addresses = [value.data_ptr() for _, _, value in self._values() if isinstance(value, Tensor)]
        return options, self._flat.data_ptr(), addresses

    def _why_not(self) -> str:
        """Say what a replay could not advance, or return an empty string."""
        uncapturable = {each for group in self._groups if "capturable" not in group for each in group["params"]}
        for parameter, name, value in self._values():
            if name == "step" and parameter in uncapturable:
                return f"{self._name} counts its steps on the host"
            if value is not None and not (isinstance(value, Tensor) and value.device == self._flat.device):
                return f"{self._name} keeps its {name} on the host"
        return ""

    def _counts_on_host(self) -> bool:
        return any(group.get("capturable") is False for group in self._groups)

    def _count_on_device(self) -> None:
        """Make capturable what can be, after a step that was not: its counts move to the device."""
        fused = {each for group in self._groups if group.get("fused") for each in group["params"]}
        capturable = {each for group in self._groups if "capturable" in group for each in group["params"]}
        for group in self._groups:
            if "capturable" in group:
                group["capturable"] = True
        for parameter, name, value in list(self._values()):
            if parameter in capturable and isinstance(value, Tensor):
                exact = name == "step" and parameter not in fused  # a fused kernel takes float32 alone
                dtype = torch.float64 if exact else value.dtype
                self._optimizer.state[parameter][name] = value.to(self._flat.device, dtype)

    def _values(self) -> Iterator[tuple[Tensor, str, Any]]:
        for parameter, values in self._optimizer.state.items():
            for name, value in values.items():
                yield parameter, name, value

    def _held(self) -> dict[Tensor, dict[str, Any]]:
        return {parameter: dict(values) for parameter, values in self._optimizer.state.items()}

    @property
    def _groups(self) -> list[dict[str, Any]]:
        return self._optimizer.param_groups

    @property
    def _name(self) -> str:
        return type(self._optimizer).__name__


def load_uncaptured(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a ``state_dict``, perhaps of captured epochs; the optimizer stays as capturable as it is."""
    capturable = [group.get("capturable") for group in optimizer.param_groups]
    load_exactly(optimizer, state)
    for group, own in zip(optimizer.param_groups, capturable, strict=True):
        if own is not None:
            group["capturable"] = own


def _alike(one: Tensor, other: Tensor) -> bool:
    return (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device)
