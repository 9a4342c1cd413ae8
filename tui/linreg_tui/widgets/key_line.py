"""The footer: the keys and what they do, each a button for the mouse; what there is no room for is left out whole.

A sentence for whoever watches stands there for a while in the place of the keys, or until the next key: it covers
nothing that moves.
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.style import Style
from textual.timer import Timer
from textual.widget import Widget

from linreg_tui.widgets.keys import GAP, Key, KeyGroup, action_name, fitting, key_groups, spelled


class KeyLine(Widget):
    """One line of keys, or two where the screen is tall."""

    DEFAULT_CSS = """
    KeyLine {
        height: auto;
        color: $text-muted;
        .key-line--key { color: $accent; text-style: bold; }
        .key-line--said { color: $foreground; text-style: bold; }
        .key-line--wrong { color: $text-error; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--said", "key-line--wrong"}

    diverged: reactive[bool] = reactive(False, layout=True)
    idle: reactive[frozenset[str]] = reactive(frozenset(), layout=True)
    n_lines: reactive[int] = reactive(1, layout=True)
    ascii: reactive[bool] = reactive(False)
    failure: reactive[str] = reactive("", layout=True)
    """Why nothing goes on here, to stand above the keys for good; it has been made safe."""

    sentence: reactive[str] = reactive("", layout=True)
    meanwhile: reactive[tuple[Key, ...]] = reactive((), layout=True)
    """Keys of whatever has the keyboard, to stand in the place of the others while it has."""

    def __init__(self, keys: Sequence[Key], idle: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.set_reactive(KeyLine.idle, idle)
        self._keys = keys
        self._is_error = False
        self._until: Timer | None = None

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Show a sentence in the place of the keys for a while; it has been made safe."""
        if self._until is not None:
            self._until.stop()
        self._is_error = is_error
        self.sentence = spelled(sentence) if self.ascii else sentence
        self.refresh()
        self._until = self.set_timer(SENTENCE_STANDS, self.forget)

    def forget(self) -> None:
        """Show the keys again."""
        self.sentence = ""

    def render(self) -> Content:
        """Write the sentence, or the keys that fit."""
        if self.sentence:
            style = self.get_visual_style("key-line--wrong" if self._is_error else "key-line--said", partial=True)
            n_lines = -(-(len(self.sentence) + 1) // max(1, self.screen.size.width))
            blank = "\n" * max(0, self.n_lines - n_lines)  # the panels keep their places
            return Content.styled(f" {self.sentence}{blank}", style)
        has_diverged = self.diverged and not self.meanwhile
        groups = key_groups(self.meanwhile or self._keys, diverged=has_diverged, idle=self.idle)
        groups = list(map(self._drawable, groups))
        lines = fitting(groups, max(1, self.screen.size.width - 1), self.n_lines)
        keys = Content("\n").join(Content(" " * GAP).join(map(self._written, line)).pad_left(1) for line in lines)
        if not self.failure:
            return keys
        said = wrap(spelled(self.failure) if self.ascii else self.failure, max(1, self.screen.size.width - 2))
        style = self.get_visual_style("key-line--wrong", partial=True)
        return Content("\n").join([*(Content.styled(f" {each}", style) for each in said), keys])

    def _drawable(self, group: KeyGroup) -> KeyGroup:
        """Name the keys in the characters that may be drawn."""
        keys = [(spelled(shown) if self.ascii else shown, action) for shown, action in group.keys]
        return KeyGroup(tuple(keys), group.word, group.rank)

    def _written(self, group: KeyGroup) -> Content:
        style = self.get_visual_style("key-line--key", partial=True)
        names = [Content.styled(shown, style + Style.from_meta({ACTION: action})) for shown, action in group.keys]
        word = Content.styled(group.word, Style.from_meta({ACTION: group.keys[0][1]}))
        return Content(" ").join([*names, word])

    async def on_click(self, click: Click) -> None:
        """Do what the key under the mouse does; of a sentence, show the keys again."""
        self.forget()
        action = click.style.meta.get(ACTION)
        if action is not None and action != "panel_key":  # those need to be told which
            focused, name = self.screen.focused, f"action_{action_name(action)}"
            await (focused if focused is not None and hasattr(focused, name) else self.screen).run_action(action)


SENTENCE_STANDS = 6.0
"""Seconds that a sentence stands."""
ACTION = "key-line action"
"""Where a cell's style keeps the action of its key; a link of Textual's would be underlined."""
