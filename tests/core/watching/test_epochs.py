"""The epochs of a script that takes many steps in each: how many steps that are, and where one ends."""

import sys
from collections.abc import Iterable
from weakref import ref

import pytest

from linreg.training.facts import ScriptFacts
from linreg.watching.epochs import ENOUGH_PASSES, Epochs
from linreg.watching.places import Counter, variables_of


def told(values: range, epochs: Iterable[int]) -> list[int]:
    """Let a script be in these epochs, step by step, and return what its last step is taken for after each."""
    names: dict[str, object] = {}
    counted, found = Epochs(), []
    counted.follow(Counter(told.__code__, "epoch", values, is_innermost=False, names=names))
    for n_steps, names["epoch"] in enumerate(epochs):
        counted.look(n_steps)
        found.append(counted.last_step)
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


def passes(skipped: int | None) -> list[int | None]:
    """Let each pass of a loop be a step but one, and return what is known of its variable when it is looked at.

    It is looked at as long as that is asked for, then at every tenth step, and at the end, when it is gone.
    """
    names: dict[str, object] = {}
    counted, found = Epochs(), []
    counted.follow(Counter(passes.__code__, "i", range(1000), is_innermost=True, names=names))
    n_steps = 0
    for names["i"] in range(1000):
        if names["i"] != skipped:
            if counted.wants_each_step or n_steps % 10 == 0:
                counted.look(n_steps)
                found.append(counted.now)
            n_steps += 1
    names.clear()
    counted.catch_up(n_steps)
    return [*found, counted.now]


def test_a_loop_whose_passes_are_steps_is_looked_at_now_and_then_and_counted_to_its_end() -> None:
    assert passes(None) == [*range(ENOUGH_PASSES + 1), *range(ENOUGH_PASSES + 10, 1000, 10), 999]


def test_a_pass_without_a_step_is_noticed_and_each_is_looked_at_again() -> None:
    found = passes(505)
    assert found[:60] == [*range(60)]
    assert found[found.index(500) :][: ENOUGH_PASSES + 2] == [500, *range(511, 511 + ENOUGH_PASSES + 1)]
    assert found[-1] == 999


def test_looking_at_a_function_keeps_nothing_alive_that_it_lets_go_of() -> None:
    class Large:
        pass

    def loop() -> object:
        held = Large()
        gone = ref(held)
        assert variables_of(sys._getframe())["held"] is held
        del held
        return gone()

    def loop_that_has_asked() -> dict[str, object]:
        held, names = 1, locals()
        assert variables_of(sys._getframe())["held"] == held
        return names

    assert loop() is None
    assert sys.version_info >= (3, 13) or loop_that_has_asked()["held"] == 1, "what it holds itself stays as it is"
