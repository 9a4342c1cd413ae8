"""Changes of the rows whose answers are still to come, and what was asked for meanwhile.

A row that is added, removed, or comes back gives others their numbers, which are known with the answer. Until then
nobody can tell which row a key means, and so the key waits. A change that only moves rows keeps nobody waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from linreg.live.edits import MoveRow, RowEdit, ScatterTargets
from linreg.training.facts import Facts


@dataclass(slots=True)
class Queue:
    """Changes as the run counts them: the latest, the latest that renumbers rows; and the actions that wait for it."""

    asked: int = 0
    awaited: int = 0
    later: list[Callable[[], None]] = field(default_factory=list)

    def ask(self, edit: RowEdit, facts: Facts) -> None:
        """Count a change that is being asked for."""
        self.asked = 1 + max(self.asked, facts.n_edits)
        if not isinstance(edit, MoveRow | ScatterTargets):
            self.awaited = self.asked

    def has_answer(self, facts: Facts) -> bool:
        """Tell whether rows have the numbers by which they are called."""
        return facts.n_edits >= self.awaited

    def put_off(self, action: Callable[[], None], facts: Facts) -> bool:
        """Have an action wait where it must; tell whether it does."""
        if waits := not self.has_answer(facts):
            self.later.append(action)
        return waits

    def next(self, facts: Facts) -> Callable[[], None] | None:
        """Return an action that need wait no longer."""
        return self.later.pop(0) if self.later and self.has_answer(facts) else None
