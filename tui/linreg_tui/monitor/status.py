"""The three lines above a run: what runs and how it stands, how far it is, how its learning rate lies to the limit."""

from time import monotonic

from linreg.live.state import State
from linreg.recipe import Recipe
from linreg_tui.monitor import headline
from linreg_tui.monitor.view import View
from linreg_tui.widgets.status_lines import StatusLines

PREDICT_EVERY = 1.0
"""Seconds between two predictions while epochs go by: each may look through thousands of epochs."""


class MonitorStatus(StatusLines):
    """How a run stands."""

    def __init__(self) -> None:
        super().__init__()
        self._within: int | None = None
        self._foretold = -PREDICT_EVERY

    def show_loading(self, recipe: Recipe, state: State) -> None:
        """Show what will run, before anything is known of the data."""
        self.write_loading(headline.loading_phrases(recipe), state)

    def show(self, view: View) -> None:
        """Show a moment of the run."""
        now = monotonic()
        if not view.state.phase.is_moving or now - self._foretold >= PREDICT_EVERY:
            self._foretold = now
            n_epochs = view.epochs_to_go
            self._within = None if n_epochs is None else view.state.epoch + 1 + n_epochs
        self.write(
            lambda: [
                self.first(headline.run_phrases(view), view.state),
                self.second(view.state),
                self.third(headline.rate_phrases(view, self._within)),
            ]
        )
