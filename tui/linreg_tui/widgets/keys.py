"""Every key of a screen, once: the footer, the help and the command palette all say the same words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from textual.binding import Binding

from linreg_tui.text.numbers import in_ascii

ONLY_IN_HELP = 9
"""The rank of a key that is not in the footer."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of help.

    Attributes
    ----------
    keys
        In Textual's names, separated by commas.
    action
        Of the screen.
    shown
        As the keyboard has it.
    word
        For the footer; keys that share a word with the one before them are shown as one group.
    meaning
        For the help and the command palette.
    rank
        Where room in the footer is short, a lower one stays longer; `ONLY_IN_HELP` is never there.
    """

    keys: str
    action: str
    shown: str
    word: str
    meaning: str
    rank: int = 3


_NAMES = {"←": "left", "→": "right", "↑": "up", "↓": "down", "⏎": "enter", "⇧tab": "S-tab"}


def action_name(action: str) -> str:
    """Return the name of an action without what it is told."""
    return action.partition("(")[0]


def bindings(keys: Sequence[Key]) -> list[Binding]:
    """Bind every key; number keys pass their number on."""
    made = []
    for key in keys:
        for name in key.keys.split(","):
            action = f"panel({name})" if key.action == "panel_key" else key.action
            made.append(Binding(name, action, key.meaning, key_display=key.shown, show=False))
    return made


def spelled(sentence: str) -> str:
    """Name the keys in a sentence by words, where their signs cannot be drawn."""
    for sign, name in _NAMES.items():
        sentence = sentence.replace(sign, name)
    return in_ascii(sentence)


def help_keys(keys: Sequence[Key]) -> list[Key]:
    """List the keys for the help."""
    return [key for key in keys if key.action != "palette"]


def palette_commands(keys: Sequence[Key]) -> list[tuple[str, str]]:
    """List what the command palette offers: the words of the help with the key, and the action."""
    entries = []
    for key in help_keys(keys):
        if key.action == "panel_key":
            entries += [(f"Go to panel {number}  ({number})", f"panel({number})") for number in key.keys.split(",")]
        else:
            entries.append((f"{key.meaning}  ({key.shown})", key.action))
    return entries


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that share a word in the footer, each with its own action for the mouse."""

    keys: tuple[tuple[str, str], ...]
    word: str
    rank: int

    @property
    def width(self) -> int:
        """Cells that the group takes."""
        return sum(len(shown) for shown, _ in self.keys) + len(self.keys) + len(self.word)


def key_groups(keys: Sequence[Key], *, diverged: bool = False, idle: Collection[str] = ()) -> list[KeyGroup]:
    """Join keys that share a word; what recovers from a divergence is there only then, and then first.

    `idle` are the actions of keys that have nothing to do in this run: they are left out.
    """
    groups: list[KeyGroup] = []
    for key in keys:
        if key.action == "recover" or key.rank == ONLY_IN_HELP or action_name(key.action) in idle:
            continue
        pair = (key.shown, key.action)
        if groups and groups[-1].word == key.word:
            last = groups[-1]
            groups[-1] = KeyGroup((*last.keys, pair), last.word, min(last.rank, key.rank))
        else:
            groups.append(KeyGroup((pair,), key.word, key.rank))
    if diverged:
        recover = next(key for key in keys if key.action == "recover")
        groups.insert(0, KeyGroup(((recover.shown, recover.action),), "lower the rate and go back", 0))
    return groups


def fitting(groups: list[KeyGroup], width: int, n_lines: int) -> list[list[KeyGroup]]:
    """Lay groups out on at most `n_lines` lines of `width` cells, leaving out whole ones, the highest rank first."""
    kept = list(groups)
    while True:
        lines = _wrapped(kept, width)
        if len(lines) <= n_lines or not kept:
            return lines
        worst = max(group.rank for group in kept)
        last = max(index for index, group in enumerate(kept) if group.rank == worst)
        del kept[last]


def _wrapped(groups: list[KeyGroup], width: int) -> list[list[KeyGroup]]:
    lines: list[list[KeyGroup]] = []
    room = 0
    for group in groups:
        if not lines or room < group.width + GAP:
            lines.append([])
            room = width
        lines[-1].append(group)
        room -= group.width + GAP
    return lines


GAP = 2
"""Cells between two groups of the footer."""
