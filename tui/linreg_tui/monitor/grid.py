"""The six panels of the monitor, and what they are shown."""

from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.epochs import EpochsPanel
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.panels.this_step import StepPanel
from linreg_tui.monitor.view import View
from linreg_tui.widgets.arrangement import Arrangement, arrange
from linreg_tui.widgets.panel_grid import PanelGrid

MonitorPanel = CostPanel | FitPanel | ParametersPanel | SurfacePanel | EpochsPanel | StepPanel


class MonitorGrid(PanelGrid[MonitorPanel]):
    """The panels around one run."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        self._rows = FitPanel()
        panels = (CostPanel(), self._rows, ParametersPanel(), SurfacePanel(), EpochsPanel(), StepPanel())
        super().__init__(panels, ascii_only=ascii_only)
        self._view: View | None = None
        self._wanted = (3, True)
        self._ahead: View | None = None

    def show_change(self, view: View) -> bool:
        """Where a hand has changed the rows show them, and the lines through them; return whether `show` has more."""
        if self._view is None or self._view.facts is view.facts or self._rows.hand is None or not self._rows.display:
            return False
        self._rows.show(view)
        self._ahead = view
        return True

    def show(self, view: View) -> None:
        """Show a moment of the run on every panel that can be seen."""
        wanted = _wanted(view)
        if self._view is None or self._wanted != wanted:
            self._wanted = wanted
            self.lay_out()
        self._view = view
        ahead, self._ahead = self._ahead, None
        for panel in self._panels.values():
            if panel.display and not (panel is self._rows and view is ahead):
                panel.show(view)

    def arranged(self, width: int, height: int) -> Arrangement:
        """Arrange them, with as many lines for parameters as there are."""
        n_parameters, has_surface = self._wanted
        return arrange(width, height, self._current, self._enlarged, n_parameters, has_surface=has_surface)

    def appeared(self, panel: MonitorPanel) -> None:
        """Show the moment that the others show."""
        if self._view is not None:
            panel.show(self._view)


def _wanted(view: View) -> tuple[int, bool]:
    """Say how many lines the panel of parameters has to show, and whether there is a surface to draw."""
    facts, script = view.facts, view.facts.script
    if script is None:
        has_surface = facts.quadratic is not None or (facts.is_linear and len(facts.initial) <= 2)
        return len(facts.weight_names) + facts.has_bias + 1, has_surface
    n_lines = len(facts.weight_names) + 1 if script.is_small else len(script.tensors)
    return n_lines, facts.quadratic is not None or not view.has_run
