"""A numbered panel: a frame with a title, that takes the keyboard and can fill the screen."""

from typing import ClassVar

from textual.content import Content

from linreg_tui.text.numbers import in_ascii
from linreg_tui.widgets.styled import Styled


class Panel(Styled, can_focus=True):
    """One of a screen's panels, which redraws only what has changed."""

    number: ClassVar[int]
    title: ClassVar[str]
    ascii: bool = False
    """Whether to draw with ASCII characters only; set before the panel is mounted."""

    def on_mount(self) -> None:
        """Put number and title into the frame."""
        self.call_it(self.title)

    def call_it(self, title: str) -> None:
        """Write a title into the frame, unless it stands there already."""
        title = f"{self.number} {in_ascii(title) if self.ascii else title}"
        if str(self.border_title or "") != title:
            self.border_title = Content(title)

    def say_below(self, words: str) -> None:
        """Write words into the lower edge of the frame, unless they stand there already."""
        words = in_ascii(words) if self.ascii else words
        if str(self.border_subtitle or "") != words:
            self.border_subtitle = Content(words)
