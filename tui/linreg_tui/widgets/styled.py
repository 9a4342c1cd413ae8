"""A widget that works out its own style once, and not for every line that it draws.

Textual adds a widget's style up from all its ancestors whenever it is asked for; a screen of a hundred lines that
change asks a hundred times.
"""

from rich.style import Style
from textual.style import Style as VisualStyle
from textual.widget import Widget


class Styled(Widget):
    """A widget whose style is kept until Textual has another for it."""

    _kept: tuple[VisualStyle, Style] | None = None

    @property
    def rich_style(self) -> Style:
        """Its style: what `Widget.rich_style` says, as long as the style that Textual keeps is the same object."""
        look = self.visual_style
        if self._kept is None or self._kept[0] is not look:
            self._kept = look, super().rich_style
        return self._kept[1]
