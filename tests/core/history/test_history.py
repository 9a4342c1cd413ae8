"""The history against a list of all epochs, whatever the blocks and the cuts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.history import history
from linreg.history.columns import Columns
from linreg.history.epochs import Epochs
from linreg.history.history import History
from linreg.history.rows import KeptRows, Segment, _joined
from linreg.history.series import Series
from linreg.trace import Trace

VALUES = [0.0, -1.5, 2.25, 1e300, 1.7e308, -1.7e308, np.nan, np.inf, -np.inf]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a history be full after few epochs."""
    monkeypatch.setattr(history, "FEWEST_BUCKETS", 8)
    monkeypatch.setattr(history, "MOST_BUCKETS", 8)
    monkeypatch.setattr("linreg.history.rows.MOST_ROWS", 6)
    monkeypatch.setattr("linreg.history.rows.FEWEST_ROWS", 6)
    monkeypatch.setattr("linreg.history.rows.FEWEST_LATEST", 5)
    monkeypatch.setattr("linreg.history.rows.MOST_LATEST", 5)


def _trace(first_epoch: int, rows: list[list[float]], learning_rate: float = 0.5) -> Trace:
    table = np.array(rows, np.float64).reshape(len(rows), 4)
    return Trace(first_epoch, table[:, 0], table[:, 1:3], learning_rate, table[:, 3])


def _expected(values: list[float]) -> tuple[float, float, float, float, bool]:
    finite = [value for value in values if np.isfinite(value)]
    mean = sum(value / len(finite) for value in finite) if finite else np.nan
    extremes = (min(finite), max(finite)) if finite else (np.nan, np.nan)
    return *extremes, mean, values[-1], len(finite) < len(values)


def _check(series: Series, values: list[float], n_buckets: int) -> None:
    assert len(series) <= n_buckets
    if not values:
        assert len(series) == 0
        return
    assert (series.first[0], series.last[-1]) == (0, len(values) - 1)
    assert (series.first[1:] == series.last[:-1] + 1).all()
    assert len(set((series.last - series.first + 1)[:-1])) <= 1
    for index in range(len(series)):
        low, high, mean, final, broken = _expected(values[series.first[index] : series.last[index] + 1])
        seen = series.low[index], series.high[index], series.final[index]
        np.testing.assert_array_equal(seen, (low, high, final))
        rounding = 1e-12 * max(abs(low), abs(high)) if np.isfinite(low) else 0.0
        np.testing.assert_allclose(series.mean[index], mean, rtol=0, atol=rounding)
        assert series.broken[index] == broken


rows_of_numbers = st.lists(st.lists(st.sampled_from(VALUES), min_size=4, max_size=4), min_size=0, max_size=40)


@pytest.mark.usefixtures("small")
@given(st.lists(st.tuples(rows_of_numbers, st.integers(-1, 200), st.booleans()), max_size=8))
def test_every_bucket_is_what_a_list_of_all_epochs_gives(blocks: list[tuple[list[list[float]], int, bool]]) -> None:
    kept = History(2)
    everything: list[list[float]] = []
    for rows, cut, is_cut in blocks:
        kept.add(_trace(len(everything), rows))
        everything += rows
        if is_cut:
            first = kept.cut(cut)
            assert first <= cut + 1 or first == len(everything)
            assert first == kept.last_epoch + 1
            everything = everything[:first]
        for column, quantity in enumerate(("cost", 0, 1, "excess")):
            for n_buckets in (3, 8, 100):
                values = [row[column] for row in everything]
                _check(kept.series(quantity, n_buckets), values, n_buckets)  # type: ignore[arg-type]


@pytest.mark.usefixtures("small")
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(-1, 90), st.integers(-1, 90)), max_size=8))
def test_a_row_that_is_kept_is_the_epoch_itself(moves: list[tuple[int, int, int]]) -> None:
    kept, n_epochs = History(2, every=3), 0

    def run(first: int, n_rows: int) -> Trace:
        return _trace(
            first, [[epoch, epoch + 0.25, epoch + 0.5, epoch + 0.75] for epoch in range(first, first + n_rows)]
        )

    for n_rows, again, until in moves:
        kept.add(run(n_epochs, n_rows))
        n_epochs += n_rows
        first = min(max(0, again), n_epochs)
        kept.add(run(first, min(7, n_epochs - first)))
        for epoch in range(-1, n_epochs + 2):
            row = kept.row(epoch)
            if row is not None:
                assert (row.epoch, row.cost, *row.parameters, row.excess_cost) == (
                    *[epoch] * 2, epoch + 0.25, epoch + 0.5, epoch + 0.75
                )  # fmt: skip
                assert 0 <= epoch < n_epochs
        if first < n_epochs:
            assert kept.row(min(n_epochs, first + 7) - 1) is not None
        rows = [row.epoch for row in kept.rows(4, until)]
        assert len(rows) <= 4
        assert rows == sorted(set(rows))
        assert all(epoch % 3 == 0 or epoch == min(until, n_epochs - 1) for epoch in rows)
        if kept.row(min(until, n_epochs - 1)) is not None:
            assert rows[-1] == min(until, n_epochs - 1)
        known = [epoch for epoch in range(n_epochs) if kept.row(epoch) is not None]
        for epoch in range(-1, n_epochs + 1):
            after = kept.row_after(epoch)
            assert (None if after is None else after.epoch) == min(
                (each for each in known if each > epoch), default=None
            )


