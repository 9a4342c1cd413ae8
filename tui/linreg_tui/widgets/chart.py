"""A panel that is a picture: it is drawn anew with each moment, and only the cells that differ are sent again.

All charts share these styles. Each role has its own shape as well as its colour, so that nothing is lost without
colours; the accent is for what moves: the curve, the line, the path.
"""

from typing import ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip

from linreg_tui.picture import BEHIND, BROKEN, FAINT, FLOOR, LABEL, LINE, MARK, POINT, Picture
from linreg_tui.view import View
from linreg_tui.widgets.panel import Panel


class Chart(Panel):
    """A panel with a picture of the run."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {LINE, BEHIND, FLOOR, LABEL, MARK, POINT, FAINT, BROKEN}
    DEFAULT_CSS = """
    Chart {
        .chart--line { color: $accent; }
        .chart--behind { color: $accent-darken-3; }
        .chart--floor { color: $text-muted; }
        .chart--label { color: $text-muted; }
        .chart--mark { color: $foreground; text-style: bold; }
        .chart--point { color: $foreground; }
        .chart--faint { color: $foreground 35%; }
        .chart--broken { color: $text-error; text-style: bold; }
        &:light .chart--behind { color: $accent-lighten-3; }
        &:ansi {
            .chart--behind { color: $accent; text-style: dim; }
            .chart--floor { text-style: dim; }
            .chart--faint { color: ansi_default; text-style: dim; }
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None
        self._picture = Picture(0, 0)

    def show(self, view: View) -> None:
        """Draw this moment of the run, and send what has changed."""
        self._view = view
        self.draw_again()

    def draw(self, view: View, picture: Picture) -> str:
        """Draw on a blank picture, and return what the frame says of it."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(self._picture.lines)

    def draw_again(self) -> None:
        """Draw the moment that is shown, and send what has changed."""
        width, height = self.content_size
        if self._view is None or not self.is_mounted or width < 1 or height < 1:
            return
        before, self._picture = self._picture, Picture(width, height, plain=self.ascii)
        words = self._picture.lettered(self.draw(self._view, self._picture))
        if self.border_subtitle is None or str(self._border_subtitle) != words:
            self.border_subtitle = Content(words)
        if (before.width, before.height) != (width, height):
            self.refresh()
        elif changes := [Region(x, y, length, 1) for x, y, length in self._picture.changes(before)]:
            self.refresh(*changes)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.draw_again()

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture."""
        own = self.rich_style
        if y >= self._picture.height:
            return Strip.blank(self.size.width, own)
        runs = self._picture.runs(y)
        segments = [Segment(text, self.get_component_rich_style(name) if name else own) for text, name in runs]
        return Strip(segments).adjust_cell_length(self.size.width, own)
