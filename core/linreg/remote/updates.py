"""What to tell each viewer of a run next: what is new since it was last told, a piece at a time.

Viewers that have been told the same are told the same again, by the same bytes. A state goes out behind the epochs that
it belongs to, as a session publishes it, so that no viewer is shown a state without its history.
"""

from dataclasses import dataclass

from linreg.history.history import History
from linreg.history.increment import Held, Increment
from linreg.live.control import Control
from linreg.live.state import State
from linreg.remote.messages import Update, sent
from linreg.training.facts import Facts

MOST, MOST_WHILE_MOVING = 2**17, 2**13
"""Numbers in any array of a piece; and among the latest epochs, of which all are new while a run flies by."""

_NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Told:
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
        self._made: dict[Told, tuple[bytes, Told]] = {}
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

    def is_due(self, told: Told) -> bool:
        """Tell whether a viewer lacks something."""
        return told.version != self._state.version

    def next(self, told: Told) -> tuple[bytes, Told]:
        """Return the next frame for a viewer, and what it then knows."""
        if told not in self._made:
            self._made[told] = self._next(told)
        return self._made[told]

    def _next(self, told: Told) -> tuple[bytes, Told]:
        state, facts = self._state, self._facts if told.facts != self._n_facts else None
        held = told.held if told.history == self._n_histories else _NOTHING
        increment = self._increment(held)
        is_last = increment is None or increment.is_last
        frame = sent(Update(facts, increment, state if is_last else None))
        return frame, Told(
            self._n_facts,
            self._n_histories,
            held if increment is None else increment.held,
            state.version if is_last else told.version,
        )

    def _increment(self, held: Held) -> Increment | None:
        if self._history is None:
            return None
        state = self._state
        if state.phase.is_moving:
            return self._history.since(held, most=MOST, latest=MOST_WHILE_MOVING, until=state.epoch)
        return self._history.since(held, most=MOST, latest=MOST)