def test_a_spike_in_ten_million_epochs_is_seen_at_any_width() -> None:
    kept, costs = History(1), np.ones(1_000_000)
    for block in range(10):
        spiked = costs.copy()
        spiked[123_456] = 1e6 if block == 4 else 1.0
        spiked[654_321] = np.nan if block == 7 else 1.0
        kept.add(Trace(block * len(costs), spiked, costs[:, np.newaxis], 0.1))
    for n_buckets in (1, 40, 1000):
        series = kept.series("cost", n_buckets)
        (high,), (broken,) = np.flatnonzero(series.high > 1), np.flatnonzero(series.broken)
        assert series.high[high] == 1e6
        assert series.first[high] <= 4_123_456 <= series.last[high]
        assert series.first[broken] <= 7_654_321 <= series.last[broken]
    assert np.isnan(kept.series("excess", 10).low).all()


def test_few_epochs_have_a_bucket_each_and_memory_stays_bounded() -> None:
    kept = History(2000)
    for epoch in range(1100):
        kept.add(Trace(epoch, np.array([epoch]), np.full((1, 2000), epoch), 0.1))
        if epoch == 99:
            assert (kept.series(1999, 100).final == np.arange(100)).all()
    assert 256 <= len(kept.series("cost", 10_000)) <= 512


