"""A history made of what a run store has kept, against one that was there all the time and a list of all epochs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactly import same
from linreg.history import buckets, history
from linreg.history.epochs import Epochs
from linreg.history.history import History
from linreg.history.increment import Held
from linreg.history.series import Series
from linreg.trace import Trace

VALUES = [0.0, -1.5, 2.25, 1e300, 1.7e308, -1.7e308, np.nan, np.inf, -np.inf]
QUANTITIES: tuple[Any, ...] = ("cost", "excess", 0, 1)

tables = st.lists(st.lists(st.sampled_from(VALUES), min_size=4, max_size=4), min_size=1, max_size=60)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a history be full after few epochs."""
    monkeypatch.setattr(history, "FEWEST_BUCKETS", 8)
    monkeypatch.setattr(history, "MOST_BUCKETS", 8)
    monkeypatch.setattr("linreg.history.rows.MOST_ROWS", 6)
    monkeypatch.setattr("linreg.history.rows.FEWEST_ROWS", 6)
    monkeypatch.setattr("linreg.history.rows.FEWEST_LATEST", 5)
    monkeypatch.setattr("linreg.history.rows.MOST_LATEST", 5)


def a_trace(first: int, rows: list[list[float]], rate: float = 0.5) -> Trace:
    table = np.array(rows, np.float64).reshape(len(rows), 4)
    return Trace(first, table[:, 0], table[:, 1:3], rate, table[:, 3])


def numbered(first: int, end: int, rate: float = 0.5) -> Trace:
    """Return epochs whose every value says which they are."""
    return a_trace(first, [[epoch, epoch + 0.25, epoch + 0.5, epoch + 0.75] for epoch in range(first, end)], rate)


def of_them(trace: Trace, epochs: list[int]) -> Epochs:
    parts = [Epochs.of(trace, slice(epoch, epoch + 1)) for epoch in epochs]
    return Epochs.joined(parts) if parts else Epochs.of(trace, slice(0))


def check_exact(series: Series, expected: Series) -> None:
    """Compare two series to the last bit; the mean as far as it is summed up in another order."""
    one, other = asdict(series), asdict(expected)
    means = one.pop("mean"), other.pop("mean")
    assert same(one, other)
    rounding = 1e-12 * np.fmax(np.abs(series.low), np.abs(series.high))
    assert (np.isnan(means[0]) == np.isnan(means[1])).all()
    assert (np.abs(means[0] / 2 - means[1] / 2) <= rounding)[~np.isnan(means[0])].all()


@pytest.mark.usefixtures("small")
@given(tables, tables, st.integers(-1, 130), st.booleans())
def test_where_every_epoch_was_kept_it_is_as_if_the_run_had_never_stopped(
    before: list[list[float]], after: list[list[float]], cut: int, is_cut: bool
) -> None:
    live, trace = History(2), a_trace(0, before)
    live.add(trace)
    refilled = History.of_epochs(Epochs.of(trace), 2)
    for step in ("refilled", "gone on", "taken back", "gone on again"):
        if step == "taken back" and is_cut:
            assert refilled.cut(cut) == live.cut(cut)
        elif step.startswith("gone on"):
            for each in (live, refilled):
                each.add(a_trace(each.last_epoch + 1, after, 0.25))
        assert refilled.last_epoch == live.last_epoch
        for quantity in QUANTITIES:
            for n_buckets in (3, 8, 100):
                check_exact(refilled.series(quantity, n_buckets), live.series(quantity, n_buckets))


@pytest.mark.parametrize("every", [1, 7])
def test_where_every_epoch_was_kept_the_rows_and_every_moment_are_the_same(every: int) -> None:
    live, first, second = History(2, every), numbered(0, 400, 0.5), numbered(400, 500, 0.25)
    for trace in (first, second):
        live.add(trace)
    refilled = History.of_epochs(Epochs.joined([Epochs.of(first), Epochs.of(second)]), 2, every)
    for until in (None, 499, 498, 400, 399, 7, 0, -1):
        for n_rows in (1, 2, 30, 1000):
            rows, expected = ([asdict(row) for row in each.rows(n_rows, until)] for each in (refilled, live))
            assert same(rows, expected)
        for quantity in QUANTITIES:
            check_exact(refilled.series(quantity, 100, until), live.series(quantity, 100, until))
    assert [refilled.row(epoch).learning_rate for epoch in (399, 400)] == [0.5, 0.25]  # type: ignore[union-attr]


