"""A panel that is a picture: it is painted anew when what it shows has changed, and only cells that differ are sent.

All pictures share these styles. Each role has its own shape as well as its colour, so that nothing is lost without
colours; the accent is for what moves: the curve, the line, the path. Of several curves each has a colour and a letter.
"""

from typing import ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip

from linreg_tui.draw.curves import STYLES
from linreg_tui.draw.picture import BEHIND, BROKEN, FAINT, FLOOR, LABEL, LINE, MARK, POINT, Picture
from linreg_tui.widgets.panel import Panel

CURVE_COLOURS = """
.chart--curve-1 { color: $accent; }
.chart--curve-2 { color: #ef9fbf; }
.chart--curve-3 { color: #9ccf7f; }
.chart--curve-4 { color: #b39df0; }
.chart--curve-5 { color: #e3c78a; }
.chart--curve-6 { color: #6f9be8; }
.chart--curve-7 { color: #c8ccd2; }
.chart--curve-8 { color: #7fb8a4; }
&:light {
    .chart--curve-2 { color: #a8326b; }
    .chart--curve-3 { color: #2e6b1f; }
    .chart--curve-4 { color: #6239b0; }
    .chart--curve-5 { color: #7a5200; }
    .chart--curve-6 { color: #1f4fa8; }
    .chart--curve-7 { color: #3c4148; }
    .chart--curve-8 { color: #3c7565; }
}
&:ansi {
    .chart--curve-2 { color: ansi_magenta; }
    .chart--curve-3 { color: ansi_green; }
    .chart--curve-4 { color: ansi_bright_magenta; }
    .chart--curve-5 { color: ansi_yellow; }
    .chart--curve-6 { color: ansi_blue; }
    .chart--curve-7 { color: ansi_default; }
    .chart--curve-8 { color: ansi_bright_green; }
}
"""
"""The colours of curves and of their letters, for the inside of a widget's own rules."""


class PicturePanel(Panel):
    """A picture in a frame; `paint` says what is on it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {LINE, BEHIND, FLOOR, LABEL, MARK, POINT, FAINT, BROKEN, *STYLES}
    DEFAULT_CSS = (
        """
    PicturePanel {
        .chart--line { color: $accent; }
        .chart--behind { color: $accent-darken-3; }
        .chart--floor { color: $text-muted; }
        .chart--label { color: $text-muted; }
        .chart--mark { color: $foreground; text-style: bold; }
        .chart--point { color: $foreground; }
        .chart--faint { color: #6c737d; }
        .chart--broken { color: $text-error; text-style: bold; }
        &:light .chart--behind { color: #3f8796; }
        &:light .chart--faint { color: #83888f; }
        &:ansi {
            .chart--behind { color: $accent; text-style: dim; }
            .chart--floor { text-style: dim; }
            .chart--faint { color: ansi_default; text-style: dim; }
        }
    """
        + CURVE_COLOURS
        + "}"
    )

    def __init__(self) -> None:
        super().__init__()
        self._picture = Picture(0, 0)

    def paint(self, picture: Picture) -> str | None:
        """Draw on a blank picture, and return what the frame says of it; None while there is nothing to show."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(self._picture.lines)

    def draw_again(self) -> None:
        """Paint what there is to show, and send what has changed."""
        width, height = self.content_size
        if not self.is_mounted or width < 1 or height < 1:
            return
        picture = Picture(width, height, plain=self.ascii)
        said = self.paint(picture)
        if said is None:
            return
        before, self._picture = self._picture, picture
        words = picture.drawable(said)
        if self.border_subtitle is None or str(self._border_subtitle) != words:
            self.border_subtitle = Content(words)
        if (before.width, before.height) != (width, height):
            self.refresh()
        elif changes := [Region(x, y, length, 1) for x, y, length in picture.changes(before)]:
            self.refresh(*changes)

    def on_resize(self) -> None:
        """Paint for the new size."""
        self.draw_again()

    def render_line(self, y: int) -> Strip:
        """Return one line of the picture."""
        own = self.rich_style
        if y >= self._picture.height:
            return Strip.blank(self.size.width, own)
        pieces = self._picture.pieces(y)
        segments = [Segment(text, self.get_component_rich_style(name) if name else own) for text, name in pieces]
        return Strip(segments).adjust_cell_length(self.size.width, own)
