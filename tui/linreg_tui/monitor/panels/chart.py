"""A panel that is a picture of the run, drawn anew with each moment."""

from linreg_tui.draw.picture import Picture
from linreg_tui.monitor.view import View
from linreg_tui.widgets.picture_panel import PicturePanel


class ChartPanel(PicturePanel):
    """A panel with a picture of the run."""

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None

    def show(self, view: View) -> None:
        """Draw this moment of the run, and send what has changed."""
        self._view = view
        self.draw_again()

    def draw(self, view: View, picture: Picture) -> str:
        """Draw on a blank picture, and return what the frame says of it."""
        raise NotImplementedError

    def paint(self, picture: Picture) -> str | None:
        """Draw the moment that is shown."""
        return None if self._view is None else self.draw(self._view, picture)
