"""The epochs of a script that takes many steps in each: how many steps that are, and where one ends."""

from collections.abc import Iterable

import pytest

from linreg.training.facts import ScriptFacts
from linreg.watching.places import Counter
from linreg.watching.steps import Steps


def told(values: range, epochs: Iterable[int]) -> list[int]:
    """Let a script be in these epochs, step by step, and return what its last step is taken for after each."""
    names: dict[str, object] = {}
    code = told.__code__
    steps, found = Steps(lambda trace: None), []
    steps.counter = Counter(code, "epoch", values, is_innermost=False, names=names)
    for names["epoch"] in epochs:
        steps._count()
        steps.n_steps += 1
        found.append(steps.last_step)
    return found


def test_the_last_step_is_known_once_an_epoch_has_been_counted() -> None:
    assert told(range(1, 4), [1, 1, 2, 2, 3, 3]) == [-1, -1, 5, 5, 5, 5]


@pytest.mark.parametrize(
    "epochs",
    [[0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2, 2, 3], [0, 0, 2, 2, 3]],
    ids=["fewer", "more", "one without a step"],
)
def test_it_is_known_no_longer_where_epochs_have_had_other_numbers_of_steps(epochs: list[int]) -> None:
    assert told(range(9), epochs)[-1] == -1


def test_an_epoch_that_was_not_seen_from_its_beginning_does_not_count() -> None:
    assert told(range(5), [2, 3, 3, 3, 4, 4, 4]) == [-1, -1, -1, -1, 6, 6, 6]


@pytest.mark.parametrize(("step", "end"), [(9, 13), (12, 13), (13, 17), (16, 17), (30, 33)])
def test_the_end_of_the_epoch_is_the_last_step_before_the_next(step: int, end: int) -> None:
    """Epochs of four steps, one of which began with step 10; what is known of that may be old."""
    assert ScriptFacts(path="", epoch_began=10, steps_an_epoch=4).end_of_epoch(step) == end


def test_where_no_epoch_has_been_counted_none_ends_anywhere() -> None:
    assert ScriptFacts(path="").end_of_epoch(7) is None
