"""Three lines at the top: what runs and how it stands, how far it is, and one line more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.events import Click
from textual.geometry import Size
from textual.message import Message

from linreg.live.state import State
from linreg.phase import Phase
from linreg.racing.state import RaceState
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.gauge import progress_bar
from linreg_tui.text.status_phrases import GAP, Phrase, epoch_phrase, fitted, pace_phrases, phrase, state_words
from linreg_tui.widgets.lines import Line, Lines, width_of

N_LINES, SHORTEST_BAR = 3, 8


class StatusLines(Lines):
    """Three lines above the panels. Which state it is stands in words, whatever the colours."""

    DEFAULT_CSS = """
    StatusLines {
        height: auto;
        padding: 0 1;
        .status--name { text-style: bold; color: $accent; }
        .status--moving { text-style: bold; color: $accent; }
        .status--standing { text-style: bold; }
        .status--good { text-style: bold; color: $text-success; }
        .status--bad { text-style: bold; color: $text-error; }
        .status--warning { text-style: bold; color: $text-warning; }
        .status--quiet { color: $text-muted; }
        .status--mark { text-style: bold; color: $accent; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--name",
        "status--moving",
        "status--standing",
        "status--good",
        "status--bad",
        "status--warning",
        "status--quiet",
        "status--mark",
    }

    @dataclass
    class ShareAsked(Message):
        """Somebody clicked on the progress bar: so far, from 0 to 1."""

        share: float

    def __init__(self) -> None:
        super().__init__()
        self._bar = (0, 0)
        """Where the progress bar begins, and how many cells it has."""
        self._written: Callable[[], list[Line]] = list

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take three lines, whatever they say."""
        return N_LINES

    def write(self, lines: Callable[[], list[Line]]) -> None:
        """Show lines, and ask for them again when the width changes."""
        self._written = lines
        self.set_lines(lines())

    def write_loading(self, phrases: list[Phrase], state: State | RaceState) -> None:
        """Show what will run, and how far reading is, before anything is known of the data; not why that failed."""
        said = "" if state.phase is Phase.FAILED else state.reason
        self.write(
            lambda: [
                self.first(phrases, state),
                ((flush_left(said, self.size.width).rstrip(), "status--quiet"),) if said else (),
            ]
        )

    def on_resize(self) -> None:
        """Fit the same into the new width."""
        self.set_lines(self._written())

    def on_click(self, click: Click) -> None:
        """Ask for the epoch under the mouse, where that is on the progress bar."""
        at, (start, length) = click.get_content_offset(self), self._bar
        if at is not None and at.y == 1 and start <= at.x < start + length:
            self.post_message(self.ShareAsked((at.x - start + 0.5) / length))

    def first(self, phrases: list[Phrase], state: State | RaceState, looked: str = "") -> Line:
        """Say what runs, and at the right how it stands, or that an earlier moment is `looked` at."""
        words = (state_words(state, plain=self.ascii), _STYLES.get(state.phase, "status--standing"))
        words = (looked, "status--mark") if looked else words
        shown = fitted([phrase(6, "linreg", style="name"), *phrases], self.size.width - len(words[0]) - GAP)
        line = joined(shown)
        return (*line, (" " * max(GAP, self.size.width - width_of(line) - len(words[0])), ""), words)

    def second(self, state: State | RaceState, beside: list[Phrase] | None = None) -> Line:
        """Say how far it is, and how fast, or what is to be said instead."""
        epoch, *others = fitted([epoch_phrase(state), *(beside or pace_phrases(state))], self.size.width)
        start, end = joined([epoch]), joined(others)
        room = self.size.width - width_of(start) - width_of(end) - 2 * GAP
        self._bar = (0, 0)
        if room < SHORTEST_BAR or state.last_epoch < 0:
            return (*start, (" " * GAP, ""), *end)
        self._bar = width_of(start) + GAP, room
        done, left = progress_bar((state.epoch + 1) / (state.last_epoch + 1), room)
        bar = (done, "status--mark"), (left, "status--quiet")
        return (*start, (" " * GAP, ""), *bar, (" " * GAP, ""), *end)

    def third(self, phrases: list[Phrase]) -> Line:
        """Say what there is to say besides, as far as there is room."""
        return joined(fitted(phrases, self.size.width))


_STYLES = {
    Phase.RUNNING: "status--moving",
    Phase.SEEKING: "status--moving",
    Phase.FINISHED: "status--good",
    Phase.CONVERGED: "status--good",
    Phase.DIVERGED: "status--bad",
    Phase.FAILED: "status--bad",
}


def joined(phrases: list[Phrase]) -> Line:
    """Put phrases side by side, the mark of a gauge in its own colour."""
    line: list[tuple[str, str]] = []
    for each in phrases:
        if line:
            line.append((" " * GAP, ""))
        text = each.text
        if each.style == "gauge" and "●" in text:
            before, _, after = text.partition("●")
            line += [(before, "status--quiet"), ("●", "status--mark"), (after, "status--quiet")]
        elif each.style == "gauge":  # there was no room for more than its words
            line.append((text, ""))
        elif each.style == "verdict":
            line.append((text, "status--standing"))
        else:
            line.append((text, f"status--{each.style}" if each.style else ""))
    return tuple(line)
