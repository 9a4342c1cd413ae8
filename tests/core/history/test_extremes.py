"""No spike of the cost is lost between two epochs that are kept, and none is made up, whatever happens on the way."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linreg import LinregError, Recipe
from linreg.history.epochs import Epochs
from linreg.history.extremes import of_each, of_groups
from linreg.history.history import History
from linreg.store import schema, writer
from linreg.store.database import open_database
from linreg.store.reader import FILE
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from linreg.trace import Trace

NEVER = 1e6
HARD = [0.0, -2.5, 1e300, 5e-324, np.nan, np.inf, -np.inf]


def a_trace(first: int, costs: list[float]) -> Trace:
    values = np.array(costs, np.float64)
    return Trace(first, values, np.repeat(values[:, np.newaxis], 2, axis=1), 0.5)


def extremes(costs: list[float]) -> tuple[float, float]:
    """Return the least and the greatest finite one; NaN where there is none."""
    finite = [cost for cost in costs if np.isfinite(cost)]
    return (min(finite), max(finite)) if finite else (np.nan, np.nan)


def seen(epochs: Epochs) -> list[tuple[float, float]]:
    return [tuple(np.where(np.isfinite(ends), ends, np.nan)) for ends in np.column_stack(epochs.extremes)]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with RunStore(tmp_path) as opened:
        yield opened


@given(st.lists(st.sampled_from([*HARD, 1.0, 2.0, 3.0]), max_size=150), st.integers(1, 130))
def test_the_extremes_of_each_group_are_those_of_its_finite_costs(costs: list[float], every: int) -> None:
    low, high = of_each(np.array(costs, np.float64), every)
    expected = [extremes(costs[start : start + every]) for start in range(0, len(costs), every)]
    np.testing.assert_array_equal(np.column_stack([low, high]), np.array(expected).reshape(-1, 2))


@given(st.lists(st.sampled_from([*HARD, 1.0, 2.0]), min_size=1, max_size=90), st.sets(st.integers(0, 89)))
def test_groups_of_any_sizes_have_the_extremes_of_what_is_in_them(costs: list[float], chosen: set[int]) -> None:
    starts = sorted(start for start in chosen if start < len(costs))
    low, high = of_groups(np.array(costs), np.array(costs), np.array(starts, np.int64))
    ends = [*starts, len(costs)][1:]
    expected = [extremes(costs[start:end]) for start, end in zip(starts, ends, strict=True)]
    np.testing.assert_array_equal(np.column_stack([low, high]), np.array(expected).reshape(-1, 2))


class ViewerState:
    """A recorder that writes when it is told to, beside a list of all costs."""

    def __init__(self, home: Path) -> None:
        self.store = RunStore(home)
        self.run = self.store.begin(Recipe())
        self.costs: list[float] = []
        self.cuts: set[int] = set()
        self.recorder = RunWriter(home, self.run, seconds=NEVER)

    def do(self, what: str, number: int, cost: float) -> None:
        n_epochs = len(self.costs)
        if what == "add":
            costs = [cost + (epoch * 7919) % 101 for epoch in range(n_epochs, n_epochs + number)]
            self.recorder.add(a_trace(n_epochs, costs))
            self.costs += costs
        elif what == "again" and number < n_epochs:
            self.recorder.add(a_trace(n_epochs - number, self.costs[n_epochs - number :]))
        elif what == "forget" and number <= n_epochs:
            epoch = n_epochs - number
            self.recorder.forget(epoch)
            del self.costs[epoch:]
            self.cuts.add(epoch)
        elif what == "write":
            self.recorder._write()
        elif what == "fail":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(RunStore, "append", lambda *_, **__: _refuse())
                self.recorder._write()
        elif what == "take up":
            self.recorder.close()
            self.recorder = RunWriter(self.store.home, self.store.get(self.run.id), from_epoch=n_epochs, seconds=NEVER)

    def check(self) -> None:
        epochs, n_epochs = self.store.epochs(self.run.id), len(self.costs)
        kept = epochs.epoch.tolist()
        every = self.store.get(self.run.id).every
        for place, (epoch, ends) in enumerate(zip(kept, seen(epochs), strict=True)):
            following = [*kept, n_epochs][place + 1]
            if following % every:  # the newest, which its predecessor still stands for
                following = n_epochs
            cost, inside = self.costs[epoch], self.costs[epoch:following]
            low, high = extremes(inside)
            if any(epoch < cut <= following for cut in self.cuts):  # it may stand for itself alone
                assert np.isnan(ends[0]) == np.isnan(ends[1])
                assert low <= ends[0] <= ends[1] <= high or np.isnan(ends[0])
                assert not np.isfinite(cost) or ends[0] <= cost <= ends[1]
            else:
                np.testing.assert_array_equal(ends, (low, high))

    def end(self) -> None:
        self.recorder.close()
        self.store.close()


def _refuse() -> None:
    raise LinregError("cannot use the run store: database is locked.")


STEPS = st.tuples(
    st.sampled_from(["add"] * 6 + ["again", "forget", "write", "write", "fail", "take up"]),
    st.integers(1, 45),
    st.sampled_from([*HARD, 1e3, -1e3]),
)


@given(st.lists(STEPS, min_size=1, max_size=25))
@example([("add", 4, 0.0), ("add", 9, np.inf), ("forget", 2, 0.0), ("add", 1, 0.0)])
@example([("add", 4, 0.0), ("add", 9, np.inf), ("write", 1, 0.0), ("add", 1, 0.0)])
def test_every_row_has_the_extremes_up_to_the_next_however_it_was_written(steps: list[tuple[str, int, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as home:
        patch.setattr(writer, "MOST_EPOCHS", 12)
        told = ViewerState(Path(home))
        try:
            for step in steps:
                told.do(*step)
            told.recorder.close()
            told.check()
        finally:
            told.end()


@pytest.mark.parametrize("seconds", [0.001, NEVER])
@pytest.mark.parametrize("stride", [1, 7, 250])
def test_a_run_without_ifs_has_exact_extremes_at_every_row(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, seconds: float, stride: int
) -> None:
    monkeypatch.setattr(writer, "MOST_EPOCHS", 40)
    costs = np.random.default_rng(0).normal(size=1501).tolist()
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=seconds)
    for first in range(0, 1501, stride):
        writing.add(a_trace(first, costs[first : first + stride]))
    writing.close()
    epochs = store.epochs("latest")
    assert epochs.epoch.tolist() == [*range(0, 1501, 64), 1500]
    assert seen(epochs)[-1] == (costs[-1], costs[-1])
    assert seen(epochs)[:-1] == [extremes(costs[first : first + 64]) for first in range(0, 1500, 64)]
    series = History.of_epochs(epochs, 2).series("cost", 10_000)
    assert int(series.last[0]) == 63
    for low, high, first, last in zip(series.low, series.high, series.first, series.last, strict=True):
        assert (low, high) == extremes(costs[first : last + 1])


def test_a_spike_in_a_million_epochs_is_seen_in_what_is_kept(store: RunStore) -> None:
    writing = RunWriter(store.home, store.begin(Recipe()), seconds=0.01)
    for first in range(0, 1_000_000, 2**14):
        trace = Trace(first, np.ones(2**14), np.ones((2**14, 1)), 0.1)
        if first <= 123_457 < first + 2**14:
            trace.cost[123_457 - first] = 1e6
        writing.add(trace)
    writing.close()
    kept = store.epochs("latest")
    assert 123_457 not in kept.epoch
    (place,) = np.flatnonzero(kept.extremes[1] > 1)
    assert kept.epoch[place] <= 123_457 < kept.epoch[place + 1]
    history = History.of_epochs(kept, 1)
    for n_buckets in (1, 40, 5000):
        series = history.series("cost", n_buckets)
        (high,) = np.flatnonzero(series.high > 1)
        assert series.high[high] == 1e6
        assert series.first[high] <= 123_457 <= series.last[high]
    assert history.row(int(kept.epoch[place])).cost == 1.0  # type: ignore[union-attr]


def test_epochs_that_were_taken_back_leave_no_spike(store: RunStore) -> None:
    run = store.begin(Recipe())
    epochs = replace(_every(8, [0, 8, 16]), cost_low=np.array([0.0, 1, 2]), cost_high=np.array([9.0, 8, 7]))
    store.append(run.id, epochs, every=8)
    store.append(run.id, None, every=8, from_epoch=17)  # beyond what is there
    assert seen(store.epochs(run.id)) == [(0.0, 9.0), (1.0, 8.0), (2.0, 7.0)]
    store.append(run.id, None, every=8, from_epoch=13)
    assert seen(store.epochs(run.id)) == [(0.0, 9.0), (5.0, 5.0)]
    store.append(run.id, _every(8, [16]), every=8, before=(4.0, 6.0))
    assert seen(store.epochs(run.id)) == [(0.0, 9.0), (4.0, 6.0), (5.0, 5.0)]
    store.append(run.id, None, every=16)
    assert seen(store.epochs(run.id)) == [(0.0, 9.0), (5.0, 5.0)]
    store.append(run.id, None, from_epoch=0)
    assert len(store.epochs(run.id)) == 0


def test_the_newest_epoch_stays_though_nothing_is_added(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, _every(8, [0, 8, 13]), every=8)
    store.append(run.id, every=8, from_epoch=14, interventions=[])
    assert store.epochs(run.id).epoch.tolist() == [0, 8, 13]
    assert store.get(run.id).epoch == 13
    store.append(run.id, _every(8, [16, 17]), every=8)
    assert store.epochs(run.id).epoch.tolist() == [0, 8, 16, 17]


def test_a_batch_that_cannot_be_written_changes_no_extremes(store: RunStore) -> None:
    run = store.begin(Recipe())
    store.append(run.id, _every(1, [0, 1, 2, 3]))
    rates: Any = np.array([0.1, object()])
    with pytest.raises(TypeError, match="isfinite"):
        store.append(run.id, replace(_every(1, [4, 6]), learning_rate=rates), every=2, before=(0.0, 99.0))
    assert seen(store.epochs(run.id)) == [(5.0, 5.0)] * 4


def test_a_store_of_the_version_before_is_read_and_written_on(tmp_path: Path) -> None:
    connection = open_database(tmp_path / FILE, schema.STEPS[:1], schema.APPLICATION, "the store").connection
    assert "cost_low" not in [row[1] for row in connection.execute("PRAGMA table_info(epochs)")]
    run = _row_of_a_run(tmp_path / "elsewhere")[:17]  # a later version has added to its end
    connection.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(run))})", run)
    old = [(1, epoch, float(epoch), None, 0.5, np.float64(epoch).tobytes()) for epoch in range(6)]
    connection.executemany("INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?)", old)
    connection.close()
    with RunStore(tmp_path) as store:
        epochs = store.epochs("latest")
        assert (epochs.cost_low, epochs.cost_high) == (None, None)
        assert seen(epochs) == [(epoch, epoch) for epoch in range(6)]
        store.append(
            store.get("latest").id, Epochs(np.array([6]), np.array([0.5]), None, np.ones(1), np.ones((1, 1))), every=4
        )
        assert store.epochs("latest").epoch.tolist() == [0, 4, 6]
        assert seen(store.epochs("latest")) == [(0.0, 3.0), (4.0, 5.0), (0.5, 0.5)]


def _row_of_a_run(home: Path) -> Any:
    """Return what the store of another home has of a run: a table that is as it was."""
    home.mkdir()
    with RunStore(home) as store:
        store.begin(Recipe())
        return store._connection.execute("SELECT * FROM runs").fetchone()


def _every(every: int, epochs: list[int]) -> Epochs:
    """Return rows whose cost is 5."""
    n_rows = len(epochs)
    return Epochs(np.array(epochs), np.full(n_rows, 5.0), None, np.full(n_rows, 0.1 * every), np.ones((n_rows, 2)))
