"""Weighted moments: a row of weight 3 is three rows, in whatever pieces they come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.errors import LinregError
from linreg.numerics.weighting import WeightedMoments


def _drawn(seed: int, n_samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_samples, 2)) * [1.0, 100.0] + [5.0, -3.0]
    return X, X @ [2.0, 0.01] + random.normal(size=n_samples), random.integers(0, 4, n_samples).astype(float)


@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(0, 12), st.sampled_from([1.0, 0.25, 1e6]))
def test_a_row_counts_as_often_as_its_weight_says(seed: int, n_first: int, n_second: int, unit: float) -> None:
    X, y, counts = _drawn(seed, n_first + n_second)
    first, second = slice(0, n_first), slice(n_first, None)
    parts = [WeightedMoments.of(X[each], y[each], unit * counts[each]) for each in (first, second)]
    for sums in (parts[0] + parts[1], WeightedMoments.of(X, y, unit * counts)):
        moments, n_rows = sums.scaled(), int(np.count_nonzero(counts))
        assert moments.n_samples == n_rows
        if not n_rows:
            continue
        rows = np.repeat(np.column_stack([X, y]), counts.astype(int), axis=0)
        share = n_rows / len(rows)  # of what is scaled to a mean weight of 1
        centred = rows - rows.mean(axis=0)
        assert moments.mean == pytest.approx(rows.mean(axis=0), rel=1e-12)
        size = np.sqrt(np.outer(*[np.square(centred).sum(axis=0)] * 2)) + 1e-9
        assert moments.cross is not None
        assert (np.abs(moments.cross - share * centred.T @ centred) <= 1e-11 * size).all()
        assert moments.root().T @ moments.root() == pytest.approx(moments.cross, rel=1e-9, abs=1e-9)
        np.testing.assert_array_equal(moments.minimum, rows.min(axis=0))
        np.testing.assert_array_equal(moments.maximum, rows.max(axis=0))
        assert moments.mean_weight == pytest.approx(unit * counts.sum() / n_rows)
        assert moments.log_weights == pytest.approx(np.log(unit * counts[counts > 0]).sum(), abs=1e-9)


def test_a_column_that_does_not_change_is_constant_to_the_last_digit() -> None:
    X = np.column_stack([np.full(7, 0.1), np.arange(7.0)])
    moments = WeightedMoments.of(X, np.full(7, 0.3), np.linspace(0.1, 0.9, 7)).scaled()
    assert moments.cross is not None
    assert (moments.mean[0], moments.mean[2]) == (0.1, 0.3)
    assert not moments.cross[0].any()
    assert not moments.cross[2].any()


@pytest.mark.parametrize(
    ("size", "remedy"),
    [
        (1e101, "too large for float64, 1e+101 on average; divide"),
        (1e-101, "too small for float64, 1e-101 on average; multiply"),
    ],
)
def test_weights_beyond_what_can_be_squared_are_refused_with_what_to_do(size: float, remedy: str) -> None:
    with pytest.raises(LinregError) as refused:
        WeightedMoments.of(np.arange(3.0)[:, np.newaxis], np.ones(3), np.full(3, size))
    assert remedy in str(refused.value)
    near = size / 100 if size > 1 else size * 100
    assert WeightedMoments.of(np.arange(3.0)[:, np.newaxis], np.arange(3.0), np.full(3, near)).scaled().mean[0] == 1
