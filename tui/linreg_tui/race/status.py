"""The three lines above a race: what races and how it stands, how far it is, who leads or how the chosen one does."""

from math import isfinite

from linreg.phase import Phase
from linreg.racing.entries import Entry
from linreg.racing.positions import Position
from linreg.racing.race import TOLERANCES
from linreg.racing.state import RaceState
from linreg.text import shortened
from linreg.training.facts import Facts
from linreg_tui.race.table import short_names, tolerance_name
from linreg_tui.race.view import RaceView
from linreg_tui.text.numbers import count, percent, significant
from linreg_tui.text.status_phrases import Phrase, data_name, phrase, size_phrase
from linreg_tui.widgets.status_lines import StatusLines


class RaceStatus(StatusLines):
    """How a race stands."""

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Facts, ...] = ()
        self._names: tuple[str, ...] = ()

    def show_entries(self, entries: tuple[Entry, ...], state: RaceState) -> None:
        """Show what will race, before anything is known of the data."""
        self.write_loading(entries_phrases(entries), state)

    def show(self, view: RaceView) -> None:
        """Show a moment of the race."""
        if view.facts is not self._facts:
            self._facts, self._names = view.facts, short_names(view.facts)
        failed = view.state.phase is Phase.FAILED
        story = [phrase(0, view.state.reason, style="bad")] if failed else story_phrases(view, self._names)
        self.write(lambda: [self.first(race_phrases(view), view.state), self.second(view.state), self.third(story)])


def entries_phrases(entries: tuple[Entry, ...]) -> list[Phrase]:
    """Say what will race, while the data are read."""
    return [phrase(1, data_name(entries[0].recipe)), phrase(2, n_racers(len(entries)))]


def race_phrases(view: RaceView) -> list[Phrase]:
    """Say what races: data, their size, how many, on which engines."""
    engines = list(dict.fromkeys(facts.engine for facts in view.facts))
    return [
        phrase(1, data_name(view.facts[0].recipe)),
        size_phrase(view.facts[0]),
        phrase(2, n_racers(len(view.facts))),
        phrase(4, ", ".join(engines)),
    ]


def n_racers(number: int) -> str:
    """Say how many there are."""
    return f"{count(number)} racer{'s' * (number != 1)}"


def story_phrases(view: RaceView, names: tuple[str, ...]) -> list[Phrase]:
    """Say how the chosen racer does, or else the best; `names` say what sets each apart."""
    if view.selected is None:
        best = view.state.ranking[0]
        if best.place_by_epochs is None:
            return [phrase(0, "all of them diverged: race lower rates, q goes back", "all diverged", style="bad")]
        if best.epoch < 0:
            return [phrase(0, f"first within {_finest()} of {_least(view)} wins", "", style="quiet")]
        verb = "wins" if view.state.phase.has_ended else "leads"
    else:
        best, verb = view.by_number[view.selected], ""
    who = f"{view.letter(best.number)} {verb}".strip()
    style = "bad" if best.status is Phase.DIVERGED else ""
    name = shortened(names[best.number], 40)
    return [phrase(0, who, style="verdict"), phrase(1, name), _way_phrase(view, best, style)]


def _way_phrase(view: RaceView, position: Position, style: str) -> Phrase:
    """Say how near the least cost a racer came, and when."""
    if position.status is Phase.DIVERGED:
        return phrase(0, f"diverged after epoch {count(max(0, position.epoch))}", "diverged", style=style)
    for tolerance, reached in reversed(list(zip(TOLERANCES, position.reached, strict=True))):
        if reached is not None:
            name, epochs = tolerance_name(tolerance), count(reached.epochs)
            long, short = f"within {name} of {_least(view)} after {epochs} epochs", f"{name} in {epochs} epochs"
            return Phrase(((long, 2), (short, 0)))
    if position.excess_cost is None or not isfinite(position.excess_cost):
        return phrase(1, f"cost {significant(position.cost)}")
    share = position.excess_cost
    above = f"{percent(share)} above" if share < 1 else f"{significant(1 + share, 3)} ×"
    return Phrase(((f"cost {above} {_least(view)}", 2), (f"{above} {_least(view)}", 0)))


def _finest() -> str:
    return tolerance_name(min(TOLERANCES))


def _least(view: RaceView) -> str:
    return "least squares" if view.yardstick.is_exact else "the best cost"
