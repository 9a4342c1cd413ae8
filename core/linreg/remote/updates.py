"""What to tell each viewer of a run next: what is new since it was last told, a piece at a time.

Viewers that have been told the same are told the same again, by the same bytes. A state goes out behind the epochs that
it belongs to, as a session publishes it, so that no viewer is shown a state without its history.
"""

from dataclasses import dataclass

from linreg.history.history import History
from linreg.history.increment import Held, Increment
from linreg.live.control import Control
from linreg.live.state import State
from linreg.remote.messages import Update, encoded
from linreg.training.facts import Facts

MOST, MOST_WHILE_MOVING = 2**17, 2**13
"""Numbers in any array of a piece; and among the latest epochs, of which all are new while a run flies by."""

_NOTHING = Held()


@dataclass(frozen=True, slots=True)
class ViewerState:
    """What a viewer knows: which facts, which history and what of it, and the state's version."""

    facts: int = 0
    history: int = 0
    held: Held = _NOTHING
    version: int = -1


class Updates:
    """Looks at a run, and says what a viewer lacks."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._facts: Facts | None = None
        self._history: History | None = None
        self._n_facts = self._n_histories = 0
        self._made: dict[ViewerState, tuple[bytes, ViewerState]] = {}
        self.look()

    def look(self) -> None:
        """See how the run stands now."""
        control = self._control
        self._state: State = control.state
        facts, history = control.facts, control.history
        if facts is not self._facts:
            self._facts, self._n_facts = facts, self._n_facts + 1
        if history is not self._history:
            self._history, self._n_histories = history, self._n_histories + 1
        self._made.clear()

    def is_due(self, known: ViewerState) -> bool:
        """Tell whether a viewer lacks something."""
        return known.version != self._state.version

    def next(self, known: ViewerState) -> tuple[bytes, ViewerState]:
        """Return the next frame for a viewer, and what it then knows."""
        if known not in self._made:
            self._made[known] = self._next(known)
        return self._made[known]

    def _next(self, known: ViewerState) -> tuple[bytes, ViewerState]:
        state, facts = self._state, self._facts if known.facts != self._n_facts else None
        held = known.held if known.history == self._n_histories else _NOTHING
        increment = self._increment(held)
        is_last = increment is None or increment.is_last
        frame = encoded(Update(facts, increment, state if is_last else None))
        return frame, ViewerState(
            self._n_facts,
            self._n_histories,
            held if increment is None else increment.held,
            state.version if is_last else known.version,
        )

    def _increment(self, held: Held) -> Increment | None:
        if self._history is None:
            return None
        state = self._state
        if state.phase.is_moving:
            return self._history.since(held, most=MOST, latest=MOST_WHILE_MOVING, until=state.epoch)
        return self._history.since(held, most=MOST, latest=MOST)
