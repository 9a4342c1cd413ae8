"""What waits to be written: nothing of a future that is not to be, and the end after all else."""

import numpy as np
import pytest

from linreg.history.epochs import Epochs
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.pending import Pending
from linreg.trace import Trace
from linreg.training.trainer import Snapshot


def rows(*epochs: int) -> Epochs:
    epoch = np.array(epochs)
    return Epochs(epoch, epoch / 4, None, np.full(len(epoch), 0.1), epoch[:, np.newaxis] / 2)


def at(epoch: int) -> Checkpoint:
    snapshot = Snapshot(epoch, np.zeros(1), 0.5, {})
    return Checkpoint(recipe=Recipe(), snapshot=snapshot, status=Phase.RUNNING, first_learning_rate=0.1)


def epochs_of(pending: Pending) -> list[int]:
    found = pending.rows()
    return [] if found is None else found.epoch.tolist()


@pytest.mark.parametrize(("forgotten", "stays"), [(8, True), (7, False), (6, False), (100, True), (0, False)])
def test_a_checkpoint_of_a_future_that_is_not_to_be_is_dropped_and_an_earlier_one_stays(
    forgotten: int, stays: bool
) -> None:
    pending = Pending(checkpoint=at(7))
    pending.forget(forgotten)
    assert (pending.checkpoint is not None) == stays
    assert pending.from_epoch == forgotten
    assert not pending.is_empty


@pytest.mark.parametrize(
    ("forgotten", "kept"),
    [(9, [0, 2, 4, 6, 7]), (7, [0, 2, 4, 6]), (6, [0, 2, 4]), (5, [0, 2, 4]), (4, [0, 2]), (1, [0]), (0, [])],
)
def test_rows_from_an_epoch_on_are_forgotten(forgotten: int, kept: list[int]) -> None:
    pending = Pending(parts=[rows(0, 2), rows(4, 6)], newest=rows(7), before=(0.1, 0.9))
    pending.forget(forgotten)
    assert epochs_of(pending) == kept
    assert pending.before == ((0.1, 0.9) if kept else None)
    assert pending.has_rows
    assert pending.has_record
    pending.forget(forgotten + 1)
    assert pending.from_epoch == forgotten
    pending.forget(0)
    assert pending.from_epoch == 0


def test_the_newest_row_comes_once_and_last() -> None:
    assert epochs_of(Pending(parts=[rows(0, 2)], newest=rows(2))) == [0, 2]
    assert epochs_of(Pending(parts=[rows(0, 2)], newest=rows(3))) == [0, 2, 3]
    assert epochs_of(Pending(newest=rows(3))) == [3]
    assert epochs_of(Pending(parts=[rows(0)])) == [0]
    assert Pending().rows() is None
    assert Pending().is_empty
    assert not Pending(newest=rows(3)).is_empty
    assert not Pending(checkpoint=at(3)).is_empty
    assert not Pending(checkpoint=at(3)).has_record
    assert Pending(interventions=()).has_rows


def test_a_row_stands_for_the_costs_of_those_that_are_left_out() -> None:
    pending = Pending(parts=[Epochs.of(Trace(0, np.array([4.0, 1.0, 9.0, 2.0, 3.0]), np.zeros((5, 1)), 0.1))])
    pending.thin(4)
    found = pending.rows()
    assert found is not None
    assert found.epoch.tolist() == [0, 4]
    assert [each.tolist() for each in found.extremes] == [[1.0, 3.0], [9.0, 3.0]]
    pending.reach((0.5, 2.0))
    pending.reach(None)
    found = pending.rows()
    assert found is not None
    assert [each.tolist() for each in found.extremes] == [[1.0, 0.5], [9.0, 3.0]]


def test_costs_before_the_first_row_belong_to_the_last_that_is_written() -> None:
    pending = Pending()
    pending.reach((2.0, 3.0))
    pending.reach((1.0, 2.5))
    assert pending.before == (1.0, 3.0)


def test_what_comes_later_comes_after_and_replaces_what_there_can_be_one_of() -> None:
    pending = Pending(parts=[rows(0, 2, 4)], newest=rows(5), checkpoint=at(4), interventions=(Intervention(1, 0.5),))
    pending.absorb(Pending(from_epoch=3, parts=[rows(4)], newest=rows(6), checkpoint=at(6)))
    assert epochs_of(pending) == [0, 2, 4, 6]
    assert pending.from_epoch == 3
    assert pending.checkpoint is not None
    assert pending.checkpoint.snapshot.epoch == 6
    assert pending.interventions == (Intervention(1, 0.5),)
    pending.rows_are_written()
    assert not pending.has_rows
    assert epochs_of(pending) == []
    assert pending.checkpoint is not None
