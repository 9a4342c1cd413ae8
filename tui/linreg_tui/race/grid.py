"""The panels of a race, and what they are shown: the cost surface only where there is one."""

from linreg_tui.race.arrangement import SURFACE, arrange_race
from linreg_tui.race.chart import RaceCostPanel
from linreg_tui.race.ranking import RankingPanel
from linreg_tui.race.surface import RaceSurfacePanel
from linreg_tui.race.view import RaceView, surface_of
from linreg_tui.widgets.arrangement import Arrangement, Plan
from linreg_tui.widgets.panel_grid import PanelGrid

RacePanel = RaceCostPanel | RaceSurfacePanel | RankingPanel


class RaceGrid(PanelGrid[RacePanel]):
    """The panels around a race."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__((RaceCostPanel(), RaceSurfacePanel(), RankingPanel()), ascii_only=ascii_only)
        self._view: RaceView | None = None
        self._has_surface = False

    def show(self, view: RaceView) -> None:
        """Show a moment of the race on every panel that can be seen."""
        if self._view is None or self._view.facts is not view.facts:
            self._view, self._has_surface = view, surface_of(view.facts) is not None
            self.lay_out()
        self._view = view
        for panel in self._panels.values():
            if panel.display:
                self.appeared(panel)

    def arranged(self, width: int, height: int) -> Arrangement:
        """Arrange them, with a line for every racer as far as there is room."""
        n_racers = 1 if self._view is None else len(self._view.facts)
        arrangement = arrange_race(
            width, height, self._current, self._enlarged, n_racers=n_racers, has_surface=self._has_surface
        )
        self.set_class(arrangement.plan is Plan.WIDE, "-wide")
        return arrangement

    def appeared(self, panel: RacePanel) -> None:
        """Show the moment that there is."""
        if self._view is not None:
            panel.show(self._view)

    def numbers(self) -> list[int]:
        """List the panels that there are to go to."""
        return [number for number in self._panels if number != SURFACE or self._has_surface]
