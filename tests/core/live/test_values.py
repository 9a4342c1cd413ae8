"""What there is to know of a run travels as plain values, and is made again of them."""

from dataclasses import fields, is_dataclass, replace
from math import nan
from typing import Any

import numpy as np
import pytest

from exactly import same
from linreg.data import bundled
from linreg.data.sample import Sample
from linreg.history.increment import Held
from linreg.live.edits import AddRow, MoveRow, RedoEdit, RemoveRow, RowEdit, ScatterTargets, UndoEdit
from linreg.live.run import LiveRun
from linreg.live.state import Intervention, Notice, State, learning_rate_at, scaled_rate
from linreg.live.values import made, one, plain
from linreg.phase import Phase
from linreg.training.facts import Broken, Facts, OptimizerFacts, ScriptFacts, TensorSummary
from linreg.training.posing import pose


def ended() -> LiveRun:
    recipe = bundled.find("quiz1").changed(epochs=40, standardize=True)
    run = LiveRun(pose(recipe), Sample(3), np.inf, is_playing=True)
    run.set_learning_rate(0.5)
    run.say("a sentence.")
    while run.phase.is_moving:
        run.work()
    return run


def holds_no_dataclass(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(holds_no_dataclass, value.values()))
    return all(map(holds_no_dataclass, value)) if isinstance(value, tuple) else not is_dataclass(value)


def kinds(value: Any) -> Any:
    """Return of which classes a value is made."""
    if is_dataclass(value):
        return type(value), {each.name: kinds(getattr(value, each.name)) for each in fields(value)}
    return tuple(map(kinds, value)) if isinstance(value, tuple) else type(value)


SCRIPT = ScriptFacts(
    path="train.py",
    tensors=(TensorSummary("w", (2, 3), 1.0, 0.5, nan),),
    optimizers=(OptimizerFacts("SGD", (0.1, 0.2)), OptimizerFacts("Adam", (nan,))),
    broken=Broken(3, cost=True, tensor="w"),
)


def travelling() -> list[Any]:
    run = ended()
    script = made(Facts, {**plain(run.facts), "script": plain(SCRIPT)})
    return [run.facts, run.state(3), script, SCRIPT, run.history.since(Held(), most=10, latest=5)]


def test_what_travels_comes_back_of_the_same_classes_and_with_the_same_bits() -> None:
    for value in travelling():
        taken_apart = plain(value)
        assert holds_no_dataclass(taken_apart)
        again = made(type(value), taken_apart)
        assert kinds(again) == kinds(value)
        assert same(plain(again), taken_apart)


def test_what_has_ended_travels_with_its_result_and_its_changes() -> None:
    state = ended().state(3)
    again = made(State, plain(state))
    assert again.phase is Phase.FINISHED
    assert again.result is not None
    assert again.result.status is Phase.FINISHED
    assert again.interventions == (Intervention(0, 0.5),)
    assert again.notice == Notice(1, "a sentence.")


def test_parts_that_are_not_there_stay_away() -> None:
    state = LiveRun(pose(bundled.find("exercise1")), Sample(1), np.inf, is_playing=False).state(1)
    again = made(State, plain(state))
    assert again.notice is None
    assert again.result is None


@pytest.mark.parametrize("values", [{}, {"number": 1, "text": "x", "more": 2}])
def test_other_values_make_nothing(values: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        one(Notice)(values)


def test_only_the_parts_that_are_named_are_made() -> None:
    value = {"number": 1, "text": "x"}
    assert made(Notice, value, {"text": str.upper}) == Notice(1, "X")
    assert value == {"number": 1, "text": "x"}


def test_the_rate_of_an_epoch_is_that_of_the_latest_change_up_to_it() -> None:
    changes = [Intervention(3, 0.5), Intervention(7, 0.25)]
    rates = [learning_rate_at(epoch, changes, 1.0) for epoch in range(-1, 10)]
    assert rates == [1.0] * 4 + [0.5] * 4 + [0.25] * 3


def test_notices_are_numbered() -> None:
    first = Notice.after(None, "one.")
    second = Notice.after(first, "two.", is_error=True)
    assert (first, second) == (Notice(1, "one."), Notice(2, "two.", True))


def test_a_state_of_which_no_more_is_said_stands_still_and_has_come_to_nothing() -> None:
    state = State(
        version=1,
        phase=Phase.LOADING,
        epoch=-1,
        last_epoch=9,
        parameters=np.empty(0),
        cost=nan,
        learning_rate=0.1,
        speed=1.0,
    )
    rest = {each.name: getattr(state, each.name) for each in fields(State)[8:]}
    nothing = ["goal", "before", "gradient", "predicted", "notice", "result", "best_epoch"]
    assert [rest.pop(name) for name in nothing] == [None] * len(nothing)
    expected = {"reason": "", "pace": 0.0, "seconds": 0.0, "interventions": (), "answered": 0, "unit": "epoch"}
    assert same(rest, {**expected, "best_cost": nan})


def test_the_parts_of_a_state_are_named_and_it_is_no_other() -> None:
    state = LiveRun(pose(bundled.find("exercise1")), Sample(1), np.inf, is_playing=False).state(1)
    make: Any = State
    with pytest.raises(TypeError, match="positional"):
        make(*(getattr(state, each.name) for each in fields(State)))
    assert state != replace(state)


EDITS: list[RowEdit] = [
    AddRow(1.5, -2.0),
    MoveRow(3, 1.5, -2.0),
    RemoveRow(3),
    ScatterTargets(),
    UndoEdit(),
    RedoEdit(),
]


def test_a_change_of_the_rows_is_what_it_says_and_travels() -> None:
    for place, edit in enumerate(EDITS):
        assert [edit == other for other in EDITS] == [place == other for other in range(len(EDITS))]
        assert made(type(edit), plain(edit)) == edit
        assert len({edit, replace(edit)}) == 1


def test_what_is_only_like_a_tuple_is_taken_for_the_value_that_it_is() -> None:
    values = np.array([1.0, 2.0])
    assert plain(values) is values
    assert plain([Notice(1, "x")]) == [Notice(1, "x")]
    assert plain((Notice(1, "x"), (Notice(2, "y", True),), None)) == (
        {"number": 1, "text": "x", "is_error": False},
        ({"number": 2, "text": "y", "is_error": True},),
        None,
    )


@pytest.mark.parametrize(
    ("rate", "factor", "scaled"), [(0.1, 3.0, 0.3), (0.7, 0.1, 0.07), (1 / 3, 1.0, 0.333333333333333)]
)
def test_a_rate_is_scaled_to_fifteen_digits(rate: float, factor: float, scaled: float) -> None:
    assert scaled_rate(rate, factor) == scaled
