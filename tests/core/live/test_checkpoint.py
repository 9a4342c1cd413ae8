"""What a run is put aside as, is what it is taken up from; and what no run can have been put aside as is refused."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import linreg
from exactly import same
from linreg.data.fingerprint import FileState, Fingerprint
from linreg.errors import LinregError
from linreg.files.sealed import SealError, seal, unseal
from linreg.live.checkpoint import FORMAT, Checkpoint
from linreg.live.state import Intervention
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.statistics.best_epoch import BestEpoch
from linreg.training.trainer import Snapshot


def kept(**changes: Any) -> Checkpoint:
    whole = Checkpoint(
        recipe=linreg.Recipe(data="points.csv", seed=3),
        snapshot=Snapshot(7, np.array([0.1, -0.0]), 0.25, {"state": [np.arange(3.0), None, {"n": 1}]}),
        status=Phase.RUNNING,
        first_learning_rate=nan,
        reason="put aside",
        interventions=(Intervention(3, 0.5), Intervention(9, 0.25)),
        before=np.array([0.5, 1.5]),
        frontier=9,
        seconds=1.5,
        versions={"torch": "2"},
    )
    return replace(whole, **changes)


def test_it_comes_back_to_its_last_bit() -> None:
    for each in (kept(), kept(before=None, frontier=None, interventions=(), seconds=0.0)):
        assert same(plain(Checkpoint.of_content(each.content())), plain(each))


def test_what_its_data_were_like_comes_back() -> None:
    data = Fingerprint((FileState("points.csv", 12, 3, "ab" * 20), FileState("more.csv", 1, 2, "cd" * 20, False)))
    assert Checkpoint.of_content(kept(data=data).content()).data == data


RANGE, RATES = "its epoch or its seconds are out of range", "a change of the learning rate is out of range"
NO_VECTOR, NOT_FINITE = "its parameters are no vector", "its parameters are not finite"
BEFORE = "the parameters before do not fit those that it has"
LIMITS: dict[str, tuple[dict[str, Any], str | None]] = {
    "epoch 0": ({"epoch": 0}, None),
    "an epoch before the first": ({"epoch": -1}, RANGE),
    "the last epoch that there can be": ({"epoch": 2**60}, None),
    "one more": ({"epoch": 2**60 + 1}, RANGE),
    "parameters that are no vector": ({"parameters": np.zeros((2, 1))}, NO_VECTOR),
    "parameters of another precision": ({"parameters": np.zeros(2, np.float32)}, ""),
    "parameters that are whole numbers": ({"parameters": np.zeros(2, np.int64)}, NO_VECTOR),
    "one that is not finite": ({"parameters": np.array([0.0, inf])}, NOT_FINITE),
    "one that is no number": ({"parameters": np.array([nan, 0.0])}, NOT_FINITE),
    "another number of them": ({"parameters": np.zeros(3)}, BEFORE),
    "no parameters before": ({"before": None}, None),
    "others before": ({"before": np.zeros(1)}, BEFORE),
    "more of them before": ({"before": np.zeros(3)}, BEFORE),
    "others before, of another shape": ({"before": np.zeros((2, 1))}, BEFORE),
    "no seconds": ({"seconds": 0.0}, None),
    "less than none": ({"seconds": -0.5}, RANGE),
    "endless seconds": ({"seconds": inf}, RANGE),
    "a change at epoch 0": ({"interventions": (Intervention(0, 0.5),)}, None),
    "a change before that": ({"interventions": (Intervention(-1, 0.5),)}, RATES),
    "a change at the last epoch": ({"interventions": (Intervention(2**60, 0.5),)}, None),
    "a change after it": ({"interventions": (Intervention(2**60 + 1, 0.5),)}, RATES),
    "a rate of 0": ({"interventions": (Intervention(3, 0.0),)}, RATES),
    "a rate below 0": ({"interventions": (Intervention(3, -1.0),)}, RATES),
    "a small rate": ({"interventions": (Intervention(3, 5e-324),)}, None),
    "an endless rate": ({"interventions": (Intervention(3, inf),)}, RATES),
    "a rate of 0 after one that is right": ({"interventions": (Intervention(3, 0.5), Intervention(4, 0.0))}, RATES),
    "a snapshot that is none": ({"snapshot": None}, ""),
}


@pytest.mark.parametrize(("changes", "why_not"), LIMITS.values(), ids=LIMITS)
def test_what_no_run_can_have_been_put_aside_as_is_refused(changes: dict[str, Any], why_not: str | None) -> None:
    value = unseal(FORMAT, kept().content())
    for name, each in changes.items():
        if name == "interventions":
            value[name] = [[change.epoch, change.learning_rate] for change in each]
        elif name in value["snapshot"]:
            value["snapshot"][name] = each
        else:
            value[name] = each
    content = seal(FORMAT, value)
    if why_not is None:
        assert isinstance(Checkpoint.of_content(content), Checkpoint)
        return
    with pytest.raises(SealError, match=rf"^its content does not fit: {why_not or '.*[^.]'}$"):
        Checkpoint.of_content(content)


@pytest.mark.parametrize("name", ["recipe", "snapshot", "status", "interventions", "data", "first_learning_rate"])
def test_what_lacks_a_part_is_refused(name: str) -> None:
    value = unseal(FORMAT, kept().content())
    del value[name]
    with pytest.raises(SealError):
        Checkpoint.of_content(seal(FORMAT, value))


def test_an_engine_that_holds_what_cannot_be_kept_is_said() -> None:
    odd = replace(kept().snapshot, engine={"buffer": object()})
    with pytest.raises(LinregError, match=r"^this run cannot be put aside: .*; it can still be trained\.$"):
        kept(snapshot=odd).content()


def best(epoch: int, n_parameters: int = 2) -> BestEpoch:
    return BestEpoch(epoch, 0.5, np.arange(n_parameters, dtype=float), 1)


@pytest.mark.parametrize(
    ("best_epoch", "is_sound"),
    [(None, True), (best(3), True), (best(7), True), (best(8), False), (best(3, 3), False), (best(3, 1), False)],
)
def test_the_best_epoch_comes_back_where_it_fits_the_run(best_epoch: BestEpoch | None, is_sound: bool) -> None:
    content = kept(snapshot=replace(kept().snapshot, best=best_epoch)).content()
    if is_sound:
        assert same(plain(Checkpoint.of_content(content).snapshot.best), plain(best_epoch))
        return
    with pytest.raises(SealError, match="its best epoch does not fit it"):
        Checkpoint.of_content(content)


def test_a_checkpoint_from_before_there_was_a_best_epoch_is_read() -> None:
    value = unseal(FORMAT, kept().content())
    del value["snapshot"]["best"]
    assert Checkpoint.of_content(seal(FORMAT, value)).snapshot.best is None


def test_a_checkpoint_says_no_more_than_there_is() -> None:
    least = Checkpoint(recipe=kept().recipe, snapshot=kept().snapshot, status=Phase.RUNNING, first_learning_rate=0.5)
    assert (least.reason, least.interventions, least.before, least.frontier) == ("", (), None, None)
    assert (least.seconds, least.data, least.versions) == (0.0, None, {})


def test_its_parts_are_named_and_it_is_no_other() -> None:
    one = kept()
    with pytest.raises(TypeError, match="positional"):
        Checkpoint(one.recipe, one.snapshot, one.status, one.first_learning_rate)  # type: ignore[call-arg]
    assert one != replace(one)
