"""The footer: the keys and what they do, each a button for the mouse; what there is no room for is left out whole."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from linreg_tui.keys import GAP, Entry, fitting, footer_entries


class KeyLine(Widget):
    """One line of keys, or two where the screen is tall."""

    DEFAULT_CSS = """
    KeyLine {
        height: auto;
        color: $text-muted;
        .key-line--key { color: $accent; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}

    diverged: reactive[bool] = reactive(False, layout=True)
    n_lines: reactive[int] = reactive(1, layout=True)
    ascii: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """Write the entries that fit."""
        lines = fitting(footer_entries(diverged=self.diverged), max(1, self.size.width - 1), self.n_lines)
        return Content("\n").join(Content(" " * GAP).join(map(self._entry, line)).pad_left(1) for line in lines)

    def _entry(self, entry: Entry) -> Content:
        style = self.get_visual_style("key-line--key", partial=True)
        names = [
            Content.styled(_ASCII.get(shown, shown) if self.ascii else shown, style + _button(action))
            for shown, action in entry.keys
        ]
        return Content(" ").join([*names, Content.styled(entry.word, _button(entry.keys[0][1]))])


def _button(action: str) -> Style:
    """Make text do what a key does; the number keys need a number."""
    if action == "panel_key":
        return Style()
    return Style.from_meta({"@click": f"screen.{action if '(' in action else f'{action}()'}"})


_ASCII = {"←": "left", "−": "-", "⏎": "enter", "⇧tab": "S-tab"}
