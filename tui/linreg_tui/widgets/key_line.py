"""The footer: the keys and what they do, each a button for the mouse; what there is no room for is left out whole."""

from typing import ClassVar

from textual.content import Content
from textual.events import Click
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
        lines = fitting(footer_entries(diverged=self.diverged), max(1, self.screen.size.width - 1), self.n_lines)
        return Content("\n").join(Content(" " * GAP).join(map(self._entry, line)).pad_left(1) for line in lines)

    def _entry(self, entry: Entry) -> Content:
        style = self.get_visual_style("key-line--key", partial=True)
        names = [
            Content.styled(_ASCII.get(shown, shown) if self.ascii else shown, style + Style.from_meta({ACTION: action}))
            for shown, action in entry.keys
        ]
        word = Content.styled(entry.word, Style.from_meta({ACTION: entry.keys[0][1]}))
        return Content(" ").join([*names, word])

    async def on_click(self, click: Click) -> None:
        """Do what the key under the mouse does."""
        action = click.style.meta.get(ACTION)
        if action is not None and action != "panel_key":  # those need to be told which
            await self.screen.run_action(action)


ACTION = "key-line action"
"""Where a cell's style keeps the action of its key; a link of Textual's would be underlined."""
_ASCII = {"←": "left", "−": "-", "⏎": "enter", "⇧tab": "S-tab"}
