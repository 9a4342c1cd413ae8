"""The keys that steer a run: whether it runs, at which epoch it stands, at which learning rate it goes on.

A script cannot be taken back: of one they show an earlier step instead, and leave the script where it is.
"""

from collections.abc import Callable
from typing import Any

from linreg.live.control import Control
from linreg.live.state import State
from linreg.phase import Phase
from linreg_tui.monitor.looking import Looking
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.questions import ask_for_epoch, ask_for_rate
from linreg_tui.monitor.view import View
from linreg_tui.widgets.panel_grid import PanelGrid
from linreg_tui.widgets.status_lines import StatusLines
from linreg_tui.widgets.watching_screen import WatchingScreen


class SteeringScreen(WatchingScreen[State]):
    """A screen of one run, which can be steered.

    Parameters
    ----------
    control
        The run.
    grid
        The panels that it is shown on.
    """

    _control: Control

    def __init__(self, control: Control, grid: PanelGrid[Any], *, polls_per_second: float, ascii_only: bool) -> None:
        super().__init__(control, grid, polls_per_second=polls_per_second, ascii_only=ascii_only)
        self._looking = Looking(control)
        self._view: View | None = None

    def action_play_or_pause(self) -> None:
        """Run, from now on, or stand still."""
        state = self._control.state
        if state.phase.is_moving:
            self._control.pause()
        elif state.phase.has_ended:
            remedy = "u goes back and lowers the learning rate" if state.phase is Phase.DIVERGED else "r starts again"
            self.say(f"the run has {_ENDED[state.phase]}: {remedy}, ← steps back, g goes to an epoch")
        else:
            self._control.play()
            self._look(self._looking.end)
        self._hasten()

    def action_step(self, n_epochs: int) -> None:
        """Run some epochs, then stand still; where an earlier one is looked at, look at a later one."""
        self._look(lambda: self._looking.forward(n_epochs))

    def action_end_epoch(self) -> None:
        """Let a script run to the end of its epoch, and stand there."""
        facts, state = self._control.facts, self._control.state
        end = None if facts is None or facts.script is None else facts.script.end_of_epoch(state.epoch)
        if end is None:
            self.say("where the epoch ends is known once the script has been through one that takes several steps")
        else:
            self._look(lambda: self._looking.go_to(end))

    def action_back(self, n_epochs: int) -> None:
        """Return to some epochs earlier."""
        self._look(lambda: self._looking.back(n_epochs))

    def _look(self, act: Callable[[], object]) -> None:
        """Look elsewhere, and show that at once."""
        before = self._looking.step
        act()
        if self._looking.said:
            self.say(self._looking.said)
        if self._looking.step != before:
            self._note_and_draw(self._control.state)
        self._hasten()

    def action_go_to(self) -> None:
        """Ask for an epoch, and go there."""
        state = self._control.state
        now = state.epoch if self._view is None else self._view.state.epoch
        ask_for_epoch(self.app, state, now, self._go_to)

    def _go_to(self, epoch: int) -> None:
        self._look(lambda: self._looking.go_to(epoch))

    def action_scale_rate(self, factor: float) -> None:
        """Change the learning rate by a factor."""
        self._control.scale_learning_rate(factor)
        self._hasten()

    def action_type_rate(self) -> None:
        """Ask for a learning rate, and use it from the next epoch on."""
        ask_for_rate(self.app, self._control, self._hasten)

    def action_recover(self) -> None:
        """After a divergence: go back to where the cost was least, with a lower learning rate."""
        if self._control.state.phase is Phase.DIVERGED:
            self._control.recover()
            self._hasten()
        else:
            self.say("nothing to recover from: the run has not diverged")

    def action_go_to_best(self) -> None:
        """Go to the epoch that predicts the rows held out best, of all that have run."""
        best = self._control.state.best_epoch
        if best is not None:
            self._go_to(best)
        else:
            self.say("no epoch is the best yet" if self._control.recipe.hold_out else "no rows are held out")

    def on_cost_panel_epoch_asked(self, message: CostPanel.EpochAsked) -> None:
        """Go to the epoch that somebody points at."""
        if self.check_action("go_to", ()):
            self._go_to(message.epoch)

    def on_status_lines_share_asked(self, message: StatusLines.ShareAsked) -> None:
        """Go to the epoch that somebody clicked on in the progress bar."""
        last = self._control.state.last_epoch
        if self.check_action("go_to", ()):
            self._go_to(round(message.share * (last + 1)) - 1)


_ENDED = {Phase.FINISHED: "finished", Phase.CONVERGED: "converged", Phase.DIVERGED: "diverged"}
