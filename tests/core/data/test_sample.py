"""The rows to draw: all of few, a fair choice of many."""

import numpy as np
import pytest

from linreg.data.sample import MOST_ROWS, Sample, Sampled


def _sample(n_rows: int, batch: int, n_features: int = 1, seed: int = 0) -> Sample:
    sample = Sample(n_features, seed)
    X = np.arange(n_rows, dtype=np.float64)[:, np.newaxis].repeat(n_features, axis=1)
    batches = [(X[start : start + batch], X[start : start + batch, 0] + 0.5) for start in range(0, n_rows, batch)]
    seen = list(sample.watch(batches))
    assert all(once is again for once, again in zip(seen, seen, strict=True))
    assert sum(len(y) for _, y in seen) == n_rows
    return sample


@pytest.mark.parametrize("n_rows", [1, 3, MOST_ROWS])
def test_few_rows_are_all_kept_in_order(n_rows: int) -> None:
    sample = _sample(n_rows, 7)
    assert sample.X[:, 0].tolist() == list(range(n_rows))
    assert sample.y.tolist() == [row + 0.5 for row in range(n_rows)]


def test_many_rows_give_as_many_as_are_kept_each_once_and_in_order_whatever_the_batches() -> None:
    kept = _sample(100_000, 100_000).y
    assert len(kept) == len(set(kept.tolist())) == MOST_ROWS
    assert (np.diff(kept) > 0).all()
    for batch in (333, 5000):
        assert np.array_equal(_sample(100_000, batch).y, kept)


def test_every_row_has_the_same_chance() -> None:
    counts = np.zeros(10)
    for seed in range(200):
        counts += np.histogram(_sample(5000, 1024, seed=seed).y, bins=10, range=(0, 5000))[0]
    expected = 200 * MOST_ROWS / 10
    assert np.square(counts - expected).sum() / expected < 30  # χ² with 9 degrees of freedom: 27.9 is one in a thousand


def test_wide_rows_are_fewer() -> None:
    sample = _sample(500, 100, n_features=4095)
    assert sample.X.shape == (64, 4095)


def test_of_the_widest_rows_one_is_kept() -> None:
    sample = Sample(2**18)
    sample.add(np.zeros((2, 2**18)), np.array([1.0, 2.0]))
    assert sample.X.shape == (1, 2**18)
    assert Sample(2**17 - 1)._most == 2


@pytest.mark.parametrize(("n_features", "n_kept"), [(1, 1000), (261, 1000), (262, 996), (2**17 - 1, 2), (2**18 + 5, 1)])
def test_as_many_are_kept_as_come_to_as_many_numbers(n_features: int, n_kept: int) -> None:
    sample = Sample(n_features)
    sample.add(np.zeros((n_kept + 1, 1)).repeat(n_features, axis=1), np.arange(n_kept + 1.0))
    assert sample.X.shape == (n_kept, n_features)


def test_the_rows_kept_are_those_that_drew_least() -> None:
    lots = np.random.default_rng(7).random(3000)
    sample = Sample(1, seed=7)
    for start in range(0, 3000, 250):
        y = np.arange(start, start + 250.0)
        sample.add(-y[:, np.newaxis], y)
    assert sample.y.tolist() == sorted(np.argsort(lots)[:MOST_ROWS].tolist())
    assert sample.X.tolist() == [[-y] for y in sample.y.tolist()]


def test_what_is_read_anew_is_sampled_anew() -> None:
    class Source:
        features = ("a", "b")

    rows = [(np.ones((3, 2)), np.arange(3.0))]
    reading = Sampled(lambda _: iter(rows))
    for _ in range(2):
        assert list(reading(Source())) == rows  # type: ignore[arg-type]
        assert reading.sample.y.tolist() == [0, 1, 2]
