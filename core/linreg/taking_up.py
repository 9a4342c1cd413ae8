"""The history of a run that is taken up: what is kept of its epochs, up to where it stands."""

from dataclasses import replace

import numpy as np

from linreg.facts import Facts
from linreg.history import History
from linreg.rewinding import Rewinding
from linreg.stored_epochs import Epochs


def history_of(rewinding: Rewinding, facts: Facts, epochs: Epochs) -> History:
    """Return a history of the epochs up to where the trainer stands; where these are damaged, of that one only."""
    trainer = rewinding.trainer
    earlier, here = epochs.before(trainer.epoch), _here(rewinding, facts, epochs)
    n_parameters, every = len(trainer.parameters), trainer.problem.recipe.every
    try:
        return History.of_epochs(Epochs.joined([earlier, here] if len(earlier) else [here]), n_parameters, every)
    except ValueError:
        return History.of_epochs(here, n_parameters, every)


def _here(rewinding: Rewinding, facts: Facts, epochs: Epochs) -> Epochs:
    """Return the row of the epoch where the trainer stands: that which is kept, or one that is made again."""
    trainer, before = rewinding.trainer, rewinding.before
    kept = epochs.where(epochs.epoch == trainer.epoch)
    if len(kept) and np.array_equal(kept.parameters[0], trainer.parameters):
        return kept
    row = replace(trainer.newest, learning_rate=rewinding.learning_rate_of(trainer.epoch))
    excess = None if before is None or row.excess_cost is not None else facts.excess(before)
    return Epochs.of(row if excess is None else replace(row, excess_cost=np.array([excess])))
