"""Moments on a device are those of the CPU. The device is a parameter: CUDA joins in where there is one."""

import numpy as np
import pytest
import torch

from linreg.numerics.moments import Moments
from linreg.numerics.moments_cuda import LEAST_CELLS, moments_on
from linreg.training.rows import moments_of

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def _rows(n_samples: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(11)
    X = generator.normal(1e4, [10.0**power for power in range(n_features)], size=(n_samples, n_features))
    X[:, 1] = 0.1
    return X, X @ np.ones(n_features) + generator.normal(size=n_samples)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("by_column", [False, True])
def test_moments_on_a_device_are_those_of_all_rows_at_once(device: str, by_column: bool) -> None:
    X, y = _rows(LEAST_CELLS // 4, 5)
    moments = moments_on(device, np.asfortranarray(X) if by_column else X, y)
    rows = np.column_stack([X, y]).astype(np.longdouble)
    centred = rows - rows.mean(axis=0)
    scale = np.sqrt(np.diagonal(centred.T @ centred)).astype(float) + 1e-300
    expected = (centred.T @ centred).astype(float)
    assert moments.n_samples == len(y)
    assert moments.mean == pytest.approx(rows.mean(axis=0).astype(float), rel=1e-13)
    varies = ~moments.constant
    assert moments.constant.tolist() == [False, True, False, False, False, False]
    assert not moments.products[1].any()
    assert np.abs((moments.products - expected) / np.outer(scale, scale))[np.ix_(varies, varies)].max() < 1e-12
    assert np.array_equal(moments.minimum, rows.min(axis=0).astype(float))
    assert np.array_equal(moments.maximum, rows.max(axis=0).astype(float))


@pytest.mark.parametrize("device", DEVICES)
def test_a_small_batch_keeps_its_triangular_factor(device: str) -> None:
    X, y = _rows(50, 3)
    on_device, on_cpu = moments_on(device, X, y).factor, Moments.of(X, y).factor
    assert on_device is not None
    assert on_cpu is not None
    assert np.array_equal(on_device, on_cpu)


@pytest.mark.parametrize("device", DEVICES)
def test_batches_on_a_device_add_up_to_the_same_least_squares(device: str) -> None:
    X, y = _rows(LEAST_CELLS // 2, 4)
    X[:, 1] = np.arange(len(y))
    thirds = zip(np.array_split(X, 3), np.array_split(y, 3), strict=True)
    answer = moments_of(thirds, 4, device).least_squares(bias=True)
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y)[0]
    assert [*answer.w, answer.b] == pytest.approx(exact.tolist(), rel=1e-8)
