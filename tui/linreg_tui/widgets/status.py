"""The three lines at the top: what runs and how it stands, how far it is, how its learning rate lies to the limit."""

from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual.geometry import Size

from linreg.recipe import Recipe
from linreg.state import Phase, State
from linreg_tui import headline
from linreg_tui.gauge import progress_bar
from linreg_tui.headline import GAP, Part, fitted, part, state_words
from linreg_tui.names import flush_left
from linreg_tui.view import View
from linreg_tui.widgets.lines import Line, Lines, width_of

PATIENCE = 1.0
"""Seconds between two predictions while epochs go by: each may look through thousands of epochs."""
N_LINES, SHORTEST_BAR = 3, 8


class Status(Lines):
    """Three lines above the panels. Which state it is stands in words, whatever the colours."""

    DEFAULT_CSS = """
    Status {
        height: auto;
        padding: 0 1;
        .status--name { text-style: bold; color: $accent; }
        .status--moving { text-style: bold; color: $accent; }
        .status--standing { text-style: bold; }
        .status--good { text-style: bold; color: $text-success; }
        .status--bad { text-style: bold; color: $text-error; }
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
        "status--quiet",
        "status--mark",
    }

    def __init__(self) -> None:
        super().__init__()
        self._draw: Callable[[], list[Line]] = list
        self._within: int | None = None
        self._foretold = -PATIENCE

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take three lines, whatever they say."""
        return N_LINES

    def show_loading(self, recipe: Recipe, state: State) -> None:
        """Show what will run, before anything is known of the data."""
        self._draw = lambda: [
            self._first(headline.loading_parts(recipe), state),
            ((flush_left(state.reason, self.size.width).rstrip(), "status--quiet"),) if state.reason else (),
        ]
        self.set_lines(self._draw())

    def show(self, view: View) -> None:
        """Show a moment of the run."""
        now = monotonic()
        if not view.state.phase.is_moving or now - self._foretold >= PATIENCE:
            self._foretold = now
            n_epochs = view.epochs_to_go
            self._within = None if n_epochs is None else view.state.epoch + 1 + n_epochs
        self._draw = lambda: [
            self._first(headline.run_parts(view.facts), view.state),
            self._second(view.state),
            self._third(view),
        ]
        self.set_lines(self._draw())

    def on_resize(self) -> None:
        """Fit the same into the new width."""
        self.set_lines(self._draw())

    def _first(self, parts: list[Part], state: State) -> Line:
        words = (state_words(state, plain=self.ascii), _STYLES.get(state.phase, "status--standing"))
        shown = fitted([part(6, "linreg", style="name"), *parts], self.size.width - len(words[0]) - GAP)
        line = _joined(shown)
        return (*line, (" " * max(GAP, self.size.width - width_of(line) - len(words[0])), ""), words)

    def _second(self, state: State) -> Line:
        epoch, *others = fitted([headline.epoch_part(state), *headline.pace_parts(state)], self.size.width)
        start, end = _joined([epoch]), _joined(others)
        room = self.size.width - width_of(start) - width_of(end) - 2 * GAP
        if room < SHORTEST_BAR:
            return (*start, (" " * GAP, ""), *end)
        done, left = progress_bar((state.epoch + 1) / (state.last_epoch + 1), room)
        bar = (done, "status--mark"), (left, "status--quiet")
        return (*start, (" " * GAP, ""), *bar, (" " * GAP, ""), *end)

    def _third(self, view: View) -> Line:
        return _joined(fitted(headline.rate_parts(view, self._within), self.size.width))


_STYLES = {
    Phase.RUNNING: "status--moving",
    Phase.SEEKING: "status--moving",
    Phase.FINISHED: "status--good",
    Phase.CONVERGED: "status--good",
    Phase.DIVERGED: "status--bad",
    Phase.FAILED: "status--bad",
}


def _joined(parts: list[Part]) -> Line:
    """Put parts side by side, the mark of a gauge in its own colour."""
    line: list[tuple[str, str]] = []
    for each in parts:
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
