"""The terminal's title while the app has the terminal: what runs, and how far it is."""

from linreg.live.state import State
from linreg.phase import Phase
from linreg.racing.state import RaceState
from linreg.text import safe


def title_of(name: str, state: State | RaceState) -> str:
    """Say it in few words, safe: of a run that moves how much is done, and of any other how it stands."""
    how = state.phase.value
    if state.phase.is_moving and state.last_epoch >= 0:
        how = f"{int(100 * (state.epoch + 1) / (state.last_epoch + 1))} %"
    elif state.phase is Phase.RUNNING:
        how = f"{getattr(state, 'unit', 'epoch')} {state.epoch:,}"
    return f"{safe(name)} {how} - linreg"
