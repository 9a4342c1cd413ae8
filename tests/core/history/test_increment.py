"""A history that follows another one, told now and then in small pieces: the same to the last bit."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import same
from linreg.history.buckets import Buckets
from linreg.history.history import History
from linreg.history.increment import Held
from linreg.history.rows import KeptRows
from linreg.trace import Trace


def _trace(
    first: int, n_epochs: int, rate: float = 0.1, seed: int = 0, excess: bool = True, held_out: bool = False
) -> Trace:
    """Make epochs whose values follow from their number and the seed, some of them not finite."""
    epochs = np.arange(first, first + n_epochs)
    cost = np.sin(epochs * 12.9898 + seed) * 43758.5453
    cost[epochs % 97 == 5] = np.nan
    cost[epochs % 89 == 7] = np.inf
    parameters = np.column_stack([np.cos(epochs + seed), -cost])
    others = np.sqrt(np.abs(cost)) if held_out else None
    return Trace(first, cost, parameters, rate, np.abs(cost) if excess else None, held_out_cost=others)


class Copy:
    """Follows a history."""

    def __init__(self, original: History) -> None:
        self.original, self.history, self.held = original, History(2, 10), Held()
        self.n_pieces = 0

    def take(self, most: int = 2**17, latest: int = 2**17, until: int | None = None) -> bool:
        """Take one piece, and tell whether it was the last."""
        increment = self.original.since(self.held, most=most, latest=latest, until=until)
        if increment.starts_over:
            self.history = History(2, 10)
        self.history.follow(increment)
        self.held, self.n_pieces = increment.held, self.n_pieces + 1
        return increment.is_last

    def catch_up(self, most: int = 2**17) -> None:
        """Take all pieces."""
        while not self.take(most, most):
            pass


def _looks(history: History) -> Iterator[object]:
    """Read all that can be read."""
    last = history.last_epoch
    yield last
    for quantity in ("cost", "excess", "held_out", 0, 1):
        for n_buckets in (1, 7, 10_000):
            for until in (None, last, last - 1, last // 2, -1):
                series = history.series(quantity, n_buckets, until)
                yield tuple(getattr(series, name) for name in type(series).__slots__)
    for until in (None, last - 3, last // 3):
        rows = history.rows(100_000, until)
        yield [(row.epoch, *map(_bits, (row.parameters, row.cost, row.excess_cost, row.learning_rate))) for row in rows]
        yield [_bits(row.held_out_cost) for row in rows]
    yield [row if row is None else row.epoch for row in map(history.row, range(-1, last + 2))]


def _bits(value: object) -> bytes:
    return np.asarray(np.nan if value is None else value, np.float64).tobytes()


def _check_same(copy: History, original: History) -> None:
    for number, (one, other) in enumerate(zip(_looks(copy), _looks(original), strict=True)):
        assert same(one, other), number


STEPS = st.lists(
    st.tuples(st.just("add"), st.integers(1, 700))
    | st.tuples(st.just("cut"), st.integers(-1, 3000))
    | st.tuples(st.just("pass by again"), st.integers(1, 600))
    | st.tuples(st.just("tell"), st.integers(1, 5000))
    | st.tuples(st.just("many"), st.integers(3000, 9000)),
    max_size=25,
)


@given(STEPS, st.booleans(), st.booleans())
def test_a_copy_is_the_same_after_whatever_happened_between_two_pieces(
    steps: list[tuple[str, int]], excess: bool, held_out: bool
) -> None:
    original = History(2, 10)
    copy, seed = Copy(original), 0
    for what, number in steps:
        n_epochs = original.last_epoch + 1
        if what in ("add", "many"):
            original.add(_trace(n_epochs, number, 0.1 + seed, seed, excess, held_out))
        elif what == "cut":
            first, seed = original.cut(number), seed + 1
            original.add(_trace(first, 5, 0.1 + seed, seed, excess, held_out))
        elif what == "pass by again" and n_epochs > number:
            start = n_epochs - number
            kept = [original.row(epoch) for epoch in range(start, n_epochs)]
            if all(row is not None for row in kept):
                original.add(
                    Trace(
                        start,
                        np.array([row.cost for row in kept if row]),
                        np.array([row.parameters for row in kept if row]),
                        kept[0].learning_rate if kept[0] else 0.0,
                        np.array([row.excess_cost for row in kept if row]) if excess else None,
                        held_out_cost=np.array([row.held_out_cost for row in kept if row]) if held_out else None,
                    )
                )
        else:
            copy.take(number, number)
    copy.catch_up(2000)
    _check_same(copy.history, original)


def test_only_what_is_new_is_sent() -> None:
    original = History(2, 10)
    original.add(_trace(0, 3000))
    copy = Copy(original)
    copy.catch_up()
    original.add(_trace(3000, 20))
    increment = original.since(copy.held, most=2**17, latest=2**17)
    assert not increment.starts_over
    assert (increment.first_bucket, len(increment.buckets), len(increment.rows)) == (3000, 20, 2)
    assert [(rows.first_epoch, rows.end) for rows in increment.passed] == [(3000, 3020)]
    copy.catch_up()
    nothing = original.since(copy.held, most=2**17, latest=2**17)
    assert (len(nothing.buckets), len(nothing.rows), nothing.passed) == (0, 0, ())


def test_no_piece_is_larger_than_asked_for_and_all_come() -> None:
    original = History(2, 10)
    copy, most = Copy(original), 400
    for n_epochs in (3000, 300):
        original.add(_trace(original.last_epoch + 1, n_epochs))
        n_pieces, is_last = 0, False
        while not is_last:
            increment = original.since(copy.held, most=most, latest=most)
            passed = sum(rows.values.size for rows in increment.passed)
            assert max(increment.buckets.low.size * 5, increment.rows.size, passed) <= most
            n_pieces, is_last = n_pieces + 1, copy.take(most, most)
        _check_same(copy.history, original)
    assert copy.n_pieces > 3000 * 4 * 5 // most


@pytest.mark.parametrize("kind", [Buckets, KeptRows])
@pytest.mark.parametrize("change", ["cut", "widen"])
def test_what_changes_while_a_piece_is_put_together_is_noticed(
    monkeypatch: pytest.MonkeyPatch, kind: type[Buckets | KeptRows], change: str
) -> None:
    original = History(2, 10)
    original.add(_trace(0, 3000))
    copy = Copy(original)
    read: Any = kind.part
    n_calls = 0

    def read_late(self: object, first: int, most: int) -> object:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1 and change == "cut":
            original.cut(100)
        if n_calls == 1:
            original.add(_trace(original.last_epoch + 1, 2500, seed=1))
        return read(self, first, most)

    monkeypatch.setattr(kind, "part", read_late)
    copy.catch_up()
    _check_same(copy.history, original)


def test_while_epochs_fly_by_the_one_that_is_shown_is_among_the_latest() -> None:
    original = History(2, 10)
    original.add(_trace(0, 5003))
    copy = Copy(original)
    while not copy.take(latest=40, until=4901):
        pass
    assert copy.history.row(4901) is not None
    assert copy.history.row(4890) is not None  # a multiple
    assert copy.history.row(4891) is None  # not among the newest ten
    copy.catch_up()
    _check_same(copy.history, original)


@pytest.mark.parametrize("cuts", [False, True])
def test_a_copy_follows_a_history_that_another_thread_writes(cuts: bool) -> None:
    original = History(2, 10)
    copy = Copy(original)

    def write() -> None:
        for seed in range(15):
            if cuts and seed % 5 == 4:
                original.cut(original.last_epoch // 2)
            for _ in range(20):
                original.add(_trace(original.last_epoch + 1, 50 * (1 + seed), seed=seed))

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        copy.take(1000, 1000)
    copy.catch_up()
    _check_same(copy.history, original)


@pytest.mark.parametrize(
    ("held", "most", "until", "latest", "passed"),
    [
        ((0, 0), 1000, None, (2488, 3000), [(2488, 3000)]),
        ((0, 0), 100, None, (2900, 3000), [(2900, 3000)]),
        ((2900, 2950), 100, None, (2850, 3000), [(2850, 2900), (2950, 3000)]),
        ((2900, 2950), 50, None, (2900, 3000), [(2950, 3000)]),
        ((2900, 2950), 49, None, (2951, 3000), [(2951, 3000)]),
        ((2900, 3000), 100, None, (2800, 3000), [(2800, 2900)]),
        ((2488, 3000), 100, None, (2488, 3000), []),
        ((0, 0), 100, 2700, (2601, 2701), [(2601, 2701)]),
        ((0, 0), 100, 2487, (2900, 3000), [(2900, 3000)]),
        ((0, 0), 100, 3000, (2900, 3000), [(2900, 3000)]),
        ((2000, 2400), 100, None, (2900, 3000), [(2900, 3000)]),
    ],
)
def test_of_the_latest_epochs_the_newest_that_a_copy_lacks_come_first(
    held: tuple[int, int], most: int, until: int | None, latest: tuple[int, int], passed: list[tuple[int, int]]
) -> None:
    original = History(2, 10)
    original.add(_trace(0, 3000))
    shape = original.since(Held(), most=1, latest=1).shape
    increment = original.since(
        Held(shape, 3000, 300, held), most=2**17, latest=most * increment_width(original), until=until
    )
    assert increment.latest == latest
    assert [(each.first_epoch, each.end) for each in increment.passed] == passed
    assert increment.is_last == (until is not None or latest[0] == 2488)


def increment_width(history: History) -> int:
    """Return how many numbers an epoch has."""
    return len(history.since(Held(), most=2**17, latest=2**17).rows[0])