def test_of_the_latest_epochs_each_is_known_though_they_share_buckets() -> None:
    live, trace = History(2), numbered(0, 5000)
    live.add(trace)
    refilled = History.of_epochs(Epochs.of(trace), 2)
    for until in (4999, 4998, 4600):
        check_exact(refilled.series("cost", 5000, until), live.series("cost", 5000, until))
        assert refilled.series("cost", 5000, until).high[-1] == until


def expected_of(kept: list[tuple[int, float]], first: int, last: int) -> tuple[float, float, float, float, bool]:
    """Sum up a bucket's kept values by hand: low, high, mean, final, broken."""
    values = [value for epoch, value in kept if first <= epoch <= last]
    finite = [value for value in values if np.isfinite(value)]
    extremes = (min(finite), max(finite)) if finite else (np.nan, np.nan)
    mean = sum(value / len(finite) for value in finite) if finite else np.nan
    return *extremes, mean, values[-1] if values else np.nan, len(finite) < len(values)


@pytest.mark.usefixtures("small")
@given(tables, st.sets(st.integers(0, 59), min_size=1))
def test_whatever_was_kept_every_bucket_has_the_extremes_of_just_that(
    rows: list[list[float]], chosen: set[int]
) -> None:
    trace = a_trace(0, rows)
    epochs = sorted(epoch for epoch in chosen if epoch < len(rows)) or [0]
    refilled = History.of_epochs(of_them(trace, epochs), 2)
    assert refilled.last_epoch == epochs[-1]
    for column, quantity in ((0, "cost"), (1, 0), (2, 1), (3, "excess")):
        series = refilled.series(quantity, 100)  # type: ignore[arg-type]
        assert (series.first[0], series.last[-1]) == (0, epochs[-1])
        assert (series.first[1:] == series.last[:-1] + 1).all()
        kept = [(epoch, rows[epoch][column]) for epoch in epochs]
        for place, (first, last) in enumerate(zip(series.first, series.last, strict=True)):
            low, high, mean, final, broken = expected_of(kept, first, last)
            seen = series.low[place], series.high[place], series.final[place], series.broken[place]
            np.testing.assert_array_equal(seen, (low, high, final, broken))
            np.testing.assert_allclose(series.mean[place], mean, rtol=1e-12, atol=1e-12 * 1.7e308)
        narrow = refilled.series(quantity, 3)  # type: ignore[arg-type]
        for place, (first, last) in enumerate(zip(narrow.first, narrow.last, strict=True)):
            low, high, _, _, broken = expected_of(kept, first, last)
            np.testing.assert_array_equal(
                (narrow.low[place], narrow.high[place], narrow.broken[place]), (low, high, broken)
            )


