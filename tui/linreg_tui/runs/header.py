"""The line at the top of the screen of runs: how many there are, how many of them go on, and where they are kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.geometry import Size

from linreg.phase import Phase
from linreg.store.run import Run
from linreg_tui.text.alignment import flush_right
from linreg_tui.text.numbers import count
from linreg_tui.widgets.lines import Line, Lines, width_of

NAME, QUIET, MOVING = "runs-header--name", "runs-header--quiet", "runs-header--moving"


class RunsHeader(Lines):
    """One line above the panels."""

    DEFAULT_CSS = """
    RunsHeader {
        height: auto;
        padding: 0 1;
        .runs-header--name { text-style: bold; color: $accent; }
        .runs-header--moving { text-style: bold; color: $accent; }
        .runs-header--quiet { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {NAME, QUIET, MOVING}

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home
        self._runs: Sequence[Run] | None = None

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Count these runs."""
        self._runs = runs
        self._draw()

    def on_resize(self) -> None:
        """Write it anew for the new size."""
        self._draw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take one line."""
        return 1

    def _draw(self) -> None:
        line: Line = (("linreg", NAME), ("   runs", ""))
        if self._runs is not None:
            n_running, n_paused = (sum(run.status is each for run in self._runs) for each in _OPEN)
            line += ((f"   {count(len(self._runs))} recorded", ""),)
            line += ((f"   {count(n_running)} running", MOVING),) if n_running else ()
            line += ((f"   {count(n_paused)} paused", ""),) if n_paused else ()
        room = self.size.width - width_of(line) - 3
        where = str(self._home)
        if room >= min(len(where), 20):
            line += ((f"   {flush_right(where, room)}", QUIET),)
        self.set_lines([line])


_OPEN = (Phase.RUNNING, Phase.PAUSED)
"""How a run stands whose process is there."""
