"""Which epochs the plain command prints, in the data's own units."""

from collections.abc import Iterator

from linreg.export.epochs import EpochRow
from linreg.phase import Phase
from linreg.trace import Trace
from linreg.training.trainer import Trainer


class DueEpochs:
    """The epochs that are due: every Nth as they come, and the very last at the end. With `quiet` only that one."""

    def __init__(self, trainer: Trainer, quiet: bool) -> None:
        self._trainer, self._quiet = trainer, quiet
        self._last: EpochRow | None = None
        self._last_is_due = False

    def any_due(self, trace: Trace) -> bool:
        """Whether a row of a block is due."""
        return not self._quiet and self._first_due(trace) < len(trace)

    def due(self, trace: Trace) -> Iterator[EpochRow]:
        """Yield the epochs of a block that are due."""
        if not len(trace):
            return
        every = self._trainer.problem.every
        indices = [] if self._quiet else list(range(self._first_due(trace), len(trace), every))
        last = len(trace) - 1
        parameters = trace.parameters[[*indices, last]]
        w, b = self._trainer.in_original_units(parameters)
        rows = [
            EpochRow(
                trace.first_epoch + index,
                w[row],
                None if b is None else float(b[row]),
                float(trace.cost[index]),
                float(trace.rates[index]),
                None if trace.held_out_cost is None else float(trace.held_out_cost[index]),
            )
            for row, index in enumerate([*indices, last])
        ]
        self._last, self._last_is_due = rows[-1], not indices or indices[-1] != last
        yield from rows[:-1]

    def rest(self) -> Iterator[EpochRow]:
        """Yield the last row if it has not been yielded yet: where the run was cut short, or nothing was printed."""
        cut_short = self._trainer.status is not Phase.FINISHED
        if self._last is not None and self._last_is_due and (self._quiet or cut_short):
            yield self._last

    def _first_due(self, trace: Trace) -> int:
        return -trace.first_epoch % self._trainer.problem.every
