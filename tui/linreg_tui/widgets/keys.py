"""Every key of a screen, once: the footer, the help and the command palette all say the same words.

The table here is the monitor's; the other screens have their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding

from linreg_tui.text.numbers import in_ascii


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
        For the footer; keys that share a word with the one before them are shown as one entry.
    meaning
        For the help and the command palette.
    rank
        Where room in the footer is short, a lower one stays longer.
    """

    keys: str
    action: str
    shown: str
    word: str
    meaning: str
    rank: int = 3


KEYS = (
    Key("space", "play_or_pause", "space", "run", "Run or pause", 0),
    Key("n,right", "step(1)", "n", "step", "One epoch forward (also →)", 0),
    Key("N", "step(10)", "N", "step", "Ten epochs forward", 0),
    Key("left", "back(1)", "←", "back", "One epoch back, exactly", 1),
    Key("B", "back(10)", "B", "back", "Ten epochs back", 1),
    Key("g", "go_to", "g", "go to", "Go to an epoch by number", 2),
    Key("plus,equals_sign", "scale_rate(1.25)", "+", "rate", "Learning rate × 1.25, from the next epoch on", 1),
    Key("minus,underscore", "scale_rate(0.8)", "−", "rate", "Learning rate ÷ 1.25, from the next epoch on", 1),
    Key("less_than_sign,comma", "slower", "<", "speed", "Slower: 1, 10, 100, 1,000 epochs a second", 2),
    Key("greater_than_sign,full_stop", "faster", ">", "speed", "Faster; at the end flat out", 2),
    Key("u", "recover", "u", "recover", "After a divergence: halve the learning rate and go back", 4),
    Key("r", "restart", "r", "restart", "Restart from the same initial parameters", 2),
    Key("R", "restart_elsewhere", "R", "restart", "Restart from new random parameters", 2),
    Key("l", "next_axis", "l", "axis", "Cost axis: log, linear, above least squares", 3),
    Key("m", "smooth", "m", "smooth", "Smooth the cost, or show it raw", 3),
    Key("o", "choose_optimizer", "o", "optimizer", "Choose the optimizer and its options", 3),
    Key("d", "choose_data", "d", "data", "Choose the data set and the whole recipe", 3),
    Key("1,2,3,4,5,6", "panel_key", "1-6", "panel", "Go to a panel; again: enlarge it", 3),
    Key("tab", "next_panel(1)", "tab", "panel", "Next panel", 3),
    Key("shift+tab", "next_panel(-1)", "⇧tab", "panel", "Panel before", 5),
    Key("enter", "enlarge", "⏎", "enlarge", "Enlarge the panel, or put it back (also Esc)", 4),
    Key("slash", "filter", "/", "filter", "Find parameters by name", 4),
    Key("s", "save", "s", "save", "Save the model", 4),
    Key("e", "export", "e", "export", "Export the epochs, as CSV or JSON lines", 4),
    Key("v", "race", "v", "race", "Race other optimizers and learning rates on the same rows", 3),
    Key("h", "runs", "h", "runs", "All runs that are kept: compare, replay, resume, attach", 2),
    Key("question_mark,f1", "help", "?", "help", "Help", 1),
    Key("ctrl+p", "palette", "^p", "palette", "Command palette", 5),
    Key("q", "quit", "q", "quit", "Quit, or detach from a run that is going (also ctrl+c)", 0),
)

_NAMES = {"←": "left", "→": "right", "↑": "up", "↓": "down", "⏎": "enter", "⇧tab": "S-tab"}


def bindings(keys: Sequence[Key] = KEYS) -> list[Binding]:
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


def help_entries(keys: Sequence[Key] = KEYS) -> list[Key]:
    """List the keys for the help."""
    return [key for key in keys if key.action != "palette"]


def palette_entries(keys: Sequence[Key] = KEYS) -> list[tuple[str, str]]:
    """List what the command palette offers: the words of the help with the key, and the action."""
    entries = []
    for key in help_entries(keys):
        if key.action == "panel_key":
            entries += [(f"Go to panel {number}  ({number})", f"panel({number})") for number in key.keys.split(",")]
        else:
            entries.append((f"{key.meaning}  ({key.shown})", key.action))
    return entries


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the footer: keys that share a word, each with its own action for the mouse."""

    keys: tuple[tuple[str, str], ...]
    word: str
    rank: int

    @property
    def width(self) -> int:
        """Cells that the entry takes."""
        return sum(len(shown) for shown, _ in self.keys) + len(self.keys) + len(self.word)


def footer_entries(keys: Sequence[Key] = KEYS, *, diverged: bool = False) -> list[Entry]:
    """Join keys that share a word; what recovers from a divergence is there only then, and then first."""
    entries: list[Entry] = []
    for key in keys:
        if key.action == "recover":
            continue
        pair = (key.shown, key.action)
        if entries and entries[-1].word == key.word:
            last = entries[-1]
            entries[-1] = Entry((*last.keys, pair), last.word, min(last.rank, key.rank))
        else:
            entries.append(Entry((pair,), key.word, key.rank))
    if diverged:
        recover = next(key for key in keys if key.action == "recover")
        entries.insert(0, Entry(((recover.shown, recover.action),), "halve the rate and go back", 0))
    return entries


def fitting(entries: list[Entry], width: int, n_lines: int) -> list[list[Entry]]:
    """Lay entries out on at most `n_lines` lines of `width` cells, leaving out whole entries of the highest rank."""
    kept = list(entries)
    while True:
        lines = _wrapped(kept, width)
        if len(lines) <= n_lines or not kept:
            return lines
        worst = max(entry.rank for entry in kept)
        last = max(index for index, entry in enumerate(kept) if entry.rank == worst)
        del kept[last]


def _wrapped(entries: list[Entry], width: int) -> list[list[Entry]]:
    lines: list[list[Entry]] = []
    room = 0
    for entry in entries:
        if not lines or room < entry.width + GAP:
            lines.append([])
            room = width
        lines[-1].append(entry)
        room -= entry.width + GAP
    return lines


GAP = 2
"""Cells between two entries of the footer."""
