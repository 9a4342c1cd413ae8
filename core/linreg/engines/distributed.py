"""The lecture's loop on several processes: each computes the gradient of its own rows, and takes the step of all.

A batch holds the same rows as in a single process, wherever they are: the order of an epoch is drawn over the whole
table, and each rank picks out what it has. So the trajectory is that of one process but for the rounding of sums.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from linreg.engines.autograd import AutogradEngine
from linreg.engines.ranks import Ranks
from linreg.engines.shuffle import shuffled
from linreg.trace import Trace


class DistributedEngine(AutogradEngine):
    """Train with rows that several ranks share.

    Parameters
    ----------
    ranks
        The processes; each must build the engine and make the same calls.
    rows
        The place of `x`'s rows, in their order, in the whole table of `n_samples` rows.
    """

    def __init__(self, *arguments: Any, ranks: Ranks, rows: Sequence[range], n_samples: int, **keywords: Any) -> None:
        batch_size = keywords.pop("batch_size", None)
        super().__init__(*arguments, **keywords)
        self.batch_size = batch_size if batch_size is not None and batch_size < n_samples else None
        self._ranks, self._n_samples = ranks, n_samples
        here = torch.cat([torch.empty(0, dtype=torch.int64), *(torch.arange(part.start, part.stop) for part in rows)])
        self._place = torch.full((n_samples,), -1)
        self._place[here] = torch.arange(len(self.x))

    def advance(self, n_epochs: int) -> Trace:
        """Run as many epochs as the first rank wants: the ranks' clocks differ."""
        return super().advance(self._ranks.first(n_epochs))

    def _descend(self, x: Tensor, y: Tensor) -> Tensor:
        if self._takes_closure:
            return self._descend_by_closure(x, y)
        self.optimizer.zero_grad()
        cost = self._backward(x, y)
        self.optimizer.step()
        return cost

    def _backward(self, x: Tensor, y: Tensor) -> Tensor:
        """Leave the gradient of all ranks' rows in the parameters, and return their cost."""
        trained = self._trained
        for parameter in trained:
            parameter.grad = torch.zeros_like(parameter)
        cost = self._flat.new_zeros(())
        if len(x):
            cost = self.criterion(self.model(x), y)
            cost.backward()
        gradients = [parameter.grad for parameter in trained if parameter.grad is not None]
        cost, *summed = self._over_ranks(len(x), cost.detach(), *gradients)
        for gradient, total in zip(gradients, summed, strict=True):
            gradient.copy_(total)
        return cost

    def _gradients(self, x: Tensor, y: Tensor) -> list[Tensor]:
        parts = super()._gradients(x, y) if len(x) else [torch.zeros_like(each) for each in self._trained]
        return self._over_ranks(len(x), *parts)

    @property
    def _n_rows(self) -> int:
        return self._n_samples

    def _over_ranks(self, n_rows: int, *values: Tensor) -> list[Tensor]:
        """Take the mean of what each rank found for its `n_rows` rows, or the sum, as the criterion does."""
        # In float64, where a count is exact.
        is_mean = self.criterion.reduction == "mean"
        weight = n_rows if is_mean else 1
        flat = torch.cat([value.reshape(-1) for value in values]).double()
        sums = torch.cat([flat * weight if n_rows else torch.zeros_like(flat), flat.new_tensor([float(n_rows)])])
        self._ranks.add(sums)
        totals = (sums[:-1] / sums[-1] if is_mean else sums[:-1]).to(self._flat.dtype)
        parts = totals.split([value.numel() for value in values])
        return [part.view(value.shape) for part, value in zip(parts, values, strict=True)]

    def _batches(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Hand out this rank's rows of each batch; there may be none."""
        for order in shuffled(self._n_samples, self._n_columns, batch_size, self._epoch_seed()):
            place = self._place[order]
            sizes = [int((part >= 0).sum()) for part in place.split(batch_size)]
            yield from self._gathered(place[place >= 0], sizes)

    def _full_cost(self) -> Tensor:
        n_rows = len(self.x)
        cost = super()._full_cost() if n_rows else self._flat.new_zeros(())
        return self._over_ranks(n_rows, cost)[0]
