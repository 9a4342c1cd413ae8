"""Where a run stands, so that another can be brought there."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linreg.live.state import Intervention, State
from linreg.recipe import Recipe

if TYPE_CHECKING:
    from linreg.data.table import Table
    from linreg.training.facts import Facts


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands, and how it came there.

    Attributes
    ----------
    epoch
        The last that has run; −1 before the first.
    first_rate
        The learning rate of epoch 0; None: the recipe's own.
    changes
        Every change of it since.
    rows
        Those that it was trained on from its start, where somebody has changed them; None: as the recipe reads them.
    """

    recipe: Recipe
    epoch: int = -1
    first_rate: float | None = None
    changes: tuple[Intervention, ...] = ()
    rows: "Table | None" = field(default=None, compare=False)

    @classmethod
    def of(cls, facts: "Facts", state: State) -> "Standing":
        """Say where the run on the screen stands; not of one whose rows were changed on the way."""
        rows = None
        if facts.rows_changed:
            from linreg.data.table import Table

            rows = Table(facts.features, facts.target, facts.sample_X, facts.sample_y)
        return cls(facts.recipe, state.epoch, facts.learning_rate, state.interventions, rows)
