"""Looking back over the steps of a script: with the numbers as they were, while the script stands or runs on.

A script cannot be taken back. What its steps were is in the history that is here, so nothing is asked of it.
"""

from dataclasses import replace
from math import nan

from linreg.history.epochs import Row
from linreg.history.history import History
from linreg.live.control import Control
from linreg.live.state import State
from linreg.phase import Phase
from linreg.replay.replay import Replay
from linreg.training.facts import Facts, TensorSummary
from linreg_tui.monitor.view import View


class Looking:
    """Which step of a run is looked at, and what it was; where it is no script, the run itself is asked to go there.

    Attributes
    ----------
    said
        What is to be said of the last request; may be empty.
    """

    def __init__(self, control: Control) -> None:
        self._control, self.said = control, ""
        self._seen: State | None = None
        self._facts: tuple[Facts, Facts] | None = None

    @property
    def step(self) -> int | None:
        """The earlier step that is looked at, −1 for none yet; None where the run is seen as it is now."""
        return None if self._seen is None else self._seen.epoch

    def view(self, facts: Facts, history: History, state: State) -> View:
        """Return the moment to show: that which is looked at, or the run's own."""
        caption = self._control.caption
        if self._seen is None:
            return View(facts, state, history, caption)
        seen = replace(self._seen, version=state.version, notice=state.notice)
        return View(self._as_then(facts), seen, history, caption, now=state)

    def _as_then(self, facts: Facts) -> Facts:
        """Leave out what is only known of the tensors as they are now: the sums of large ones."""
        if facts.script is None or facts.script.is_small:
            return facts
        if self._facts is None or self._facts[0] is not facts:
            tensors = tuple(TensorSummary(each.name, each.shape, *[nan] * 4) for each in facts.script.tensors)
            self._facts = facts, replace(facts, script=replace(facts.script, tensors=tensors))
        return self._facts[1]

    def end(self) -> None:
        """Look at the run as it is now."""
        self._seen = None

    def back(self, n_steps: int) -> None:
        """Look at an earlier one of the steps that are kept; −1 is before the first."""
        known = self._known()
        if known is None:
            self._control.back(n_steps)
            return
        _, history, state = known
        step = state.epoch if self._seen is None else self._seen.epoch
        for _ in range(n_steps):
            rows = history.rows(1, step - 1)
            step = rows[-1].epoch if step > 0 and rows else -1
        self._look_at(step, *known)

    def forward(self, n_steps: int) -> None:
        """Look at a later one of the steps that are kept, at the newest at the run itself; there let it take steps."""
        known = self._known()
        if known is None or self._seen is None:
            self._control.step(n_steps)
            return
        _, history, state = known
        row: Row | None = None
        step = self._seen.epoch
        for _ in range(n_steps):
            row = history.row_after(step)
            if row is None or row.epoch >= state.epoch:
                self.end()
                return
            step = row.epoch
        self._look_at(step, *known)

    def go_to(self, step: int) -> None:
        """Look at a step, or at the nearest that is kept; one that is to come is for the script to run up to."""
        known = self._known()
        if known is None or step > known[2].epoch:
            self.end()
            self._control.go_to(step)
            return
        _, history, state = known
        before, after = history.rows(1, step), history.row_after(step)
        near = [row.epoch for row in (*before[-1:], *(() if after is None else (after,))) if row.epoch <= state.epoch]
        nearest = min(near, key=lambda each: abs(each - step)) if near and step >= 0 else -1
        self._look_at(nearest, *known)
        if nearest != step:
            self.said = f"step {step:,} is not kept, of so many steps: this is the nearest that is, {nearest:,}"

    def _known(self) -> tuple[Facts, History, State] | None:
        """Return what there is to look back over; None where the run itself goes back."""
        control, self.said = self._control, ""
        facts, history = control.facts, control.history
        if isinstance(control, Replay) or facts is None or facts.script is None or history is None:
            return None
        return facts, history, control.state

    def _look_at(self, step: int, facts: Facts, history: History, state: State) -> None:
        if step >= state.epoch:
            self.end()
            return
        row, before, after = history.row(step), history.row(step - 1), history.row(step + 1)
        if step == 0:
            started = facts.initial if len(facts.initial) else None
        else:
            started = None if before is None else before.parameters
        if step < 0:
            self.said = "this is before the first step"
        self._seen = replace(
            state,
            phase=Phase.PAUSED,
            reason="",
            epoch=step,
            goal=None,
            parameters=facts.initial if row is None else row.parameters,
            before=None if row is None else started,
            cost=nan if row is None else row.cost,
            gradient=None,
            learning_rate=_rate(row, after, facts),
            pace=0.0,
            result=None,
        )


def _rate(row: Row | None, after: Row | None, facts: Facts) -> float:
    """Return the rate of the step that came next, or of this one where that is not kept."""
    if after is not None:
        return after.learning_rate
    return facts.learning_rate if row is None else row.learning_rate
