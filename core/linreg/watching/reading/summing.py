"""A line for each tensor of a large model, now and then: how large it is, its gradient, and what a step adds to it."""

from math import inf, isfinite, nan
from time import perf_counter
from typing import TYPE_CHECKING

from linreg.training.facts import TensorSummary

if TYPE_CHECKING:
    from torch import Tensor

    from linreg.watching.reading.tensors import Tensors

SECONDS, SHARE = 0.5, 150
"""At most so often, and never more than one part in so many of the script's time."""
MOST_SAMPLED = 2**16
"""Of a tensor with more numbers the step is that of so many, evenly spread."""


class Summing:
    """Sums tensors up where they are, on the script's thread between two steps, and reads all sums back together.

    Attributes
    ----------
    summaries
        The latest; empty before the first.
    is_marked
        Whether the next step is one to be measured.
    """

    def __init__(self, tensors: "Tensors") -> None:
        self._tensors = tensors
        self.summaries: tuple[TensorSummary, ...] = ()
        self.is_marked = False
        self._before: list[Tensor] = []
        self._ratios = [nan] * len(tensors.names)
        self._is_due_at, self._seconds = 0.0, 0.0

    def mark(self) -> None:
        """Where it is time, remember how the tensors stand, so that `sum_up` can tell what the next step adds."""
        began = perf_counter()
        if began > self._is_due_at:
            self._before = [_sample(each).clone() for each in self._tensors.tensors]
            self.is_marked, self._seconds = True, perf_counter() - began

    def sum_up(self) -> None:
        """Look at every tensor as a whole."""
        began = perf_counter()
        self.summaries = self._summaries()
        now = perf_counter()
        self.is_marked = False
        self._is_due_at = now + max(SECONDS, SHARE * (now - began + self._seconds))

    @property
    def broken(self) -> str | None:
        """The first tensor whose norm is not finite."""
        return next((each.name for each in self.summaries if not isfinite(each.norm)), None)

    def _summaries(self) -> tuple[TensorSummary, ...]:
        import torch

        norm, values = torch.linalg.vector_norm, []
        for tensor in self._tensors.tensors:
            flat, gradient = _real(tensor).float(), tensor.grad
            unknown = torch.full((), nan, device=flat.device)
            values += [
                norm(flat).nan_to_num(inf),
                flat.mean() if flat.numel() and not tensor.is_complex() else unknown,
                unknown if gradient is None else norm(_real(gradient.to_dense()).float()).nan_to_num(inf),
            ]
        for tensor, before in zip(self._tensors.tensors, self._before, strict=False):
            values += [norm((_sample(tensor) - before).float()), norm(before.float())]
        numbers: list[float] = torch.stack([each.to(values[0].device) for each in values]).tolist() if values else []
        n_tensors = len(self._tensors.names)
        if self._before:
            steps = numbers[3 * n_tensors :]
            self._ratios = [step / size if size else nan for step, size in zip(steps[::2], steps[1::2], strict=True)]
            self._before = []
        pairs = zip(self._tensors.names, self._tensors.shapes, strict=True)
        sums = zip(numbers[::3], numbers[1::3], numbers[2::3], self._ratios, strict=False)
        return tuple(TensorSummary(*each, *of_it) for each, of_it in zip(pairs, sums, strict=True))


def _real(tensor: "Tensor") -> "Tensor":
    """Return all numbers of a tensor in a row; of complex ones the real and the imaginary parts."""
    import torch

    flat = tensor.detach().reshape(-1)
    return torch.view_as_real(flat.resolve_conj()).reshape(-1) if flat.is_complex() else flat


def _sample(tensor: "Tensor") -> "Tensor":
    flat = _real(tensor)
    return flat[:: max(1, -(-flat.numel() // MOST_SAMPLED))]