@pytest.mark.usefixtures("small")
@given(st.sets(st.integers(0, 59), min_size=1), st.integers(1, 9))
def test_every_row_that_was_kept_is_there_exactly_and_no_other(chosen: set[int], every: int) -> None:
    trace, epochs = numbered(0, 60), sorted(chosen)
    refilled = History.of_epochs(of_them(trace, epochs), 2, every)
    for epoch in range(-1, 62):
        row = refilled.row(epoch)
        assert (row is not None) == (epoch in chosen)
        if row is not None:
            assert (row.epoch, row.cost, *row.parameters, row.excess_cost, row.learning_rate) == (
                *[epoch] * 2, epoch + 0.25, epoch + 0.5, epoch + 0.75, 0.5
            )  # fmt: skip
    shown = [epoch for place, epoch in enumerate(epochs) if not place or epoch // every > epochs[place - 1] // every]
    for until in (*epochs, 61):
        past = [epoch for epoch in shown if epoch <= until]
        expected = past if until > epochs[-1] or until in past else [*past, until]
        if until > epochs[-1] and epochs[-1] not in past:
            expected = [*past, epochs[-1]]
        assert [row.epoch for row in refilled.rows(1000, until)] == expected
        for n_rows in (1, 2, 5):
            assert [row.epoch for row in refilled.rows(n_rows, until)] == expected[-n_rows:]


@pytest.mark.usefixtures("small")
@given(
    st.integers(0, 4),
    st.integers(1, 200),
    st.lists(st.tuples(st.sampled_from(["add", "cut"]), st.integers(0, 90)), max_size=8),
)
def test_it_goes_on_past_widenings_and_cuts_and_nothing_is_lost_or_made_up(
    power: int, n_epochs: int, moves: list[tuple[str, int]]
) -> None:
    step = 2**power
    kept = sorted({*range(0, n_epochs, step), n_epochs - 1})
    refilled = History.of_epochs(of_them(numbered(0, n_epochs), kept), 2)
    known = dict.fromkeys(kept, True)
    for what, number in moves:
        if what == "add":
            first = refilled.last_epoch + 1
            refilled.add(numbered(first, first + number))
            known.update(dict.fromkeys(range(first, first + number), True))
        else:
            first = refilled.cut(number)
            assert first <= number + 1 or first == refilled.last_epoch + 1
            known = {epoch: True for epoch in known if epoch < first}
        series = refilled.series("cost", 1000)
        for low, high, first, last in zip(series.low, series.high, series.first, series.last, strict=True):
            inside = [epoch for epoch in known if first <= epoch <= last]
            np.testing.assert_array_equal((low, high), (min(inside), max(inside)))
        assert not series.broken.any()
        for epoch in range(refilled.last_epoch + 3):
            row = refilled.row(epoch)
            assert row is None or (epoch in known and row.cost == epoch)
        rows = [row.epoch for row in refilled.rows(1000)]
        assert rows == sorted(set(rows))
        if what == "add" and number:
            assert refilled.row(refilled.last_epoch) is not None


def test_a_gap_in_the_middle_does_not_make_all_buckets_wide() -> None:
    trace = numbered(0, 3000)
    refilled = History.of_epochs(of_them(trace, [*range(1000), *range(2000, 3000)]), 2)
    series = refilled.series("cost", 5000)
    assert len(series) == 3000
    assert np.isnan(series.low[1000:2000]).all()
    assert series.final[2000:].tolist() == list(range(2000, 3000))
    assert not series.broken.any()
    wide = refilled.series("cost", 30)
    assert (wide.low[9], wide.high[9]) == (900, 999)
    assert np.isnan(wide.low[10:20]).all()
    half = refilled.series("cost", 2)
    assert half.mean.tolist() == [pytest.approx(499.5), pytest.approx(2499.5)]
    assert wide.mean[20:].tolist() == [pytest.approx(value) for value in np.arange(2000, 3000).reshape(10, 100).mean(1)]


def test_a_run_that_was_recorded_in_jumps_has_no_holes() -> None:
    trace = numbered(0, 5001)
    jumped = sorted({*range(0, 5001, 64), *range(0, 5001, 100), 5000})
    refilled = History.of_epochs(of_them(trace, jumped), 2, 100)
    series = refilled.series("cost", 5000)
    assert not np.isnan(series.low).any()
    assert int(series.last[0]) == 63
    assert refilled.row(4900) is not None


def test_a_history_that_begins_late_knows_nothing_of_what_was_before() -> None:
    refilled = History.of_epochs(of_them(numbered(0, 20), [10, 11, 12]), 2)
    series = refilled.series("cost", 100)
    np.testing.assert_array_equal(series.low, [np.nan] * 10 + [10, 11, 12])
    assert not series.broken.any()
    refilled.add(numbered(13, 15))
    assert [row.epoch for row in refilled.rows(100)] == [10, 11, 12, 13, 14]


def test_it_ends_with_the_newest_epoch_that_was_kept_before_the_one_asked_for() -> None:
    kept = of_them(numbered(0, 20), [0, 4, 8, 12, 13])
    for until, last in ((None, 13), (40, 13), (12, 12), (11, 8), (3, 0), (-1, -1)):
        assert History.of_epochs(kept, 2, until=until).last_epoch == last
    empty = History.of_epochs(of_them(numbered(0, 1), []), 2)
    empty.add(numbered(0, 3))
    assert empty.last_epoch == 2


def test_an_engine_that_knows_no_excess_cost_goes_on_without() -> None:
    trace = numbered(0, 10)
    without = Trace(0, trace.cost, trace.parameters, 0.5)
    refilled = History.of_epochs(Epochs.of(without), 2)
    refilled.add(numbered(10, 12))
    assert np.isnan(refilled.series("excess", 100).low).all()
    assert refilled.row(3).excess_cost is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda kept: Epochs(kept.epoch, kept.cost, None, kept.learning_rate, kept.parameters[:, :1]), "1 parameters"),
        (lambda kept: Epochs(kept.epoch[::-1], kept.cost, None, kept.learning_rate, kept.parameters), "out of order"),
        (
            lambda kept: Epochs(np.array([0, 1, 1]), kept.cost, None, kept.learning_rate, kept.parameters),
            "out of order",
        ),
        (lambda kept: Epochs(kept.epoch - 1, kept.cost, None, kept.learning_rate, kept.parameters), "out of order"),
    ],
)
def test_epochs_that_cannot_be_are_refused(spoil: Callable[[Epochs], Epochs], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        History.of_epochs(spoil(Epochs.of(numbered(0, 3))), 2)


@pytest.mark.parametrize("most", [40, 2**17])
@pytest.mark.parametrize("every", [1, 10])
def test_a_copy_in_another_process_follows_it(most: int, every: int) -> None:
    original, held = History.of_epochs(of_them(numbered(0, 6000), [*range(0, 6000, 4), 5999]), 2, every), Held()
    copy = History(2, every)

    def catch_up() -> None:
        nonlocal copy, held
        is_last = False
        while not is_last:
            increment = original.since(held, most=most, latest=most)
            if increment.starts_over:
                copy = History(2, every)
            copy.follow(increment)
            held, is_last = increment.held, increment.is_last

    for step in ("refilled", "gone on", "taken back"):
        if step == "gone on":
            original.add(numbered(6000, 6321))
        elif step == "taken back":
            original.cut(5001)
        catch_up()
        assert copy.last_epoch == original.last_epoch
        for quantity in QUANTITIES:
            for until in (None, 5000, 17):
                one, other = (each.series(quantity, 500, until) for each in (copy, original))
                assert same(asdict(one), asdict(other))
        one_rows, other_rows = ([asdict(row) for row in each.rows(10_000)] for each in (copy, original))
        assert same(one_rows, other_rows)
        for epoch in range(0, original.last_epoch + 1, 7):
            assert (copy.row(epoch) is None) == (original.row(epoch) is None)


def test_a_copy_has_room_for_all_that_a_store_had_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.history.rows.MOST_ROWS", 6)
    monkeypatch.setattr("linreg.history.rows.FEWEST_ROWS", 6)
    original, copy = History.of_epochs(Epochs.of(numbered(0, 50)), 2), History(2)
    copy.follow(original.since(Held(), most=2**17, latest=2**17))
    assert [row.epoch for row in copy.rows(100)] == list(range(50))


def test_the_width_is_a_power_of_two_that_only_the_rarest_gaps_exceed() -> None:
    for gaps, width in (
        ([], 1),
        ([1], 1),
        ([3, 1], 4),
        ([8] * 50, 8),
        ([8] * 99 + [900], 8),
        ([8] * 98 + [900] * 2, 1024),
    ):
        assert buckets._width_of_gaps(np.array(gaps, np.int64)) == width


@pytest.mark.parametrize(
    ("epochs", "latest"),
    [
        (range(2000), (1488, 2000)),
        (range(300), (0, 300)),
        ([*range(1000), *range(1100, 1300)], (1100, 1300)),
        ([0, 64, 128, 150], (150, 151)),
        ([], (0, 0)),
    ],
)
def test_the_latest_are_those_on_end_up_to_the_last(epochs: Sequence[int], latest: tuple[int, int]) -> None:
    refilled = History.of_epochs(of_them(numbered(0, 2000), list(epochs)), 2)
    increment = refilled.since(Held(), most=2**17, latest=2**17)
    assert increment.latest == latest
    assert [(each.first_epoch, each.end) for each in increment.passed] == ([latest] if epochs else [])
