"""Panel 3 of the screen of runs: what there is to say of the highlighted one."""

from typing import ClassVar

from textual.content import Content
from textual.events import MouseScrollDown, MouseScrollUp

from linreg.store.run import Run
from linreg_tui.runs.description import LABEL, NAME, described
from linreg_tui.runs.stored_runs import RunCosts
from linreg_tui.runs.words import BAD, GOOD, LEFT, RUNNING
from linreg_tui.text.numbers import in_ascii
from linreg_tui.widgets.lines import Lines
from linreg_tui.widgets.panel import Panel


class DescriptionPanel(Panel, Lines):
    """The description of a run; what does not fit is scrolled to."""

    number = 3
    title = "this run"
    DEFAULT_CSS = """
    DescriptionPanel {
        .run--quiet { color: $text-muted; }
        .run--name { text-style: bold; }
        .run--running { color: $accent; text-style: bold; }
        .run--left { color: $text-warning; }
        .run--good { color: $text-success; }
        .run--bad { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {LABEL, NAME, RUNNING, LEFT, GOOD, BAD}

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._costs: RunCosts | None = None
        self._top = 0

    def show_run(self, run: Run | None, costs: RunCosts | None) -> None:
        """Show a run, or nothing; `costs` is None while they are being read."""
        if run is None or self._run is None or run.id != self._run.id:
            self._top = 0
        self._run, self._costs = run, costs
        self._draw()

    def scroll_rows(self, n_rows: int) -> None:
        """Move on or back by some lines."""
        self._top += n_rows
        self._draw()

    def scroll_pages(self, n_pages: int) -> None:
        """Move on or back by some pages."""
        self.scroll_rows(n_pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move on with the wheel."""
        event.stop()
        self.scroll_rows(2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move back with the wheel."""
        event.stop()
        self.scroll_rows(-2)

    def on_resize(self) -> None:
        """Write it anew for the new size."""
        self._draw()

    def _draw(self) -> None:
        if not self.size:
            return
        lines = [] if self._run is None else described(self._run, self._costs, self.size.width)
        self._top = max(0, min(self._top, len(lines) - self.size.height))
        self.set_lines(lines[self._top : self._top + self.size.height])
        n_more = len(lines) - self._top - self.size.height
        words = f"{n_more} more line{'s' * (n_more > 1)}" if n_more > 0 else ""
        words = in_ascii(words) if self.ascii else words
        if str(self.border_subtitle or "") != words:
            self.border_subtitle = Content(words)
