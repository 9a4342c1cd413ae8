"""The three lines above a race: what races and how it stands, how far it is, who leads."""

from linreg.phase import Phase
from linreg.race.entries import Entry
from linreg.race.state import RaceState
from linreg.training.facts import Facts
from linreg_tui.race.headline import entries_phrases, race_phrases, story_phrases
from linreg_tui.race.table import short_names
from linreg_tui.race.view import RaceView
from linreg_tui.text.status_phrases import phrase
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