@pytest.mark.usefixtures("small")
def test_a_series_may_end_inside_a_bucket() -> None:
    kept, costs = History(1), np.array([5.0, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    kept.add(Trace(0, costs, costs[:, np.newaxis], 0.1))
    width = int(kept.series("cost", 100).last[0]) + 1
    for until in range(-1, 20):
        series = kept.series("cost", 100, until)
        seen = costs[: until + 1]
        if not len(seen):
            assert len(series) == 0
            continue
        assert series.last[-1] == len(seen) - 1
        assert all((low <= seen[first : last + 1]).all() for first, last, low in _buckets(series, series.low))
        assert all((high >= seen[first : last + 1]).all() for first, last, high in _buckets(series, series.high))
        assert series.final[-1] == seen[-1] or (np.isnan(series.final[-1]) and kept.row(until) is None)
        if len(seen) % width == 0:
            for index, (first, last) in enumerate(zip(series.first, series.last, strict=True)):
                inside = seen[first : last + 1]
                found = series.low[index], series.high[index], series.final[index]
                assert found == (inside.min(), inside.max(), inside[-1])


def _buckets(series: Series, column: Any) -> list[tuple[int, int, float]]:
    return list(zip(series.first.tolist(), series.last.tolist(), column.tolist(), strict=True))


def test_a_gap_is_refused() -> None:
    kept = History(2)
    kept.add(_trace(0, [[1.0, 2.0, 3.0, 4.0]]))
    with pytest.raises(ValueError, match="epoch 1 is to come"):
        kept.add(_trace(2, [[1.0, 2.0, 3.0, 4.0]]))


@pytest.mark.usefixtures("small")
def test_rows_are_thinned_at_once_whatever_number_of_epochs_is_shown() -> None:
    """The next divisor of a large prime is itself: to look for it would take for ever."""
    kept = History(2, every=2**61 - 1, kept_every=1)
    for epoch in range(400):
        _add(kept, epoch)
    assert kept.rows(1000, kept.last_epoch)[0].epoch == 0


@pytest.mark.usefixtures("small")
def test_a_history_is_coarse_once_it_has_more_epochs_than_buckets() -> None:
    kept = History(2)
    for epoch in range(20):
        kept.add(_trace(epoch, [[1.0, 2.0, 3.0, 4.0]]))
        assert kept.is_coarse is (len(kept.series("cost", 100).first) < epoch + 1)
        assert kept.last_epoch == epoch
    assert kept.is_coarse
    kept.cut(-1)
    assert kept.last_epoch == -1


def _add(kept: History, *epochs: int) -> None:
    for epoch in epochs:
        kept.add(_trace(epoch, [[float(epoch)] * 4]))


def _known(kept: History) -> list[int]:
    """Return the epochs whose rows are there, but for the first."""
    rows = [kept.row(epoch) for epoch in range(1, kept.last_epoch + 1)]
    assert all(row is None or row.cost == row.epoch for row in rows)
    return [row.epoch for row in rows if row is not None]


@pytest.mark.usefixtures("small")
def test_the_latest_epochs_are_known_exactly_however_few_came_at_once() -> None:
    kept = History(2, every=10**6)
    for epoch in range(400):  # beyond the integers that Python has once only
        _add(kept, epoch)
        if epoch > 5:
            assert _known(kept)[-5:] == list(range(epoch - 4, epoch + 1))
            assert len(_known(kept)) <= 6


@pytest.mark.usefixtures("small")
def test_epochs_that_are_gone_back_to_are_the_latest_again() -> None:
    kept = History(2, every=10**6)
    _add(kept, *range(400), *range(397, 380, -1))
    assert _known(kept)[:5] == list(range(381, 386))
    assert len(_known(kept)) <= 6
    _add(kept, *range(350, 353))
    assert _known(kept) == [350, 351, 352]
    _add(kept, *range(353, 360))
    assert _known(kept)[-5:] == list(range(355, 360))


def test_blocks_that_follow_each_other_are_joined() -> None:
    blocks = [Segment(first, np.full(2, 0.5), np.full((2, 3), float(first))) for first in (0, 2, 4, 9, 11)]
    assert [(each.first_epoch, each.end, each.values[:, 0].tolist()) for each in _joined(blocks)] == [
        (0, 6, [0, 0, 2, 2, 4, 4]),
        (9, 13, [9, 9, 11, 11]),
    ]


@pytest.mark.usefixtures("small")
@given(blocks=st.lists(st.integers(1, 9), max_size=12), every=st.sampled_from([1, 2, 6, 7, 10]), cut=st.integers(0, 60))
def test_more_epochs_are_kept_than_shown_as_far_as_there_is_room_and_those_that_are_shown_are_among_them(
    blocks: list[int], every: int, cut: int
) -> None:
    fine, coarse = History(2, every, kept_every=1), History(2, every)
    for n_epochs in blocks:
        first = fine.last_epoch + 1
        trace = _trace(first, [[float(epoch), 1.0, 2.0, 0.0] for epoch in range(first, first + n_epochs)])
        fine.add(trace)
        coarse.add(trace)
        for last in (fine.last_epoch, cut):
            shown = [row.epoch for row in fine.rows(1000, last)]
            kept = [row.epoch for row in fine.kept_rows(last)]
            assert set(shown) ^ {row.epoch for row in coarse.rows(1000, last)} <= {last}
            assert set(shown) <= set(kept)
            assert kept == sorted(set(kept))
            assert all(row.cost == row.epoch for row in fine.kept_rows(last))
    if fine.last_epoch < 6:
        assert [row.epoch for row in fine.kept_rows()] == list(range(fine.last_epoch + 1))


@pytest.mark.parametrize(("excess", "held_out"), [(False, False), (True, False), (False, True), (True, True)])
def test_every_quantity_has_a_column_of_its_own_and_what_is_not_known_none(excess: bool, held_out: bool) -> None:
    columns = Columns(2, excess, held_out)
    found = [columns.index(quantity) for quantity in ("cost", 0, 1, "excess", "held_out")]
    assert found[:3] == [0, 1, 2]
    assert found[3] == (3 if excess else -1)
    assert found[4] == (3 + excess if held_out else -1)
    assert len(columns) == 3 + excess + held_out
    with pytest.raises(IndexError):
        columns.index(2)


def test_rows_are_kept_up_to_the_last_place_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.history.rows.MOST_NUMBERS", 1)
    rows = KeptRows(2, 1)
    for n_epochs, kept_every in ((127, 1), (128, 1), (129, 2), (255, 2), (256, 2), (257, 4)):
        while (end := rows._latest[-1].end if rows._latest else 0) < n_epochs:
            rows.add(Segment(end, np.zeros(1), np.full((1, 2), float(end))))
        assert rows.kept_every == kept_every


@pytest.mark.usefixtures("small")
@given(
    blocks=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    kept_every=st.sampled_from([1, 3]),
    cut=st.integers(0, 400),
)
def test_what_is_kept_is_found_in_every_way_that_it_can_be_asked_for(
    blocks: list[int], kept_every: int, cut: int
) -> None:
    kept = History(2, 12, kept_every=kept_every)
    for n_epochs in blocks:
        first = kept.last_epoch + 1
        rows = [[float(epoch), epoch + 0.25, epoch + 0.5, 0.0] for epoch in range(first, first + n_epochs)]
        kept.add(_trace(first, rows, learning_rate=float(first)))
    kept.cut(cut)
    last = kept.last_epoch
    known = [row.epoch for row in kept.kept_rows()]
    assert known == [epoch for epoch in range(last + 1) if kept.row(epoch) is not None]
    rates = {row.epoch: row.learning_rate for row in kept.kept_rows()}
    for until in (-1, 0, last // 2, last):
        assert [row.epoch for row in kept.kept_rows(until)] == [epoch for epoch in known if epoch <= until]
        assert kept.rows(0, until) == kept.rows(-1, until) == []
        shown = [row.epoch for row in kept.rows(1000, until)]
        for n_rows in (1, 2, 3):
            assert [row.epoch for row in kept.rows(n_rows, until)] == shown[-n_rows:]
        for most in (1, 2, 100):
            epochs, found = kept.learning_rates(until, most)
            assert found.tolist() == [rates[epoch] for epoch in epochs.tolist()]
            assert len(epochs) < 2 * most + 1
            assert (len(epochs) > 0) == (until >= 0 <= last)
            assert (epochs <= until).all()
            assert len(set(np.diff(epochs, n=2).tolist())) <= 1
    assert set(kept.learning_rates(last, 1000)[0].tolist()) <= set(known)
    for first, end in ((first, end) for first in (0, 1, 3, last) for end in (2, 3, 6, last + 1, last + 2)):
        if end < first:
            continue
        found_values = kept.consecutive(first, end)
        whole = set(range(first, end)) <= set(kept.learning_rates(last, 1000)[0].tolist())
        assert (found_values is not None) == whole
        if found_values is not None:
            assert found_values.tolist() == [[epoch + 0.25, epoch + 0.5] for epoch in range(first, end)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_epochs", [7, 8, 9, 16, 17, 32, 33])
def test_buckets_double_when_they_are_full_and_not_before(n_epochs: int) -> None:
    at_once, one_by_one, kept = History(2), History(2), History(2)
    rows = [[float(epoch)] * 4 for epoch in range(n_epochs)]
    at_once.add(_trace(0, rows))
    for epoch, row in enumerate(rows):
        one_by_one.add(_trace(epoch, [row]))
    kept = History.of_epochs(Epochs.of(_trace(0, rows)), 2)
    width = 1
    while width * 8 < n_epochs:
        width *= 2
    firsts = list(range(0, n_epochs, width))
    for each in (at_once, one_by_one, kept):
        series = each.series("cost", 100)
        assert series.first.tolist() == series.low.tolist() == firsts
        assert series.last.tolist() == series.high.tolist() == [*(first - 1 for first in firsts[1:]), n_epochs - 1]
        assert each.is_coarse == (width > 1)
        for epoch in (n_epochs + 3, n_epochs, n_epochs - 1):
            assert each.cut(epoch) == n_epochs
        for n_left in range(n_epochs - 1, -1, -1):
            n_whole = min(each.last_epoch + 1, n_left // width * width)
            assert each.cut(n_left - 1) == n_whole
            assert each.series("cost", 100).first.tolist() == [first for first in firsts if first < n_whole]
        assert not each.is_coarse


def test_room_is_shared_among_the_columns() -> None:
    for n_parameters, n_buckets, n_rows in ((1, 4096, 2**16), (100, 4096, 2**21 // 102), (20_000, 256, 128)):
        rows = KeptRows(n_parameters + 2, 1)
        kept = History(n_parameters)
        assert kept._buckets._capacity == n_buckets
        assert rows._capacity == n_rows


def test_of_the_latest_epochs_those_before_a_cut_stay_and_those_after_are_gone() -> None:
    kept = History(2, every=10**6)
    for first in range(0, 1001, 7):
        kept.add(_trace(first, [[float(epoch)] * 4 for epoch in range(first, first + 7)]))
    known = [epoch for epoch in _known(kept) if epoch < 900]
    assert len(known) > 300
    assert kept.cut(899) == 900
    assert _known(kept) == known
    kept.add(_trace(900, [[-1.0] * 4]))
    assert [row.cost for row in kept.rows(2)] == [0.0, -1.0]
    kept.cut(known[0] - 1)
    assert _known(kept) == []
    assert [row.epoch for row in kept.rows(2)] == [0]
