"""Sums of rows that come and go, against fractions worked out afresh and the moments of the rows."""

import numpy as np
import pytest

from linreg.numerics.exact_sums import ExactSums
from linreg.numerics.moments import Moments


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([], []),
        ([0.1], [0.7]),
        ([2.0, 2.0, 2.0], [1.0, 2.0, 4.0]),
        ([1.0, 2.0, 4.0], [3.0, 3.0, 3.0]),
        ([-5.0, -2.0, -1.0], [-9.0, -4.0, -2.5]),
        ([1e8 + 1, 1e8 + 2, 1e8 + 4], [0.1, 0.3, 0.2]),
    ],
)
def test_they_say_of_rows_what_their_moments_say(x: list[float], y: list[float]) -> None:
    across, up = np.array(x), np.array(y)
    found, expected = ExactSums.of(across, up).moments(across, up), Moments.of(across[:, np.newaxis], up)
    assert found.n_samples == expected.n_samples
    np.testing.assert_array_equal(found.minimum, expected.minimum)
    np.testing.assert_array_equal(found.maximum, expected.maximum)
    if x:
        centred = np.column_stack([across - across.mean(), up - up.mean()])
        products = centred.T @ centred
        assert found.mean == pytest.approx([across.mean(), up.mean()], rel=1e-15)
        assert found.cross == pytest.approx(products, rel=1e-9, abs=1e-15)
        assert found.factor is not None
        assert found.factor.T @ found.factor == pytest.approx(products, rel=1e-9, abs=1e-15)
        assert found.factor[1, 0] == 0
        if across.min() == across.max():
            assert not found.factor[0].any()


def test_rows_come_and_go_without_a_trace() -> None:
    x, y = np.array([0.1, 0.7, -3.0]), np.array([1e-9, 4.0, 1e9])
    sums = ExactSums()
    for row in zip(x.tolist(), y.tolist(), strict=True):
        sums = sums.with_row(*row)
    assert sums == ExactSums.of(x, y)
    assert sums.with_row(1e300, -1e-300).with_row(1e300, -1e-300, -1) == sums
    assert sums.with_row(0.7, 4.0, -1) == ExactSums.of(x[[0, 2]], y[[0, 2]])
